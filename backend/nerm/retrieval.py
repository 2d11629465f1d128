"""What was learnt from, kept beside the denoiser: drawn codes are pulled towards the nearest of it.

A code describes a whole motion, and there are as few of them as there are sequences: between two
of them the decoder has seen nothing, and feet slide there. The best denoiser of a finite set of
codes is known in closed form, a softmax over their distances (Karras et al., NeurIPS 2022, app.
B.3), but it can only repeat them. So both are mixed: the network says where to go, and the set, the
less noise is left, where codes are that decode into real movement; retrieval of what fits the words
helps to choose there, as in ReMoDiffuse (Zhang et al., ICCV 2023). How much of each is
`originality`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .diffusion import Predictor

_KERNEL_WIDTH = 0.13
"""Width of the softmax, as a share of the usual distance between neighbouring codes."""
_SIMILARITY_WEIGHT = 60.0
"""How much a likeness of 1 counts there, in nats."""
_NOISE_WEIGHT = 4.0
"""How much chance counts there, in nats: without it all seeds of a prompt end at the same few."""
_DISTANCE_SAMPLES = 512
"""Codes whose neighbours tell the usual distance."""


@dataclass(frozen=True)
class RetrievalPrior:
    """The codes of all training sequences."""

    codes: Tensor
    """(N, latent)."""
    embeddings: Tensor
    """(N, D) unit vectors of what they decode to, in the embedder's space; D is 0 without one."""
    embedder_digest: str = ""
    """Digest of that embedder's weights."""
    labels: tuple[str, ...] = ()
    """(N) action label of each, "" for none; empty if they are not known."""

    def similarity(self, text_embeddings: Tensor | None, labels: Sequence[str | None]) -> Tensor:
        """(B, N) how like what is asked for is to each motion.

        Args:
            words: (B, D) their unit vectors, of which the cosine counts; None where they cannot be
                read, zeros where there are none.
            actions: (B) labels, each counting 1 where a motion has it.
        """
        if text_embeddings is None:
            text_embeddings = torch.zeros(len(labels), self.embeddings.shape[1])
        alike = text_embeddings @ self.embeddings.to(text_embeddings).T
        for n, action in enumerate(labels):
            if action and self.labels:
                alike[n] += torch.tensor([action == own for own in self.labels]).to(alike)
        return alike

    def gumbel_noise(self, generator: torch.Generator) -> Tensor:
        """(N,) how much one seed favours each motion: Gumbel noise, so that with neither words nor
        distances to go by all would be drawn equally often."""
        uniform = torch.rand(len(self.codes), generator=generator)
        return -torch.log(-torch.log(uniform.clamp(1e-9, 1 - 1e-7)))

    def retrieval_guided(
        self,
        predict: Predictor,
        mean: Tensor,
        std: Tensor,
        originality: float,
        similarity: Tensor | None = None,
        noise: Tensor | None = None,
    ) -> Predictor:
        """`predict`, which gives clean codes, pulled towards what was learnt.

        Args:
            predict: the network under its condition.
            mean: (latent,) and
            std: (latent,) of codes: what `predict` sees is standardised.
            originality: 1 leaves all to `predict`, 0 ends on what was learnt.
            likeness: (B, N) see `likeness`; None where there are no words.
            chance: (B, N) see `chance`; None for the nearest alone.
        """
        if originality >= 1.0:
            return predict
        codes, scale = self.codes.to(mean), 2 * (_KERNEL_WIDTH * self._neighbour_distance) ** 2
        # Square distances, less the square of what is drawn: that is the same to all codes.
        favour = -codes.square().sum(1)[None] / scale
        if similarity is not None:
            favour = favour + _SIMILARITY_WEIGHT * similarity.to(codes)
        if noise is not None:
            favour = favour + _NOISE_WEIGHT * noise.to(codes)

        def pulled(noisy: Tensor, level: Tensor) -> Tensor:
            clean = predict(noisy, level)
            alike = (clean * std + mean) @ codes.T
            weight = torch.softmax(favour + alike * (2 / scale), dim=1)
            share = (1.0 - originality) * (1.0 - level[:, None])
            return torch.lerp(clean, (weight @ codes - mean) / std, share)

        return pulled

    @cached_property
    def _neighbour_distance(self) -> float:
        """Median distance of some of the codes to their nearest others."""
        count = len(self.codes)
        if count < 2:
            return 1.0
        chosen = torch.linspace(0, count - 1, min(count, _DISTANCE_SAMPLES)).long()
        apart = torch.cdist(self.codes[chosen], self.codes)
        apart[torch.arange(len(chosen)), chosen] = torch.inf
        return max(float(apart.min(dim=1).values.median()), 1e-6)
