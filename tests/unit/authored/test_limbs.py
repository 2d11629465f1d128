import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.authored.body.balance import balance_over_feet, center_of_mass, support_center
from backend.authored.body.limbs import (
    ANKLE_HEIGHT,
    SIDES,
    ArmGoal,
    FootGoal,
    goal_for,
    place_foot,
    plant_feet,
    reach,
)
from backend.authored.body.motion import (
    JOINT,
    bend_trunk,
    move_root,
    standing_motion,
    tip_pelvis,
)
from backend.kinematics.body.skeleton import SMPL

_STAND = standing_motion(0.0, 30.0)
_COORDINATES = st.floats(-0.18, 0.25)


@given(side=st.sampled_from(SIDES), x=_COORDINATES, y=_COORDINATES, z=st.floats(0.2, 0.3))
def test_reach_goal_within_reach_puts_the_wrist_there(
    side: str, x: float, y: float, z: float
) -> None:
    goal = goal_for(side, ArmGoal((x, y, z)))
    motion = reach(bend_trunk(_STAND, bend=0.3, twist=0.2), side, goal)
    positions, world = motion.kinematics()
    chest = world[0, JOINT["spine3"]]
    shoulders = 0.5 * (SMPL.rest_positions[16] + SMPL.rest_positions[17]) - SMPL.rest_positions[9]
    expected = positions[0, JOINT["spine3"]] + chest @ (shoulders + np.asarray(goal.wrist))
    assert positions[0, JOINT[f"{side}_wrist"]] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("side", SIDES)
def test_reach_sides_mirror_each_other(side: str) -> None:
    goal = ArmGoal((0.1, 0.2, 0.3), fingers=(0.2, 1.0, 0.1), palm=(-0.3, 0.1, 1.0))
    other = "right" if side == "left" else "left"
    positions = reach(_STAND, side, goal_for(side, goal)).kinematics()[0][0]
    mirror = reach(_STAND, other, goal_for(other, goal)).kinematics()[0][0]
    for name in ("shoulder", "elbow", "wrist", "hand"):
        assert positions[JOINT[f"{side}_{name}"]] == pytest.approx(
            mirror[JOINT[f"{other}_{name}"]] * [-1, 1, 1], abs=1e-9
        )


def test_reach_beyond_reach_points_at_the_goal() -> None:
    positions = reach(_STAND, "left", ArmGoal((0.2, 0.0, 3.0))).kinematics()[0][0]
    shoulder, elbow, wrist = (positions[JOINT[f"left_{n}"]] for n in ("shoulder", "elbow", "wrist"))
    assert wrist[1] < -0.45
    assert np.linalg.norm(np.cross(elbow - shoulder, wrist - shoulder)) < 0.02


def test_reach_fingers_and_palm_face_the_given_directions() -> None:
    goal = ArmGoal((0.15, -0.1, 0.35), fingers=(0.0, 1.0, 0.3), palm=(0.0, -0.3, 1.0))
    motion = reach(_STAND, "left", goal)
    _, world = motion.kinematics()
    hand = world[0, JOINT["left_wrist"]]
    # At rest fingers point along +X and the palm along -Y; the chest faces -Y in the world.
    fingers, palm = hand[:, 0], -hand[:, 1]
    assert fingers @ (np.array([0.0, -0.3, 1.0]) / np.hypot(1.0, 0.3)) > 0.85
    assert palm @ (np.array([0.0, -1.0, -0.3]) / np.hypot(1.0, 0.3)) > 0.85


def test_plant_feet_after_lowering_the_pelvis_keeps_feet_and_bends_knees() -> None:
    lowered = tip_pelvis(move_root(_STAND, (0.05, 0.05, -0.3)), bend=0.3, twist=0.1)
    motion = plant_feet(lowered, _STAND)
    before, after = _STAND.kinematics(), motion.kinematics()
    for name in ("left_ankle", "right_ankle", "left_foot", "right_foot"):
        assert after[0][0, JOINT[name]] == pytest.approx(before[0][0, JOINT[name]], abs=1e-6)
    for side in SIDES:
        joints = [after[0][0, JOINT[f"{side}_{n}"]] for n in ("hip", "knee", "ankle")]
        assert joints[1][1] < min(joints[0][1], joints[2][1]) - 0.05, "the knee points forward"


def test_place_foot_goal_sets_position_and_direction() -> None:
    goal = FootGoal((0.2, -0.3, ANKLE_HEIGHT + 0.1), yaw=0.5, pitch=0.3)
    positions, world = place_foot(_STAND, "left", goal).kinematics()
    assert positions[0, JOINT["left_ankle"]] == pytest.approx([0.2, -0.3, ANKLE_HEIGHT + 0.1])
    forward = world[0, JOINT["left_ankle"], :, 2]
    assert np.arctan2(forward[0], -forward[1]) == pytest.approx(0.5)
    assert -forward[2] == pytest.approx(np.sin(0.3))


def test_balance_over_feet_bent_trunk_moves_the_hips_back() -> None:
    bent = plant_feet(bend_trunk(move_root(_STAND, (0, 0, -0.1)), bend=1.0), _STAND)
    motion = balance_over_feet(bent)
    positions, _ = motion.kinematics()
    error = center_of_mass(positions)[0, :2] - support_center(positions)[0]
    assert np.linalg.norm(error) < 0.01
    assert positions[0, 0, 1] > bent.root[0, 1] + 0.03
