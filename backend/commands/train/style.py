"""``train style-export``: a style that `learn` wrote becomes the one in use where none is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ...console import out, report_errors


def style_export(
    style: Annotated[Path, typer.Argument(help="The file that `learn` wrote.")],
    output: Annotated[Path, typer.Option("-o", help="Folder for the weight file.")] = Path(
        "runs/style_export"
    ),
) -> None:
    """Copy a style to a folder of weights, and list it there."""
    from ...protocol.style_file import StyleError
    from ...styles.style import STYLE_FILE, read_style
    from ...training.weight_files import add_manifest_entry

    with report_errors(StyleError):
        origin = read_style(style).origin
        output.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(style, output / STYLE_FILE)
        add_manifest_entry(output, STYLE_FILE, origin.licence, origin.steps, len(origin.takes))
    out.print(f"{output / STYLE_FILE}: {origin.seconds:.0f} s of {len(origin.takes)} takes")
