"""``evaluate unconditional``: motions without words beside real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors


def unconditional(
    data: Annotated[Path, typer.Argument(help="The prepared file that was trained on.")],
    weights: Annotated[
        Path | None, typer.Option(help="Folder of the weight files; the shipped ones by default.")
    ] = None,
    embedder: Annotated[
        Path | None, typer.Option(help="Folder of the embedder; the shipped one by default.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="Repeats of every measure.", min=1)] = 3,
    motions: Annotated[int, typer.Option(help="Motions of a repeat, at most.", min=16)] = 1000,
    steps: Annotated[int, typer.Option(help="Denoising steps.", min=1)] = 10,
) -> None:
    """FID, KID, density, coverage and diversity of motions made without words or action."""
    from ...data.motion_set import load_motion_set
    from ...embedding import default_embedder_folder, load_embedder
    from ...embedding.nerm_retrieval import load_sampler
    from ...evaluation.experiments.evaluated_motions import NermGenerator
    from ...evaluation.experiments.text_to_motion import EVALUATION_FPS
    from ...evaluation.experiments.unconditional import (
        TooFewMotionsError,
        score_unconditional,
        unconditional_table,
    )
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...protocol.limits import DEFAULT_ORIGINALITY
    from ...training.weight_files import ASSETS, WeightsError

    def tell(repeat: int) -> None:
        err.print(f"Repeat {repeat + 1} of {repeats}", highlight=False)

    with report_errors(WeightsError, TooFewMotionsError):
        sampler = load_sampler(weights or ASSETS)[0]
        # Without words there is nothing to be guided towards.
        generators = [
            NermGenerator(
                f"NeRM, originality {originality:g}",
                sampler,
                EVALUATION_FPS,
                1.0,
                steps,
                originality,
            )
            for originality in (DEFAULT_ORIGINALITY, 1.0)
        ]
        result = score_unconditional(
            load_motion_set(data),
            load_embedder(embedder or default_embedder_folder(), sampler.text_encoder),
            generators,
            repeats,
            tell,
            max_motions=motions,
        )
    table = unconditional_table(
        result,
        command=f"python -m backend evaluate unconditional DATA --repeats {repeats} "
        f"--motions {motions} --steps {steps}",
        notes=(f"{steps} denoising steps; motions at {EVALUATION_FPS:g} fps with feet held.",),
    )
    out.print(to_rich_table(table))
    save_table("unconditional", table)
