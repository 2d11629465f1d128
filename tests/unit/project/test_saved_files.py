"""Files of tests/data/takes, which version 0.1.0 wrote, are opened; tests/e2e goes on from them."""

import json
from pathlib import Path

import numpy as np
import pytest

from backend.kinematics.body.take import load_take, take_to_bytes
from backend.kinematics.math.rotations import angle_between
from backend.kinematics.mocap.bvh import read_bvh
from backend.kinematics.mocap.read_mocap import take_from_bvh
from backend.protocol.control_track import read_control_track
from backend.protocol.style_file import parse_style_info, read_style_info
from backend.styles.style import read_style_bytes

SAVED = Path(__file__).parents[2] / "data" / "takes"
REQUESTS = json.loads((SAVED / "takes.json").read_text(encoding="utf-8"))
TAKES = (*REQUESTS, "cli")
FRAMES = {
    "prompt": 12,
    "other": 12,
    "compound": 13,
    "blocks": 28,
    "action": 12,
    "action_long": 20,
    "between": 14,
    "part": 12,
    "resampled": 23,
    "style": 16,
    "style_grid": 9,
    "style_numbers": 12,
    "cli": 10,
}
INFO = {
    "prompt": {"model": "nerm", "prompt": "a person walks forward", "action": "walk", "seed": 7},
    "other": {"lock_feet": False, "seconds": 1.5, "licence": "GPL-3.0-or-later"},
    "compound": {"loop": True, "prompt": "a person walks forward and waves", "candidates": 4},
    "blocks": {"loop": False, "seconds": 3.5, "steps": 10, "guidance": 3.0, "originality": 0.35},
    "action": {"model": "motioninr", "action": "jump", "seconds": 1.5, "hash": "1f6c52d62b4f7a0e"},
    "action_long": {"action": "throw", "seconds": 5.0, "seed": 4},
    "between": {
        "between": ["a person walks forward", "a person kicks with the right leg"],
        "share": 0.3,
    },
    "part": {"start": 0.25, "end": 0.75, "speed": 0.5, "hash": "85024ae121aacb15"},
    "resampled": {"action": "walk"},
    "style": {
        "model": "multires",
        "wanted": "walk:1,sway slowly:1",
        "fine": "walk:2",
        "grid": [],
        "hash": "633c7fa57c41fc72",
    },
    "style_grid": {"grid": ["walk:1", "walk:0.5,sway slowly:0.5"], "loop": True, "fine": None},
    "style_numbers": {"style": "tiny numbers", "labels": ["loudness", "pitch"], "wanted": ""},
    "cli": {"prompt": "a person waves", "action": None, "candidate": 0},
}
STYLES = {
    "labels": (("walk", "sway slowly"), "633c7fa57c41fc72", "CC0-1.0", "tiny"),
    "numbers": (("loudness", "pitch"), "ad51fa5e3a90a3ef", "", "tiny numbers"),
}
"""Labels, hash, licence and note."""


@pytest.mark.parametrize("name", TAKES)
def test_saved_take_loaded_has_its_frames_and_info(name: str) -> None:
    take = load_take(SAVED / f"{name}.npz")
    fps = REQUESTS[name]["request"]["fps"] if name in REQUESTS else 10
    assert (len(take), take.fps, take.body, take.gender) == (FRAMES[name], fps, "SMPL", "neutral")
    assert {key: take.metadata[key] for key in INFO[name]} == INFO[name]
    assert 0.5 < take.joint_positions()[..., 15, 2].mean() < 1.8  # the head


@pytest.mark.parametrize("name", TAKES)
def test_saved_take_written_again_has_the_same_arrays(name: str, tmp_path: Path) -> None:
    again = tmp_path / "again.npz"
    again.write_bytes(take_to_bytes(load_take(SAVED / f"{name}.npz")))
    with np.load(SAVED / f"{name}.npz") as saved, np.load(again) as written:
        assert set(saved.files) == set(written.files)
        for array in saved.files:
            assert written[array].dtype == saved[array].dtype
            np.testing.assert_array_equal(written[array], saved[array])


def test_saved_bvh_read_shows_the_motion_of_its_take() -> None:
    read, take = take_from_bvh(read_bvh(SAVED / "cli.bvh")), load_take(SAVED / "cli.npz")
    assert read.fps == pytest.approx(take.fps)
    assert angle_between(read.local_matrices(), take.local_matrices()).max() < 1e-3
    np.testing.assert_allclose(read.trans, take.trans, atol=1e-4)


@pytest.mark.parametrize("name", STYLES)
def test_saved_style_read_has_its_labels_and_hash(name: str) -> None:
    path = SAVED / f"{name}.safetensors"
    labels, digest, licence, note = STYLES[name]
    for facts in (read_style_info(path), parse_style_info(path.read_bytes(), name)):
        assert (facts.labels, facts.hash, facts.licence, facts.levels) == (
            labels,
            digest,
            licence,
            2,
        )
        assert len(facts.joints) == 22
        assert facts.seconds > 1.0
    read = read_style_bytes(path.read_bytes(), name)
    assert read.network.config.labels == labels
    assert (read.origin.licence, read.origin.note) == (licence, note)


def test_saved_control_track_read_has_its_rows() -> None:
    track = read_control_track(SAVED / "control.npz").values
    assert track.shape == (45, 2)
    np.testing.assert_allclose(track[[0, -1]], [[-1, 1], [1, 0]], atol=1e-6)
