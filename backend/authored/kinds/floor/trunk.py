"""Movements of the trunk over standing feet: bows, leans, twists, stretches, deep breaths."""

from dataclasses import dataclass

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN, ArmGoal, goal_for, reach
from ...body.motion import AuthoredMotion
from ...body.timing import Key, key_track, minimum_jerk
from ...catalogue import AuthoredClip, authored
from ...draws import count_phrase, draw_count, draw_tempo
from ...gestures.posing import Pose, PoseKey, arm_along, hang_arms, pose_body, side_pose
from ...wording import write_captions

_GROUP = "trunk"


@authored("bow", group=_GROUP, action="bow", weight=2.0)
def bow(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Bow from the hips, slightly or deeply, once or a few times."""
    tempo, count = draw_tempo(rng), draw_count(rng, 3, (0.7, 0.2, 0.1))
    depth = rng.uniform(0.45, 1.25)
    pose = Pose(0.015, 0.0, 0.0, tip=0.68 * depth, bend=0.32 * depth, head_bend=0.12 * depth)
    time = rng.uniform(0.4, 0.8)
    keys = [PoseKey(time)]
    for number in range(count):
        amount = 1.0 - 0.08 * number * rng.uniform()
        time += rng.uniform(0.6, 0.85) * tempo.duration
        keys.append(PoseKey(time, pose.scaled(amount)))
        time += rng.uniform(0.3, 0.9) * (1.0 if count == 1 else 0.4)
        keys.append(PoseKey(time, pose.scaled(amount * 1.02)))
        time += rng.uniform(0.75, 1.0) * tempo.duration
        keys.append(PoseKey(time, pose.scaled(0.0 if number == count - 1 else 0.08)))
    base = base_clips.draw_stand(rng, time + rng.uniform(0.5, 0.9))
    motion = hang_arms(pose_body(base, keys), base, rng.uniform(0.2, 0.75))
    word = "deeply" if depth > 1.0 else "slightly" if depth < 0.6 else ""
    templates = (
        "a person bows <depth> <times>",
        "a person {bows|takes a bow} <times>",
        "a person bows <speed> <depth>",
        "a person {bends|bows} forward from the {hips|waist} {in a bow|to greet someone|} <times>",
        "a person {greets|thanks} {someone|the audience} with a <adjective> bow",
        "a person is bowing <depth>",
        "a <adjective> bow",
        "bow <depth> <times>",
    )
    adjective = {"deeply": "deep", "slightly": "small", "": ""}[word]
    captions = write_captions(
        templates,
        rng,
        times=count_phrase(rng, count),
        depth=word,
        adjective=adjective,
        speed=tempo.word,
    )
    return AuthoredClip(motion, captions)


@dataclass(frozen=True)
class _Lean:
    """A direction to lean in, with its wordings; to the left where there is a side."""

    name: str
    pose: Pose
    templates: tuple[str, ...]


_LEANS = (
    _Lean(
        "lean_to_side",
        Pose(down=0.03, side=0.07, pelvis_lean=0.1, lean=0.42, head_lean=-0.1),
        (
            "a person leans to the <side>",
            "a person leans [over] to {the|their} <side> {and comes back|} [<speed>]",
            "a person {bends|tilts|inclines} {the|their} {trunk|upper body} to the <side>",
            "a person {bends|leans} sideways to the <side>",
            "a person is leaning to the <side>",
            "a lean to the <side>",
            "lean <side>",
        ),
    ),
    _Lean(
        "lean_forward",
        Pose(down=0.02, back=-0.04, tip=0.3, bend=0.3, head_bend=-0.3),
        (
            "a person leans forward",
            "a person leans forward {and comes back up|} [<speed>]",
            "a person {bends|tilts|inclines} {the|their} {trunk|upper body} forward",
            "a person leans forward [to look at something]",
            "a person is leaning {forward|forwards}",
            "a lean forward",
            "lean forward",
        ),
    ),
    _Lean(
        "lean_backward",
        Pose(down=0.045, back=0.03, tip=-0.12, bend=-0.42, head_bend=-0.05),
        (
            "a person leans back",
            "a person leans {back|backwards|backward} [and comes forward again] [<speed>]",
            "a person {bends|arches|leans} {the|their} {trunk|back|upper body} backwards",
            "a person is leaning {back|backwards}",
            "a lean backwards",
            "lean back",
        ),
    ),
)


def _register_lean(lean: _Lean) -> None:
    @authored(lean.name, group=_GROUP, action="lean")
    def draw_lean(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        side, tempo = SIDES[rng.integers(2)], draw_tempo(rng)
        pose = side_pose(lean.pose, side, rng.uniform(0.8, 1.2))
        start, there = rng.uniform(0.4, 0.8), rng.uniform(0.7, 1.0) * tempo.duration
        held, back = rng.uniform(0.5, 1.5), rng.uniform(0.75, 1.05) * tempo.duration
        keys = [
            PoseKey(start - 0.3),
            PoseKey(start, pose.scaled(-0.05)),
            PoseKey(start + there, pose),
            PoseKey(start + there + held, pose.scaled(rng.uniform(0.93, 1.05))),
            PoseKey(start + there + held + back),
        ]
        base = base_clips.draw_stand(rng, keys[-1].time + rng.uniform(0.5, 0.9))
        motion = hang_arms(pose_body(base, keys), base, rng.uniform(0.5, 0.85))
        return AuthoredClip(
            motion, write_captions(lean.templates, rng, side=side, speed=tempo.word)
        )


for _lean in _LEANS:
    _register_lean(_lean)


@authored("twist_waist", group=_GROUP, action="twist")
def twist_waist(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Twist from side to side, with the hands on the hips or the arms held out or swinging."""
    tempo = draw_tempo(rng)
    turns, sign = int(rng.integers(3, 8)), SIGN[SIDES[rng.integers(2)]]
    style = ("hips", "out", "chest")[rng.integers(3)]
    period = rng.uniform(0.65, 0.85) * tempo.duration
    start, amount = rng.uniform(0.9, 1.2), rng.uniform(0.65, 0.95)
    farthest = Pose(0.03, pelvis_twist=0.16, twist=0.75, head_twist=0.12, side=0.02)
    keys = [PoseKey(start)]
    for number in range(turns):
        reached = amount * (0.6 if number == 0 else rng.uniform(0.92, 1.05))
        twisted = farthest.scaled(sign * (-1) ** number * reached)._replace(down=0.03)
        keys.append(PoseKey(start + (number + 0.7) * period, twisted))
    end = start + (turns + 0.5) * period
    keys.append(PoseKey(end))
    base = base_clips.draw_stand(rng, end + rng.uniform(1.0, 1.3))
    motion = pose_body(base, keys)
    raised = rng.uniform(0.6, 0.75)
    weights = key_track(
        base.times,
        [Key(start - raised, 0.0), Key(start, 1.0), Key(end, 1.0), Key(end + raised, 0.0)],
    )
    for side in SIDES:
        motion = reach(motion, side, goal_for(side, _TWIST_ARMS[style]), weights)
    arms = {
        "hips": "with the hands on the hips",
        "out": "with the arms {held out|stretched out} to the sides",
        "chest": "with the hands in front of the chest",
    }[style]
    templates = (
        "a person twists at the waist",
        f"a person twists [at the waist] [from side to side] {arms}",
        "a person {twists|turns|rotates} {the|their} {upper body|trunk|torso} "
        "{left and right|from side to side} [<speed>]",
        f"a person stands {arms} and twists from side to side",
        "a person is {twisting|rotating} at the waist",
        "{waist|trunk|torso} {twists|rotations} [<speed>]",
        "twist {left and right|from side to side}",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


_TWIST_ARMS = {
    "hips": ArmGoal((0.24, -0.4, -0.02), elbow=(1.0, -0.2, -0.5), fingers=(-0.5, -0.5, 0.7)),
    "out": ArmGoal((0.68, 0.0, 0.06), elbow=(0.1, -1.0, -0.5), fingers=(1.0, 0.0, 0.1)),
    "chest": ArmGoal((0.1, -0.12, 0.3), elbow=(1.0, -0.25, 0.0), fingers=(-1.0, 0.05, 0.15)),
}
"""Goals of the left hand by style; the hands of the last one meet."""


@authored("stretch_up", group=_GROUP, action="stretch", weight=1.5)
def stretch_up(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Stretch both arms overhead, on the toes of a long back, and let them sink at the sides."""
    tempo = draw_tempo(rng)
    start, up = rng.uniform(0.4, 0.8), rng.uniform(1.0, 1.4) * tempo.duration
    held, down = rng.uniform(0.9, 2.0), rng.uniform(0.9, 1.3) * tempo.duration
    ends = start, start + up, start + up + held, start + up + held + down
    farthest = Pose(0.005, bend=-rng.uniform(0.12, 0.28), head_bend=-rng.uniform(0.1, 0.45))
    keys = [PoseKey(start), PoseKey(ends[1], farthest)]
    keys += [PoseKey(ends[2], farthest.scaled(rng.uniform(0.9, 1.2))), PoseKey(ends[3])]
    base = base_clips.draw_stand(rng, ends[3] + rng.uniform(0.5, 0.9))
    motion = pose_body(base, keys)
    motion = _raise_overhead(motion, rng, ends)
    templates = (
        "a person stretches",
        "a person stretches {the|both|their} arms {up|overhead|above the head} [<speed>]",
        "a person {raises|lifts} both arms {overhead|above the head} and stretches",
        "a person {stretches|reaches} up {to the sky|toward the ceiling} with both {arms|hands}",
        "a person {has|takes} a [good] stretch",
        "a person is stretching [with raised arms]",
        "an overhead stretch",
        "stretch {up|your arms}",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


@authored("stretch_side", group=_GROUP, action="stretch", weight=1.5)
def stretch_side(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Bend to the side with the other arm overhead; perhaps to both sides in turn."""
    tempo, side, both = draw_tempo(rng), SIDES[rng.integers(2)], rng.uniform() < 0.4
    start, there = rng.uniform(0.5, 0.9), rng.uniform(0.9, 1.2) * tempo.duration
    held, back = rng.uniform(0.7, 1.5), rng.uniform(0.8, 1.1) * tempo.duration
    farthest = Pose(0.03, side=-0.03, pelvis_lean=0.05, lean=rng.uniform(0.5, 0.72), head_lean=0.1)
    other = "right" if side == "left" else "left"
    keys, spans, time = [PoseKey(start)], {}, start
    for toward in (side, other) if both else (side,):
        spans[toward] = (time - 0.25, time + 0.8 * there, time + there + held)
        pose = side_pose(farthest, toward, rng.uniform(0.9, 1.05))
        keys.append(PoseKey(time + there, pose))
        keys.append(PoseKey(time + there + held, pose.scaled(1.05)))
        time += there + held + back
        keys.append(PoseKey(time))
    base = base_clips.draw_stand(rng, time + rng.uniform(0.5, 0.9))
    motion = hang_arms(pose_body(base, keys), base, 0.6)
    for toward, (begin, raised, lowered) in spans.items():
        arm = "right" if toward == "left" else "left"
        weights = [Key(begin, 0.0), Key(raised, 1.0), Key(lowered, 1.0), Key(lowered + back, 0.0)]
        # Overhead and bent towards the other side.
        motion = _raise_sideways(motion, arm, (0.02, 0.5, 0.04), key_track(base.times, weights))
    sides = "one side and then to the other" if both else f"the {side}"
    templates = (
        f"a person stretches to {sides}",
        f"a person {{bends|stretches|leans}} [sideways] to {sides} with an arm overhead [<speed>]",
        f"a person {{does|performs}} a side stretch to {sides}",
        f"a person raises an arm and {{stretches|bends}} to {sides}",
        "a person {stretches|is stretching} {the|their} {side|flank}",
        "side {stretches|bends}" if both else f"a side {{stretch|bend}} to {sides}",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


@authored("deep_breath", group=_GROUP, action="breathe")
def deep_breath(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Breathe in deeply, with chest and shoulders rising, and out."""
    count = draw_count(rng, 3, (0.5, 0.3, 0.2))
    tempo = draw_tempo(rng, slowest=2.4 / count)
    time = rng.uniform(0.3, 0.7)
    full = Pose(-0.004, tip=-0.02, bend=-rng.uniform(0.16, 0.24), head_bend=-rng.uniform(0.1, 0.3))
    empty = Pose(0.008, tip=0.01, bend=rng.uniform(0.06, 0.12), head_bend=0.12)
    keys, lifts = [PoseKey(time)], [Key(time, 0.0)]
    for _ in range(count):
        for pose, lift, seconds in ((full, 1.0, 1.1), (full, 0.95, 0.25), (empty, -0.2, 1.2)):
            time += seconds * rng.uniform(0.85, 1.1) * tempo.duration
            keys.append(PoseKey(time, pose))
            lifts.append(Key(time, lift))
    keys.append(PoseKey(time + 0.7))
    lifts.append(Key(time + 0.7, 0.0))
    base = base_clips.draw_stand(rng, time + rng.uniform(1.0, 1.3))
    motion = pose_body(base, keys)
    lift = key_track(base.times, lifts)
    for side in SIDES:
        # The arms are drawn up and out a little by the ribs.
        goal = arm_along(motion, side, (0.42, 0.05, -1.0), 0.49, elbow=(1.0, -0.4, -0.6))
        motion = reach(motion, side, goal, 0.3 * np.clip(lift, 0.0, 1.0))
    templates = (
        "a person takes a deep breath" if count == 1 else "a person takes deep breaths",
        "a person {breathes|inhales} [in] deeply [and {exhales|breathes out}] <times>",
        "a person {takes|draws} <breaths> [<speed>]",
        "a person fills the {chest|lungs} and breathes out [again]",
        "a person is breathing {deeply|heavily}",
        "<breaths>",
        "{take <breaths>|breathe deeply}",
    )
    breaths = {1: "a deep breath", 2: "two deep breaths", 3: "three deep breaths"}[count]
    captions = write_captions(
        templates, rng, times=count_phrase(rng, count), breaths=breaths, speed=tempo.word
    )
    return AuthoredClip(motion, captions)


_HANGING, _SIDEWAYS, _OVERHEAD = (0.7, -0.5, -0.6), (0.2, -0.8, -0.6), (1.0, 0.0, 0.2)
"""Directions of the elbow of an arm that hangs, is held out or is raised."""


def _raise_overhead(
    motion: AuthoredMotion, rng: np.random.Generator, ends: tuple[float, float, float, float]
) -> AuthoredMotion:
    """Raise both arms in front, and lower them at the sides."""
    start, up, held, down = ends
    width = rng.uniform(0.02, 0.16)
    late = rng.uniform(0.0, 0.12)
    for number, side in enumerate(rng.permutation(SIDES)):
        delay = number * late
        weights = [Key(start + delay, 0.0), Key(start + 0.35 + delay, 1.0)]
        weights += [Key(down - 0.45, 1.0), Key(down + delay, 0.0)]
        wrist = [
            Key(start + delay, (0.24, -0.5, 0.12)),
            Key(0.5 * (start + up) + delay, (0.18, 0.0, 0.42), passing=True),
            Key(up + delay, (width, 0.52, 0.05)),
            Key(held, (width, 0.53, 0.0)),
            Key(0.45 * held + 0.55 * down, (0.6, 0.05, 0.02), passing=True),
            Key(down + delay, (0.3, -0.5, 0.02)),
        ]
        poles = (_HANGING, (0.8, -0.7, 0.0), _OVERHEAD, _OVERHEAD, _SIDEWAYS, _HANGING)
        elbow = [Key(key.time, pole) for key, pole in zip(wrist, poles, strict=True)]
        goal = ArmGoal(key_track(motion.times, wrist), elbow=key_track(motion.times, elbow))
        weight = key_track(motion.times, weights)
        motion = reach(motion, side, goal_for(side, goal), weight)
    return motion


def _raise_sideways(
    motion: AuthoredMotion, side: str, wrist: tuple[float, float, float], weights: np.ndarray
) -> AuthoredMotion:
    """Raise an arm at the side to where its wrist is overhead, in the chest frame of the left."""
    path = weights[:, None]
    curve = (1 - path) ** 2, 2 * path * (1 - path), path**2
    ends = (0.25, -0.5, 0.05), (0.85, 0.12, 0.12), wrist
    poles = _HANGING, _SIDEWAYS, _OVERHEAD
    goal = ArmGoal(
        sum(part * np.asarray(end) for part, end in zip(curve, ends, strict=True)),
        elbow=sum(part * np.asarray(pole) for part, pole in zip(curve, poles, strict=True)),
    )
    return reach(motion, side, goal_for(side, goal), minimum_jerk(4 * weights))
