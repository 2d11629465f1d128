"""``evaluate text-to-motion``: generated motion against real motion, and against its words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, sentences

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
    from ...embedding import default_embedder, load_embedder
    from ...embedding.nerm_retrieval import open_sampler
    from ...evaluation.experiments.text_to_motion import Settings, published_table, tables
    from ...evaluation.report.tables import as_rich, keep
    from ...nerm.sampler import DEFAULT_GUIDANCE, DEFAULT_STEPS
    from ...nerm.weights import ASSETS, WeightsError

    with sentences(WeightsError):
        sampler, _ = open_sampler(weights or ASSETS)
        reader = load_embedder(embedder or default_embedder(), sampler.text)
        settings = Settings(
            limit,
            repeats,
            multimodal,
            DEFAULT_GUIDANCE if guidance is None else guidance,
            DEFAULT_STEPS if steps is None else steps,
        )
        table = tables(data, sampler, reader, settings, err.print)
    out.print(as_rich(table))
    keep("text-to-motion", table)
    published = published_table()
    out.print(as_rich(published))
    keep("text-to-motion-published", published)
