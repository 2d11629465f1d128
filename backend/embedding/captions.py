"""The captions of training sequences as tokens, and which of them say the same."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.caption_templates import mirror_caption, reword_caption
from ..data.sequences import ClipSpan
from ..text.encoder import TOKEN_WIDTH, TextEncoder
from .negatives import UNRELATED_PROMPTS

SAME_MEANING_COSINE = 0.85
"""Cosine of two captions' mean tokens above which they are taken to say the same."""

_BATCH = 64
_PACES = ("slow", "slowly", "quick", "quickly", "fast", "brisk", "briskly", "rapidly")
_COUNTS = ("once", "twice", "thrice", "one", "two", "three", "four", "five", "six", "several")
_DIRECTIONS = ("forward", "forwards", "backward", "backwards", "back", "up", "down", "sideways")
_DISTINGUISHING = frozenset((*_PACES, *_COUNTS, *_DIRECTIONS))


class CaptionTable:
    """Every caption's tokens once, with its rewordings, and each sequence's own."""

    def __init__(self, spans: Sequence[ClipSpan]) -> None:
        self.texts = sorted({text for span in spans for text in span.texts})
        number = {text: n for n, text in enumerate(self.texts)}
        self._own = [[number[text] for text in span.texts] for span in spans]
        # "waves" is typed as often as "a person waves".
        wordings = [(text, *reword_caption(text)[-1:]) for text in self.texts]
        spoken = sorted({text for group in wordings for text in group} | set(UNRELATED_PROMPTS))
        where = {text: n for n, text in enumerate(spoken)}
        self._wordings = [[where[text] for text in group] for group in wordings]
        self._unrelated = [where[text] for text in UNRELATED_PROMPTS]
        self._tokens = encode_prompts(spoken)
        means = [self._tokens[where[text]].float().mean(0) for text in self.texts]
        meaning = torch.stack(means) if means else torch.zeros(0, TOKEN_WIDTH)
        self._meaning = torch.nn.functional.normalize(meaning, dim=-1)
        self._telling = [distinguishing_words(text) for text in self.texts]

    def sequence_captions(self, sequence: int) -> list[int]:
        """The numbers of a sequence's captions; its mirrored twin's stand in the same order."""
        return self._own[sequence]

    def mentions_side(self, caption: int) -> bool:
        """Whether a caption would be another one of the mirrored motion."""
        return mirror_caption(self.texts[caption]) != self.texts[caption]

    def sample_tokens(self, captions: Sequence[int], rng: random.Random) -> tuple[Tensor, Tensor]:
        """Tokens (B, L, text width) and mask (B, L) of captions, each in one of its wordings."""
        return pad_tokens([self._tokens[rng.choice(self._wordings[n])] for n in captions])

    def sample_unrelated(self, count: int, rng: random.Random) -> tuple[Tensor, Tensor]:
        """Tokens and mask of prompts that no motion matches."""
        return pad_tokens([self._tokens[n] for n in rng.sample(self._unrelated, count)])

    def same_meaning(self, captions: Tensor) -> Tensor:
        """(B, B) bool: pairs of captions (B,) that say the same.

        Sentence embeddings hardly tell left from right or slow from quick, so captions that differ
        in such a word are never the same.
        """
        meaning = self._meaning[captions]
        alike = meaning @ meaning.T > SAME_MEANING_COSINE
        words = [self._telling[n] for n in captions.tolist()]
        return alike & torch.tensor([[a == b for b in words] for a in words])


def encode_prompts(prompts: Sequence[str]) -> list[Tensor]:
    """Token embeddings (L, text width) of each prompt, in bf16."""
    encoder = TextEncoder()
    found: list[Tensor] = []
    for start in range(0, len(prompts), _BATCH):
        part = encoder.encode(prompts[start : start + _BATCH])
        found += [t[m].bfloat16() for t, m in zip(part.tokens, part.mask, strict=True)]
    return found


def pad_tokens(tokens: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Tokens (B, L, text width) and mask (B, L) of prompts of different lengths."""
    padded = torch.nn.utils.rnn.pad_sequence([t.float() for t in tokens], batch_first=True)
    lengths = torch.tensor([len(t) for t in tokens])
    return padded, torch.arange(padded.shape[1]) < lengths[:, None]


def distinguishing_words(text: str) -> frozenset[str]:
    """The words of a caption that name a side, a pace, a number or a direction."""
    words = re.findall(r"[a-z-]+", text.lower())
    return frozenset(w for w in words if w in _DISTINGUISHING or mirror_caption(w) != w)
