"""``evaluate frame-rates``: clip-FID at every rate, beside rivals that are interpolated up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import err, out, report_errors

if TYPE_CHECKING:
    from ...evaluation.experiments.frame_rates import MotionAtRate

PUBLISHED_CLIP_FID = (
    ("T2M", 1.067, 2.831, 6.442, 9.182, 11.264),
    ("MDM", 0.544, 1.882, 4.605, 5.966, 8.401),
    ("MLD", 0.473, 1.465, 3.816, 5.138, 7.878),
    ("NeRM", 0.389, 0.493, 0.680, 0.903, 1.315),
)
"""clip-FID at 20, 40, 60, 100 and 120 fps on HumanML3D (Wei et al. 2024)."""


def frame_rates(
    data: Annotated[Path, typer.Argument(help="The prepared file that was trained on.")],
    weights: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of another NeRM's weight files, beside the shipped; repeatable."),
    ] = None,
    mdm: Annotated[Path, typer.Option(help="Folder of the MDM-like run.")] = Path("runs/mdm"),
    vae: Annotated[Path, typer.Option(help="Folder of the MLD-like VAE's run.")] = Path(
        "runs/mld_vae"
    ),
    mld: Annotated[Path, typer.Option(help="Folder of the MLD-like diffusion's run.")] = Path(
        "runs/mld_diffusion"
    ),
    clips: Annotated[int, typer.Option(help="Clips in a comparison.", min=2)] = 480,
    repeats: Annotated[int, typer.Option(help="Comparisons of other clips.", min=1)] = 5,
) -> None:
    """clip-FID at 20 to 120 fps of NeRM and of two rivals trained at 20 fps."""
    from ...baselines.checkpoints import trained_steps
    from ...baselines.mdm import load_mdm
    from ...baselines.mld import load_mld
    from ...data.motion_set import load_motion_set
    from ...data.sequences import SequenceSet
    from ...embedding.embedder import default_embedder_folder, load_embedder
    from ...embedding.nerm_retrieval import load_sampler
    from ...evaluation.experiments.frame_rates import (
        CLIP_FID_RATES,
        CLIP_FRAMES,
        captured_motions,
        choose_motions,
        compare_frame_rates,
        interpolated_motions,
        nerm_motions,
        sample_baseline,
    )
    from ...evaluation.report.tables import ResultTable, format_mean, save_table, to_rich_table
    from ...nerm.weights import ASSETS, WeightsError
    from ...text.encoder import TextEncoder
    from ...training.run import TrainingError

    with report_errors(TrainingError, WeightsError):
        embedder = load_embedder(default_embedder_folder())
        rivals = {"MDM-like": load_mdm(mdm), "MLD-like": load_mld(vae, mld)}
        sequences = SequenceSet(load_motion_set(data))
        wanted, others = choose_motions(sequences, clips)
        encoder = TextEncoder()
        systems: dict[str, Sequence[MotionAtRate]] = {}
        made_by: list[str] = []
        for folder in (ASSETS, *(weights or [])):
            name = "NeRM, shipped" if folder == ASSETS else f"NeRM, {folder.name}"
            err.print(f"Drawing {len(wanted)} motions: {name}")
            sampler, _ = load_sampler(folder)
            systems[name] = nerm_motions(sampler, wanted)
            made_by.append(f"{name}: {_training_note(folder, sampler.weights.retrieval is None)}.")
        for name, rival in rivals.items():
            err.print(f"Drawing {len(wanted)} motions: {name}")
            rows = sample_baseline(rival, encoder, wanted)
            for how in ("linear", "cubic"):
                systems[f"{name}, {how}"] = interpolated_motions(rows, wanted, how)
        found = compare_frame_rates(
            embedder,
            captured_motions(sequences, others),
            captured_motions(sequences, wanted),
            systems,
            repeats,
        )
    table = ResultTable(
        title="Frame rates: clip-FID against rivals at 20 fps, interpolated up",
        columns=(
            "system",
            *(f"{fps:g} fps ↓" for fps in CLIP_FID_RATES),
            "120 / 20",
            "jerk at 120 fps ÷ real → 1",
        ),
        rows=(
            *(
                (
                    row.name,
                    *(format_mean(scores, 4) for scores in row.clip_fid),
                    f"{row.clip_fid[-1].mean() / row.clip_fid[0].mean():.2f}",
                    f"{row.jerk:.2f}",
                )
                for row in found
            ),
            *(
                (f"{name}, published", *values, f"{values[-1] / values[0]:.2f}", None)
                for name, *values in PUBLISHED_CLIP_FID
            ),
        ),
        command=f"python -m backend evaluate frame-rates DATA --clips {clips} --repeats {repeats}"
        + "".join(f" --weights {folder}" for folder in weights or []),
        order=90,
        notes=(
            f"{len(wanted)} motions a side, a random clip of {CLIP_FRAMES} frames of each (3 s at "
            f"20 fps, 0.5 s at 120); {repeats} repeats with other clips.",
            "Half of the native 120 fps captures gave the systems their words and durations, and "
            "are the row of real motion; all rows are compared with the other half.",
            "The rivals (backend/baselines) learnt the same motions and captions at 20 fps: "
            f"MDM-like for {trained_steps(mdm)} steps, MLD-like for {trained_steps(vae)} and "
            f"{trained_steps(mld)}. Linear is slerp with a linear root, cubic is Catmull-Rom for "
            "both.",
            *made_by,
            "All begin at a linear model of the data: NeRM and MLD-like at its principal "
            "components, MDM-like at the best linear denoiser of neighbouring frames.",
            "Published figures are on HumanML3D with another embedder.",
        ),
    )
    out.print(to_rich_table(table))
    save_table("frame_rates", table)


def _training_note(folder: Path, free: bool) -> str:
    """How long a NeRM was trained, and whether it draws towards what it learnt."""
    from ...nerm.weights import DECODER_FILE, DENOISER_FILE, read_manifest

    manifest = read_manifest(folder)
    decoder, denoiser = (manifest[name]["steps"] for name in (DECODER_FILE, DENOISER_FILE))
    how = "drawn freely, as the rivals are" if free else "drawn towards what it learnt"
    return f"{decoder} steps of stage 1 and {denoiser} of stage 2, {how}"
