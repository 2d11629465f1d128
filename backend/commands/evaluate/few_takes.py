"""``evaluate few-takes``: styles of a few takes, their rival and their ablations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...protocol.limits import LimitError
from ..console import err, out, report_errors

FEW_TAKES_TABLES = ("pairs", "labels", "factor", "patch", "film", "data", "sound")


def few_takes(
    data: Annotated[Path, typer.Argument(help="The prepared file that has the takes.")],
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", help=f"A table of {', '.join(FEW_TAKES_TABLES)}; all if not said."),
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
    from ...evaluation.experiments.few_takes import SHIPPED_STYLE_TAKES, StyleExperiment
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...protocol.style_file import StyleError
    from ...styles.generator_api import Style
    from ...styles.style import shipped_style_path
    from ...styles.train import LearnSettings
    from ...training.run import TrainingError

    with report_errors(StyleError, TrainingError):
        wanted = parts or FEW_TAKES_TABLES
        if unknown := sorted(set(wanted) - set(FEW_TAKES_TABLES)):
            raise LimitError(
                f"There is no table {unknown[0]}; there are {', '.join(FEW_TAKES_TABLES)}."
            )
        motions = load_motion_set(data)
        plan = StyleExperiment(
            folder,
            LearnSettings(steps=steps),
            samples,
            log=lambda line: err.print(line, highlight=False),
        )
        for part in wanted:
            command = (
                f"python -m backend evaluate few-takes DATA --part {part} --steps {steps} "
                f"--samples {samples}"
            )
            if part == "pairs":
                table = tables.pair_table(motions, plan, command)
            elif part == "labels":
                used = Style.load(style or shipped_style_path())
                table = tables.label_table(used, SHIPPED_STYLE_TAKES, motions, plan, command)
            elif part == "data":
                table = tables.data_table(motions, plan, command)
            elif part == "sound":
                table = tables.sound_table(motions, plan, command)
            else:
                title, variants, order = {
                    "factor": ("Ablation of styles: scale factor", tables.SCALE_FACTOR_VARIANTS, 2),
                    "patch": ("Ablation of styles: patch", tables.PATCH_VARIANTS, 3),
                    "film": ("Ablation of styles: labels", tables.FILM_VARIANTS, 4),
                }[part]
                table = tables.ablation_table(
                    title, variants, part, order, motions, plan, command
                )  # fmt: skip
            out.print(to_rich_table(table))
            save_table(f"few-takes-{part}", table)
