"""Prompts that say two things at once: drawn as one motion, or as one laid over the other.

Captures of people who do two things at once are few, so of "walks forward and waves" one motion
shows the walk, or the wave. Where the words do not come out of one motion, and one of the two is a
matter of the arms alone, that is drawn by itself and laid over the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...data.features import rows_to_matrices
from ...kinematics.body.skeleton import SMPL, forward_kinematics
from ...kinematics.editing.arm_gestures import arms_are_free, gesture
from ...kinematics.math.rotations import Array
from ...text.compound_prompts import clauses
from .ranking import Candidate
from .sampling import Drawer, Way, Wish

_LOST = 0.6
"""Share of the score that a clause has by itself, below which the whole prompt does not show it."""
_SECONDS = 4.0
_CANDIDATES = 2
"""A recipe is a matter of the words alone, so it is tried out with these, whatever was asked."""
_REMEMBERED = 200


@dataclass(frozen=True)
class Ingredient:
    """Words, and the part of the body that moves as they say."""

    words: str
    """A prompt; "" where an action label stands alone."""
    part: str = "BODY"


Recipe = tuple[Ingredient, ...]
"""The first moves the body, another is laid over it."""


class Recipes:
    """Which motions are drawn for a prompt; remembered, as the same words are often asked for."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer
        self._known: dict[str, Recipe] = {}

    def of(self, prompt: str, action: str | None) -> Recipe:
        """What to draw. With an action label that is one motion, as it is for most prompts."""
        said = clauses(prompt)
        if said is None or action is not None or self._drawer.embedder is None:
            return (Ingredient(prompt),)
        if prompt not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[prompt] = self._tried(prompt, said)
        return self._known[prompt]

    def _tried(self, prompt: str, said: tuple[str, str]) -> Recipe:
        embedder = self._drawer.embedder
        assert embedder is not None  # by `of`
        motions = self._best_of(prompt, *said)
        vectors = embedder.motions([one.rows for one in motions], [one.times for one in motions])
        scores = vectors @ embedder.texts(said).T
        alone = np.array([scores[1, 0], scores[2, 1]])
        if (scores[0] >= _LOST * alone).all():
            return (Ingredient(prompt),)
        for body, arms in ((1, 2), (2, 1)):
            part = _gesture(motions[arms])
            if part and not _gesture(motions[body]) and arms_are_free(_joints(motions[body])):
                return Ingredient(said[body - 1]), Ingredient(said[arms - 1], part)
        return (Ingredient(prompt),)

    def _best_of(self, *prompts: str) -> list[Candidate]:
        """A motion of each, drawn as one batch."""
        wishes = [Wish(words, None, _SECONDS, 0) for words in prompts]
        drawn = [one for wish in wishes for one in wish.candidates(_CANDIDATES)]
        codes = self._drawer.draw(drawn, Way(), lambda _: None, {})
        best = []
        for wish, group in zip(wishes, codes.split(_CANDIDATES), strict=True):
            seen = [self._drawer.glimpse(code, _SECONDS) for code in group]
            verdicts = self._drawer.judge(seen, wish.words, {})
            best.append(max(zip(verdicts, seen, strict=True), key=lambda pair: pair[0].worth)[1])
        return best


def _gesture(seen: Candidate) -> str | None:
    return gesture(_joints(seen), 1.0 / float(seen.times[1] - seen.times[0]))


def _joints(seen: Candidate) -> Array:
    """(T, 24, 3)."""
    return forward_kinematics(SMPL, *rows_to_matrices(seen.rows))[0]
