"""``evaluate processes``: what ships of stage 2's processes, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import err, out, report_errors


def processes(
    data: Annotated[Path, typer.Argument(help="The prepared file that was trained on.")],
    weights: Annotated[
        list[str],
        typer.Option(help="NAME=FOLDER of weight files; once for each model to compare."),
    ],
    embedder: Annotated[Path | None, typer.Option(help="Folder of the embedder.")] = None,
    steps: Annotated[list[int] | None, typer.Option(help="Numbers of denoising steps.")] = None,
    guidance: Annotated[list[float] | None, typer.Option(help="Strengths of guidance.")] = None,
    limit: Annotated[int, typer.Option(help="Texts of a repeat, at most.", min=32)] = 256,
    repeats: Annotated[int, typer.Option(help="Times all is drawn anew.", min=1)] = 2,
) -> None:
    """FID, R-precision and time of several models over steps and guidance."""
    from ...data.motion_set import load_motion_set
    from ...embedding import default_embedder_folder, load_embedder
    from ...evaluation.experiments.diffusion_processes import (
        SamplingSetting,
        process_table,
        sampling_settings,
        score_processes,
    )
    from ...evaluation.report.tables import save_table, to_rich_table
    from ...nerm.sampler import DEFAULT_GUIDANCE_SCALE, DEFAULT_STEPS, NermSampler
    from ...nerm.weights import load_weights
    from ...training.weight_files import WeightsError

    usual = SamplingSetting(DEFAULT_STEPS, DEFAULT_GUIDANCE_SCALE)
    settings = sampling_settings(steps or [5, 10, 20, 50], guidance or [1.0, 2.0, 3.0, 5.0], usual)
    with report_errors(WeightsError):
        models = {
            name: NermSampler(load_weights(folder))
            for name, folder in _parse_models(weights).items()
        }
        reader = load_embedder(
            embedder or default_embedder_folder(), next(iter(models.values())).text_encoder
        )
        result = score_processes(
            load_motion_set(data), models, reader, settings, limit, repeats, err.print
        )
    names = " ".join(f"--weights {name}=FOLDER" for name in models)
    table = process_table(
        result,
        f"python -m backend evaluate processes DATA {names} --limit {limit} --repeats {repeats}",
        usual,
        _shipped(),
    )
    out.print(to_rich_table(table))
    save_table("processes", table)


def _parse_models(weights: list[str]) -> dict[str, Path]:
    """Name -> folder."""
    found: dict[str, Path] = {}
    for one in weights:
        name, equals, folder = one.partition("=")
        if not (name and equals and folder):
            raise typer.BadParameter(f"--weights takes NAME=FOLDER, not {one!r}.")
        found[name] = Path(folder)
    return found


def _shipped() -> str | None:
    """The process of the shipped weights, if there are any."""
    from ...nerm.weights import load_weights
    from ...training.weight_files import WeightsError

    try:
        return load_weights().noise_process
    except WeightsError:
        return None
