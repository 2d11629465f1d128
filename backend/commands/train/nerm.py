"""``train nerm-inr``, ``train nerm-diffusion`` and ``export nerm``: the two stages of NeRM."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .options import (
    LICENCE,
    AuthoredFraction,
    CodeRate,
    Data,
    Licence,
    LinearStart,
    Output,
    Precision,
    RunFolder,
    Seed,
    Steps,
    TimeLimit,
    export_command,
    training_command,
)

_INR_RUN, _DIFFUSION_RUN = Path("runs/inr"), Path("runs/diffusion")


@training_command
def nerm_inr(
    data: Data,
    run: RunFolder = _INR_RUN,
    steps: Steps = 4600,
    time_limit: TimeLimit = None,
    time_encoding: Annotated[
        Literal["none", "simple", "codebook"],
        typer.Option(
            help="Time input of the decoder: a number, Fourier features, or those and attention to "
            "a codebook of short motions, which is trained first."
        ),
    ] = "simple",
    time_normalisation: Annotated[
        bool,
        typer.Option(
            help="Time relative to the whole sequence, or seconds (then without linear start)."
        ),
    ] = True,
    linear_start: LinearStart = True,
    variational: Annotated[
        bool, typer.Option(help="Codes are distributions, or points without a prior.")
    ] = True,
    encoder: Annotated[
        bool,
        typer.Option(help="Initial codes from an encoder (ours), or near zero (NeRM)."),
    ] = True,
    propose_steps: Annotated[
        int, typer.Option(help="Steps with the encoder; all later ones refine the codes.", min=1)
    ] = 2760,
    rates: Annotated[
        Literal["native", "fixed", "progressive"],
        typer.Option(help="Frames at native rates, at one rate, or at one rate before native."),
    ] = "native",
    fixed_fps: Annotated[float, typer.Option(help="Frame rate of fixed training.", min=1)] = 20.0,
    fixed_steps: Annotated[
        int, typer.Option(help="Steps at one rate in progressive training.", min=0)
    ] = 1500,
    scattered: Annotated[
        int, typer.Option(help="Random frames of each sequence in a step; none in NeRM.", min=0)
    ] = 20,
    clip: Annotated[int, typer.Option(help="Frames in each sequence's clip.", min=2)] = 4,
    root: Annotated[
        Literal["shared", "own"],
        typer.Option(help="Root position from the body's layers, or from separate ones."),
    ] = "shared",
    width: Annotated[int, typer.Option(help="Width of the decoder.", min=8)] = 512,
    blocks: Annotated[int, typer.Option(help="Residual blocks of the decoder.", min=1)] = 7,
    batch: Annotated[
        int, typer.Option(help="Sequences in a step, over all processes.", min=1)
    ] = 64,
    code_rate: CodeRate = 5e-3,
    precision: Precision = "bf16",
    authored_fraction: AuthoredFraction = None,
    seed: Seed = 0,
) -> bool:
    """Train NeRM's stage 1: the implicit representation and a code for every sequence.

    With several processes (accelerate launch -m backend train nerm-inr ... for GPUs, torchrun
    --nproc_per_node N -m -- backend ... for CPUs) the batch is divided; the result is the same.
    """
    from ...nerm.inr import InrConfig
    from ...nerm.train_inr import InrTrainer, InrTraining

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
        authored_fraction=authored_fraction,
        seed=seed,
    )
    return InrTrainer(data, training, config).run(run, time_limit)


@training_command
def nerm_diffusion(
    data: Data,
    codes: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = _INR_RUN,
    run: RunFolder = _DIFFUSION_RUN,
    steps: Steps = 5500,
    process: Annotated[
        Literal["flow", "clean", "epsilon"],
        typer.Option(help="flow, clean (x0), or epsilon as in the paper."),
    ] = "flow",
    only_actions: Annotated[
        bool, typer.Option(help="Conditioning on labels only, for action-to-motion.")
    ] = False,
    layers: Annotated[int, typer.Option(help="Number of layers in the denoiser.", min=1)] = 6,
    batch: Annotated[int, typer.Option(help="Codes in a step.", min=1)] = 96,
    time_limit: TimeLimit = None,
    authored_fraction: AuthoredFraction = None,
    seed: Seed = 0,
) -> bool:
    """Train NeRM's stage 2: the latent diffusion over the codes of a stage 1 run."""
    from ...nerm.denoiser import DenoiserConfig
    from ...nerm.train_diffusion import (
        ConditionProbabilities,
        DiffusionTrainer,
        DiffusionTraining,
    )

    probabilities = ConditionProbabilities()
    if only_actions:
        probabilities = ConditionProbabilities(text=0.0, both=0.0, action=0.9)
    training = DiffusionTraining(
        steps=steps,
        process=process,
        batch=batch,
        shares=probabilities,
        authored_fraction=authored_fraction,
        seed=seed,
    )
    config = DenoiserConfig(layers=layers)
    return DiffusionTrainer(data, codes, training, config).run(run, time_limit)


@export_command
def export_nerm(
    data: Data,
    output: Output,
    inr: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = _INR_RUN,
    diffusion: Annotated[Path, typer.Option(help="Folder of the stage 2 run.")] = _DIFFUSION_RUN,
    licence: Licence = LICENCE,
    embedder: Annotated[
        Path | None,
        typer.Option(help="Folder of the embedder for retrieval by prompt."),
    ] = None,
) -> str:
    """Write fp16 weight files of two finished runs on DATA, and list them in weights.json."""
    from ...embedding.nerm_retrieval import export_retrieval
    from ...nerm.weights import export_weights

    export_weights(inr, diffusion, output, licence)
    export_retrieval(inr, data, output, licence, embedder)
    return f"Weights written to {output}"
