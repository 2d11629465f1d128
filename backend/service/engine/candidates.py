"""The motions that one wish could be granted by, in the form that takes remember."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ...playback.layers import Layer
from .compound_prompts import Recipe
from .latents import Latent
from .ranking import Verdict
from .sampling import Drawer, Wish


@dataclass(frozen=True)
class Option:
    """One of the motions that could be given."""

    latent: Latent
    verdict: Verdict
    """On the motion of the body; nothing is said of one that is alone."""


def wishes_of(wish: Wish, recipe: Recipe, each: int) -> list[Wish]:
    """What is to be drawn for one wish: `each` candidates of each ingredient."""
    parts = (replace(wish, prompt=ingredient.words) for ingredient in recipe)
    return [one for part in parts for one in part.candidates(each)]


def options(
    drawer: Drawer,
    wish: Wish,
    recipe: Recipe,
    codes: Tensor,
    lock_feet: bool,
    timings: dict[str, float],
) -> list[Option]:
    """Each candidate of the body's motion, under the best of what is laid over it.

    Args:
        drawer: judges them.
        wish: what was wished for.
        recipe: of its words.
        codes: (ingredients · candidates, latent), drawn for `wishes_of`.
        lock_feet: see `Latent`.
        timings: to which the seconds spent on judging are added.
    """
    verdicts = []
    groups = codes.split(len(codes) // len(recipe))
    for ingredient, group in zip(recipe, groups, strict=True):
        part = replace(wish, prompt=ingredient.words)
        verdicts.append(_verdicts(drawer, part, group, timings))
    over = tuple(
        Layer(group[best(judged)], ingredient.part)
        for ingredient, group, judged in zip(recipe[1:], groups[1:], verdicts[1:], strict=True)
    )
    return [
        Option(Latent(code, wish.seconds, lock_feet, over), verdict)
        for code, verdict in zip(groups[0], verdicts[0], strict=True)
    ]


def best(verdicts: Sequence[Verdict]) -> int:
    """Which is worth most; of equals the first."""
    return max(range(len(verdicts)), key=lambda n: verdicts[n].worth)


def _verdicts(
    drawer: Drawer, wish: Wish, codes: Tensor, timings: dict[str, float]
) -> list[Verdict]:
    if len(codes) == 1:
        return [Verdict()]  # there is nothing to choose
    seen = [drawer.glimpse(code, wish.seconds) for code in codes]
    return drawer.judge(seen, wish.words, timings)
