"""``train nerm-inr``, ``nerm-diffusion`` and ``nerm-export``: NeRM's two stages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...console import err, out, report_errors

ProcessName = Literal["flow", "clean", "epsilon"]
TimeEncodingName = Literal["none", "simple", "codebook"]
RatesName = Literal["native", "fixed", "progressive"]
RootName = Literal["shared", "own"]
Precision = Literal["bf16", "no"]

Data = Annotated[Path, typer.Argument(help="File that `prepare` wrote.")]
Folder = Annotated[Path, typer.Option("--run", help="Folder of this run.")]
Minutes = Annotated[
    float | None, typer.Option("--time-limit", help="Minutes after which this slice ends.", min=0)
]
Steps = Annotated[int, typer.Option(help="Steps of the whole run.", min=1)]


def nerm_inr(
    data: Data,
    run: Folder = Path("runs/inr"),
    steps: Steps = 4600,
    time_limit: Minutes = None,
    time_encoding: Annotated[
        TimeEncodingName,
        typer.Option(
            help="How the decoder sees time: a number, Fourier features, or those and what it "
            "reads from a codebook of short motions, which is trained first."
        ),
    ] = "simple",
    time_normalisation: Annotated[
        bool, typer.Option(help="Time over each whole sequence, or seconds (no linear start then).")
    ] = True,
    linear_start: Annotated[
        bool, typer.Option(help="Begin at the data's principal components (ours), or at nothing.")
    ] = True,
    variational: Annotated[
        bool, typer.Option(help="Codes as distributions, or as points without a prior.")
    ] = True,
    encoder: Annotated[
        bool,
        typer.Option(help="An encoder proposes the codes (ours), or they begin near zero (NeRM)."),
    ] = True,
    propose_steps: Annotated[
        int, typer.Option(help="Steps of proposing; all later ones refine the codes.", min=1)
    ] = 2760,
    rates: Annotated[
        RatesName,
        typer.Option(help="Frames at their own rates, all at one, or one rate first, then own."),
    ] = "native",
    fixed_fps: Annotated[float, typer.Option(help="That one rate.", min=1)] = 20.0,
    fixed_steps: Annotated[
        int, typer.Option(help="Steps at one rate when progressive.", min=0)
    ] = 1500,
    scattered: Annotated[
        int, typer.Option(help="Random frames of each sequence in a step; NeRM has none.", min=0)
    ] = 20,
    clip: Annotated[int, typer.Option(help="Frames of each sequence's clip.", min=2)] = 4,
    root: Annotated[
        RootName, typer.Option(help="The root's place from the body's layers, or from its own.")
    ] = "shared",
    width: Annotated[int, typer.Option(help="Width of the decoder.", min=8)] = 512,
    blocks: Annotated[int, typer.Option(help="Residual blocks of the decoder.", min=1)] = 7,
    batch: Annotated[
        int, typer.Option(help="Sequences in a step, over all processes.", min=1)
    ] = 64,
    code_rate: Annotated[float, typer.Option(help="Learning rate of the codes.", min=0)] = 5e-3,
    precision: Annotated[Precision, typer.Option(help="bf16, or no for full precision.")] = "bf16",
    seed: int = 0,
) -> None:
    """NeRM stage 1: the implicit representation and a code for every sequence.

    With several processes (accelerate launch -m backend train nerm-inr ... for GPUs, torchrun
    --nproc_per_node N -m -- backend ... for CPUs) the batch is shared out; the run is the same.
    """
    from ...nerm.inr import InrConfig
    from ...nerm.train_inr import InrTraining, train_inr
    from ...training.run import TrainingError

    config = InrConfig(
        width=width,
        blocks=blocks,
        time_encoding=time_encoding,
        time_normalised=time_normalisation,
        linear_start=linear_start,
        root=root,
    )
    training = InrTraining(
        steps=steps,
        encoder=encoder,
        propose_steps=propose_steps,
        variational=variational,
        rates=rates,
        fixed_fps=fixed_fps,
        fixed_steps=fixed_steps,
        batch=batch,
        scattered=scattered,
        clip=clip,
        code_rate=code_rate,
        precision=precision,
        seed=seed,
    )
    with report_errors(TrainingError):
        report_run(train_inr(data, run, config, training, to_seconds(time_limit)), run)


def nerm_diffusion(
    data: Data,
    codes: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    run: Folder = Path("runs/diffusion"),
    steps: Steps = 5500,
    process: Annotated[
        ProcessName, typer.Option(help="flow, clean (x0), or epsilon as in the paper.")
    ] = "flow",
    only_actions: Annotated[
        bool, typer.Option(help="Conditions are action labels, never words: for action-to-motion.")
    ] = False,
    layers: Annotated[int, typer.Option(help="Layers of the denoiser.", min=1)] = 6,
    batch: Annotated[int, typer.Option(help="Codes in a step.", min=1)] = 96,
    time_limit: Minutes = None,
    seed: int = 0,
) -> None:
    """NeRM stage 2: the latent diffusion over the codes of a stage 1 run."""
    from ...nerm.denoiser import DenoiserConfig
    from ...nerm.train_diffusion import (
        ConditionProbabilities,
        DiffusionTraining,
        train_diffusion,
    )
    from ...training.run import TrainingError

    shares = (
        ConditionProbabilities(text=0.0, both=0.0, action=0.9)
        if only_actions
        else ConditionProbabilities()
    )
    with report_errors(TrainingError):
        training = DiffusionTraining(
            steps=steps, process=process, batch=batch, shares=shares, seed=seed
        )
        config = DenoiserConfig(layers=layers)
        done = train_diffusion(data, codes, run, training, config, to_seconds(time_limit))
        report_run(done, run)


def nerm_export(
    data: Data,
    output: Annotated[Path, typer.Option("-o", help="Folder for the weight files.")],
    inr: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    diffusion: Annotated[Path, typer.Option(help="Folder of the stage 2 run.")] = Path(
        "runs/diffusion"
    ),
    licence: Annotated[str, typer.Option(help="Licence of the weights.")] = "GPL-3.0-or-later",
    embedder: Annotated[
        Path | None,
        typer.Option(help="Folder of the embedder by which words find what was learnt."),
    ] = None,
) -> None:
    """Write fp16 weight files of two finished runs on DATA, and their entries in weights.json."""
    from ...embedding.nerm_retrieval import export_retrieval
    from ...nerm.weights import WeightsError, export_weights

    with report_errors(WeightsError):
        export_weights(inr, diffusion, output, licence)
        export_retrieval(inr, data, output, licence, embedder)
    out.print(f"Weights written to {output}", highlight=False)


def to_seconds(minutes: float | None) -> float | None:
    return None if minutes is None else 60.0 * minutes


def report_run(done: bool, run: Path) -> None:
    from accelerate import PartialState

    if not PartialState().is_main_process:
        return
    said = "finished" if done else "stopped at its time limit; the same command goes on"
    err.print(f"The run in {run} {said}.", highlight=False)
