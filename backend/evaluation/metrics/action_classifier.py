"""Classifier of labels, whose features are the space of action-to-motion metrics.

It reads a motion as the embedder does (`embedding.frame_features`): poses and velocities of frames
at times in seconds, at any frame rate. The input of its last layer is a motion's feature, as in
ACTOR (Petrovich et al., 2021).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ...data.motion_set import load_motion_set
from ...data.sequences import SequenceSet, action_balance_weights
from ...embedding import frame_features
from ...kinematics.math.rotations import Array
from ...training.run import TrainingError
from ...training.trainer import Trainer, TrainingSettings
from ...training.weight_files import WeightsError, read_run_state, strip_key_prefix
from ..generators import EvaluatedMotion, batches, real_motions

_BATCH = 128
_BOUND = 8.0
"""Standard deviations at which inputs are clipped, so that no single frame dominates."""
_FRAME_DROPOUT = 0.2
"""Fraction of frames dropped in training, so that no single moment identifies a motion."""


class ClassifierConfig(BaseModel):
    """Sizes of the network, and its labels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actions: tuple[str, ...]
    width: int = 96
    features: int = 32
    """Number of features, small enough to estimate their covariance from some hundred motions."""
    dropout: float = 0.3


@dataclass(frozen=True)
class ClassifierTraining(TrainingSettings):
    """Settings of a training run."""

    steps: int = 1200
    batch: int = 48
    rate: float = 2e-3


class ActionClassifier(nn.Module):
    """Bidirectional GRU over frames, with outputs pooled over time."""

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(frame_features.FRAME_WIDTH))
        self.register_buffer("std", torch.ones(frame_features.FRAME_WIDTH))
        self.mean: Tensor
        self.std: Tensor
        width = config.width
        self.read = nn.Linear(frame_features.FRAME_WIDTH + 2, width)
        self.drop = nn.Dropout(config.dropout)
        self.gru = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.summary = nn.Linear(4 * width, config.features)
        self.out = nn.Linear(config.features, len(config.actions))

    def forward(self, described: Tensor, times: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Compute features (B, F) and logits (B, actions).

        Args:
            described: (B, M, WIDTH) frames, from `embedding.frame_features.describe`.
            times: (B, M) seconds.
            mask: (B, M) bool, True where there is a frame; those come first.
        """
        x = ((described - self.mean) / self.std).clamp(-_BOUND, _BOUND)
        gap = torch.diff(times, dim=1, prepend=times[:, :1])
        x = torch.cat([x, times[..., None], 10 * gap[..., None]], dim=-1)
        x = self.drop(torch.relu(self.read(x)))
        counts = mask.sum(1).cpu()
        packed = pack_padded_sequence(x, counts, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        known = mask[:, : out.shape[1], None]
        mean = (out * known).sum(1) / known.sum(1)
        most = out.masked_fill(~known, -torch.inf).amax(1)
        features = torch.tanh(self.summary(self.drop(torch.cat([mean, most], dim=-1))))
        return features, self.out(features)

    @torch.inference_mode()
    def classify(self, motions: Sequence[EvaluatedMotion]) -> tuple[Array, list[str]]:
        """Return features (N, F), float32, and the predicted label of each motion."""
        self.eval()
        found, labels = [], []
        for part in batches(motions, _BATCH):
            batch = frame_features.batch_motions([m.rows for m in part], [m.times for m in part])
            features, logits = self(
                frame_features.frame_features(batch), batch.times[..., 1], batch.mask
            )
            found.append(features.numpy())
            labels += [self.config.actions[n] for n in logits.argmax(1).tolist()]
        return np.concatenate(found), labels


def train_classifier(
    data: Path,
    folder: Path,
    training: ClassifierTraining,
    time_limit: float | None = None,
) -> bool:
    """Train on the training split, or resume, in `folder`; return whether training is finished.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if fewer than two actions are labelled, or the folder holds another run.
    """
    sequences = SequenceSet(load_motion_set(data))
    actions = tuple(sorted({span.action for span in sequences.spans if span.action}))
    if len(actions) < 2:
        raise TrainingError(f"{data} labels fewer than two actions: there is nothing to tell.")
    trainer = ClassifierTrainer(sequences, ClassifierConfig(actions=actions), training)
    return trainer.run(folder, time_limit)


def load_classifier(folder: Path) -> ActionClassifier:
    """Load the classifier of a training run, in evaluation mode.

    Raises:
        WeightsError: if the folder holds none, or one of another version.
    """
    tensors, state = read_run_state(folder)
    try:
        network = ActionClassifier(ClassifierConfig.model_validate(state["settings"]["config"]))
        network.load_state_dict(strip_key_prefix(tensors, "classifier/"))
    except (KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"{folder} holds no action classifier of this version: remove it and train it again "
            "(train action-classifier)."
        ) from error
    return network.eval().requires_grad_(False)


class ClassifierTrainer(Trainer[ClassifierTraining]):
    """Trainer of the classifier."""

    warm_up = 50
    precision = None
    on_cpu = True

    def __init__(
        self, sequences: SequenceSet, config: ClassifierConfig, training: ClassifierTraining
    ) -> None:
        super().__init__(training)
        self.config, self.data_size = config, len(sequences)
        labelled = [n for n, span in enumerate(sequences.spans) if span.action]
        spans = [sequences.spans[n] for n in labelled]
        motions = real_motions(sequences)
        batch = frame_features.batch_motions(
            [motions[n].rows for n in labelled], [motions[n].times for n in labelled]
        )
        self.described = torch.cat(
            [
                frame_features.frame_features(
                    frame_features.FrameNeighbourhoods(
                        batch.rows[part], batch.joints[part], batch.times[part], batch.mask[part]
                    )
                )
                for part in torch.arange(len(labelled)).split(256)
            ]
        )
        self.times, self.mask = batch.times[..., 1], batch.mask
        self.labels = torch.tensor([config.actions.index(span.action) for span in spans])
        self.weights = action_balance_weights(spans)
        self.network = self.add_network("classifier", ActionClassifier(config))
        known = self.described[self.mask]
        self.network.mean.copy_(known.mean(0))
        self.network.std.copy_(known.std(0).clamp(min=0.02))
        self.add_adamw(self.network, weight_decay=0.02)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(self.step_seed(step))
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        self.network.train()
        _, logits = self.network(*self._drop_frames(index))
        loss = nn.functional.cross_entropy(logits, self.labels[index], label_smoothing=0.05)
        is_right = (logits.argmax(1) == self.labels[index]).float().mean()
        return loss, {"loss": loss, "wrong": 1 - is_right}

    def _drop_frames(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Drop random frames of the sequences `index` (B,)."""
        shown = self.mask[index]
        retained = torch.rand(shown.shape, generator=self.generator) >= _FRAME_DROPOUT
        retained[:, 0] = True
        shown = shown & retained
        # What is shown comes first, in its order.
        order = torch.argsort(~shown, dim=1, stable=True)[:, : int(shown.sum(1).max())]
        every_feature = order[..., None].expand(-1, -1, frame_features.FRAME_WIDTH)
        described = self.described[index].gather(1, every_feature)
        return described, self.times[index].gather(1, order), shown.gather(1, order)
