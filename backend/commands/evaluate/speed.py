"""``evaluate speed``: how long generation takes, beside the rivals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors


def speed(
    mdm: Annotated[Path, typer.Option(help="Folder of the MDM-like run.")] = Path("runs/mdm"),
    vae: Annotated[Path, typer.Option(help="Folder of the MLD-like VAE's run.")] = Path(
        "runs/mld_vae"
    ),
    mld: Annotated[Path, typer.Option(help="Folder of the MLD-like diffusion's run.")] = Path(
        "runs/mld_diffusion"
    ),
    rounds: Annotated[int, typer.Option(help="Timed calls of each kind.", min=1)] = 7,
) -> None:
    """Seconds from text to motion, warm; `make bench` has start-up and memory of the service."""
    import torch

    from ...baselines.mdm import load_mdm
    from ...baselines.mld import load_mld
    from ...evaluation.experiments.speed import (
        COMPOUND_PROMPT,
        MOTION_SECONDS,
        baseline_call,
        median_seconds,
        nerm_call,
    )
    from ...evaluation.report.tables import ResultTable, save_table, to_rich_table
    from ...service.engine.model_engine import ModelEngine
    from ...text.encoder import TextEncoder
    from ...training.run import TrainingError

    with report_errors(TrainingError, RuntimeError):
        rivals = {"MDM-like": load_mdm(mdm), "MLD-like": load_mld(vae, mld)}
        engine, encoder = ModelEngine(), TextEncoder()
        calls = {
            "NeRM, 120 fps": nerm_call(engine, 120.0),
            "NeRM, 20 fps": nerm_call(engine, 20.0),
            "NeRM, 120 fps, one candidate": nerm_call(engine, 120.0, candidates=1),
            "NeRM, 120 fps, 16 variations": nerm_call(engine, 120.0, variations=16),
            "NeRM, 120 fps, two clauses": nerm_call(engine, 120.0, prompt=COMPOUND_PROMPT),
            "NeRM, 120 fps, two clauses, 16 variations": nerm_call(
                engine, 120.0, variations=16, prompt=COMPOUND_PROMPT
            ),
        }
        for name, rival in rivals.items():
            calls[f"{name}, 20 fps"] = baseline_call(rival, encoder, 20.0)
            calls[f"{name}, interpolated to 120 fps"] = baseline_call(rival, encoder, 120.0)
        err.print("Timing")
        found = median_seconds(calls, rounds)
    base = found["NeRM, 120 fps"]
    table = ResultTable(
        title="Speed",
        columns=("what", "seconds ↓", "÷ NeRM at 120 fps"),
        rows=tuple((name, f"{value:.3f}", f"{value / base:.2f}") for name, value in found.items()),
        command=f"python -m backend evaluate speed --rounds {rounds}",
        order=120,
        notes=(
            f"Text to {MOTION_SECONDS:g} s of motion, medians of {rounds} warm calls taken in "
            "turn in one "
            f"process on {torch.get_num_threads()} threads; NeRM as the service does it, the best "
            "of several candidates unless said otherwise.",
            f"MDM-like takes {rivals['MDM-like'].steps} guided steps, "
            f"MLD-like {rivals['MLD-like'].steps}.",
        ),
    )
    out.print(to_rich_table(table))
    save_table("speed", table)
