"""``evaluate text-to-motion``: generated motion against real motion, and against its words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors

Weights = Annotated[Path | None, typer.Option(help="Folder of NeRM's weights; the shipped ones.")]


def text_to_motion(
    data: Annotated[Path, typer.Argument(help="The prepared file that was trained on.")],
    weights: Weights = None,
    embedder: Annotated[Path | None, typer.Option(help="Folder of the embedder.")] = None,
    limit: Annotated[int, typer.Option(help="Texts of the training split.", min=2)] = 512,
    repeats: Annotated[int, typer.Option(help="Times all is drawn anew.", min=1)] = 3,
    multimodal: Annotated[
        int, typer.Option(help="Texts that get 30 motions each for MultiModality.", min=1)
    ] = 16,
    guidance: Annotated[float | None, typer.Option(help="How strictly words are followed.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
) -> None:
    """FID, KID, R-precision, MM-Dist, Diversity and MultiModality of text-to-motion."""
    from ...embedding import default_embedder_folder, load_embedder
    from ...embedding.nerm_retrieval import load_sampler
    from ...evaluation.experiments.text_to_motion import (
        TextToMotionSettings,
        published_text_to_motion,
        text_to_motion_table,
    )
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS
    from ...nerm.weights import ASSETS, WeightsError

    with report_errors(WeightsError):
        sampler, _ = load_sampler(weights or ASSETS)
        reader = load_embedder(embedder or default_embedder_folder(), sampler.text_encoder)
        settings = TextToMotionSettings(
            limit,
            repeats,
            multimodal,
            DEFAULT_GUIDANCE_SCALE if guidance is None else guidance,
            DEFAULT_STEPS if steps is None else steps,
        )
        table = text_to_motion_table(data, sampler, reader, settings, err.print)
    out.print(to_rich_table(table))
    save_table("text-to-motion", table)
    published = published_text_to_motion()
    out.print(to_rich_table(published))
    save_table("text-to-motion-published", published)
