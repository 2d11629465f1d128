"""Captures to edit: stretches of a motion set in which a person stands, walks, runs or sits."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass

import numpy as np

from ...data.motion_set import JOINT_COUNT, MocapClip
from ...kinematics.body.skeleton import MIRRORED_JOINTS, SMPL
from ...kinematics.math.rotations import Array, axis_angle_to_matrix
from ...kinematics.math.signals import find_runs
from .limbs import plant_feet
from .motion import (
    JOINT,
    STANDING_HEIGHT,
    AuthoredMotion,
    bend_trunk,
    blend_rotations,
    move_root,
    standing_motion,
    tip_pelvis,
    turn_head,
)
from .timing import drift

FPS = 60.0
"""Frame rate of authored motion; captures of a higher rate are thinned to it."""
_SEARCH_FPS = 20.0
"""Frame rate at which stretches are looked for."""
_MIN_SECONDS = 2.0
"""Length in seconds below which a stretch is no base."""
_MIN_CAPTIONED, _MAX_CAPTIONED = 1.0, 5.5
"""Seconds of captures that are one action with captions."""
_MIN_FPS = 50.0
"""Frame rate of captures that are joined with others."""
_STILL_SPEED, _STILL_WRIST_SPEED = 0.2, 0.35
"""m/s below which hips and wrists are still."""
_LOW_WRIST = -0.22
"""Metres from shoulders to wrists of hanging arms."""
_MIN_RUN_STEPS = 1.1
"""Seconds of a run that hold a stride: most captured runs are shorter than other bases."""
_GAIT_SPEEDS = {"walk": (0.6, 1.9), "run": (1.9, 6.0)}
"""m/s of the hips."""
_STANDING_ANKLE, _SEATED_ANKLE = 0.14, 0.2
"""Metres above the floor below which both ankles are down."""
_SEAT_HEIGHTS = (0.3, 0.72)
"""Metres of the pelvis joint above the floor while somebody sits on a chair."""


class NoBaseClipError(LookupError):
    """The motion set holds no stretch of the wanted kind."""


@dataclass(frozen=True)
class _Stretch:
    clip: MocapClip
    start: float
    """Seconds from the first frame of the clip, like `end`."""
    end: float


@dataclass(frozen=True)
class _Features:
    """Measures that tell the kinds apart, at (T,) frames of a clip."""

    hip_speed: Array
    wrist_speed: Array
    wrist_height: Array
    """Metres of the higher wrist above the shoulders' centre."""
    hip_height: Array
    upright: Array
    """Cosine between the trunk and the vertical."""
    facing: Array
    """Cosine between the hips' velocity and the heading."""
    ankle_height: Array
    """Metres of the higher ankle above the floor."""


class BaseClips:
    """Stretches of captures by what the body does in them; a random one is drawn of each."""

    def __init__(self, clips: Iterable[MocapClip]) -> None:
        clips = list(clips)
        found: dict[str, list[_Stretch]] = {name: [] for name in _CHECKS}
        for clip in clips:
            features = _measure(clip)
            for name, check in _CHECKS.items():
                if name in _ACTIONS and clip.action not in _ACTIONS[name]:
                    continue
                for first, end in find_runs(check(features)):
                    shortest = _MIN_RUN_STEPS if name == "run_steps" else _MIN_SECONDS
                    if end - first > shortest * _SEARCH_FPS:
                        found[name].append(
                            _Stretch(clip, first / _SEARCH_FPS, (end - 1) / _SEARCH_FPS)
                        )
        self._stretches = found
        self._captioned = [
            (_Stretch(clip, start, end), texts)
            for clip in clips
            for (start, end), texts in _captioned_stretches(clip)
        ]

    def stands_only(self) -> "BaseClips":
        """Return the same with nobody who walks, runs or sits."""
        other = copy(self)
        other._stretches = {
            name: found if name == "stand" else [] for name, found in self._stretches.items()
        }
        return other

    def draw_captioned(self, rng: np.random.Generator) -> tuple[AuthoredMotion, tuple[str, ...]]:
        """Return a random short capture as a whole, with the captions written for it.

        Raises:
            NoBaseClipError: no capture of a few seconds has captions.
        """
        if not self._captioned:
            raise NoBaseClipError("The motion set has no short capture with captions.")
        stretch, texts = self._captioned[rng.integers(len(self._captioned))]
        motion = _motion_of_clip(stretch.clip, stretch.start, stretch.end)
        return motion.align_to_origin(), texts

    def count(self, name: str) -> int:
        """Return the number of stretches of a kind, such as "walk"; see `draw`."""
        return len(self._stretches[name])

    def draw(self, name: str, rng: np.random.Generator, seconds: float) -> AuthoredMotion:
        """Return a random stretch of at most `seconds`, from the origin, mirrored half the time.

        Args:
            name: "stand", "walk", "run", "sit", or "run_steps": shorter runs, for `gait_cycles`.

        Raises:
            NoBaseClipError: there is none of this kind.
        """
        stretches = [s for s in self._stretches[name] if s.end - s.start >= seconds]
        stretches = stretches or self._stretches[name]
        if not stretches:
            raise NoBaseClipError(f"The motion set has no stretch in which a person {name}s.")
        stretch = stretches[rng.integers(len(stretches))]
        room = max(stretch.end - stretch.start - seconds, 0.0)
        start = stretch.start + rng.uniform(0.0, room)
        motion = _motion_of_clip(stretch.clip, start, min(start + seconds, stretch.end))
        if rng.uniform() < 0.5:
            motion = mirror_motion(motion)
        return motion.align_to_origin()

    def draw_stand(self, rng: np.random.Generator, seconds: float) -> AuthoredMotion:
        """Return somebody who stands with hanging arms: a capture, or a captured pose that sways.

        A pose is held where no capture is long enough, and half the time otherwise.
        """
        longest = max((s.end - s.start for s in self._stretches["stand"]), default=0.0)
        if longest >= seconds and rng.uniform() < 0.5:
            return self.draw("stand", rng, seconds)
        if not longest:
            return hold_pose(standing_motion(0.0, FPS), rng, seconds)
        return hold_pose(self.draw("stand", rng, _MIN_SECONDS), rng, seconds)


def _captioned_stretches(
    clip: MocapClip,
) -> Iterable[tuple[tuple[float, float], tuple[str, ...]]]:
    """Yield the times in seconds that captions describe, and those captions."""
    texts: dict[tuple[float, float], list[str]] = {}
    for caption in clip.captions:
        end = min(caption.end, (len(clip) - 1) / clip.fps)
        if _MIN_CAPTIONED < end - caption.start < _MAX_CAPTIONED and clip.fps > _MIN_FPS:
            texts.setdefault((caption.start, end), []).append(caption.text)
    return [(times, tuple(found)) for times, found in texts.items()]


def hold_pose(motion: AuthoredMotion, rng: np.random.Generator, seconds: float) -> AuthoredMotion:
    """Return the first pose of a motion, held for `seconds` with the sway of a living body."""
    frames = round(seconds * FPS) + 1
    held = AuthoredMotion(
        np.repeat(motion.matrices[:1], frames, axis=0),
        np.repeat(motion.root[:1], frames, axis=0),
        FPS,
    )
    return add_sway(held, rng)


def add_sway(
    motion: AuthoredMotion, rng: np.random.Generator, amount: float = 1.0
) -> AuthoredMotion:
    """Add breathing, small shifts of weight and glances to a motion that stays in place."""
    times = motion.times
    tracks = drift(rng, times, 6)
    breath = np.sin(2 * np.pi * (times / rng.uniform(3.2, 4.6) + rng.uniform()))
    offset = amount * np.stack([0.008 * tracks[:, 0], 0.006 * tracks[:, 1], 0 * times], axis=1)
    swayed = move_root(motion, offset)
    swayed = tip_pelvis(swayed, lean=amount * 0.008 * tracks[:, 0])
    swayed = bend_trunk(
        swayed, amount * (0.012 * breath + 0.01 * tracks[:, 2]), 0.0, amount * 0.015 * tracks[:, 3]
    )
    swayed = turn_head(swayed, amount * 0.03 * tracks[:, 4], 0.0, amount * 0.05 * tracks[:, 5])
    return plant_feet(swayed, motion)


def mirror_motion(motion: AuthoredMotion) -> AuthoredMotion:
    """Exchange left and right: x to -x."""
    flip = np.array([-1.0, 1.0, 1.0])
    matrices = motion.matrices[:, list(MIRRORED_JOINTS)] * np.outer(flip, flip)
    return AuthoredMotion(matrices, motion.root * flip, motion.fps)


def _motion_of_clip(clip: MocapClip, start: float, end: float, fps: float = FPS) -> AuthoredMotion:
    """Return the frames between two times in seconds, at `fps`."""
    stride = max(round(clip.fps / fps), 1)
    frames = slice(round(start * clip.fps), round(end * clip.fps) + 1, stride)
    poses = clip.poses[frames].astype(float)
    matrices = np.tile(np.eye(3), (len(poses), len(SMPL), 1, 1))
    matrices[:, :JOINT_COUNT] = axis_angle_to_matrix(poses.reshape(len(poses), JOINT_COUNT, 3))
    root = clip.trans[frames].astype(float) + SMPL.offsets[0]
    return resample_motion(AuthoredMotion(matrices, root, clip.fps / stride), fps)


def resample_motion(motion: AuthoredMotion, fps: float, speed: float = 1.0) -> AuthoredMotion:
    """Return the motion at another frame rate, played at `speed`."""
    if motion.fps == fps and speed == 1.0:
        return motion
    frames = int(np.floor(motion.length_seconds / speed * fps + 1e-6)) + 1
    position = np.minimum(np.arange(frames) / fps * speed * motion.fps, len(motion) - 1)
    return sample_motion(motion, position, fps)


def sample_motion(motion: AuthoredMotion, position: Array, fps: float) -> AuthoredMotion:
    """Return the poses at fractional frames (N,), to be played at `fps`."""
    first = np.minimum(position.astype(int), max(len(motion) - 2, 0))
    second = np.minimum(first + 1, len(motion) - 1)
    weight = position - first
    matrices = blend_rotations(motion.matrices[first], motion.matrices[second], weight)
    root = motion.root[first] + weight[:, None] * (motion.root[second] - motion.root[first])
    return AuthoredMotion(matrices, root, fps)


def _measure(clip: MocapClip) -> _Features:
    motion = _motion_of_clip(clip, 0.0, len(clip) / clip.fps, _SEARCH_FPS)
    positions, _ = motion.kinematics()
    hips, wrists = positions[:, 0], positions[:, [JOINT["left_wrist"], JOINT["right_wrist"]]]
    shoulders = positions[:, [JOINT["left_shoulder"], JOINT["right_shoulder"]]].mean(axis=1)
    step = round(_SEARCH_FPS / 10)
    velocity = _differences(hips, step) * _SEARCH_FPS / step
    relative = _differences(wrists - shoulders[:, None], step) * _SEARCH_FPS / step
    trunk = positions[:, JOINT["neck"]] - hips
    heading = motion.headings
    facing = np.stack([np.sin(heading), -np.cos(heading)], axis=1)
    speed = np.linalg.norm(velocity[:, :2], axis=1)
    return _Features(
        hip_speed=speed,
        wrist_speed=np.linalg.norm(relative, axis=2).max(axis=1),
        wrist_height=(wrists[..., 2] - shoulders[:, None, 2]).max(axis=1),
        hip_height=hips[:, 2],
        upright=trunk[:, 2] / np.linalg.norm(trunk, axis=1),
        ankle_height=positions[:, [JOINT["left_ankle"], JOINT["right_ankle"]], 2].max(axis=1),
        facing=np.einsum("ti,ti->t", velocity[:, :2], facing) / np.maximum(speed, 1e-6),
    )


def _differences(track: Array, step: int) -> Array:
    """Central differences over `step` frames, of as many frames."""
    if len(track) <= step:
        return np.zeros_like(track)
    inner = track[step:] - track[:-step]
    before = step // 2
    return np.concatenate(
        [np.repeat(inner[:1], before, axis=0), inner, np.repeat(inner[-1:], step - before, axis=0)]
    )


def _stands(f: _Features) -> np.ndarray:
    return (
        (f.hip_speed < _STILL_SPEED)
        & (f.wrist_speed < _STILL_WRIST_SPEED)
        & (f.wrist_height < _LOW_WRIST)
        & (f.hip_height > 0.88 * STANDING_HEIGHT)
        & (f.upright > 0.95)
        & (f.ankle_height < _STANDING_ANKLE)
    )


def _sits(f: _Features) -> np.ndarray:
    low, high = _SEAT_HEIGHTS
    return (
        (f.hip_speed < _STILL_SPEED)
        & (f.hip_height > low)
        & (f.hip_height < high)
        & (f.upright > 0.85)
        & (f.wrist_height < -0.1)
        & (f.ankle_height < _SEATED_ANKLE)
    )


def _goes(name: str) -> Callable[[_Features], np.ndarray]:
    slow, fast = _GAIT_SPEEDS[name]

    def check(f: _Features) -> np.ndarray:
        return (
            (f.hip_speed > slow)
            & (f.hip_speed < fast)
            & (f.facing > 0.85)
            & (f.wrist_height < 0.05)
            & (f.hip_height > 0.85 * STANDING_HEIGHT)
            & (f.upright > 0.85)
        )

    return check


_CHECKS = {
    "stand": _stands,
    "walk": _goes("walk"),
    "run": _goes("run"),
    "run_steps": _goes("run"),
    "sit": _sits,
}
_ACTIONS = {
    "walk": ("walk",),
    "run": ("run",),
    "run_steps": ("run",),
    "sit": ("sit", "talk", "gesture", "drink", "idle"),
}
"""Labels of clips in which a kind is looked for; any where it is not named."""
