"""Steps from level to level: stairs up and down, and onto a box."""

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN
from ...body.motion import turn_head
from ...catalogue import AuthoredClip, authored
from ...steps.footfalls import Footprint
from ...steps.pendulum import smooth
from ...steps.stepping import StepStyle, follow_steps
from ...steps.walks import Gait, alternate_steps, scale_gait
from ...wording import NUMBER_WORDS, speed_word, write_captions

_HALF = 0.09
"""Metres from the middle of the body to a foot point."""
_RISE, _TREAD = (0.15, 0.19), (0.26, 0.31)
"""Metres of a stair."""


def _stairs(
    rng: np.random.Generator, base_clips: BaseClips, *, up: bool, templates: tuple[str, ...]
) -> AuthoredClip:
    count, speed = int(rng.integers(3, 8)), rng.uniform(0.8, 1.25)
    rise, tread = rng.uniform(*_RISE), rng.uniform(*_TREAD)
    edge = rng.uniform(0.05, 0.12)
    bottom = 0.0 if up else count * rise

    def place(number: int, side: str) -> Footprint:
        stair = min(number, count)
        ground = bottom + stair * rise * (1.0 if up else -1.0)
        return Footprint((SIGN[side] * _HALF, -edge - tread * stair), SIGN[side] * 0.1, ground)

    style = StepStyle(arm_gain=0.6, lift_gain=0.5, bend=0.09 if up else 0.03, rest=-0.02)
    gait = (
        Gait(0.62, 0.72, height=0.05, toe_off=0.5, strike=0.05, style=style)
        if up
        else Gait(0.6, 0.72, height=0.045, toe_off=0.55, strike=0.3, style=style)
    )
    first = SIDES[rng.integers(2)]
    start = rng.uniform(0.5, 0.8)
    plan = alternate_steps(rng, scale_gait(gait, speed), place, count + 1, first, start)
    ground = {side: Footprint(p.point, p.yaw, bottom) for side, p in plan.start.items()}
    plan = type(plan)(plan.footfalls, plan.seconds, ground, plan.style)
    motion = follow_steps(plan, rng, base_clips)
    # Who climbs looks at the stairs.
    moving = smooth((motion.times < plan.footfalls[-1].lift).astype(float), 0.25, motion.fps)
    motion = turn_head(motion, bend=rng.uniform(0.1, 0.25) * moving)
    fields = {"number": NUMBER_WORDS[count], "speed": speed_word(rng, speed)}
    return AuthoredClip(motion, write_captions(templates, rng, count=7, **fields))


@authored("climb_stairs", group="stairs", action="stairs", weight=1.5)
def climb_stairs(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Walk up some stairs."""
    return _stairs(
        rng,
        base_clips,
        up=True,
        templates=(
            "a person walks up the stairs <speed>",
            "a person climbs {up|} {the|some} stairs <speed>",
            "a person walks up <number> stairs",
            "a person {goes|is going} upstairs <speed>",
            "a person {ascends|steps up} a {staircase|flight of stairs} <speed>",
            "climb the stairs",
            "walking up {stairs|steps} <speed>",
        ),
    )


@authored("descend_stairs", group="stairs", action="stairs")
def descend_stairs(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Walk down some stairs."""
    return _stairs(
        rng,
        base_clips,
        up=False,
        templates=(
            "a person walks down the stairs <speed>",
            "a person climbs down {the|some} stairs <speed>",
            "a person walks down <number> stairs",
            "a person {goes|is going} downstairs <speed>",
            "a person {descends|comes down} a {staircase|flight of stairs} <speed>",
            "walk down the stairs",
            "walking down {stairs|steps} <speed>",
        ),
    )


@authored("step_on_box", group="stairs", action="stairs")
def step_on_box(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Step up on a box with both feet, and down again, some times."""
    side, repetitions = SIDES[rng.integers(2)], int(rng.integers(1, 4))
    level, speed = rng.uniform(0.18, 0.34), rng.uniform(0.85, 1.2)
    length = rng.uniform(0.36, 0.44)
    through = repetitions == 1 and rng.uniform() < 0.5

    def place(number: int, foot: str) -> Footprint:
        on_box = (number - 1) % 4 < 2
        ahead = length if on_box else 2 * length * through
        return Footprint((SIGN[foot] * _HALF, -ahead), SIGN[foot] * 0.1, level if on_box else 0.0)

    style = StepStyle(arm_gain=0.6, lift_gain=0.5, bend=0.1, rest=-0.02)
    gait = scale_gait(Gait(0.66, 0.78, height=0.07, toe_off=0.45, strike=0.1, style=style), speed)
    plan = alternate_steps(rng, gait, place, 4 * repetitions, side, rng.uniform(0.5, 0.8))
    motion = follow_steps(plan, rng, base_clips)
    often = ("", "twice", "three times")[repetitions - 1]
    templates = (
        "a person steps up on a box and {down|steps down} again <often>",
        "a person steps {onto|up on} a {box|step|platform} and back down <often>",
        "a person does step-ups <often>",
        "a person steps up with the <side> foot first and down again <often>",
        "step up and down <often>",
        "a step up onto a box and down again <often>",
    )
    over = (
        "a person steps up on a box and down on the other side",
        "a person {steps|climbs} over a {box|step}, one foot after the other",
        "a person steps onto a {box|platform} and off the far side",
        "step over a box",
    )
    captions = write_captions(over if through else templates, rng, side=side, often=often)
    return AuthoredClip(motion, captions)
