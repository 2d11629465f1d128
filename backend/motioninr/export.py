"""Export a training run and its mixtures as MotionINR's weight file."""

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
    """A training run with its data, before mixtures are fitted to it."""

    config: MotionInrConfig
    decoder: Mapping[str, Tensor]
    codes: Mapping[str, Tensor]
    """Tensors ``sequence.mean`` (N, D), ``action.log_variance`` (A, D), and so on."""
    sequences: SequenceSet
    """All sequences; walks and runs start with a stride."""
    action_sequences: ActionSequences
    strides: Tensor
    """(N, K) log seconds of the strides of each sequence."""
    state: Mapping[str, Any]
    """Step and settings of the run."""

    @property
    def clips(self) -> list[str]:
        """Name of the clip of each labelled sequence."""
        return [self.sequences.spans[n].name for n in self.action_sequences.index.tolist()]


def read_trained_run(run: Path, data: Path) -> TrainedRun:
    """Read a run and the data that it was trained on.

    Raises:
        WeightsError: there is no such run, or it learnt other data.
        MotionSetError: `data` is not a prepared file.
    """
    tensors, state = read_run_state(run)
    sequences = SequenceSet(load_motion_set(data))
    labelled = ActionSequences.from_sequences(sequences)
    try:
        config = MotionInrConfig.model_validate(state["settings"]["config"])
    except (KeyError, ValueError) as error:
        raise WeightsError(f"{run} must be a run of `train motioninr`, but is not.") from error
    if config.actions != labelled.labels or state["settings"]["data"] != len(labelled.index):
        raise WeightsError(f"{data} must be the file that {run} learnt, but is another one.")
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
    """Return the training data of each label."""
    captures = np.array(trained.action_sequences.captures)
    seconds = trained.sequences.durations[trained.action_sequences.index].double().numpy()
    numbers = trained.action_sequences.actions.numpy()
    stats = []
    for number, label in enumerate(trained.action_sequences.labels):
        members = numbers == number
        stats.append(
            ActionStats(
                label,
                int(members.sum()),
                len(set(captures[members])),
                *(float(f(seconds[members])) for f in (np.min, np.max, np.median)),
            )
        )
    return tuple(stats)


def write_motioninr(trained: TrainedRun, mixtures: MixtureSet, folder: Path, licence: str) -> None:
    """Write the weight file of a run with its mixtures, and its entry in the manifest."""
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
        "spans": [asdict(length_bin) for length_bin in mixtures.bins],
        "actions": [asdict(stats) for stats in action_stats(trained)],
        "clips": names,
        "typical": known.typical,
    }
    write_weights(folder, MOTIONINR_FILE, tensors, settings, trained.state, licence)


def collect_known_motions(trained: TrainedRun) -> KnownMotions:
    """Return the captures that a run learnt, for measuring novelty."""
    parts = [
        trained.sequences.even_frames(index, COMPARED_FRAMES).rows
        for index in trained.action_sequences.index.split(256)
    ]
    return KnownMotions.from_rows(torch.cat(parts), trained.clips)
