"""Poses of the whole body with hands, feet or knees on the floor, by few numbers.

Angles are in degrees, since poses are written by hand. The x of limbs is *outward*: it is mirrored
for the right side, so that one specification serves both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ...kinematics.body.skeleton import BODY_TO_WORLD, TOE_JOINT_HEIGHT
from ...kinematics.math.rotations import Array, axis_rotation, normalize
from ..body.limbs import (
    SIDES,
    SIGN,
    ArmGoal,
    FootGoal,
    ankle_over_toe,
    foot_rotation,
    place_foot,
    reach,
)
from ..body.motion import (
    JOINT,
    AuthoredMotion,
    bend_trunk,
    body_rotation,
    standing_motion,
    turn_head,
)

Vector = tuple[float, float, float]
"""Metres, a direction, or the degrees of a bend, a lean and a twist."""

CLEARANCES: Mapping[str, float] = {
    "pelvis": 0.105,
    "hip": 0.085,
    "spine1": 0.1,
    "spine2": 0.11,
    "spine3": 0.115,
    "neck": 0.07,
    "head": 0.095,
    "collar": 0.09,
    "shoulder": 0.065,
    "knee": 0.05,
    "ankle": 0.04,
    "foot": 0.02,
}
"""Metres from a joint to the skin: how high it is above a floor that it lies on."""
_KNEE_HEIGHT = CLEARANCES["knee"]
_SHIN_LENGTH = 0.427
"""Metres from knee to ankle."""
_INSTEP_PITCH, _INSTEP_ANKLE = 138.0, 0.07
"""Degrees of a foot that lies on its instep, and metres of its ankle above the floor."""
_TUCKED_PITCH, _TUCKED_ANKLE = 78.0, 0.16
"""The same for a foot on the ball behind a knee on the floor."""
_KNEE_RISE, _KNEE_SPREAD = 0.7, 0.18
"""How much knees point up and outward, relative to forward."""
_PALM_HEIGHT = 0.05
"""Metres from the floor to the wrist of a hand that leans on it."""


@dataclass(frozen=True)
class Leg:
    """A leg in the air or lying, by the angles of its joints in degrees."""

    flex: float = 0.0
    """Thigh forward, after it is spread."""
    spread: float = 0.0
    """Thigh outward."""
    turn: float = 0.0
    """Thigh and foot turned outward."""
    knee: float = 0.0
    point: float = 0.0
    """Toes pointed, away from the shin."""


@dataclass(frozen=True)
class Foot:
    """A foot on the floor, or at a place above it."""

    toe: tuple[float, float]
    """Metres outward and backwards of the toe joint in the world."""
    yaw: float = 0.0
    """Degrees by which it points outward."""
    pitch: float = 0.0
    """Degrees by which the toes point down while the heel is lifted."""
    height: float = 0.0
    """Metres of the toe above the floor."""
    knee: Vector | None = None
    """Direction in the world to which the knee points; None for that of the foot."""
    planted: bool = True


@dataclass(frozen=True)
class Knee:
    """A knee on the floor, with the shin on it or on the ball of the foot."""

    at: tuple[float, float]
    """Metres outward and backwards of the knee in the world."""
    yaw: float = 0.0
    """Degrees by which the shin's end points inward, as the foot of `Foot` would."""
    tucked: bool = False
    """Whether the foot stands on its ball."""
    height: float = 0.0
    """Metres of the knee above the floor."""


@dataclass(frozen=True)
class Hand:
    """A place of a hand in a frame, as in `ArmGoal`."""

    at: Vector = (0.26, -0.46, 0.08)
    frame: str = "chest"
    elbow: Vector = (0.45, -1.0, -0.35)
    fingers: Vector | None = None
    palm: Vector | None = None

    @property
    def planted(self) -> bool:
        """True if the hand keeps its place in the world."""
        return self.frame == "world"


def palm_on_floor(
    x: float, y: float, fingers: tuple[float, float] = (0.0, -1.0), height: float = 0.0
) -> Hand:
    """Return a hand that leans on the floor with its wrist at x outward and y backwards."""
    return Hand(
        (x, y, _PALM_HEIGHT + height),
        "world",
        elbow=(0.6, -0.8, -0.5),
        fingers=(*fingers, -0.12),
        palm=(0.0, 0.0, -1.0),
    )


def forearm_on_floor(x: float, y: float, elbow: Vector, fingers: tuple[float, float]) -> Hand:
    """Return an arm that lies on the floor from the elbow on, with its wrist at x and y."""
    return Hand(
        (x, y, _PALM_HEIGHT), "world", elbow, fingers=(*fingers, 0.0), palm=(0.0, 0.0, -1.0)
    )


LegSpec = Leg | Foot | Knee | None
"""None leaves a foot where it was in the pose before."""


@dataclass(frozen=True)
class Pose:
    """A pose of the whole body."""

    pelvis: tuple[float, float, float | None]
    """Metres in the world; None for the height at which the body touches the floor."""
    body: Vector = (0.0, 0.0, 0.0)
    """Bend, lean and twist of the pelvis in degrees: twist after lean after bend, so that a body
    that lies is rolled over by its lean."""
    spine: Vector = (0.0, 0.0, 0.0)
    head: Vector = (0.0, 0.0, 0.0)
    hands: Hand | tuple[Hand, Hand] = field(default_factory=Hand)
    """Of both, or of the left and the right one."""
    legs: LegSpec | tuple[LegSpec, LegSpec] = None


@dataclass(frozen=True)
class SolvedPose:
    """Rotations of a pose, and which limbs keep their place in the world."""

    motion: AuthoredMotion
    """One frame."""
    body: Array
    """(3,) bend, lean and twist of the pelvis in radians, as turns beyond a half matter."""
    planted: Mapping[str, bool]
    """By limb: "left_hand", "right_hand", "left_leg" and "right_leg"."""


def solved_stand(motion: AuthoredMotion) -> SolvedPose:
    """Return the first pose of somebody who stands, both feet planted."""
    first = AuthoredMotion(motion.matrices[:1], motion.root[:1], motion.fps)
    x, y, z = (BODY_TO_WORLD.T @ first.matrices[0, 0]).T
    lean = -np.arcsin(np.clip(x[1], -1.0, 1.0))
    body = np.array([np.arctan2(-z[1], y[1]), lean, np.arctan2(-x[2], x[0])])
    planted = {f"{side}_{limb}": limb == "leg" for side in SIDES for limb in ("hand", "leg")}
    return SolvedPose(first, body, planted)


def solve_pose(pose: Pose, before: SolvedPose | None, fps: float) -> SolvedPose:
    """Return the rotations of a pose; feet without specification stay as in the pose before."""
    hands = pose.hands if isinstance(pose.hands, tuple) else (pose.hands, pose.hands)
    legs = pose.legs if isinstance(pose.legs, tuple) else (pose.legs, pose.legs)
    motion = standing_motion(0.0, fps)
    motion = replace(motion, matrices=motion.matrices[:1], root=motion.root[:1])
    body = np.radians(pose.body)
    matrices = motion.matrices.copy()
    matrices[:, 0] = BODY_TO_WORLD @ body_rotation(*body)
    for side, leg in zip(SIDES, legs, strict=True):
        if isinstance(leg, Leg):
            matrices[0, _leg_joints(side)] = _leg_rotations(side, leg)
    x, y, z = pose.pelvis
    motion = AuthoredMotion(matrices, np.array([[x, y, z or 0.0]]), fps)
    motion = bend_trunk(motion, *np.radians(pose.spine))
    motion = turn_head(motion, *np.radians(pose.head))
    if z is None:
        motion = replace(
            motion, root=motion.root + np.array([0.0, 0.0, floor_depth(motion, legs)[0]])
        )
    planted = {}
    for side, leg, hand in zip(SIDES, legs, hands, strict=True):
        planted[f"{side}_leg"] = _is_planted(leg)
        planted[f"{side}_hand"] = hand.planted
        if not isinstance(leg, Leg):
            motion = place_foot(motion, side, _foot_goal(motion, side, leg, before))
        motion = reach(motion, side, _arm_goal(side, hand))
    return SolvedPose(motion, body, planted)


def floor_depth(motion: AuthoredMotion, legs: tuple[LegSpec, LegSpec] | None = None) -> Array:
    """Metres (T,) by which trunk, head and free legs would have to rise to lie on the floor.

    Args:
        legs: Those that are not free are left out; None to leave out both.
    """
    names = ["pelvis", "spine1", "spine2", "spine3", "neck", "head"]
    names += [f"{side}_{name}" for side in SIDES for name in ("hip", "collar", "shoulder")]
    for side, leg in zip(SIDES, legs or (None, None), strict=True):
        if isinstance(leg, Leg):
            names += [f"{side}_{name}" for name in ("knee", "ankle", "foot")]
    clearances = np.array([CLEARANCES[name.split("_")[-1]] for name in names])
    heights = motion.kinematics()[0][:, [JOINT[name] for name in names], 2]
    return (clearances - heights).max(axis=1)


def move_solved(pose: SolvedPose, offset: Vector, turns: int = 0) -> SolvedPose:
    """Return the pose elsewhere in the world, after so many somersaults forward."""
    motion = replace(pose.motion, root=pose.motion.root + np.array(offset))
    return SolvedPose(motion, pose.body + np.array([2 * np.pi * turns, 0.0, 0.0]), pose.planted)


def _is_planted(leg: LegSpec) -> bool:
    return isinstance(leg, Knee) or leg is None or (isinstance(leg, Foot) and leg.planted)


def _leg_joints(side: str) -> list[int]:
    return [JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle")]


def _leg_rotations(side: str, leg: Leg) -> Array:
    """Local rotations (3, 3, 3) of hip, knee and ankle."""
    flex, spread, turn, knee, point = np.radians(
        [leg.flex, leg.spread, leg.turn, leg.knee, leg.point]
    )
    sign = SIGN[side]
    hip = axis_rotation("X", -flex) @ axis_rotation("Z", sign * spread)
    return np.stack(
        [
            hip @ axis_rotation("Y", sign * turn),
            axis_rotation("X", knee),
            axis_rotation("X", point),
        ]
    )


def _foot_goal(
    motion: AuthoredMotion, side: str, leg: Foot | Knee | None, before: SolvedPose | None
) -> FootGoal:
    sign = SIGN[side]
    if leg is None:
        if before is None:
            raise ValueError("The first pose must specify its legs.")
        ankle = JOINT[f"{side}_ankle"]
        positions, world = before.motion.kinematics()
        facing = world[:, ankle, :, 2] * [1.0, 1.0, 0.0]
        knee = _knee_direction(motion, side, normalize(facing))
        return FootGoal(positions[:, ankle], knee=knee, rotation=world[:, ankle])
    yaw = np.array([np.radians(sign * leg.yaw)])
    if isinstance(leg, Foot):
        toe = np.array([sign * leg.toe[0], leg.toe[1], TOE_JOINT_HEIGHT + leg.height])
        pitch = np.radians([leg.pitch])
        if leg.knee is None:
            facing = axis_rotation("Z", yaw) @ np.array([0.0, -1.0, 0.0])
            knee = _knee_direction(motion, side, facing)
        else:
            knee = np.array(leg.knee) * [sign, 1.0, 1.0]
        return FootGoal(ankle_over_toe(side, toe, yaw, pitch), yaw, pitch, knee=knee)
    knee = np.array([sign * leg.at[0], leg.at[1], _KNEE_HEIGHT + leg.height])
    height = (_TUCKED_ANKLE if leg.tucked else _INSTEP_ANKLE) + leg.height
    back = axis_rotation("Z", yaw[0]) @ np.array([0.0, 1.0, 0.0])
    level = np.sqrt(_SHIN_LENGTH**2 - (height - knee[2]) ** 2)
    ankle = knee + level * back + [0.0, 0.0, height - knee[2]]
    hip = motion.kinematics()[0][:, JOINT[f"{side}_hip"]]
    pitch = np.radians([_TUCKED_PITCH if leg.tucked else _INSTEP_PITCH])
    return FootGoal(ankle, knee=knee - hip, rotation=foot_rotation(yaw, pitch, np.zeros(1)))


def _knee_direction(motion: AuthoredMotion, side: str, facing: Array) -> Array:
    """Direction (1, 3) to which a knee points: to where the foot faces, and up if sitting."""
    left, up, forward = np.moveaxis(motion.matrices[:, 0], -1, 0)
    return forward + _KNEE_RISE * up + facing + _KNEE_SPREAD * SIGN[side] * left


def _arm_goal(side: str, hand: Hand) -> ArmGoal:
    flip: Array = np.array([SIGN[side], 1.0, 1.0])

    def mirror(vector: Vector | None) -> Array | None:
        return None if vector is None else np.asarray(vector, dtype=float) * flip

    return ArmGoal(
        np.array(hand.at) * flip, hand.frame, hand.elbow, mirror(hand.fingers), mirror(hand.palm)
    )
