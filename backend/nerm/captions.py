"""What is said of each training motion: one caption at a time, in many wordings, with its pace."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.caption_templates import reword_caption
from ..data.motion_captions import QUICK_PACE, SLOW_PACE, mentions_pace, pace_captions
from ..data.sequences import ClipSpan
from ..text.encoder import TOKEN_WIDTH, TextEncoder

_PACED_CAPTION_RATE = 0.4
"""How often a caption that tells the pace is chosen, where there is one."""


class CaptionSampler:
    """Every caption's tokens once, with its rewordings, and each sequence's choice among them."""

    def __init__(self, spans: Sequence[ClipSpan]) -> None:
        self._spans = spans
        slow = {
            text: pace_captions(text, SLOW_PACE) for span in spans for text in span.motion_texts
        }
        quick = {text: pace_captions(text, QUICK_PACE) for text in slow}
        captions = {text for span in spans for text in span.texts}
        captions.update(*slow.values(), *quick.values())
        rewordings = {text: (text, *reword_caption(text)) for text in captions}
        texts = sorted({text for group in rewordings.values() for text in group})
        where = {text: n for n, text in enumerate(texts)}
        self._slow, self._quick = slow, quick
        self._text_indices = {
            text: [where[other] for other in group] for text, group in rewordings.items()
        }
        encoder = TextEncoder()
        parts = [encoder.encode(texts[n : n + 64]) for n in range(0, len(texts), 64)]
        longest = max((part.tokens.shape[1] for part in parts), default=0)
        self._tokens = torch.zeros(len(texts), longest, TOKEN_WIDTH, dtype=torch.bfloat16)
        self._mask = torch.zeros(len(texts), longest, dtype=torch.bool)
        for n, part in enumerate(parts):
            rows = slice(64 * n, 64 * n + len(part.tokens))
            length = part.tokens.shape[1]
            self._tokens[rows, :length] = part.tokens.bfloat16()
            self._mask[rows, :length] = part.mask

    def sample_captions(
        self, index: Tensor, time_scales: list[float], rng: random.Random
    ) -> tuple[Tensor, Tensor]:
        """Tokens (B, L, WIDTH) and mask (B, L) of one random caption for each sequence.

        `stretch` (B) tells how much longer than captured each motion is to last, and so how slow it
        is; where the caption has its own say in that, the stretch is taken back.
        """
        picks = []
        for place, i in enumerate(index.tolist()):
            caption = self._choose_caption(self._spans[i], time_scales[place], rng)
            if caption is None:
                picks.append(-1)
                continue
            if caption in self._spans[i].texts and mentions_pace(caption):
                time_scales[place] = 1.0
            # The caption first, then its wording: one with more wordings is not truer.
            picks.append(rng.choice(self._text_indices[caption]))
        pick = torch.tensor(picks)
        mask = self._mask[pick] & (pick >= 0)[:, None]
        longest = int(mask.sum(1).max())
        return self._tokens[pick, :longest].float(), mask[:, :longest]

    def _choose_caption(self, span: ClipSpan, time_scale: float, rng: random.Random) -> str | None:
        pace = None if span.pace is None else span.pace - math.log(time_scale)
        if pace is not None and span.motion_texts and rng.random() < _PACED_CAPTION_RATE:
            paced = self._slow if pace <= SLOW_PACE else self._quick if pace >= QUICK_PACE else None
            if paced:
                return rng.choice(paced[rng.choice(span.motion_texts)])
        return rng.choice(span.texts) if span.texts else None
