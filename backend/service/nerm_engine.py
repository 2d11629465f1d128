"""NeRM behind the service: requests in, takes out."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from ..embedding.memory import open_sampler
from ..kinematics.limits import DEFAULT_ORIGINALITY, LimitError, check_part
from ..kinematics.take import Take
from ..nerm.grounding import GRID
from ..nerm.sample import DEFAULT_GUIDANCE, DEFAULT_STEPS, Request
from ..weight_files import ASSETS, WeightsError
from .devices import device_name, give_back
from .engine import EngineError, ModelInfo, Progress
from .latents import Latent, latent_of, words_of
from .verdicts import Candidate, Verdict, candidate_seed, judge
from .wire import DecodeRequest, GenerateRequest, InterpolateRequest

DEFAULT_CANDIDATES = 4
"""How many are drawn for one motion. Of several variations the animator chooses: one each."""

_GRID_STEP = 3
_JUDGE_FPS = GRID / _GRID_STEP
"""A motion is judged at every third moment of the grid on which its feet are placed."""
_In = TypeVar("_In")
_Out = TypeVar("_Out")
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
        weights, actions = self._sampler.weights, list(self._sampler.actions)
        device = device_name(self._sampler.device)
        return [ModelInfo("nerm", weights.hash, weights.licence, actions, device)]

    def close(self) -> None:
        """Give all memory back; the engine is not used again."""
        device = self._sampler.device
        del self._sampler, self._embedder
        give_back(device)

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

        def placed(count: int) -> None:
            progress(steps + count, total, "Placing the frames")

        if each > 1:
            seen = [self._glimpse(code, request.seconds) for code in codes]
            verdicts = self._judge(seen, words, timings)
            groups = [range(n, n + each) for n in range(0, len(codes), each)]
            best = [max(group, key=lambda n: verdicts[n].worth) for group in groups]
            _, takes = self._place(codes[best], request, timings, placed)
        else:
            # Every motion drawn is shown: it is judged by what is decoded for its take.
            best = list(range(len(codes)))
            seen, takes = self._place(codes, request, timings, placed)
            verdicts = self._judge(seen, words, timings)
        for n, take in zip(best, takes, strict=True):
            latent = Latent(codes[n], request.seconds, request.lock_feet)
            info = {
                **self._origin(),
                "prompt": request.prompt,
                "action": request.action,
                "seed": own[n // each],
                "guidance": guidance,
                "steps": steps,
                "originality": originality,
                "candidates": each,
                "candidate": n % each,
                **verdicts[n].info,
            }
            take.info = _told(info, latent, timings)
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
        begun = time.perf_counter()
        again = self._sampler.look(latent.code, latent.seconds, request.fps, **part)
        made = again.take(latent.lock_feet)
        made.info = _told(info, latent, {"decode": time.perf_counter() - begun}, part)
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
        one, other = (self._latent(take, request.lock_feet) for take in (first, second))
        code = self._sampler.between(one.code, other.code, request.share)
        seconds = (1 - request.share) * one.seconds + request.share * other.seconds
        timings: dict[str, float] = {}
        verdict = self._judge([self._glimpse(code, seconds)], None, timings)[0]
        info = {
            **self._origin(),
            "between": [words_of(first.info), words_of(second.info)],
            "share": request.share,
            **verdict.info,
        }
        latent = Latent(code, seconds, one.lock_feet and other.lock_feet)
        begun = time.perf_counter()
        take = self._sampler.take(code, seconds, request.fps, latent.lock_feet)
        timings["decode"] = time.perf_counter() - begun
        take.info = _told(info, latent, timings)
        progress(1, 1, "Done")
        return take

    def _candidates(self, request: GenerateRequest) -> int:
        if self._embedder is None:
            return 1  # nothing could choose
        return request.candidates or (DEFAULT_CANDIDATES if request.variations == 1 else 1)

    def _glimpse(self, code: Tensor, seconds: float) -> Candidate:
        """A motion at the low rate at which it is judged."""
        times = np.arange(_judged(seconds)) / _JUDGE_FPS
        rows, touching = self._sampler.decode(code, seconds, times)
        return Candidate(rows, touching, torch.from_numpy(times).float())

    def _place(
        self,
        codes: Tensor,
        request: GenerateRequest,
        timings: dict[str, float],
        placed: Callable[[int], None],
    ) -> tuple[list[Candidate], list[Take]]:
        """The takes of codes (B, latent), and the same motions as they are judged.

        Several motions are made side by side, each on one core: placing feet cannot use more, and
        the decoder's products are too small to be divided well.
        """
        begun = time.perf_counter()

        def make(code: Tensor) -> tuple[Candidate, Take]:
            decoded = self._sampler.look(code, request.seconds, request.fps)
            rows, touching, times = decoded.every(_GRID_STEP, _judged(request.seconds))
            seen = Candidate(rows, touching, torch.from_numpy(times).float())
            return seen, decoded.take(request.lock_feet)

        made = []
        for one in _side_by_side(make, list(codes)):
            made.append(one)
            placed(len(made))
        timings["decode"] = time.perf_counter() - begun
        return [seen for seen, _ in made], [take for _, take in made]

    def _judge(
        self, seen: Sequence[Candidate], words: str | None, timings: dict[str, float]
    ) -> list[Verdict]:
        """A verdict on each motion; all alike where there is no embedder."""
        if self._embedder is None:
            return [Verdict()] * len(seen)
        begun = time.perf_counter()
        verdicts = judge(self._embedder, seen, words)
        timings["score"] = time.perf_counter() - begun
        return verdicts

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


def _side_by_side(make: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
    """``map(make, items)`` in as many threads as torch uses cores, one core each."""
    cores = torch.get_num_threads()
    if min(cores, len(items)) == 1:
        yield from map(make, items)
        return
    with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting = [pool.submit(make, item) for item in items]
        try:
            for one in waiting:
                yield one.result()
        finally:
            # Asked to stop: what has not begun is not begun.
            for one in waiting:
                one.cancel()
            # It is each thread's own number, but also what threads made later begin with.
            torch.set_num_threads(cores)


def _judged(seconds: float) -> int:
    """At how many moments a motion is judged."""
    return max(round(seconds * _JUDGE_FPS), 2)


def _told(
    info: dict[str, Any],
    latent: Latent,
    timings: dict[str, float],
    part: dict[str, float] | None = None,
) -> dict[str, Any]:
    """What a take says of how it was made. `timings` are shared by all of a job's takes, so each
    one's count all."""
    return {
        **info,
        "seconds": latent.seconds,
        "lock_feet": latent.lock_feet,
        **(part or {}),
        "latent": [float(value) for value in latent.code],
        "timings": timings,
    }
