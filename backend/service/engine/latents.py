"""The latent that a take carries: what the same motion can be sampled from again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...kinematics.editing.body_parts import BODY_PARTS
from ...motioninr.long_motions import LatentSegment
from ...playback.layers import BodyPartLayer
from ..schema.replies import truncate
from .interface import EngineError

_SOURCE_TEXT_CHARACTERS = 500
_MAX_LAYERS = 4
"""More than any recipe has."""
_MAX_SECONDS = 3600.0
"""Seconds; no motion is as long."""
_DAMAGED_LATENT = "The take's latent is damaged: generate the motion again."


@dataclass(frozen=True)
class Latent:
    """A generated motion, as a take tells of it."""

    code: Tensor
    """(latent,)."""
    seconds: float
    """How long the motion is."""
    lock_feet: bool
    """Whether planted feet are held in the take."""
    layers: tuple[BodyPartLayer, ...] = ()
    """What is laid over the code."""
    model: str = "nerm"
    """Whose code it is."""

    def to_dict(self) -> dict[str, Any]:
        """The latent as a take tells of it; read again by `latent_of`."""
        over = [{"latent": _to_floats(layer.code), "part": layer.part} for layer in self.layers]
        return {
            "seconds": self.seconds,
            "lock_feet": self.lock_feet,
            "latent": _to_floats(self.code),
            **({"over": over} if over else {}),
            **({"model": self.model} if self.model != "nerm" else {}),
        }


def check_weights_hash(info: Mapping[str, Any], expected_hash: str) -> None:
    """Raise EngineError unless a take was made by the weights of this hash."""
    if info.get("hash") != expected_hash:
        raise EngineError(
            "The take was made by other weights than the ones installed, so its latent means "
            "nothing here: generate it again from its prompt and seed."
        )


def latent_from_dict(metadata: Mapping[str, Any], size: int) -> Latent:
    """What `Latent.told` gave, of `size` numbers.

    Raises:
        EngineError: it is damaged.
    """
    try:
        seconds = float(metadata["seconds"])
        over = tuple(
            BodyPartLayer(_parse_code(layer["latent"], size), _parse_body_part(layer["part"]))
            for layer in metadata.get("over", ())
        )
        latent = Latent(
            _parse_code(metadata["latent"], size),
            seconds,
            metadata.get("lock_feet") is not False,
            over,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED_LATENT) from error
    if not 0 < seconds < _MAX_SECONDS or len(over) > _MAX_LAYERS:
        raise EngineError(_DAMAGED_LATENT)
    return latent


def chained_latent_from_dict(
    metadata: Mapping[str, Any], split_code: Callable[[Tensor], Sequence[LatentSegment]]
) -> Latent:
    """What `Latent.told` gave of a motion by its action, which `pieces` takes apart.

    Raises:
        EngineError: it is damaged.
    """
    try:
        code, seconds = _parse_code(metadata["latent"]), float(metadata["seconds"])
        sound = all(0 < piece.seconds < _MAX_SECONDS for piece in split_code(code))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED_LATENT) from error
    if not (sound and 0 < seconds < _MAX_SECONDS):
        raise EngineError(_DAMAGED_LATENT)
    return Latent(code, seconds, metadata.get("lock_feet") is not False, model="motioninr")


def _parse_code(numbers: Any, size: int | None = None) -> Tensor:
    """(size,), or of any size; ValueError if that is not what it is."""
    code = np.asarray(numbers, dtype=np.float32)
    if code.ndim != 1 or size not in {None, len(code)} or not np.isfinite(code).all():
        raise ValueError
    return torch.from_numpy(code)


def _parse_body_part(part: Any) -> str:
    if part not in BODY_PARTS:
        raise ValueError
    return str(part)


def _to_floats(code: Tensor) -> list[float]:
    return [float(value) for value in code]


def source_text(info: dict[str, Any]) -> str:
    """What a take was generated from, in words; of a take between two others, both."""
    blocks = info.get("blocks")
    if isinstance(blocks, list):
        words = [source_text(block) for block in blocks if isinstance(block, dict)]
        return truncate(" → ".join(words), _SOURCE_TEXT_CHARACTERS)
    between = info.get("between")
    if isinstance(between, list):
        return truncate(" / ".join(map(str, between)), _SOURCE_TEXT_CHARACTERS)
    return str(info.get("prompt") or info.get("action") or "")
