"""Conditions for the rivals: the words, labels and shares that NeRM's stage 2 gets."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.sequences import SequenceSet
from ..nerm.captions import CaptionSampler
from ..nerm.denoiser import Condition
from ..nerm.train_diffusion import ConditionProbabilities
from ..text.encoder import TextEncoder

_TOKEN_DROPOUT = 0.1
"""Share of text tokens that are not shown, so that no caption is learnt by heart."""


class ConditionSampler:
    """Draws a condition for each training sequence."""

    def __init__(self, sequences: SequenceSet, probabilities: ConditionProbabilities) -> None:
        self.labels = tuple(sorted({span.action for span in sequences.spans if span.action}))
        self._label_indices = torch.tensor(
            [self.labels.index(s.action) if s.action else -1 for s in sequences.spans]
        )
        self._probabilities = probabilities
        self._captions = CaptionSampler(sequences.spans)

    def sample_conditions(
        self, index: Tensor, durations: Tensor, generator: torch.Generator
    ) -> Condition:
        """The condition (B) of sequences `index` (B,): text, action, both or neither."""
        shares = self._probabilities
        kind = torch.rand(len(index), generator=generator)
        with_text = kind < shares.text + shares.both
        with_action = (kind >= shares.text) & (kind < shares.text + shares.both + shares.action)
        seed = int(torch.randint(2**31, (1,), generator=generator))
        # NeRM's codes may last longer than captured; frames are what they are.
        as_captured = [1.0] * len(index)
        tokens, mask = self._captions.sample_captions(index, as_captured, random.Random(seed))  # noqa: S311
        mask &= torch.rand(mask.shape, generator=generator) >= _TOKEN_DROPOUT
        return Condition(
            text=tokens,
            text_mask=mask & with_text[:, None],
            label_index=torch.where(with_action, self._label_indices[index], -1),
            durations=durations,
        )


def text_condition(
    encoder: TextEncoder, prompts: Sequence[str], seconds: Sequence[float]
) -> Condition:
    """The condition (B) that prompts and durations make, without action labels."""
    encoded = encoder.encode(prompts)
    return Condition(
        text=encoded.tokens,
        text_mask=encoded.mask,
        label_index=torch.full((len(prompts),), -1),
        durations=torch.tensor(list(seconds), dtype=torch.float32),
    )
