"""The latent that a take carries: what the same motion can be sampled from again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...kinematics.editing.body_parts import PARTS
from ...motioninr.long_motions import Piece
from ...playback.layers import Layer
from ..schema.requests import clip
from .interface import EngineError

_WORDS = 500
_LAYERS = 4
"""More than any recipe has."""
_LASTING = 3600.0
"""Seconds; no motion is as long."""
_DAMAGED = "The take's latent is damaged: generate the motion again."


@dataclass(frozen=True)
class Latent:
    """A generated motion, as a take tells of it."""

    code: Tensor
    """(latent,)."""
    seconds: float
    """How long the motion is."""
    lock_feet: bool
    """Whether planted feet are held in the take."""
    over: tuple[Layer, ...] = ()
    """What is laid over the code."""
    model: str = "nerm"
    """Whose code it is."""

    def told(self) -> dict[str, Any]:
        """The latent as a take tells of it; read again by `latent_of`."""
        over = [{"latent": _numbers(layer.code), "part": layer.part} for layer in self.over]
        return {
            "seconds": self.seconds,
            "lock_feet": self.lock_feet,
            "latent": _numbers(self.code),
            **({"over": over} if over else {}),
            **({"model": self.model} if self.model != "nerm" else {}),
        }


def check_weights(info: Mapping[str, Any], weights: str) -> None:
    """Raise EngineError unless a take was made by the weights of this hash."""
    if info.get("hash") != weights:
        raise EngineError(
            "The take was made by other weights than the ones installed, so its latent means "
            "nothing here: generate it again from its prompt and seed."
        )


def read_latent(told: Mapping[str, Any], size: int) -> Latent:
    """What `Latent.told` gave, of `size` numbers.

    Raises:
        EngineError: it is damaged.
    """
    try:
        seconds = float(told["seconds"])
        over = tuple(
            Layer(_code(layer["latent"], size), _known(layer["part"]))
            for layer in told.get("over", ())
        )
        latent = Latent(
            _code(told["latent"], size), seconds, told.get("lock_feet") is not False, over
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED) from error
    if not 0 < seconds < _LASTING or len(over) > _LAYERS:
        raise EngineError(_DAMAGED)
    return latent


def read_pieces(told: Mapping[str, Any], pieces: Callable[[Tensor], Sequence[Piece]]) -> Latent:
    """What `Latent.told` gave of a motion by its action, which `pieces` takes apart.

    Raises:
        EngineError: it is damaged.
    """
    try:
        code, seconds = _code(told["latent"]), float(told["seconds"])
        sound = all(0 < piece.seconds < _LASTING for piece in pieces(code))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED) from error
    if not (sound and 0 < seconds < _LASTING):
        raise EngineError(_DAMAGED)
    return Latent(code, seconds, told.get("lock_feet") is not False, model="motioninr")


def _code(numbers: Any, size: int | None = None) -> Tensor:
    """(size,), or of any size; ValueError if that is not what it is."""
    code = np.asarray(numbers, dtype=np.float32)
    if code.ndim != 1 or size not in {None, len(code)} or not np.isfinite(code).all():
        raise ValueError
    return torch.from_numpy(code)


def _known(part: Any) -> str:
    if part not in PARTS:
        raise ValueError
    return str(part)


def _numbers(code: Tensor) -> list[float]:
    return [float(value) for value in code]


def words_of(info: dict[str, Any]) -> str:
    """What a take was generated from, in words; of a take between two others, both."""
    blocks = info.get("blocks")
    if isinstance(blocks, list):
        words = [words_of(block) for block in blocks if isinstance(block, dict)]
        return clip(" → ".join(words), _WORDS)
    between = info.get("between")
    if isinstance(between, list):
        return clip(" / ".join(map(str, between)), _WORDS)
    return str(info.get("prompt") or info.get("action") or "")
