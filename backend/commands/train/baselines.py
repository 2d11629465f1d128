"""``train mdm``, ``mld-vae``, ``mld-diffusion`` and ``actor``: baselines of the evaluation."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .options import Data, RunFolder, Seed, Steps, TimeLimit, training_command


@training_command
def mdm(
    data: Data,
    run: RunFolder = Path("runs/mdm"),
    steps: Steps = 2500,
    time_limit: TimeLimit = None,
    seed: Seed = 0,
) -> bool:
    """Train an MDM-like baseline: diffusion over frames at 20 fps."""
    from ...baselines.train import MdmTrainer, MdmTraining

    return MdmTrainer(data, MdmTraining(steps=steps, seed=seed)).run(run, time_limit)


@training_command
def mld_vae(
    data: Data,
    run: RunFolder = Path("runs/mld_vae"),
    steps: Steps = 1500,
    time_limit: TimeLimit = None,
    seed: Seed = 0,
) -> bool:
    """Train an MLD-like baseline, stage 1: a Transformer VAE over frames at 20 fps."""
    from ...baselines.train import MldVaeTrainer, MldVaeTraining

    return MldVaeTrainer(data, MldVaeTraining(steps=steps, seed=seed)).run(run, time_limit)


@training_command
def mld_diffusion(
    data: Data,
    vae: Annotated[Path, typer.Option(help="Folder of the VAE's run.")] = Path("runs/mld_vae"),
    run: RunFolder = Path("runs/mld_diffusion"),
    steps: Steps = 1400,
    process: Annotated[
        Literal["flow", "clean", "epsilon"],
        typer.Option(help="flow, clean, or epsilon as in the paper."),
    ] = "flow",
    time_limit: TimeLimit = None,
    seed: Seed = 0,
) -> bool:
    """Train an MLD-like baseline, stage 2: diffusion of the VAE's codes."""
    from ...baselines.train import MldDiffusionTrainer, MldDiffusionTraining

    training = MldDiffusionTraining(steps=steps, process=process, seed=seed)
    return MldDiffusionTrainer(data, vae, training).run(run, time_limit)


@training_command
def actor(
    data: Data,
    run: RunFolder = Path("runs/actor"),
    steps: Steps = 2500,
    time_limit: TimeLimit = None,
    seed: Seed = 0,
) -> bool:
    """Train an ACTOR-like baseline: an action-conditioned Transformer VAE at 20 fps."""
    from ...baselines.train import ActorTrainer
    from ...training.trainer import TrainingSettings

    return ActorTrainer(data, TrainingSettings(steps=steps, seed=seed)).run(run, time_limit)
