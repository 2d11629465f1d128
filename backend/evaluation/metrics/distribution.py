"""Metrics of generated motion as functions of embeddings (N, D) of any embedder."""

from collections.abc import Iterable

import numpy as np

from ...kinematics.math.rotations import Array

R_PRECISION_BATCH = 32
"""Pairs in one batch of R-precision."""


def frechet_distance(real: Array, generated: Array) -> float:
    """Fréchet distance of two normal distributions fitted to (N, D) and (M, D) embeddings.

    ‖m₁ − m₂‖² + Tr(S₁ + S₂ − 2 (S₁ S₂)^½), Heusel et al., 2017. The trace of the root is the
    sum of the singular values of S₁^½ S₂^½, which are never complex.

    Raises:
        ValueError: A set has fewer than two embeddings.
    """
    if min(len(real), len(generated)) < 2:
        raise ValueError("A Fréchet distance needs two motions or more on both sides.")
    real, generated = np.asarray(real, dtype=float), np.asarray(generated, dtype=float)
    shift = real.mean(axis=0) - generated.mean(axis=0)
    first, second = _covariance(real), _covariance(generated)
    shared = np.linalg.svd(_root(first) @ _root(second), compute_uv=False).sum()
    return float(shift @ shift + np.trace(first) + np.trace(second) - 2 * shared)


def kernel_distance(
    real: Array,
    generated: Array,
    generator: np.random.Generator,
    subsets: int = 100,
    size: int = 500,
) -> float:
    """Kernel distance (KID): unbiased MMD² with the kernel (x·y / D + 1)³, Bińkowski et al., 2018.

    Mean over random subsets of at most `size` embeddings of each set. Unlike the Fréchet distance
    it is not larger for small sets, and it can be slightly negative.
    """
    real, generated = np.asarray(real, dtype=float), np.asarray(generated, dtype=float)
    size = min(size, len(real), len(generated))
    estimates = []
    for _ in range(subsets):
        x = real[generator.choice(len(real), size, replace=False)]
        y = generated[generator.choice(len(generated), size, replace=False)]
        within = sum(k.sum() - np.trace(k) for k in (_kernel(x, x), _kernel(y, y)))
        estimates.append(within / (size * (size - 1)) - 2 * _kernel(x, y).mean())
    return float(np.mean(estimates))


def density_coverage(real: Array, generated: Array, k: int = 5) -> tuple[float, float]:
    """Density and coverage, Naeem et al., 2020, with balls around the real (N, D) embeddings.

    A ball reaches to its centre's k-th nearest real neighbour. Density: number of balls around a
    generated embedding, over k (can exceed 1). Coverage: fraction of balls that contain one.
    """
    to_real = _distances(real, real)
    radius = np.sort(to_real, axis=1)[:, k]
    inside = _distances(real, generated) < radius[:, None]
    return float(inside.sum(axis=0).mean() / k), float(inside.any(axis=1).mean())


def r_precision(
    text: Array, motion: Array, batch: int = R_PRECISION_BATCH
) -> tuple[float, float, float]:
    """Top-1, top-2 and top-3 frequency of a text ranking its matching motion nearest; pairs (N, D).

    Batches of 32 pairs in the given order; a last, partial batch is dropped.

    Raises:
        ValueError: There are fewer pairs than a batch.
    """
    if len(text) < batch:
        raise ValueError(f"R-precision needs {batch} pairs or more (got {len(text)}).")
    hits = []
    for start in range(0, len(text) - batch + 1, batch):
        part = slice(start, start + batch)
        distances = _distances(text[part], motion[part])
        matching = np.diagonal(distances)[:, None]
        # Half of all ties count as nearer, so that a constant embedder gains nothing.
        tied = (distances == matching).sum(axis=1) - 1
        hits.append((distances < matching).sum(axis=1) + 0.5 * tied)
    rank = np.concatenate(hits)
    first, second, third = (float((rank < top).mean()) for top in (1, 2, 3))
    return first, second, third


def matching_distance(text: Array, motion: Array) -> float:
    """MM-Dist: mean Euclidean distance of pairs (N, D)."""
    return float(np.linalg.norm(text - motion, axis=1).mean())


def diversity(embeddings: Array, generator: np.random.Generator, pairs: int = 300) -> float:
    """Mean distance of at most `pairs` random disjoint pairs of embeddings (N, D).

    Raises:
        ValueError: There are fewer than two embeddings.
    """
    if len(embeddings) < 2:
        raise ValueError(f"Diversity needs two motions or more (got {len(embeddings)}).")
    pairs = min(pairs, len(embeddings) // 2)
    first, second = generator.choice(len(embeddings), (2, pairs), replace=False)
    return float(np.linalg.norm(embeddings[first] - embeddings[second], axis=1).mean())


def multimodality(
    embeddings: Iterable[Array], generator: np.random.Generator, pairs: int = 10
) -> float:
    """Mean distance of random pairs of motions of the same text; one (N, D) for each text."""
    return float(np.mean([diversity(motions, generator, pairs) for motions in embeddings]))


def _covariance(x: Array) -> Array:
    return np.atleast_2d(np.cov(x, rowvar=False))


def _root(covariance: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(values.clip(min=0))) @ vectors.T, dtype=np.float64)


def _kernel(x: Array, y: Array) -> Array:
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def _distances(x: Array, y: Array) -> Array:
    """(N, M) Euclidean distances."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    square = (x * x).sum(1)[:, None] + (y * y).sum(1) - 2 * x @ y.T
    return np.sqrt(square.clip(min=0))
