"""Which motions are of the arms alone."""

from __future__ import annotations

import numpy as np
import pytest

from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from backend.kinematics.editing.arm_gestures import are_arms_free, arm_gesture_part
from backend.kinematics.math.rotations import Array, axis_rotation

FPS = 30.0
TIMES = np.arange(60) / FPS


def _joints(raised: tuple[str, ...] = (), way: Array | None = None) -> Array:
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
    root = np.array([0.0, 0.0, 1.0]) + (np.zeros((count, 3)) if way is None else way)
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
def test_the_arm_that_does_something(raised: tuple[str, ...], part: str | None) -> None:
    assert arm_gesture_part(_joints(raised), FPS) == part


@pytest.mark.parametrize("axis", [1, 2])
def test_who_goes_or_rises_does_more_than_a_gesture(axis: int) -> None:
    way = np.zeros((len(TIMES), 3))
    way[:, axis] = 0.5 * TIMES
    assert arm_gesture_part(_joints(("left",), way), FPS) is None


def test_arms_are_free_of_one_who_walks_not_of_one_who_jumps() -> None:
    way = np.zeros((len(TIMES), 3))
    way[:, 1] = TIMES
    assert are_arms_free(_joints(way=way))
    way[:, 2] = 0.4 * np.sin(np.pi * TIMES / TIMES[-1])
    assert not are_arms_free(_joints(way=way))
