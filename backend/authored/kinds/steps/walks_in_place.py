"""Walks and runs on the spot: march, jog, high knees."""

from dataclasses import dataclass

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES
from ...catalogue import AuthoredClip, authored
from ...steps.stepping import StepStyle, follow_steps
from ...steps.walks import Gait, WalkPath, scale_gait, walk_plan
from ...wording import speed_word, write_captions


@dataclass(frozen=True)
class _InPlace:
    name: str
    action: str
    gait: Gait
    steps: tuple[int, int]
    templates: tuple[str, ...]


_SPECS = (
    _InPlace(
        "walk_in_place",
        "walk",
        Gait(0.55, height=0.1, toe_off=0.5, strike=0.2, style=StepStyle(lift_gain=1.8, elbow=0.3)),
        (6, 11),
        (
            "a person walks in place <speed>",
            "a person walks on the spot <speed>",
            "a person {is walking|keeps walking} in place <speed>",
            "a person takes steps {in place|on the spot} <speed>",
            "walk in place <speed>",
            "a person {steps|walks} in place without moving forward",
            "walking {in place|on the spot} <speed>",
        ),
    ),
    _InPlace(
        "march_in_place",
        "march",
        Gait(
            0.52,
            height=0.27,
            toe_off=0.6,
            strike=0.3,
            swing_pitch=0.35,
            style=StepStyle(lift_gain=2.2, elbow=0.25),
        ),
        (6, 12),
        (
            "a person marches in place <speed>",
            "a person {is marching|marches} on the spot <speed>",
            "a person marches <speed> without moving forward, {lifting|raising} the knees",
            "a person marches in place like a soldier",
            "march in place <speed>",
            "a march {in place|on the spot}",
            "a person {lifts|raises} {one knee after the other|the knees in turn}, in place",
        ),
    ),
    _InPlace(
        "jog_in_place",
        "run",
        Gait(
            0.36,
            swing=1.2,
            height=0.13,
            toe_off=0.7,
            strike=0.25,
            swing_pitch=0.7,
            via=(0.0, 0.17),
            style=StepStyle(lift_gain=1.8, elbow=1.15, bend=0.06),
        ),
        (8, 14),
        (
            "a person jogs in place <speed>",
            "a person {is jogging|jogs} on the spot <speed>",
            "a person {jogs|runs} lightly in place",
            "jog in place <speed>",
            "jogging {in place|on the spot} <speed>",
            "a person warms up by jogging in place",
            "a person jogs without moving forward",
        ),
    ),
    _InPlace(
        "run_in_place",
        "run",
        Gait(
            0.29,
            swing=1.32,
            height=0.24,
            toe_off=0.7,
            strike=0.3,
            swing_pitch=0.7,
            via=(0.0, 0.06),
            style=StepStyle(lift_gain=2.0, elbow=1.35, bend=0.1),
        ),
        (10, 18),
        (
            "a person runs in place <speed>",
            "a person {is running|runs} on the spot <speed>",
            "a person runs <speed> without leaving the spot",
            "run in place <speed>",
            "running {in place|on the spot} <speed>",
            "a person runs without moving forward",
        ),
    ),
    _InPlace(
        "high_knees",
        "exercise",
        Gait(
            0.33,
            swing=1.22,
            height=0.42,
            toe_off=0.6,
            strike=0.3,
            swing_pitch=0.45,
            via=(0.0, -0.06),
            style=StepStyle(lift_gain=1.5, elbow=1.3, bend=-0.03),
        ),
        (9, 16),
        (
            "a person does high knees <speed>",
            "a person runs in place with high knees",
            "a person {is doing|does} the high knees exercise <speed>",
            "high knees <speed>",
            "a person {lifts|raises} the knees high while running {in place|on the spot}",
            "running in place, bringing the knees up high",
        ),
    ),
    _InPlace(
        "heel_kicks",
        "exercise",
        Gait(
            0.34,
            swing=1.2,
            height=0.3,
            toe_off=0.9,
            strike=0.3,
            swing_pitch=1.5,
            via=(0.0, 0.36),
            style=StepStyle(lift_gain=0.9, elbow=1.25, bend=0.08),
        ),
        (9, 15),
        (
            "a person does butt kicks <speed>",
            "a person runs in place and kicks the heels up behind",
            "a person {jogs|runs} in place, kicking the heels to the {bottom|butt}",
            "butt kicks <speed>",
            "heel kicks {in place|on the spot}",
            "a person {is doing|does} heel kicks <speed>",
        ),
    ),
)


def _register(spec: _InPlace) -> None:
    @authored(spec.name, group="walks_in_place", action=spec.action)
    def author_walks_in_place_clip(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        """Step from foot to foot on the spot."""
        speed = rng.uniform(0.78, 1.25)
        steps = int(rng.integers(*spec.steps, endpoint=True))
        side = SIDES[rng.integers(2)]
        path = WalkPath([(0.02, 0.0)])
        start = rng.uniform(0.4, 0.7)
        plan = walk_plan(rng, scale_gait(spec.gait, speed), path, steps, side, start)
        motion = follow_steps(plan, rng, base_clips)
        return AuthoredClip(
            motion, write_captions(spec.templates, rng, speed=speed_word(rng, speed))
        )


for _spec in _SPECS:
    _register(_spec)
