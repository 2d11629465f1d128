"""Retrieval: sampled codes are pulled towards training codes that are near and fit the prompt.

A code describes a whole motion, and there are only as many as training sequences. Between them the
decoder has seen nothing, and feet slide. The optimal denoiser of a finite set of codes is known in
closed form, a softmax over their distances (Karras et al., NeurIPS 2022, appendix B.3), but it can
only repeat them. The prior mixes it with the network's prediction, more strongly the less noise is
left; the prompt's similarity to the training motions helps to choose among them, as in ReMoDiffuse
(Zhang et al., ICCV 2023). `originality` is the weight of the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .diffusion import Predictor

_KERNEL_WIDTH = 0.13
"""Width of the softmax relative to the median distance between neighbouring codes."""
_SIMILARITY_WEIGHT = 60.0
"""Nats that a similarity of 1 adds to a code's logit."""
_NOISE_WEIGHT = 4.0
"""Nats per unit of Gumbel noise: without noise all seeds of a prompt end at the same few codes."""
_DISTANCE_SAMPLES = 512
"""Codes from which the median distance between neighbours is estimated."""


@dataclass(frozen=True)
class RetrievalPrior:
    """The codes of all training sequences."""

    codes: Tensor
    """(N, latent)."""
    embeddings: Tensor
    """(N, D) unit vectors of the decoded motions in the embedder's space; D is 0 without one."""
    embedder_digest: str = ""
    """Digest of the embedder's weights."""
    labels: tuple[str, ...] = ()
    """(N) label of each code, "" for none; empty if labels are unknown."""

    def similarity(self, text_embeddings: Tensor | None, labels: Sequence[str | None]) -> Tensor:
        """Return the similarity (B, N) of requests to each training motion.

        It is the cosine to `text_embeddings` (B, D), unit vectors of prompts, zeros for no prompt,
        None without an embedder; a motion with the same of the `labels` (B) gets 1 more.
        """
        if text_embeddings is None:
            text_embeddings = torch.zeros(len(labels), self.embeddings.shape[1])
        similarity = text_embeddings @ self.embeddings.to(text_embeddings).T
        for n, label in enumerate(labels):
            if label and self.labels:
                has_label = torch.tensor([label == other for other in self.labels])
                similarity[n] += has_label.to(similarity)
        return similarity

    def gumbel_noise(self, generator: torch.Generator) -> Tensor:
        """Return Gumbel noise (N,), with which one seed favours some codes over others."""
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
        """Return a predictor of clean codes that is pulled towards the training codes.

        Args:
            predict: Predictor of clean codes, standardised by `mean` and `std`.
            mean: (latent,).
            std: (latent,).
            originality: 1 returns `predict` itself, 0 ends at training codes.
            similarity: (B, N) of `similarity`; None without prompts and labels.
            noise: (B, N) of `gumbel_noise`; None to prefer the nearest codes only.
        """
        if originality >= 1.0:
            return predict
        codes, scale = self.codes.to(mean), 2 * (_KERNEL_WIDTH * self._neighbour_distance) ** 2
        # Negative squared distances, without the square of the sample, which all codes share.
        bias = -codes.square().sum(1)[None] / scale
        if similarity is not None:
            bias = bias + _SIMILARITY_WEIGHT * similarity.to(codes)
        if noise is not None:
            bias = bias + _NOISE_WEIGHT * noise.to(codes)

        def pulled(noisy: Tensor, level: Tensor) -> Tensor:
            clean = predict(noisy, level)
            products = (clean * std + mean) @ codes.T
            weights = torch.softmax(bias + products * (2 / scale), dim=1)
            strength = (1.0 - originality) * (1.0 - level[:, None])
            return torch.lerp(clean, (weights @ codes - mean) / std, strength)

        return pulled

    @cached_property
    def _neighbour_distance(self) -> float:
        """Median distance of some codes to their nearest neighbours."""
        count = len(self.codes)
        if count < 2:
            return 1.0
        chosen = torch.linspace(0, count - 1, min(count, _DISTANCE_SAMPLES)).long()
        distances = torch.cdist(self.codes[chosen], self.codes)
        distances[torch.arange(len(chosen)), chosen] = torch.inf
        return max(float(distances.min(dim=1).values.median()), 1e-6)
