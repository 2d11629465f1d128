"""Stage 1 training: one decoder for all sequences, and a normal distribution over codes for each.

By default an encoder predicts the codes at first and is trained with the decoder. Then each
sequence gets a code of its own, which starts at the prediction, and decoder and codes are refined
together as in NeRM's auto-decoder. Codes alone, as in the paper, need thousands of visits each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from ..data.sequences import SequenceSet
from ..training.codes import INITIAL_LOG_VARIANCE, SequenceCodes, reparameterize
from ..training.distributed import shard_batch
from ..training.losses import (
    LOSS_WEIGHTS,
    kl_to_standard_normal,
    reconstruction_terms,
    weighted_total,
)
from ..training.pca_init import fit_pca_map
from ..training.run import TrainingError
from ..training.trainer import (
    Trainer,
    TrainingSettings,
    load_training_sequences,
    sampling_weights,
)
from .codebook import CodebookTrainer
from .frame_rates import FrameRateMode, resample_sequences
from .inr import InrConfig, InrDecoder, InrEncoder

_INITIAL_CODE_SPREAD = 0.01
"""Standard deviation of codes that no encoder predicts."""
_POINT_LOG_VARIANCE = -30.0
"""Log variance of a code that is a point: sampling from it returns its mean."""


@dataclass(frozen=True)
class InrTraining(TrainingSettings):
    """Settings of a stage 1 run."""

    steps: int = 4600
    batch: int = 64
    encoder: bool = True
    """Let an encoder predict the codes at first; otherwise they start near zero (the paper)."""
    propose_steps: int = 2760
    """Steps in which the encoder predicts the codes; all later steps refine them."""
    variational: bool = True
    """True for codes that are distributions with a KL term, False for points without a prior."""
    rates: FrameRateMode = "native"
    """Frames at each sequence's own rate, all resampled to one rate, or one rate first."""
    fixed_fps: float = 20.0
    fixed_steps: int = 1500
    """Steps at one rate when `rates` is "progressive"."""
    scattered: int = 20
    """Random frames of each sequence in a step; 0 for clips alone, as in the paper."""
    clip: int = 4
    """Frames of each sequence's clip in a step, at an integer fraction of its frame rate."""
    code_rate: float = 5e-3
    precision: Literal["bf16", "no"] = "bf16"
    authored_fraction: float | None = None
    """Fraction of a batch that is authored motion, on average; None for that of the data."""


class InrTrainer(Trainer[InrTraining]):
    """Trains the decoder and the codes of all sequences."""

    seed_stride = 64
    optional_keys = frozenset({"codes", "code_optimiser", "optimiser"})

    def __init__(self, data: Path, training: InrTraining, config: InrConfig) -> None:
        """Load the prepared file `data`; MotionSetError or TrainingError without training clips."""
        if training.clip < 2:
            raise TrainingError("A clip needs two frames or more: its velocity is learnt.")
        self.precision = training.precision
        super().__init__(training)
        sequences = load_training_sequences(data)
        self.config, self.data_size = config, len(sequences)
        self.sequences = self.resampled = sequences
        if training.rates != "native":
            self.resampled = resample_sequences(sequences, training.fixed_fps)
        self.weights = sampling_weights(sequences.spans, training.authored_fraction)
        decoder, encoder = InrDecoder(config), InrEncoder(config)
        self._init_networks(decoder, encoder)
        log_variance = INITIAL_LOG_VARIANCE if training.variational else _POINT_LOG_VARIANCE
        codes = SequenceCodes(
            _INITIAL_CODE_SPREAD * torch.randn(len(sequences), config.latent),
            torch.full((len(sequences), config.latent), log_variance),
        )
        self.decoder = self.add_network("decoder", decoder)
        self.codes = self.add_network("codes", codes)
        self.encoder = encoder.to(self.device)
        networks: list[nn.Module] = [decoder]
        pca_parameters = [p for p in (decoder.basis, decoder.offset) if p is not None]
        if training.encoder:
            networks.append(self.add_network("encoder", encoder))
            if encoder.linear is not None:
                pca_parameters += encoder.linear.parameters()
        self.add_adamw(*networks, slow=pca_parameters, weight_decay=1e-4)
        trained = [codes.mean, codes.log_variance] if training.variational else [codes.mean]
        self.add_optimiser(torch.optim.SparseAdam(trained, training.code_rate), "code_optimiser")
        self.clipped = list(decoder.parameters())
        self._optimiser, self._code_optimiser = self.active_optimisers

    def run(self, folder: Path, time_limit: float | None = None) -> bool:
        """See `Trainer.run`; first trains the codebook, if there is one, in ``folder/codebook``."""
        run = self.open_run(folder, time_limit)
        attention = self.decoder.encoding.attention
        if attention is not None and run.step == 0:
            trainer = CodebookTrainer(
                self.sequences, self.encoder.config.codebook, self.accelerator
            )
            entries, run.time_limit = trainer.train_entries(folder / "codebook", time_limit)
            if entries is None:
                return False
            attention.set_codebook(entries)
        training = self.training
        # A run that ends before its codes would be refined still holds the predicted ones.
        encoder_steps = min(training.propose_steps, training.steps) if training.encoder else 0
        self._is_encoding, self.active_optimisers = True, [self._optimiser]
        if run.step < encoder_steps and not run.train(self.train_step, self.state, encoder_steps):
            return False
        if training.encoder and run.step == encoder_steps:
            self._init_codes()
            run.save(self.state)
        self._is_encoding, self.active_optimisers = False, [self._optimiser, self._code_optimiser]
        return run.train(self.train_step, self.state, training.steps)

    @torch.no_grad()
    def _init_codes(self) -> None:
        """Start each sequence's own code at the encoder's prediction."""
        source = self._sequences_at(self.training.propose_steps)
        for index in torch.arange(len(source)).split(256):
            rows = self._encoder_rows(source, index)
            mean, log_variance = self.encoder(rows, source.durations[index].to(self.device))
            self.codes.mean[index] = mean
            if self.training.variational:
                self.codes.log_variance[index] = log_variance

    def _encoder_rows(self, source: SequenceSet, index: Tensor) -> Tensor:
        return source.even_frames(index, self.encoder.config.encoder_frames).rows.to(self.device)

    def _sequences_at(self, step: int) -> SequenceSet:
        """Return the sequences at the frame rates of a step."""
        later = self.training.rates == "progressive" and step >= self.training.fixed_steps
        return self.sequences if later else self.resampled

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        training = self.training
        count = min(training.batch, len(self.weights))
        index = torch.multinomial(self.weights, count, generator=self.generator)
        source = self._sequences_at(step)
        batch = source.random_frames_and_clips(
            index, training.scattered, training.clip, self.generator
        )
        noise = torch.randn(count, self.decoder.config.latent, generator=self.generator)
        shard, weight = shard_batch(self.accelerator, count)
        batch = batch.select(shard).to(self.device)
        index, noise = index[shard], noise[shard].to(self.device)
        if self._is_encoding:
            rows = self._encoder_rows(source, index)
            with self.accelerator.autocast():
                mean, log_variance = self.encoder(rows, batch.durations)
        else:
            mean, log_variance = self.codes(index.to(self.device))
        z = reparameterize(mean, log_variance, noise) if training.variational else mean
        with self.accelerator.autocast():
            predicted, logits = self.decoder(batch.times, z, batch.durations)
        frames = slice(training.scattered, None)
        terms = reconstruction_terms(predicted, logits, batch, self.decoder.row_std, frames)
        if training.variational:
            terms["kl"] = kl_to_standard_normal(mean, log_variance)
        return weighted_total(terms, LOSS_WEIGHTS) * weight, terms

    @torch.no_grad()
    def _init_networks(self, decoder: InrDecoder, encoder: InrEncoder) -> None:
        """Set statistics, and initialise both networks with the data's principal components."""
        config = encoder.config
        rows = torch.cat(
            [
                self.sequences.even_frames(index, config.encoder_frames).rows
                for index in torch.arange(self.data_size).split(256)
            ]
        )
        mean = rows.mean((0, 1))
        # A joint that hardly moves must not have its noise blown up to unit size.
        std = rows.std((0, 1)).clamp(min=0.05)
        for network in (decoder, encoder):
            network.row_mean.copy_(mean)
            network.row_std.copy_(std)
        if config.has_linear_part:
            principal = fit_pca_map((rows - mean) / std, config.latent, config.cosines)
            decoder.init_from_pca(principal)
            encoder.init_from_pca(principal)
