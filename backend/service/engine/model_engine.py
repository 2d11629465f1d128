"""The engine of the shipped models: requests in, takes out."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...embedding.nerm_retrieval import load_sampler
from ...inbetween.resampler import SplineResampler
from ...kinematics.body.take import Take
from ...playback.sequence import MotionSequence
from ...protocol.generation_fields import CANDIDATES
from ...protocol.limits import LimitError, check_time_range
from ...training.codes import interpolate_codes
from ...training.weight_files import ASSETS, WeightsError
from ..schema.replies import ModelInfo
from ..schema.requests import (
    Block,
    DecodeRequest,
    GenerateRequest,
    InterpolateRequest,
    ResampleRequest,
    SequenceRequest,
)
from .candidates import CandidateJob, GeneratedCandidate
from .compound_prompts import CompoundPrompts
from .devices import parallel_map, release_cached_memory
from .interface import EngineError, ProgressCallback
from .latents import Latent, source_text
from .model_registry import ModelRegistry
from .ranking import CandidateMotion
from .resampling import load_resampler, resample_take
from .sampling import (
    SCORING_STEP,
    CandidateSampler,
    SampleSpec,
    SamplingParams,
    Timings,
    scoring_frame_count,
)
from .sequences import SequenceComposer, clip_ranges_from_metadata
from .styles import StyleEngine

_RANGE_KEYS = ("start", "end", "speed")
"""Metadata of the range of the motion that a decoded take shows."""
_DECODING = "Decoding the frames"


class ModelEngine:
    """The shipped models, loaded once; implements `backend.service.engine.interface.Engine`."""

    def __init__(self, assets: Path = ASSETS) -> None:
        # Matrix products are too small for several threads, and a single one never waits.
        torch.set_num_threads(1)
        try:
            self._sampler, embedder = load_sampler(assets)
        except WeightsError as error:
            raise EngineError(str(error)) from error
        self._registry = ModelRegistry(self._sampler, assets)
        self._candidate_sampler = CandidateSampler(self._sampler, embedder)
        self._compound_prompts = CompoundPrompts(self._candidate_sampler)
        self._assets, self._style_engine = assets, StyleEngine(self._sampler.device, assets)
        self.learn_style = self._style_engine.learn_style
        self.generate_in_style = self._style_engine.generate_in_style
        self._resampler: SplineResampler | None = None
        self._warm_up()

    def list_models(self) -> list[ModelInfo]:
        """Return the models for prompts and for labels, and the shipped style."""
        return [*self._registry.list_models(), *self._style_engine.list_models()]

    def free_memory(self) -> None:
        """Free all memory; the engine is not used again."""
        device = self._sampler.device
        self._style_engine.free_memory()
        vars(self).clear()
        release_cached_memory(device)

    def _warm_up(self) -> None:
        """Let libraries choose their kernels now, instead of during the first motion."""
        sampler, text = self._candidate_sampler, "a person walks"
        specs, params = [SampleSpec(text, None, 1.0, 0)], SamplingParams(steps=1)
        codes = sampler.sample_latents(specs, params, lambda _: None, Timings())
        sampler.score_motions([sampler.decode_for_scoring(codes[0], 1.0)], text, Timings())

    def generate_take(self, request: GenerateRequest, progress: ProgressCallback) -> Take:
        """Generate the first variation."""
        return self.generate_variations(request, progress)[0]

    def generate_variations(
        self, request: GenerateRequest, progress: ProgressCallback
    ) -> list[Take]:
        """Generate variations, sampled as one batch; each is the best of its candidates."""
        self._registry.check_model_label(request.model, request.action)
        seeds = range(request.seed, request.seed + request.variations)
        if request.loop:
            return [self._generate_loop(request, seed, progress) for seed in seeds]
        if request.model == "motioninr":
            return self._generate_by_label(request, seeds, progress)
        job, report = self._start_sampling(request, request.variations, progress)
        steps = job.params.steps
        layers = self._compound_prompts.split_into_layers(request.prompt, request.action)
        spec = SampleSpec(request.prompt, request.action, request.seconds, request.seed)
        candidates = job.sample(
            [(replace(spec, seed=seed), layers) for seed in seeds],
            lambda: report(steps, "Comparing" if job.count > 1 else _DECODING),
        )
        best = [max(group, key=lambda candidate: candidate.score.total) for group in candidates]
        motions, takes = self._decode_candidates(
            best, request.fps, job.timings, lambda done: report(steps + done, _DECODING)
        )
        scores = [candidate.score for candidate in best]
        if job.count == 1 or len(layers) > 1:
            # Not scored yet, or only layer by layer.
            scores = self._candidate_sampler.score_motions(motions, spec.scoring_text, job.timings)
        for candidate, score, take in zip(best, scores, takes, strict=True):
            take.metadata = {
                **self._registry.weights_metadata(),
                "prompt": request.prompt,
                "action": request.action,
                "seed": candidate.seed,
                **vars(job.params),
                "candidates": job.count,
                "candidate": candidate.index,
                **score.metadata,
                **candidate.latent.to_dict(),
                "timings": job.timings,
            }
        return takes

    def generate_sequence(
        self, request: SequenceRequest, take: Take | None, progress: ProgressCallback
    ) -> Take:
        """Generate several motions in a row; `take` has the blocks to reuse."""
        for block in request.blocks:
            self._registry.check_model_label(block.model, block.action)
        return self._compose_sequence(request, request.blocks, take, progress)

    def _generate_by_label(
        self, request: GenerateRequest, seeds: Sequence[int], progress: ProgressCallback
    ) -> list[Take]:
        assert request.action is not None  # checked by `check_generate`
        takes = []
        for n, seed in enumerate(seeds):
            progress(n, len(seeds), _DECODING)
            takes.append(
                self._registry.motioninr.sample_take(
                    request.action, request.seconds, request.fps, seed, request.lock_feet
                )
            )
        progress(len(seeds), len(seeds), "Done")
        return takes

    def _generate_loop(
        self, request: GenerateRequest, seed: int, progress: ProgressCallback
    ) -> Take:
        fields = request.model_dump(include={"model", "prompt", "action", "seconds"})
        block = Block(**fields, seed=seed)
        take = self._compose_sequence(request, [block], None, progress)
        take.metadata = {**take.metadata, **block.model_dump(include={"prompt", "action", "seed"})}
        return take

    def _compose_sequence(
        self,
        request: GenerateRequest | SequenceRequest,
        blocks: Sequence[Block],
        source: Take | None,
        progress: ProgressCallback,
    ) -> Take:
        job, report = self._start_sampling(request, 1, progress)
        composer = SequenceComposer(self._registry, self._compound_prompts, job)
        composed = composer.compose(
            blocks, request.loop, lambda n: self._latent_of_block(source, n)
        )
        report(job.params.steps, _DECODING)
        with job.timings.measure("decode"):
            sequence = MotionSequence([block.clip_range for block in composed], request.loop)
            take = sequence.to_take(request.fps, request.lock_feet)
        notes = dict.fromkeys(block.note for block in composed if block.note)
        take.metadata = {
            **self._registry.weights_metadata(blocks),
            **vars(job.params),
            "candidates": job.count,
            "blocks": [block.to_dict(self._registry) for block in composed],
            "loop": request.loop,
            "seconds": sequence.seconds,
            "lock_feet": request.lock_feet,
            **({"note": " ".join(notes)} if notes else {}),
            "timings": job.timings,
        }
        report(job.params.steps + 1, "Done")
        return take

    def decode_take(self, request: DecodeRequest, take: Take, progress: ProgressCallback) -> Take:
        """Decode a motion, or a range of it, from the latents in a take's metadata."""
        progress(0, 1, _DECODING)
        self._registry.check_take_weights(take.metadata)
        lock_feet = take.metadata.get("lock_feet") is not False
        lock_feet = lock_feet if request.lock_feet is None else request.lock_feet
        timings = Timings()
        with timings.measure("decode"):
            if "blocks" in take.metadata:
                clip_ranges = clip_ranges_from_metadata(take.metadata, self._registry)
                sequence = MotionSequence(clip_ranges, bool(take.metadata["loop"]))
                time_range = _requested_range(request, sequence.seconds)
                decoded = sequence.to_take(request.fps, lock_feet, **time_range)
            else:
                latent = self._registry.parse_latent(take.metadata)
                time_range = _requested_range(request, latent.seconds)
                decoded = self._registry.decode_latent(latent, request.fps, lock_feet, **time_range)
        decoded.metadata = {
            **{key: value for key, value in take.metadata.items() if key not in _RANGE_KEYS},
            "lock_feet": lock_feet,
            **time_range,
            "timings": timings,
        }
        progress(1, 1, "Done")
        return decoded

    def interpolate_takes(
        self, request: InterpolateRequest, first: Take, second: Take, progress: ProgressCallback
    ) -> Take:
        """Interpolate between the latents of two takes, and between their lengths."""
        progress(0, 1, _DECODING)
        start, end = (self._single_latent(take, request.lock_feet) for take in (first, second))
        if start.model != end.model:
            raise EngineError(
                "Both motions must be generated from prompts, or both from labels alone: "
                "interpolate two of a kind."
            )
        alpha, timings = request.share, Timings()
        seconds = (1 - alpha) * start.seconds + alpha * end.seconds
        if start.model == "motioninr":
            code, metadata = self._interpolate_by_label(start, end, alpha, seconds)
        else:
            code = interpolate_codes(start.code, end.code, alpha)
            motion = self._candidate_sampler.decode_for_scoring(code, seconds)
            score = self._candidate_sampler.score_motions([motion], None, timings)[0]
            metadata = {**self._registry.weights_metadata(), **score.metadata}
        latent = Latent(code, seconds, start.lock_feet and end.lock_feet, model=start.model)
        with timings.measure("decode"):
            take = self._registry.decode_latent(latent, request.fps, latent.lock_feet)
        take.metadata = {
            **metadata,
            "between": [source_text(first.metadata), source_text(second.metadata)],
            "share": alpha,
            **latent.to_dict(),
            "timings": timings,
        }
        progress(1, 1, "Done")
        return take

    def resample_take(
        self, request: ResampleRequest, take: Take, progress: ProgressCallback
    ) -> Take:
        """Fill in frames between the poses of any take."""
        if self._resampler is None:
            self._resampler = load_resampler(self._assets)
        return resample_take(self._resampler, request, take, progress)

    def _start_sampling(
        self, request: GenerateRequest | SequenceRequest, takes: int, progress: ProgressCallback
    ) -> tuple[CandidateJob, Callable[[int, str], None]]:
        """Return how to sample, and a function that reports a step of all steps and takes."""
        params = SamplingParams.from_request(request)

        def report(step: int, message: str) -> None:
            progress(step, params.steps + takes, message)

        report(0, "Reading the prompt")
        # From several variations the user chooses: one candidate each.
        several = isinstance(request, GenerateRequest) and request.variations > 1
        count = request.candidates or (1 if several else CANDIDATES.fallback)
        if self._candidate_sampler.embedder is None:
            count = 1  # Candidates cannot be compared.
        return CandidateJob(
            self._candidate_sampler,
            params,
            count,
            request.lock_feet,
            lambda step: report(step, "Sampling the motion"),
        ), report

    def _decode_candidates(
        self,
        candidates: Sequence[GeneratedCandidate],
        fps: float,
        timings: Timings,
        on_decoded: Callable[[int], None],
    ) -> tuple[list[CandidateMotion], list[Take]]:
        """Return candidates as motions to score and as takes.

        Motions are decoded in parallel, each on one core, since matrix products are too small to
        divide. Only one foot lock is computed at a time, while others are decoded: it consists of
        many small operations under Python's lock, which two threads would keep handing over.
        """
        foot_lock = threading.Lock()

        def decode(candidate: GeneratedCandidate) -> tuple[CandidateMotion, Take]:
            latent = candidate.latent
            decoded = self._sampler.decode_poses(
                latent.code, latent.seconds, fps, layers=latent.layers
            )
            rows, contacts, times = decoded.every_nth_grid_pose(
                SCORING_STEP, scoring_frame_count(latent.seconds)
            )
            motion = CandidateMotion(rows, contacts, torch.from_numpy(times).float())
            with foot_lock:
                return motion, decoded.to_take(latent.lock_feet)

        motions, takes = [], []
        with timings.measure("decode"):
            for motion, take in parallel_map(decode, candidates):
                motions.append(motion)
                takes.append(take)
                on_decoded(len(takes))
        return motions, takes

    def _interpolate_by_label(
        self, start: Latent, end: Latent, alpha: float, seconds: float
    ) -> tuple[Tensor, dict[str, Any]]:
        """Return the code between two of MotionINR's latents, and the take's metadata."""
        model = self._registry.motioninr
        try:
            code = model.interpolate_latents(start.code, end.code, alpha)
        except ValueError as error:
            raise EngineError(str(error)) from error
        return code, {
            **model.model_metadata(),
            "novelty": vars(model.measure_novelty(code, seconds)),
        }

    def _single_latent(self, take: Take, lock_feet: bool | None) -> Latent:
        self._registry.check_take_weights(take.metadata)
        if "blocks" in take.metadata or take.metadata.get("over"):
            raise EngineError(
                "Both motions must have a single latent, which sequences, loops and motions from "
                "compound prompts do not have: use motions of one prompt or label each."
            )
        latent = self._registry.parse_latent(take.metadata)
        return latent if lock_feet is None else replace(latent, lock_feet=lock_feet)

    def _latent_of_block(self, take: Take | None, index: int) -> Latent:
        blocks = take.metadata.get("blocks") if take is not None else None
        if take is None or not isinstance(blocks, list) or index >= len(blocks):
            raise EngineError(
                f"There is no block {index + 1} to reuse: send the take that has it, or generate "
                "the block again."
            )
        self._registry.check_take_weights(take.metadata)
        latent = blocks[index].get("drawn") if isinstance(blocks[index], dict) else None
        return self._registry.parse_latent(latent or {})


def _requested_range(request: DecodeRequest, seconds: float) -> dict[str, float]:
    """Return the requested range of a motion of this length; {} for all of it."""
    if (request.start, request.end, request.speed) == (None, None, 1.0):
        return {}
    try:
        check_time_range(request.start, request.end, seconds)
    except LimitError as error:
        raise EngineError(str(error)) from error
    end = seconds if request.end is None else min(request.end, seconds)
    return {"start": request.start or 0.0, "end": end, "speed": request.speed}
