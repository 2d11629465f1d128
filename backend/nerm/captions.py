"""Conditions that stage 2 is trained with: a caption in one of its wordings, a label, or
neither."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.caption_templates import reword_caption
from ..data.motion_captions import QUICK_PACE, SLOW_PACE, mentions_pace, pace_captions
from ..data.sequences import ClipSpan, SequenceSet
from ..text.encoder import TOKEN_WIDTH, TextEncoder
from .denoiser import Condition

_PACED_CAPTION_RATE = 0.4
"""Probability of a caption that mentions the pace, where there is one."""
_TOKEN_DROPOUT = 0.1
"""Fraction of text tokens that are hidden, so that no caption is memorised."""


@dataclass(frozen=True)
class ConditionProbabilities:
    """Probability of each kind of condition; the rest is unconditional."""

    text: float = 0.58
    both: float = 0.14
    action: float = 0.16


class CaptionSampler:
    """Samples a caption for each sequence; every wording is encoded once."""

    def __init__(self, spans: Sequence[ClipSpan]) -> None:
        self._spans = spans
        slow = {
            text: pace_captions(text, SLOW_PACE) for span in spans for text in span.motion_texts
        }
        quick = {text: pace_captions(text, QUICK_PACE) for text in slow}
        captions = {text for span in spans for text in span.texts}
        captions.update(*slow.values(), *quick.values())
        wordings = {text: (text, *reword_caption(text)) for text in captions}
        texts = sorted({text for group in wordings.values() for text in group})
        indices = {text: n for n, text in enumerate(texts)}
        self._slow, self._quick = slow, quick
        self._text_indices = {
            text: [indices[wording] for wording in group] for text, group in wordings.items()
        }
        encoder = TextEncoder()
        parts = (encoder.encode(texts[n : n + 64]) for n in range(0, len(texts), 64))
        self._tokens = [
            tokens[mask].bfloat16()
            for part in parts
            for tokens, mask in zip(part.tokens, part.mask, strict=True)
        ]

    def sample_captions(
        self, index: Tensor, time_scales: list[float], rng: random.Random
    ) -> tuple[Tensor, Tensor]:
        """Return tokens (B, L, TOKEN_WIDTH) and mask (B, L) of one random caption per sequence.

        `time_scales` (B) is how much longer than captured each motion will last, and so how slow it
        is. Where the caption itself mentions the pace, the time scale is set back to 1 in place.
        """
        tokens = []
        for n, i in enumerate(index.tolist()):
            caption = self._choose_caption(self._spans[i], time_scales[n], rng)
            if caption is None:
                tokens.append(torch.zeros(0, TOKEN_WIDTH))
                continue
            if caption in self._spans[i].texts and mentions_pace(caption):
                time_scales[n] = 1.0
            # The caption first, then its wording: more wordings do not make a caption more likely.
            tokens.append(self._tokens[rng.choice(self._text_indices[caption])].float())
        padded = torch.nn.utils.rnn.pad_sequence(tokens, batch_first=True)
        lengths = torch.tensor([len(t) for t in tokens])
        return padded, torch.arange(padded.shape[1]) < lengths[:, None]

    def _choose_caption(self, span: ClipSpan, time_scale: float, rng: random.Random) -> str | None:
        pace = None if span.pace is None else span.pace - math.log(time_scale)
        if pace is not None and span.motion_texts and rng.random() < _PACED_CAPTION_RATE:
            paced = self._slow if pace <= SLOW_PACE else self._quick if pace >= QUICK_PACE else None
            if paced:
                return rng.choice(paced[rng.choice(span.motion_texts)])
        return rng.choice(span.texts) if span.texts else None


class ConditionSampler:
    """Samples a condition for each training sequence."""

    def __init__(self, sequences: SequenceSet, probabilities: ConditionProbabilities) -> None:
        self.labels = tuple(sorted({span.action for span in sequences.spans if span.action}))
        self._label_indices = torch.tensor(
            [self.labels.index(span.action) if span.action else -1 for span in sequences.spans]
        )
        self._durations = sequences.durations
        self._probabilities = probabilities
        self._captions = CaptionSampler(sequences.spans)

    def sample_conditions(
        self,
        index: Tensor,
        generator: torch.Generator,
        rng: random.Random | None = None,
        time_scale_spread: float = 0.0,
    ) -> Condition:
        """Return the condition (B) of sequences `index` (B,): text, label, both or neither.

        `generator` samples kinds and hidden tokens, `rng` captions; it is seeded by `generator` if
        None. `time_scale_spread` is the standard deviation of the log of the factor by which each
        motion lasts longer than captured.
        """
        chances = self._probabilities
        kind = torch.rand(len(index), generator=generator)
        with_text = kind < chances.text + chances.both
        with_label = (kind >= chances.text) & (kind < chances.text + chances.both + chances.action)
        if rng is None:
            seed = int(torch.randint(2**31, (1,), generator=generator))
            rng = random.Random(seed)  # noqa: S311
        time_scales = [1.0] * len(index)
        if time_scale_spread:
            time_scales = [math.exp(rng.gauss(0.0, time_scale_spread)) for _ in time_scales]
        tokens, mask = self._captions.sample_captions(index, time_scales, rng)
        mask &= torch.rand(mask.shape, generator=generator) >= _TOKEN_DROPOUT
        return Condition(
            text=tokens,
            text_mask=mask & with_text[:, None],
            label_index=torch.where(with_label, self._label_indices[index], -1),
            durations=self._durations[index] * torch.tensor(time_scales),
        )


def text_condition(
    encoder: TextEncoder, prompts: Sequence[str], seconds: Sequence[float]
) -> Condition:
    """Return the condition (B) of prompts and durations, without labels."""
    encoded = encoder.encode(prompts)
    return Condition(
        text=encoded.tokens,
        text_mask=encoded.mask,
        label_index=torch.full((len(prompts),), -1),
        durations=torch.tensor(list(seconds), dtype=torch.float32),
    )
