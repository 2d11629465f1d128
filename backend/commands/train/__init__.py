"""``train`` and ``export``: training of every model in resumable runs, and their weight files."""

from importlib.util import find_spec

import typer

from ...console import err
from ...cpu import BACKGROUND_NICENESS, lower_priority
from .auxiliary import (
    action_classifier,
    embedder,
    export_embedder,
    export_inbetween,
    export_style,
    inbetween,
)
from .baselines import actor, mdm, mld_diffusion, mld_vae
from .motioninr import export_motioninr, motioninr
from .nerm import export_nerm, nerm_diffusion, nerm_inr

train_app = typer.Typer(no_args_is_help=True)
export_app = typer.Typer(no_args_is_help=True)


@train_app.callback()
def train() -> None:
    """Train a model; the same command resumes a run that was stopped."""
    if find_spec("accelerate") is None:
        err.print(
            "Training needs more packages than generating: pip install 'anyframe[train]'.",
            markup=False,
        )
        raise typer.Exit(1)
    lower_priority(BACKGROUND_NICENESS)


@export_app.callback()
def export() -> None:
    """Write the weight file of a finished run."""
    train()


for _command in (nerm_inr, nerm_diffusion, motioninr, mdm, mld_vae, mld_diffusion, actor):
    train_app.command()(_command)
for _command in (action_classifier, embedder, inbetween):
    train_app.command()(_command)

for _name, _command in {
    "nerm": export_nerm,
    "motioninr": export_motioninr,
    "embedder": export_embedder,
    "inbetween": export_inbetween,
    "style": export_style,
}.items():
    export_app.command(_name)(_command)
    # The names of version 0.1.0.
    train_app.command(f"{_name}-export", hidden=True)(_command)
