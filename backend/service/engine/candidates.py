"""The motions that one wish could be granted by, in the form that takes remember."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ...playback.layers import BodyPartLayer
from .compound_prompts import PromptLayers
from .latents import Latent
from .ranking import CandidateScore
from .sampling import CandidateSampler, SampleSpec


@dataclass(frozen=True)
class GeneratedCandidate:
    """One of the motions that could be given."""

    latent: Latent
    score: CandidateScore
    """On the motion of the body; nothing is said of one that is alone."""


def candidate_specs(spec: SampleSpec, layers: PromptLayers, count: int) -> list[SampleSpec]:
    """What is to be drawn for one wish: `each` candidates of each ingredient."""
    parts = (replace(spec, prompt=ingredient.prompt) for ingredient in layers)
    return [one for part in parts for one in part.with_candidate_seeds(count)]


def build_candidates(
    sampler: CandidateSampler,
    spec: SampleSpec,
    layers: PromptLayers,
    codes: Tensor,
    lock_feet: bool,
    timings: dict[str, float],
) -> list[GeneratedCandidate]:
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
    groups = codes.split(len(codes) // len(layers))
    for ingredient, group in zip(layers, groups, strict=True):
        part = replace(spec, prompt=ingredient.prompt)
        verdicts.append(_score_codes(sampler, part, group, timings))
    over = tuple(
        BodyPartLayer(group[best_index(judged)], ingredient.part)
        for ingredient, group, judged in zip(layers[1:], groups[1:], verdicts[1:], strict=True)
    )
    return [
        GeneratedCandidate(Latent(code, spec.seconds, lock_feet, over), verdict)
        for code, verdict in zip(groups[0], verdicts[0], strict=True)
    ]


def best_index(scores: Sequence[CandidateScore]) -> int:
    """Which is worth most; of equals the first."""
    return max(range(len(scores)), key=lambda n: scores[n].total)


def _score_codes(
    sampler: CandidateSampler, spec: SampleSpec, codes: Tensor, timings: dict[str, float]
) -> list[CandidateScore]:
    if len(codes) == 1:
        return [CandidateScore()]  # there is nothing to choose
    seen = [sampler.decode_for_scoring(code, spec.seconds) for code in codes]
    return sampler.score_motions(seen, spec.scoring_text, timings)
