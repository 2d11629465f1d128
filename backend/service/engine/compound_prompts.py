"""Compound prompts, which describe two things at once: sampled as one motion or as two layers.

Captures of people who do two things at once are rare, so a motion for "walks forward and waves"
often shows only one of them. If one motion does not show both clauses, and one clause moves the
arms alone, that clause is sampled by itself and laid over the other one.
"""

from dataclasses import dataclass

import numpy as np

from ...data.features import rows_to_matrices
from ...kinematics.body.skeleton import SMPL, forward_kinematics
from ...kinematics.editing.arm_gestures import are_arms_free, arm_gesture_part
from ...kinematics.math.rotations import Array
from ...text.compound_prompts import split_compound_prompt
from .ranking import CandidateMotion
from .sampling import CandidateSampler, SampleSpec, SamplingParams, Timings

_MIN_CLAUSE_SCORE = 0.6
"""Fraction of a clause's score by itself that the whole prompt's motion must reach to show it."""
_TRIAL_SECONDS = 4.0
"""Length of trial motions. Layers depend on the prompt alone, so trials are always alike."""
_TRIAL_CANDIDATES = 2
_MAX_STORED_PROMPTS = 200


@dataclass(frozen=True)
class PromptLayer:
    """A prompt, and the part of the body that moves by it."""

    prompt: str
    """Prompt; "" for a label alone."""
    part: str = "BODY"


PromptLayers = tuple[PromptLayer, ...]
"""First the layer of the body, then the one over it, if any."""


class CompoundPrompts:
    """Chooses the layers of each prompt, and stores them for the next time."""

    def __init__(self, sampler: CandidateSampler) -> None:
        self._sampler = sampler
        self._layers_by_prompt: dict[str, PromptLayers] = {}

    def split_into_layers(self, prompt: str, action: str | None) -> PromptLayers:
        """Return the layers of a prompt: one with a label, and for most prompts."""
        clauses = split_compound_prompt(prompt)
        if clauses is None or action is not None or self._sampler.embedder is None:
            return (PromptLayer(prompt),)
        if prompt not in self._layers_by_prompt:
            if len(self._layers_by_prompt) >= _MAX_STORED_PROMPTS:
                self._layers_by_prompt.clear()
            self._layers_by_prompt[prompt] = self._choose_layers(prompt, clauses)
        return self._layers_by_prompt[prompt]

    def _choose_layers(self, prompt: str, clauses: tuple[str, str]) -> PromptLayers:
        embedder = self._sampler.embedder
        assert embedder is not None  # checked by `split_into_layers`
        motions = self._best_motions(prompt, *clauses)
        embeddings = embedder.embed_motions([m.rows for m in motions], [m.times for m in motions])
        scores = embeddings @ embedder.embed_prompts(clauses).T
        alone = np.array([scores[1, 0], scores[2, 1]])
        if (scores[0] >= _MIN_CLAUSE_SCORE * alone).all():
            return (PromptLayer(prompt),)
        for body, arms in ((1, 2), (2, 1)):
            part = _detect_gesture(motions[arms])
            if part is None or _detect_gesture(motions[body]):
                continue
            if are_arms_free(_joint_positions(motions[body])):
                return PromptLayer(clauses[body - 1]), PromptLayer(clauses[arms - 1], part)
        return (PromptLayer(prompt),)

    def _best_motions(self, *prompts: str) -> list[CandidateMotion]:
        """Sample a motion for each prompt, all as one batch."""
        specs = [SampleSpec(prompt, None, _TRIAL_SECONDS, 0) for prompt in prompts]
        flat = [item for spec in specs for item in spec.with_candidate_seeds(_TRIAL_CANDIDATES)]
        codes = self._sampler.sample_latents(flat, SamplingParams(), lambda _: None, Timings())
        best = []
        for spec, group in zip(specs, codes.split(_TRIAL_CANDIDATES), strict=True):
            motions = [self._sampler.decode_for_scoring(code, _TRIAL_SECONDS) for code in group]
            scores = self._sampler.score_motions(motions, spec.scoring_text, Timings())
            best.append(max(zip(scores, motions, strict=True), key=lambda pair: pair[0].total)[1])
        return best


def _detect_gesture(motion: CandidateMotion) -> str | None:
    fps = 1.0 / float(motion.times[1] - motion.times[0])
    return arm_gesture_part(_joint_positions(motion), fps)


def _joint_positions(motion: CandidateMotion) -> Array:
    """Return joint positions (T, 24, 3) in metres."""
    return forward_kinematics(SMPL, *rows_to_matrices(motion.rows))[0]
