"""``evaluate style-sheets``: pictures of what a style makes, to be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import out, report_errors


def style_sheets(
    style: Annotated[Path | None, typer.Option(help="Its file; the one that ships.")] = None,
    timeline: Annotated[
        str, typer.Option(help="Labels that follow each other.")
    ] = "walk:3,sneak:3,run:3,jump:3",
    fine: Annotated[str | None, typer.Option(help="Labels of the finer levels.")] = None,
    seconds: Annotated[float, typer.Option(help="Of each label by itself.")] = 4.0,
    takes: Annotated[int, typer.Option(help="Motions of each label.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="Of the first motion; the others count on.")] = 0,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the pictures.")] = Path(
        "out/style_sheets"
    ),
) -> None:
    """Draw each label of a style, and labels that follow each other with the grid below them."""
    from ...evaluation.figures.style_sheets import plot_label_sheet, plot_timeline_sheet
    from ...protocol.style_file import StyleError
    from ...styles.generator_api import Style
    from ...styles.style import shipped_style_path

    with report_errors(StyleError):
        used = Style.load(style or shipped_style_path())
        output.mkdir(parents=True, exist_ok=True)
        for label in used.labels:
            figure = plot_label_sheet(used, label, seconds, range(seed, seed + takes))
            figure.savefig(output / f"{label}.png", dpi=60)
        figure, _ = plot_timeline_sheet(used, timeline, fine, seed)
        figure.savefig(output / "timeline.png", dpi=80)
    out.print(f"{output}: {len(used.labels)} labels and timeline.png", highlight=False)
