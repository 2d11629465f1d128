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
from .leg_ik import Legs, SmplLegs, move_ankles

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

        Frames without correction stay bit-identical.

        Args:
            matrices: (N, 24, 3, 3) local rotations, the first being the world orientation.
            root: (N, 3) pelvis joint in metres, Z up.
            times: (N,) seconds on the clock of the plan.
        """
        tracks = self.ankle_offsets, self.foot_rotations, self.lock_weights, self.root_drop
        offsets, rotations, weights, drop = (self.interpolate_track(times, t) for t in tracks)
        touched = (weights > 0).any(axis=1) | offsets.any(axis=(1, 2)) | (drop > 0)
        matrices, root = np.array(matrices), np.array(root)
        if touched.any():
            lowered_root = root - drop[:, None] * np.array([0.0, 0.0, 1.0])
            moved = (matrices, root, lowered_root, offsets, rotations, weights)
            matrices[touched] = move_ankles(*(track[touched] for track in moved))
            root[touched] = lowered_root[touched]
        return matrices, root

    def interpolate_track(self, times: Array, track: Array) -> Array:
        """Interpolate a track (T, ...) of the plan linearly at other times (N,)."""
        columns = track.reshape(len(track), -1).T
        values = [np.interp(times, self.times, column) for column in columns]
        return np.stack(values, axis=-1).reshape(len(times), *track.shape[1:])


def plan_foot_lock(legs: SmplLegs, contacts: Array, fps: float) -> FootLockPlan:
    """Decide where each planted foot is held.

    Args:
        legs: Legs in T poses, the floor at 0.
        contacts: (T, 4) contact probabilities of left and right ankle, left and right toes.
        fps: Rate of the grid; 60 or more, so that the motion is nearly linear between its frames.
    """
    frames = len(legs.ankle)
    contact = np.asarray(contacts, dtype=float).reshape(frames, 2, 2)  # frame, ankle or toes, side
    (offsets, rotations), weights = np.zeros((2, frames, 2, 3)), np.zeros((frames, 2))
    for side in range(2):
        sole = legs.foot_rotation[:, side, :, 1]
        foot = _Foot(legs.ankle[:, side], legs.toe[:, side], sole, fps)
        stances = list(foot.stances(contact[:, :, side]))
        if stances:
            offsets[:, side], rotations[:, side], weights[:, side] = foot.correction(stances)
    drop = _root_drop(legs, offsets, weights, fps)
    return FootLockPlan(np.arange(frames) / fps, offsets, rotations, weights, drop)


@dataclass(frozen=True)
class _Stance:
    """A stretch in which a foot stays in one position."""

    first: int
    end: int
    """One past its last frame."""
    heel: Mask
    """(end - first,) whether the heel is down."""
    toes: Mask

    @property
    def flat_frames(self) -> NDArray[np.int64]:
        """(F,) frames with both down."""
        return self.first + np.flatnonzero(self.heel & self.toes)


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
    def paths(self) -> tuple[tuple[Array, Array], ...]:
        """Positions (T, 3) and speed (T,) in m/s of the ankle and of the toes."""
        return tuple((path, _speed(path, self.fps)) for path in (self.ankle, self.toe))

    def stances(self, contact: Array) -> Iterator[_Stance]:
        """Stances of the foot, from contact probabilities (T, 2) of ankle and toes."""
        heel_down, toes_down = (self._planted_mask(contact[:, n], n) for n in range(2))
        for first, end in find_runs(heel_down | toes_down):
            by_toes = bool(toes_down[first:end].any())
            for begin, stop in self._split_at_steps(by_toes, first, end):
                heel, toes = heel_down[begin:stop], toes_down[begin:stop]
                if not toes.any() or (heel & toes).any():
                    yield _Stance(begin, stop, heel, toes)
                else:
                    # Heel, then toes, never both: nothing relates the two positions. Hold the toes.
                    start, last = begin + np.flatnonzero(toes)[[0, -1]]
                    toes = toes_down[start : last + 1]
                    yield _Stance(start, last + 1, np.zeros_like(toes), toes)

    def correction(self, stances: list[_Stance]) -> tuple[Array, Array, Array]:
        """Ankle offsets (T, 3), foot rotations (T, 3) and lock weights (T,) of the stances."""
        ease = max(round(_EASE_SECONDS * self.fps), 2)
        roll = round(_ROLL_SECONDS * self.fps)
        count = len(self.ankle)
        directions = normalize(self.toe - self.ankle)
        held = [self._held_direction(directions, stance) for stance in stances]

        targets, is_flat = np.zeros((count, 3)), np.zeros(count, dtype=bool)
        for stance, direction in zip(stances, held, strict=True):
            targets[stance.flat_frames], is_flat[stance.flat_frames] = direction, True
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

    def _planted_mask(self, probability: Array, by_toes: int) -> Mask:
        """(T,) whether toes or heel are planted, from their contact probabilities (T,)."""
        probability = np.where(self.paths[by_toes][1] > _MAX_PLANTED_SPEED, 0.0, probability)
        on, off = probability > _CONTACT_ON, probability < _CONTACT_OFF
        # Between the two thresholds a contact stays as it is.
        last = np.maximum.accumulate(np.where(on | off, np.arange(len(on)), -1))
        contact = np.where(last >= 0, on[np.maximum(last, 0)], probability > 0.5)
        contact = ~remove_short_runs(~contact, round(_MAX_GAP * self.fps), keep_at_ends=True)
        return remove_short_runs(contact, round(_MIN_CONTACT * self.fps))

    def _split_at_steps(self, by_toes: bool, first: int, end: int) -> Iterator[tuple[int, int]]:
        """Parts of a contact that fit one position, split where the foot moves fastest."""
        path, speed = self.paths[by_toes]
        shortest = max(round(_MIN_CONTACT * self.fps), 2)
        ease = max(round(_EASE_SECONDS * self.fps), 2)
        pending = [(first, end)]
        while pending:
            begin, stop = pending.pop()
            if stop - begin < shortest:
                continue
            part = path[begin:stop]
            if norm(part - np.median(part, axis=0)).max() <= _MAX_OFFSET:
                yield begin, stop
            elif stop - begin > 2 * shortest:
                split = begin + shortest + int(np.argmax(speed[begin + shortest : stop - shortest]))
                pending += [(begin, split - ease // 2), (split + ease // 2, stop)]

    def _held_direction(self, directions: Array, stance: _Stance) -> Array:
        """(3,) unit direction from heel to toes in which a flat foot is held."""
        flat = stance.flat_frames
        if not len(flat):
            return np.zeros(3)
        mean = normalize(directions[flat].mean(axis=0))
        if self._is_standing(flat) and mean[2] > _FLAT_FOOT_Z:
            # The heel would go through the floor: put the foot flat on it.
            level = normalize(mean[:2]) * np.sqrt(1 - _FLAT_FOOT_Z**2)
            return np.append(level, _FLAT_FOOT_Z)
        return mean

    def _held_toe_position(self, stance: _Stance, direction: Array) -> Array:
        """(3,) where the toes of a stance are held, or would be if only the heel is down."""
        by_toes = bool(stance.toes.any())
        path, speed = self.paths[by_toes]
        frames = stance.first + np.flatnonzero(stance.toes if by_toes else stance.heel)
        # Slow frames have the largest weight: they show best where the foot stands.
        weight = 1 / (0.05 + speed[frames])
        position = (weight[:, None] * path[frames]).sum(axis=0) / weight.sum()
        floor = TOE_JOINT_HEIGHT if by_toes else TOE_JOINT_HEIGHT - float(_TOE_OFFSET[1])
        if self._is_standing(stance.flat_frames) and abs(position[2] - floor) < _FLOOR_DISTANCE:
            position[2] = floor
        return position if by_toes else position + _FOOT_LENGTH * direction

    def _is_standing(self, frames: NDArray[np.int64]) -> bool:
        return not len(frames) or float(self.sole[frames, 2].mean()) > _MIN_SOLE_COSINE


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
