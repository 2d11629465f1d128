"""Captions of training sequences as tokens, and pairs of captions with the same meaning."""

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
"""Cosine of two captions' mean tokens above which they count as the same."""

_BATCH = 64
_PACES = ("slow", "slowly", "quick", "quickly", "fast", "brisk", "briskly", "rapidly")
_COUNTS = ("once", "twice", "thrice", "one", "two", "three", "four", "five", "six", "several")
_DIRECTIONS = ("forward", "forwards", "backward", "backwards", "back", "up", "down", "sideways")
_DISTINGUISHING = frozenset((*_PACES, *_COUNTS, *_DIRECTIONS))


class CaptionTable:
    """The tokens of all captions and their rewordings, and the captions of each sequence."""

    def __init__(self, spans: Sequence[ClipSpan]) -> None:
        self.texts = sorted({text for span in spans for text in span.texts})
        number = {text: n for n, text in enumerate(self.texts)}
        self._sequence_captions = [[number[text] for text in span.texts] for span in spans]
        # "waves" is typed as often as "a person waves".
        wordings = [(text, *reword_caption(text)[-1:]) for text in self.texts]
        prompts = sorted({text for group in wordings for text in group} | set(UNRELATED_PROMPTS))
        index = {text: n for n, text in enumerate(prompts)}
        self._wordings = [[index[text] for text in group] for group in wordings]
        self._unrelated = [index[text] for text in UNRELATED_PROMPTS]
        self._tokens = encode_prompts(prompts)
        means = [self._tokens[index[text]].float().mean(0) for text in self.texts]
        meaning = torch.stack(means) if means else torch.zeros(0, TOKEN_WIDTH)
        self._meaning = torch.nn.functional.normalize(meaning, dim=-1)
        self._distinguishing_words = [distinguishing_words(text) for text in self.texts]

    def sequence_captions(self, sequence: int) -> list[int]:
        """Return the numbers of a sequence's captions, in the order of its mirrored twin's."""
        return self._sequence_captions[sequence]

    def mentions_side(self, caption: int) -> bool:
        """Tell whether the caption of the mirrored motion would be another one."""
        return mirror_caption(self.texts[caption]) != self.texts[caption]

    def sample_tokens(self, captions: Sequence[int], rng: random.Random) -> tuple[Tensor, Tensor]:
        """Return tokens (B, L, TOKEN_WIDTH) and mask (B, L) of captions in random wordings."""
        return pad_tokens([self._tokens[rng.choice(self._wordings[n])] for n in captions])

    def sample_unrelated(self, count: int, rng: random.Random) -> tuple[Tensor, Tensor]:
        """Return tokens and mask of random prompts that match no motion."""
        return pad_tokens([self._tokens[n] for n in rng.sample(self._unrelated, count)])

    def same_meaning(self, captions: Tensor) -> Tensor:
        """Return (B, B) bool: pairs of captions (B,) with the same meaning.

        Sentence embeddings hardly separate left from right or slow from quick, so captions that
        differ in such a word are never the same.
        """
        meaning = self._meaning[captions]
        similar = meaning @ meaning.T > SAME_MEANING_COSINE
        words = [self._distinguishing_words[n] for n in captions.tolist()]
        return similar & torch.tensor([[a == b for b in words] for a in words])


def encode_prompts(prompts: Sequence[str]) -> list[Tensor]:
    """Return the token embeddings (L, TOKEN_WIDTH) of each prompt, in bf16."""
    encoder = TextEncoder()
    tokens: list[Tensor] = []
    for start in range(0, len(prompts), _BATCH):
        part = encoder.encode(prompts[start : start + _BATCH])
        tokens += [t[m].bfloat16() for t, m in zip(part.tokens, part.mask, strict=True)]
    return tokens


def pad_tokens(tokens: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Pad prompts of different lengths to tokens (B, L, TOKEN_WIDTH) and mask (B, L)."""
    padded = torch.nn.utils.rnn.pad_sequence([t.float() for t in tokens], batch_first=True)
    lengths = torch.tensor([len(t) for t in tokens])
    return padded, torch.arange(padded.shape[1]) < lengths[:, None]


def distinguishing_words(text: str) -> frozenset[str]:
    """Return the words of a caption that name a side, a pace, a number or a direction."""
    words = re.findall(r"[a-z-]+", text.lower())
    return frozenset(w for w in words if w in _DISTINGUISHING or mirror_caption(w) != w)
