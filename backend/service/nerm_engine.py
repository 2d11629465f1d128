"""NeRM behind the service: requests in, takes out."""

from __future__ import annotations

import difflib
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..embedding.memory import open_sampler
from ..kinematics.limits import DEFAULT_ORIGINALITY, LimitError, check_part
from ..kinematics.take import Take
from ..nerm.sample import DEFAULT_GUIDANCE, DEFAULT_STEPS, Request
from ..weight_files import ASSETS, WeightsError
from .engine import EngineError, ModelInfo, Progress
from .latents import Latent, latent_of, words_of
from .verdicts import Candidate, Verdict, candidate_seed, judge
from .wire import DecodeRequest, GenerateRequest, InterpolateRequest

DEFAULT_CANDIDATES = 4
"""How many are drawn for one motion. Of several variations the animator chooses: one each."""

_JUDGE_FPS = 20.0
_PART = ("start", "end", "speed")
"""What a decoded take says of the part of the motion that it shows."""


class NermEngine:
    """The shipped model, loaded once; see `backend.service.engine.Engine`."""

    def __init__(self, assets: Path = ASSETS) -> None:
        try:
            self._sampler, self._embedder = open_sampler(assets)
        except WeightsError as error:
            raise EngineError(str(error)) from error

    def capabilities(self) -> list[ModelInfo]:
        """The one model there is."""
        weights = self._sampler.weights
        return [ModelInfo("nerm", weights.hash, weights.licence, list(self._sampler.actions))]

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
        self._check_action(request.action)
        steps = request.steps or DEFAULT_STEPS
        guidance = DEFAULT_GUIDANCE if request.guidance is None else request.guidance
        originality = DEFAULT_ORIGINALITY if request.originality is None else request.originality
        each = self._candidates(request)
        words = request.prompt.strip() or request.action
        total = steps + request.variations
        begun = time.perf_counter()
        progress(0, total, "Reading the prompt")
        condition = self._sampler.condition(
            [Request(request.prompt, request.action, request.seconds, request.seed)]
        )
        read = time.perf_counter()
        own = range(request.seed, request.seed + request.variations)
        seeds = [candidate_seed(seed, n) for seed in own for n in range(each)]
        # The words are read once; every motion drawn is one of the same condition.
        same = torch.zeros(len(seeds), dtype=torch.long, device=condition.durations.device)
        codes = self._sampler.draw(
            condition.part(same),
            seeds,
            guidance,
            steps,
            lambda step: progress(step, total, "Imagining the motion"),
            originality,
        )
        timings = {"text": read - begun, "diffusion": time.perf_counter() - read}
        progress(steps, total, "Comparing" if each > 1 else "Placing the frames")
        verdicts = self._judge(codes, request.seconds, words, timings)
        takes = []
        for n, seed in enumerate(own):
            mine = range(n * each, (n + 1) * each)
            best = max(mine, key=lambda index: verdicts[index].worth)
            info = {
                **self._origin(),
                "prompt": request.prompt,
                "action": request.action,
                "seed": seed,
                "guidance": guidance,
                "steps": steps,
                "originality": originality,
                "candidates": each,
                "candidate": best - mine.start,
                **verdicts[best].info,
            }
            latent = Latent(codes[best], request.seconds, request.lock_feet)
            takes.append(self._take(latent, request.fps, info, timings))
            progress(steps + n + 1, total, "Placing the frames")
        return takes

    def decode(self, request: DecodeRequest, take: Take, progress: Progress) -> Take:
        """The same motion at another rate or speed, or a part of it, from the take's latent.

        Raises:
            EngineError: if the latent is damaged or of other weights, or there is no such part.
        """
        progress(0, 1, "Placing the frames")
        latent = self._latent(take, request.lock_feet)
        part: dict[str, float] = {}
        if (request.start, request.end, request.speed) != (None, None, 1.0):
            try:
                check_part(request.start, request.end, latent.seconds)
            except LimitError as error:
                raise EngineError(str(error)) from error
            end = latent.seconds if request.end is None else min(request.end, latent.seconds)
            part = {"start": request.start or 0.0, "end": end, "speed": request.speed}
        info = {key: value for key, value in take.info.items() if key not in _PART}
        again = self._take(latent, request.fps, info, {}, part)
        progress(1, 1, "Done")
        return again

    def interpolate(
        self, request: InterpolateRequest, first: Take, second: Take, progress: Progress
    ) -> Take:
        """The motion between two, from their latents; its length is between theirs too.

        Raises:
            EngineError: if a latent is damaged or of other weights.
        """
        progress(0, 1, "Placing the frames")
        one, other = (self._latent(take, request.lock_feet) for take in (first, second))
        code = self._sampler.between(one.code, other.code, request.share)
        seconds = (1 - request.share) * one.seconds + request.share * other.seconds
        timings: dict[str, float] = {}
        verdict = self._judge(code[None], seconds, None, timings)[0]
        info = {
            **self._origin(),
            "between": [words_of(first.info), words_of(second.info)],
            "share": request.share,
            **verdict.info,
        }
        latent = Latent(code, seconds, one.lock_feet and other.lock_feet)
        take = self._take(latent, request.fps, info, timings)
        progress(1, 1, "Done")
        return take

    def _candidates(self, request: GenerateRequest) -> int:
        if self._embedder is None:
            return 1  # nothing could choose
        return request.candidates or (DEFAULT_CANDIDATES if request.variations == 1 else 1)

    def _judge(
        self, codes: Tensor, seconds: float, words: str | None, timings: dict[str, float]
    ) -> list[Verdict]:
        """A verdict on each of the codes (B, latent); all alike where there is no embedder."""
        if self._embedder is None:
            return [Verdict()] * len(codes)
        begun = time.perf_counter()
        times = np.arange(max(round(seconds * _JUDGE_FPS), 2)) / _JUDGE_FPS
        at = torch.from_numpy(times).float()
        seen = [Candidate(*self._sampler.decode(code, seconds, times), at) for code in codes]
        verdicts = judge(self._embedder, seen, words)
        timings["score"] = time.perf_counter() - begun
        return verdicts

    def _take(
        self,
        latent: Latent,
        fps: float,
        info: dict[str, Any],
        timings: dict[str, float],
        part: dict[str, float] | None = None,
    ) -> Take:
        """The take of a latent, which says how it was made. `timings` are shared by all of a job's
        takes, so each one's count all."""
        begun = time.perf_counter()
        part = part or {}
        take = self._sampler.take(
            latent.code, latent.seconds, fps, lock_feet=latent.lock_feet, **part
        )
        timings["decode"] = timings.get("decode", 0.0) + time.perf_counter() - begun
        take.info = {
            **info,
            "seconds": latent.seconds,
            "lock_feet": latent.lock_feet,
            **part,
            "latent": [float(value) for value in latent.code],
            "timings": timings,
        }
        return take

    def _origin(self) -> dict[str, Any]:
        weights = self._sampler.weights
        return {"model": "nerm", "hash": weights.hash, "licence": weights.licence}

    def _latent(self, take: Take, lock_feet: bool | None) -> Latent:
        weights = self._sampler.weights
        latent = latent_of(take.info, weights.hash, weights.denoiser.config.latent)
        if lock_feet is None:
            return latent
        return Latent(latent.code, latent.seconds, lock_feet)

    def _check_action(self, action: str | None) -> None:
        known = self._sampler.actions
        if action is None or action in known:
            return
        near = difflib.get_close_matches(action, known, n=3, cutoff=0.4)
        meant = f"did you mean {' or '.join(near)}?" if near else f"try one of {', '.join(known)}."
        raise EngineError(f'The model knows no action "{action}"; {meant}')
