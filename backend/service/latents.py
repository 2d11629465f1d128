"""The latent that a take carries: what the same motion can be sampled from again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .engine import EngineError
from .wire import clip

_WORDS = 500


@dataclass(frozen=True)
class Latent:
    """A generated motion, as a take tells of it."""

    code: Tensor
    """(latent,)."""
    seconds: float
    """How long the motion is."""
    lock_feet: bool
    """Whether planted feet are held in the take."""


def latent_of(info: dict[str, Any], weights: str, size: int) -> Latent:
    """The latent in the info of a take.

    Args:
        info: ``Take.info``.
        weights: hash of the weights that are to read it.
        size: how many numbers they read.

    Raises:
        EngineError: it was made by other weights, or is damaged.
    """
    if info.get("hash") != weights:
        raise EngineError(
            "The take was made by other weights than the ones installed, so its latent means "
            "nothing here: generate it again from its prompt and seed."
        )
    try:
        code = np.asarray(info["latent"], dtype=np.float32)
        seconds = float(info["seconds"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError("The take's latent is damaged: generate the motion again.") from error
    if code.shape != (size,) or not np.isfinite(code).all() or not 0 < seconds < 3600:
        raise EngineError("The take's latent is damaged: generate the motion again.")
    return Latent(torch.from_numpy(code), seconds, info.get("lock_feet") is not False)


def words_of(info: dict[str, Any]) -> str:
    """What a take was generated from, in words; of a take between two others, both."""
    between = info.get("between")
    if isinstance(between, list):
        return clip(" / ".join(map(str, between)), _WORDS)
    return str(info.get("prompt") or info.get("action") or "")
