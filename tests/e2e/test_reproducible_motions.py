"""The shipped weights make the motions of tests/data/motions again, number by number.

On the processor that they were recorded on, every digit counts. On others the last digits may
differ, so there the takes are compared with their copies.
"""

import json
from typing import Any

import numpy as np
import pytest

from .record_reproducible_motions import (
    ARRAYS,
    COPIED,
    COPIES,
    MOTIONS,
    arrays_of,
    digest,
    make_motions,
    processor,
)

RECORD = json.loads(MOTIONS.read_text(encoding="utf-8"))
MOST_DEGREES = 0.5
MOST_METRES = 0.002


@pytest.fixture(scope="module")
def takes() -> dict[str, bytes]:
    return make_motions(RECORD["motions"])


@pytest.fixture(scope="module")
def copies() -> dict[str, Any]:
    with np.load(COPIES) as archive:
        return dict(archive)


@pytest.mark.parametrize("name", RECORD["motions"])
def test_motion_made_again_equals_its_record(
    name: str, takes: dict[str, bytes], copies: dict[str, Any]
) -> None:
    recorded = RECORD["motions"][name]["takes"]
    assert sorted(recorded) == sorted(key for key in takes if key.split("/")[0] == name)
    for key, record in recorded.items():
        made = arrays_of(takes[key])
        assert {len(made[what]) for what in ARRAYS} == {record["frames"]}
        off = _difference(made, copies, key)
        if processor() == RECORD["processor"]:
            same = {what: digest(made[what]) for what in ARRAYS}
            assert same == {what: record[what] for what in ARRAYS}, f"{key} is off by {off}"
        assert off["degrees"] < MOST_DEGREES, key
        assert off["metres"] < MOST_METRES, key


def _difference(made: dict[str, Any], copies: dict[str, Any], key: str) -> dict[str, float]:
    """By how much a take differs from its copy, where most."""
    poses, trans = (np.asarray(copies[f"{key}.{what}"], np.float64) for what in ARRAYS)
    seen = {what: np.asarray(made[what][::COPIED], np.float64) for what in ARRAYS}
    one, other = _quaternions(seen["poses"]), _quaternions(poses)
    cosine = np.abs((one * other).sum(axis=-1)).clip(0, 1)
    return {
        "degrees": float(np.degrees(2 * np.arccos(cosine)).max()),
        "metres": float(np.abs(seen["trans"] - trans).max()),
    }


def _quaternions(poses: Any) -> Any:
    """(T, 24, 4) of rotation vectors: the same rotation has vectors that lie far apart."""
    vectors = poses.reshape(len(poses), -1, 3)
    angle = np.linalg.norm(vectors, axis=-1, keepdims=True)
    axis = vectors / np.maximum(angle, 1e-12)
    return np.concatenate([np.cos(angle / 2), axis * np.sin(angle / 2)], axis=-1)
