"""Takes and styles of tests/data/takes, which version 0.1.0 wrote, with the shipped weights."""

import io
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .record_reproducible_motions import ARRAYS, arrays_of, make_motions

ROOT = Path(__file__).parents[2]
SAVED = ROOT / "tests" / "data" / "takes"
REQUESTS = json.loads((SAVED / "takes.json").read_text(encoding="utf-8"))
FILES = {
    path.stem if path.suffix == ".npz" and path.stem in REQUESTS else path.name: path.read_bytes()
    for path in SAVED.iterdir()
}
DECODABLE = ("prompt", "other", "compound", "blocks", "action", "action_long", "between")
"""Takes that keep a latent and show the whole motion."""
CLOSE = 2e-3
"""Radians and metres by which another processor may differ."""


def info_of(take: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(take), allow_pickle=False) as archive:
        return json.loads(str(archive["anyframe"]))


def fps_of(take: bytes) -> float:
    with np.load(io.BytesIO(take), allow_pickle=False) as archive:
        return float(archive["mocap_framerate"])


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """Each request again, then each latent decoded at its take's own rate, in one backend."""
    decoded = {
        f"{name} decoded": {
            "request": {"kind": "decode", "fps": fps_of(FILES[name])},
            "take": f"saved {name}",
        }
        for name in DECODABLE
    }
    saved = {f"saved {name}": FILES[name] for name in DECODABLE}
    return make_motions({**REQUESTS, **decoded}, {**FILES, **saved})


@pytest.mark.parametrize("name", REQUESTS)
def test_request_sent_again_gives_arrays_and_info_of_saved_take(
    name: str, made: dict[str, bytes]
) -> None:
    with np.load(io.BytesIO(FILES[name])) as saved, np.load(io.BytesIO(made[name])) as again:
        assert set(saved.files) <= set(again.files)
        for array in saved.files:
            if array != "anyframe":
                assert again[array].dtype == saved[array].dtype, array
                assert again[array].shape == saved[array].shape, array
    _check_metadata(info_of(FILES[name]), info_of(made[name]), name)
    _check_close(made[name], FILES[name])


@pytest.mark.parametrize("name", DECODABLE)
def test_saved_latent_decoded_at_its_rate_gives_saved_motion(
    name: str, made: dict[str, bytes]
) -> None:
    again = made[f"{name} decoded"]
    _check_close(again, FILES[name])
    metadata, before = info_of(again), info_of(FILES[name])
    compared = [key for key in before if key not in {"timings", "note"}]
    assert {key: metadata[key] for key in compared} == {key: before[key] for key in compared}


def test_saved_take_exported_by_command_gives_saved_bvh(tmp_path: Path) -> None:
    target = tmp_path / "cli.bvh"
    command = [sys.executable, "-m", "backend", "decode", str(SAVED / "cli.npz")]
    command += ["--fps", "10", "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    before = (SAVED / "cli.bvh").read_text(encoding="utf-8").split()
    words = target.read_text(encoding="utf-8").split()
    assert len(words) == len(before)
    for word, expected in zip(words, before, strict=True):
        if word != expected:
            assert float(word) == pytest.approx(float(expected), abs=0.2)  # degrees


def _check_close(made: bytes, saved: bytes) -> None:
    one, other = arrays_of(made), arrays_of(saved)
    for what in ARRAYS:
        np.testing.assert_allclose(one[what], other[what], atol=CLOSE)


def _check_metadata(saved: Any, again: Any, where: str) -> None:
    """Every field that the saved take has is there again, with the same value."""
    if isinstance(saved, dict):
        assert isinstance(again, dict), where
        assert set(saved) <= set(again), where
        for key, value in saved.items():
            if key == "note":
                assert again[key], where  # a sentence, which may be worded anew
            elif key != "timings":
                _check_metadata(value, again[key], f"{where}.{key}")
            else:
                assert set(value) <= set(again[key]), where
    elif isinstance(saved, list):
        assert len(saved) == len(again), where
        for n, (one, other) in enumerate(zip(saved, again, strict=True)):
            _check_metadata(one, other, f"{where}[{n}]")
    elif isinstance(saved, float):
        assert math.isclose(saved, again, abs_tol=1e-2), f"{where}: {again} and not {saved}"
    else:
        assert saved == again, where
