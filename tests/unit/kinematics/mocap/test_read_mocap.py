"""Raw captures to clean takes: rest pose, lead-in and ground."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.kinematics.body.skeleton import (
    BODY_TO_WORLD,
    SMPL,
    TOE_JOINT_HEIGHT,
    Skeleton,
    forward_kinematics,
    local_rotations,
)
from backend.kinematics.body.take import Take, TakeError, save_take
from backend.kinematics.math.rotations import Array, angle_between, axis_rotation, normalize
from backend.kinematics.mocap.bvh import BvhError, read_bvh, write_bvh
from backend.kinematics.mocap.read_mocap import (
    drop_lead_in,
    floor_height,
    move_to_floor,
    read_mocap,
    take_from_bvh,
)
from backend.kinematics.mocap.rest_pose_detection import (
    _nearest_rotations,
    estimate_rest_pose,
    is_standing,
)
from backend.kinematics.retarget.rest_alignment import LIMB_AIM_JOINTS
from backend.kinematics.rigs.bone_map import MappingError, detect_bone_map
from tests.support.motions import STANDING, swinging_take
from tests.support.rig_files import bvh_text, follow, lafan_like_text
from tests.support.rigs import LAFAN, MIXAMO, RIGS, Rig


def strolling_take(seconds: float = 3.0, fps: float = 30.0, heading: float = 0.0) -> Take:
    """A body that walks ahead with hanging arms, each foot flat once a step."""
    times = np.arange(round(seconds * fps)) / fps
    swing = np.sin(2 * np.pi * times)
    local = np.tile(np.eye(3), (len(times), 24, 1, 1))

    def turn(joint: str, axis: str, angle: Array) -> None:
        local[:, SMPL.index(joint)] = local[:, SMPL.index(joint)] @ axis_rotation(axis, angle)

    for side, sign in (("left", 1.0), ("right", -1.0)):
        lift = 0.6 * np.clip(sign * np.cos(2 * np.pi * times), 0, None)
        turn(f"{side}_hip", "X", -0.4 * sign * swing - lift / 2)
        turn(f"{side}_knee", "X", lift)
        turn(f"{side}_ankle", "X", 0.4 * sign * swing - lift / 2)
        turn(f"{side}_shoulder", "Z", np.full(len(times), -1.3 * sign))
        turn(f"{side}_shoulder", "Y", -0.3 * swing)
        turn(f"{side}_elbow", "Y", np.full(len(times), -0.2 * sign))
    turn("spine2", "Y", 0.1 * swing)
    yaw = axis_rotation("Z", heading + 0.2 * times)
    local[:, 0] = yaw @ BODY_TO_WORLD @ axis_rotation("Z", 0.05 * swing)
    ahead = np.stack([np.zeros_like(times), -1.2 * times, np.zeros_like(times)], axis=1)
    take = Take.from_matrices(local, ahead @ axis_rotation("Z", heading).T, fps)
    return move_to_floor(take)


def world_of(take: Take) -> Array:
    return forward_kinematics(SMPL, take.local_matrices().astype(float), np.zeros(3))[1]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "capture.bvh"
    path.write_text(text, encoding="utf-8")
    return path


def renumbered(rig: Rig) -> Rig:
    """The same rig, in the same order, with names that say nothing."""
    names = {name: f"b{n}" for n, name in enumerate(rig.rest.names)}
    plays = {joint: names[bone] for joint, bone in rig.plays.items()}
    return Rig("structure", replace(rig.rest, names=tuple(names.values())), plays)


# Rest poses from motion


@pytest.mark.parametrize("named", [True, False], ids=["names", "no names"])
@pytest.mark.parametrize("kind", RIGS)
def test_read_mocap_without_body_in_zero_pose_estimates_rest_pose(tmp_path, kind, named):
    rig = RIGS[kind] if named else renumbered(RIGS[kind])
    walk = strolling_take(heading=2.0)
    motion = read_bvh(written(tmp_path, lafan_like_text(walk, rig, "0.033333")))
    bone_map = {joint: motion.rest.names.index(bone) for joint, bone in rig.plays.items()}
    assert not is_standing(motion.rest.positions, [bone_map.get(joint, -1) for joint in SMPL.names])
    take = take_from_bvh(motion)
    assert (len(take), take.fps) == (len(walk), 30.0)

    joints = take.joint_positions() @ BODY_TO_WORLD
    positions = motion.world_transforms()[1]
    for start, end in LIMB_AIM_JOINTS.items():
        if end in bone_map and not start.endswith("ankle"):
            limb = joints[:, SMPL.index(end)] - joints[:, SMPL.index(start)]
            bone = positions[:, bone_map[end]] - positions[:, bone_map[start]]
            np.testing.assert_allclose(normalize(limb), normalize(bone), atol=1e-3)

    expected, found = world_of(walk), world_of(take)
    for name in ("pelvis", "spine3", "head"):
        joint = SMPL.index(name)
        off = angle_between(expected[:, joint], found[:, joint])
        assert np.degrees(np.median(off)) < 6, name
    for name in ("left_ankle", "right_ankle"):  # a rig's feet may point more or less outwards
        soles = expected[:, SMPL.index(name), :, 1], found[:, SMPL.index(name), :, 1]
        off = np.arccos(np.clip(np.sum(soles[0] * soles[1], axis=-1), -1, 1))
        assert np.degrees(np.median(off)) < 6, name


def test_estimate_rest_pose_is_upright_and_flat_footed(tmp_path):
    walk = strolling_take(heading=-1.0)
    motion = read_bvh(written(tmp_path, lafan_like_text(walk, LAFAN, "0.033333")))
    bone_map = detect_bone_map(motion.rest)
    rest = estimate_rest_pose(motion.rest, *motion.world_transforms(), bone_map)
    place = {
        joint: rest.positions[i]
        for joint, i in zip(SMPL.names, bone_map.joint_bones(rest), strict=True)
    }
    assert is_standing(rest.positions, bone_map.joint_bones(rest))
    for part in ("hip", "shoulder"):
        across = normalize(place[f"left_{part}"] - place[f"right_{part}"])
        np.testing.assert_allclose(across, [1, 0, 0], atol=0.02)
    for side in ("left", "right"):
        foot = place[f"{side}_foot"] - place[f"{side}_ankle"]
        assert foot[2] > 10
        lafan = LAFAN.rest
        own = [lafan.positions[lafan.names.index(n)] for n in ("LeftFoot", "LeftToe")]
        assert foot[1] == pytest.approx((own[1] - own[0])[1], abs=2.0)
    parents = list(rest.parents[1:])
    lengths, offsets = (
        np.linalg.norm(joints[1:] - joints[parents], axis=1)
        for joints in (rest.positions, motion.rest.positions)
    )
    np.testing.assert_allclose(lengths, offsets, atol=1e-3)


def test_estimate_rest_pose_of_leaning_body_keeps_lean(tmp_path):
    walk = strolling_take()
    leaning = walk.local_matrices()
    leaning[:, 0] = leaning[:, 0] @ axis_rotation("Z", 0.15)
    leaning[:, SMPL.index("spine1")] = axis_rotation("Z", -0.15)
    walk = Take.from_matrices(leaning, walk.root_positions(), 30.0)
    take = take_from_bvh(read_bvh(written(tmp_path, lafan_like_text(walk, LAFAN, "0.033333"))))
    off = angle_between(world_of(take)[:, 0], world_of(walk)[:, 0])
    assert np.degrees(np.median(off)) < 3


def test_read_mocap_of_one_folder_uses_one_rest_pose(tmp_path):
    upright = strolling_take(1.0)
    bent = upright.local_matrices()
    bent[:, SMPL.index("spine1")] = axis_rotation("X", 0.6)
    bent[:, SMPL.index("left_elbow")] = axis_rotation("Y", -1.4)
    bent = Take.from_matrices(bent, upright.root_positions(), 30.0)
    for name, walk in {"bent": bent, "a": upright, "b": upright}.items():
        text = lafan_like_text(walk, LAFAN, "0.033333")
        (tmp_path / f"{name}.bvh").write_text(text, encoding="utf-8")
    alone = take_from_bvh(read_bvh(tmp_path / "bent.bvh"))
    together = read_mocap(tmp_path / "bent.bvh")
    chest = SMPL.index("spine3")
    wrong, right = (
        np.degrees(np.median(angle_between(world_of(take)[:, chest], world_of(bent)[:, chest])))
        for take in (alone, together)
    )
    assert wrong > 20
    assert right < 6


def test_find_shared_rest_pose_ignores_other_skeletons(tmp_path):
    walk = strolling_take(1.0)
    lafan = lafan_like_text(walk, LAFAN, "0.033333")
    (tmp_path / "one.bvh").write_text(lafan, encoding="utf-8")
    other = lafan_like_text(walk, renumbered(LAFAN), "0.033333")
    (tmp_path / "other.bvh").write_text(other, encoding="utf-8")
    (tmp_path / "broken.bvh").write_text("HIERARCHY", encoding="utf-8")
    shared, own = (
        read_mocap(tmp_path / "one.bvh"),
        move_to_floor(take_from_bvh(read_bvh(tmp_path / "one.bvh"))),
    )
    np.testing.assert_allclose(shared.poses, own.poses, atol=1e-6)


def test_nearest_rotations_of_average_are_rotations():
    halves = np.stack([axis_rotation(axis, np.pi) for axis in "XYZ"])
    for several in (halves, halves[:2], axis_rotation("Y", np.array([0.1, 0.3]))):
        average = _nearest_rotations(several.mean(axis=0))
        np.testing.assert_allclose(average @ average.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(average) == pytest.approx(1.0)
    np.testing.assert_allclose(average, axis_rotation("Y", 0.2), atol=1e-9)


def test_estimate_rest_pose_of_z_up_files_is_upright(tmp_path):
    walk = strolling_take()
    text = lafan_like_text(walk, LAFAN, "0.033333")
    motion = read_bvh(written(tmp_path, text))
    rotations, positions = motion.world_transforms()
    turned = BODY_TO_WORLD @ rotations, positions @ BODY_TO_WORLD.T
    rest = estimate_rest_pose(motion.rest, *turned, detect_bone_map(motion.rest))
    head, foot = (rest.positions[rest.names.index(name)] for name in ("Head", "LeftFoot"))
    assert (head - foot)[2] > 100


def test_estimate_rest_pose_of_lying_body_raises(tmp_path):
    walk = strolling_take(1.0)
    lying = walk.local_matrices()
    lying[:, 0] = axis_rotation("Z", 0.3) @ axis_rotation("X", np.radians(45)) @ lying[:, 0]
    crawl = Take.from_matrices(lying, walk.root_positions(), 30.0)
    path = written(tmp_path, lafan_like_text(crawl, LAFAN, "0.033333"))
    with pytest.raises(MappingError, match="in no frame does the body stand upright"):
        read_mocap(path)


def test_take_from_bvh_with_standing_zero_pose_uses_it(tmp_path):
    skeleton = Skeleton(MIXAMO.rest.names, MIXAMO.rest.parents, MIXAMO.rest.positions.copy())
    for bone, parent in enumerate(MIXAMO.rest.parents):
        if parent >= 0:
            skeleton.offsets[bone] -= MIXAMO.rest.positions[parent]
    walk = strolling_take(1.0)
    world = follow(walk, MIXAMO, np.tile(np.eye(3), (len(MIXAMO.rest), 1, 1)))
    root = walk.root_positions() @ BODY_TO_WORLD * 100
    text = bvh_text(skeleton, local_rotations(skeleton, world), root, "0.0333333")
    take = take_from_bvh(read_bvh(written(tmp_path, text)))
    found, expected = world_of(take), world_of(walk)
    for name in ("pelvis", "spine2", "neck", "left_collar"):
        joint = SMPL.index(name)
        np.testing.assert_allclose(found[:, joint], expected[:, joint], atol=1e-3)


def test_is_standing_needs_legs_below_and_limbs_apart():
    bones = list(range(24))
    rest = SMPL.rest_positions
    assert is_standing(rest, bones)
    assert is_standing(rest @ BODY_TO_WORLD.T * 90 + 7, bones)
    mirrored = rest * [-1, 1, 1]
    legs = [
        SMPL.index(f"{side}_{part}") for side in ("left", "right") for part in ("knee", "ankle")
    ]
    kneeling = rest.copy()
    kneeling[legs] = rest[legs] * [1, -1, 1]
    crossed = rest.copy()
    for part in ("elbow", "wrist"):
        pair = [SMPL.index(f"left_{part}"), SMPL.index(f"right_{part}")]
        crossed[pair] = rest[pair[::-1]]
    assert is_standing(mirrored, bones)
    assert not is_standing(kneeling, bones)
    assert not is_standing(crossed, bones)
    assert not is_standing(np.zeros((24, 3)), bones)


# Lead-in


def t_pose(frames: int, fps: float = 60.0) -> Take:
    local = np.tile(np.eye(3), (frames, 24, 1, 1))
    local[:, 0] = BODY_TO_WORLD
    return Take.from_matrices(local, np.tile([0, 0, STANDING], (frames, 1)), fps)


def joined(*takes: Take) -> Take:
    poses = np.concatenate([take.poses for take in takes])
    trans = np.concatenate([take.trans for take in takes])
    return Take(poses, trans, takes[0].fps, metadata={"kept": True})


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("fps", [24.0, 120.0])
def test_drop_lead_in_removes_t_pose_before_cut(frames, fps):
    walk = strolling_take(1.0, fps)
    take = drop_lead_in(joined(t_pose(frames, fps), walk))
    lost = len(walk) - len(take)
    assert 0 <= lost <= 4
    np.testing.assert_array_equal(take.poses, walk.poses[lost:])
    assert take.metadata == {"kept": True, "lead_in": pytest.approx((frames + lost) / fps)}


def test_drop_lead_in_removes_t_pose_that_slides_away():
    walk = strolling_take(1.0, 60.0)
    start = t_pose(1).poses
    slide = Take(
        np.concatenate([start + u * (walk.poses[:1] - start) for u in (0.0, 0.02, 0.5, 0.97)]),
        np.tile(walk.trans[:1], (4, 1)),
        60.0,
    )
    take = drop_lead_in(joined(slide, walk))
    arms = take.joint_positions()[0, [SMPL.index("left_wrist"), SMPL.index("right_wrist")], 2]
    assert (arms < 1.1).all()
    assert len(walk) - 5 < len(take) <= len(walk)


def test_drop_lead_in_leaves_other_starts():
    walk = strolling_take(1.0, 60.0)
    slow = joined(t_pose(30), t_pose(30))
    jump = joined(walk, swinging_take(1.0, 60.0))
    for take in (walk, slow, jump, t_pose(1)):
        assert drop_lead_in(take) is take


def test_drop_lead_in_with_cut_at_end_leaves_last_frame():
    walk = strolling_take(0.1, 60.0)
    last = Take(walk.poses[:1], walk.trans[:1], 60.0)
    np.testing.assert_array_equal(drop_lead_in(joined(t_pose(1), last)).poses, last.poses)


# Ground


def test_move_to_floor_puts_ground_at_zero(swinging):
    raised = Take(
        swinging.poses, swinging.trans + np.array([3.0, -2.0, 5.0]), 30.0, metadata={"seed": 3}
    )
    assert floor_height(raised) == pytest.approx(floor_height(swinging) + 5.0, abs=1e-5)
    take = move_to_floor(raised)
    assert floor_height(take) == pytest.approx(0.0, abs=1e-5)
    np.testing.assert_allclose(take.trans[:, :2], raised.trans[:, :2])
    np.testing.assert_array_equal(take.poses, raised.poses)
    assert take.metadata == {"seed": 3}


def test_floor_height_of_resting_body_is_at_soles():
    assert floor_height(t_pose(3)) == pytest.approx(0.0, abs=1e-6)


def test_floor_height_ignores_few_low_frames(swinging):
    dipped = Take(swinging.poses, swinging.trans.copy(), 30.0)
    dipped.trans[10:12, 2] -= 1.0
    assert floor_height(dipped) == pytest.approx(floor_height(swinging), abs=0.02)


# Files


def test_read_mocap_of_bvh_and_npz_is_equal(tmp_path):
    walk = strolling_take(1.0)
    write_bvh(walk, tmp_path / "walk.BVH")
    save_take(Take(walk.poses, walk.trans + np.array([0, 0, 1]), 30.0), tmp_path / "walk.npz")
    one, other = read_mocap(tmp_path / "walk.BVH"), read_mocap(tmp_path / "walk.npz")
    assert angle_between(one.local_matrices(), other.local_matrices()).max() < 1e-3
    np.testing.assert_allclose(one.trans, other.trans, atol=1e-3)
    assert one.joint_positions()[:, [10, 11], 2].min() == pytest.approx(TOE_JOINT_HEIGHT, abs=0.03)


def test_read_mocap_of_damaged_files_raises(tmp_path):
    with pytest.raises(TakeError, match="no file"):
        read_mocap(tmp_path / "absent.npz")
    with pytest.raises(BvhError, match="no file"):
        read_mocap(tmp_path / "absent.bvh")
    lamp = "HIERARCHY\nROOT Lamp\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\n"
    with pytest.raises(MappingError, match="None of the 1 bones"):
        read_mocap(written(tmp_path, lamp + "MOTION\nFrames: 1\nFrame Time: 0.04\n0 0 0\n"))
