"""Where training begins: codes and decoder as the principal components of the sequences.

MotionINR's codes begin at nothing and need thousands of visits each, which a CPU cannot give. Ours
begin at the coordinates of a linear model of the data: action codes tell each action's mean motion
apart, sequence codes what is left. There is no encoder; once training has begun, codes are learnt
by descent alone, as in the paper. Sequences have different lengths, in seconds or strides, so most
end before the longest does: what is missing is filled in from the components found so far, and they
are found again (EM for principal components with missing data).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.features import ROW_CHANNELS
from ..data.sequences import MAX_SECONDS, SequenceSet
from ..training.pca_init import PcaMap, cosine_basis, fit_pca_map
from .model import MotionInrConfig, MotionInrDecoder, linear_phase
from .stride_clock import strides_to_seconds

_SAMPLE_COUNT = 128
"""Evenly spread moments of the longest sequence that there can be."""
_ITERATIONS = 6
"""Of filling in what is missing."""
_RANDOM_CODE_STD = 0.01
"""Spread of codes that begin without principal components."""


@dataclass(frozen=True)
class PcaStart:
    """The beginning of a run."""

    row_mean: Tensor
    """(135,) of all rows, and"""
    row_std: Tensor
    """(135,) their spread."""
    sequence_codes: Tensor
    """(N, sequence_code)."""
    action_codes: Tensor
    """(A, action_code)."""
    basis: Tensor | None = None
    """(learnt, cosines, 135) of the decoder's linear part."""
    offset: Tensor | None = None
    """(cosines, 135)."""

    @torch.no_grad()
    def initialize(self, decoder: MotionInrDecoder) -> None:
        """Let a decoder begin here."""
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
    """The beginning of a run on some of the sequences.

    Args:
        sequences: the data.
        index: (N,) the sequences that are learnt.
        actions: (N,) number of each one's action.
        strides: (N, K) log seconds of each one's strides.
        config: of the networks.
    """
    rows, known = _sampled(sequences, index, strides)
    shown = rows[known]
    mean, std = shown.mean(0), shown.std(0).clamp(min=0.05)
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
    rest = rows - means[actions]
    own = fit_pca_map(rest, config.sequence_code, config.cosines)
    shared = fit_pca_map(means, config.action_code, config.cosines)
    return PcaStart(
        mean,
        std,
        _project(own, rest),
        _project(shared, means),
        torch.cat([own.decoder_basis, shared.decoder_basis]),
        own.decoder_offset + shared.decoder_offset,
    )


def _sampled(sequences: SequenceSet, index: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
    """Rows (N, K, 135) at K moments of the longest length, last ones held; and which are there."""
    counted = torch.linspace(0, MAX_SECONDS, _SAMPLE_COUNT)
    parts, known = [], []
    for some, own in zip(index.split(256), strides.split(256), strict=True):
        times = strides_to_seconds(counted.expand(len(some), -1), own)
        frame = torch.round(times * sequences.fps[some, None]).long()
        last = sequences.frames[some, None] - 1
        parts.append(sequences.batch_frames(some, torch.minimum(frame, last)).rows)
        known.append(frame <= last)
    return torch.cat(parts), torch.cat(known)


def fill_missing(rows: Tensor, known: Tensor, config: MotionInrConfig) -> None:
    """Fill what is missing in standardised rows (N, K, 135) from their components, in place."""
    waves = cosine_basis(
        linear_phase(torch.linspace(0, MAX_SECONDS, _SAMPLE_COUNT)), config.cosines
    )
    for _ in range(_ITERATIONS):
        found = fit_pca_map(rows, config.sequence_code, config.cosines)
        for some in torch.arange(len(rows)).split(256):
            codes = _project(found, rows[some])
            curves = found.decoder_offset + (codes @ found.decoder_basis.flatten(1)).unflatten(
                1, (-1, ROW_CHANNELS)
            )
            rows[some] = torch.where(known[some, :, None], rows[some], waves @ curves)


def _project(principal: PcaMap, rows: Tensor) -> Tensor:
    """Codes (N, D) of rows (N, K, 135)."""
    return rows.flatten(1) @ principal.encoder_weight.T - principal.encoder_shift
