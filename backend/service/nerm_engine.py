"""NeRM behind the service: requests in, takes out."""

from __future__ import annotations

import difflib
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..kinematics.take import Take
from ..nerm.sample import DEFAULT_GUIDANCE, DEFAULT_STEPS, Request, Sampler
from ..nerm.weights import ASSETS, WeightsError, load_weights
from .engine import EngineError, ModelInfo, Progress
from .wire import DecodeRequest, GenerateRequest


class NermEngine:
    """The shipped model, loaded once; see `backend.service.engine.Engine`."""

    def __init__(self, assets: Path = ASSETS) -> None:
        try:
            weights = load_weights(assets)
        except WeightsError as error:
            raise EngineError(str(error)) from error
        self._sampler = Sampler(weights)

    def capabilities(self) -> list[ModelInfo]:
        """The one model there is."""
        weights = self._sampler.weights
        return [ModelInfo("nerm", weights.hash, weights.licence, list(self._sampler.actions))]

    def generate(self, request: GenerateRequest, progress: Progress) -> Take:
        """A new motion: text, diffusion, decoding."""
        self._check_action(request.action)
        steps = request.steps or DEFAULT_STEPS
        guidance = DEFAULT_GUIDANCE if request.guidance is None else request.guidance
        begun = time.perf_counter()
        progress(0, steps + 1, "Reading the prompt")
        condition = self._sampler.condition(
            [Request(request.prompt, request.action, request.seconds, request.seed)]
        )
        read = time.perf_counter()
        code = self._sampler.draw(
            condition,
            [request.seed],
            guidance,
            steps,
            lambda step: progress(step, steps + 1, "Imagining the motion"),
        )[0]
        drawn = time.perf_counter()
        progress(steps, steps + 1, "Placing the frames")
        take = self._sampler.take(code, request.seconds, request.fps)
        timings = {
            "text": read - begun,
            "diffusion": drawn - read,
            "decode": time.perf_counter() - drawn,
        }
        take.info = {
            "model": "nerm",
            "hash": self._sampler.weights.hash,
            "licence": self._sampler.weights.licence,
            "prompt": request.prompt,
            "action": request.action,
            "seed": request.seed,
            "guidance": guidance,
            "steps": steps,
            "seconds": request.seconds,
            "latent": [float(value) for value in code],
            "timings": timings,
        }
        progress(steps + 1, steps + 1, "Done")
        return take

    def decode(self, request: DecodeRequest, take: Take, progress: Progress) -> Take:
        """The same motion at another rate, from the latent that the take carries."""
        progress(0, 1, "Placing the frames")
        code, seconds = self._latent(take.info)
        begun = time.perf_counter()
        again = self._sampler.take(code, seconds, request.fps)
        again.info = {**take.info, "timings": {"decode": time.perf_counter() - begun}}
        progress(1, 1, "Done")
        return again

    def _latent(self, info: dict[str, Any]) -> tuple[torch.Tensor, float]:
        if info.get("hash") != self._sampler.weights.hash:
            raise EngineError(
                "The take was made by other weights than the ones installed, so its latent means "
                "nothing here: generate it again from its prompt and seed."
            )
        try:
            latent = np.asarray(info["latent"], dtype=np.float32)
            seconds = float(info["seconds"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError("The take's latent is damaged: generate the motion again.") from error
        size = self._sampler.weights.denoiser.config.latent
        if latent.shape != (size,) or not np.isfinite(latent).all() or not 0 < seconds < 3600:
            raise EngineError("The take's latent is damaged: generate the motion again.")
        return torch.from_numpy(latent), seconds

    def _check_action(self, action: str | None) -> None:
        known = self._sampler.actions
        if action is None or action in known:
            return
        near = difflib.get_close_matches(action, known, n=3, cutoff=0.4)
        meant = f"did you mean {' or '.join(near)}?" if near else f"try one of {', '.join(known)}."
        raise EngineError(f'The model knows no action "{action}"; {meant}')
