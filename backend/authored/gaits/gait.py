"""Edits of a captured walk or run: its time, its stride, and how feet are lifted and put down.

A foot is described by where its ball is along and beside the *path* (the smoothed path of the
pelvis), by its angles, and by its clearance of the floor. Scaling the path scales strides, and a
planted foot stays planted, since it has one place along the path.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ...kinematics.body.skeleton import BODY_TO_WORLD, SMPL, TOE_JOINT_HEIGHT
from ...kinematics.math.rotations import Array, axis_rotation
from ...kinematics.math.signals import (
    Mask,
    find_runs,
    gaussian_filter,
    remove_short_runs,
    windowed_maximum,
)
from ..body.base_clips import sample_motion
from ..body.limbs import ANKLE_HEIGHT, SIDES, SIGN, FootGoal, foot_rotation, place_foot
from ..body.motion import JOINT, AuthoredMotion

_HEEL = np.array([0.0, -ANKLE_HEIGHT, -0.05])
"""Metres from the ankle to the sole below the heel, in the body frame."""
_PATH_SECONDS = 0.35
"""Spread of the smoothing of the pelvis's path that leaves the path without its steps."""
_PATH_MARGIN = 4.0
"""Metres by which the path goes on straight beyond its ends, where first and last feet may be."""
_PATH_STEP = 0.05
"""Metres before and after a place of the path between which its direction is taken."""
_FOOT_SECONDS = 1.3
"""Time before and after in which the pelvis passes a foot."""
_SLOW_FOOT, _LOW_FOOT = 0.5, 0.08
"""Speed relative to the pelvis's, and metres above the floor, below which a foot is planted."""
_SHORTEST_PHASE = 0.12
"""Seconds below which a swing or a stance is noise."""
_TYPICAL_SWING = 0.42
"""Seconds of a swing where a clip holds no whole one."""
_LONGEST_LEG = 0.988
"""Fraction of a leg's length that a foot's place may ask of it."""
_SINK_SECONDS = 0.06
"""Spread of the smoothing with which the pelvis sinks to let a foot reach its place."""
_TOES_BEND_BELOW = 0.03
"""Metres of clearance below which toes lie on the floor."""
_LARGEST_TOE_BEND = np.radians(55.0)


@dataclass(frozen=True)
class FootStyle:
    """Changes of how one foot is put."""

    ahead: float = 0.0
    """Metres along the path by which it is put farther forward."""
    out: float = 0.0
    """Metres to its own side."""
    beside: float = 1.0
    """Factor of its distance from the path: 0 to walk on a line."""
    toe_out: float = 0.0
    """Radians by which the toes point outward."""
    lift: float = 1.0
    """Factor of its clearance."""
    rise: float = 0.0
    """Metres of clearance added at mid-swing."""
    roll: float = 1.0
    """Factor of its pitch: 0 for a flat foot."""
    heel: float = 0.0
    """Radians by which the heel is raised."""
    swing_out: float = 0.0
    """Metres by which it swings in an arc to its own side."""
    swing_ahead: float = 0.0
    """Metres by which it is farther forward at mid-swing, below a lifted knee."""
    dip: float = 0.0
    """Metres by which the pelvis sinks while the body stands on this foot alone."""
    hurry: float = 0.0
    """Fraction by which time runs faster meanwhile, or slower where negative."""


@dataclass(frozen=True)
class GaitStyle:
    """Changes of how the whole body goes."""

    pace: float = 1.0
    """Factor of the cadence."""
    stride: float = 1.0
    """Factor of the path."""
    crouch: float = 0.0
    """Metres by which the pelvis is lower."""
    bob: float = 1.0
    """Factor of its rise and fall."""
    sway: float = 1.0
    """Factor of its path to the sides of the path."""
    weave: ArrayLike = 0.0
    """Metres, or (T,) at the frames of the captured gait, by which its path goes to the left."""


@dataclass(frozen=True)
class Swings:
    """Frames in which the feet swing."""

    progress: Mapping[str, Array]
    """Side -> (T,) from 0 at toe-off to 1 at contact; 0 while the foot is planted."""

    def swinging(self, side: str) -> Array:
        """Weights (T,) from 0 in stance to 1 at mid-swing."""
        return np.square(np.sin(np.pi * self.progress[side]))

    def loaded(self, side: str) -> Array:
        """Weights (T,) from 0 to 1 where the body stands on this foot alone."""
        return self.swinging(other_side(side))


def other_side(side: str) -> str:
    """Return "right" for "left", and "left" for "right"."""
    return SIDES[1 - SIDES.index(side)]


def find_swings(motion: AuthoredMotion) -> Swings:
    """Find the swings of both feet, which are high or fast compared to the pelvis."""
    positions, _ = motion.kinematics()
    pace = _speed(positions[:, 0], motion.fps).mean()
    shortest = round(_SHORTEST_PHASE * motion.fps)
    progress = {}
    for side in SIDES:
        toe = positions[:, JOINT[f"{side}_foot"]]
        low = toe[:, 2] < np.percentile(toe[:, 2], 10) + _LOW_FOOT
        planted = low & (_speed(toe, motion.fps) < _SLOW_FOOT * pace)
        planted = remove_short_runs(planted, shortest, keep_at_ends=True)
        swings = remove_short_runs(~planted, shortest, keep_at_ends=True)
        progress[side] = _swing_progress(swings, motion.fps)
    return Swings(progress)


def edit_gait(
    motion: AuthoredMotion, gait: GaitStyle, feet: Mapping[str, FootStyle]
) -> AuthoredMotion:
    """Go as the styles of the body and of both feet say; the time is warped last."""
    swings, path = find_swings(motion), _Path(motion, gait.weave)
    positions, world = motion.kinematics()
    height = motion.root[:, 2]
    height = height.mean() + gait.bob * (height - height.mean()) - gait.crouch
    placed, floors = {}, []
    for side, style in feet.items():
        swinging = swings.swinging(side)
        ball = path.edit(
            positions[:, JOINT[f"{side}_foot"], :2],
            gait.stride,
            ahead=style.ahead + style.swing_ahead * swinging,
            beside=style.beside,
            left=SIGN[side] * (style.out + style.swing_out * swinging),
        )
        ankle = JOINT[f"{side}_ankle"]
        goal = FootGoal(positions[:, ankle], *_foot_angles(world[:, ankle]))
        floor, placed[side] = _edit_foot(style, side, goal, ball, swinging)
        floors.append(floor)
        height = height - style.dip * swings.loaded(side)
    root = path.edit(motion.root[:, :2], gait.stride, beside=gait.sway)
    moved = replace(motion, root=np.column_stack([root, height - np.mean(floors)]))
    moved = place_feet(_bend_toes(moved, placed), placed)
    speed = gait.pace * np.ones(len(motion))
    for side, style in feet.items():
        speed = speed * (1.0 + style.hurry * swings.loaded(side))
    return warp_time(moved, speed)


def place_feet(motion: AuthoredMotion, goals: Mapping[str, FootGoal]) -> AuthoredMotion:
    """Place both feet, after the pelvis has sunk as far as the legs ask."""
    sunk = np.zeros(len(motion))
    for side, goal in goals.items():
        hip, knee, ankle = (JOINT[f"{side}_{name}"] for name in ("hip", "knee", "ankle"))
        start = motion.root + motion.matrices[:, 0] @ SMPL.offsets[hip]
        length = np.linalg.norm(SMPL.offsets[knee]) + np.linalg.norm(SMPL.offsets[ankle])
        away = np.asarray(goal.ankle) - start
        level = (away[:, :2] ** 2).sum(axis=1)
        highest = np.sqrt(np.maximum((_LONGEST_LEG * length) ** 2 - level, 0.1))
        sunk = np.maximum(sunk, -away[:, 2] - highest)
    spread = _SINK_SECONDS * motion.fps
    sunk = gaussian_filter(windowed_maximum(sunk, round(2 * spread)), spread)
    motion = replace(motion, root=motion.root - sunk[:, None] * [0.0, 0.0, 1.0])
    for side, goal in goals.items():
        motion = place_foot(motion, side, goal)
    return motion


def warp_time(motion: AuthoredMotion, speed: ArrayLike) -> AuthoredMotion:
    """Play the motion at a speed, which may be one for each frame (T,)."""
    speeds = np.broadcast_to(np.asarray(speed, dtype=float), len(motion))
    if np.all(speeds == 1.0):
        return motion
    spent = np.concatenate([[0.0], np.cumsum(2.0 / (speeds[1:] + speeds[:-1]))])
    frames = np.arange(int(spent[-1]) + 1)
    return sample_motion(motion, np.interp(frames, spent, np.arange(len(motion))), motion.fps)


def stride_phase(motion: AuthoredMotion) -> Array:
    """(T,) about from -1 (the right foot is in front) to 1 (the left one is)."""
    positions, _ = motion.kinematics()
    apart = positions[:, JOINT["left_ankle"], :2] - positions[:, JOINT["right_ankle"], :2]
    heading = motion.headings
    ahead = apart[:, 0] * np.sin(heading) - apart[:, 1] * np.cos(heading)
    ahead = gaussian_filter(ahead, 0.05 * motion.fps)
    return np.clip(ahead / max(float(np.percentile(np.abs(ahead), 90)), 0.05), -1.2, 1.2)


class _Path:
    """Smoothed path of the pelvis over the floor, and where points are along and beside it."""

    def __init__(self, motion: AuthoredMotion, weave: ArrayLike) -> None:
        spread = _PATH_SECONDS * motion.fps
        path = np.column_stack(
            [gaussian_filter(motion.root[:, axis], spread, reflect=True) for axis in (0, 1)]
        )
        some = min(round(spread), len(path) - 1)
        start, end = path[0] - path[some], path[-1] - path[-1 - some]
        before = path[0] + _PATH_MARGIN * start / np.linalg.norm(start)
        after = path[-1] + _PATH_MARGIN * end / np.linalg.norm(end)
        self._points = np.concatenate([[before], path, [after]])
        steps = np.linalg.norm(np.diff(self._points, axis=0), axis=1)
        self._lengths = np.maximum(steps, 1e-6)
        self._along = np.concatenate([[0.0], np.cumsum(self._lengths)])
        weaving = np.broadcast_to(np.asarray(weave, dtype=float), len(path))
        self._weave = np.concatenate([weaving[:1], weaving, weaving[-1:]])
        self._window = round(_FOOT_SECONDS * motion.fps)

    def edit(
        self,
        points: Array,
        scale: float,
        *,
        ahead: ArrayLike = 0.0,
        beside: float = 1.0,
        left: ArrayLike = 0.0,
    ) -> Array:
        """Move points (T, 2) with a path that is scaled.

        Args:
            ahead: Metres along the path, a number or (T,).
            beside: Factor of the distance from the path.
            left: Metres to its left, a number or (T,).
        """
        along, nearest = self._project(points)
        moved = along + np.asarray(ahead) / scale
        forward = self._at(moved + _PATH_STEP) - self._at(moved - _PATH_STEP)
        forward /= np.linalg.norm(forward, axis=1, keepdims=True)
        sideways = np.column_stack([-forward[:, 1], forward[:, 0]])
        offset = np.asarray(left) + np.interp(moved, self._along, self._weave)
        return scale * self._at(moved) + beside * (points - nearest) + offset[:, None] * sideways

    def _at(self, along: Array) -> Array:
        return np.column_stack(
            [np.interp(along, self._along, self._points[:, axis]) for axis in (0, 1)]
        )

    def _project(self, points: Array) -> tuple[Array, Array]:
        """Length along the path (T,), and the point (T, 2) there, nearest to each point."""
        start = self._points[:-1]
        direction = np.diff(self._points, axis=0) / self._lengths[:, None]
        along = np.einsum("tsi,si->ts", points[:, None] - start, direction)
        along = np.clip(along, 0.0, self._lengths)
        nearest = start + along[..., None] * direction
        distance = ((points[:, None] - nearest) ** 2).sum(axis=2)
        frames = np.arange(len(points))
        far = np.abs(frames[:, None] - np.arange(len(start))) > self._window
        best = np.where(far, np.inf, distance).argmin(axis=1)
        return self._along[best] + along[frames, best], nearest[frames, best]


def _edit_foot(
    style: FootStyle, side: str, goal: FootGoal, ball: Array, swinging: Array
) -> tuple[float, FootGoal]:
    """Return the floor's height below the captured foot, and the edited one.

    Args:
        ball: (T, 2) place of the ball of the foot.
    """
    yaw, pitch, roll = (np.asarray(angle) for angle in (goal.yaw, goal.pitch, goal.roll))
    clearance = np.asarray(goal.ankle)[:, 2] + _lowest(side, foot_rotation(yaw, pitch, roll))
    floor = float(np.percentile(clearance, 10))
    clearance = style.lift * np.maximum(clearance - floor, 0.0) + style.rise * swinging
    yaw = yaw + SIGN[side] * style.toe_out
    pitch = style.roll * pitch + style.heel
    rotations = foot_rotation(yaw, pitch, style.roll * roll)
    ankle = ball - (rotations @ SMPL.offsets[JOINT[f"{side}_foot"]])[:, :2]
    height = clearance - _lowest(side, rotations)
    return floor, FootGoal(np.column_stack([ankle, height]), yaw, pitch, style.roll * roll)


def _foot_angles(world: Array) -> tuple[Array, Array, Array]:
    """Yaw, pitch and roll (T,) of a foot, continuous where its toes point down or behind."""
    yaw = np.unwrap(np.arctan2(world[:, 1, 0], world[:, 0, 0]))
    unturned = BODY_TO_WORLD.T @ axis_rotation("Z", -yaw) @ world
    pitch = np.unwrap(np.arctan2(-unturned[:, 1, 2], unturned[:, 2, 2]))
    return yaw, pitch, np.arctan2(-unturned[:, 1, 0] * np.cos(pitch), unturned[:, 0, 0])


def _lowest(side: str, rotations: Array) -> Array:
    """Height (T,) of the lower one of heel and ball above the ankle, in metres; negative."""
    ball = (rotations @ SMPL.offsets[JOINT[f"{side}_foot"]])[:, 2] - TOE_JOINT_HEIGHT
    return np.minimum(ball, (rotations @ _HEEL)[:, 2])


def _bend_toes(motion: AuthoredMotion, goals: Mapping[str, FootGoal]) -> AuthoredMotion:
    """Keep the toes flat on the floor below a raised heel, and straight in the air."""
    matrices = motion.matrices.copy()
    for side, goal in goals.items():
        pitch, roll = np.asarray(goal.pitch), np.asarray(goal.roll)
        lowest = _lowest(side, foot_rotation(np.asarray(goal.yaw), pitch, roll))
        clearance = np.asarray(goal.ankle)[:, 2] + lowest
        bend = np.clip(pitch, 0.0, _LARGEST_TOE_BEND)
        bend = bend * np.clip(1.0 - clearance / _TOES_BEND_BELOW, 0.0, 1.0)
        bend = gaussian_filter(bend, 0.03 * motion.fps)
        matrices[:, JOINT[f"{side}_foot"]] = axis_rotation("X", -bend)
    return replace(motion, matrices=matrices)


def _swing_progress(swings: Mask, fps: float) -> Array:
    """Progress (T,) of a mask of swings; one at an end of the clip is a part of a typical one."""
    runs = find_runs(swings)
    whole = [end - first for first, end in runs if first > 0 and end < len(swings)]
    typical = float(np.median(whole)) if whole else _TYPICAL_SWING * fps
    progress = np.zeros(len(swings))
    for first, end in runs:
        starts, stops = float(first), float(end)
        if first == 0:
            starts = min(starts, end - typical)
        elif end == len(swings):
            stops = max(stops, first + typical)
        frames = np.arange(first, end)
        progress[frames] = (frames + 0.5 - starts) / (stops - starts)
    return progress


def _speed(track: Array, fps: float) -> Array:
    """Horizontal speed (T,) of a track (T, 3)."""
    return np.linalg.norm(np.gradient(track[:, :2], axis=0), axis=1) * fps
