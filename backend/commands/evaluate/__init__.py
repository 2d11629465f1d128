"""``evaluate``: measures and tables, one file per command.

Each command prints its table and keeps it in ``docs/results``; ``evaluate report`` writes
``docs/results.md`` from all that are kept.
"""

from __future__ import annotations

import typer

from .ablations import ablations
from .action_components import action_components
from .action_lengths import action_lengths
from .action_sheets import action_sheets
from .action_to_motion import action_to_motion
from .decoder_width import decoder_width
from .directions import directions
from .few_takes import few_takes
from .frame_rates import frame_rates
from .movement import movement
from .processes import processes
from .reconstruction import reconstruction
from .report import report
from .resampling import resampling
from .sheets import sheets
from .speed import speed
from .style_sheets import style_sheets
from .text_to_motion import text_to_motion
from .unconditional import unconditional

app = typer.Typer(no_args_is_help=True)


@app.callback()
def main() -> None:
    """Measure the shipped weights and their rivals."""


app.command()(reconstruction)
app.command()(report)
app.command()(resampling)
app.command()(ablations)
app.command("action-to-motion")(action_to_motion)
app.command("few-takes")(few_takes)
app.command("action-lengths")(action_lengths)
app.command("action-components")(action_components)
app.command("action-sheets")(action_sheets)
app.command()(unconditional)
app.command()(processes)
app.command()(movement)
app.command()(text_to_motion)
app.command()(frame_rates)
app.command()(speed)
app.command()(decoder_width)
app.command()(directions)
app.command()(sheets)
app.command("style-sheets")(style_sheets)
