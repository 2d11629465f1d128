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
class CandidateJob:
    """Sampling of all candidates of one request."""

    sampler: CandidateSampler
    params: SamplingParams
    count: int
    """Candidates of each layer. Of a layer over the body, the best one is used."""
    lock_feet: bool
    on_step: Callable[[int], None]
    """Called before each diffusion step with its number."""
    timings: Timings = field(default_factory=Timings)
    """Receives the seconds spent."""

    def sample(
        self,
        motions: Sequence[tuple[SampleSpec, PromptLayers]],
        on_sampled: Callable[[], None] = lambda: None,
    ) -> list[list[GeneratedCandidate]]:
        """Sample and score candidates for each motion, all as one batch.

        Args:
            motions: Motions to sample, each with its layers.
            on_sampled: Called between sampling and scoring.
        """
        if not motions:
            return []
        layered = [
            [replace(spec, prompt=layer.prompt) for layer in layers] for spec, layers in motions
        ]
        specs = [spec for layer_specs in layered for spec in layer_specs]
        flat = [item for spec in specs for item in spec.with_candidate_seeds(self.count)]
        codes = self.sampler.sample_latents(flat, self.params, self.on_step, self.timings)
        on_sampled()
        groups = iter(codes.split(self.count))
        return [
            self._build_candidates(layer_specs, layers, [next(groups) for _ in layers])
            for layer_specs, (_, layers) in zip(layered, motions, strict=True)
        ]

    def _build_candidates(
        self, specs: Sequence[SampleSpec], layers: PromptLayers, groups: Sequence[Tensor]
    ) -> list[GeneratedCandidate]:
        """Return each candidate of the body's motion, under the best ones of the layers over it;
        `groups` has the codes (candidates, latent) of each layer."""
        scores = [self._score_codes(*layer) for layer in zip(specs, groups, strict=True)]
        best = [max(range(len(one)), key=lambda n: one[n].total) for one in scores]
        overlays = tuple(
            BodyPartLayer(groups[n][best[n]], layers[n].part) for n in range(1, len(layers))
        )
        return [
            GeneratedCandidate(
                Latent(code, specs[0].seconds, self.lock_feet, overlays), score, specs[0].seed, n
            )
            for n, (code, score) in enumerate(zip(groups[0], scores[0], strict=True))
        ]

    def _score_codes(self, spec: SampleSpec, codes: Tensor) -> list[CandidateScore]:
        if len(codes) == 1:
            return [CandidateScore()]  # There is no choice.
        motions = [self.sampler.decode_for_scoring(code, spec.seconds) for code in codes]
        return self.sampler.score_motions(motions, spec.scoring_text, self.timings)
