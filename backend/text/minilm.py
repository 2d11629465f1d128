"""MiniLM, a BERT encoder (Devlin et al., NAACL 2019), for its packaged weights.

The `transformers` library takes as long to import as torch itself, for a few products and norms.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

_PAD_ID = 0


class MiniLm:
    """Tokenizer and network on one device. The weights are memory-mapped."""

    def __init__(self, folder: Path, max_tokens: int, device: torch.device | str = "cpu") -> None:
        """Load the model.

        Args:
            folder: Folder with ``config.json``, ``tokenizer.json`` and ``model.safetensors``.
            max_tokens: Length at which a text is cut, including both special tokens.
            device: Device of the weights.

        Raises:
            OSError: a file is missing or cannot be read.
        """
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._layers: int = config["num_hidden_layers"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.enable_padding(pad_id=_PAD_ID, pad_token="[PAD]")  # noqa: S106 - no secret
        self._weights = load_file(folder / "model.safetensors", device=str(device))
        self._device = device

    def tokenize(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return token ids (B, L), padded to the longest text, and mask (B, L), True at tokens."""
        encoded = self._tokenizer.encode_batch(list(texts))
        ids = torch.tensor([text.ids for text in encoded], device=self._device)
        mask = torch.tensor([text.attention_mask for text in encoded], device=self._device)
        return ids, mask.bool()

    def encode(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return word embeddings and last hidden states (B, L, D) of token ids and mask (B, L)."""
        weights, length = self._weights, ids.shape[1]
        words = F.embedding(ids, weights["embeddings.word_embeddings.weight"])
        words = words + weights["embeddings.token_type_embeddings.weight"][0]
        words = words + weights["embeddings.position_embeddings.weight"][:length]
        words = self._norm("embeddings", words)
        # Attention has a faster kernel without a mask, which only padding needs.
        attended = None if bool(mask.all()) else mask[:, None, None, :]
        hidden = words
        for layer in range(self._layers):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, attended)
        return words, hidden

    def _layer(self, name: str, x: Tensor, mask: Tensor | None) -> Tensor:
        attended = self._linear(f"{name}.attention.output.dense", self._attend(name, x, mask))
        x = self._norm(f"{name}.attention.output", attended + x)
        widened = F.gelu(self._linear(f"{name}.intermediate.dense", x))
        return self._norm(f"{name}.output", self._linear(f"{name}.output.dense", widened) + x)

    def _attend(self, name: str, x: Tensor, mask: Tensor | None) -> Tensor:
        def heads(part: str) -> Tensor:
            projected = self._linear(f"{name}.attention.self.{part}", x)
            return projected.unflatten(-1, (self._heads, -1)).transpose(1, 2)

        attended = F.scaled_dot_product_attention(
            heads("query"), heads("key"), heads("value"), attn_mask=mask
        )
        return attended.transpose(1, 2).flatten(2)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, x: Tensor) -> Tensor:
        weight, bias = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return F.layer_norm(x, x.shape[-1:], weight, bias, self._epsilon)
