"""Speed of generation: warm, beside the baselines, and with decoders of several widths.

Every call runs once to warm up; then all run in turn, round after round, so that a slow moment of
the machine affects each of them.
"""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import torch
import typer

from ...baselines.frames import BASELINE_FPS
from ...baselines.interpolation import upsample_rows
from ...baselines.mdm import MdmSampler, load_mdm
from ...baselines.mld import MldSampler, load_mld
from ...console import err, ignore_progress, report_errors
from ...nerm.captions import text_condition
from ...nerm.inr import InrDecoder
from ...nerm.weights import DECODER_FILE, load_weights
from ...service.engine.model_engine import ModelEngine
from ...service.schema.requests import GenerateRequest
from ...text.encoder import TextEncoder
from ...training.run import TrainingError
from ...training.weight_files import ASSETS, read_manifest, write_weights
from ..options import MDM_RUN, MLD_RUN, VAE_RUN, MdmRun, MldRun, Rounds, VaeRun
from ..report.tables import ResultTable, publish_table

PROMPT = "a person walks forward"
COMPOUND_PROMPT = f"{PROMPT} and waves"
"""Prompt that the service generates both as a whole and clause by clause."""
MOTION_SECONDS = 5.0
VARIATIONS = 16
WIDTHS = (512, 448, 384, 320, 256)
_FPS = 120.0


def speed(
    mdm: MdmRun = MDM_RUN, vae: VaeRun = VAE_RUN, mld: MldRun = MLD_RUN, rounds: Rounds = 7
) -> None:
    """Seconds from text to motion, warm; `make bench` measures start-up and memory."""
    with report_errors(TrainingError, RuntimeError):
        baselines = {"MDM-like": load_mdm(mdm), "MLD-like": load_mld(vae, mld)}
        engine, encoder = ModelEngine(), TextEncoder()
        calls = {
            "NeRM, 120 fps": nerm_call(engine, _FPS),
            "NeRM, 20 fps": nerm_call(engine, 20.0),
            "NeRM, 120 fps, one candidate": nerm_call(engine, _FPS, candidates=1),
            "NeRM, 120 fps, 16 variations": nerm_call(engine, _FPS, VARIATIONS),
            "NeRM, 120 fps, two clauses": nerm_call(engine, _FPS, prompt=COMPOUND_PROMPT),
            "NeRM, 120 fps, two clauses, 16 variations": nerm_call(
                engine, _FPS, VARIATIONS, prompt=COMPOUND_PROMPT
            ),
        }
        for name, baseline in baselines.items():
            calls[f"{name}, 20 fps"] = baseline_call(baseline, encoder, 20.0)
            calls[f"{name}, interpolated to 120 fps"] = baseline_call(baseline, encoder, _FPS)
        err.print("Timing")
        seconds = median_seconds(calls, rounds)
    base = seconds["NeRM, 120 fps"]
    table = ResultTable(
        title="Speed",
        columns=("system", "seconds ↓", "÷ NeRM at 120 fps"),
        rows=tuple((name, f"{s:.3f}", f"{s / base:.2f}") for name, s in seconds.items()),
        command=f"python -m backend evaluate speed --rounds {rounds}",
        order=120,
        notes=(
            f"Text to {MOTION_SECONDS:g} s of motion, medians of {rounds} warm calls run in turn "
            f"in one process on {torch.get_num_threads()} threads; NeRM as in the service, the "
            "best of several candidates unless stated.",
            f"MDM-like takes {baselines['MDM-like'].steps} guided steps, "
            f"MLD-like {baselines['MLD-like'].steps}.",
        ),
    )
    publish_table("speed", table)


def decoder_width(
    widths: Annotated[
        list[int] | None, typer.Option("--width", help="Width of a decoder; repeatable.", min=1)
    ] = None,
    rounds: Rounds = 7,
) -> None:
    """Seconds to one motion and to several, with decoders of several widths."""
    with report_errors():
        err.print("Timing")
        results = compare_widths(widths or WIDTHS, rounds)
    options = "".join(f" --width {width}" for width in widths or ())
    table = ResultTable(
        title="Width of the decoder, and speed",
        columns=("width", "parameters M", "one s ↓", f"{VARIATIONS} variations s ↓", "÷ one"),
        rows=tuple(
            (
                str(r.width),
                f"{r.parameters / 1e6:.1f}",
                f"{r.single_seconds:.3f}",
                f"{r.variations_seconds:.3f}",
                f"{r.variations_seconds / r.single_seconds:.2f}",
            )
            for r in results
        ),
        command=f"python -m backend evaluate decoder-width{options} --rounds {rounds}",
        order=121,
        notes=(
            f"Text to {MOTION_SECONDS:g} s of motion at 120 fps as under *Speed*, decoders run in "
            "turn in one process. Only their linear part is trained: the work is the same, but the "
            "table does not show the accuracy that a smaller width costs.",
        ),
    )
    publish_table("decoder-width", table)


def median_seconds(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each call over `rounds` rounds, after one call each to warm up."""
    for call in calls.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def nerm_call(
    engine: ModelEngine, fps: float, variations: int = 1, prompt: str = PROMPT, **fields: Any
) -> Callable[[], object]:
    """Call that generates takes of 5 s as the service does; `fields` are of the request."""
    request = GenerateRequest(
        prompt=prompt, seconds=MOTION_SECONDS, fps=fps, variations=variations, **fields
    )
    return lambda: engine.generate_variations(request, ignore_progress)


def baseline_call(
    baseline: MdmSampler | MldSampler, encoder: TextEncoder, fps: float
) -> Callable[[], object]:
    """Call that samples 5 s at 20 fps and interpolates them to a higher rate (cubic)."""

    def call() -> object:
        rows = baseline.sample_motions(text_condition(encoder, [PROMPT], [MOTION_SECONDS]), [0])[0]
        if fps == BASELINE_FPS:
            return rows
        return upsample_rows(
            rows, BASELINE_FPS, np.arange(round(MOTION_SECONDS * fps)) / fps, "cubic"
        )

    return call


@dataclass(frozen=True)
class WidthResult:
    """Speed of the service with a decoder of one width."""

    width: int
    parameters: int
    """Parameters of the decoder."""
    single_seconds: float
    """Seconds to a take, the best of its candidates."""
    variations_seconds: float
    """Seconds to `VARIATIONS` takes."""


def compare_widths(widths: Sequence[int], rounds: int) -> list[WidthResult]:
    """Time generation with decoders of several widths, warm and in turn.

    Raises:
        WeightsError: Weights are missing or damaged.
    """
    calls, parameters = {}, {}
    with TemporaryDirectory() as folder:
        for width in widths:
            assets = Path(folder, str(width))
            parameters[width] = write_resized_weights(width, assets)
            engine = ModelEngine(assets)
            calls[f"{width}"] = nerm_call(engine, _FPS)
            calls[f"{width}, several"] = nerm_call(engine, _FPS, VARIATIONS)
        seconds = median_seconds(calls, rounds)
    return [
        WidthResult(width, parameters[width], seconds[f"{width}"], seconds[f"{width}, several"])
        for width in widths
    ]


def write_resized_weights(width: int, folder: Path) -> int:
    """Write the shipped weights with a decoder of another width and return its parameter count.

    Only the decoder's linear part is trained, which does not change the amount of work.

    Raises:
        WeightsError: Weights are missing or damaged.
    """
    shutil.copytree(ASSETS, folder)
    weights, entry = load_weights(ASSETS), read_manifest(ASSETS)[DECODER_FILE]
    config = weights.decoder.config.model_copy(update={"width": width})
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        decoder = InrDecoder(config)
    trained = weights.decoder.state_dict()
    linear = ("basis", "offset", "row_mean", "row_std")
    decoder.load_state_dict({name: trained[name] for name in linear}, strict=False)
    settings = {"config": config.model_dump()}
    state = {"step": 0, "settings": {"data": entry["sequences"]}}
    write_weights(folder, DECODER_FILE, decoder.state_dict(), settings, state, weights.licence)
    return sum(parameter.numel() for parameter in decoder.parameters())
