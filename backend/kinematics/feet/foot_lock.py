"""Planted feet stay where they are: a plan made once, applied to the motion at any times.

Where contact is predicted a foot gets a place, and the leg reaches for it: heel and toes stay while
both are down, the toes alone while the heel lifts, the heel alone before the toes have come down.
Between stances the correction eases out and in with its speed kept, so nothing jerks, and a foot
that would scuff along the floor is lifted over it. The plan is made on a fixed grid and looked up
between its frames, so a motion is the same at every rate.

numpy only; everything is batched over frames and both legs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..body.skeleton import SMPL, TOE_JOINT_HEIGHT
from ..math.rotations import (
    Array,
    dot,
    norm,
    normalize,
    quaternion_between,
    quaternion_to_axis_angle,
)
from ..math.signals import (
    Mask,
    fill_with_easing,
    find_runs,
    remove_short_runs,
    smoothstep,
    windowed_average,
    windowed_maximum,
)
from .leg_ik import Legs, SmplLegs, legs_from_pose, move_ankles

_SURE, _LOST = 0.5, 0.35
"""A foot comes down above the first probability and stays down until below the second."""
_GAP, _SHORTEST = 0.06, 0.1
"""Seconds: shorter gaps in a contact are bridged, shorter contacts are left out."""
_EASE = 0.15
"""Seconds in which a correction comes and goes."""
_ROLL = 0.06
"""Seconds to either side over which a stance changes from heel to toes."""
_CLEAR = 0.03
"""Metres over its resting height at which a swinging toe passes at the least; half of the swings in
captures pass 33 mm over it at their lowest."""
_RISE = 0.08
"""Seconds to either side over which a lift comes and goes."""
_STROLLS = (0.2, 0.6)
"""m/s between which a foot changes from shuffling to swinging."""
_TOO_FAST = 1.0
"""m/s; what moves faster is no planted foot, whatever was predicted."""
_FARTHEST = 0.12
"""Metres a foot may be held from where it was; one that goes farther took a step."""
_NEAR_FLOOR = 0.06
"""Metres within which a planted foot is brought onto the floor; farther, it stands on something."""
_UPRIGHT = 0.7
"""Cosine between sole and floor above which a foot stands; below, its owner lies or kneels."""
_DEEPEST = 0.08
"""Metres by which the root may be lowered so that a foot can reach its place."""

_TOE = SMPL.offsets[10]
_FOOT = float(np.linalg.norm(_TOE))
_FLAT = float(_TOE[1]) / _FOOT
"""Z of the direction from ankle to toes while the sole lies on the floor."""


@dataclass(frozen=True)
class FootLockPlan:
    """Where the feet of one motion are held, on a grid of times; made by `plan_feet`."""

    times: Array
    """(T,) seconds."""
    ankle_offsets: Array
    """(T, 2, 3) metres from each ankle (left, right) to its place, world frame."""
    foot_rotations: Array
    """(T, 2, 3) axis-angle of each foot's correction, world frame."""
    lock_weights: Array
    """(T, 2) how much each foot is held, from 0 (free) to 1 (planted)."""
    root_drop: Array
    """(T,) metres by which the root is lowered."""

    def apply(self, matrices: Array, root: Array, times: Array) -> tuple[Array, Array]:
        """Hold the planted feet of poses at any times of the motion.

        Args:
            matrices: (N, 24, 3, 3) local rotations, the first being the world orientation.
            root: (N, 3) pelvis joint in metres, Z up.
            times: (N,) seconds, on the clock that the plan was made on.

        Returns:
            matrices (N, 24, 3, 3) and root (N, 3); frames without correction exactly as they were.
        """
        shift, turn = (
            self.interpolate_track(times, self.ankle_offsets),
            self.interpolate_track(times, self.foot_rotations),
        )
        hold, drop = (
            self.interpolate_track(times, self.lock_weights),
            self.interpolate_track(times, self.root_drop),
        )
        touched = (hold > 0).any(axis=1) | shift.any(axis=(1, 2)) | (drop > 0)
        matrices, root = np.array(matrices), np.array(root)
        if touched.any():
            lowered = root[touched] - drop[touched, None] * np.array([0.0, 0.0, 1.0])
            matrices[touched] = move_ankles(
                matrices[touched],
                root[touched],
                lowered,
                shift[touched],
                turn[touched],
                hold[touched],
            )
            root[touched] = lowered
        return matrices, root

    def interpolate_track(self, times: Array, track: Array) -> Array:
        """A track (T, ...) of the plan at other times (N,), linear between the grid's."""
        columns = track.reshape(len(track), -1).T
        found = [np.interp(times, self.times, column) for column in columns]
        return np.stack(found, axis=-1).reshape(len(times), *track.shape[1:])


def plan_foot_lock(matrices: Array, root: Array, contacts: Array, fps: float) -> FootLockPlan:
    """Decide where each planted foot stays.

    Args:
        matrices: (T, 24, 3, 3) local rotations, the first being the world orientation.
        root: (T, 3) pelvis joint in metres, Z up, the floor at 0.
        touching: (T, 4) contact probabilities of left and right ankle, left and right toes.
        fps: rate of the grid; 100 or more, so that what lies between its frames is nearly straight.
    """
    legs = legs_from_pose(np.asarray(matrices, dtype=float), np.asarray(root, dtype=float))
    return plan_foot_lock_of_legs(legs, contacts, fps)


def plan_foot_lock_of_legs(legs: SmplLegs, contacts: Array, fps: float) -> FootLockPlan:
    """The same where the legs' way is known already."""
    frames = len(legs.ankle)
    down = np.asarray(contacts, dtype=float).reshape(frames, 2, 2)  # frame, ankle or toes, side
    shift, turn = np.zeros((frames, 2, 3)), np.zeros((frames, 2, 3))
    hold = np.zeros((frames, 2))
    for side in range(2):
        foot = _Foot(legs.ankle[:, side], legs.toe[:, side], legs.sole_normal[:, side], fps)
        stances = list(foot.stances(down[:, 0, side], down[:, 1, side]))
        if stances:
            shift[:, side], turn[:, side], hold[:, side] = foot.held(stances)
    return FootLockPlan(
        times=np.arange(frames) / fps,
        ankle_offsets=shift,
        foot_rotations=turn,
        lock_weights=hold,
        root_drop=_lowered(legs, shift, hold, fps),
    )


@dataclass(frozen=True)
class _Stance:
    """One foot in one place."""

    first: int
    end: int
    """One past its last frame."""
    heel: Mask
    """(end - first,) whether the heel is down."""
    toes: Mask


@dataclass(frozen=True)
class _Foot:
    """One foot's way through a motion on the grid."""

    ankle: Array
    """(T, 3) metres, world frame."""
    toe: Array
    sole: Array
    """(T, 3) unit vector from the sole to the instep."""
    fps: float

    @cached_property
    def ankle_speed(self) -> Array:
        """(T,) m/s."""
        return _speed(self.ankle, self.fps)

    @cached_property
    def toe_speed(self) -> Array:
        """(T,) m/s."""
        return _speed(self.toe, self.fps)

    def stances(self, heel: Array, toes: Array) -> Iterator[_Stance]:
        """Where the foot is planted, from contact probabilities (T,) of ankle and toes."""
        heel_down = self._planted(heel, self.ankle_speed)
        toes_down = self._planted(toes, self.toe_speed)
        for first, end in find_runs(heel_down | toes_down):
            by_toes = bool(toes_down[first:end].any())
            for begin, stop in self._without_steps(by_toes, first, end):
                stance = _Stance(begin, stop, heel_down[begin:stop], toes_down[begin:stop])
                if not len(_flat(stance)) and stance.toes.any():
                    # Heel, then toes, never both: what ties the two places is missing.
                    stance = _on_the_toes(stance)
                yield stance

    def held(self, stances: list[_Stance]) -> tuple[Array, Array, Array]:
        """Shift (T, 3) of the ankle, turn (T, 3) of the foot and hold (T,) that plant it."""
        ease = max(round(_EASE * self.fps), 2)
        frames = len(self.ankle)
        way = normalize(self.toe - self.ankle)
        towards = [self._direction(way, stance) for stance in stances]

        goal, kept = np.zeros((frames, 3)), np.zeros(frames, dtype=bool)
        for stance, direction in zip(stances, towards, strict=True):
            flat = _flat(stance)
            goal[flat], kept[flat] = direction, True
        turn = np.zeros((frames, 3))
        turn[kept] = quaternion_to_axis_angle(quaternion_between(way[kept], goal[kept]))
        turn = fill_with_easing(turn, _FOOT * turn, kept, ease)

        aimed = _FOOT * _turned(way, turn)  # from the corrected ankle to the corrected toes
        shift, hold = np.zeros((frames, 3)), np.zeros(frames)
        for stance, direction in zip(stances, towards, strict=True):
            here = slice(stance.first, stance.end)
            hold[here] = 1.0
            place = self._place(stance, direction)
            # The toes stay where they are down, so the ankle goes round them as the heel lifts.
            by_toes = place - aimed[here]
            by_heel = place - _FOOT * direction
            on_toes = windowed_average(stance.toes.astype(float), round(_ROLL * self.fps))[:, None]
            shift[here] = on_toes * by_toes + (1 - on_toes) * by_heel - self.ankle[here]
        both = fill_with_easing(np.column_stack([shift, hold]), shift, hold > 0, ease)
        shift = both[:, :3]
        shift[:, 2] += self._lift(self.ankle + shift + aimed, hold > 0)
        return shift, turn, both[:, 3]

    def _lift(self, toe: Array, planted: Mask) -> Array:
        """(T,) metres by which a swinging foot, its toes at (T, 3), is lifted clear of the floor.

        Only feet that also stand: those of a swimmer go where they like.
        """
        width, lift = max(round(_RISE * self.fps), 1), np.zeros(len(toe))
        speed = _speed(toe[:, :2], self.fps)
        clear = TOE_JOINT_HEIGHT + _CLEAR * smoothstep((speed - _STROLLS[0]) / np.ptp(_STROLLS))
        lacking = np.clip(clear - toe[:, 2], 0.0, _CLEAR)
        for first, end in find_runs(~planted):
            needed = windowed_average(windowed_maximum(lacking[first:end], width), width)
            frames = np.arange(first, end)
            # Nothing at either stance; the motion's own ends are in the middle of a swing.
            since = frames - first + 1 if first > 0 else np.full(end - first, np.inf)
            until = end - frames if end < len(toe) else np.full(end - first, np.inf)
            in_swing = smoothstep(since / (2 * width)) * smoothstep(until / (2 * width))
            lift[first:end] = needed * in_swing
        return lift

    def _planted(self, probability: Array, speed: Array) -> Mask:
        """(T,) whether a joint is planted that moves at a speed (T,)."""
        steady = np.where(speed > _TOO_FAST, 0.0, probability)
        down = _with_hysteresis(steady)
        down = ~remove_short_runs(~down, round(_GAP * self.fps), keep_at_ends=True)
        return remove_short_runs(down, round(_SHORTEST * self.fps))

    def _way(self, by_toes: bool) -> tuple[Array, Array]:
        """The track (T, 3) of the toes, or else of the ankle, and its speed (T,)."""
        return (self.toe, self.toe_speed) if by_toes else (self.ankle, self.ankle_speed)

    def _without_steps(self, by_toes: bool, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The parts of a contact within reach of one place, split where the foot moves most."""
        track, speed = self._way(by_toes)
        shortest, ease = max(round(_SHORTEST * self.fps), 2), max(round(_EASE * self.fps), 2)
        waiting = [(first, end)]
        while waiting:
            begin, stop = waiting.pop()
            if stop - begin < shortest:
                continue
            part = track[begin:stop]
            away = norm(part - np.median(part, axis=0))
            if away.max() <= _FARTHEST:
                yield begin, stop
                continue
            inner = slice(begin + shortest, stop - shortest)
            if inner.stop <= inner.start:
                continue
            split = inner.start + int(np.argmax(speed[inner]))
            waiting += [(begin, split - ease // 2), (split + ease // 2, stop)]

    def _direction(self, way: Array, stance: _Stance) -> Array:
        """(3,) unit direction from heel to toes in which a foot with both down is held."""
        flat = _flat(stance)
        if not len(flat):
            return np.array([0.0, 0.0, 0.0])
        mean = normalize(way[flat].mean(axis=0))
        if self._stands(flat) and mean[2] > _FLAT:
            # The heel would go through the floor: the foot is laid flat on it.
            level = normalize(mean[:2]) * np.sqrt(1 - _FLAT**2)
            return np.append(level, _FLAT)
        return mean

    def _place(self, stance: _Stance, direction: Array) -> Array:
        """(3,) where the toes of a stance stay, or would be if only the heel is down."""
        by_toes = bool(stance.toes.any())
        track, speed = self._way(by_toes)
        where = stance.first + np.flatnonzero(stance.toes if by_toes else stance.heel)
        # Slow frames count most: there the foot shows where it stands.
        weight = 1 / (0.05 + speed[where])
        place = (weight[:, None] * track[where]).sum(axis=0) / weight.sum()
        floor = TOE_JOINT_HEIGHT if by_toes else TOE_JOINT_HEIGHT - float(_TOE[1])
        both = _flat(stance)
        standing = not len(both) or self._stands(both)
        if standing and abs(place[2] - floor) < _NEAR_FLOOR:
            place[2] = floor
        return place if by_toes else place + _FOOT * direction

    def _stands(self, frames: NDArray[np.int64]) -> bool:
        return float(self.sole[frames, 2].mean()) > _UPRIGHT


def _flat(stance: _Stance) -> NDArray[np.int64]:
    """Frames of a stance in which heel and toes are down."""
    return stance.first + np.flatnonzero(stance.heel & stance.toes)


def _on_the_toes(stance: _Stance) -> _Stance:
    """The part of a stance from the first to the last frame with the toes down."""
    first, last = np.flatnonzero(stance.toes)[[0, -1]]
    toes = stance.toes[first : last + 1]
    return _Stance(stance.first + first, stance.first + last + 1, np.zeros_like(toes), toes)


def _lowered(legs: Legs, shift: Array, hold: Array, fps: float) -> Array:
    """(T,) by how much the root must come down so that every held foot reaches its place."""
    place = legs.ankle + shift
    away = place - legs.hip
    limit = np.maximum(legs.max_length - np.minimum(legs.max_length - legs.length, 0.005), 1e-6)
    beside = norm(away[..., :2])
    below = np.sqrt(np.maximum(limit**2 - beside**2, 0.0))
    too_far = norm(away) > limit
    needed = np.where(too_far & (hold > 0), -away[..., 2] - below, 0.0).max(axis=1, initial=0.0)
    needed = np.clip(needed, 0.0, _DEEPEST)
    if not needed.any():
        return needed
    # Widened, then averaged over the same width: smooth, and nowhere less than what is needed.
    width = max(round(_EASE * fps), 2)
    return windowed_average(windowed_maximum(needed, width), width)


def _turned(vectors: Array, turn: Array) -> Array:
    """Vectors (T, 3) turned by axis-angle (T, 3) (Rodrigues)."""
    angle = norm(turn)[..., None]
    axis = turn / np.maximum(angle, 1e-12)
    along = dot(axis, vectors)[..., None] * axis
    return along + np.cos(angle) * (vectors - along) + np.sin(angle) * np.cross(axis, vectors)


def _speed(track: Array, fps: float) -> Array:
    """(T,) m/s of a track (T, 3)."""
    if len(track) < 2:
        return np.zeros(len(track))
    return norm(np.gradient(track, axis=0)) * fps


def _with_hysteresis(probability: Array) -> Mask:
    """(T,) on above `_SURE`, off below `_LOST`, between them as it was."""
    sure, lost = probability > _SURE, probability < _LOST
    decided = np.where(sure | lost, np.arange(len(probability)), -1)
    last = np.maximum.accumulate(decided)
    return np.where(last >= 0, sure[np.maximum(last, 0)], probability > 0.5)
