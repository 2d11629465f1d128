"""The prepared file: round trip and errors."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.data.motion_set import MocapClip, MotionSetError, load_motion_set, save_motion_set
from tests.support.motions import motion_set, swinging_take


def test_motion_set_round_trip_is_within_rounding(tmp_path: Path) -> None:
    motions = motion_set()
    save_motion_set(tmp_path / "set.npz", motions)
    loaded = load_motion_set(tmp_path / "set.npz")
    assert [c.name for c in loaded] == [c.name for c in motions]
    for made, read in zip(motions, loaded, strict=True):
        np.testing.assert_allclose(read.poses, made.poses, atol=6e-5)
        np.testing.assert_allclose(read.trans, made.trans, atol=6e-5)
        assert replace(read, poses=made.poses, trans=made.trans) == made


def test_pack_clip_with_overflow_restores(tmp_path: Path) -> None:
    poses = np.zeros((4, 66))
    poses[::2] = -np.pi
    poses[1::2] = np.pi
    trans = np.array([[-900.0, 0, 0], [900.0, 0, 0], [0, 0, 0], [1, 2, 3]])
    save_motion_set(tmp_path / "set.npz", [MocapClip("wild", poses, trans, 30.0)])
    clip = load_motion_set(tmp_path / "set.npz")[0]
    np.testing.assert_allclose(clip.poses, poses, atol=1e-4)
    np.testing.assert_allclose(clip.trans, trans, atol=1e-3)


def test_clip_to_take_restores_take() -> None:
    take = swinging_take()
    clip = MocapClip("x", take.poses[:, :66], take.trans, take.fps)
    np.testing.assert_allclose(clip.to_take().joint_positions(), take.joint_positions(), atol=1e-6)


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.9])
def test_load_motion_set_of_truncated_file_raises(tmp_path: Path, fraction: float) -> None:
    path = tmp_path / "set.npz"
    save_motion_set(path, motion_set())
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * fraction)])
    with pytest.raises(MotionSetError, match=r"set\.npz"):
        load_motion_set(path)


def test_load_motion_set_of_missing_file_names_command(tmp_path: Path) -> None:
    with pytest.raises(MotionSetError, match="prepare"):
        load_motion_set(tmp_path / "none.npz")
