"""Training of the ACTOR-like baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..training.codes import reparameterize
from ..training.run import TrainingError
from ..training.trainer import Trainer, start_accelerator
from .actor import Actor, ActorConfig
from .frames import FrameDataset
from .losses import vae_losses
from .mld import evenly_spaced_dataset_frames
from .train_mdm import EMA_DECAY

LOSS_WEIGHTS = {"features": 2.0, "joints": 2.0, "velocity": 0.5, "kl": 1e-3}
"""The KL term weighs more than for reconstruction alone, because codes are sampled from the prior.
Geometric terms in metres."""


@dataclass(frozen=True)
class ActorTraining:
    """Settings of a run: some 20 minutes on one core."""

    steps: int = 2500
    batch: int = 32
    rate: float = 1e-3
    seed: int = 0


def train_actor(
    data: Path,
    folder: Path,
    training: ActorTraining,
    config: ActorConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or continue training, in `folder` on labelled sequences.

    Returns:
        Whether the run is complete.

    Raises:
        MotionSetError: `data` is not a prepared file.
        TrainingError: The folder holds a run with other settings, or no motion has a label.
    """
    accelerator = start_accelerator(training.seed, "bf16", cpu=True)
    sequences = SequenceSet(load_motion_set(data))
    labels = tuple(sorted({span.action for span in sequences.spans if span.action}))
    if not labels:
        raise TrainingError(f"{data} holds no training clip with an action label.")
    config = (config or ActorConfig()).model_copy(update={"actions": labels})
    trainer = ActorTrainer(accelerator, sequences, config, training)
    return trainer.run(folder, config, len(sequences), time_limit)


class ActorTrainer(Trainer[ActorTraining]):
    """Trains the ACTOR-like model."""

    def __init__(
        self,
        accelerator: Accelerator,
        sequences: SequenceSet,
        config: ActorConfig,
        training: ActorTraining,
    ) -> None:
        super().__init__(accelerator, training)
        self.frames = FrameDataset(sequences)
        labelled = torch.tensor([bool(span.action) for span in sequences.spans])
        self.weights = action_balance_weights(sequences.spans) * labelled
        self.labels = torch.tensor(
            [config.actions.index(s.action) if s.action else 0 for s in sequences.spans]
        )
        self.actor = self.add_network("actor", Actor(config))
        vae = self.actor.vae
        vae.mean.copy_(self.frames.mean)
        vae.std.copy_(self.frames.std)
        frames = evenly_spaced_dataset_frames(self.frames, config.vae.sampled)
        self.actor.init_from_frames(frames[labelled], self.labels[labelled])
        self.add_average(self.actor, EMA_DECAY)
        self.add_adamw(self.actor, slow=vae.linear_parameters, weight_decay=1e-4)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(step)
        vae = self.actor.vae
        index, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, vae.config.patch, self.generator
        )
        self.actor.train()
        with self.mixed_precision():
            labels = self.labels[index]
            mean, log_variance = self.actor.encode_frames(batch.values, batch.mask, labels)
            code = reparameterize(mean, log_variance)
            predicted = self.actor.decode_frames(code, labels, batch.durations, batch.mask)
        return vae_losses(predicted, batch, vae, mean, log_variance, LOSS_WEIGHTS, self.generator)
