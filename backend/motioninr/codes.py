"""Variational codes: one for each sequence and one for each action."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..training.codes import INITIAL_LOG_VARIANCE, SequenceCodes
from .pca_start import PcaStart


class MotionCodes(nn.Module):
    """Normal distributions with a diagonal covariance, without any encoder."""

    def __init__(self, start: PcaStart, actions: Tensor) -> None:
        """Begin at known means.

        Args:
            start: means of both kinds.
            actions: (N,) number of each sequence's action.
        """
        super().__init__()
        self.sequence = _codes_at(start.sequence_codes)
        self.action = _codes_at(start.action_codes)
        self.register_buffer("actions", actions, persistent=False)
        self.actions: Tensor

    def forward(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, code) of [sequence code | action code] of sequences (B,).

        Gradients are sparse: only what was visited moves.
        """
        own, shared = self.sequence(index), self.action(self.actions[index])
        return torch.cat([own[0], shared[0]], dim=-1), torch.cat([own[1], shared[1]], dim=-1)


def _codes_at(mean: Tensor) -> SequenceCodes:
    return SequenceCodes(mean, torch.full_like(mean, INITIAL_LOG_VARIANCE))
