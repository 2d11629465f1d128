"""Kinds of motion given as tables of key poses and captions."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from ..body.base_clips import BaseClips, mirror_motion
from ..body.limbs import SIDES
from ..catalogue import AuthoredClip, authored
from ..wording import COUNT_WORDS, write_captions
from .key_pose_playback import play_key_poses
from .key_poses import REST, Feet, Foot, Hand, Hands, KeyPose

_TEMPO_SPREAD = 0.13
"""Spread of the logarithm of a move's tempo."""
_QUICK, _SLOW = 0.84, 1.19
"""Durations relative to the usual one at which a caption tells the pace."""
_ANGLE_SPREAD, _HAND_SPREAD = 0.07, 0.012
"""Spread of angles relative to their size, and of hands in metres."""
_ANGLES = ("turn", "hinge", "lean", "twist", "bend", "side", "dip")


@dataclass(frozen=True)
class Move:
    """A kind of motion by key poses, of a right-handed person."""

    name: str
    action: str
    captions: tuple[str, ...]
    """Templates with the fields *side* (the right one here), *other*, *times* and *pace*; the
    last two may be empty."""
    stroke: tuple[KeyPose, ...]
    """What is repeated."""
    ready: tuple[KeyPose, ...] = ()
    """What comes before the first stroke."""
    after: tuple[KeyPose, ...] = ()
    """What comes after the last stroke."""
    counts: tuple[int, ...] = (1,)
    """How often the stroke may be done."""
    home: float = 0.8
    """Seconds of the way back to where the body stood."""
    two_handed: bool = False
    """See `play_key_poses`."""
    weight: float = 1.0
    may_slide: bool = False


def register_moves(group: str, moves: Sequence[Move]) -> None:
    """Register each move as a kind of a group."""
    for move in moves:

        def author_moves_clip(
            rng: np.random.Generator, base_clips: BaseClips, move: Move = move
        ) -> AuthoredClip:
            return draw_move(move, rng, base_clips)

        authored(
            move.name,
            group=group,
            action=move.action,
            weight=move.weight,
            may_slide=move.may_slide,
        )(author_moves_clip)


def draw_move(move: Move, rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Return a performance with its own tempo, size, side and count."""
    tempo = float(np.exp(np.clip(_TEMPO_SPREAD * rng.standard_normal(), -0.3, 0.3)))
    count = int(rng.choice(move.counts))
    poses = list(move.ready)
    for _ in range(count):
        poses += move.stroke
    poses += move.after
    size = 1.0 + _ANGLE_SPREAD * float(rng.standard_normal())
    poses = [vary_pose(pose, rng, tempo, size) for pose in poses]
    start, tail = rng.uniform(0.15, 0.6), rng.uniform(0.3, 0.7)
    home = move.home * tempo * rng.uniform(0.9, 1.2)
    seconds = start + sum(pose.after for pose in poses) + home + tail
    base = base_clips.draw_stand(rng, seconds)
    motion = play_key_poses(base, poses, rng, start=start, home=home, two_handed=move.two_handed)
    side, other = SIDES[1], SIDES[0]
    if rng.uniform() < 0.5:
        motion, side, other = mirror_motion(motion), other, side
    pace = "quickly" if tempo < _QUICK else "slowly" if tempo > _SLOW else ""
    words = COUNT_WORDS[count] if count > 1 else ("",)
    captions = write_captions(
        move.captions,
        rng,
        side=side,
        other=other,
        times=words[rng.integers(len(words))],
        pace=pace,
    )
    return AuthoredClip(motion, captions)


def vary_pose(pose: KeyPose, rng: np.random.Generator, tempo: float, size: float) -> KeyPose:
    """Return the pose as another person does it.

    Args:
        tempo: Factor of durations.
        size: Factor of angles.
    """
    changes = {
        name: value * size * float(1.0 + 0.5 * _ANGLE_SPREAD * rng.standard_normal())
        for name in _ANGLES
        if (value := getattr(pose, name)) is not None
    }
    for side in SIDES:
        hand = getattr(pose, side)
        if hand is not None and hand != REST:
            places = np.array(hand[:3]) + _HAND_SPREAD * rng.standard_normal(3)
            changes[side] = hand._replace(
                **dict(zip(("out", "up", "forward"), map(float, places), strict=True))
            )
    after = pose.after * tempo * float(np.exp(0.04 * rng.standard_normal()))
    return replace(pose, after=after, **changes)


def grip(
    left: float,
    up: float,
    forward: float,
    *,
    apart: float = 0.035,
    right_elbow: tuple[float, float, float] = (0.5, -1.0, -0.1),
    left_elbow: tuple[float, float, float] = (0.5, -1.0, -0.1),
) -> Hands:
    """Return both hands at one place of the chest frame, the right one lower, as on a shaft."""
    return {
        "right": Hand(-left, up - apart, forward, right_elbow),
        "left": Hand(left, up + apart, forward, left_elbow),
    }


def hold_ball(
    up: float,
    forward: float,
    *,
    out: float = 0.1,
    elbow: tuple[float, float, float] = (0.7, -1.0, -0.2),
    fingers: tuple[float, float, float] = (-0.1, 0.6, 1.0),
    palm: tuple[float, float, float] = (-1.0, 0.0, 0.0),
) -> Hands:
    """Return both hands with something between them, in the middle of the chest frame."""
    hand = Hand(out, up, forward, elbow, fingers=fingers, palm=palm)
    return {"right": hand, "left": hand}


def mirror_pose(pose: KeyPose) -> KeyPose:
    """Return the key pose with left and right exchanged."""
    swapped = {field.name: getattr(pose, field.name) for field in fields(pose)}
    for name in ("turn", "lean", "twist", "side", "look"):
        if swapped[name] is not None:
            swapped[name] = -swapped[name]
    if pose.weight is not None:
        swapped["weight"] = 1.0 - pose.weight
    swapped |= {"right": pose.left, "left": pose.right}
    swapped |= {"right_foot": pose.left_foot, "left_foot": pose.right_foot}
    return KeyPose(**swapped)


STANCE_FEET: Feet = {
    "left_foot": Foot(out=0.03, forward=0.13, yaw=0.1),
    "right_foot": Foot(out=0.06, forward=-0.17, yaw=0.55),
}
"""Feet of somebody ready to act with the right hand: the left foot leads."""
