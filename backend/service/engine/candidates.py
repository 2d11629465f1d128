"""Candidates for a motion: sampled, scored and put together from layers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from torch import Tensor

from ...playback.clip import BodyPartLayer
from .compound_prompts import PromptLayers
from .latents import Latent
from .ranking import CandidateScore
from .sampling import CandidateSampler, SampleSpec, SamplingParams, Timings


@dataclass(frozen=True)
class GeneratedCandidate:
    """One of the motions sampled for a request."""

    latent: Latent
    score: CandidateScore = field(default_factory=CandidateScore)
    """Score of the motion of the body; zero if there is no other candidate."""
    seed: int = 0
    """Seed of the motion that the candidate is for."""
    index: int = 0
    """Number of the candidate, 0 for that with the seed itself."""


@dataclass(frozen=True)
class LayeredSpec:
    """One motion to sample, as one or more layers."""

    spec: SampleSpec
    layers: PromptLayers

    def layer_specs(self) -> list[SampleSpec]:
        return [replace(self.spec, prompt=layer.prompt) for layer in self.layers]


def sample_candidates(
    sampler: CandidateSampler,
    specs: Sequence[LayeredSpec],
    count: int,
    params: SamplingParams,
    lock_feet: bool,
    on_step: Callable[[int], None],
    timings: Timings,
    on_sampled: Callable[[], None] = lambda: None,
) -> list[list[GeneratedCandidate]]:
    """Sample `count` candidates for each spec, all as one batch.

    Args:
        sampler: Samples and scores.
        specs: Motions to sample.
        count: Candidates of each layer. Of a layer over the body, the best one is used.
        params: Parameters of diffusion sampling.
        lock_feet: See `Latent`.
        on_step: Called before each diffusion step with its number.
        timings: Receives the seconds spent.
        on_sampled: Called between sampling and scoring.
    """
    if not specs:
        return []
    batches = [
        [
            candidate
            for layer in spec.layer_specs()
            for candidate in layer.with_candidate_seeds(count)
        ]
        for spec in specs
    ]
    flat = [spec for batch in batches for spec in batch]
    codes = sampler.sample_latents(flat, params, on_step, timings)
    on_sampled()
    groups = codes.split([len(batch) for batch in batches])
    return [
        _build_candidates(sampler, spec, group.split(count), lock_feet, timings)
        for spec, group in zip(specs, groups, strict=True)
    ]


def _build_candidates(
    sampler: CandidateSampler,
    layered: LayeredSpec,
    groups: Sequence[Tensor],
    lock_feet: bool,
    timings: Timings,
) -> list[GeneratedCandidate]:
    """Return each candidate of the body's motion, under the best ones of the layers over it.

    Args:
        groups: Codes (candidates, latent) of each layer.
    """
    spec = layered.spec
    scores = [
        _score_codes(sampler, layer, group, timings)
        for layer, group in zip(layered.layer_specs(), groups, strict=True)
    ]
    overlays = tuple(
        BodyPartLayer(group[_best_index(of_layer)], layer.part)
        for layer, group, of_layer in zip(layered.layers[1:], groups[1:], scores[1:], strict=True)
    )
    return [
        GeneratedCandidate(Latent(code, spec.seconds, lock_feet, overlays), score, spec.seed, n)
        for n, (code, score) in enumerate(zip(groups[0], scores[0], strict=True))
    ]


def best_candidate(candidates: Sequence[GeneratedCandidate]) -> GeneratedCandidate:
    """Return the candidate with the best score; the first of equals."""
    return max(candidates, key=lambda candidate: candidate.score.total)


def _best_index(scores: Sequence[CandidateScore]) -> int:
    return max(range(len(scores)), key=lambda n: scores[n].total)


def _score_codes(
    sampler: CandidateSampler, spec: SampleSpec, codes: Tensor, timings: Timings
) -> list[CandidateScore]:
    if len(codes) == 1:
        return [CandidateScore()]  # There is no choice.
    motions = [sampler.decode_for_scoring(code, spec.seconds) for code in codes]
    return sampler.score_motions(motions, spec.scoring_text, timings)
