"""Motion that goes through key poses; pelvis, trunk and hands follow each other in a chain."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ...kinematics.math.rotations import Array, axis_rotation
from ...kinematics.math.signals import gaussian_filter
from ..body.balance import balance_over_feet
from ..body.limbs import SIDES, SIGN
from ..body.motion import AuthoredMotion, bend_trunk, turn_head
from ..body.timing import Key, drift, key_track
from .key_pose_feet import foot_tracks, place_feet, sink_to_reach
from .key_pose_hands import hand_keys, reach_keys
from .key_poses import KeyPose

_LAGS = {"turn": -0.05, "hinge": -0.04, "lean": -0.04, "dip": -0.04, "weight": -0.06}
_LAGS |= {"twist": -0.02, "bend": -0.015, "side": -0.015, "look": -0.03, "nod": -0.03}
"""Seconds after the hands at which each channel comes: the pelvis leads, the trunk follows."""
_REST_VALUES = {"weight": 0.5}
"""Values of channels at rest that are not 0."""
_MAX_HEAD_TWIST = 1.15
"""Radians that the head turns against the chest."""
_HEAD_FRACTION = 0.6
"""Part of a bend of the body that the head takes back to keep its eyes ahead."""
_STEP_WEIGHT = 0.55
"""Part of the weight that a stepping foot hands over."""
_BALANCE_SPREAD = 0.1
"""Seconds over which the pelvis follows the centre of mass: swings are faster than balance."""
_GRAVITY = 9.81


def play_key_poses(
    base: AuthoredMotion,
    poses: Sequence[KeyPose],
    rng: np.random.Generator,
    *,
    start: float,
    home: float,
    two_handed: bool = False,
) -> AuthoredMotion:
    """Return `base`, somebody who stands, going through key poses and back to where it stood.

    Args:
        start: Seconds at which the first pose's `after` begins.
        home: Seconds that the way back takes.
        two_handed: Whether hands go in arcs about the chest together, as on a bat, and not each
            about its own shoulder.
    """
    at = start + np.cumsum([pose.after for pose in poses])
    times = base.times

    def channel(name: str) -> Array:
        rest = _REST_VALUES.get(name, 0.0)
        keys = _keys(poses, at, start, home, lambda pose: getattr(pose, name), rest)
        return key_track(times - _LAGS[name], keys)

    tracks = {name: channel(name) for name in _LAGS}
    noise = drift(rng, times, 2, 1.1)
    motion = _turn_body(base, tracks, noise)
    rise = _rise(times, poses, at)
    feet = foot_tracks(base, poses, at, start, home)
    hands = {
        side: hand_keys(poses, at, start, home, side)
        for side in SIDES
        if any(getattr(pose, side) is not None for pose in poses)
    }
    jitter = {side: 0.008 * drift(rng, times, 3, 0.9) for side in SIDES}

    def place_hands(motion: AuthoredMotion) -> AuthoredMotion:
        for side, keys in hands.items():
            motion = reach_keys(motion, side, keys, jitter[side], two_handed)
        return motion

    motion = place_feet(place_hands(motion), feet, rise)
    weight = tracks["weight"]
    for side, sign in SIGN.items():
        handed = _STEP_WEIGHT * feet[side].lifted
        weight = weight * (1 - handed) + (0.0 if sign > 0 else 1.0) * handed
    balanced = balance_over_feet(motion, weight)
    shift = (balanced.root - motion.root)[:, :2]
    shift = np.stack([_smooth(column, base.fps) for column in shift.T], axis=1)
    shift = np.pad(shift, ((0, 0), (0, 1)))
    motion = sink_to_reach(replace(motion, root=motion.root + shift), feet)
    motion = replace(motion, root=motion.root + rise[:, None] * [0.0, 0.0, 1.0])
    return place_hands(place_feet(motion, feet, rise))


def _keys(
    poses: Sequence[KeyPose],
    at: Array,
    start: float,
    home: float,
    value: Callable[[KeyPose], float | None],
    rest: float,
) -> list[Key]:
    """Return the keys of one channel, from rest to rest."""
    keys = [Key(start, rest)]
    for pose, time in zip(poses, at, strict=True):
        found = value(pose)
        if found is not None:
            keys.append(Key(float(time), found, pose.passing))
    if keys[-1].time < at[-1]:
        keys.append(Key(float(at[-1]), keys[-1].value))
    return [*keys, Key(float(at[-1]) + home, rest)]


def _turn_body(base: AuthoredMotion, tracks: dict[str, Array], noise: Array) -> AuthoredMotion:
    """Turn and tip pelvis, trunk and head, with the face kept to the front."""
    turn, hinge, lean = tracks["turn"], tracks["hinge"], tracks["lean"]
    tip = axis_rotation("Y", lean) @ axis_rotation("X", hinge) @ axis_rotation("Z", turn)
    matrices = base.matrices.copy()
    matrices[:, 0] = tip @ matrices[:, 0]
    motion = replace(base, matrices=matrices, root=base.root - tracks["dip"][:, None] * [0, 0, 1])
    busy = np.abs(tracks["twist"]) + np.abs(turn) + np.abs(tracks["bend"])
    noise = noise * 0.02 * np.minimum(busy, 1.0)[:, None]
    bend, twist = tracks["bend"] + noise[:, 0], tracks["twist"] + noise[:, 1]
    motion = bend_trunk(motion, bend, tracks["side"], twist)
    head_twist = np.clip(tracks["look"] - turn - twist, -_MAX_HEAD_TWIST, _MAX_HEAD_TWIST)
    # A hinge towards the front of the stage is a lean to somebody who has turned aside.
    chest_yaw = turn + twist
    head_bend = tracks["nod"] - _HEAD_FRACTION * (bend + hinge * np.cos(chest_yaw))
    head_lean = -_HEAD_FRACTION * (tracks["side"] + lean * np.cos(chest_yaw))
    return turn_head(motion, head_bend, head_lean, head_twist)


def _rise(times: Array, poses: Sequence[KeyPose], at: Array) -> Array:
    """Metres (T,) by which the body is in the air."""
    rise = np.zeros_like(times)
    for pose, time in zip(poses, at, strict=True):
        rise = np.maximum(rise, pose.jump - 0.5 * _GRAVITY * (times - time) ** 2)
    return rise


def _smooth(track: Array, fps: float) -> Array:
    return gaussian_filter(track, _BALANCE_SPREAD * fps)
