"""Reaches to the floor by somebody who stays on the feet: pick up, put down, touch the toes."""

from typing import NamedTuple

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN, ArmGoal, reach
from ...body.motion import JOINT, AuthoredMotion
from ...body.timing import Key, key_track
from ...catalogue import AuthoredClip, authored
from ...draws import count_phrase, draw_count, draw_tempo
from ...gestures.posing import Pose, PoseKey, hang_arms, pose_body
from ...wording import write_captions

_GROUP = "floor_reaches"
_WRIST_HEIGHT = 0.13
"""Metres above the floor of a wrist whose fingers touch it."""


class _Grasp(NamedTuple):
    """A motion that brings something up from the floor."""

    motion: AuthoredMotion
    side: str
    """"left", "right" or "both"."""
    tempo: str


def _draw_grasp(rng: np.random.Generator, base_clips: BaseClips, side: str) -> _Grasp:
    """Bend the knees or the hips, grasp something in front, and come up with it in the hand."""
    tempo = draw_tempo(rng)
    start, there = rng.uniform(0.4, 0.8), rng.uniform(0.85, 1.1) * tempo.duration
    grasped, up = rng.uniform(0.2, 0.45), rng.uniform(0.9, 1.2) * tempo.duration
    low, end = start + there, start + there + grasped + up
    sideways = 0.0 if side == "both" else SIGN[side] * rng.uniform(0.08, 0.24)
    if rng.uniform() < 0.5:
        pose = Pose(rng.uniform(0.42, 0.5), -0.04, tip=0.9, bend=0.72)
    else:
        pose = Pose(rng.uniform(0.14, 0.26), -0.02, tip=1.4, bend=0.8)
    # The trunk turns and leans so that the shoulder comes down on the side of the hand.
    pose = pose._replace(
        lean=0.5 * sideways, twist=-0.9 * sideways, head_bend=-0.35, side=0.1 * sideways
    )
    glance = Pose(head_bend=0.35, bend=0.03, head_twist=0.6 * sideways)
    keys = [
        PoseKey(start - 0.3),
        PoseKey(start, glance),
        PoseKey(low, pose),
        PoseKey(low + grasped, pose),
        PoseKey(end - 0.1, Pose(bend=0.04, head_bend=0.3)),
        PoseKey(end + 0.5),
    ]
    base = base_clips.draw_stand(rng, end + rng.uniform(0.9, 1.4))
    motion = hang_arms(pose_body(base, keys, balance=0.9), base, 0.85)
    forward = rng.uniform(0.3, 0.4)
    for arm in SIDES if side == "both" else (side,):
        across = SIGN[arm] * rng.uniform(0.13, 0.19) if side == "both" else sideways
        floor = np.array([across, -forward, _WRIST_HEIGHT])
        carried = np.array([across, -0.3, rng.uniform(1.02, 1.14)])
        wrist = [Key(low, floor), Key(low + grasped, floor), Key(end, carried)]
        weights = [Key(start + 0.15 * there, 0.0), Key(low, 1.0)]
        lowered = side != "both" and rng.uniform() < 0.4
        if lowered:
            weights += [Key(end - 0.2, 1.0), Key(end + 0.6, 0.0)]
        goal = ArmGoal(
            _from_start(base, key_track(base.times, wrist)), frame="world", elbow=(0.6, -0.8, -0.7)
        )
        motion = reach(motion, arm, goal, key_track(base.times, weights))
    return _Grasp(motion, side, tempo.word)


def _from_start(base: AuthoredMotion, points: np.ndarray) -> np.ndarray:
    """Transform points (T, 3) from the heading frame of the first frame to the world."""
    heading = base.headings[0]
    x = np.cos(heading) * points[:, 0] - np.sin(heading) * points[:, 1]
    y = np.sin(heading) * points[:, 0] + np.cos(heading) * points[:, 1]
    return np.stack([x, y, points[:, 2]], axis=1) + base.root[0] * [1.0, 1.0, 0.0]


_HANDS = {"left": "the left hand", "right": "the right hand", "both": "both hands"}


@authored("pick_up", group=_GROUP, action="pick_up", weight=2.0)
def pick_up(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Bend down and pick something up with one hand."""
    grasp = _draw_grasp(rng, base_clips, SIDES[rng.integers(2)])
    templates = (
        "a person picks something up",
        "a person bends down and picks something up [with <hands>] [<speed>]",
        "a person picks {something|an object|a thing} up {from|off} the {floor|ground} "
        "[with <hands>]",
        "a person {reaches|bends} down to the {floor|ground} and {picks up|grabs} "
        "{something|a coin}",
        "a person {crouches|bends over|stoops} and {lifts|takes} something {from|off} the floor",
        "a person is picking something up from the {floor|ground} [with <hands>]",
        "picking something up [from the floor]",
        "pick {it|something} up [with <hands>]",
    )
    captions = write_captions(templates, rng, hands=_HANDS[grasp.side], speed=grasp.tempo)
    return AuthoredClip(grasp.motion, captions)


@authored("lift_box", group=_GROUP, action="pick_up")
def lift_box(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Bend down and lift a box with both hands."""
    grasp = _draw_grasp(rng, base_clips, "both")
    templates = (
        "a person picks up a box",
        "a person {lifts|picks up} a {box|crate|basket} [from the {floor|ground}] with both hands",
        "a person bends down and {lifts|picks up} {a box|something heavy|something} [<speed>]",
        "a person picks something up with both hands",
        "a person is {lifting|picking up} a box",
        "lifting a box",
        "{lift|pick up} the box",
    )
    return AuthoredClip(grasp.motion, write_captions(templates, rng, speed=grasp.tempo))


@authored("put_down", group=_GROUP, action="put_down", weight=1.5)
def put_down(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Bend down and put something on the floor: the way up, backwards."""
    side = ("left", "right", "both")[rng.integers(3)]
    grasp = _draw_grasp(rng, base_clips, side)
    templates = (
        "a person puts something down",
        "a person puts {something|an object} {down|on the floor|on the ground} with <hands>",
        "a person bends down and {puts|places|sets} something on the {floor|ground} [<speed>]",
        "a person {places|lays|sets} {something|an object} [down] on the {floor|ground}",
        "a person {lowers|sets} something to the {floor|ground} [with <hands>]",
        "a person is putting something down",
        "putting something down",
        "put it down [with <hands>]",
    )
    captions = write_captions(templates, rng, hands=_HANDS[side], speed=grasp.tempo)
    return AuthoredClip(grasp.motion.reversed(), captions)


@authored("touch_toes", group=_GROUP, action="stretch", weight=1.5)
def touch_toes(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Bend over with nearly straight legs until the hands are at the toes."""
    count = draw_count(rng, 3, (0.55, 0.25, 0.2))
    tempo = draw_tempo(rng, slowest=2.4 / count)
    pose = Pose(rng.uniform(0.05, 0.12), 0.01, tip=1.5, bend=0.95, head_bend=0.25)
    time = rng.uniform(0.4, 0.8)
    keys, weights = [PoseKey(time)], [Key(time, 0.0)]
    held = rng.uniform(0.5, 1.6) if count == 1 else rng.uniform(0.1, 0.3)
    for number in range(count):
        last = number == count - 1
        for scale, weight, seconds in (
            (1.0, 1.0, rng.uniform(0.9, 1.15) * tempo.duration),
            (1.03, 1.0, held),
            (0.0 if last else 0.08, 0.0, rng.uniform(0.95, 1.2) * tempo.duration),
        ):
            time += seconds
            keys.append(PoseKey(time, pose.scaled(scale)))
            weights.append(Key(time, weight))
    base = base_clips.draw_stand(rng, time + rng.uniform(0.6, 1.0))
    motion = hang_arms(pose_body(base, keys), base, 0.9)
    positions, _ = motion.kinematics()
    for side in SIDES:
        toe = positions[:, JOINT[f"{side}_foot"]]
        goal = ArmGoal(toe + np.array([0.0, 0.0, 0.11]), frame="world", elbow=(0.8, 0.1, -0.5))
        motion = reach(motion, side, goal, key_track(base.times, weights))
    templates = (
        "a person touches their toes <times>",
        "a person {bends|leans} {down|over|forward} and touches {the|their} {toes|feet} "
        "<times> [<speed>]",
        "a person {bends|folds} forward [with straight legs] {until the hands reach|to touch} "
        "the {toes|feet} <times>",
        "a person {reaches|stretches} down to {the|their} {toes|feet} <times>",
        "a person {does|performs} {toe touches|a forward bend}",
        "a person is touching {the|their} toes",
        "toe touches" if count > 1 else "a toe touch",
        "touch your toes <times>",
    )
    captions = write_captions(templates, rng, times=count_phrase(rng, count), speed=tempo.word)
    return AuthoredClip(motion, captions)
