"""``evaluate decoder-width``: what a narrower decoder would save."""

from __future__ import annotations

from typing import Annotated

import typer

from ..console import err, out, report_errors


def decoder_width(
    widths: Annotated[list[int] | None, typer.Option("--width", help="Of a decoder.", min=1)] = (
        None
    ),
    rounds: Annotated[int, typer.Option(help="Timed calls of each kind.", min=1)] = 7,
) -> None:
    """Seconds to one motion and to several by decoders of several widths."""
    from ...evaluation.experiments.decoder_width import VARIATIONS, compare_widths
    from ...evaluation.experiments.speed import MOTION_SECONDS
    from ...evaluation.report.tables import ResultTable, save_table, to_rich_table

    with report_errors():
        err.print("Timing")
        found = compare_widths(widths or [512, 448, 384, 320, 256], rounds)
    asked = "".join(f" --width {width}" for width in widths or ())
    table = ResultTable(
        title="Width of the decoder, and speed",
        columns=("width", "parameters M", "one s ↓", f"{VARIATIONS} variations s ↓", "÷ one"),
        rows=tuple(
            (
                str(one.width),
                f"{one.parameters / 1e6:.1f}",
                f"{one.single_seconds:.3f}",
                f"{one.variations_seconds:.3f}",
                f"{one.variations_seconds / one.single_seconds:.2f}",
            )
            for one in found
        ),
        command=f"python -m backend evaluate decoder-width{asked} --rounds {rounds}",
        order=121,
        notes=(
            f"Text to {MOTION_SECONDS:g} s of motion at 120 fps as under *Speed*, decoders in "
            "turn in one "
            "process. They have learnt only what is linear in the code: the work is the same, and "
            "what accuracy a width costs is not told here.",
        ),
    )
    out.print(to_rich_table(table))
    save_table("decoder-width", table)
