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
from ..training.weight_files import WeightsError, read_run_state, strip_key_prefix, write_weights
from .gait import cut_at_strides
from .gmm import MixtureSet
from .model import MotionInrConfig
from .novelty import COMPARED_FRAMES, KnownMotions
from .train import ActionSequences
from .weights import MOTIONINR_FILE, ActionStats


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
    action_sequences: ActionSequences
    strides: Tensor
    """(N, K) log seconds of their strides."""
    state: Mapping[str, Any]
    """Step and settings."""

    @property
    def clips(self) -> list[str]:
        """(N) name of the clip that each is of."""
        return [self.sequences.spans[n].name for n in self.action_sequences.index.tolist()]


def read_trained_run(run: Path, data: Path) -> TrainedRun:
    """A run and the data that it was trained on.

    Raises:
        WeightsError: if there is no such run, or it learnt other data.
        MotionSetError: if `data` is not a prepared file.
    """
    tensors, state = read_run_state(run)
    sequences = SequenceSet(load_motion_set(data))
    labelled = ActionSequences.from_sequences(sequences)
    try:
        config = MotionInrConfig.model_validate(state["settings"]["config"])
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{run} holds no run of `train motioninr`.") from error
    if config.actions != labelled.labels or state["settings"]["data"] != len(labelled.index):
        raise WeightsError(f"{run} learnt other data than {data}: name the file it learnt.")
    sequences, strides = cut_at_strides(sequences, labelled.index, config.strides)
    return TrainedRun(
        config,
        strip_key_prefix(tensors, "decoder/"),
        strip_key_prefix(tensors, "codes/"),
        sequences,
        labelled,
        strides,
        state,
    )


def action_stats(trained: TrainedRun) -> tuple[ActionStats, ...]:
    """How much a run learnt of each action."""
    captures = np.array(trained.action_sequences.captures)
    seconds = trained.sequences.durations[trained.action_sequences.index].double().numpy()
    numbers = trained.action_sequences.actions.numpy()
    made = []
    for number, label in enumerate(trained.action_sequences.labels):
        own = numbers == number
        made.append(
            ActionStats(
                label,
                int(own.sum()),
                len(set(captures[own])),
                *(float(f(seconds[own])) for f in (np.min, np.max, np.median)),
            )
        )
    return tuple(made)


def write_motioninr(trained: TrainedRun, mixtures: MixtureSet, folder: Path, licence: str) -> None:
    """Write the weight file of a run and mixtures fitted to it, and its entry in the manifest."""
    names = sorted(set(trained.clips))
    known = collect_known_motions(trained)
    action = strip_key_prefix(trained.codes, "action.")
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
        "spans": [asdict(span) for span in mixtures.bins],
        "actions": [asdict(data) for data in action_stats(trained)],
        "clips": names,
        "typical": known.typical,
    }
    write_weights(folder, MOTIONINR_FILE, tensors, settings, trained.state, licence)


def collect_known_motions(trained: TrainedRun) -> KnownMotions:
    """What novelty is measured from: the captures that a run learnt."""
    parts = [
        trained.sequences.even_frames(some, COMPARED_FRAMES).rows
        for some in trained.action_sequences.index.split(256)
    ]
    return KnownMotions.from_rows(torch.cat(parts), trained.clips)
