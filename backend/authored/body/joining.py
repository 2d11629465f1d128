"""Joining of two motions at a seam, as one person would do them in a row."""

from dataclasses import dataclass, replace

import numpy as np

from ...kinematics.body.skeleton import TOE_JOINT_HEIGHT
from ...kinematics.math.rotations import Array, axis_rotation, norm
from .base_clips import sample_motion
from .limbs import ANKLE_HEIGHT, SIDES, FootGoal, foot_goals, place_foot
from .motion import JOINT, AuthoredMotion, blend_rotations
from .timing import minimum_jerk

_SEARCH_STEP = 0.05
"""Seconds between the frames at which a seam is tried."""
_SPEED_SECONDS = 0.12
"""Seconds of movement that count as much as their distance."""
_MAX_DISTANCE = 0.24
"""Mean distance in metres of two poses that no blend joins."""
_FLOOR_MARGIN = 0.035
"""Metres above its height at rest within which a foot is on the floor."""
_STILL_FOOT = 0.15
"""m/s below which a foot stands."""
_SLIDE = 0.015
"""Metres that a foot may slide at a seam; farther, it takes a step."""
_LIFT, _LIFT_PER_METRE, _MAX_LIFT = 0.025, 0.22, 0.09
"""Metres by which a stepping foot rises."""
_GAIT_EASE = 0.55
"""Seconds in which a gait comes up to its speed."""
_SLOWEST_GAIT = 0.3
"""Fraction of its speed at which a gait starts."""


class SeamError(ValueError):
    """Two motions that cannot follow each other."""


@dataclass(frozen=True)
class _Seam:
    """Overlap of two motions: frames of each, as many."""

    first: slice
    second: slice
    distance: float


def join_motions(
    first: AuthoredMotion,
    second: AuthoredMotion,
    blend_seconds: float = 0.45,
    search_seconds: float = 0.45,
) -> AuthoredMotion:
    """Let one motion follow another, turned and moved to where the first ends.

    Both are cut at the seam, where their poses are nearest. A foot that stands on both sides of it
    stays where it is, or takes a small step if it has to go elsewhere.

    Args:
        blend_seconds: Length of the overlap.
        search_seconds: Most by which either is cut; a stride of a gait, to find its phase.

    Raises:
        SeamError: their poses are too different, as of somebody who lies and one who stands.
    """
    count = min(round(blend_seconds * first.fps) + 1, len(first) // 2, len(second) // 2)
    seam = _find_seam(first, second, count, search_seconds)
    if seam.distance > _MAX_DISTANCE:
        raise SeamError(f"The poses at the seam are {seam.distance:.2f} m apart.")
    before = _cut(first, seam.first)
    after = align_motion(second, _middle(seam.second), first, _middle(seam.first))
    after_seam = _cut(after, seam.second)
    weights = minimum_jerk(np.linspace(0.0, 1.0, count))
    blended = AuthoredMotion(
        blend_rotations(before.matrices, after_seam.matrices, weights),
        before.root + weights[:, None] * (after_seam.root - before.root),
        first.fps,
    )
    blended = _replant(blended, before, after_seam)
    parts = (
        _cut(first, slice(0, seam.first.start)),
        blended,
        _cut(after, slice(seam.second.stop, None)),
    )
    return AuthoredMotion(
        np.concatenate([part.matrices for part in parts]),
        np.concatenate([part.root for part in parts]),
        first.fps,
    )


def align_motion(
    motion: AuthoredMotion, frame: int, other: AuthoredMotion, other_frame: int
) -> AuthoredMotion:
    """Turn and move a motion so that at a frame its heading and feet are those of another one."""
    turn = axis_rotation("Z", np.asarray(other.headings[other_frame] - motion.headings[frame]))
    matrices = motion.matrices.copy()
    matrices[:, 0] = turn @ matrices[:, 0]
    turned = AuthoredMotion(matrices, motion.root @ turn.T, motion.fps)
    offset = _anchor(other, other_frame) - _anchor(turned, frame)
    return replace(turned, root=turned.root + offset * [1.0, 1.0, 0.0])


def start_gait(motion: AuthoredMotion) -> AuthoredMotion:
    """Let a gait begin where its feet pass each other, and come up to its speed from slow."""
    frames = round(0.9 * motion.fps)
    first = _passing_frame(motion, slice(0, min(frames, len(motion) // 2)))
    ramp = round(_GAIT_EASE * motion.fps)
    speeds = np.ones(len(motion))
    speeds[:ramp] = _SLOWEST_GAIT + (1 - _SLOWEST_GAIT) * minimum_jerk(np.linspace(0, 1, ramp))
    position: Array = float(first) + np.concatenate([[0.0], np.cumsum(speeds[:-1])])
    return sample_motion(motion, position[position <= len(motion) - 1], motion.fps)


def stop_gait(motion: AuthoredMotion) -> AuthoredMotion:
    """Let a gait slow down, until it ends where its feet pass each other."""
    return start_gait(motion.reversed()).reversed()


def _passing_frame(motion: AuthoredMotion, frames: slice) -> int:
    positions, _ = motion.kinematics()
    ankles = positions[frames, JOINT["left_ankle"]] - positions[frames, JOINT["right_ankle"]]
    heading = motion.headings[frames]
    forward = np.stack([np.sin(heading), -np.cos(heading)], axis=1)
    return int(np.abs(np.einsum("ti,ti->t", ankles[:, :2], forward)).argmin())


def _find_seam(
    first: AuthoredMotion, second: AuthoredMotion, count: int, search_seconds: float
) -> _Seam:
    """Return the overlap of `count` frames in whose middle poses and velocities are nearest."""
    step = max(round(_SEARCH_STEP * first.fps), 1)
    room = round(search_seconds * first.fps)
    starts = range(max(len(first) - count - room, 0), len(first) - count + 1, step)
    others = range(0, max(min(room, len(second) - count), 0) + 1, step)
    ours, theirs = _describe_poses(first), _describe_poses(second)
    half = count // 2
    best = min(
        (_distance(ours[i + half], theirs[j + half]), i, j)
        for i in (*starts, len(first) - count)
        for j in others
    )
    distance, i, j = best
    return _Seam(slice(i, i + count), slice(j, j + count), distance)


def _distance(one: Array, other: Array) -> float:
    return float(norm(one - other).mean())


def _describe_poses(motion: AuthoredMotion) -> Array:
    """Positions (T, 48, 3) of joints in the heading frame, and their scaled velocities."""
    positions, _ = motion.kinematics()
    spin = axis_rotation("Z", -motion.headings)
    local = np.einsum("tij,tkj->tki", spin, positions - motion.root[:, None] * [1.0, 1.0, 0.0])
    velocity = np.einsum("tij,tkj->tki", spin, np.gradient(positions, 1 / motion.fps, axis=0))
    return np.concatenate([local, _SPEED_SECONDS * velocity], axis=1)


def _anchor(motion: AuthoredMotion, frame: int) -> Array:
    """Middle (3,) of the feet, between them and below the pelvis in a gait."""
    pose = AuthoredMotion(motion.matrices[frame][None], motion.root[frame][None], motion.fps)
    positions = pose.kinematics()[0][0]
    feet = [positions[JOINT[f"{s}_{n}"]] for s in SIDES for n in ("ankle", "foot")]
    return 0.5 * (np.mean(feet, axis=0) + positions[0])


def _middle(frames: slice) -> int:
    return (frames.start + frames.stop) // 2


def _cut(motion: AuthoredMotion, frames: slice) -> AuthoredMotion:
    return AuthoredMotion(motion.matrices[frames], motion.root[frames], motion.fps)


def _replant(
    blended: AuthoredMotion, before: AuthoredMotion, after: AuthoredMotion
) -> AuthoredMotion:
    """Keep the feet that stand throughout the overlap in place, or let them step one by one."""
    goals, next_goals = foot_goals(before), foot_goals(after)
    standing = [side for side in SIDES if _stands(before, side) and _stands(after, side)]
    moves = {
        side: float(norm((next_goals[side].ankle[-1] - goals[side].ankle[0]) * [1, 1, 0]))  # type: ignore[index]
        for side in standing
    }
    # The foot that has farther to go steps first, while the other one carries the body.
    order = sorted(standing, key=lambda side: -moves[side])
    both_step = len(order) == 2 and min(moves.values()) > _SLIDE
    for number, side in enumerate(order):
        start, end = ((0.0, 0.55), (0.45, 1.0))[number] if both_step else (0.0, 1.0)
        goal = _step_goal(goals[side], next_goals[side], len(blended), (start, end), moves[side])
        blended = place_foot(blended, side, goal)
    return blended


def _step_goal(
    old: FootGoal, new: FootGoal, count: int, span: tuple[float, float], distance: float
) -> FootGoal:
    """Return a foot that goes from one place to another within a span of the overlap (0 to 1)."""
    start, end = span
    phase = np.clip((np.linspace(0.0, 1.0, count) - start) / (end - start), 0.0, 1.0)
    weight = minimum_jerk(phase)
    lift = 0.0 if distance < _SLIDE else min(_LIFT + _LIFT_PER_METRE * distance, _MAX_LIFT)

    def mix(a: object, b: object, turns: bool = False) -> Array:
        one, other = np.asarray(a, dtype=float)[0], np.asarray(b, dtype=float)[-1]
        change = other - one
        if turns:
            change = (change + np.pi) % (2 * np.pi) - np.pi
        return one + weight.reshape(-1, *[1] * np.ndim(one)) * change

    ankle = mix(old.ankle, new.ankle)
    rise = 16.0 * phase**2 * (1.0 - phase) ** 2
    ankle[:, 2] += lift * rise
    return FootGoal(
        ankle,
        mix(old.yaw, new.yaw, turns=True),
        mix(old.pitch, new.pitch) + 3.0 * lift * rise * (1.0 - phase),
        mix(old.roll, new.roll),
        mix(old.knee, new.knee),
    )


def _stands(motion: AuthoredMotion, side: str) -> bool:
    """Return whether a foot is on the floor and still in all frames."""
    positions, _ = motion.kinematics()
    ankle, toe = (positions[:, JOINT[f"{side}_{name}"]] for name in ("ankle", "foot"))
    is_low = (ankle[:, 2].max() < ANKLE_HEIGHT + 2 * _FLOOR_MARGIN) and (
        toe[:, 2].max() < TOE_JOINT_HEIGHT + _FLOOR_MARGIN
    )
    drift = norm(np.diff(toe[:, :2], axis=0)).sum() * motion.fps / max(len(motion) - 1, 1)
    return bool(is_low and drift < _STILL_FOOT)
