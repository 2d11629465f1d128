"""``evaluate ablations``: stage 1's switches, each trained and measured alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors


def ablations(
    data: Annotated[Path, typer.Argument(help="The prepared file.")],
    run: Annotated[Path, typer.Option(help="Folder of all these runs.")] = Path("runs/ablations"),
    only: Annotated[
        list[str] | None, typer.Option(help="Train only this variant; may be repeated.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps of stage 1.", min=1)] = 2000,
    diffusion_steps: Annotated[int, typer.Option(help="Steps of stage 2.", min=1)] = 1000,
    captures: Annotated[int, typer.Option(help="How many random captures.", min=2)] = 100,
    embedder: Annotated[
        Path | None, typer.Option(help="Folder of the embedder; the one in use unless named.")
    ] = None,
) -> None:
    """Time encodings, plain codes, time normalisation, rates: small runs, one after the other.

    A run that was stopped goes on; the tables are of all that are finished.
    """
    from ...embedding import default_embedder_folder, load_embedder
    from ...evaluation.experiments.ablation_tables import ablation_tables
    from ...evaluation.experiments.ablations import (
        VARIANTS,
        AblationError,
        AblationProtocol,
        measure_captures,
        read_measures,
        run_variant,
    )
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...nerm.weights import WeightsError
    from ...training.run import TrainingError

    if unknown := [name for name in only or [] if name not in VARIANTS]:
        raise typer.BadParameter(f"There is no variant {unknown[0]}: use {', '.join(VARIANTS)}.")
    protocol = AblationProtocol(captures=captures, steps=steps, diffusion_steps=diffusion_steps)
    with report_errors(AblationError, TrainingError, WeightsError):
        try:
            reader = embedder or default_embedder_folder()
            # Read before hours of training, not after.
            load_embedder(reader)
        except WeightsError as error:
            err.print(f"clip-FID is left out. {error}", markup=False, highlight=False)
            reader = None
        for name in only or VARIANTS:
            run_variant(name, data, run, protocol, reader)
        measured = {name: found for name in VARIANTS if (found := read_measures(run, name))}
        real = None if reader is None else measure_captures(data, run, protocol, reader)
        command = (
            f"python -m backend evaluate ablations DATA --steps {steps} "
            f"--diffusion-steps {diffusion_steps} --captures {captures}"
        )
        for file, table in ablation_tables(measured, real, protocol, command).items():
            out.print(to_rich_table(table))
            save_table(file, table)
