"""Takes in files: round trips, AMASS variants, damaged files."""

import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.body.take import Take, TakeError, load_take, save_take, take_to_bytes
from backend.kinematics.math.rotations import angle_between

FLOATS = st.floats(-100, 100, width=32)


def amass(**changes: Any) -> bytes:
    """The bytes of an AMASS file of 5 frames at 120 fps; a change to None leaves an array out."""
    chance = np.random.default_rng(0)
    arrays = {
        "poses": chance.normal(size=(5, 156)),
        "trans": chance.normal(size=(5, 3)),
        "betas": chance.normal(size=16),
        "gender": np.array("female"),
        "mocap_framerate": np.array(120.0),
        "dmpls": np.zeros((5, 8)),
    } | changes
    buffer = io.BytesIO()
    np.savez(buffer, **{name: array for name, array in arrays.items() if array is not None})
    return buffer.getvalue()


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(
            arrays(np.float32, (n, 72), elements=FLOATS),
            arrays(np.float32, (n, 3), elements=FLOATS),
        )
    ),
    st.floats(0.5, 1000),
    st.sampled_from(["neutral", "male", "female"]),
    st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers(), st.none())),
)
def test_save_take_then_load_is_equal(motion, fps, gender, info):
    take = Take(*motion, fps, np.arange(10.0), gender, info)
    back = load_take(take_to_bytes(take))
    np.testing.assert_array_equal(back.poses, take.poses)
    np.testing.assert_array_equal(back.trans, take.trans)
    np.testing.assert_array_equal(back.betas, take.betas)
    assert (back.fps, back.gender, back.metadata) == (fps, gender, info)


def test_load_take_accepts_paths_and_open_files(tmp_path: Path, swinging: Take):
    path = tmp_path / "take.npz"
    save_take(swinging, path)
    np.testing.assert_array_equal(load_take(path).poses, swinging.poses)
    np.testing.assert_array_equal(load_take(str(path)).trans, swinging.trans)
    with path.open("rb") as file:
        assert len(load_take(file)) == len(swinging)
    save_take(swinging, tmp_path / "LOUD.NPZ")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["LOUD.NPZ", "take.npz"]


def test_save_take_writes_amass_arrays(swinging: Take):
    with np.load(io.BytesIO(take_to_bytes(swinging)), allow_pickle=False) as archive:
        assert archive["poses"].shape == (60, 72)
        assert archive["poses"].dtype == archive["trans"].dtype == np.float32
        assert archive["mocap_framerate"] == 30.0
        assert str(archive["gender"]) == "neutral"
        assert json.loads(str(archive["anyframe"])) == {}


def test_take_times_are_frame_over_fps(swinging: Take):
    odd = Take(swinging.poses, swinging.trans, 24000 / 1001)
    assert odd.times[-1] == odd.duration == pytest.approx(59 * 1001 / 24000)
    assert len(odd.times) == len(odd) == 60


def test_take_from_matrices_and_back_is_equal(swinging: Take):
    local = swinging.local_matrices()
    again = Take.from_matrices(local, swinging.root_positions(), 30.0, metadata={"seed": 1})
    assert angle_between(again.local_matrices(), local).max() < 1e-3
    np.testing.assert_allclose(again.trans, swinging.trans, atol=1e-6)
    assert again.metadata == {"seed": 1}


def test_take_root_positions_are_offset_as_in_amass(swinging: Take):
    expected = swinging.trans + SMPL.offsets[0]
    np.testing.assert_allclose(swinging.joint_positions()[:, 0], expected, atol=1e-6)


@pytest.mark.parametrize("columns", [66, 72, 156, 165])
def test_load_take_accepts_all_pose_widths(columns):
    poses = np.arange(2.0 * columns).reshape(2, columns)
    take = load_take(amass(poses=poses, trans=np.zeros((2, 3))))
    np.testing.assert_array_equal(take.poses[:, :66], poses[:, :66])
    hands = poses[:, 66:72] if columns == 72 else np.zeros((2, 6))
    np.testing.assert_array_equal(take.poses[:, 66:], hands)
    assert (take.fps, take.gender) == (120.0, "female")
    assert take.betas.shape == (16,)


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"poses": np.zeros((5, 72))}, "SMPL"),
        ({"poses": np.zeros((5, 156))}, "SMPL-H"),
        ({"poses": np.zeros((5, 165))}, "SMPL-X"),
        (
            {"poses": None, "root_orient": np.zeros((5, 3)), "pose_body": np.zeros((5, 63))},
            "SMPL-X",
        ),
        ({"surface_model_type": np.array("smplx")}, "SMPL-X"),
        ({"poses": np.zeros((5, 165)), "surface_model_type": np.array(b"SMPLH")}, "SMPL-H"),
        ({"surface_model_type": np.array("unheard of")}, "SMPL-H"),
        ({"surface_model_type": np.array("smplx", dtype=object)}, "SMPL-H"),
    ],
)
def test_load_take_finds_body_model(changes, body):
    take = load_take(amass(**changes))
    assert take.body == body
    assert load_take(take_to_bytes(take)).body == body
    np.testing.assert_allclose(load_take(take_to_bytes(take)).betas, take.betas, rtol=1e-6)


def test_load_take_accepts_split_poses_and_newer_rate_key():
    root, body = np.full((5, 3), 0.5), np.full((5, 63), 0.25)
    take = load_take(
        amass(
            poses=None,
            root_orient=root,
            pose_body=body,
            mocap_framerate=None,
            mocap_frame_rate=np.array([100]),
        )
    )
    np.testing.assert_array_equal(take.poses[:, :66], np.concatenate([root, body], axis=1))
    assert take.fps == 100.0


def test_load_take_accepts_integers():
    poses = np.ones((5, 72), dtype=np.int64)
    take = load_take(amass(poses=poses, trans=np.ones((5, 3), dtype=np.int16)))
    assert take.poses.dtype.kind == take.trans.dtype.kind == "f"
    assert take.local_matrices().shape == (5, 24, 3, 3)


@pytest.mark.parametrize(
    ("changes", "gender"),
    [
        ({"gender": np.array(b"male")}, "male"),
        ({"gender": np.array("male", dtype=object)}, "neutral"),
        ({"gender": None, "betas": None}, "neutral"),
        ({"betas": np.array(["x"])}, "female"),
        ({"betas": np.array([np.nan, 1.0])}, "female"),
    ],
)
def test_load_take_ignores_invalid_optional_entries(changes, gender):
    take = load_take(amass(**changes))
    assert take.gender == gender
    assert np.isfinite(take.betas).all()
    assert take.betas.shape == (16,)


def test_load_take_limits_betas():
    shape = np.arange(10.0)
    assert np.array_equal(load_take(amass(betas=np.tile(shape, (5, 1)))).betas, shape)
    assert load_take(amass(betas=np.zeros(100_000, np.uint8))).betas.shape == (400,)
    assert load_take(amass(betas=np.zeros(0))).betas.shape == (0,)


@pytest.mark.parametrize("text", ["9" * 5000, "not json", "[1, 2]", "[" * 100_000, ""])
def test_load_take_with_invalid_metadata_has_none(text):
    assert load_take(amass(anyframe=np.array(text))).metadata == {}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"poses": np.zeros((5, 71))}, "66, 72, 156 or 165 columns"),
        ({"poses": np.zeros(72)}, "66, 72, 156 or 165 columns"),
        ({"poses": np.zeros((5, 24, 3))}, "66, 72, 156 or 165 columns"),
        ({"poses": np.full((5, 72), np.nan)}, "poses that are not finite"),
        ({"trans": np.full((5, 3), np.inf)}, "trans that are not finite"),
        ({"trans": np.zeros((4, 3))}, "5 poses needs as many root positions"),
        ({"trans": np.zeros((5, 2))}, "5 poses needs as many root positions"),
        ({"trans": np.array(1.0)}, "5 poses needs as many root positions"),
        ({"poses": np.zeros((0, 72)), "trans": np.zeros((0, 3))}, "no frames"),
        ({"poses": None}, "no 'poses'"),
        ({"poses": None, "root_orient": np.zeros((5, 3))}, "no 'poses'"),
        (
            {"poses": None, "root_orient": np.zeros((4, 3)), "pose_body": np.zeros((5, 63))},
            "different lengths",
        ),
        (
            {"poses": None, "root_orient": np.array(0.0), "pose_body": np.array(0.0)},
            "different lengths",
        ),
        ({"trans": None}, "no 'trans'"),
        ({"mocap_framerate": None}, "does not state its frame rate"),
        ({"mocap_framerate": np.array([1.0, 2.0])}, "does not state its frame rate"),
        ({"mocap_framerate": np.array(0.0)}, "frame rate must be a positive number"),
        ({"mocap_framerate": np.array(np.nan)}, "frame rate must be a positive number"),
        ({"mocap_framerate": np.array("fast")}, "frame rate that are not numbers"),
        ({"poses": np.full((5, 72), "a")}, "poses that are not numbers"),
        ({"trans": np.zeros((5, 3), dtype=complex)}, "trans that are not numbers"),
        ({"poses": np.array([{}] * 5, dtype=object)}, "Python objects"),
        ({"mocap_framerate": np.array(30.0, dtype=object)}, "Python objects"),
    ],
)
def test_load_take_of_invalid_file_names_defect(changes, sentence):
    with pytest.raises(TakeError, match=sentence):
        load_take(amass(**changes))


def test_load_take_with_too_many_frames_raises(monkeypatch):
    monkeypatch.setattr("backend.kinematics.body.take.MAX_FRAMES", 4)
    with pytest.raises(TakeError, match="at most 4 frames \\(got 5\\)"):
        load_take(amass())


def test_load_take_of_other_files_raises(tmp_path: Path):
    single = io.BytesIO()
    np.save(single, np.zeros((5, 72)))
    with pytest.raises(TakeError, match="single array"):
        load_take(single.getvalue())
    with pytest.raises(TakeError, match="no file"):
        load_take(tmp_path / "absent.npz")
    with pytest.raises(TakeError, match="not a readable"):
        load_take(tmp_path)
    for content in (b"", b"PK\x03\x04", b"\x80\x04K\x01.", b"HIERARCHY\n"):
        with pytest.raises(TakeError, match="not a readable"):
            load_take(content)


def test_load_take_never_unpickles(tmp_path: Path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    for field in ("poses", "gender"):
        content = amass(**{field: np.array(Trap(), dtype=object)})
        if field == "poses":
            with pytest.raises(TakeError):
                load_take(content)
        else:
            load_take(content)
    assert not (tmp_path / "sprung").exists()


@given(st.data())
def test_load_take_of_damaged_file_returns_or_raises(data):
    content = bytearray(take_to_bytes(Take(np.ones((3, 72)), np.ones((3, 3)), 30.0)))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            take = load_take(bytes(content))
        except TakeError as error:
            assert str(error).endswith(".")
        else:
            assert np.isfinite(take.poses).all()


def test_load_take_cut_short_raises(swinging: Take):
    content = take_to_bytes(swinging)
    for tenth in range(10):
        with pytest.raises(TakeError, match="cut short"):
            load_take(content[: len(content) * tenth // 10])


def test_take_with_invalid_arrays_raises():
    with pytest.raises(TakeError, match="72 columns"):
        Take(np.zeros((2, 66)), np.zeros((2, 3)), 30.0)
    with pytest.raises(TakeError, match="as many root positions"):
        Take(np.zeros((2, 72)), np.zeros((3, 3)), 30.0)
    with pytest.raises(TakeError, match=r"positive number .got -1"):
        Take(np.zeros((2, 72)), np.zeros((2, 3)), -1)
