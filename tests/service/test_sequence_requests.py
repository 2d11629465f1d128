"""Requests for sequences and for resampling, and the errors for invalid ones."""

from typing import Any

import numpy as np
import pytest

from backend.kinematics.body.take import Take, take_to_bytes

from .backend_child import Backend, sentence

NAN = float("nan")


def _take(frames: int = 48, **info: Any) -> bytes:
    return take_to_bytes(Take(np.zeros((frames, 72)), np.zeros((frames, 3)), 24.0, metadata=info))


BLOCK = {"prompt": "walk", "seconds": 2.0}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"blocks": []}, ["number of blocks", "0", "1", "16"]),
        ({"blocks": [BLOCK] * 17}, ["number of blocks", "17", "16"]),
        ({"blocks": [BLOCK, {**BLOCK, "seconds": 0.1}]}, ["Block 2's length", "0.1"]),
        ({"blocks": [{**BLOCK, "blend": 3.0}]}, ["Block 1's transition", "3", "2"]),
        ({"blocks": [{**BLOCK, "blend": NAN}]}, ["Block 1's transition", "nan"]),
        (
            {"blocks": [BLOCK, {**BLOCK, "seconds": 0.5, "blend": 1.5}]},
            ["Block 2's length", "0.75 s (got 0.5 s)", "lengthen"],
        ),
        ({"blocks": [{**BLOCK, "seconds": 1.0, "blend": 2.0}], "loop": True}, ["2 s", "shorten"]),
        ({"blocks": [{**BLOCK, "prompt": " "}]}, ["prompt is empty"]),
        ({"blocks": [{**BLOCK, "kept": -1}]}, ["kept"]),
        ({"blocks": [{**BLOCK, "pace": 2}]}, ["pace", "leave it out"]),
        (
            {"blocks": [{**BLOCK, "seconds": 10.0}] * 16, "fps": 1000},
            ["number of frames", "160000"],
        ),
        ({"seconds": 3.0}, ["seconds", "leave it out"]),
        ({"loop": None}, ["loop", "boolean"]),
    ],
    ids=lambda value: str(value)[:50],
)
def test_sequence_request_with_invalid_field_is_refused(
    backend: Backend, changes: dict[str, Any], words: list[str]
) -> None:
    request = {"kind": "sequence", "blocks": [BLOCK], "fps": 30.0, **changes}
    text = sentence(backend.post(request), 422)
    missing = [word for word in words if word not in text]
    assert not missing, text


def test_sequence_request_accepts_one_take_or_none(backend: Backend) -> None:
    request = {"kind": "sequence", "blocks": [BLOCK], "fps": 30.0}
    good = _take(blocks=[BLOCK])
    assert 'no file "take_b"' in sentence(backend.post(request, good, good), 422)
    assert "latent" in sentence(backend.post(request, _take()), 422)
    assert backend.post(request, good).status_code == 202
    assert backend.post(request).status_code == 202


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fps": 0}, ["frame rate", "0"]),
        ({"times": [0.0]}, ["at least 2 key times", "got 1"]),
        ({"times": [0.0, 1.0]}, ["take's poses, 5 (got 2)"]),
        ({"times": [0.1, 0.2, 0.3, 0.4, 0.5]}, ["begin at 0"]),
        ({"times": [0.0, 0.2, 0.2, 0.4, 0.5]}, ["must increase", "0.2 s as number 3"]),
        ({"times": [0.0, NAN, 0.2, 0.4, 0.5]}, ["seconds"]),
        ({"times": [0.0, 1.0, 2.0, 3.0, 1e9]}, ["number of frames"]),
        ({"holds": "MELT"}, ["holds"]),
        ({"bound": -1.0}, ["error bound must be", "metres (got -1)"]),
        ({"share": 0.5}, ["share", "leave it out"]),
    ],
    ids=str,
)
def test_resample_request_with_invalid_field_is_refused(
    backend: Backend, changes: dict[str, Any], words: list[str]
) -> None:
    take = _take(frames=5)
    text = sentence(backend.post({"kind": "resample", "fps": 60.0, **changes}, take), 422)
    missing = [word for word in words if word not in text]
    assert not missing, text


def test_resample_request_accepts_any_take(backend: Backend) -> None:
    request = {"kind": "resample", "fps": 60.0}
    foreign = _take()
    assert 'part "take" is missing' in sentence(backend.post(request), 422)
    assert 'no file "take_b"' in sentence(backend.post(request, foreign, foreign), 422)
    assert backend.post(request, foreign).status_code == 202
