"""``train mdm``, ``mld-vae``, ``mld-diffusion`` and ``actor``: baselines of the evaluation."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...console import report_errors
from .options import Data, Minutes, RunFolder, Seed, Steps, report_run, to_seconds


def mdm(
    data: Data,
    run: RunFolder = Path("runs/mdm"),
    steps: Steps = 2500,
    time_limit: Minutes = None,
    seed: Seed = 0,
) -> None:
    """Train an MDM-like baseline: diffusion over frames at 20 fps."""
    from ...baselines.train_mdm import MdmTraining, train_mdm
    from ...training.run import TrainingError

    with report_errors(TrainingError):
        training = MdmTraining(steps=steps, seed=seed)
        report_run(train_mdm(data, run, training, time_limit=to_seconds(time_limit)), run)


def mld_vae(
    data: Data,
    run: RunFolder = Path("runs/mld_vae"),
    steps: Steps = 1500,
    time_limit: Minutes = None,
    seed: Seed = 0,
) -> None:
    """Train an MLD-like baseline, stage 1: a Transformer VAE over frames at 20 fps."""
    from ...baselines.train_mld import MldVaeTraining, train_mld_vae
    from ...training.run import TrainingError

    with report_errors(TrainingError):
        training = MldVaeTraining(steps=steps, seed=seed)
        report_run(train_mld_vae(data, run, training, time_limit=to_seconds(time_limit)), run)


def mld_diffusion(
    data: Data,
    vae: Annotated[Path, typer.Option(help="Folder of the VAE's run.")] = Path("runs/mld_vae"),
    run: RunFolder = Path("runs/mld_diffusion"),
    steps: Steps = 1400,
    process: Annotated[
        Literal["flow", "clean", "epsilon"],
        typer.Option(help="flow, clean, or epsilon as in the paper."),
    ] = "flow",
    time_limit: Minutes = None,
    seed: Seed = 0,
) -> None:
    """Train an MLD-like baseline, stage 2: diffusion of the VAE's codes."""
    from ...baselines.train_mld import MldDiffusionTraining, train_mld_diffusion
    from ...training.run import TrainingError

    with report_errors(TrainingError):
        training = MldDiffusionTraining(steps=steps, process=process, seed=seed)
        report_run(
            train_mld_diffusion(data, vae, run, training, time_limit=to_seconds(time_limit)), run
        )


def actor(
    data: Data,
    run: RunFolder = Path("runs/actor"),
    steps: Steps = 2500,
    time_limit: Minutes = None,
    seed: Seed = 0,
) -> None:
    """Train an ACTOR-like baseline: an action-conditioned Transformer VAE at 20 fps."""
    from ...baselines.train_actor import ActorTraining, train_actor
    from ...training.run import TrainingError

    with report_errors(TrainingError):
        training = ActorTraining(steps=steps, seed=seed)
        report_run(train_actor(data, run, training, time_limit=to_seconds(time_limit)), run)
