"""Detection of gestures."""

import numpy as np
import pytest

from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from backend.kinematics.editing.arm_gestures import are_arms_free, arm_gesture_part
from backend.kinematics.math.rotations import Array, axis_rotation

FPS = 30.0
TIMES = np.arange(60) / FPS


def _joints(raised: tuple[str, ...] = (), direction: Array | None = None) -> Array:
    """Someone who stands, arms hanging but those that wave, and is carried along a way (T, 3)."""
    count = len(TIMES)
    local = np.tile(np.eye(3), (count, len(SMPL), 1, 1))
    local[:, 0] = BODY_TO_WORLD
    for side, sign in (("left", 1), ("right", -1)):
        lift = np.zeros(count)
        if side in raised:
            lift = np.radians(80 + 25 * np.sin(2 * np.pi * 2 * TIMES))
        local[:, SMPL.index(f"{side}_shoulder")] = axis_rotation(
            "Z", sign * (lift - np.radians(85))
        )
    root = np.array([0.0, 0.0, 1.0]) + (np.zeros((count, 3)) if direction is None else direction)
    return forward_kinematics(SMPL, local, root)[0]


@pytest.mark.parametrize(
    ("raised", "part"),
    [
        ((), None),
        (("left",), "LEFT_ARM"),
        (("right",), "RIGHT_ARM"),
        (("left", "right"), "ARMS"),
    ],
)
def test_arm_gesture_part_of_moving_arms_names_them(
    raised: tuple[str, ...], part: str | None
) -> None:
    assert arm_gesture_part(_joints(raised), FPS) == part


@pytest.mark.parametrize("axis", [1, 2])
def test_arm_gesture_part_of_travelling_or_rising_body_is_none(axis: int) -> None:
    direction = np.zeros((len(TIMES), 3))
    direction[:, axis] = 0.5 * TIMES
    assert arm_gesture_part(_joints(("left",), direction), FPS) is None


def test_are_arms_free_while_walking_but_not_jumping() -> None:
    direction = np.zeros((len(TIMES), 3))
    direction[:, 1] = TIMES
    assert are_arms_free(_joints(direction=direction))
    direction[:, 2] = 0.4 * np.sin(np.pi * TIMES / TIMES[-1])
    assert not are_arms_free(_joints(direction=direction))
