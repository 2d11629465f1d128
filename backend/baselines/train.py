"""Training of the baselines, on one CPU core: MDM-like, MLD-like in two stages, and ACTOR-like."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet, action_balance_weights
from ..nerm.captions import ConditionProbabilities, ConditionSampler
from ..nerm.train_diffusion import DiffusionTrainer, DiffusionTraining
from ..training.codes import SequenceCodes, reparameterize
from ..training.losses import weighted_total
from ..training.run import TrainingError
from ..training.trainer import Settings, Trainer, TrainingSettings, load_training_sequences
from .actor import Actor, ActorConfig
from .frames import FrameDataset, PaddedFrames
from .losses import feature_loss, geometric_losses, vae_losses
from .mdm import LEVEL_COUNT, Mdm, MdmConfig, make_scheduler
from .mld import MldVae, MldVaeConfig, evenly_spaced_dataset_frames
from .sampling import read_run

_EMA_DECAY = 0.998
_MDM_WEIGHTS = {"features": 1.0, "joints": 0.3, "velocity": 0.5, "feet": 0.5}
"""Geometric terms in metres, here and below."""
_VAE_WEIGHTS = {"features": 2.0, "joints": 2.0, "velocity": 0.5, "kl": 1e-4}
"""The KL weight is MLD's."""
_ACTOR_WEIGHTS = {**_VAE_WEIGHTS, "kl": 1e-3}
"""The KL term weighs more than for reconstruction alone, because codes are sampled from the
prior."""


@dataclass(frozen=True)
class MdmTraining(TrainingSettings):
    """Settings of the MDM-like baseline: some 20 minutes."""

    shares: ConditionProbabilities = field(default_factory=ConditionProbabilities)


@dataclass(frozen=True)
class MldVaeTraining(TrainingSettings):
    """Settings of the MLD-like baseline's VAE: some 12 minutes."""

    steps: int = 1500


@dataclass(frozen=True)
class MldDiffusionTraining(DiffusionTraining):
    """Settings of the diffusion of that VAE's codes: some 8 minutes."""

    steps: int = 1400


class _FrameTrainer(Trainer[Settings]):
    """Trains on whole motions at 20 fps."""

    on_cpu = True

    def __init__(self, sequences: SequenceSet, training: Settings) -> None:
        super().__init__(training)
        self.frames = FrameDataset(sequences)
        self.weights = action_balance_weights(sequences.spans)
        self.data_size = len(sequences)


class MdmTrainer(_FrameTrainer[MdmTraining]):
    """Trains the MDM-like model."""

    def __init__(self, data: Path, training: MdmTraining, config: MdmConfig | None = None) -> None:
        """Load the prepared file `data`; MotionSetError or TrainingError without training clips."""
        sequences = load_training_sequences(data)
        super().__init__(sequences, training)
        self.conditions = ConditionSampler(sequences, training.shares)
        self.scheduler = make_scheduler()
        labels = {"actions": self.conditions.labels}
        self.config = (config or MdmConfig()).model_copy(update=labels)
        self.network = self.add_network("network", Mdm(self.config))
        self.network.mean.copy_(self.frames.mean)
        self.network.std.copy_(self.frames.std)
        self.network.init_from_frames(self.frames.frame_windows(self.config.patch))
        self.add_average(self.network, _EMA_DECAY)
        self.add_adamw(self.network, weight_decay=0.01)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:  # noqa: ARG002
        network = self.network
        index, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, network.config.patch, self.generator
        )
        condition = self.conditions.sample_conditions(index, self.generator)
        level = torch.randint(LEVEL_COUNT, (len(index),), generator=self.generator)
        noise = torch.randn(batch.values.shape, generator=self.generator) * batch.mask[..., None]
        noisy = self.scheduler.add_noise(batch.values, noise, level)  # pyright: ignore[reportArgumentType]
        network.train()
        with self.mixed_precision():
            predicted = network(noisy, level / LEVEL_COUNT, batch.mask, condition)
        # A motion that is mostly noise shows neither its speed nor its steps.
        weight = self.scheduler.alphas_cumprod[level]
        terms = {
            "features": feature_loss(predicted, batch),
            **geometric_losses(predicted, batch, network.mean, network.std, weight, self.generator),
        }
        return weighted_total(terms, _MDM_WEIGHTS), terms


class _VaeTrainer(_FrameTrainer[TrainingSettings]):
    """Trains a VAE over motions."""

    loss_weights = _VAE_WEIGHTS
    vae: MldVae

    @abstractmethod
    def autoencode(self, index: Tensor, batch: PaddedFrames) -> tuple[Tensor, Tensor, Tensor]:
        """Return mean and log variance (B, latent) of sequences (B,), and frames (B, T, 142)."""

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(step)
        index, batch = self.frames.sample_similar_lengths(
            self.weights, self.training.batch, self.vae.config.patch, self.generator
        )
        with self.mixed_precision():
            mean, log_variance, predicted = self.autoencode(index, batch)
        return vae_losses(
            predicted, batch, self.vae, mean, log_variance, self.loss_weights, self.generator
        )


class MldVaeTrainer(_VaeTrainer):
    """Trains the VAE of the MLD-like model."""

    def __init__(
        self, data: Path, training: MldVaeTraining, config: MldVaeConfig | None = None
    ) -> None:
        """Load the prepared file `data`; MotionSetError or TrainingError without training clips."""
        super().__init__(load_training_sequences(data), training)
        self.config = config or MldVaeConfig()
        self.vae = self.add_network("vae", MldVae(self.config))
        self.vae.mean.copy_(self.frames.mean)
        self.vae.std.copy_(self.frames.std)
        self.vae.init_from_frames(evenly_spaced_dataset_frames(self.frames, self.config.sampled))
        self.average = self.add_average(self.vae, _EMA_DECAY)
        self.add_adamw(self.vae, slow=self.vae.linear_parameters, weight_decay=1e-4)
        empty = torch.zeros(self.data_size, self.config.latent)
        self.codes = self.add_network("codes", SequenceCodes(empty, empty))

    def run(self, folder: Path, time_limit: float | None = None) -> bool:
        """See `Trainer.run`; a complete run also holds the code of every sequence."""
        run = self.open_run(folder, time_limit)
        if not run.train(self.train_step, self.state, self.training.steps):
            return False
        self._encode_sequences()
        run.save(self.state)
        return True

    def autoencode(self, index: Tensor, batch: PaddedFrames) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ARG002
        mean, log_variance = self.vae.encode_frames(batch.values, batch.mask)
        code = reparameterize(mean, log_variance)
        return mean, log_variance, self.vae.decode_frames(code, batch.durations, batch.mask)

    @torch.inference_mode()
    def _encode_sequences(self) -> None:
        """Give each sequence the code that the averaged encoder predicts."""
        vae = self.average.module
        vae.eval()
        assert isinstance(vae, MldVae)
        for index in torch.argsort(self.frames.frame_counts).split(64):
            batch = self.frames.padded_batch(index, vae.config.patch)
            mean, log_variance = vae.encode_frames(batch.values, batch.mask)
            self.codes.mean[index] = mean
            self.codes.log_variance[index] = log_variance


class ActorTrainer(_VaeTrainer):
    """Trains the ACTOR-like model on labelled sequences."""

    loss_weights = _ACTOR_WEIGHTS

    def __init__(
        self, data: Path, training: TrainingSettings, config: ActorConfig | None = None
    ) -> None:
        """Load the prepared file `data`; MotionSetError, or TrainingError without labels."""
        sequences = SequenceSet(load_motion_set(data))
        labels = tuple(sorted({span.action for span in sequences.spans if span.action}))
        if not labels:
            raise TrainingError(f"{data} holds no training clip with an action label.")
        super().__init__(sequences, training)
        self.config = (config or ActorConfig()).model_copy(update={"actions": labels})
        labelled = torch.tensor([bool(span.action) for span in sequences.spans])
        self.weights = self.weights * labelled
        self.labels = torch.tensor(
            [labels.index(s.action) if s.action else 0 for s in sequences.spans]
        )
        self.actor = self.add_network("actor", Actor(self.config))
        self.vae = self.actor.vae
        self.vae.mean.copy_(self.frames.mean)
        self.vae.std.copy_(self.frames.std)
        frames = evenly_spaced_dataset_frames(self.frames, self.config.vae.sampled)
        self.actor.init_from_frames(frames[labelled], self.labels[labelled])
        self.add_average(self.actor, _EMA_DECAY)
        self.add_adamw(self.actor, slow=self.vae.linear_parameters, weight_decay=1e-4)

    def autoencode(self, index: Tensor, batch: PaddedFrames) -> tuple[Tensor, Tensor, Tensor]:
        labels = self.labels[index]
        mean, log_variance = self.actor.encode_frames(batch.values, batch.mask, labels)
        code = reparameterize(mean, log_variance)
        predicted = self.actor.decode_frames(code, labels, batch.durations, batch.mask)
        return mean, log_variance, predicted


class MldDiffusionTrainer(DiffusionTrainer):
    """Trains the diffusion of the MLD-like model."""

    seed_stride = 1
    on_cpu = True
    ema_decay = _EMA_DECAY

    def load_codes(self, codes: Path, data: Path, count: int) -> tuple[Tensor, Tensor]:
        saved, tensors = read_run(codes, "mld-vae")
        if saved["settings"]["data"] != count:
            raise TrainingError(
                f"{codes} learnt other data than {data}; train it again (train mld-vae)."
            )
        mean, log_variance = tensors["codes/mean"], tensors["codes/log_variance"]
        if not bool(mean.any()):
            raise TrainingError(f"{codes} is not finished; go on with it first (train mld-vae).")
        return mean, log_variance

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        torch.manual_seed(step)
        count = min(self.training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        codes = reparameterize(self.mean[index], self.log_variance[index])
        condition = self.conditions.sample_conditions(index, self.generator)
        level = torch.rand(count, generator=self.generator)
        noise = torch.randn(codes.shape, generator=self.generator)
        loss = self.denoising_loss(codes, condition, level, noise)
        return loss, {"loss": loss}
