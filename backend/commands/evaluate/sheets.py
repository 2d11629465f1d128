"""``evaluate sheets``: contact sheets of what the model makes of 24 prompts, to be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from ..console import err, out, report_errors


def sheets(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the pictures.")] = Path(
        "out/sheets"
    ),
    weights: Annotated[Path | None, typer.Option(help="Folder of weights; the shipped ones.")] = (
        None
    ),
    takes: Annotated[int, typer.Option(help="Motions of each prompt.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="Of the first motion; the others count on.")] = 0,
) -> None:
    """Draw a contact sheet for each of 24 prompts, and an overview of all."""
    from ...evaluation.figures.contact_sheets import SHEET_PROMPTS, plot_overview, plot_sheet
    from ...service.engine.model_engine import ModelEngine
    from ...service.schema.requests import GenerateRequest
    from ...training.weight_files import ASSETS

    with report_errors():
        engine = ModelEngine(weights or ASSETS)
        output.mkdir(parents=True, exist_ok=True)
        first = []
        for subject in track(SHEET_PROMPTS, "Drawing", console=err):
            made = [
                engine.generate_take(
                    GenerateRequest(
                        prompt=subject.prompt, seconds=subject.seconds, fps=30.0, seed=seed + n
                    ),
                    _ignore_progress,
                )
                for n in range(takes)
            ]
            picture = plot_sheet(f"{subject.prompt}, {subject.seconds:g} s", made)
            picture.savefig(output / f"{subject.name}.png", dpi=80)
            first.append((subject.prompt, made[0]))
        plot_overview(first).savefig(output / "overview.png", dpi=75)
    out.print(f"{output}: {len(SHEET_PROMPTS)} sheets and overview.png", highlight=False)


def _ignore_progress(step: int, total: int, message: str = "") -> None:
    """The bar over all sheets is enough."""
