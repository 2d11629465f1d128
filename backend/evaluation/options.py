"""Arguments and options that several evaluation commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Argument(help="The prepared file that was trained on.")]
LabelledData = Annotated[Path, typer.Argument(help="A prepared file with labels and a test split.")]
Weights = Annotated[
    Path | None, typer.Option(help="Folder of weight files (default: the shipped ones).")
]
EmbedderFolder = Annotated[
    Path | None, typer.Option(help="Folder of the embedder (default: the shipped one).")
]
Classifier = Annotated[Path, typer.Option(help="Run folder of `train action-classifier`.")]
ActorRun = Annotated[
    Path | None, typer.Option(help="Run folder of `train actor`, to compare with.")
]
MdmRun = Annotated[Path, typer.Option(help="Run folder of the MDM-like baseline.")]
VaeRun = Annotated[Path, typer.Option(help="Run folder of the MLD-like baseline's VAE.")]
MldRun = Annotated[Path, typer.Option(help="Run folder of the MLD-like baseline's diffusion.")]
Fps = Annotated[float, typer.Option(help="Frame rate of the generated motions.", min=1)]
Repeats = Annotated[int, typer.Option(help="Repeats, each with new random draws.", min=1)]
Rounds = Annotated[int, typer.Option(help="Timed calls of each kind.", min=1)]
Limit = Annotated[int, typer.Option(help="Number of random sequences.", min=2)]
Pictures = Annotated[Path, typer.Option("-o", "--output", help="Folder for the pictures.")]
FirstSeed = Annotated[int, typer.Option(help="Seed of the first motion; the others count up.")]

CLASSIFIER_RUN = Path("runs/classifier")
MDM_RUN = Path("runs/mdm")
VAE_RUN = Path("runs/mld_vae")
MLD_RUN = Path("runs/mld_diffusion")
