"""MotionINR's weight file: decoder, action codes, mixtures, and what novelty is measured from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet
from ..nerm.inr import Codes
from ..weight_files import (
    ASSETS,
    MANIFEST,
    WeightsError,
    another_version,
    below,
    read_manifest,
    read_weights,
    run_state,
    write_weights,
)
from .mixtures import Mixtures, Span
from .model import Decoder, MotionInrConfig
from .novelty import MOMENTS, Known
from .train import Labelled

FILE = "motioninr.safetensors"
EXPORTED = Path("runs/motioninr_export")
"""Where `train motioninr-export` writes unless told otherwise."""


@dataclass(frozen=True)
class ActionData:
    """How much was learnt of an action."""

    label: str
    sequences: int
    """Mirrored ones among them."""
    captures: int
    """Different captures, mirror images not counted."""
    shortest: float
    """Seconds of the shortest sequence, and"""
    longest: float
    """of the longest;"""
    median: float
    """and of the one between."""


@dataclass(frozen=True)
class MotionInrWeights:
    """Everything that generation needs, in evaluation mode and fp32."""

    decoder: Decoder
    action_codes: Codes
    mixtures: Mixtures
    known: Known
    actions: tuple[ActionData, ...]
    """In the order of their codes."""
    hash: str
    """First 16 hexadecimal digits of the file's digest."""
    licence: str


@dataclass(frozen=True)
class TrainedRun:
    """What a run has learnt, before mixtures are fitted to it."""

    config: MotionInrConfig
    decoder: Mapping[str, Tensor]
    """Tensors of the decoder."""
    codes: Mapping[str, Tensor]
    """Tensors of the codes: ``sequence.mean`` (N, D), ``action.log_variance`` (A, D)..."""
    sequences: SequenceSet
    labelled: Labelled
    state: Mapping[str, Any]
    """Step and settings."""

    @property
    def captures(self) -> list[str]:
        """(N) which capture each labelled sequence is of; a mirror image is of the same."""
        spans = [self.sequences.spans[n] for n in self.labelled.index.tolist()]
        return [f"{span.name}@{span.first}" for span in spans]

    @property
    def clips(self) -> list[str]:
        """(N) name of the clip that each is of."""
        return [self.sequences.spans[n].name for n in self.labelled.index.tolist()]


def read_trained(run: Path, data: Path) -> TrainedRun:
    """A run and the data that it was trained on.

    Raises:
        WeightsError: if there is no such run, or it learnt other data.
        MotionSetError: if `data` is not a prepared file.
    """
    tensors, state = run_state(run)
    sequences = SequenceSet(load_motion_set(data))
    labelled = Labelled.of(sequences)
    try:
        config = MotionInrConfig.model_validate(state["settings"]["config"])
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{run} holds no run of `train motioninr`.") from error
    if config.actions != labelled.labels or state["settings"]["data"] != len(labelled.index):
        raise WeightsError(f"{run} learnt other data than {data}: name the file it learnt.")
    return TrainedRun(
        config,
        below(tensors, "decoder/"),
        below(tensors, "codes/"),
        sequences,
        labelled,
        state,
    )


def action_data(trained: TrainedRun) -> tuple[ActionData, ...]:
    """How much a run learnt of each action."""
    captures = np.array(trained.captures)
    seconds = trained.sequences.durations[trained.labelled.index].double().numpy()
    numbers = trained.labelled.actions.numpy()
    made = []
    for number, label in enumerate(trained.labelled.labels):
        own = numbers == number
        made.append(
            ActionData(
                label,
                int(own.sum()),
                len(set(captures[own])),
                *(float(f(seconds[own])) for f in (np.min, np.max, np.median)),
            )
        )
    return tuple(made)


def write_motioninr(trained: TrainedRun, mixtures: Mixtures, folder: Path, licence: str) -> None:
    """Write the weight file of a run and mixtures fitted to it, and its entry in the manifest."""
    names = sorted(set(trained.clips))
    known = known_motions(trained)
    action = below(trained.codes, "action.")
    tensors = {
        **{f"decoder/{key}": value for key, value in trained.decoder.items()},
        "actions/mean": action["mean"],
        "actions/log_variance": action["log_variance"],
        "mixtures/weights": torch.from_numpy(mixtures.weights),
        "mixtures/means": torch.from_numpy(mixtures.means),
        "mixtures/spreads": torch.from_numpy(mixtures.spreads),
        "mixtures/directions": torch.from_numpy(mixtures.directions),
        "mixtures/owner": torch.from_numpy(mixtures.owner),
        "known/poses": torch.from_numpy(known.poses),
        "known/clips": torch.tensor([names.index(name) for name in known.clips]),
    }
    settings = {
        "config": trained.config.model_dump(mode="json"),
        "spans": [asdict(span) for span in mixtures.spans],
        "actions": [asdict(data) for data in action_data(trained)],
        "clips": names,
        "typical": known.typical,
    }
    write_weights(folder, FILE, tensors, settings, trained.state, licence)


def known_motions(trained: TrainedRun) -> Known:
    """What novelty is measured from: the captures that a run learnt."""
    parts = [
        trained.sequences.evenly(some, MOMENTS).rows for some in trained.labelled.index.split(256)
    ]
    return Known.of(torch.cat(parts), trained.clips)


def default_folder() -> Path:
    """The folder of the weights in use: the assets, or what was exported last.

    Raises:
        WeightsError: if neither has them.
    """
    for folder in (ASSETS, EXPORTED):
        if (folder / MANIFEST).is_file() and (folder / FILE).is_file():
            return folder
    raise WeightsError(
        "There are no weights of MotionINR: train them (`python -m backend train motioninr DATA`) "
        "and export them (`python -m backend train motioninr-export DATA`)."
    )


def load_motioninr(folder: Path = ASSETS) -> MotionInrWeights:
    """Load the weights.

    Raises:
        WeightsError: if the file is missing, cut short, of another version, or not the one the
            manifest lists.
    """
    manifest = read_manifest(folder)
    tensors, settings = read_weights(folder, FILE, manifest)
    try:
        decoder = Decoder(MotionInrConfig.model_validate(settings["config"]))
        own = below(tensors, "decoder/")
        decoder.load_state_dict({key: value.float() for key, value in own.items()})
        arrays = {
            key: value.double().numpy() if value.is_floating_point() else value.numpy()
            for key, value in below(tensors, "mixtures/").items()
        }
        mixtures = Mixtures(tuple(Span(**span) for span in settings["spans"]), **arrays)
        clips: list[str] = settings["clips"]
        known = Known(
            tensors["known/poses"].float().numpy(),
            tuple(clips[n] for n in tensors["known/clips"].tolist()),
            float(settings["typical"]),
        )
        return MotionInrWeights(
            decoder.eval().requires_grad_(False),
            Codes(tensors["actions/mean"].float(), tensors["actions/log_variance"].float()),
            mixtures,
            known,
            tuple(ActionData(**data) for data in settings["actions"]),
            manifest[FILE]["sha256"][:16],
            manifest[FILE]["licence"],
        )
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        # The file is whole, but was written by a program whose networks are built otherwise.
        raise another_version() from error
