"""The models behind the service: requests in, takes out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...embedding.nerm_retrieval import load_sampler
from ...inbetween.resampler import SplineResampler
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array
from ...playback.sequence import MotionSequence
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
from ..schema.style_requests import BlendRequest, LearnRequest
from .candidates import best_index, build_candidates, candidate_specs
from .compound_prompts import CompoundPrompts
from .devices import release_cached_memory
from .interface import EngineError, ProgressCallback, TrainingTake
from .latents import Latent, source_text
from .model_registry import ModelRegistry, with_foot_lock
from .parallel import parallel_map
from .ranking import CandidateMotion
from .resampling import load_resampler, resample_take
from .sampling import (
    SCORING_STEP,
    CandidateSampler,
    SampleSpec,
    SamplingParams,
    scoring_frame_count,
)
from .sequences import SequenceComposer, clip_ranges_from_metadata
from .styles import StyleEngine

DEFAULT_CANDIDATES = 4
"""How many are drawn for one motion. Of several variations the animator chooses: one each."""

_RANGE_KEYS = ("start", "end", "speed")
"""What a decoded take says of the part of the motion that it shows."""


class ModelEngine:
    """The shipped models, loaded once; see `backend.service.engine.interface.Engine`."""

    def __init__(self, assets: Path = ASSETS) -> None:
        # The products are too small for several threads, and one has nobody to wait for.
        torch.set_num_threads(1)
        try:
            self._sampler, embedder = load_sampler(assets)
        except WeightsError as error:
            raise EngineError(str(error)) from error
        self._registry = ModelRegistry(self._sampler, assets)
        self._candidate_sampler = CandidateSampler(self._sampler, embedder)
        self._compound_prompts = CompoundPrompts(self._candidate_sampler)
        self._assets, self._style_engine = assets, StyleEngine(self._sampler.device, assets)
        self._resampler: SplineResampler | None = None
        self._warm_up()

    def list_models(self) -> list[ModelInfo]:
        """What makes motions from prompts, what does from actions, and the style that ships."""
        return [*self._registry.list_models(), *self._style_engine.list_models()]

    def free_memory(self) -> None:
        """Give all memory back; the engine is not used again."""
        device = self._sampler.device
        self._style_engine.free_memory()
        del (
            self._style_engine,
            self._sampler,
            self._registry,
            self._candidate_sampler,
            self._compound_prompts,
            self._resampler,
        )
        release_cached_memory(device)

    def _warm_up(self) -> None:
        """Have libraries choose their kernels now, not while a user waits for a first motion."""
        once = SamplingParams(steps=1)
        codes = self._candidate_sampler.sample_latents(
            [SampleSpec("a person walks", None, 1.0, 0)], once, lambda _: None, {}
        )
        self._candidate_sampler.score_motions(
            [self._candidate_sampler.decode_for_scoring(codes[0], 1.0)], "a person walks", {}
        )

    def generate_take(self, request: GenerateRequest, progress: ProgressCallback) -> Take:
        """A new motion: text, diffusion, decoding; the first if several variations are asked for.

        Raises:
            EngineError: if the action is unknown.
        """
        return self.generate_variations(request, progress)[0]

    def generate_variations(
        self, request: GenerateRequest, progress: ProgressCallback
    ) -> list[Take]:
        """New motions, drawn in one batch; of each the best of its candidates.

        Raises:
            EngineError: if the action is unknown.
        """
        self._registry.check_model_label(request.model, request.action)
        seeds = range(request.seed, request.seed + request.variations)
        if request.loop:
            return [self._generate_loop(request, seed, progress) for seed in seeds]
        if request.model == "motioninr":
            return self._generate_by_label(request, seeds, progress)
        way, each = SamplingParams.from_request(request), self._candidate_count(request)
        timings: dict[str, float] = {}
        total = way.steps + request.variations
        progress(0, total, "Reading the prompt")
        recipe = self._compound_prompts.split_into_layers(request.prompt, request.action)
        asked = [
            SampleSpec(request.prompt, request.action, request.seconds, seed) for seed in seeds
        ]
        batches = [candidate_specs(wish, recipe, each) for wish in asked]
        codes = self._candidate_sampler.sample_latents(
            [wish for batch in batches for wish in batch],
            way,
            lambda step: progress(step, total, "Imagining the motion"),
            timings,
        )
        progress(way.steps, total, "Comparing" if each > 1 else "Placing the frames")
        chosen, places = [], []
        for wish, drawn in zip(asked, codes.split(len(batches[0])), strict=True):
            could = build_candidates(
                self._candidate_sampler, wish, recipe, drawn, request.lock_feet, timings
            )
            places.append(best_index([option.score for option in could]))
            chosen.append(could[places[-1]])

        def placed(count: int) -> None:
            progress(way.steps + count, total, "Placing the frames")

        latents = [option.latent for option in chosen]
        seen, takes = self._decode_latents(latents, request.fps, timings, placed)
        verdicts = [option.score for option in chosen]
        if each == 1 or len(recipe) > 1:
            # What was not compared, or is made of several, is judged by what is shown.
            verdicts = self._candidate_sampler.score_motions(seen, asked[0].scoring_text, timings)
        for n, take in enumerate(takes):
            info = {
                **self._registry.weights_metadata(),
                "prompt": request.prompt,
                "action": request.action,
                "seed": seeds[n],
                **vars(way),
                "candidates": each,
                "candidate": places[n],
                **verdicts[n].metadata,
            }
            take.metadata = _take_metadata(info, latents[n], timings)
        return takes

    def generate_sequence(
        self, request: SequenceRequest, take: Take | None, progress: ProgressCallback
    ) -> Take:
        """Several motions in a row; blocks may be kept from a take of several.

        Raises:
            EngineError: if an action is unknown, or there is no such block to keep.
        """
        for block in request.blocks:
            self._registry.check_model_label(block.model, block.action)
        return self._compose_sequence(request, request.blocks, take, progress)

    def _generate_by_label(
        self, request: GenerateRequest, seeds: Sequence[int], progress: ProgressCallback
    ) -> list[Take]:
        """New motions of an action that is known."""
        assert request.action is not None  # by `check_model`
        takes = []
        for n, seed in enumerate(seeds):
            progress(n, len(seeds), "Placing the frames")
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
        """One motion that ends as it began."""
        asked = request.model_dump(include={"model", "prompt", "action", "seconds"})
        block = Block(**asked, seed=seed)
        take = self._compose_sequence(request, [block], None, progress)
        take.metadata = {**take.metadata, **block.model_dump(include={"prompt", "action", "seed"})}
        return take

    def _compose_sequence(
        self,
        request: GenerateRequest | SequenceRequest,
        blocks: Sequence[Block],
        take: Take | None,
        progress: ProgressCallback,
    ) -> Take:
        way, timings = SamplingParams.from_request(request), dict[str, float]()
        total = way.steps + 1
        progress(0, total, "Reading the prompt")
        each = self._candidate_count(request)
        composer = SequenceComposer(
            self._registry,
            self._candidate_sampler,
            self._compound_prompts,
            way,
            each,
            request.lock_feet,
        )
        played = composer.compose(
            blocks,
            request.loop,
            lambda n: self._latent_of_block(take, n),
            lambda step: progress(step, total, "Imagining the motion"),
            timings,
        )
        progress(way.steps, total, "Placing the frames")
        begun = time.perf_counter()
        performance = MotionSequence([one.clip_range for one in played], request.loop)
        made = performance.to_take(request.fps, request.lock_feet)
        timings["decode"] = time.perf_counter() - begun
        notes = dict.fromkeys(one.note for one in played if one.note)
        made.metadata = {
            **self._registry.weights_metadata(blocks),
            **vars(way),
            "candidates": each,
            "blocks": [one.to_dict(self._registry) for one in played],
            "loop": request.loop,
            "seconds": performance.seconds,
            "lock_feet": request.lock_feet,
            **({"note": " ".join(notes)} if notes else {}),
            "timings": timings,
        }
        progress(total, total, "Done")
        return made

    def decode_take(self, request: DecodeRequest, take: Take, progress: ProgressCallback) -> Take:
        """The same motion at another rate or speed, or a part of it, from what the take tells.

        Raises:
            EngineError: if the latent is damaged or of other weights, or there is no such part.
        """
        progress(0, 1, "Placing the frames")
        self._registry.check_take_weights(take.metadata)
        lock_feet = take.metadata.get("lock_feet") is not False
        lock_feet = lock_feet if request.lock_feet is None else request.lock_feet
        begun = time.perf_counter()
        if "blocks" in take.metadata:
            shown = clip_ranges_from_metadata(take.metadata, self._registry)
            performance = MotionSequence(shown, bool(take.metadata["loop"]))
            part = _requested_range(request, performance.seconds)
            made = performance.to_take(request.fps, lock_feet, **part)
        else:
            latent = self._registry.parse_latent(take.metadata)
            part = _requested_range(request, latent.seconds)
            made = self._registry.decode_latent(latent, request.fps, lock_feet, **part)
        info = {key: value for key, value in take.metadata.items() if key not in _RANGE_KEYS}
        timings = {"decode": time.perf_counter() - begun}
        made.metadata = {**info, "lock_feet": lock_feet, **part, "timings": timings}
        progress(1, 1, "Done")
        return made

    def interpolate_takes(
        self, request: InterpolateRequest, first: Take, second: Take, progress: ProgressCallback
    ) -> Take:
        """The motion between two, from their latents; its length is between theirs too.

        Raises:
            EngineError: if a latent is damaged or of other weights.
        """
        progress(0, 1, "Placing the frames")
        one, other = (self._single_latent(take, request.lock_feet) for take in (first, second))
        if one.model != other.model:
            raise EngineError(
                "One of the two motions was made from a prompt and the other by its action, so "
                "there is nothing between them: blend two of a kind."
            )
        seconds = (1 - request.share) * one.seconds + request.share * other.seconds
        timings: dict[str, float] = {}
        if one.model == "motioninr":
            code, told = self._interpolate_by_label(one, other, request.share, seconds)
        else:
            code = interpolate_codes(one.code, other.code, request.share)
            glimpse = self._candidate_sampler.decode_for_scoring(code, seconds)
            verdict = self._candidate_sampler.score_motions([glimpse], None, timings)[0]
            told = {**self._registry.weights_metadata(), **verdict.metadata}
        words = [source_text(first.metadata), source_text(second.metadata)]
        info = {**told, "between": words, "share": request.share}
        latent = Latent(code, seconds, one.lock_feet and other.lock_feet, model=one.model)
        begun = time.perf_counter()
        take = self._registry.decode_latent(latent, request.fps, latent.lock_feet)
        timings["decode"] = time.perf_counter() - begun
        take.metadata = _take_metadata(info, latent, timings)
        progress(1, 1, "Done")
        return take

    def resample_take(
        self, request: ResampleRequest, take: Take, progress: ProgressCallback
    ) -> Take:
        """What happens between the poses of a take, at a higher rate.

        Raises:
            EngineError: if the weights for it are missing or damaged.
        """
        if self._resampler is None:
            self._resampler = load_resampler(self._assets)
        return resample_take(self._resampler, request, take, progress)

    def learn_style(
        self,
        request: LearnRequest,
        training_takes: Sequence[TrainingTake],
        progress: ProgressCallback,
        on_preview: Callable[[Take], None],
    ) -> bytes:
        """A style from takes; see `backend.service.engine.interface.Engine`."""
        return self._style_engine.learn_style(request, training_takes, progress, on_preview)

    def generate_in_style(
        self,
        request: BlendRequest,
        style_data: bytes | None,
        control_track: Array | None,
        progress: ProgressCallback,
    ) -> list[Take]:
        """Motions in a style; see `backend.service.engine.interface.Engine`."""
        return self._style_engine.generate_in_style(request, style_data, control_track, progress)

    def _candidate_count(self, request: GenerateRequest | SequenceRequest) -> int:
        if self._candidate_sampler.embedder is None:
            return 1  # nothing could choose
        several = isinstance(request, GenerateRequest) and request.variations > 1
        return request.candidates or (1 if several else DEFAULT_CANDIDATES)

    def _decode_latents(
        self,
        latents: Sequence[Latent],
        fps: float,
        timings: dict[str, float],
        placed: Callable[[int], None],
    ) -> tuple[list[CandidateMotion], list[Take]]:
        """The takes of latents, and the same motions as they are judged.

        Several motions are made side by side, each on one core: the decoder's products are too
        small to be divided well. But only one is put on its feet at a time, while another is
        decoded: that is many small steps under Python's lock, which two would keep handing over.
        """
        begun = time.perf_counter()
        placing = threading.Lock()

        def make(latent: Latent) -> tuple[CandidateMotion, Take]:
            decoded = self._sampler.decode_poses(
                latent.code, latent.seconds, fps, layers=latent.layers
            )
            rows, touching, times = decoded.every_nth_grid_pose(
                SCORING_STEP, scoring_frame_count(latent.seconds)
            )
            seen = CandidateMotion(rows, touching, torch.from_numpy(times).float())
            with placing:
                return seen, decoded.to_take(latent.lock_feet)

        made = []
        for one in parallel_map(make, latents):
            made.append(one)
            placed(len(made))
        timings["decode"] = time.perf_counter() - begun
        return [seen for seen, _ in made], [take for _, take in made]

    def _interpolate_by_label(
        self, one: Latent, other: Latent, share: float, seconds: float
    ) -> tuple[Tensor, dict[str, Any]]:
        """The latent between two that were made by their actions, and what a take says of it."""
        by_action = self._registry.motioninr
        try:
            code = by_action.interpolate_latents(one.code, other.code, share)
        except ValueError as error:
            raise EngineError(str(error)) from error
        return code, {
            **by_action.model_metadata(),
            "novelty": vars(by_action.measure_novelty(code, seconds)),
        }

    def _single_latent(self, take: Take, lock_feet: bool | None) -> Latent:
        """The latent of a take of one motion."""
        self._registry.check_take_weights(take.metadata)
        if "blocks" in take.metadata or take.metadata.get("over"):
            raise EngineError(
                "A motion of several blocks, one that loops or one that does two things at once "
                "has no single latent, so it cannot be blended with another: use motions of one "
                "prompt or action each."
            )
        return with_foot_lock(self._registry.parse_latent(take.metadata), lock_feet)

    def _latent_of_block(self, take: Take | None, number: int) -> Latent:
        """What was drawn for a block of a take."""
        blocks = take.metadata.get("blocks") if take is not None else None
        if take is None or not isinstance(blocks, list) or number >= len(blocks):
            raise EngineError(
                f"There is no block {number + 1} to keep: send the take that has it along, or "
                "generate the block anew."
            )
        self._registry.check_take_weights(take.metadata)
        told = blocks[number].get("drawn") if isinstance(blocks[number], dict) else None
        return self._registry.parse_latent(told or {})


def _requested_range(request: DecodeRequest, seconds: float) -> dict[str, float]:
    """The part of a motion of this length that is asked for; {} for all of it.

    Raises:
        EngineError: if there is no such part.
    """
    if (request.start, request.end, request.speed) == (None, None, 1.0):
        return {}
    try:
        check_time_range(request.start, request.end, seconds)
    except LimitError as error:
        raise EngineError(str(error)) from error
    end = seconds if request.end is None else min(request.end, seconds)
    return {"start": request.start or 0.0, "end": end, "speed": request.speed}


def _take_metadata(
    info: dict[str, Any], latent: Latent, timings: dict[str, float]
) -> dict[str, Any]:
    """What a take says of how it was made; `timings` are of all of a job's takes."""
    return {**info, **latent.to_dict(), "timings": timings}
