"""``evaluate action-sheets``: contact sheets of the actions that MotionINR knows best."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from ..console import err, out, sentences


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
    from ...evaluation.figures.contact_sheets import overview, sheet
    from ...motioninr.sampler import Sampler
    from ...motioninr.weights import default_folder, load_motioninr
    from ...training.weight_files import WeightsError

    with sentences(WeightsError):
        sampler = Sampler(load_motioninr(weights or default_folder()))
        output.mkdir(parents=True, exist_ok=True)
        best = sorted(sampler.actions, key=lambda label: -sampler.data(label).captures)[:actions]
        strips = []
        for label in track(best, "Drawing", console=err):
            data = sampler.data(label)
            seconds = sampler.usual_length(label)
            made = [sampler.take(label, seconds, 30.0, seed + n) for n in range(takes)]
            title = f"{label}, {seconds:.1f} s, of {data.captures} captures"
            sheet(title, made).savefig(output / f"{label}.png", dpi=80)
            strips += [(f"{label} {seed + n}", take) for n, take in enumerate(made)]
        overview(strips, columns=takes).savefig(output / "overview.png", dpi=75)
    out.print(f"{output}: {len(best)} sheets and overview.png", highlight=False)
