"""``evaluate directions``: whether left, right, slowly and quickly mean something."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from ..console import err, out, report_errors


def directions(
    weights: Annotated[Path | None, typer.Option(help="Folder of weights; the shipped ones.")] = (
        None
    ),
    seeds: Annotated[int, typer.Option(help="Motions of each prompt.", min=1)] = 2,
) -> None:
    """Share of prompts whose side or pace is there in the motion."""
    from ...evaluation.experiments.directions import FPS, measure_directions
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...kinematics.body.take import Take
    from ...service.engine.model_engine import ModelEngine
    from ...service.schema.requests import GenerateRequest
    from ...training.weight_files import ASSETS

    with report_errors(), Progress(console=err, transient=True) as bar:
        task = bar.add_task("Generating", total=None)
        engine = ModelEngine(weights or ASSETS)

        def quietly(step: int, total: int, message: str = "") -> None:
            """One bar for all motions is enough."""

        def generate(prompt: str, seconds: float, seed: int) -> Take:
            bar.update(task, advance=1, description=prompt)
            request = GenerateRequest(prompt=prompt, seconds=seconds, fps=FPS, seed=seed)
            return engine.generate_take(request, quietly)

        table = measure_directions(generate, range(seeds))
    out.print(to_rich_table(table))
    save_table("directions", table)
