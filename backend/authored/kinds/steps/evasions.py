"""Evasions: dodge to a side, duck."""

from dataclasses import replace

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN
from ...body.motion import bend_trunk, turn_head
from ...body.timing import Key, key_track
from ...catalogue import AuthoredClip, authored
from ...steps.footfalls import Footprint
from ...steps.pendulum import HeightKey
from ...steps.stepping import StepPlan, StepStyle, follow_steps, rest_stance, swing_arm
from ...steps.walks import Landing, rhythm_plan
from ...wording import write_captions


@authored("duck", group="evasions", action="duck")
def duck(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Sink quickly with a bent trunk, wait, and rise."""
    start, down, held = rng.uniform(0.5, 0.9), rng.uniform(0.26, 0.4), rng.uniform(0.25, 0.9)
    depth, up = rng.uniform(0.3, 0.48), rng.uniform(0.5, 0.75)
    times = (start, start + down, start + down + held, start + down + held + up)
    style = StepStyle()
    heights = tuple(
        HeightKey(time, height)
        for time, height in zip(times, (style.rest, -depth, -depth + 0.03, style.rest), strict=True)
    )
    plan = StepPlan((), times[-1] + rng.uniform(0.5, 0.9), rest_stance(rng), style, heights)
    motion = follow_steps(plan, rng, base_clips)
    keys = [Key(time, value) for time, value in zip(times, (0.0, 1.0, 0.95, 0.0), strict=True)]
    weight = key_track(motion.times, keys)
    motion = turn_head(motion, bend=rng.uniform(0.3, 0.5) * weight)
    raised = rng.uniform(0.3, 0.9)
    for side in SIDES:
        motion = swing_arm(motion, side, raised * weight, 0.1 * weight, 1.2 * raised * weight)
    templates = (
        "a person ducks",
        "a person ducks {down|quickly} and comes up again",
        "a person ducks under something",
        "a person {crouches|drops down} quickly to {avoid|dodge} something",
        "duck",
        "a person lowers the head and body to let something pass over",
        "a person is ducking",
    )
    return AuthoredClip(motion, write_captions(templates, rng))


@authored("dodge", group="evasions", action="dodge", weight=1.5)
def dodge(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Lunge quickly to one side with a low body, and return; once or to both sides."""
    first, count = int(rng.integers(2)), int(rng.choice([1, 1, 2]))
    depth, quick = rng.uniform(0.12, 0.22), rng.uniform(0.24, 0.32)
    landings, shifts, heights, leans = [], [], [], []
    style = StepStyle(elbow=rng.uniform(0.5, 1.2), lift_gain=0.0)
    time = 0.9
    for n in range(count):
        side = SIDES[(first + n) % 2]
        sign, wide = SIGN[side], rng.uniform(0.58, 0.74)
        back = time + rng.uniform(0.45, 0.75) + 0.35
        out = Footprint((sign * wide, 0.03), sign * 0.25)
        home = Footprint((sign * 0.1, 0.0), sign * 0.1)
        landings += [
            Landing(side, time, out, back - 0.35 - time, 0.06),
            Landing(side, back, home, 0.5, 0.04),
        ]
        # The lunging foot takes the weight at once, and pushes back from there.
        onto = 0.5 + 0.45 * sign
        shifts += [(time, 0.5), (time + 0.08, onto), (back - 0.42, onto), (back - 0.35, 0.5)]
        heights += [
            HeightKey(time - quick - 0.1, style.rest),
            HeightKey(time + 0.1, -depth),
            HeightKey(back + 0.15, style.rest),
        ]
        leans += [
            Key(time - quick - 0.06, 0.0),
            Key(time + 0.08, -sign * rng.uniform(0.3, 0.5)),
            Key(back + 0.2, 0.0),
        ]
        time = back + rng.uniform(0.7, 0.9)
    plan = rhythm_plan(rng, landings, style, quick)
    plan = replace(plan, heights=tuple(heights), shifts=tuple(shifts))
    motion = follow_steps(plan, rng, base_clips)
    lean = -key_track(motion.times, leans)
    motion = bend_trunk(motion, bend=0.5 * np.abs(lean), lean=lean)
    motion = turn_head(motion, lean=-0.4 * lean)
    side, other = SIDES[first], SIDES[1 - first]
    once = (
        "a person dodges to the <side>",
        "a person steps aside to the <side> to {dodge|avoid} something",
        "a person {is dodging|dodges} <side> and comes back",
        "a quick dodge to the <side>",
        "dodge <side>",
        "a person leans and lunges to the <side> to evade",
    )
    twice = (
        "a person dodges to the <side> and to the <other>",
        "a person dodges <side> and <other>",
        "a person {evades|avoids} something, first to the <side>, then to the <other>",
        "dodge <side>, dodge <other>",
        "a dodge to each side",
    )
    templates = once if count == 1 else twice
    return AuthoredClip(motion, write_captions(templates, rng, side=side, other=other))
