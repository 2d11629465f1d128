"""Initialize codes and decoder with the principal components of the training sequences.

Codes that start at random need thousands of updates each, too many for a CPU. These start as
coordinates in a linear model: label codes encode the mean motion of each label, sequence codes the
remainder. Then they are trained by gradient descent alone, without an encoder, as in the paper.
Most sequences end before the longest one does. Their missing end is filled in from the components,
which are then computed again (EM for principal components with missing data).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.features import ROW_CHANNELS
from ..data.sequences import MAX_SECONDS, SequenceSet
from ..training.pca_init import PcaMap, cosine_basis, fit_pca_map
from .model import MotionInrConfig, MotionInrDecoder, linear_phase
from .stride_clock import strides_to_seconds

_SAMPLE_COUNT = 128
"""Evenly spaced times over the longest possible sequence."""
_ITERATIONS = 6
"""Iterations of EM."""
_RANDOM_CODE_STD = 0.01
"""Standard deviation of random codes, without a linear start."""


@dataclass(frozen=True)
class PcaStart:
    """Initial values of a run."""

    row_mean: Tensor
    """(135,) mean of all rows."""
    row_std: Tensor
    """(135,) standard deviation of all rows."""
    sequence_codes: Tensor
    """(N, sequence_code)."""
    action_codes: Tensor
    """(A, action_code)."""
    basis: Tensor | None = None
    """(learnt_size, cosines, 135) basis of the decoder's linear part."""
    offset: Tensor | None = None
    """(cosines, 135) offset of the decoder's linear part."""

    @torch.no_grad()
    def initialize(self, decoder: MotionInrDecoder) -> None:
        decoder.row_mean.copy_(self.row_mean)
        decoder.row_std.copy_(self.row_std)
        if decoder.basis is not None and decoder.offset is not None:
            assert self.basis is not None
            assert self.offset is not None
            decoder.basis.copy_(self.basis)
            decoder.offset.copy_(self.offset)


def find_pca_start(
    sequences: SequenceSet, index: Tensor, actions: Tensor, strides: Tensor, config: MotionInrConfig
) -> PcaStart:
    """Compute the initial values of a run on sequences `index` (N,) of a set.

    `actions` (N,) are the numbers of their labels, `strides` (N, K) log seconds of their strides.
    """
    rows, known = _sample_rows(sequences, index, strides)
    mean, std = rows[known].mean(0), rows[known].std(0).clamp(min=0.05)
    if not config.linear_start:
        return PcaStart(
            mean,
            std,
            _RANDOM_CODE_STD * torch.randn(len(index), config.sequence_code),
            _RANDOM_CODE_STD * torch.randn(len(config.actions), config.action_code),
        )
    rows = (rows - mean) / std
    fill_missing(rows, known, config)
    totals = torch.zeros(len(config.actions), *rows.shape[1:]).index_add_(0, actions, rows)
    means = totals / torch.bincount(actions, minlength=len(config.actions))[:, None, None]
    remainder = rows - means[actions]
    sequence = fit_pca_map(remainder, config.sequence_code, config.cosines)
    action = fit_pca_map(means, config.action_code, config.cosines)
    return PcaStart(
        mean,
        std,
        _project(sequence, remainder),
        _project(action, means),
        torch.cat([sequence.decoder_basis, action.decoder_basis]),
        sequence.decoder_offset + action.decoder_offset,
    )


def _sample_rows(sequences: SequenceSet, index: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows (N, K, 135) at K times of the longest sequence, and (N, K) whether they exist.

    The last row of a sequence is repeated after its end.
    """
    stride_times = torch.linspace(0, MAX_SECONDS, _SAMPLE_COUNT)
    parts, known = [], []
    for batch, batch_strides in zip(index.split(256), strides.split(256), strict=True):
        times = strides_to_seconds(stride_times.expand(len(batch), -1), batch_strides)
        frame = torch.round(times * sequences.fps[batch, None]).long()
        last = sequences.frames[batch, None] - 1
        parts.append(sequences.batch_frames(batch, torch.minimum(frame, last)).rows)
        known.append(frame <= last)
    return torch.cat(parts), torch.cat(known)


def fill_missing(rows: Tensor, known: Tensor, config: MotionInrConfig) -> None:
    """Fill in the missing rows of standardized (N, K, 135) from their components, in place."""
    phase = linear_phase(torch.linspace(0, MAX_SECONDS, _SAMPLE_COUNT))
    waves = cosine_basis(phase, config.cosines)
    for _ in range(_ITERATIONS):
        fitted = fit_pca_map(rows, config.sequence_code, config.cosines)
        basis = fitted.decoder_basis.flatten(1)
        for batch in torch.arange(len(rows)).split(256):
            weights = (_project(fitted, rows[batch]) @ basis).unflatten(1, (-1, ROW_CHANNELS))
            filled = waves @ (fitted.decoder_offset + weights)
            rows[batch] = torch.where(known[batch, :, None], rows[batch], filled)


def _project(pca: PcaMap, rows: Tensor) -> Tensor:
    """Return the codes (N, D) of rows (N, K, 135)."""
    return rows.flatten(1) @ pca.encoder_weight.T - pca.encoder_shift
