"""What a narrower decoder would save: the service's speed with decoders of several widths.

They are of the shipped one's kind but have learnt only what is linear in the code, which is as much
work as if they knew everything.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from ...nerm.inr import InrDecoder
from ...nerm.weights import DECODER_FILE, load_weights
from ...service.engine.model_engine import ModelEngine
from ...training.weight_files import ASSETS, read_manifest, write_weights
from .speed import median_seconds, nerm_call

VARIATIONS = 16
_FPS = 120.0


@dataclass(frozen=True)
class WidthResult:
    """The service with a decoder of one width."""

    width: int
    parameters: int
    """Of the decoder."""
    single_seconds: float
    """Seconds to a take of the best of its candidates."""
    variations_seconds: float
    """Seconds to `VARIATIONS`."""


def compare_widths(widths: Sequence[int], rounds: int) -> list[WidthResult]:
    """Text to takes with decoders of these widths, warm, taken in turn.

    Raises:
        WeightsError: if weights are missing or damaged.
    """
    calls, parameters = {}, {}
    with TemporaryDirectory() as folder:
        for width in widths:
            assets = Path(folder, str(width))
            parameters[width] = write_resized_weights(width, assets)
            engine = ModelEngine(assets)
            calls[f"{width}"] = nerm_call(engine, _FPS)
            calls[f"{width}, several"] = nerm_call(engine, _FPS, VARIATIONS)
        found = median_seconds(calls, rounds)
    return [
        WidthResult(width, parameters[width], found[f"{width}"], found[f"{width}, several"])
        for width in widths
    ]


def write_resized_weights(width: int, folder: Path) -> int:
    """The shipped weights in a new folder with a decoder of another width; its parameters.

    Raises:
        WeightsError: if weights are missing or damaged.
    """
    shutil.copytree(ASSETS, folder)
    weights, entry = load_weights(ASSETS), read_manifest(ASSETS)[DECODER_FILE]
    config = weights.decoder.config.model_copy(update={"width": width})
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        decoder = InrDecoder(config)
    known = weights.decoder.state_dict()
    linear = ("basis", "offset", "row_mean", "row_std")
    decoder.load_state_dict({name: known[name] for name in linear}, strict=False)
    settings = {"config": config.model_dump()}
    state = {"step": 0, "settings": {"data": entry["sequences"]}}
    write_weights(folder, DECODER_FILE, decoder.state_dict(), settings, state, weights.licence)
    return sum(parameter.numel() for parameter in decoder.parameters())
