"""``evaluate action-sheets``: contact sheets of the actions that MotionINR knows best."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from ..console import err, out, report_errors


def action_sheets(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the pictures.")] = Path(
        "out/action_sheets"
    ),
    weights: Annotated[
        Path | None, typer.Option(help="Folder of the weight file; the one in use.")
    ] = None,
    actions: Annotated[int, typer.Option(help="Actions, those of most captures.", min=1)] = 12,
    takes: Annotated[int, typer.Option(help="Motions of each action.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="Of the first motion; the others count on.")] = 0,
) -> None:
    """Draw a contact sheet for each action, as long as most captures are, and an overview."""
    from ...evaluation.figures.contact_sheets import plot_overview, plot_sheet
    from ...motioninr.sampler import MotionInrSampler
    from ...motioninr.weights import default_motioninr_folder, load_motioninr
    from ...training.weight_files import WeightsError

    with report_errors(WeightsError):
        sampler = MotionInrSampler(load_motioninr(weights or default_motioninr_folder()))
        output.mkdir(parents=True, exist_ok=True)
        best = sorted(
            sampler.known_labels, key=lambda label: -sampler.action_stats(label).captures
        )[:actions]
        strips = []
        for label in track(best, "Drawing", console=err):
            data = sampler.action_stats(label)
            seconds = sampler.typical_length(label)
            made = [sampler.take(label, seconds, 30.0, seed + n) for n in range(takes)]
            title = f"{label}, {seconds:.1f} s, of {data.captures} captures"
            plot_sheet(title, made).savefig(output / f"{label}.png", dpi=80)
            strips += [(f"{label} {seed + n}", take) for n, take in enumerate(made)]
        plot_overview(strips, columns=takes).savefig(output / "overview.png", dpi=75)
    out.print(f"{output}: {len(best)} sheets and overview.png", highlight=False)
