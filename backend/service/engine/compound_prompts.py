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
from ...kinematics.editing.arm_gestures import are_arms_free, arm_gesture_part
from ...kinematics.math.rotations import Array
from ...text.compound_prompts import split_compound_prompt
from .ranking import CandidateMotion
from .sampling import CandidateSampler, SampleSpec, SamplingParams

_MIN_CLAUSE_SCORE = 0.6
"""Share of the score that a clause has by itself, below which the whole prompt does not show it."""
_TRIAL_SECONDS = 4.0
_TRIAL_CANDIDATES = 2
"""A recipe is a matter of the words alone, so it is tried out with these, whatever was asked."""
_REMEMBERED_PROMPTS = 200


@dataclass(frozen=True)
class PromptLayer:
    """Words, and the part of the body that moves as they say."""

    prompt: str
    """A prompt; "" where an action label stands alone."""
    part: str = "BODY"


PromptLayers = tuple[PromptLayer, ...]
"""The first moves the body, another is laid over it."""


class CompoundPrompts:
    """Which motions are drawn for a prompt; remembered, as the same words are often asked for."""

    def __init__(self, drawer: CandidateSampler) -> None:
        self._sampler = drawer
        self._layers_by_prompt: dict[str, PromptLayers] = {}

    def split_into_layers(self, prompt: str, action: str | None) -> PromptLayers:
        """What to draw. With an action label that is one motion, as it is for most prompts."""
        said = split_compound_prompt(prompt)
        if said is None or action is not None or self._sampler.embedder is None:
            return (PromptLayer(prompt),)
        if prompt not in self._layers_by_prompt:
            if len(self._layers_by_prompt) >= _REMEMBERED_PROMPTS:
                self._layers_by_prompt.clear()
            self._layers_by_prompt[prompt] = self._choose_layers(prompt, said)
        return self._layers_by_prompt[prompt]

    def _choose_layers(self, prompt: str, clause_texts: tuple[str, str]) -> PromptLayers:
        embedder = self._sampler.embedder
        assert embedder is not None  # by `of`
        motions = self._best_motions(prompt, *clause_texts)
        vectors = embedder.embed_motions(
            [one.rows for one in motions], [one.times for one in motions]
        )
        scores = vectors @ embedder.embed_prompts(clause_texts).T
        alone = np.array([scores[1, 0], scores[2, 1]])
        if (scores[0] >= _MIN_CLAUSE_SCORE * alone).all():
            return (PromptLayer(prompt),)
        for body, arms in ((1, 2), (2, 1)):
            part = _detect_gesture(motions[arms])
            if (
                part
                and not _detect_gesture(motions[body])
                and are_arms_free(_joint_positions(motions[body]))
            ):
                return PromptLayer(clause_texts[body - 1]), PromptLayer(
                    clause_texts[arms - 1], part
                )
        return (PromptLayer(prompt),)

    def _best_motions(self, *prompts: str) -> list[CandidateMotion]:
        """A motion of each, drawn as one batch."""
        wishes = [SampleSpec(words, None, _TRIAL_SECONDS, 0) for words in prompts]
        drawn = [one for wish in wishes for one in wish.with_candidate_seeds(_TRIAL_CANDIDATES)]
        codes = self._sampler.sample_latents(drawn, SamplingParams(), lambda _: None, {})
        best = []
        for wish, group in zip(wishes, codes.split(_TRIAL_CANDIDATES), strict=True):
            seen = [self._sampler.decode_for_scoring(code, _TRIAL_SECONDS) for code in group]
            verdicts = self._sampler.score_motions(seen, wish.scoring_text, {})
            best.append(max(zip(verdicts, seen, strict=True), key=lambda pair: pair[0].total)[1])
        return best


def _detect_gesture(seen: CandidateMotion) -> str | None:
    return arm_gesture_part(_joint_positions(seen), 1.0 / float(seen.times[1] - seen.times[0]))


def _joint_positions(seen: CandidateMotion) -> Array:
    """(T, 24, 3)."""
    return forward_kinematics(SMPL, *rows_to_matrices(seen.rows))[0]
