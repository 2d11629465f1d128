"""Steps aside and on the spot: side steps, grapevine, shuffle, turns, forward and back."""

from dataclasses import dataclass, replace

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN
from ...catalogue import AuthoredClip, authored
from ...steps.footfalls import Footprint
from ...steps.stepping import StepStyle, follow_steps
from ...steps.walks import Gait, alternate_steps, lowered, scale_gait
from ...wording import NUMBER_WORDS, speed_word, write_captions

_HALF = 0.095
"""Metres from the middle of the body to a foot point."""


@dataclass(frozen=True)
class _SideKind:
    name: str
    gait: Gait
    pattern: tuple[tuple[float, float], ...]
    """Metres (aside, ahead) at which the feet of one repetition land, in turn, from where the body
    is; the leading foot begins."""
    repetitions: tuple[int, int]
    templates: tuple[str, ...]
    depth: float = 0.02
    """Metres by which the pelvis is lowered."""


_GENTLE = Gait(0.45, 0.8, height=0.045, toe_off=0.3, strike=0.12)
_SPECS = (
    _SideKind(
        "side_step",
        _GENTLE,
        ((0.38, 0.0), (0.38, 0.0)),
        (1, 4),
        (
            "a person {steps to the <side>|takes <number> to the <side>} <speed>",
            "a person takes <number> to the <side>",
            "a person sidesteps to the <side> <speed>",
            "a person {moves|steps} sideways to the <side>",
            "side step to the <side>",
            "<number> to the <side> <speed>",
            "a person {is stepping|steps} <side> {and stands|and stops}",
            "step <side>",
        ),
    ),
    _SideKind(
        "side_shuffle",
        Gait(0.22, 0.93, height=0.05, toe_off=0.45, strike=0.25, style=StepStyle(elbow=0.7)),
        ((0.42, 0.0), (0.42, 0.0)),
        (3, 6),
        (
            "a person shuffles to the <side> <speed>",
            "a person does a side shuffle to the <side>",
            "a person side shuffles <side> <speed>",
            "a person {scurries|moves quickly} sideways to the <side> with bent knees",
            "side shuffle to the <side>",
            "a defensive slide to the <side>",
        ),
        0.1,
    ),
    _SideKind(
        "grapevine",
        replace(_GENTLE, period=0.46),
        ((0.34, 0.0), (0.62, -0.16), (0.76, 0.0), (0.76, 0.0)),
        (1, 2),
        (
            "a person does a grapevine to the <side> <speed>",
            "a person does the grapevine step to the <side>",
            "a person steps <side>, crosses the <other> foot behind, and steps <side> again",
            "a grapevine to the <side> <speed>",
            "a person moves to the <side>, crossing one foot behind the other",
            "grapevine <side>",
        ),
    ),
    _SideKind(
        "cross_over_step",
        replace(_GENTLE, period=0.48),
        ((0.2, 0.0), (0.5, 0.17), (0.6, 0.0), (0.6, 0.0)),
        (1, 2),
        (
            "a person crosses the <other> foot over the <side> one, moving <side>",
            "a person {walks|steps} sideways to the <side>, crossing the feet in front",
            "a person sidesteps to the <side> with {cross-over|crossing} steps",
            "cross-over steps to the <side>",
            "a person walks sideways to the <side> crossing one leg over the other",
        ),
    ),
)


def _register(spec: _SideKind) -> None:
    @authored(spec.name, group="side_steps", action="side_step")
    def author_side_steps_clip(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        """Step sideways, facing ahead."""
        number = int(rng.integers(2))
        lead, sign = SIDES[number], 1.0 - 2.0 * number
        size, speed = rng.uniform(0.85, 1.15), rng.uniform(0.78, 1.25)
        repetitions = int(rng.integers(*spec.repetitions, endpoint=True))
        toe_out = rng.uniform(0.04, 0.12)

        def place(number: int, side: str) -> Footprint:
            aside, ahead = spec.pattern[(number - 1) % len(spec.pattern)]
            aside += spec.pattern[-1][0] * ((number - 1) // len(spec.pattern))
            point = (sign * size * aside + SIGN[side] * _HALF, -ahead)
            return Footprint(point, SIGN[side] * toe_out)

        gait = scale_gait(spec.gait, speed)
        steps = repetitions * len(spec.pattern)
        plan = alternate_steps(rng, gait, place, steps, lead, rng.uniform(0.4, 0.8))
        plan = lowered(plan, spec.depth * rng.uniform(0.8, 1.3))
        noun = "side step" if repetitions == 1 else "side steps"
        captions = write_captions(
            spec.templates,
            rng,
            count=7,
            side=lead,
            other=SIDES[1 - number],
            number=f"{NUMBER_WORDS[repetitions]} {noun}",
            speed=speed_word(rng, speed),
        )
        return AuthoredClip(follow_steps(plan, rng, base_clips), captions)


for _spec in _SPECS:
    _register(_spec)

_TURN_PHRASES = {
    90: ("turns 90 degrees to the <side>", "makes a quarter turn to the <side>"),
    180: ("turns around to the <side>", "turns around", "makes a half turn to the <side>"),
    360: ("turns all the way around to the <side>", "makes a full turn to the <side>"),
}
_TURN_STEP = np.radians(62.0)
"""Largest angle by which a step turns a foot."""


@authored("turn_on_the_spot", group="turns", action="turn", weight=3.0)
def turn_on_the_spot(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Turn around with steps, the head ahead of the body."""
    number = int(rng.integers(2))
    side, sign = SIDES[number], 1.0 - 2.0 * number
    degrees = (90, 180, 360)[rng.integers(3)]
    angle, speed = np.radians(degrees + rng.normal(0.0, 3.0)), rng.uniform(0.78, 1.25)
    pairs = int(np.ceil(angle / _TURN_STEP))
    toe_out = rng.uniform(0.06, 0.14)

    def place(number: int, foot: str) -> Footprint:
        yaw = sign * angle * ((number + 1) // 2) / pairs
        point = SIGN[foot] * _HALF * np.array([np.cos(yaw), np.sin(yaw)])
        return Footprint((float(point[0]), float(point[1])), yaw + SIGN[foot] * toe_out)

    gait = scale_gait(Gait(0.42, 0.78, height=0.035, toe_off=0.35, strike=0.0), speed)
    plan = alternate_steps(rng, gait, place, 2 * pairs, side, rng.uniform(0.4, 0.8))
    phrase = "{" + "|".join(_TURN_PHRASES[degrees]) + "}"
    templates = (
        f"a person {_TURN_PHRASES[degrees][0]} <speed>",
        f"a person {phrase} {{on the spot|in place|}} <speed>",
        "a person turns to the <side> <speed>",
        f"a person turns <side> by {degrees} degrees",
        f"a {degrees} degree turn to the <side>",
        f"turn {degrees} degrees to the <side> [<speed>]",
        "a person steps around to the <side> {on the spot|in place}",
    )
    captions = write_captions(templates, rng, side=side, speed=speed_word(rng, speed))
    return AuthoredClip(follow_steps(plan, rng, base_clips), captions)


@authored("step_forward_and_back", group="side_steps", action="step")
def step_forward_and_back(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Step ahead or back with one foot or both, wait, and return."""
    ahead = rng.uniform() < 0.5
    side, speed = SIDES[rng.integers(2)], rng.uniform(0.8, 1.2)
    length = rng.uniform(0.35, 0.55) * (1.0 if ahead else -0.85)
    repetitions = int(rng.integers(1, 4))
    toe_out = rng.uniform(0.06, 0.14)

    def place(number: int, foot: str) -> Footprint:
        out = (number - 1) % 4 < 2
        return Footprint((SIGN[foot] * _HALF, -length if out else 0.0), SIGN[foot] * toe_out)

    gait = Gait(0.5, 0.78, height=0.03, toe_off=0.4, strike=-0.05)
    plan = alternate_steps(rng, scale_gait(gait, speed), place, 4 * repetitions, side, 0.6)
    first, then = ("forward", "back") if ahead else ("back", "forward")
    often = ("", "twice", "three times")[repetitions - 1]
    templates = (
        f"a person steps {first} and {then} <often> <speed>",
        f"a person takes a step {first}, then a step {then} <often>",
        f"a person steps {first} with the {side} foot and then {then} <often>",
        f"step {first}, step {then} <often>",
        f"a step {first} and a step {then} <often>",
        f"a person {{moves|steps}} one step {first} and returns <often>",
    )
    captions = write_captions(templates, rng, often=often, speed=speed_word(rng, speed))
    return AuthoredClip(follow_steps(plan, rng, base_clips), captions)
