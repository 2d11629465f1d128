"""Kinds that are lists of steps between poses: drawn, timed, mirrored and captioned alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...kinematics.math.rotations import Array
from ..body.base_clips import BaseClips, mirror_motion
from ..body.motion import JOINT
from ..catalogue import AuthoredClip, authored
from ..wording import COUNT_WORDS, write_captions
from .pose_steps import Step, animate
from .poses import Pose, SolvedPose, move_solved, solved_stand

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
_CLEAR_TEMPO = 0.22
"""Logarithm of the tempo from which on a caption says so."""
_TEMPO_SPREAD = 0.17
_TOE_LINE, _MAX_STAGGER, _STAND_DRAWS = -0.1, 0.07, 12
"""Metres backwards of the toes of a stand, the distance by which a foot may be ahead of the other,
and draws of a stand until they are."""
_PERSONAL_DEGREES = 2.5
"""Spread of the angles in which one person's poses differ from the specification."""


@dataclass(frozen=True)
class Scene:
    """Random numbers, stand and count from which the steps of one clip are made."""

    rng: np.random.Generator
    stand: SolvedPose
    """Somebody who stands, to begin or end with."""
    count: int
    """How often it is done."""

    def stands(self, hold: tuple[float, float] = (0.15, 0.7), seconds: float = 0.9) -> Step:
        return Step(self.stand, seconds, self.rng.uniform(*hold))


@dataclass(frozen=True)
class StepsKind:
    """A kind of motion by steps, written for the left side and mirrored half of the time.

    Templates have the fields <side>, <other>, <times> ("twice"), <number> ("two"), and <pace>
    ("quickly", "slowly" or nothing).
    """

    name: str
    action: str
    steps: Callable[[Scene], Sequence[Step]]
    templates: tuple[str, ...]
    group: str = "floor"
    counts: tuple[int, int] = (1, 1)
    weight: float = 1.0
    sway: float = 1.0
    tempo_spread: float = _TEMPO_SPREAD
    reverse: bool = False
    """Whether the motion is played backwards."""


def register_steps(spec: StepsKind) -> None:
    """Register a kind that is made of steps."""

    @authored(spec.name, group=spec.group, action=spec.action, weight=spec.weight, may_slide=True)
    def draw_steps(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        stand = _draw_stand(rng, base_clips)
        count = int(rng.integers(spec.counts[0], spec.counts[1] + 1))
        pace = float(rng.normal(0.0, spec.tempo_spread))
        steps = _personalize(spec.steps(Scene(rng, stand, count)), rng)
        motion = animate(steps, rng, float(np.exp(pace)), spec.sway)
        if spec.reverse:
            motion = motion.reversed()
        side, other = "left", "right"
        if rng.uniform() < 0.5:
            motion, side, other = mirror_motion(motion), other, side
        fields = {"side": side, "other": other, "number": NUMBERS[count], "pace": _pace_word(pace)}
        words = COUNT_WORDS.get(count, (f"{NUMBERS[count]} times",))
        fields["times"] = words[rng.integers(len(words))]
        return AuthoredClip(motion, write_captions(spec.templates, rng, 6, **fields))


def _draw_stand(rng: np.random.Generator, base_clips: BaseClips) -> SolvedPose:
    """Draw somebody who stands with the feet side by side, where the poses on the floor expect."""
    stand, toes = _stand_and_toes(rng, base_clips)
    for _ in range(_STAND_DRAWS):
        if abs(toes[0, 1] - toes[1, 1]) < _MAX_STAGGER:
            break
        stand, toes = _stand_and_toes(rng, base_clips)
    x, y = toes.mean(axis=0)
    return move_solved(stand, (-x, _TOE_LINE - y, 0.0))


def _stand_and_toes(rng: np.random.Generator, base_clips: BaseClips) -> tuple[SolvedPose, Array]:
    """Draw somebody who stands, with the places (2, 2) of the toes in metres."""
    stand = solved_stand(base_clips.draw_stand(rng, 2.0))
    joints = stand.motion.kinematics()[0][0]
    return stand, joints[[JOINT["left_foot"], JOINT["right_foot"]], :2]


def _personalize(steps: Sequence[Step], rng: np.random.Generator) -> list[Step]:
    """Vary trunk and head: by the same angles in all poses, as people differ."""
    spine, head = rng.normal(0.0, _PERSONAL_DEGREES, (2, 3))

    def vary(pose: Pose | SolvedPose) -> Pose | SolvedPose:
        if isinstance(pose, SolvedPose):
            return pose
        return replace(
            pose,
            spine=tuple(np.add(pose.spine, spine * [1.0, 0.4, 0.6])),
            head=tuple(np.add(pose.head, head * [1.0, 0.4, 0.8])),
        )

    return [replace(step, pose=vary(step.pose)) for step in steps]


def _pace_word(pace: float) -> str:
    if abs(pace) < _CLEAR_TEMPO:
        return ""
    return "quickly" if pace > 0 else "slowly"
