"""From a run to MotionINR's weight file: what was learnt, and what novelty is measured from."""

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
from ..training.weight_files import WeightsError, below, run_state, write_weights
from .gait import begun_at_strides
from .gmm import Mixtures
from .model import MotionInrConfig
from .novelty import MOMENTS, Known
from .train import Labelled
from .weights import FILE, ActionData


@dataclass(frozen=True)
class TrainedRun:
    """What a run has learnt, before mixtures are fitted to it."""

    config: MotionInrConfig
    decoder: Mapping[str, Tensor]
    """Tensors of the decoder."""
    codes: Mapping[str, Tensor]
    """Tensors of the codes: ``sequence.mean`` (N, D), ``action.log_variance`` (A, D)..."""
    sequences: SequenceSet
    """Those that stride begin with a stride."""
    labelled: Labelled
    strides: Tensor
    """(N, K) log seconds of their strides."""
    state: Mapping[str, Any]
    """Step and settings."""

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
    sequences, strides = begun_at_strides(sequences, labelled.index, config.strides)
    return TrainedRun(
        config,
        below(tensors, "decoder/"),
        below(tensors, "codes/"),
        sequences,
        labelled,
        strides,
        state,
    )


def action_data(trained: TrainedRun) -> tuple[ActionData, ...]:
    """How much a run learnt of each action."""
    captures = np.array(trained.labelled.captures)
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
