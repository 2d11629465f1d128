"""``train``: every model's training, in slices that go on where the last one ended."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from ...console import err
from ...cpu import BACKGROUND_NICENESS, lower_priority
from .action_classifier import action_classifier
from .baselines import actor, mdm, mld_diffusion, mld_vae
from .embedder import embedder, embedder_export
from .inbetween import inbetween, inbetween_export
from .motioninr import motioninr, motioninr_export
from .nerm import nerm_diffusion, nerm_export, nerm_inr
from .style import style_export

app = typer.Typer(no_args_is_help=True)


@app.callback()
def main() -> None:
    """Train a model; a run that was stopped goes on at its step."""
    if find_spec("accelerate") is None:
        err.print(
            "Training needs more packages than generating: pip install 'anyframe[train]'.",
            markup=False,
        )
        raise typer.Exit(1)
    lower_priority(BACKGROUND_NICENESS)


app.command("nerm-inr")(nerm_inr)
app.command("nerm-diffusion")(nerm_diffusion)
app.command("nerm-export")(nerm_export)
app.command("motioninr")(motioninr)
app.command("motioninr-export")(motioninr_export)
app.command("mdm")(mdm)
app.command("mld-vae")(mld_vae)
app.command("mld-diffusion")(mld_diffusion)
app.command("actor")(actor)
app.command("action-classifier")(action_classifier)
app.command("embedder")(embedder)
app.command("embedder-export")(embedder_export)
app.command("inbetween")(inbetween)
app.command("inbetween-export")(inbetween_export)
app.command("style-export")(style_export)
