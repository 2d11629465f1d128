"""Building blocks of the baselines' Transformers: patches of frames, and encoder layers."""

import torch
from torch import Tensor, nn

from ..nerm.denoiser import sinusoidal_embedding


class FramePatches(nn.Module):
    """Maps patches of neighbouring frames to tokens with positional embedding, and back.

    One token per frame would take `patch` times as long on a CPU.
    """

    def __init__(self, features: int, patch: int, width: int, frames: int) -> None:
        super().__init__()
        self.features, self.patch = features, patch
        self.into = nn.Linear(features * patch, width)
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, features * patch))
        self.mend = nn.Conv1d(features, features, 5, padding=2)
        self.place = nn.Parameter(
            0.5 * sinusoidal_embedding(torch.arange(-(-frames // patch)), width)
        )
        for layer in (self.out[1], self.mend):
            nn.init.zeros_(layer.weight)  # pyright: ignore[reportArgumentType]
            nn.init.zeros_(layer.bias)  # pyright: ignore[reportArgumentType]

    @torch.no_grad()
    def init_from_components(self, directions: Tensor, strength: Tensor) -> None:
        """Start tokens as standardised principal components, strongest first.

        `directions` (patch · features, N) have orthonormal columns, `strength` (N,) variances.
        """
        count = min(len(strength), len(self.into.weight))
        scale = (strength[:count].clamp(min=0) + 1).rsqrt()
        self.into.weight[:count] = (directions[:, :count] * scale).T
        nn.init.zeros_(self.into.bias)

    def frames_to_tokens(self, values: Tensor) -> Tensor:
        """Map frames (B, T, features) to tokens (B, T / patch, width)."""
        tokens = self.into(values.unflatten(1, (-1, self.patch)).flatten(2))
        return tokens + self.place[: tokens.shape[1]]

    def tokens_to_frames(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, N, width) to frames (B, N · patch, features)."""
        values = self.out(tokens)
        values = values.unflatten(2, (self.patch, self.features)).flatten(1, 2)
        # A convolution smooths the borders between patches.
        smoothed = self.mend(values.transpose(1, 2)).transpose(1, 2)
        return values.float() + smoothed.float()


def make_transformer_encoder(
    width: int, heads: int, feed_forward: int, layers: int
) -> nn.TransformerEncoder:
    """Return a pre-norm Transformer encoder without dropout (a third of a step on a CPU)."""
    layer = nn.TransformerEncoderLayer(
        width, heads, feed_forward, 0.0, activation="gelu", batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
