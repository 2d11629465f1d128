"""Manners of walking and running: a captured gait in another time, stride and posture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ..body.base_clips import BaseClips
from ..body.limbs import SIDES
from ..body.motion import AuthoredMotion
from ..body.timing import drift
from ..catalogue import AuthoredClip, authored
from ..wording import write_captions
from .gait import FootStyle, GaitStyle, edit_gait, other_side
from .gait_cycles import repeat_stride
from .gait_posture import Posture, hold_posture

Range = tuple[float, float]
"""Bounds between which a value is drawn."""
Ranges = Mapping[str, Range]
"""Field of a style -> its bounds."""
ArmAuthor = Callable[[AuthoredMotion, str, np.random.Generator], AuthoredMotion]
"""A function of a gait, of the side that was drawn, and of a random generator."""

_SECONDS = (3.2, 7.0)
"""Bounds of the length of a clip, where captures are long enough."""
_SHORTEST_BASE = 2.2
"""Seconds of a captured gait that hold a few steps."""

_CANDIDATES = 6
"""Captured gaits of which the straightest is taken."""
_WEAVE_SECONDS = 1.1
"""Time scale at which a path weaves: about that of a stride."""


@dataclass(frozen=True)
class WalkingStyle:
    """A style of going, in ranges of the styles' fields.

    One side is drawn for each clip; `one_foot` is the foot of that side, and <side> and <other> are
    fields of the captions.
    """

    name: str
    templates: tuple[str, ...]
    gait: Ranges = field(default_factory=dict)
    feet: Ranges = field(default_factory=dict)
    one_foot: Ranges = field(default_factory=dict)
    other_foot: Ranges = field(default_factory=dict)
    posture: Ranges = field(default_factory=dict)
    sided: Ranges = field(default_factory=dict)
    """Fields of the posture that tip to the side that was drawn, and not to the left."""
    arms: ArmAuthor | None = None
    base: str = "walk"
    """Captured gait that is edited: "walk" or "run"."""
    action: str = "walk"
    weave: Range = (0.0, 0.0)
    """Spread in metres of the path to its sides."""
    backwards: bool = False
    """Whether time runs backwards."""
    weight: float = 1.0


def author_walking_style(
    style: WalkingStyle, rng: np.random.Generator, base_clips: BaseClips
) -> AuthoredClip:
    """Draw one clip of a style."""
    side = SIDES[rng.integers(2)]
    gait = GaitStyle(**_draw(style.gait, rng))
    feet = _draw(style.feet, rng)
    styles = {
        side: FootStyle(**(feet | _draw(style.one_foot, rng))),
        other_side(side): FootStyle(**(feet | _draw(style.other_foot, rng))),
    }
    seconds = max(rng.uniform(*_SECONDS) * gait.pace, _SHORTEST_BASE)
    motion = _draw_straight(style.base, rng, base_clips, seconds)
    weave = rng.uniform(*style.weave) * drift(rng, motion.times, 1, _WEAVE_SECONDS)[:, 0]
    gait = replace(gait, weave=weave)
    motion = edit_gait(motion, gait, {name: styles[name] for name in SIDES})
    if style.backwards:
        motion = motion.reversed()
    posture = _draw(style.posture, rng)
    sign = 1.0 if side == "left" else -1.0
    posture |= {name: sign * value for name, value in _draw(style.sided, rng).items()}
    motion = hold_posture(motion, Posture(**posture), rng)
    if style.arms is not None:
        motion = style.arms(motion, side, rng)
    captions = write_captions(style.templates, rng, side=side, other=other_side(side))
    return AuthoredClip(motion.align_to_origin(), captions)


def register_walking_styles(walking_styles: tuple[WalkingStyle, ...], group: str) -> None:
    """Register a table of manners as kinds."""
    for style in walking_styles:
        register = authored(
            style.name,
            group=group,
            action=style.action,
            weight=style.weight,
            may_slide=style.base == "run",
        )
        register(partial(author_walking_style, style))


def _draw_straight(
    base: str, rng: np.random.Generator, base_clips: BaseClips, seconds: float
) -> AuthoredMotion:
    """Return the one of a few captured gaits that turns least: short strides sharpen turns.

    Of runs, which are short, a stride is repeated.
    """
    if base == "run":
        runs = [base_clips.draw("run_steps", rng, seconds) for _ in range(_CANDIDATES)]
        return min((repeat_stride(run, seconds) for run in runs), key=lambda found: found[1])[0]
    drawn = [base_clips.draw(base, rng, seconds) for _ in range(_CANDIDATES)]
    return min(drawn, key=lambda motion: float(np.ptp(motion.headings)))


def _draw(ranges: Ranges, rng: np.random.Generator) -> dict[str, float]:
    return {name: float(rng.uniform(*bounds)) for name, bounds in ranges.items()}
