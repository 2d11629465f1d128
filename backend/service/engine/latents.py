"""The latent that a take stores, from which its motion is decoded again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...kinematics.editing.body_parts import BODY_PARTS
from ...motioninr.long_motions import LatentSegment
from ...playback.clip import BodyPartLayer
from ..schema.replies import truncate
from .interface import EngineError

_SOURCE_TEXT_CHARACTERS = 500
_MAX_LAYERS = 4
"""More than any compound prompt has."""
_MAX_SECONDS = 3600.0
"""Longer than any motion."""
_DAMAGED_LATENT = "The take's latent is damaged: generate the motion again."


@dataclass(frozen=True)
class Latent:
    """A generated motion before it is decoded."""

    code: Tensor
    """Latent code (L,)."""
    seconds: float
    """Length of the motion."""
    lock_feet: bool
    """Whether planted feet are held in the take."""
    layers: tuple[BodyPartLayer, ...] = ()
    """Layers over the motion of the body."""
    model: str = "nerm"
    """Name of the model that decodes the code."""

    def to_dict(self) -> dict[str, Any]:
        """Return the metadata that `latent_from_dict` reads."""
        over = [{"latent": layer.code.tolist(), "part": layer.part} for layer in self.layers]
        return {
            "seconds": self.seconds,
            "lock_feet": self.lock_feet,
            "latent": self.code.tolist(),
            **({"over": over} if over else {}),
            **({"model": self.model} if self.model != "nerm" else {}),
        }


def check_weights_hash(metadata: Mapping[str, Any], expected_hash: str) -> None:
    """Raise EngineError unless a take was made by the weights with this hash."""
    if metadata.get("hash") != expected_hash:
        raise EngineError(
            "The take was made by other weights than the installed ones, which cannot decode its "
            "latent: generate it again from its prompt and seed."
        )


def latent_from_dict(
    metadata: Mapping[str, Any],
    size: int | None = None,
    split_code: Callable[[Tensor], Sequence[LatentSegment]] | None = None,
) -> Latent:
    """Return the latent of a take or a block from its metadata; EngineError if it is damaged.

    NeRM's has `size` numbers; `split_code` splits MotionINR's of a long motion into its segments.
    """
    over = metadata.get("over", ()) if split_code is None else ()
    try:
        code, seconds = _parse_code(metadata["latent"], size), float(metadata["seconds"])
        layers = tuple(
            BodyPartLayer(_parse_code(layer["latent"], size), str(layer["part"])) for layer in over
        )
        segments = [] if split_code is None else split_code(code)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED_LATENT) from error
    lengths = seconds, *(segment.seconds for segment in segments)
    has_parts = len(layers) <= _MAX_LAYERS and all(layer.part in BODY_PARTS for layer in layers)
    if not has_parts or not all(0 < length < _MAX_SECONDS for length in lengths):
        raise EngineError(_DAMAGED_LATENT)
    model = "nerm" if split_code is None else "motioninr"
    return Latent(code, seconds, metadata.get("lock_feet") is not False, layers, model)


def _parse_code(numbers: Any, size: int | None = None) -> Tensor:
    """Return finite numbers as a code (L,); ValueError if L is not `size`."""
    code = np.asarray(numbers, dtype=np.float32)
    if code.ndim != 1 or size not in {None, len(code)} or not np.isfinite(code).all():
        raise ValueError
    return torch.from_numpy(code)


def source_text(metadata: dict[str, Any]) -> str:
    """Return the prompts or labels from which a take was generated."""
    blocks = metadata.get("blocks")
    if isinstance(blocks, list):
        texts = [source_text(block) for block in blocks if isinstance(block, dict)]
        return truncate(" → ".join(texts), _SOURCE_TEXT_CHARACTERS)
    sources = metadata.get("between")
    if isinstance(sources, list):
        return truncate(" / ".join(map(str, sources)), _SOURCE_TEXT_CHARACTERS)
    return str(metadata.get("prompt") or metadata.get("action") or "")
