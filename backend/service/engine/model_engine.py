"""The models behind the service: requests in, takes out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...embedding.nerm_retrieval import open_sampler
from ...inbetween.resampler import Resampler
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array
from ...playback.sequence import Performance
from ...protocol.limits import LimitError, check_part
from ...training.weight_files import ASSETS, WeightsError
from ..api.style_uploads import Lesson
from ..schema.requests import (
    Block,
    DecodeRequest,
    GenerateRequest,
    InterpolateRequest,
    ResampleRequest,
    SequenceRequest,
)
from ..schema.style_requests import BlendRequest, LearnRequest
from .candidates import best, options, wishes_of
from .compound_prompts import Recipes
from .devices import give_back
from .interface import EngineError, ModelInfo, Progress
from .latents import Latent, words_of
from .model_registry import Models, with_feet
from .parallel import side_by_side
from .ranking import Candidate
from .resampling import open_resampler, resample
from .sampling import GLIMPSE_STEP, Drawer, Way, Wish, glimpses
from .sequences import Composer, read_blocks
from .styles import Styles

DEFAULT_CANDIDATES = 4
"""How many are drawn for one motion. Of several variations the animator chooses: one each."""

_PART = ("start", "end", "speed")
"""What a decoded take says of the part of the motion that it shows."""


class ModelEngine:
    """The shipped models, loaded once; see `backend.service.engine.interface.Engine`."""

    def __init__(self, assets: Path = ASSETS) -> None:
        # The products are too small for several threads, and one has nobody to wait for.
        torch.set_num_threads(1)
        try:
            self._sampler, embedder = open_sampler(assets)
        except WeightsError as error:
            raise EngineError(str(error)) from error
        self._models = Models(self._sampler, assets)
        self._drawer = Drawer(self._sampler, embedder)
        self._recipes = Recipes(self._drawer)
        self._assets, self._styles = assets, Styles(self._sampler.device, assets)
        self._resampler: Resampler | None = None
        self._run_networks_once()

    def capabilities(self) -> list[ModelInfo]:
        """What makes motions from prompts, what does from actions, and the style that ships."""
        return [*self._models.capabilities(), *self._styles.capabilities()]

    def close(self) -> None:
        """Give all memory back; the engine is not used again."""
        device = self._sampler.device
        self._styles.close()
        del self._styles, self._sampler, self._models, self._drawer, self._recipes, self._resampler
        give_back(device)

    def _run_networks_once(self) -> None:
        """Have libraries choose their kernels now, not while a user waits for a first motion."""
        once = Way(steps=1)
        codes = self._drawer.draw([Wish("a person walks", None, 1.0, 0)], once, lambda _: None, {})
        self._drawer.judge([self._drawer.glimpse(codes[0], 1.0)], "a person walks", {})

    def generate(self, request: GenerateRequest, progress: Progress) -> Take:
        """A new motion: text, diffusion, decoding; the first if several variations are asked for.

        Raises:
            EngineError: if the action is unknown.
        """
        return self.variations(request, progress)[0]

    def variations(self, request: GenerateRequest, progress: Progress) -> list[Take]:
        """New motions, drawn in one batch; of each the best of its candidates.

        Raises:
            EngineError: if the action is unknown.
        """
        self._models.check_action(request.model, request.action)
        seeds = range(request.seed, request.seed + request.variations)
        if request.loop:
            return [self._looping(request, seed, progress) for seed in seeds]
        if request.model == "motioninr":
            return self._by_action(request, seeds, progress)
        way, each = Way.of(request), self._candidates(request)
        timings: dict[str, float] = {}
        total = way.steps + request.variations
        progress(0, total, "Reading the prompt")
        recipe = self._recipes.of(request.prompt, request.action)
        asked = [Wish(request.prompt, request.action, request.seconds, seed) for seed in seeds]
        batches = [wishes_of(wish, recipe, each) for wish in asked]
        codes = self._drawer.draw(
            [wish for batch in batches for wish in batch],
            way,
            lambda step: progress(step, total, "Imagining the motion"),
            timings,
        )
        progress(way.steps, total, "Comparing" if each > 1 else "Placing the frames")
        chosen, places = [], []
        for wish, drawn in zip(asked, codes.split(len(batches[0])), strict=True):
            could = options(self._drawer, wish, recipe, drawn, request.lock_feet, timings)
            places.append(best([option.verdict for option in could]))
            chosen.append(could[places[-1]])

        def placed(count: int) -> None:
            progress(way.steps + count, total, "Placing the frames")

        latents = [option.latent for option in chosen]
        seen, takes = self._place(latents, request.fps, timings, placed)
        verdicts = [option.verdict for option in chosen]
        if each == 1 or len(recipe) > 1:
            # What was not compared, or is made of several, is judged by what is shown.
            verdicts = self._drawer.judge(seen, asked[0].words, timings)
        for n, take in enumerate(takes):
            info = {
                **self._models.origin(),
                "prompt": request.prompt,
                "action": request.action,
                "seed": seeds[n],
                **vars(way),
                "candidates": each,
                "candidate": places[n],
                **verdicts[n].info,
            }
            take.info = _told(info, latents[n], timings)
        return takes

    def sequence(self, request: SequenceRequest, take: Take | None, progress: Progress) -> Take:
        """Several motions in a row; blocks may be kept from a take of several.

        Raises:
            EngineError: if an action is unknown, or there is no such block to keep.
        """
        for block in request.blocks:
            self._models.check_action(block.model, block.action)
        return self._compose(request, request.blocks, take, progress)

    def _by_action(
        self, request: GenerateRequest, seeds: Sequence[int], progress: Progress
    ) -> list[Take]:
        """New motions of an action that is known."""
        assert request.action is not None  # by `check_model`
        takes = []
        for n, seed in enumerate(seeds):
            progress(n, len(seeds), "Placing the frames")
            takes.append(
                self._models.by_action.take(
                    request.action, request.seconds, request.fps, seed, request.lock_feet
                )
            )
        progress(len(seeds), len(seeds), "Done")
        return takes

    def _looping(self, request: GenerateRequest, seed: int, progress: Progress) -> Take:
        """One motion that ends as it began."""
        asked = request.model_dump(include={"model", "prompt", "action", "seconds"})
        block = Block(**asked, seed=seed)
        take = self._compose(request, [block], None, progress)
        take.info = {**take.info, **block.model_dump(include={"prompt", "action", "seed"})}
        return take

    def _compose(
        self,
        request: GenerateRequest | SequenceRequest,
        blocks: Sequence[Block],
        take: Take | None,
        progress: Progress,
    ) -> Take:
        way, timings = Way.of(request), dict[str, float]()
        total = way.steps + 1
        progress(0, total, "Reading the prompt")
        each = self._candidates(request)
        composer = Composer(self._models, self._drawer, self._recipes, way, each, request.lock_feet)
        played = composer.compose(
            blocks,
            request.loop,
            lambda n: self._kept(take, n),
            lambda step: progress(step, total, "Imagining the motion"),
            timings,
        )
        progress(way.steps, total, "Placing the frames")
        begun = time.perf_counter()
        performance = Performance([one.shown for one in played], request.loop)
        made = performance.take(request.fps, request.lock_feet)
        timings["decode"] = time.perf_counter() - begun
        notes = dict.fromkeys(one.note for one in played if one.note)
        made.info = {
            **self._models.origin(blocks),
            **vars(way),
            "candidates": each,
            "blocks": [one.told(self._models) for one in played],
            "loop": request.loop,
            "seconds": performance.seconds,
            "lock_feet": request.lock_feet,
            **({"note": " ".join(notes)} if notes else {}),
            "timings": timings,
        }
        progress(total, total, "Done")
        return made

    def decode(self, request: DecodeRequest, take: Take, progress: Progress) -> Take:
        """The same motion at another rate or speed, or a part of it, from what the take tells.

        Raises:
            EngineError: if the latent is damaged or of other weights, or there is no such part.
        """
        progress(0, 1, "Placing the frames")
        self._models.check_weights(take.info)
        lock_feet = take.info.get("lock_feet") is not False
        lock_feet = lock_feet if request.lock_feet is None else request.lock_feet
        begun = time.perf_counter()
        if "blocks" in take.info:
            shown = read_blocks(take.info, self._models)
            performance = Performance(shown, bool(take.info["loop"]))
            part = _part(request, performance.seconds)
            made = performance.take(request.fps, lock_feet, **part)
        else:
            latent = self._models.read(take.info)
            part = _part(request, latent.seconds)
            made = self._models.look(latent, request.fps, lock_feet, **part)
        info = {key: value for key, value in take.info.items() if key not in _PART}
        timings = {"decode": time.perf_counter() - begun}
        made.info = {**info, "lock_feet": lock_feet, **part, "timings": timings}
        progress(1, 1, "Done")
        return made

    def interpolate(
        self, request: InterpolateRequest, first: Take, second: Take, progress: Progress
    ) -> Take:
        """The motion between two, from their latents; its length is between theirs too.

        Raises:
            EngineError: if a latent is damaged or of other weights.
        """
        progress(0, 1, "Placing the frames")
        one, other = (self._single(take, request.lock_feet) for take in (first, second))
        if one.model != other.model:
            raise EngineError(
                "One of the two motions was made from a prompt and the other by its action, so "
                "there is nothing between them: blend two of a kind."
            )
        seconds = (1 - request.share) * one.seconds + request.share * other.seconds
        timings: dict[str, float] = {}
        if one.model == "motioninr":
            code, told = self._between_actions(one, other, request.share, seconds)
        else:
            code = self._sampler.between(one.code, other.code, request.share)
            glimpse = self._drawer.glimpse(code, seconds)
            verdict = self._drawer.judge([glimpse], None, timings)[0]
            told = {**self._models.origin(), **verdict.info}
        words = [words_of(first.info), words_of(second.info)]
        info = {**told, "between": words, "share": request.share}
        latent = Latent(code, seconds, one.lock_feet and other.lock_feet, model=one.model)
        begun = time.perf_counter()
        take = self._models.look(latent, request.fps, latent.lock_feet)
        timings["decode"] = time.perf_counter() - begun
        take.info = _told(info, latent, timings)
        progress(1, 1, "Done")
        return take

    def resample(self, request: ResampleRequest, take: Take, progress: Progress) -> Take:
        """What happens between the poses of a take, at a higher rate.

        Raises:
            EngineError: if the weights for it are missing or damaged.
        """
        if self._resampler is None:
            self._resampler = open_resampler(self._assets)
        return resample(self._resampler, request, take, progress)

    def learn(
        self,
        request: LearnRequest,
        lessons: Sequence[Lesson],
        progress: Progress,
        preview: Callable[[Take], None],
    ) -> bytes:
        """A style from takes; see `backend.service.engine.interface.Engine`."""
        return self._styles.learn(request, lessons, progress, preview)

    def blend(
        self,
        request: BlendRequest,
        style: bytes | None,
        control: Array | None,
        progress: Progress,
    ) -> list[Take]:
        """Motions in a style; see `backend.service.engine.interface.Engine`."""
        return self._styles.blend(request, style, control, progress)

    def _candidates(self, request: GenerateRequest | SequenceRequest) -> int:
        if self._drawer.embedder is None:
            return 1  # nothing could choose
        several = isinstance(request, GenerateRequest) and request.variations > 1
        return request.candidates or (1 if several else DEFAULT_CANDIDATES)

    def _place(
        self,
        latents: Sequence[Latent],
        fps: float,
        timings: dict[str, float],
        placed: Callable[[int], None],
    ) -> tuple[list[Candidate], list[Take]]:
        """The takes of latents, and the same motions as they are judged.

        Several motions are made side by side, each on one core: the decoder's products are too
        small to be divided well. But only one is put on its feet at a time, while another is
        decoded: that is many small steps under Python's lock, which two would keep handing over.
        """
        begun = time.perf_counter()
        placing = threading.Lock()

        def make(latent: Latent) -> tuple[Candidate, Take]:
            decoded = self._sampler.look(latent.code, latent.seconds, fps, over=latent.over)
            rows, touching, times = decoded.every(GLIMPSE_STEP, glimpses(latent.seconds))
            seen = Candidate(rows, touching, torch.from_numpy(times).float())
            with placing:
                return seen, decoded.take(latent.lock_feet)

        made = []
        for one in side_by_side(make, latents):
            made.append(one)
            placed(len(made))
        timings["decode"] = time.perf_counter() - begun
        return [seen for seen, _ in made], [take for _, take in made]

    def _between_actions(
        self, one: Latent, other: Latent, share: float, seconds: float
    ) -> tuple[Tensor, dict[str, Any]]:
        """The latent between two that were made by their actions, and what a take says of it."""
        by_action = self._models.by_action
        try:
            code = by_action.between(one.code, other.code, share)
        except ValueError as error:
            raise EngineError(str(error)) from error
        return code, {**by_action.origin(), "novelty": vars(by_action.novelty(code, seconds))}

    def _single(self, take: Take, lock_feet: bool | None) -> Latent:
        """The latent of a take of one motion."""
        self._models.check_weights(take.info)
        if "blocks" in take.info or take.info.get("over"):
            raise EngineError(
                "A motion of several blocks, one that loops or one that does two things at once "
                "has no single latent, so it cannot be blended with another: use motions of one "
                "prompt or action each."
            )
        return with_feet(self._models.read(take.info), lock_feet)

    def _kept(self, take: Take | None, number: int) -> Latent:
        """What was drawn for a block of a take."""
        blocks = take.info.get("blocks") if take is not None else None
        if take is None or not isinstance(blocks, list) or number >= len(blocks):
            raise EngineError(
                f"There is no block {number + 1} to keep: send the take that has it along, or "
                "generate the block anew."
            )
        self._models.check_weights(take.info)
        told = blocks[number].get("drawn") if isinstance(blocks[number], dict) else None
        return self._models.read(told or {})


def _part(request: DecodeRequest, seconds: float) -> dict[str, float]:
    """The part of a motion of this length that is asked for; {} for all of it.

    Raises:
        EngineError: if there is no such part.
    """
    if (request.start, request.end, request.speed) == (None, None, 1.0):
        return {}
    try:
        check_part(request.start, request.end, seconds)
    except LimitError as error:
        raise EngineError(str(error)) from error
    end = seconds if request.end is None else min(request.end, seconds)
    return {"start": request.start or 0.0, "end": end, "speed": request.speed}


def _told(info: dict[str, Any], latent: Latent, timings: dict[str, float]) -> dict[str, Any]:
    """What a take says of how it was made; `timings` are of all of a job's takes."""
    return {**info, **latent.told(), "timings": timings}
