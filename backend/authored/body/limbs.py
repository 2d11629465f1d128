"""Arms and legs that reach goals: two-bone inverse kinematics with a direction for the joint.

Directions and positions are given in a frame of the body: *chest* (x left, y up, z forward, at the
middle between the shoulders, turning with the upper spine), *heading* (see `motion`) or *world*.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from ...kinematics.math.rotations import (
    Array,
    axis_angle_to_matrix,
    axis_rotation,
    dot,
    invert_rotations,
    matrix_to_axis_angle,
    norm,
    normalize,
    rotate,
    rotation_between,
)
from .motion import JOINT, AuthoredMotion, blend_rotations, heading_to_world

SIDES = ("left", "right")
OTHER_SIDE: Mapping[str, str] = {"left": "right", "right": "left"}
SIGN: Mapping[str, float] = {"left": 1.0, "right": -1.0}
"""Sign of x of each side of the body."""

ARM_LENGTH = float(np.linalg.norm(SMPL.offsets[18]) + np.linalg.norm(SMPL.offsets[20]))
"""Metres from shoulder to wrist with a straight arm."""
ANKLE_HEIGHT = TOE_JOINT_HEIGHT - float(SMPL.offsets[JOINT["left_foot"], 1])
"""Metres from the floor up to the ankle of a flat foot."""

_MAX_STRETCH = 0.997
"""Fraction of a limb's length beyond which it stretches no farther."""
_SOFT_REACH = 0.94
"""Fraction of an arm's length up to which a hand reaches its goal exactly."""
_SHRUG_PER_METRE = 0.9
"""Radians by which the collar rises for each metre that the wrist is above the shoulder."""
_FOREARM_TWIST_WEIGHT = 0.6
"""Fraction of a hand's rotation about the forearm that the forearm takes, as a radius does."""
SHOULDER_CENTER = 0.5 * (SMPL.rest_positions[16] + SMPL.rest_positions[17]) - SMPL.rest_positions[9]
"""Middle between the shoulders from the joint spine3, in its frame (metres)."""


@dataclass(frozen=True)
class ArmGoal:
    """Place for a hand."""

    wrist: ArrayLike
    """(3,) or (T, 3) metres in `frame`."""
    frame: str = "chest"
    """"chest", "heading" or "world"."""
    elbow: ArrayLike = (0.45, -1.0, -0.35)
    """(3,) or (T, 3) direction in the chest frame to which the elbow points. X is *outward*: it is
    mirrored for the right arm."""
    fingers: ArrayLike | None = None
    """(3,) or (T, 3) direction of the fingers in `frame`; None to keep the hand in line with the
    forearm."""
    palm: ArrayLike | None = None
    """(3,) or (T, 3) direction in `frame` that the palm faces; needs `fingers`."""


def reach(
    motion: AuthoredMotion, side: str, goal: ArmGoal, weights: ArrayLike = 1.0
) -> AuthoredMotion:
    """Move one arm to a goal.

    Goals are for the left arm in any frame and hold for that side alone; mirror x for the right
    one (`mirrored`). Out of reach, the arm points at the goal.

    Args:
        weights: Number or (T,), from 0 (the arm as it was) to 1 (the goal).
    """
    collar, shoulder, elbow, wrist = (
        JOINT[f"{side}_{name}"] for name in ("collar", "shoulder", "elbow", "wrist")
    )
    positions, world = motion.kinematics()
    chest = world[:, JOINT["spine3"]]
    target = _to_world(motion, goal.wrist, goal.frame, chest, positions, is_point=True)
    height = dot(target - positions[:, shoulder], chest[..., :, 1])
    shrug = _SHRUG_PER_METRE * np.clip(height, -0.05, 0.5) * SIGN[side]
    collar_world = chest @ axis_rotation("Z", shrug)
    start = positions[:, collar] + collar_world @ SMPL.offsets[shoulder]
    outward = _tracks(goal.elbow, len(motion)) * [SIGN[side], 1.0, 1.0]
    upper, fore = solve_two_bones(
        start,
        _soften_reach(start, target),
        rotate(chest, outward),
        bones=(SMPL.offsets[elbow], SMPL.offsets[wrist]),
        hinge=np.array([0.0, -SIGN[side], 0.0]),
    )
    if goal.fingers is None:
        hand = fore @ motion.matrices[:, wrist]
    else:
        fingers = _to_world(motion, goal.fingers, goal.frame, chest, positions)
        palm = (0.0, -1.0, 0.0) if goal.palm is None else goal.palm
        hand = _hand_rotation(fingers, _to_world(motion, palm, goal.frame, chest, positions), side)
        fore, hand = _limit_hand(fore, hand, normalize(SMPL.offsets[wrist]))
    matrices = motion.matrices.copy()
    local = np.stack(
        [
            invert_rotations(chest) @ collar_world,
            invert_rotations(collar_world) @ upper,
            invert_rotations(upper) @ fore,
            invert_rotations(fore) @ hand,
        ],
        axis=1,
    )
    index = [collar, shoulder, elbow, wrist]
    matrices[:, index] = blend_rotations(
        motion.matrices[:, index], local, np.asarray(weights, dtype=float)
    )
    return replace(motion, matrices=matrices)


def _soften_reach(start: Array, target: Array) -> Array:
    """Draw goals (T, 3) at the end of an arm's reach nearer, so that the elbow does not snap."""
    line = target - start
    distance = norm(line)
    room = (1.0 - _SOFT_REACH) * ARM_LENGTH
    beyond = np.maximum(distance - _SOFT_REACH * ARM_LENGTH, 0.0)
    softened = distance - beyond + room * (1.0 - np.exp(-beyond / room))
    return start + line * (softened / np.maximum(distance, 1e-9))[:, None]


def mirrored(goal: ArmGoal) -> ArmGoal:
    """Return the goal of the other arm: x is mirrored in the chest and the heading frame."""

    def flip(vectors: ArrayLike | None) -> ArrayLike | None:
        return None if vectors is None else np.asarray(vectors, dtype=float) * [-1.0, 1.0, 1.0]

    wrist, fingers, palm = flip(goal.wrist), flip(goal.fingers), flip(goal.palm)
    assert wrist is not None
    return replace(goal, wrist=wrist, fingers=fingers, palm=palm)


def goal_for(side: str, goal: ArmGoal) -> ArmGoal:
    """Return a goal that was written for the left arm, for the arm of `side`."""
    return goal if side == "left" else mirrored(goal)


@dataclass(frozen=True)
class FootGoal:
    """Place for a foot, in the world."""

    ankle: ArrayLike
    """(3,) or (T, 3) metres."""
    yaw: ArrayLike = 0.0
    """Number or (T,): radians about Z by which the foot faces away from -Y."""
    pitch: ArrayLike = 0.0
    """Number or (T,): radians by which the toes point down."""
    roll: ArrayLike = 0.0
    """Number or (T,): radians by which the sole tips to the body's left."""
    knee: ArrayLike | None = None
    """(3,) or (T, 3) direction in the world to which the knee points; None for that of the foot,
    between it and the pelvis's."""
    rotation: Array | None = None
    """(3, 3) or (T, 3, 3) orientation of the foot in the world, in place of yaw, pitch and roll."""


def place_foot(
    motion: AuthoredMotion, side: str, goal: FootGoal, weights: ArrayLike = 1.0
) -> AuthoredMotion:
    """Move one leg so that its foot is at a goal; out of reach, the leg points at it."""
    hip, knee, ankle = (JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
    count = len(motion)
    pelvis = motion.matrices[:, 0]
    start = motion.root + pelvis @ SMPL.offsets[hip]
    if goal.rotation is None:
        foot = foot_rotation(*(_numbers(a, count) for a in (goal.yaw, goal.pitch, goal.roll)))
    else:
        foot = np.broadcast_to(goal.rotation, (count, 3, 3))
    if goal.knee is None:
        facing = axis_rotation("Z", _numbers(goal.yaw, count)) @ np.array([0.0, -1.0, 0.0])
        direction = normalize(pelvis[..., :, 2] + pelvis[..., :, 1] * 0.15) + facing
    else:
        direction = _tracks(goal.knee, count)
    thigh, shin = solve_two_bones(
        start,
        _tracks(goal.ankle, count),
        direction,
        bones=(SMPL.offsets[knee], SMPL.offsets[ankle]),
        hinge=np.array([1.0, 0.0, 0.0]),
    )
    matrices = motion.matrices.copy()
    local = np.stack(
        [
            invert_rotations(pelvis) @ thigh,
            invert_rotations(thigh) @ shin,
            invert_rotations(shin) @ foot,
        ],
        axis=1,
    )
    index = [hip, knee, ankle]
    matrices[:, index] = blend_rotations(
        motion.matrices[:, index], local, np.asarray(weights, dtype=float)
    )
    return replace(motion, matrices=matrices)


def foot_rotation(yaw: Array, pitch: Array, roll: Array) -> Array:
    """World rotations (T, 3, 3) of a foot; see `FootGoal`."""
    tip = axis_rotation("X", pitch) @ axis_rotation("Z", -roll)
    return axis_rotation("Z", yaw) @ BODY_TO_WORLD @ tip


def ankle_over_toe(side: str, toe: ArrayLike, yaw: Array, pitch: Array) -> Array:
    """Ankle positions (T, 3) of a foot whose toe joint stays at `toe` while the heel lifts."""
    offset = SMPL.offsets[JOINT[f"{side}_foot"]]
    rotations = foot_rotation(yaw, pitch, np.zeros_like(pitch))
    return _tracks(toe, len(rotations)) - rotations @ offset


def foot_goals(motion: AuthoredMotion) -> dict[str, FootGoal]:
    """Return the places of both feet, to plant them there again after an edit of the pelvis."""
    positions, world = motion.kinematics()
    goals = {}
    for side in SIDES:
        ankle = JOINT[f"{side}_ankle"]
        forward = world[:, ankle, :, 2]
        level = np.hypot(forward[:, 0], forward[:, 1])
        yaw = np.unwrap(np.arctan2(forward[:, 0], -forward[:, 1]))
        unyawed = BODY_TO_WORLD.T @ axis_rotation("Z", -yaw) @ world[:, ankle]
        pitch = np.arctan2(-forward[:, 2], level)
        tip = axis_rotation("X", -pitch) @ unyawed
        goals[side] = FootGoal(
            positions[:, ankle],
            yaw,
            pitch,
            -np.arctan2(tip[:, 1, 0], tip[:, 0, 0]),
            world[:, JOINT[f"{side}_hip"], :, 2],
        )
    return goals


def plant_feet(motion: AuthoredMotion, before: AuthoredMotion) -> AuthoredMotion:
    """Put both feet back where they were before an edit of the pelvis."""
    for side, goal in foot_goals(before).items():
        motion = place_foot(motion, side, goal)
    return motion


def solve_two_bones(
    start: Array,
    target: Array,
    direction: Array,
    *,
    bones: tuple[Array, Array],
    hinge: Array,
) -> tuple[Array, Array]:
    """Solve a limb of two bones.

    Args:
        start: (T, 3) position of the first joint.
        target: (T, 3) position for the end of the second bone.
        direction: (T, 3) direction to which the middle joint points.
        bones: Rest offsets (3,) of both bones.
        hinge: (3,) rest axis about which the middle joint flexes.

    Returns:
        World rotations (T, 3, 3) of both bones.
    """
    lengths = [float(np.linalg.norm(bone)) for bone in bones]
    line = target - start
    distance = np.clip(
        norm(line), abs(lengths[0] - lengths[1]) * 1.02 + 1e-3, _MAX_STRETCH * sum(lengths)
    )
    along = normalize(line)
    pole = normalize(direction - dot(direction, along)[:, None] * along)
    cosine = (lengths[0] ** 2 + distance**2 - lengths[1] ** 2) / (2 * lengths[0] * distance)
    cosine = np.clip(cosine, -1.0, 1.0)[:, None]
    first = cosine * along + np.sqrt(1 - cosine**2) * pole
    second = normalize(distance[:, None] * along - lengths[0] * first)
    axis = np.cross(pole, along)
    rotations = []
    for bone, aim in zip(bones, (first, second), strict=True):
        rest = _frame(normalize(bone), hinge)
        rotations.append(_frame(aim, axis) @ invert_rotations(rest))
    return rotations[0], rotations[1]


def _frame(along: Array, hinge: Array) -> Array:
    """Frames (..., 3, 3) with the first axis along a bone and the second near its hinge."""
    third = normalize(np.cross(along, hinge))
    return np.stack([along, np.cross(third, along), third], axis=-1)


def _hand_rotation(fingers: Array, palm: Array, side: str) -> Array:
    """World rotations (T, 3, 3) of a hand: at rest fingers point outward and the palm down."""
    outward = np.array([SIGN[side], 0.0, 0.0])
    rest = _frame(outward, np.array([0.0, -1.0, 0.0]))
    return _frame(normalize(fingers), palm) @ invert_rotations(rest)


_MAX_WRIST_ANGLE = np.radians(70.0)
"""Angle between forearm and hand that a wrist does not exceed."""


def _limit_hand(fore: Array, hand: Array, forearm: Array) -> tuple[Array, Array]:
    """Twist the forearm with the hand, and bend the wrist no farther than it can.

    Args:
        fore: (T, 3, 3) world rotations of the forearm, like `hand`.
        forearm: (3,) rest direction of the forearm.
    """
    relative = invert_rotations(fore) @ hand
    swing = rotation_between(
        np.broadcast_to(forearm, (len(fore), 3)),
        rotate(relative, np.broadcast_to(forearm, (len(fore), 3))),
    )
    twist = dot(matrix_to_axis_angle(invert_rotations(swing) @ relative), forearm)
    twist = np.unwrap(twist)
    swing_vector = matrix_to_axis_angle(swing)
    angle = norm(swing_vector)
    limited = (
        swing_vector * (np.minimum(angle, _MAX_WRIST_ANGLE) / np.maximum(angle, 1e-9))[:, None]
    )
    fore_twist = axis_angle_to_matrix(forearm * (_FOREARM_TWIST_WEIGHT * twist)[:, None])
    rest_twist = axis_angle_to_matrix(forearm * ((1 - _FOREARM_TWIST_WEIGHT) * twist)[:, None])
    fore = fore @ fore_twist
    swing = invert_rotations(fore_twist) @ axis_angle_to_matrix(limited) @ fore_twist
    return fore, fore @ swing @ rest_twist


def _to_world(
    motion: AuthoredMotion,
    vectors: ArrayLike,
    frame: str,
    chest: Array,
    positions: Array,
    is_point: bool = False,
) -> Array:
    tracks = _tracks(vectors, len(motion))
    if frame == "world":
        return tracks
    if frame == "heading":
        if is_point:
            return heading_to_world(motion, tracks)
        return np.einsum("tij,tj->ti", axis_rotation("Z", motion.headings), tracks)
    turned = rotate(chest, tracks)
    if not is_point:
        return turned
    return shoulder_centers(positions, chest) + turned


def shoulder_centers(positions: Array, chest: Array) -> Array:
    """Origins (T, 3) of the chest frame in the world, of joints (T, 24, 3) and its rotations."""
    return positions[:, JOINT["spine3"]] + chest @ SHOULDER_CENTER


def _tracks(vectors: ArrayLike, count: int) -> Array:
    return np.broadcast_to(np.asarray(vectors, dtype=float), (count, 3))


def _numbers(values: ArrayLike, count: int) -> Array:
    return np.broadcast_to(np.asarray(values, dtype=float), (count,))
