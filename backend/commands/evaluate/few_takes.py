"""``evaluate few-takes``: styles of a few takes, their rival and their ablations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...protocol.limits import LimitError
from ..console import err, out, sentences

PARTS = ("pairs", "labels", "factor", "patch", "film", "data", "sound")


def few_takes(
    data: Annotated[Path, typer.Argument(help="The prepared file that has the takes.")],
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", help=f"A table of {', '.join(PARTS)}; all if not said."),
    ] = None,
    steps: Annotated[int, typer.Option(help="Of each block of each model.", min=1)] = 60,
    samples: Annotated[int, typer.Option(help="Motions of each label.", min=2)] = 6,
    style: Annotated[
        Path | None, typer.Option(help="Whose labels are looked at; the one that ships.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Of the models: those there are kept.")] = Path(
        "runs/few_takes"
    ),
) -> None:
    """Coverage and diversity beside GANimator's way, labels, ablations, and whether a sound is
    followed; trains what is not there yet, and goes on where it was stopped."""
    from ...data.motion_set import load_motion_set
    from ...evaluation.experiments import few_takes_tables as tables
    from ...evaluation.experiments.few_takes import SHIPPED, Plan
    from ...evaluation.report.tables import as_rich, keep
    from ...styles.errors import StyleError
    from ...styles.generator_api import Style
    from ...styles.style import shipped_style
    from ...styles.train import LearnSettings
    from ...training.run import TrainingError

    with sentences(StyleError, TrainingError):
        wanted = parts or PARTS
        if unknown := sorted(set(wanted) - set(PARTS)):
            raise LimitError(f"There is no table {unknown[0]}; there are {', '.join(PARTS)}.")
        motions = load_motion_set(data)
        plan = Plan(
            folder,
            LearnSettings(steps=steps),
            samples,
            tell=lambda line: err.print(line, highlight=False),
        )
        for part in wanted:
            command = (
                f"python -m backend evaluate few-takes DATA --part {part} --steps {steps} "
                f"--samples {samples}"
            )
            if part == "pairs":
                table = tables.pair_table(motions, plan, command)
            elif part == "labels":
                used = Style.load(style or shipped_style())
                table = tables.label_table(used, SHIPPED, motions, plan, command)
            elif part == "data":
                table = tables.data_table(motions, plan, command)
            elif part == "sound":
                table = tables.sound_table(motions, plan, command)
            else:
                title, variants, order = {
                    "factor": ("Ablation of styles: scale factor", tables.FACTORS, 2),
                    "patch": ("Ablation of styles: patch", tables.PATCHES, 3),
                    "film": ("Ablation of styles: labels", tables.HEARING, 4),
                }[part]
                table = tables.ablation_table(
                    title, variants, part, order, motions, plan, command
                )  # fmt: skip
            out.print(as_rich(table))
            keep(f"few-takes-{part}", table)
