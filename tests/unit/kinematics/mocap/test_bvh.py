"""BVH files: layouts, damage, and round trips of takes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import angle_between, axis_angle_to_matrix, axis_rotation
from backend.kinematics.mocap.bvh import BvhError, BvhMotion, _frame_rate, read_bvh, write_bvh
from backend.kinematics.mocap.read_mocap import take_from_bvh
from tests.support.motions import swinging_take

WHOLE = """\
HIERARCHY
ROOT Hips
{
  OFFSET 1.0 2.0 3.0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Chest
  {
    OFFSET 0.0 10.0 0.0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0.0 5.0 0.0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
4 5 6 90 0 0 0 90 0
4 5 7 90 0 0 10 20 30
"""


@pytest.fixture
def read(tmp_path: Path):
    """Reads a text or bytes as a BVH file."""

    def reader(content: str | bytes) -> BvhMotion:
        path = tmp_path / "some.bvh"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_bvh(path)

    return reader


def same(one: BvhMotion, other: BvhMotion) -> bool:
    return (
        one.rest.names == other.rest.names
        and one.rest.parents == other.rest.parents
        and one.fps == other.fps
        and np.array_equal(one.rest.positions, other.rest.positions)
        and np.array_equal(one.rotations, other.rotations)
        and np.array_equal(one.translations, other.translations)
    )


def test_read_bvh_keeps_frame_and_unit(read):
    motion = read(WHOLE)
    assert motion.rest.names == ("Hips", "Chest")
    assert motion.rest.parents == (-1, 0)
    np.testing.assert_array_equal(motion.rest.positions, [[1, 2, 3], [1, 12, 3]])
    assert motion.rest.tails is not None
    np.testing.assert_array_equal(motion.rest.tails[1], [1, 17, 3])
    assert np.isnan(motion.rest.tails[0]).all()
    assert (len(motion), motion.fps) == (2, 30.0)
    rotations, positions = motion.world_transforms()
    np.testing.assert_allclose(positions[0], [[4, 5, 6], [-6, 5, 6]], atol=1e-12)
    quarter = axis_rotation("Z", np.pi / 2)
    np.testing.assert_allclose(rotations[0, 0], quarter, atol=1e-12)
    np.testing.assert_allclose(rotations[0, 1], quarter @ axis_rotation("X", np.pi / 2), atol=1e-12)


def test_read_bvh_applies_channels_in_listed_order(read):
    z, x, y = map(axis_rotation, "ZXY", np.radians([10, 20, 30]))
    np.testing.assert_allclose(read(WHOLE).rotations[1, 1], z @ x @ y, atol=1e-12)
    swapped = WHOLE.replace("3 Zrotation Xrotation Yrotation", "3 Yrotation Zrotation Xrotation")
    y, z, x = map(axis_rotation, "YZX", np.radians([10, 20, 30]))
    np.testing.assert_allclose(read(swapped).rotations[1, 1], y @ z @ x, atol=1e-12)


@pytest.mark.parametrize(
    ("channels", "values", "turns"),
    [
        ("1 Yrotation", "90", [("Y", 90)]),
        ("2 Xrotation Yrotation", "90 30", [("X", 90), ("Y", 30)]),
        ("3 Zrotation Xrotation Zrotation", "10 20 30", [("Z", 10), ("X", 20), ("Z", 30)]),
        ("4 Xscale Zrotation Yscale Xrotation", "2 10 2 20", [("Z", 10), ("X", 20)]),
        ("0", "", []),
    ],
)
def test_read_bvh_ignores_scale_channels(read, channels, values, turns):
    text = WHOLE.replace("3 Zrotation Xrotation Yrotation", channels)
    text = text.replace("0 90 0\n", f"{values}\n").replace("10 20 30\n", f"{values}\n")
    expected = np.eye(3)
    for axis, angle in turns:
        expected = expected @ axis_rotation(axis, np.radians(angle))
    motion = read(text)
    np.testing.assert_allclose(motion.rotations[:, 1], [expected, expected], atol=1e-12)


def test_read_bvh_without_channels_keeps_offsets(read):
    text = WHOLE.replace("    CHANNELS 3 Zrotation Xrotation Yrotation\n", "")
    text = text.replace("6 Xposition Yposition Zposition", "3")
    text = text.replace("4 5 6 90 0 0 0 90 0", "90 0 0").replace("4 5 7 90 0 0 10 20 30", "0 0 0")
    motion = read(text)
    np.testing.assert_array_equal(motion.translations[:, 0], [[1, 2, 3]] * 2)
    np.testing.assert_array_equal(motion.rotations[:, 1], [np.eye(3)] * 2)


def test_read_bvh_position_channels_replace_offset(read):
    text = WHOLE.replace("CHANNELS 3 Z", "CHANNELS 4 Yposition Z").replace(
        " 0 90 0\n", " 7 0 0 0\n"
    )
    motion = read(text.replace("10 20 30", "8 0 0 0"))
    np.testing.assert_array_equal(motion.translations[:, 1], [[0, 7, 0], [0, 8, 0]])
    np.testing.assert_array_equal(motion.rest.positions[1], [1, 12, 3])


@pytest.mark.parametrize(
    "changed",
    [
        WHOLE.replace("\n", "\r\n"),
        WHOLE.replace("  ", "\t").replace("Frames: ", "Frames:\t").replace("Time: ", "Time:\t"),
        "\ufeff" + WHOLE,
        WHOLE.replace("ROOT", "root").replace("JOINT", "joint").replace("OFFSET", "offset")
        .replace("CHANNELS", "channels").replace("End Site", "end site")
        .replace("HIERARCHY", "hierarchy").replace("MOTION", "motion")
        .replace("Frame Time", "frame time").replace("Frames", "frames")
        .replace("rotation", "Rotation").replace("position", "POSITION"),
        WHOLE.replace("{", " {").replace("\n  {", "{").replace("Hips\n", "Hips"),
        WHOLE.replace("\n", " ").replace("MOTION ", "MOTION\n"),
        WHOLE.replace("5 7 90", "5\n7\n90"),
        WHOLE.rstrip("\n"),
        WHOLE + "\n\n  \n",
        WHOLE + "1 2 3 4 5 6 7 8 9\n",
    ],
    ids=["crlf", "tabs", "bom", "case", "braces", "lines", "wrapped", "no end", "blank", "more"],
)  # fmt: skip
def test_read_bvh_with_other_layout_is_equal(read, changed):
    assert same(read(changed), read(WHOLE))


@pytest.mark.parametrize(
    "name", ["MOTION", "Left Up Leg", "Hips:Chest.001", "Offset", "joint", "腰"]
)
def test_read_bvh_accepts_any_joint_name(read, name):
    assert read(WHOLE.replace("JOINT Chest", f"JOINT {name}")).rest.names == ("Hips", name)


def test_read_bvh_numbers_repeated_names(read):
    motion = read(WHOLE.replace("Chest", "Hips"))
    assert motion.rest.names == ("Hips", "Hips.001")


def test_read_bvh_with_two_roots_has_two_trees(read):
    second = WHOLE[WHOLE.index("ROOT") : WHOLE.index("MOTION")].replace("Hips", "Prop")
    text = WHOLE.replace("MOTION", second + "MOTION")
    text = text.replace("0 90 0\n", "0 90 0 1 1 1 0 0 0 0 0 0\n")
    text = text.replace("10 20 30\n", "10 20 30 1 1 1 0 0 0 0 0 0\n")
    motion = read(text)
    assert motion.rest.names == ("Hips", "Chest", "Prop", "Chest.001")
    assert motion.rest.parents == (-1, 0, -1, 2)
    np.testing.assert_array_equal(motion.world_transforms()[1][0, 3], [1, 11, 1])


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("HIERARCHY", "", "not a BVH file"),
        ("MOTION", "", "not a BVH file"),
        ("ROOT Hips", "", "broken HIERARCHY"),
        ("ROOT Hips\n{", "ROOT Hips\n", "broken HIERARCHY"),
        ("    }\n", "", "broken HIERARCHY"),
        ("MOTION", "}\nMOTION", "broken HIERARCHY"),
        ("OFFSET 0.0 10.0 0.0", "OFFSET 0.0 ten 0.0", "broken HIERARCHY"),
        ("OFFSET 0.0 10.0 0.0", "OFFSET 0.0 nan 0.0", "broken HIERARCHY"),
        ("OFFSET 0.0 10.0 0.0", "OFFSET 0.0 1e300 0.0", "broken HIERARCHY"),
        ("OFFSET 0.0 10.0 0.0", "OFFSET 0.0 10.0", "broken HIERARCHY"),
        ("CHANNELS 3", "CHANNELS three", "broken HIERARCHY"),
        ("CHANNELS 3", "CHANNELS 99999999999", "a channel"),
        ("OFFSET 0.0 5.0 0.0", "JOINT Tip\n{\nOFFSET 0 0 0\n}", "broken HIERARCHY"),
        ("OFFSET 0.0 5.0 0.0", "CHANNELS 1 Xrotation", "broken HIERARCHY"),
        ("ROOT Hips", "End Site\n{\n}\nROOT Hips", "broken HIERARCHY"),
        ("3 Zrotation", "3 Wrotation", "a channel Wrotation"),
        ("Frames: 2", "", "does not state its number of frames"),
        ("Frames: 2", "Frames: -2", "does not state its number of frames"),
        ("Frames: 2", "Frames: two", "does not state its number of frames"),
        ("Frames: 2", "Frames: " + "9" * 5000, "does not state its number of frames"),
        ("Frame Time: 0.0333333", "", "does not state its number of frames"),
        ("Frames: 2", "Frames: 0", "zero frames"),
        ("Frames: 2", "Frames: 3", "cut short: it has 18 of 27"),
        ("Frames: 2", "Frames: 123456789", "got 123456789"),
        ("0.0333333", "0", "frame time in seconds .got 0\\)"),
        ("0.0333333", "-0.04", "frame time in seconds .got -0.04"),
        ("0.0333333", "nan", "frame time in seconds .got nan"),
        ("0.0333333", "1e-320", "frame time in seconds .got 1e-320"),
        ("0.0333333", "inf", "frame time in seconds .got inf"),
        ("0.0333333", "fast", "frame time in seconds .got fast"),
        ("10 20 30", "10 20 NaN", "NaN"),
        ("10 20 30", "10 20 -inf", "far too large"),
        ("4 5 7", "4 5 1e300", "far too large"),
        ("10 20 30", "10 20 #IND", "not numbers"),
        ("10 20 30", "10 2,5 30", "not numbers"),
        ("10 20 30", "10 20 3\x000", "not numbers"),
    ],
)
def test_read_bvh_of_invalid_file_names_defect(read, old, new, sentence):
    assert old in WHOLE
    with pytest.raises(BvhError, match=sentence) as error:
        read(WHOLE.replace(old, new, 1))
    assert str(error.value).startswith("some.bvh ")
    assert str(error.value).endswith(".")


def test_read_bvh_without_any_channels_raises(read):
    text = "\n".join(line for line in WHOLE.splitlines() if "CHANNELS" not in line)
    with pytest.raises(BvhError, match="no channels"):
        read(text)


def test_read_bvh_of_missing_file_raises(tmp_path: Path):
    with pytest.raises(BvhError, match="There is no file"):
        read_bvh(tmp_path / "absent.bvh")
    with pytest.raises(BvhError, match="cannot be read"):
        read_bvh(tmp_path)


def test_read_bvh_cut_short_raises(read, tmp_path: Path, swinging: Take):
    write_bvh(swinging, tmp_path / "whole.bvh")
    whole = (tmp_path / "whole.bvh").read_bytes()
    for tenth in range(10):
        with pytest.raises(BvhError, match=r"cut short|not a BVH file"):
            read(whole[: len(whole) * tenth // 10])


def test_read_bvh_cut_within_number_raises(read):
    with pytest.raises(BvhError, match="cut short: it has 16 of 18"):
        read(WHOLE.replace("10 20 30\n", "-"))


@given(st.data())
def test_read_bvh_of_damaged_file_returns_or_raises(tmp_path_factory, data):
    content = bytearray(WHOLE.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content) - 1))
        end = data.draw(st.integers(start, min(start + 20, len(content))))
        content[start:end] = data.draw(
            st.one_of(
                st.binary(max_size=4),
                st.sampled_from([b"{", b"}", b"End Site", b"JOINT", b"MOTION", b"nan", b" -1 "]),
            )
        )
        if not content:
            return
    path = tmp_path_factory.getbasetemp() / "damaged.bvh"
    path.write_bytes(bytes(content))
    try:
        motion = read_bvh(path)
    except BvhError as error:
        assert str(error).endswith(".")
    else:
        assert np.isfinite(motion.rotations).all()
        assert len(motion.rest.names) == len(set(motion.rest.names)) == len(motion.rest.parents)
        assert all(parent < joint for joint, parent in enumerate(motion.rest.parents))


WHOLE_RATES = (24, 25, 30, 50, 60, 120, 240)
RATES = (*WHOLE_RATES, *(rate * 1000 / 1001 for rate in (24, 30, 60)))


@pytest.mark.parametrize("digits", [4, 5, 6, 7, 8])
@pytest.mark.parametrize("rate", RATES)
def test_frame_rate_of_rounded_time_is_exact(rate, digits):
    printed = f"{1 / rate:.{digits}f}"
    # Where the digits cannot tell an NTSC rate from a whole one, the whole one is meant.
    whole = [r for r in WHOLE_RATES if f"{1 / r:.{digits}f}" == printed]
    expected = whole[0] if whole else rate
    assert _frame_rate(printed, "some.bvh") == expected


@pytest.mark.parametrize(
    ("printed", "rate"),
    [
        ("0.008", 125.0),
        ("0.0083", 120.0),
        ("0.00833", 120.0),
        ("0.01666", 60.0),
        ("0.04170", 24000 / 1001),
        (".041666", 24.0),
        ("4.166667e-02", 24.0),
        ("0.0417083750", 24000 / 1001),  # 1 / 23.976
        ("0.0166833500", 60000 / 1001),  # 1 / 59.94
        ("0.033", 30.0),
        ("0.0333", 30.0),
        ("0.005", 200.0),
        ("0.5", 2.0),
        ("1", 1.0),
        ("2.5", 0.4),
        ("0.0123456789", 81.0000007371),
        ("0.0225", 1 / 0.0225),
    ],
)
def test_frame_rate_of_times_printed_by_programs_is_exact(printed, rate):
    assert _frame_rate(printed, "some.bvh") == pytest.approx(rate, rel=1e-8)


@given(st.integers(0, 2**32 - 1), st.sampled_from([24000 / 1001, 24.0, 37.5, 120.0]))
def test_write_bvh_then_read_gives_the_same_take(tmp_path_factory, seed, fps):
    chance = np.random.default_rng(seed)
    poses = axis_angle_to_matrix(chance.normal(scale=0.8, size=(3, 24, 3)))
    poses[:, 0] = axis_rotation("Z", chance.uniform(-3, 3)) @ BODY_TO_WORLD @ poses[:, 0]
    poses[0, SMPL.index("left_shoulder")] = axis_rotation("Y", np.pi / 2)
    take = Take.from_matrices(poses, chance.normal(size=(3, 3)), fps)
    path = tmp_path_factory.getbasetemp() / "take.bvh"
    write_bvh(take, path)
    back = take_from_bvh(read_bvh(path))
    assert angle_between(back.local_matrices(), take.local_matrices()).max() < 1e-3
    np.testing.assert_allclose(back.root_positions(), take.root_positions(), atol=1e-3)
    assert back.fps == pytest.approx(fps, rel=1e-6)


def test_write_bvh_has_expected_hierarchy_and_units(tmp_path: Path):
    take = swinging_take(0.1, 24000 / 1001)
    write_bvh(take, tmp_path / "take.bvh")
    text = (tmp_path / "take.bvh").read_text()
    assert text.startswith("HIERARCHY\nROOT pelvis\n{\n  OFFSET 0.000000 0.000000 0.000000\n")
    assert text.count("JOINT") == 23
    assert text.count("End Site") == 5
    assert "Frames: 2\nFrame Time: 0.0417083333\n" in text
    motion = read_bvh(tmp_path / "take.bvh")
    assert motion.fps == 24000 / 1001
    head, foot = (motion.rest.names.index(name) for name in ("head", "left_foot"))
    assert (motion.rest.positions[head] - motion.rest.positions[foot])[1] > 100
    np.testing.assert_allclose(
        motion.world_transforms()[1][0, 0],
        take.root_positions()[0] @ BODY_TO_WORLD * 100,
        atol=1e-4,
    )
