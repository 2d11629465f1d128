"""Gestures over somebody who stands, walks or sits, from tables of key poses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...kinematics.body.skeleton import BODY_TO_WORLD
from ...kinematics.math.rotations import Array, axis_rotation, normalize
from ..body.base_clips import BaseClips, hold_pose
from ..body.limbs import SHOULDER_CENTER, SIDES, SIGN, ArmGoal, plant_feet, reach
from ..body.motion import (
    JOINT,
    AuthoredMotion,
    bend_trunk,
    move_root,
    overlay,
    turn_head,
)
from ..body.timing import Key, drift, key_track
from ..catalogue import AuthoredClip, authored
from ..wording import COUNT_WORDS, write_captions
from .gesture_specs import ArmPose, Gesture, Range, Step


@dataclass(frozen=True)
class _Stay:
    """A step with its place in time, in seconds."""

    step: Step
    start: float
    end: float

    @property
    def times(self) -> tuple[float, ...]:
        """One time, or two where the pose is held."""
        return (self.start,) if self.start == self.end else (self.start, self.end)


_TEMPO_SPREAD = 0.22
"""Standard deviation of the logarithm of a clip's speed."""
_MARKED_TEMPO = 1.28
"""Speed from which, and below whose inverse, captions speak of it."""
_BASE_TEMPLATES = {
    "stand": ("a person {}",),
    "walk": (
        "a person walks and {}",
        "a person {} while walking",
        "a person walks [forward|ahead] and {}",
        "while walking, a person {}",
    ),
    "sit": (
        "a person sits and {}",
        "a person {} while sitting",
        "a person sits on a chair and {}",
        "a seated person {}",
    ),
}
_MIN_SECONDS = 2.0
"""Length of the shortest clip."""
_BEGINNINGS = re.compile(
    r"\b(?:raises|lifts|puts|places|folds|presses|lowers|takes|opens|answers) "
)
"""Verbs of what happens before the part that a crop leaves."""
_STAND_DRAWS = 5
"""Draws of somebody who stands at rest before any stand is taken."""
_HANGING_DROP = 0.42
"""Metres from shoulders down to wrists that hang; hands on the hips are higher."""
_STEP = 0.05
"""Metres that a foot moves in a step."""
_HEAD_LEAD, _TRUNK_LEAD = 0.16, 0.1
"""Seconds by which the eyes, and then the trunk, are ahead of the hand, with the spring's lag."""
_SWAY = 0.35
"""Slow drift of a hand relative to the jitter of its gesture."""
_SWIVEL = 0.08
"""Standard deviation of the direction of an elbow."""
_HAND_LAG = 0.035
"""Seconds by which a hand drags behind its forearm."""
_ARM_LAGS = {"collar": 0.0, "shoulder": 0.0, "elbow": 0.03, "wrist": 0.06}
"""Seconds by which each joint follows the shoulder as an arm rises and falls."""
_ANTICIPATION = 0.12
"""Fraction of the first move of the body by which it goes the opposite direction before."""
_SPRING_RATE, _SPRING_DAMPING = 2 * np.pi * 2.4, 0.62
"""Natural frequency in rad/s and damping ratio of trunk and head, which overshoot a little."""


def register_gestures(group: str, gestures: Sequence[Gesture]) -> None:
    """Register an authored kind for each gesture."""
    for gesture in gestures:

        def author_gestures_clip(
            rng: np.random.Generator, base_clips: BaseClips, gesture: Gesture = gesture
        ) -> AuthoredClip:
            return draw_gesture(gesture, rng, base_clips)

        authored(gesture.name, group=group, action=gesture.action, weight=gesture.weight)(
            author_gestures_clip
        )


def draw_gesture(gesture: Gesture, rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Return a random performance of a gesture with its captions."""
    side = SIDES[rng.integers(2)]
    tempo = float(np.exp(rng.normal(0.0, _TEMPO_SPREAD)))
    repeats = int(rng.integers(gesture.cycles[0], gesture.cycles[1] + 1))
    begin = float(rng.uniform(0.2, 0.7))
    stays = _plan(gesture, rng, begin, repeats, tempo)
    drop = float(rng.uniform(*gesture.drop)) / tempo
    back = stays[-1].end + drop
    length = max(back + rng.uniform(0.25, 0.8), _MIN_SECONDS)
    base, motion = _draw_base(gesture, rng, base_clips, length)
    motion = _perform(motion, side, stays, (begin, back), gesture, rng)
    cropped = rng.uniform() < gesture.within and stays[-1].end - stays[0].start > _MIN_SECONDS
    if cropped:
        motion = motion.crop(stays[0].start, stays[-1].end)
    other = SIDES[1 - SIDES.index(side)]
    fields = {"side": side, "other": other, **_speed_and_count(gesture, rng, tempo, repeats)}
    captions = write_captions(_templates(gesture, base), rng, 8, **fields)
    if cropped:
        captions = tuple(c for c in captions if not _BEGINNINGS.search(c)) or captions[:1]
    return AuthoredClip(motion, captions)


def _perform(
    motion: AuthoredMotion,
    side: str,
    stays: Sequence[_Stay],
    ends: Range,
    gesture: Gesture,
    rng: np.random.Generator,
) -> AuthoredMotion:
    """Move arms, trunk and head of a motion through the steps.

    Args:
        ends: Seconds at which the gesture begins and is over.
    """
    motion = _move_body(motion, side, stays, ends)
    # Both hands vary together, so that they meet where they are to meet.
    offsets = rng.normal(0.0, gesture.step_jitter, (len(stays), 3))
    offsets += rng.normal(0.0, gesture.jitter, 3)
    sway = _SWAY * gesture.jitter * drift(rng, motion.times, 3, 0.9)
    other = SIDES[1 - SIDES.index(side)]
    late = float(rng.uniform(0.0, gesture.delay))
    for arm_side, delay in ((side, 0.0), (other, late)):
        poses = [s.step.arm if arm_side == side else s.step.other for s in stays]
        swivel = rng.normal(0.0, _SWIVEL, 3)
        if any(poses):
            shifted = [replace(s, start=s.start + delay, end=s.end + delay) for s in stays]
            goal = _arm_goal(motion, arm_side, poses, shifted, offsets)
            goal = replace(
                goal, wrist=np.asarray(goal.wrist) + sway, elbow=np.asarray(goal.elbow) + swivel
            )
            reached = reach(motion, arm_side, goal)
            keys = _lift_keys(poses, shifted, (ends[0] + delay, ends[1] + delay))
            for joint, lag in _ARM_LAGS.items():
                weights = key_track(motion.times - lag, keys)
                motion = overlay(motion, reached, (f"{arm_side}_{joint}",), weights)
    return _raise_shoulders(motion, key_track(motion.times, _body_keys(stays, ends))[:, 9])


def _arm_goal(
    motion: AuthoredMotion,
    side: str,
    poses: Sequence[ArmPose | None],
    stays: Sequence[_Stay],
    offsets: Array,
) -> ArmGoal:
    """Return the goal of one arm through the poses, in the chest frame.

    Args:
        offsets: (S, 3) metres by which wrists are away from where the poses have them.
    """
    positions, world = motion.kinematics()
    tracks: list[list[Key]] = [[], [], [], []]
    for stay, pose, offset in zip(stays, poses, offsets, strict=True):
        if pose is None:
            continue
        passing = stay.step.passing and stay.start == stay.end
        for time in stay.times:
            frame = min(round(time * motion.fps), len(motion) - 1)
            vectors = _chest_vectors(pose, side, positions[frame], world[frame])
            vectors[0] += offset
            for keys, vector in zip(tracks, vectors, strict=True):
                keys.append(Key(time, vector, passing))
    wrist, elbow = (key_track(motion.times, tracks[n]) for n in (0, 3))
    fingers, palm = (key_track(motion.times - _HAND_LAG, tracks[n]) for n in (1, 2))
    return ArmGoal(wrist, "chest", elbow, fingers, palm)


def _lift_keys(poses: Sequence[ArmPose | None], stays: Sequence[_Stay], ends: Range) -> list[Key]:
    """Keys of an arm's weight: 1 in a pose, and 0 where it hangs."""
    keys = [
        Key(time, float(pose is not None))
        for stay, pose in zip(stays, poses, strict=True)
        for time in stay.times
    ]
    return [Key(ends[0], 0.0), *keys, Key(ends[1], 0.0)]


def _plan(
    gesture: Gesture, rng: np.random.Generator, begin: float, repeats: int, tempo: float
) -> list[_Stay]:
    """Draw when each step is reached and left."""
    stays: list[_Stay] = []
    time = begin
    for step in (*gesture.raising, *gesture.cycle * repeats, *gesture.lowering):
        time += float(rng.uniform(*step.move)) / tempo
        held = float(rng.uniform(*step.hold))
        stays.append(_Stay(step, time, time + held))
        time += held
    return stays


def _draw_base(
    gesture: Gesture, rng: np.random.Generator, base_clips: BaseClips, seconds: float
) -> tuple[str, AuthoredMotion]:
    """Return what the rest of the body does, and its motion of at least so many seconds."""
    chance = rng.uniform()
    for name, part in gesture.base_chances:
        if 0 <= chance < part and name in gesture.bases and base_clips.count(name):
            motion = base_clips.draw(name, rng, seconds)
            if name == "sit" and motion.length_seconds < seconds:
                motion = hold_pose(motion, rng, seconds)
            if motion.length_seconds >= seconds - 0.05:
                return name, motion
        chance -= part
    motion = base_clips.draw_stand(rng, seconds)
    for _ in range(_STAND_DRAWS):
        if _stands_at_rest(motion):
            break
        motion = base_clips.draw_stand(rng, seconds)
    return "stand", motion


def _stands_at_rest(motion: AuthoredMotion) -> bool:
    """Return whether arms hang and feet are in one place at the start and the end."""
    ends = replace(motion, matrices=motion.matrices[[0, -1]], root=motion.root[[0, -1]])
    positions, _ = ends.kinematics()
    shoulders, wrists, ankles = (
        positions[:, [JOINT[f"{side}_{name}"] for side in SIDES]]
        for name in ("shoulder", "wrist", "ankle")
    )
    hang = np.min(shoulders[..., 2] - wrists[..., 2]) > _HANGING_DROP
    return bool(hang and np.max(np.abs(ankles[1] - ankles[0])) < _STEP)


def _speed_and_count(
    gesture: Gesture, rng: np.random.Generator, tempo: float, repeats: int
) -> dict[str, str]:
    adverb = count = ""
    if gesture.adverbs and max(tempo, 1 / tempo) > _MARKED_TEMPO:
        adverb = gesture.adverbs[int(tempo < 1)]
    if gesture.counted and repeats in COUNT_WORDS:
        count = COUNT_WORDS[repeats][rng.integers(len(COUNT_WORDS[repeats]))]
    return {"speed": adverb, "times": count}


def _templates(gesture: Gesture, base: str) -> list[str]:
    frames = _BASE_TEMPLATES[base]
    templates = [frames[0].format(gesture.predicates[0] + " [<times>]")]
    templates += [
        frame.format(predicate + " [<speed>] [<times>]")
        for predicate in gesture.predicates
        for frame in frames
    ]
    if base == "stand":
        templates += [f"{phrase} [<speed>] [<times>]" for phrase in gesture.phrases]
    return templates


def _move_body(
    motion: AuthoredMotion, side: str, stays: Sequence[_Stay], ends: Range
) -> AuthoredMotion:
    """Bend trunk and head, and shift the pelvis over planted feet, as the steps say."""
    keys = _body_keys(stays, ends)
    mirror = np.array([1.0, SIGN[side], SIGN[side]])
    before = motion
    trunk = _follow(key_track(motion.times + _TRUNK_LEAD, keys), motion.fps)
    head = _follow(key_track(motion.times + _HEAD_LEAD, keys), motion.fps)
    motion = bend_trunk(motion, *(trunk[:, :3] * mirror).T)
    motion = turn_head(motion, *(head[:, 3:6] * mirror).T)
    if not any(any(stay.step.shift) for stay in stays):
        return motion
    motion = move_root(motion, trunk[:, 6:9] * [SIGN[side], 1.0, 1.0])
    return plant_feet(motion, before)


def _body_keys(stays: Sequence[_Stay], ends: Range) -> list[Key]:
    """Keys of trunk, head, shift and shrug (10,), with an anticipation of the first step."""
    values = [
        np.array([*s.step.trunk, *s.step.head, *s.step.shift, s.step.shrug], dtype=float)
        for s in stays
    ]
    before = -_ANTICIPATION * values[0] * np.array([1.0] * 3 + [0.0] * 3 + [1.0] * 4)
    wind_up = ends[0] + 0.3 * (stays[0].start - ends[0])
    keys = [Key(ends[0] - 0.15, 0.0 * before), Key(wind_up, before)]
    for stay, value in zip(stays, values, strict=True):
        keys += [Key(time, value) for time in stay.times]
    return [*keys, Key(ends[1] + 0.15, 0.0 * before)]


def _follow(track: Array, fps: float) -> Array:
    """Return the response of a damped spring to a track (T, ...): it lags and overshoots."""
    out = np.empty_like(track)
    value, velocity = track[0].copy(), np.zeros_like(track[0])
    for frame, target in enumerate(track):
        force = _SPRING_RATE**2 * (target - value) - 2 * _SPRING_DAMPING * _SPRING_RATE * velocity
        velocity = velocity + force / fps
        value = value + velocity / fps
        out[frame] = value
    return out


def _raise_shoulders(motion: AuthoredMotion, angle: Array) -> AuthoredMotion:
    """Raise both collars by radians (T,), with the arms turned as before."""
    if not angle.any():
        return motion
    matrices = motion.matrices.copy()
    for side in SIDES:
        turn = axis_rotation("Z", SIGN[side] * angle)
        collar, shoulder = JOINT[f"{side}_collar"], JOINT[f"{side}_shoulder"]
        matrices[:, collar] = matrices[:, collar] @ turn
        matrices[:, shoulder] = turn.transpose(0, 2, 1) @ matrices[:, shoulder]
    return replace(motion, matrices=matrices)


def _chest_vectors(pose: ArmPose, side: str, positions: Array, world: Array) -> list[Array]:
    """Wrist, fingers, palm and elbow of a pose in the chest frame of one frame of the motion.

    Args:
        positions: (24, 3) joints, and `world` (24, 3, 3) their rotations.
    """
    chest = world[JOINT["spine3"]]
    center = origin = positions[JOINT["spine3"]] + chest @ SHOULDER_CENTER
    axes = chest
    if pose.frame == "upright":
        axes = _upright(chest)
    elif pose.frame != "chest":
        axes, origin = world[JOINT[pose.frame]], positions[JOINT[pose.frame]]
    outward = np.array([SIGN[side], 1.0, 1.0])
    wrist = chest.T @ (origin + axes @ (pose.wrist * outward) - center)
    directions = [normalize(chest.T @ (axes @ (v * outward))) for v in (pose.fingers, pose.palm)]
    return [wrist, *directions, np.asarray(pose.elbow)]


def _upright(rotation: Array) -> Array:
    """Rotation (3, 3) that faces as that of a joint does, with y vertical."""
    left, forward = rotation[:, 0], rotation[:, 2]
    yaw = np.arctan2(forward[0] + left[1], left[0] - forward[1])
    return axis_rotation("Z", yaw) @ BODY_TO_WORLD
