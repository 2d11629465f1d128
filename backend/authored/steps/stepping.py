"""Whole-body motion over footfalls: pelvis, legs, a trunk that leans and arms that swing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.body.skeleton import BODY_TO_WORLD
from ...kinematics.math.rotations import Array, axis_rotation
from ..body.balance import center_of_mass
from ..body.base_clips import FPS, BaseClips
from ..body.limbs import SIDES, SIGN, FootGoal, place_foot
from ..body.motion import (
    JOINT,
    STANDING_HEIGHT,
    AuthoredMotion,
    bend_trunk,
    body_rotation,
    heading_to_world,
    standing_motion,
    turn_head,
)
from ..body.timing import drift
from .footfalls import Footfall, Footprint, FootTrack, flights_of, swing_weight, track_feet
from .pendulum import (
    GRAVITY,
    HeightKey,
    height_track,
    limit_height,
    pendulum_path,
    smooth,
    weight_on_left,
)

_ARM_JOINTS = tuple(
    f"{side}_{name}" for side in SIDES for name in ("collar", "shoulder", "elbow", "wrist", "hand")
)
_HEAD_LEAD, _PELVIS_LEAD = 0.3, 0.08
"""Seconds by which the head and the pelvis turn before the feet do."""
_SMOOTH_YAW, _SMOOTH_ARMS = 0.14, 0.05
"""Seconds over which turns and the swing of the arms are smoothed."""
_PELVIS_TWIST, _TRUNK_TWIST = -0.22, 0.34
"""Radians by which pelvis and trunk turn for each metre that the left foot is ahead."""
_PELVIS_LIST = 0.055
"""Radians by which the pelvis drops on the side of the foot in the air."""
_LEAN_WEIGHT = 0.45
"""Fraction of the angle of a pendulum that the trunk leans with an acceleration."""
_CROUCH_BEND = 1.5
"""Radians by which the trunk bends forward for each metre that the pelvis sinks."""
_HANGING_WRIST = -0.42
"""Metres from shoulder to wrist of an arm that hangs."""
_SWING_LIMIT = 1.1
"""Radians that swinging arms approach."""


@dataclass(frozen=True)
class StepStyle:
    """Movements of the upper body that go along with steps."""

    arm_gain: float = 0.75
    """Radians of arm swing for each metre by which a foot is ahead of the other."""
    lift_gain: float = 0.3
    """Radians of arm swing for each metre by which a foot is above the other."""
    elbow: float = 0.12
    """Radians by which the elbows are flexed more than at rest while the feet move."""
    spread: float = 0.0
    """Radians by which the arms are raised sideways while the feet move."""
    bend: float = 0.02
    """Radians by which the trunk bends forward while the feet move."""
    rest: float = -0.012
    """Height of the pelvis above a straight stance, in metres."""
    spring: float = 1.0
    """Depth of the crouch before a flight, relative to a jump from standing."""


@dataclass(frozen=True)
class StepPlan:
    """Footfalls, and what goes with them."""

    footfalls: tuple[Footfall, ...]
    seconds: float
    start: Mapping[str, Footprint]
    style: StepStyle = field(default_factory=StepStyle)
    heights: tuple[HeightKey, ...] = ()
    """Heights of the pelvis at moments outside of flights."""
    shifts: tuple[tuple[float, float], ...] = ()
    """Time in seconds and weight on the left foot, where both feet stand."""


def rest_stance(rng: np.random.Generator, width: float = 0.0) -> dict[str, Footprint]:
    """Return a natural stance at the origin, facing -Y; `width` in metres is added to it."""
    half, ahead = 0.5 * width + rng.uniform(0.088, 0.115), rng.normal(0.0, 0.012)
    return {
        side: Footprint(
            (SIGN[side] * half, SIGN[side] * ahead), SIGN[side] * rng.uniform(0.08, 0.2)
        )
        for side in SIDES
    }


def follow_steps(plan: StepPlan, rng: np.random.Generator, base_clips: BaseClips) -> AuthoredMotion:
    """Return the motion of a body over the plan's footfalls, with the arms of a capture."""
    motion = _dressed_stand(plan.seconds, rng, base_clips)
    times, fps = motion.times, motion.fps
    tracks = track_feet(times, plan.start, plan.footfalls)
    weight = weight_on_left(tracks, times, plan.shifts)
    flights = flights_of(plan.footfalls)
    height = height_track(
        times, flights, plan.heights, rest=plan.style.rest, spring=plan.style.spring
    )
    flying = ~np.logical_or(tracks["left"].on_ground, tracks["right"].on_ground)
    support, ground = (
        weight[:, None] * left + (1 - weight)[:, None] * right
        for left, right in (
            (tracks["left"].point, tracks["right"].point),
            (tracks["left"].ground[:, None], tracks["right"].ground[:, None]),
        )
    )
    path = pendulum_path(times, support, height, flying)
    yaw = 0.5 * (tracks["left"].yaw + tracks["right"].yaw)
    yaw = smooth(_led(yaw - yaw[0], _PELVIS_LEAD, fps), _SMOOTH_YAW, fps)
    crouch = np.maximum(plan.style.rest - height, 0.0)
    height = STANDING_HEIGHT + height + smooth(ground[:, 0], 0.12, fps)
    motion = replace(motion, root=np.column_stack([path, height]))
    motion = _turn_body(motion, tracks, weight, yaw, crouch, plan.style, rng)
    posed = _place_feet(motion, tracks, plan.footfalls)
    path = path + _balance_shift(posed, path, yaw)
    height = limit_height(height, path, yaw, tracks, fps)
    motion = replace(motion, root=np.column_stack([path, height]))
    return _place_feet(motion, tracks, plan.footfalls)


def _balance_shift(motion: AuthoredMotion, path: Array, yaw: Array) -> Array:
    """Metres (T, 2) by which the pelvis makes room for a trunk that bends and legs that lift."""
    mass = center_of_mass(motion.kinematics()[0])[:, :2] - path
    at_rest = np.einsum("tij,j->ti", axis_rotation("Z", yaw - yaw[0])[:, :2, :2], mass[0])
    return smooth(at_rest - mass, _SMOOTH_ARMS, motion.fps)


def swing_arm(
    motion: AuthoredMotion,
    side: str,
    swing: ArrayLike = 0.0,
    spread: ArrayLike = 0.0,
    elbow: ArrayLike = 0.0,
) -> AuthoredMotion:
    """Swing an arm forward, raise it sideways and flex its elbow, by radians (number or (T,)).

    An arm that hangs passes the horizontal at about a quarter turn of either angle.
    """
    matrices = motion.matrices.copy()
    sign = SIGN[side]
    shoulder, fore = JOINT[f"{side}_shoulder"], JOINT[f"{side}_elbow"]
    swing, spread, elbow = (np.asarray(a, dtype=float) for a in (swing, spread, elbow))
    turn = axis_rotation("X", -swing) @ axis_rotation("Z", sign * spread)
    matrices[:, shoulder] = turn @ matrices[:, shoulder]
    matrices[:, fore] = matrices[:, fore] @ axis_rotation("Y", -sign * elbow)
    return replace(motion, matrices=matrices)


def _dressed_stand(
    seconds: float, rng: np.random.Generator, base_clips: BaseClips
) -> AuthoredMotion:
    """Return the rest pose with the arms of a captured stand, if they hang."""
    stand = standing_motion(seconds, FPS)
    captured = base_clips.draw_stand(rng, seconds + 0.1)
    positions, _ = captured.kinematics()
    for side in SIDES:
        drop = positions[:, JOINT[f"{side}_wrist"], 2] - positions[:, JOINT[f"{side}_shoulder"], 2]
        if drop.max() > _HANGING_WRIST:
            jitter = rng.normal(0.0, 0.06, 3)
            for name in SIDES:
                stand = swing_arm(stand, name, jitter[0], 0.5 * jitter[1], 0.1 + jitter[2])
            return stand
    index = [JOINT[name] for name in _ARM_JOINTS]
    frames = np.minimum(np.arange(len(stand)), len(captured) - 1)
    matrices = stand.matrices.copy()
    matrices[:, index] = captured.matrices[frames[:, None], index]
    return replace(stand, matrices=matrices)


def _turn_body(
    motion: AuthoredMotion,
    tracks: dict[str, FootTrack],
    weight: Array,
    yaw: Array,
    crouch: Array,
    style: StepStyle,
    rng: np.random.Generator,
) -> AuthoredMotion:
    """Orient pelvis, trunk and head, and swing the arms."""
    times, fps = motion.times, motion.fps
    forward = np.stack([np.sin(yaw), -np.cos(yaw)], axis=1)
    left = np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    apart = tracks["left"].ankle - tracks["right"].ankle
    ahead = smooth(np.einsum("ti,ti->t", apart[:, :2], forward), _SMOOTH_ARMS, fps)
    above = smooth(apart[:, 2], _SMOOTH_ARMS, fps)
    speed = np.abs(np.gradient(ahead, 1 / fps)) + np.abs(np.gradient(above, 1 / fps))
    speed += np.linalg.norm(np.gradient(motion.root, 1 / fps, axis=0), axis=1)
    active = np.minimum(smooth(np.minimum(speed / 0.5, 1.0), 0.15, fps), 1.0)
    pull = smooth(np.gradient(np.gradient(motion.root, 1 / fps, axis=0), 1 / fps, axis=0), 0.1, fps)
    bend = _LEAN_WEIGHT * np.einsum("ti,ti->t", pull[:, :2], forward) / GRAVITY
    lean = _LEAN_WEIGHT * np.einsum("ti,ti->t", pull[:, :2], left) / GRAVITY
    bend = bend + _CROUCH_BEND * crouch + style.bend * active
    hang = smooth(_PELVIS_LIST * (2 * weight - 1) * active, 0.06, fps)
    tracks_of_life = drift(rng, times, 5)
    breath = np.sin(2 * np.pi * (times / rng.uniform(2.6, 4.2) + rng.uniform()))
    spin = axis_rotation("Z", yaw) @ BODY_TO_WORLD
    matrices = motion.matrices.copy()
    # On one foot the pelvis drops on the other side, and the trunk makes up for it.
    matrices[:, 0] = spin @ body_rotation(0.4 * bend, 0.3 * lean - hang, _PELVIS_TWIST * ahead)
    motion = replace(motion, matrices=matrices)
    motion = bend_trunk(
        motion,
        0.6 * bend + 0.01 * breath + 0.01 * tracks_of_life[:, 0],
        0.7 * lean + 1.3 * hang + 0.008 * tracks_of_life[:, 1],
        _TRUNK_TWIST * ahead - 0.12 * style.lift_gain * above + 0.015 * tracks_of_life[:, 2],
    )
    look = smooth(np.clip(_led(yaw, _HEAD_LEAD, fps) - yaw, -0.6, 0.6), 0.1, fps)
    motion = turn_head(
        motion,
        -0.55 * bend + 0.025 * tracks_of_life[:, 3],
        -0.4 * (lean + hang),
        look - 0.1 * ahead + 0.04 * tracks_of_life[:, 4],
    )
    swing = style.arm_gain * ahead + style.lift_gain * above
    swing = _SWING_LIMIT * np.tanh(swing / _SWING_LIMIT)
    for side in SIDES:
        forth = -SIGN[side] * swing
        # Arms swing farther forward than back, and flex in front.
        forth = np.where(forth > 0, 1.15, 0.8) * forth
        flex = style.elbow * active + 0.35 * np.maximum(forth, 0.0)
        motion = swing_arm(motion, side, forth, style.spread * active, flex)
    return motion


def _place_feet(
    motion: AuthoredMotion, tracks: dict[str, FootTrack], footfalls: tuple[Footfall, ...]
) -> AuthoredMotion:
    for side in SIDES:
        track = tracks[side]
        ankle = track.ankle
        for footfall in footfalls:
            if footfall.side == side and footfall.carry is not None:
                weight = swing_weight(motion.times, footfall)[:, None]
                offset = np.broadcast_to(np.asarray(footfall.carry), ankle.shape)
                carried = heading_to_world(motion, offset)
                carried[:, 2] += motion.root[:, 2]
                ankle = (1 - weight) * ankle + weight * carried
        motion = place_foot(motion, side, FootGoal(ankle, track.yaw, track.pitch))
    return motion


def _led(track: Array, seconds: float, fps: float) -> Array:
    """Return what a track (T,) will be some seconds later."""
    later = np.minimum(np.arange(len(track)) + round(seconds * fps), len(track) - 1)
    return track[later]
