"""Feet that go through key poses: they step one after the other, and roll over their toes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.body.skeleton import SMPL
from ...kinematics.math.rotations import Array, axis_rotation, norm, normalize
from ...kinematics.math.signals import gaussian_filter, windowed_maximum
from ..body.limbs import SIDES, SIGN, FootGoal, ankle_over_toe, foot_goals, place_foot
from ..body.motion import JOINT, AuthoredMotion, blend_rotations
from ..body.timing import Key, key_track
from .key_poses import Foot, FreeLeg, KeyPose, Triple, across, soften_reach

_STEP_LENGTH = 0.03
"""Metres of travel above which a foot is lifted."""
_STEP_LIFT, _LIFT_PER_METRE, _MAX_LIFT = 0.035, 0.12, 0.13
"""Metres by which a step lifts the foot, and with its length."""
_LEG_STRETCH = 0.99
"""Fraction of its length to which a standing leg stretches."""
_LEG_LENGTH = float(
    norm(SMPL.offsets[JOINT["left_knee"]]) + norm(SMPL.offsets[JOINT["left_ankle"]])
)


class _FootKey(NamedTuple):
    time: float
    foot: Foot | FreeLeg
    passing: bool = False


@dataclass(frozen=True)
class FootTrack:
    """Way of one foot."""

    toe: Array
    """(T, 3) toe joint of the standing foot in the world, without jumps."""
    yaw: Array
    heel: Array
    lifted: Array
    """(T,) from 0 on the floor to 1 at the height of a step."""
    free: Array
    """(T,) from 0 for a foot that stands to 1 for a leg in the air."""
    ankle: Array
    """(T, 3) of the free leg from its hip in the world, like its `knee` direction."""
    knee: Array
    point: Array


def foot_tracks(
    base: AuthoredMotion, poses: Sequence[KeyPose], at: Array, start: float, home: float
) -> dict[str, FootTrack]:
    """Return where both feet go, through poses that are `at` seconds."""
    keys = {}
    for side in SIDES:
        found = [_FootKey(start, Foot())]
        for pose, time in zip(poses, at, strict=True):
            foot = getattr(pose, f"{side}_foot")
            if foot is not None:
                found.append(_FootKey(float(time), foot, pose.passing))
        if found[-1].time < at[-1]:
            found.append(_FootKey(float(at[-1]), found[-1].foot))
        keys[side] = [*found, _FootKey(float(at[-1]) + home, Foot())]
    keys = _one_after_the_other(keys)
    positions, _ = base.kinematics()
    goals = foot_goals(base)
    return {side: _foot_track(base, goals[side], positions, side, keys[side]) for side in SIDES}


def _travel(before: _FootKey, after: _FootKey) -> float:
    """Metres that a foot goes along the floor between two keys; 0 for a leg in the air."""
    if isinstance(before.foot, FreeLeg) or isinstance(after.foot, FreeLeg):
        return 0.0
    a, b = np.array(before.foot), np.array(after.foot)
    return float(np.hypot(*(b - a)[:2])) if a[2] == b[2] == 0.0 else 0.0


def _one_after_the_other(keys: dict[str, list[_FootKey]]) -> dict[str, list[_FootKey]]:
    """Let the feet step one after the other where both step between the same moments."""
    result = {side: [keys[side][0]] for side in SIDES}
    spans = {side: list(pairwise(keys[side])) for side in SIDES}
    both = {
        (a.time, b.time)
        for a, b in spans["left"]
        for c, d in spans["right"]
        if (a.time, b.time) == (c.time, d.time) and min(_travel(a, b), _travel(c, d)) > _STEP_LENGTH
    }
    for side in SIDES:
        for before, after in spans[side]:
            if (before.time, after.time) in both:
                middle = 0.5 * (before.time + after.time)
                is_home = after is keys[side][-1]
                foot = after.foot if (side == "right") == is_home else before.foot
                result[side].append(_FootKey(middle, foot))
            result[side].append(after)
    return result


def _foot_track(
    base: AuthoredMotion, goal: FootGoal, positions: Array, side: str, keys: list[_FootKey]
) -> FootTrack:
    times, sign = base.times, SIGN[side]
    standing = [
        _FootKey(t, f if isinstance(f, Foot) else _last_stance(keys, t), p) for t, f, p in keys
    ]
    values = key_track(times, [Key(*key) for key in standing])
    lifted, lift = np.zeros_like(times), np.zeros_like(times)
    for before, after in pairwise(standing):
        if (length := _travel(before, after)) > _STEP_LENGTH:
            u = np.clip((times - before.time) / (after.time - before.time), 0.0, 1.0)
            bump = 16.0 * u**2 * (1.0 - u) ** 2
            lifted += bump
            lift += bump * min(_STEP_LIFT + _LIFT_PER_METRE * length, _MAX_LIFT)
    toe = positions[:, JOINT[f"{side}_foot"]] + np.stack(
        [sign * values[:, 0], -values[:, 1], values[:, 2] + lift], axis=1
    )
    is_free = [Key(t, float(isinstance(f, FreeLeg)), p) for t, f, p in keys]
    legs = [(t, f, p) for t, f, p in keys if isinstance(f, FreeLeg)]

    def leg_track(value: Callable[[FreeLeg], tuple[float, ...]]) -> Array:
        if not legs:
            return np.zeros((len(times), len(value(FreeLeg(0.0, -1.0, 0.0)))))
        return key_track(times, [Key(t, value(leg), p) for t, leg, p in legs])

    def stage(leg: ArrayLike) -> Triple:
        out, up, forward = np.asarray(leg, dtype=float)
        return (sign * out, -forward, up)

    line = leg_track(lambda leg: stage(leg[:3]))
    distance = leg_track(lambda leg: (float(norm(np.array(leg[:3]))),))
    return FootTrack(
        toe=toe,
        yaw=np.asarray(goal.yaw) + sign * values[:, 3],
        heel=np.asarray(goal.pitch) + values[:, 4] + 0.25 * lifted,
        lifted=lifted,
        free=key_track(times, is_free),
        ankle=normalize(line) * distance if legs else line,
        knee=leg_track(lambda leg: stage(across(np.array(leg.knee), np.array(leg[:3])))),
        point=leg_track(lambda leg: (leg.point,))[:, 0],
    )


def _last_stance(keys: list[_FootKey], time: float) -> Foot:
    """Stance of a foot last before a time."""
    return [foot for at, foot, _ in keys if at < time and isinstance(foot, Foot)][-1]


def place_feet(motion: AuthoredMotion, feet: dict[str, FootTrack], rise: Array) -> AuthoredMotion:
    """Put both feet where they go, `rise` (T,) metres higher, and legs in the air at their hips."""
    for side, foot in feet.items():
        heel = foot.heel + 0.7 * np.minimum(rise / 0.1, 1.0)
        toe = foot.toe + rise[:, None] * [0.0, 0.0, 1.0]
        standing = ankle_over_toe(side, toe, foot.yaw, heel)
        hip = motion.root + motion.matrices[:, 0] @ SMPL.offsets[JOINT[f"{side}_hip"]]
        free = foot.free[:, None]
        facing = axis_rotation("Z", foot.yaw) @ np.array([0.0, -1.0, 0.0])
        pelvis = motion.matrices[:, 0]
        knee = normalize(pelvis[..., 2] + 0.15 * pelvis[..., 1]) + facing
        goal = FootGoal(
            (1 - free) * standing + free * (hip + soften_reach(foot.ankle, _LEG_LENGTH)),
            foot.yaw,
            heel,
            knee=(1 - free) * normalize(knee) + free * foot.knee,
        )
        motion = place_foot(motion, side, goal)
        if foot.free.any():
            ankle = JOINT[f"{side}_ankle"]
            matrices = motion.matrices.copy()
            pointed = axis_rotation("X", foot.point)[:, None]
            matrices[:, [ankle]] = blend_rotations(matrices[:, [ankle]], pointed, foot.free)
            motion = replace(motion, matrices=matrices)
    return motion


def sink_to_reach(motion: AuthoredMotion, feet: dict[str, FootTrack]) -> AuthoredMotion:
    """Lower the pelvis until standing legs reach the floor."""
    excess = np.zeros(len(motion))
    for side, foot in feet.items():
        hip = motion.root + motion.matrices[:, 0] @ SMPL.offsets[JOINT[f"{side}_hip"]]
        ankle = ankle_over_toe(side, foot.toe, foot.yaw, foot.heel)
        level = norm((hip - ankle)[:, :2])
        room = np.sqrt(np.maximum((_LEG_STRETCH * _LEG_LENGTH) ** 2 - level**2, 0.01))
        excess = np.maximum(excess, (hip[:, 2] - ankle[:, 2] - room) * (foot.free < 0.5))
    width = round(0.06 * motion.fps)
    excess = gaussian_filter(windowed_maximum(excess, 2 * width), float(width))
    return replace(motion, root=motion.root - excess[:, None] * [0.0, 0.0, 1.0])
