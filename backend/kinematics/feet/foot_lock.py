"""Foot lock: keep planted feet in place, by a plan that applies at any times of a motion.

Where contact is predicted, a foot gets a fixed position and the leg reaches for it: heel and toes
stay while both are down, the toes alone while the heel lifts, the heel alone before the toes come
down. Between stances the correction eases out and in with continuous velocity, and a foot that
would scuff the floor is lifted over it. The plan is made on a fixed grid of times and interpolated,
so the motion is the same at every frame rate.
"""

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

_CONTACT_ON, _CONTACT_OFF = 0.5, 0.35
"""Contact probabilities above which a foot comes down, and below which it lifts."""
_MAX_GAP, _MIN_CONTACT = 0.06, 0.1
"""Seconds: shorter gaps in a contact are bridged, shorter contacts are dropped."""
_EASE_SECONDS = 0.15
"""Seconds in which a correction eases in or out."""
_ROLL_SECONDS = 0.06
"""Seconds to either side over which the fixed point changes from heel to toes."""
_CLEARANCE = 0.03
"""Metres over its resting height that a swinging toe keeps; half of the swings in captures stay
above 33 mm."""
_LIFT_SECONDS = 0.08
"""Seconds to either side over which a lift eases in and out."""
_SWING_SPEEDS = (0.2, 0.6)
"""m/s between which a foot changes from shuffling to swinging."""
_MAX_PLANTED_SPEED = 1.0
"""m/s above which a foot is not planted, whatever was predicted."""
_MAX_OFFSET = 0.12
"""Metres by which a foot may be displaced; one that moves farther took a step."""
_FLOOR_DISTANCE = 0.06
"""Metres within which a planted foot is put on the floor; farther, it stands on something."""
_MIN_SOLE_COSINE = 0.7
"""Cosine between sole and floor above which a foot stands; below, the body lies or kneels."""
_MAX_ROOT_DROP = 0.08
"""Metres by which the root may be lowered so that a foot can reach its position."""

_TOE_OFFSET = SMPL.offsets[10]
_FOOT_LENGTH = float(np.linalg.norm(_TOE_OFFSET))
_FLAT_FOOT_Z = float(_TOE_OFFSET[1]) / _FOOT_LENGTH
"""Z of the direction from ankle to toes while the sole lies on the floor."""


@dataclass(frozen=True)
class FootLockPlan:
    """Corrections of the feet of one motion on a grid of times; made by `plan_foot_lock`."""

    times: Array
    """(T,) seconds."""
    ankle_offsets: Array
    """(T, 2, 3) metres from each ankle (left, right) to its held position, world frame."""
    foot_rotations: Array
    """(T, 2, 3) axis-angle of each foot's correction, world frame."""
    lock_weights: Array
    """(T, 2) weight of each lock, from 0 (free) to 1 (planted)."""
    root_drop: Array
    """(T,) metres by which the root is lowered."""

    def apply(self, matrices: Array, root: Array, times: Array) -> tuple[Array, Array]:
        """Lock the planted feet of poses at any times of the motion.

        Args:
            matrices: (N, 24, 3, 3) local rotations, the first being the world orientation.
            root: (N, 3) pelvis joint in metres, Z up.
            times: (N,) seconds on the clock of the plan.

        Returns:
            matrices (N, 24, 3, 3) and root (N, 3); frames without correction stay bit-identical.
        """
        tracks = self.ankle_offsets, self.foot_rotations, self.lock_weights, self.root_drop
        offsets, rotations, weights, drop = (self.interpolate_track(times, t) for t in tracks)
        touched = (weights > 0).any(axis=1) | offsets.any(axis=(1, 2)) | (drop > 0)
        matrices, root = np.array(matrices), np.array(root)
        if touched.any():
            lowered_root = root[touched] - drop[touched, None] * np.array([0.0, 0.0, 1.0])
            matrices[touched] = move_ankles(
                matrices[touched],
                root[touched],
                lowered_root,
                offsets[touched],
                rotations[touched],
                weights[touched],
            )
            root[touched] = lowered_root
        return matrices, root

    def interpolate_track(self, times: Array, track: Array) -> Array:
        """Interpolate a track (T, ...) of the plan linearly at other times (N,)."""
        columns = track.reshape(len(track), -1).T
        values = [np.interp(times, self.times, column) for column in columns]
        return np.stack(values, axis=-1).reshape(len(times), *track.shape[1:])


def plan_foot_lock(matrices: Array, root: Array, contacts: Array, fps: float) -> FootLockPlan:
    """Decide where each planted foot is held.

    Args:
        matrices: (T, 24, 3, 3) local rotations, the first being the world orientation.
        root: (T, 3) pelvis joint in metres, Z up, the floor at 0.
        contacts: (T, 4) contact probabilities of left and right ankle, left and right toes.
        fps: Rate of the grid; 60 or more, so that the motion is nearly linear between its frames.
    """
    legs = legs_from_pose(np.asarray(matrices, dtype=float), np.asarray(root, dtype=float))
    return plan_foot_lock_of_legs(legs, contacts, fps)


def plan_foot_lock_of_legs(legs: SmplLegs, contacts: Array, fps: float) -> FootLockPlan:
    frames = len(legs.ankle)
    contact = np.asarray(contacts, dtype=float).reshape(frames, 2, 2)  # frame, ankle or toes, side
    offsets, rotations = np.zeros((frames, 2, 3)), np.zeros((frames, 2, 3))
    weights = np.zeros((frames, 2))
    for side in range(2):
        foot = _Foot(legs.ankle[:, side], legs.toe[:, side], legs.sole_normal[:, side], fps)
        stances = list(foot.stances(contact[:, 0, side], contact[:, 1, side]))
        if stances:
            offsets[:, side], rotations[:, side], weights[:, side] = foot.correction(stances)
    return FootLockPlan(
        times=np.arange(frames) / fps,
        ankle_offsets=offsets,
        foot_rotations=rotations,
        lock_weights=weights,
        root_drop=_root_drop(legs, offsets, weights, fps),
    )


@dataclass(frozen=True)
class _Stance:
    """A stretch in which a foot stays in one position."""

    first: int
    end: int
    """One past its last frame."""
    heel: Mask
    """(end - first,) whether the heel is down."""
    toes: Mask


@dataclass(frozen=True)
class _Foot:
    """Path of one foot through a motion on the grid."""

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
        """Stances of the foot, from contact probabilities (T,) of ankle and toes."""
        heel_down = self._planted_mask(heel, self.ankle_speed)
        toes_down = self._planted_mask(toes, self.toe_speed)
        for first, end in find_runs(heel_down | toes_down):
            by_toes = bool(toes_down[first:end].any())
            for begin, stop in self._split_at_steps(by_toes, first, end):
                stance = _Stance(begin, stop, heel_down[begin:stop], toes_down[begin:stop])
                if not len(_flat_frames(stance)) and stance.toes.any():
                    # Heel, then toes, never both: nothing relates the two positions.
                    stance = _toe_stance(stance)
                yield stance

    def correction(self, stances: list[_Stance]) -> tuple[Array, Array, Array]:
        """Ankle offsets (T, 3), foot rotations (T, 3) and lock weights (T,) of the stances."""
        ease = max(round(_EASE_SECONDS * self.fps), 2)
        roll = round(_ROLL_SECONDS * self.fps)
        count = len(self.ankle)
        directions = normalize(self.toe - self.ankle)
        held = [self._held_direction(directions, stance) for stance in stances]

        targets, is_flat = np.zeros((count, 3)), np.zeros(count, dtype=bool)
        for stance, direction in zip(stances, held, strict=True):
            flat = _flat_frames(stance)
            targets[flat], is_flat[flat] = direction, True
        rotations = np.zeros((count, 3))
        needed = quaternion_between(directions[is_flat], targets[is_flat])
        rotations[is_flat] = quaternion_to_axis_angle(needed)
        rotations = fill_with_easing(rotations, _FOOT_LENGTH * rotations, is_flat, ease)

        ankle_to_toe = _FOOT_LENGTH * _rotate_by_axis_angle(directions, rotations)
        offsets, weights = np.zeros((count, 3)), np.zeros(count)
        for stance, direction in zip(stances, held, strict=True):
            here = slice(stance.first, stance.end)
            weights[here] = 1.0
            toe_position = self._held_toe_position(stance, direction)
            # With the toes fixed, the ankle rotates around them as the heel lifts.
            by_toes = toe_position - ankle_to_toe[here]
            by_heel = toe_position - _FOOT_LENGTH * direction
            on_toes = windowed_average(stance.toes.astype(float), roll)[:, None]
            offsets[here] = on_toes * by_toes + (1 - on_toes) * by_heel - self.ankle[here]
        eased = fill_with_easing(np.column_stack([offsets, weights]), offsets, weights > 0, ease)
        offsets = eased[:, :3]
        offsets[:, 2] += self._lift(self.ankle + offsets + ankle_to_toe, weights > 0)
        return offsets, rotations, eased[:, 3]

    def _lift(self, toe: Array, planted: Mask) -> Array:
        """Lift (T,) in metres that keeps a swinging foot, its toes at (T, 3), clear of the floor.

        Feet that never stand, as of a swimmer, have no stances and are not lifted.
        """
        width, lift = max(round(_LIFT_SECONDS * self.fps), 1), np.zeros(len(toe))
        speed = _speed(toe[:, :2], self.fps)
        swing = smoothstep((speed - _SWING_SPEEDS[0]) / np.ptp(_SWING_SPEEDS))
        missing = np.clip(TOE_JOINT_HEIGHT + _CLEARANCE * swing - toe[:, 2], 0.0, _CLEARANCE)
        for first, end in find_runs(~planted):
            needed = windowed_average(windowed_maximum(missing[first:end], width), width)
            frames = np.arange(first, end)
            # Zero at either stance; the ends of the motion are treated as in mid-swing.
            since = frames - first + 1 if first > 0 else np.full(end - first, np.inf)
            until = end - frames if end < len(toe) else np.full(end - first, np.inf)
            in_swing = smoothstep(since / (2 * width)) * smoothstep(until / (2 * width))
            lift[first:end] = needed * in_swing
        return lift

    def _planted_mask(self, probability: Array, speed: Array) -> Mask:
        """(T,) whether a joint with these contact probabilities and speeds (T,) is planted."""
        probability = np.where(speed > _MAX_PLANTED_SPEED, 0.0, probability)
        contact = _with_hysteresis(probability)
        contact = ~remove_short_runs(~contact, round(_MAX_GAP * self.fps), keep_at_ends=True)
        return remove_short_runs(contact, round(_MIN_CONTACT * self.fps))

    def _path(self, by_toes: bool) -> tuple[Array, Array]:
        """Positions (T, 3) and speed (T,) of the toes, or else of the ankle."""
        return (self.toe, self.toe_speed) if by_toes else (self.ankle, self.ankle_speed)

    def _split_at_steps(self, by_toes: bool, first: int, end: int) -> Iterator[tuple[int, int]]:
        """Parts of a contact that fit one position, split where the foot moves fastest."""
        path, speed = self._path(by_toes)
        shortest = max(round(_MIN_CONTACT * self.fps), 2)
        ease = max(round(_EASE_SECONDS * self.fps), 2)
        pending = [(first, end)]
        while pending:
            begin, stop = pending.pop()
            if stop - begin < shortest:
                continue
            part = path[begin:stop]
            distances = norm(part - np.median(part, axis=0))
            if distances.max() <= _MAX_OFFSET:
                yield begin, stop
                continue
            inner = slice(begin + shortest, stop - shortest)
            if inner.stop <= inner.start:
                continue
            split = inner.start + int(np.argmax(speed[inner]))
            pending += [(begin, split - ease // 2), (split + ease // 2, stop)]

    def _held_direction(self, directions: Array, stance: _Stance) -> Array:
        """(3,) unit direction from heel to toes in which a flat foot is held."""
        flat = _flat_frames(stance)
        if not len(flat):
            return np.array([0.0, 0.0, 0.0])
        mean = normalize(directions[flat].mean(axis=0))
        if self._is_standing(flat) and mean[2] > _FLAT_FOOT_Z:
            # The heel would go through the floor: put the foot flat on it.
            level = normalize(mean[:2]) * np.sqrt(1 - _FLAT_FOOT_Z**2)
            return np.append(level, _FLAT_FOOT_Z)
        return mean

    def _held_toe_position(self, stance: _Stance, direction: Array) -> Array:
        """(3,) where the toes of a stance are held, or would be if only the heel is down."""
        by_toes = bool(stance.toes.any())
        path, speed = self._path(by_toes)
        frames = stance.first + np.flatnonzero(stance.toes if by_toes else stance.heel)
        # Slow frames have the largest weight: they show best where the foot stands.
        weight = 1 / (0.05 + speed[frames])
        position = (weight[:, None] * path[frames]).sum(axis=0) / weight.sum()
        floor = TOE_JOINT_HEIGHT if by_toes else TOE_JOINT_HEIGHT - float(_TOE_OFFSET[1])
        flat = _flat_frames(stance)
        standing = not len(flat) or self._is_standing(flat)
        if standing and abs(position[2] - floor) < _FLOOR_DISTANCE:
            position[2] = floor
        return position if by_toes else position + _FOOT_LENGTH * direction

    def _is_standing(self, frames: NDArray[np.int64]) -> bool:
        return float(self.sole[frames, 2].mean()) > _MIN_SOLE_COSINE


def _flat_frames(stance: _Stance) -> NDArray[np.int64]:
    return stance.first + np.flatnonzero(stance.heel & stance.toes)


def _toe_stance(stance: _Stance) -> _Stance:
    """Part of a stance from the first to the last frame with the toes down."""
    first, last = np.flatnonzero(stance.toes)[[0, -1]]
    toes = stance.toes[first : last + 1]
    return _Stance(stance.first + first, stance.first + last + 1, np.zeros_like(toes), toes)


def _root_drop(legs: Legs, ankle_offsets: Array, lock_weights: Array, fps: float) -> Array:
    """(T,) metres by which the root must be lowered so that every held foot is in reach."""
    ankles = legs.ankle + ankle_offsets
    hip_to_ankle = ankles - legs.hip
    limit = np.maximum(legs.max_length - np.minimum(legs.max_length - legs.length, 0.005), 1e-6)
    horizontal = norm(hip_to_ankle[..., :2])
    vertical = np.sqrt(np.maximum(limit**2 - horizontal**2, 0.0))
    too_far = norm(hip_to_ankle) > limit
    needed = np.where(too_far & (lock_weights > 0), -hip_to_ankle[..., 2] - vertical, 0.0)
    needed = np.clip(needed.max(axis=1, initial=0.0), 0.0, _MAX_ROOT_DROP)
    if not needed.any():
        return needed
    # Widened, then averaged over the same width: smooth, and nowhere less than needed.
    width = max(round(_EASE_SECONDS * fps), 2)
    return windowed_average(windowed_maximum(needed, width), width)


def _rotate_by_axis_angle(vectors: Array, axis_angle: Array) -> Array:
    """Rotate vectors (T, 3) by axis-angle (T, 3), by Rodrigues' formula."""
    angle = norm(axis_angle)[..., None]
    axis = axis_angle / np.maximum(angle, 1e-12)
    parallel = dot(axis, vectors)[..., None] * axis
    return parallel + np.cos(angle) * (vectors - parallel) + np.sin(angle) * np.cross(axis, vectors)


def _speed(track: Array, fps: float) -> Array:
    """(T,) m/s of a path (T, 3)."""
    if len(track) < 2:
        return np.zeros(len(track))
    return norm(np.gradient(track, axis=0)) * fps


def _with_hysteresis(probability: Array) -> Mask:
    """(T,) on above `_CONTACT_ON`, off below `_CONTACT_OFF`, unchanged in between."""
    on, off = probability > _CONTACT_ON, probability < _CONTACT_OFF
    decided = np.where(on | off, np.arange(len(probability)), -1)
    last = np.maximum.accumulate(decided)
    return np.where(last >= 0, on[np.maximum(last, 0)], probability > 0.5)
