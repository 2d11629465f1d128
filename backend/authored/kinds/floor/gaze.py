"""Head and gaze: nods, shakes, glances and looks, over somebody who stands, walks or sits."""

from dataclasses import dataclass

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN
from ...body.motion import AuthoredMotion, bend_trunk, turn_head
from ...body.timing import pulse
from ...catalogue import AuthoredClip, authored
from ...draws import Base, count_phrase, draw_base, draw_count, draw_tempo
from ...gestures.posing import GAZE_LEADS, Pose, PoseKey, pose_body, pose_track, side_pose
from ...wording import write_captions

_GROUP = "gaze"


@authored("nod", group=_GROUP, action="nod", weight=2.0)
def nod(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Nod: yes."""
    templates = (
        "a person nods <times> <meanwhile>",
        "a person {nods|bobs|moves} {the|their} head up and down <times> <meanwhile>",
        "a person nods {in agreement|yes|approvingly} <times> <meanwhile>",
        "a person {gives|makes} a nod of the head <meanwhile>",
        "a person {says yes|agrees} {with a nod|by nodding}",
        "a person is nodding <speed> <meanwhile>",
        "nod <times>",
    )
    strokes = _draw_strokes(rng, base_clips, (0.26, 0.5), (0.5, 0.7))
    down = strokes.amplitude * 0.5 * (1 - np.cos(strokes.phase))
    motion = turn_head(strokes.base.motion, bend=(down - 0.12 * strokes.amplitude) * strokes.weight)
    motion = bend_trunk(motion, bend=0.12 * down * strokes.weight)
    return AuthoredClip(motion, strokes.write_captions(rng, templates))


@authored("shake_head", group=_GROUP, action="shake_head", weight=2.0)
def shake_head(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Shake the head: no."""
    templates = (
        "a person shakes {the|their} head <times> <meanwhile>",
        "a person {shakes|turns|moves} {the|their} head from side to side <meanwhile>",
        "a person shakes {the|their} head {no|in disagreement|disapprovingly} <meanwhile>",
        "a person {says no|disagrees} {with a shake of the head|by shaking the head}",
        "a person is shaking {the|their} head <speed> <meanwhile>",
        "a shake of the head <meanwhile>",
        "shake {the|your} head",
    )
    strokes = _draw_strokes(rng, base_clips, (0.34, 0.62), (0.5, 0.75))
    swing = strokes.amplitude * np.sin(strokes.phase) * SIGN[SIDES[rng.integers(2)]]
    motion = turn_head(strokes.base.motion, bend=0.1 * strokes.weight, twist=swing * strokes.weight)
    motion = bend_trunk(motion, twist=-0.06 * swing * strokes.weight)
    return AuthoredClip(motion, strokes.write_captions(rng, templates))


@dataclass(frozen=True)
class _Strokes:
    """Repeated movements of the head."""

    base: Base
    phase: np.ndarray
    """(T,) radians: 2 pi for each repetition."""
    weight: np.ndarray
    """(T,) from 0 to 1 that fades the movement in and out."""
    amplitude: np.ndarray
    """(T,) radians, falling a little from one repetition to the next."""
    count: int
    tempo: str

    def write_captions(
        self, rng: np.random.Generator, templates: tuple[str, ...]
    ) -> tuple[str, ...]:
        count = count_phrase(rng, self.count)
        return write_captions(
            templates, rng, times=count, speed=self.tempo, meanwhile=self.base.phrase
        )


def _draw_strokes(
    rng: np.random.Generator,
    base_clips: BaseClips,
    amplitude: tuple[float, float],
    period: tuple[float, float],
) -> _Strokes:
    tempo = draw_tempo(rng)
    count = draw_count(rng, 5, (0.1, 0.25, 0.35, 0.2, 0.1))
    seconds = count * rng.uniform(*period) * tempo.duration
    start = rng.uniform(0.4, 1.0)
    base = draw_base(rng, base_clips, max(start + seconds + rng.uniform(0.5, 1.0), 2.0))
    times = base.motion.times
    u = np.clip((times - start) / seconds, 0.0, 1.0)
    ease = min(0.3, 0.35 * seconds / count)
    return _Strokes(
        base,
        phase=2 * np.pi * count * u,
        weight=pulse(times, start - 0.1, start + seconds + 0.15, ease, ease),
        amplitude=rng.uniform(*amplitude) * (1 - rng.uniform(0.0, 0.35) * u),
        count=count,
        tempo=tempo.word,
    )


@dataclass(frozen=True)
class _Look:
    """A direction to look in, with its wordings."""

    name: str
    pose: Pose
    """The farthest pose, to the left where there is a side."""
    templates: tuple[str, ...]
    action: str = "look"
    others: tuple[str, ...] = ("walk", "sit")
    """What the body may do besides standing."""


_LOOKS = (
    _Look(
        "look_to_side",
        Pose(pelvis_twist=0.08, twist=0.22, head_twist=1.0, head_bend=0.03),
        (
            "a person looks to the <side> <meanwhile>",
            "a person {turns|rotates} {the|their} head to the <side> <meanwhile>",
            "a person {glances|looks|gazes} {<side>|to {the|their} <side>} [<speed>] <meanwhile>",
            "a person {takes|has} a look to {the|their} <side> <meanwhile>",
            "a person is looking to the <side> <meanwhile>",
            "a {look|glance} to the <side>",
            "look <side>",
        ),
    ),
    _Look(
        "look_up",
        Pose(bend=-0.16, head_bend=-0.75, tip=-0.02),
        (
            "a person looks up <meanwhile>",
            "a person {looks|gazes|glances} up [{at|to} the {sky|ceiling}] <meanwhile>",
            "a person {raises|lifts|tips} {the|their} head [back] and looks up <meanwhile>",
            "a person is looking {up|upwards} <meanwhile>",
            "a {look|glance} {up|upwards}",
            "look up",
        ),
    ),
    _Look(
        "look_down",
        Pose(bend=0.16, head_bend=0.72, tip=0.02),
        (
            "a person looks down <meanwhile>",
            "a person {looks|gazes|glances} down [at the {floor|ground}|at their feet] <meanwhile>",
            "a person {lowers|bows|drops} {the|their} head [and looks down] <meanwhile>",
            "a person is looking {down|downwards|at the floor} <meanwhile>",
            "a {look|glance} {down|at the floor}",
            "look down",
        ),
    ),
    _Look(
        "look_over_shoulder",
        Pose(pelvis_twist=0.22, twist=0.5, head_twist=1.15, lean=-0.04, head_bend=0.05, down=0.012),
        (
            "a person looks over the <side> shoulder",
            "a person {looks|glances|peers} {back|behind} over {the|their} <side> shoulder",
            "a person {looks|glances} {behind them|back|backwards} [over the <side> shoulder]",
            "a person {turns|twists} {to|and} {look|looks} {behind|back}",
            "a person turns the head [far] to the <side> and looks behind",
            "a {look|glance} over the <side> shoulder",
            "look {behind you|over your <side> shoulder}",
        ),
        others=(),
    ),
    _Look(
        "tilt_head",
        Pose(lean=0.05, head_lean=0.5, head_twist=-0.08),
        (
            "a person tilts the head to the <side> <meanwhile>",
            "a person {tilts|cocks|leans|tips} {the|their} head to {the|their} <side> <meanwhile>",
            "a person {tilts|cocks} {the|their} head [to one side] [{questioningly|curiously}]",
            "a person is tilting {the|their} head to the <side> <meanwhile>",
            "a tilt of the head to the <side>",
            "tilt the head <side>",
        ),
        action="tilt_head",
    ),
)


def _register_look(look: _Look) -> None:
    @authored(look.name, group=_GROUP, action=look.action)
    def draw_look(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        side, tempo = SIDES[rng.integers(2)], draw_tempo(rng)
        pose = side_pose(look.pose, side, rng.uniform(0.8, 1.1))
        start, turn = rng.uniform(0.3, 0.8), rng.uniform(0.4, 0.65) * tempo.duration
        held, back = rng.uniform(0.6, 1.8), rng.uniform(0.5, 0.8) * tempo.duration
        keys = [PoseKey(start), PoseKey(start + turn, pose)]
        keys += [PoseKey(start + turn + held, pose.scaled(rng.uniform(0.9, 1.05)))]
        keys += [PoseKey(start + turn + held + back)]
        seconds = keys[-1].time + rng.uniform(0.5, 1.0)
        base = draw_base(rng, base_clips, seconds, look.others)
        motion = _gaze(base, keys)
        captions = write_captions(
            look.templates, rng, side=side, speed=tempo.word, meanwhile=base.phrase
        )
        return AuthoredClip(motion, captions)


for _look in _LOOKS:
    _register_look(_look)


@authored("look_around", group=_GROUP, action="look", weight=2.0)
def look_around(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Look to one side, to the other, and perhaps somewhere else."""
    tempo, side = draw_tempo(rng), SIDES[rng.integers(2)]
    time = rng.uniform(0.3, 0.7)
    keys = [PoseKey(time)]
    for _ in range(rng.integers(2, 5)):
        time += rng.uniform(0.45, 0.8) * tempo.duration
        amount = rng.uniform(0.65, 1.05)
        pose = Pose(
            pelvis_twist=0.12,
            twist=0.3,
            head_twist=0.95,
            head_bend=rng.uniform(-0.25, 0.2),
            side=0.015,
            down=0.008,
        )
        keys.append(PoseKey(time, side_pose(pose, side, amount)))
        time += rng.uniform(0.25, 0.9) * tempo.duration
        keys.append(PoseKey(time, side_pose(pose, side, amount * rng.uniform(0.85, 1.0))))
        side = "right" if side == "left" else "left"
    time += rng.uniform(0.5, 0.8)
    keys.append(PoseKey(time))
    base = draw_base(rng, base_clips, time + rng.uniform(0.5, 0.9))
    templates = (
        "a person looks around <meanwhile>",
        "a person {looks|glances|peers|gazes} around [<speed>] <meanwhile>",
        "a person looks {left and right|to both sides|from side to side} <meanwhile>",
        "a person {turns|moves} {the|their} head {left and right|from one side to the other}, "
        "{looking around|searching for something}",
        "a person {looks|searches} around for {something|someone} <meanwhile>",
        "a person is looking around <meanwhile>",
        "a look around",
        "look around",
    )
    motion = _gaze(base, keys)
    return AuthoredClip(
        motion, write_captions(templates, rng, speed=tempo.word, meanwhile=base.phrase)
    )


def _gaze(base: Base, keys: list[PoseKey]) -> AuthoredMotion:
    """Turn head and trunk; whoever stands turns the hips, too."""
    if not base.phrase:
        return pose_body(base.motion, keys, lags=GAZE_LEADS)
    pose = pose_track(base.motion, keys, GAZE_LEADS)
    motion = bend_trunk(base.motion, pose.bend, pose.lean, pose.twist)
    return turn_head(motion, pose.head_bend, pose.head_lean, pose.head_twist)
