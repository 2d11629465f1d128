import numpy as np
import pytest

from backend.authored.body.balance import center_of_mass
from backend.authored.body.limbs import SIDES, reach
from backend.authored.body.motion import JOINT, standing_motion
from backend.authored.gestures.posing import (
    GAZE_LEADS,
    Pose,
    PoseKey,
    arm_along,
    hand_on_thigh,
    hang_arms,
    pose_body,
    pose_track,
    side_pose,
    step_foot,
    step_offsets,
)

_BASE = standing_motion(3.0, 60.0)
_SQUAT = Pose(down=0.4, tip=0.5, bend=0.2)
_KEYS = [PoseKey(0.3), PoseKey(1.5, _SQUAT), PoseKey(2.7, _SQUAT)]


def test_pose_body_lowered_keeps_the_feet_and_the_balance() -> None:
    before, _ = _BASE.kinematics()
    motion = pose_body(_BASE, _KEYS)
    positions, _ = motion.kinematics()
    for side in SIDES:
        for name in ("ankle", "foot"):
            index = JOINT[f"{side}_{name}"]
            assert positions[:, index] == pytest.approx(before[:, index], abs=2e-3)
    moved = center_of_mass(positions)[-1] - center_of_mass(before)[-1]
    assert np.linalg.norm(moved[:2]) < 0.01
    assert motion.root[-1, 2] == pytest.approx(_BASE.root[-1, 2] - 0.4, abs=0.01)


def test_pose_body_unreachable_foot_lowers_the_pelvis() -> None:
    move = step_offsets(_BASE.times, 0.5, 0.6, (0.0, -0.7))
    feet = {"left": step_foot(_BASE, "left", move), "right": step_foot(_BASE, "right")}
    motion = pose_body(_BASE, [PoseKey(0.0)], feet=feet, balance=0.0)
    positions, _ = motion.kinematics()
    toe = positions[:, JOINT["left_foot"]]
    assert toe[-1] - toe[0] == pytest.approx([0.0, -0.7, 0.0], abs=2e-3)
    assert motion.root[-1, 2] < _BASE.root[-1, 2] - 0.1
    acceleration = np.diff(motion.root[:, 2], 2) * motion.fps**2
    assert np.abs(acceleration).max() < 12.0


def test_step_foot_raised_heel_leaves_the_toes() -> None:
    feet = {side: step_foot(_BASE, side, pitch=0.6) for side in SIDES}
    keys = [PoseKey(0.0, Pose(down=-0.06))]
    positions, _ = pose_body(_BASE, keys, feet=feet, balance=0.0).kinematics()
    before, _ = _BASE.kinematics()
    toe, ankle = JOINT["left_foot"], JOINT["left_ankle"]
    assert positions[-1, toe] == pytest.approx(before[-1, toe], abs=2e-3)
    assert positions[-1, ankle, 2] > before[-1, ankle, 2] + 0.05


def test_side_pose_right_mirrors_only_what_has_a_side() -> None:
    pose = side_pose(Pose(down=0.1, side=0.2, twist=0.3, bend=0.4), "right", 0.5)
    assert pose == Pose(down=0.05, side=-0.1, twist=-0.15, bend=0.2)


def test_pose_track_gaze_leads_with_the_head() -> None:
    pose = Pose(pelvis_twist=1.0, twist=1.0, head_twist=1.0)
    track = pose_track(_BASE, [PoseKey(0.5), PoseKey(1.0, pose)], GAZE_LEADS)
    halfway = [
        int(np.argmax(np.asarray(angles) > 0.5))
        for angles in (track.head_twist, track.twist, track.pelvis_twist)
    ]
    assert halfway == sorted(halfway)
    assert np.max(track.twist) > 1.002, "the trunk overshoots and settles"


def test_hang_arms_bent_trunk_keeps_the_arms_upright() -> None:
    bent = pose_body(_BASE, [PoseKey(0.0, Pose(tip=0.8, bend=0.4))])
    before, _ = _BASE.kinematics()
    positions, _ = hang_arms(bent, _BASE, 1.0).kinematics()
    arm = [p[-1, JOINT["left_elbow"]] - p[-1, JOINT["left_shoulder"]] for p in (before, positions)]
    assert arm[1] == pytest.approx(arm[0], abs=0.01)


def test_arm_along_reaches_in_the_direction() -> None:
    goal = arm_along(_BASE, "right", (0.3, -1.0, 0.0), 0.45)
    positions, _ = reach(_BASE, "right", goal).kinematics()
    line = positions[-1, JOINT["right_wrist"]] - positions[-1, JOINT["right_shoulder"]]
    assert line / np.linalg.norm(line) == pytest.approx([-0.287, -0.958, 0.0], abs=0.08)


def test_hand_on_thigh_wrist_is_above_the_thigh() -> None:
    seated = pose_body(_BASE, [PoseKey(0.0, Pose(down=0.4, back=0.4))], balance=0.0)
    motion = reach(seated, "left", hand_on_thigh(seated, "left"))
    positions, _ = motion.kinematics()
    hip, knee, wrist = (positions[-1, JOINT[f"left_{n}"]] for n in ("hip", "knee", "wrist"))
    assert knee[1] < wrist[1] < hip[1]
    assert 0.03 < wrist[2] - max(hip[2], knee[2]) < 0.16
