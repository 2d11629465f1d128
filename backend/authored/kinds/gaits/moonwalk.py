"""The moonwalk: the flat foot slides back while the body stands on the toes of the other one."""

from dataclasses import replace

import numpy as np

from ....kinematics.body.skeleton import TOE_JOINT_HEIGHT
from ...body.base_clips import BaseClips, hold_pose
from ...body.limbs import SIDES, SIGN, FootGoal, ankle_over_toe
from ...body.motion import bend_trunk, move_root, turn_head
from ...body.timing import minimum_jerk
from ...catalogue import AuthoredClip, authored
from ...gaits.gait import place_feet
from ...gaits.gait_posture import ArmPose, pose_arm
from ...wording import write_captions

_SWITCH = 0.14
"""Part of a stride in which one heel rises and the other one sinks."""
_EASE = 0.5
"""Seconds in which the dancer starts and stops."""


@authored("moonwalk", group="walks of characters", action="moonwalk", may_slide=True)
def moonwalk(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Slide backwards over the floor, as if walking forward."""
    strides, seconds = int(rng.integers(3, 6)), rng.uniform(0.95, 1.4)
    length, heel = rng.uniform(0.6, 0.85), rng.uniform(0.65, 0.9)
    start = rng.uniform(0.1, 0.4)
    end = start + strides * seconds
    pose = base_clips.draw_stand(rng, _EASE)
    motion = hold_pose(pose, rng, end + rng.uniform(0.2, 0.6))
    times, count = motion.times, len(motion)
    phase = strides * _steady_ramp(times, start, end)
    sliding = minimum_jerk((times - start) / 0.4) * minimum_jerk((end + 0.3 - times) / 0.4)
    facing = motion.headings[0]
    back = np.array([-np.sin(facing), np.cos(facing), 0.0])
    toes = {}
    first = SIDES[rng.integers(2)]
    for side in SIDES:
        ahead = 0.5 if side == first else 0.0
        place, raised = _slide(phase + ahead)
        pitch = heel * raised * sliding
        middle = motion.root[0] * [1.0, 1.0, 0.0] + 0.09 * SIGN[side] * np.cross(back, (0, 0, 1))
        toe = (
            middle
            - 0.1 * back
            + np.outer(length * (place - ahead), back)
            + [0.0, 0.0, TOE_JOINT_HEIGHT]
        )
        yaw = np.full(count, facing + 0.06 * SIGN[side])
        toes[side] = FootGoal(ankle_over_toe(side, toe, yaw, pitch), yaw, pitch)
    motion = move_root(motion, (0.0, 0.0, -rng.uniform(0.04, 0.07)))
    motion = replace(motion, root=motion.root + np.outer(length * phase, back))
    motion = bend_trunk(motion, 0.06 + 0.04 * np.sin(4 * np.pi * phase) * sliding)
    motion = turn_head(motion, 0.12 * sliding + 0.05 * np.sin(4 * np.pi * phase))
    motion = place_feet(motion, toes)
    for side in SIDES:
        swing = 0.35 * SIGN[side] * SIGN[first] * np.cos(2 * np.pi * phase) * sliding
        motion = pose_arm(motion, side, ArmPose(0.05 + swing, 0.16, 0.45 + 0.2 * swing))
    templates = (
        "a person does the moonwalk",
        "a person {moonwalks|is moonwalking}",
        "a person dances the moonwalk [and glides backwards]",
        "a person {slides|glides} backwards {in a moonwalk|like Michael Jackson}",
        "moonwalk",
        "the moonwalk",
    )
    return AuthoredClip(motion, write_captions(templates, rng))


def _steady_ramp(times: np.ndarray, start: float, end: float) -> np.ndarray:
    """Ramp (T,) from 0 to 1 of a steady speed that is eased at both ends."""
    speed = minimum_jerk((times - start) / _EASE) * minimum_jerk((end - times) / _EASE)
    return np.cumsum(speed) / speed.sum()


def _slide(phase: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place (T,) of a foot along the way in strides, and how far (T,) its heel is raised.

    In the first half of a stride the foot stands on its toes, and in the second it slides.
    """
    stride, part = np.floor(phase), phase % 1.0
    place = stride + minimum_jerk((part - 0.5) / 0.5) + 0.25
    rising = minimum_jerk((part + 0.5 * _SWITCH) / _SWITCH)
    sinking = minimum_jerk((0.5 + 0.5 * _SWITCH - part) / _SWITCH)
    again = minimum_jerk((part - 1.0 + 0.5 * _SWITCH) / _SWITCH)
    return place, np.maximum(np.minimum(rising, sinking), again)
