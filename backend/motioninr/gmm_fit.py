"""Fitting the conditional mixtures: by action and interval of length, so that none is a copy.

Needs scikit-learn, which only training has.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from ..kinematics.math.rotations import Array
from ..training.weight_files import strip_key_prefix
from .export import TrainedRun
from .gmm import MixtureBin, MixtureSet
from .length_bins import MIN_CAPTURES, LengthBin, cut_length_bins

_SAMPLES_PER_SEQUENCE = 50
"""Of each sequence's code, as in the paper."""
_COPY_DISTANCE = 0.1
"""Share of the mean norm of codes within which a component's mean is a copy of a sequence."""
_VARIANCE_FLOOR = 1e-4
"""Added to variances, so that few draws have a covariance."""
_FIT_DIMENSIONS = 24
"""Directions that codes are told apart in."""
_MAX_ITERATIONS = 25
"""Of expectation and maximisation at most."""
_MIN_RESPONSIBILITY = 1e-3
"""Share of a sequence below which a component does not stand for it."""


@dataclass(frozen=True)
class FitSettings:
    """How mixtures are fitted."""

    components: int = 60
    """At most, in one interval; the paper's 15 are few where hundreds have one length."""
    min_captures: int = MIN_CAPTURES
    """Different captures in an interval."""
    sequences_per_component: int = 2
    """Sequences for each component at least."""
    avoid_copies: bool = True
    """Where a component is one of the sequences, take another seed, then join it to the nearest."""
    seed: int = 0


@dataclass(frozen=True)
class CodeSet:
    """What is fitted to."""

    means: Array
    """(N, D) of each sequence's strides and code."""
    variances: Array
    """(N, D)."""
    seconds: Array
    """(N,) of each sequence."""
    actions: Array
    """(N,) number of each one's action."""
    captures: Sequence[str]
    """(N) name of the capture that each is of."""
    is_striding: NDArray[np.bool_]
    """(N,) whether it is counted in strides."""


def learnt_codes(trained: TrainedRun, labels: Sequence[str] | None = None) -> CodeSet:
    """The codes that a run has learnt, of all actions or of some."""
    chosen = trained.action_sequences.labels if labels is None else labels
    numbers = torch.tensor([trained.config.actions.index(label) for label in chosen])
    kept = torch.isin(trained.action_sequences.actions, numbers)
    own = strip_key_prefix(trained.codes, "sequence.")
    captures = trained.action_sequences.captures
    strides = trained.strides[kept].double()
    return CodeSet(
        torch.cat([strides, own["mean"][kept].double()], dim=-1).numpy(),
        torch.cat([0 * strides, own["log_variance"][kept].double().exp()], dim=-1).numpy(),
        trained.sequences.durations[trained.action_sequences.index[kept]].double().numpy(),
        trained.action_sequences.actions[kept].numpy(),
        [captures[n] for n in torch.nonzero(kept)[:, 0].tolist()],
        (strides != 0).any(-1).numpy(),
    )


@dataclass(frozen=True)
class _Component:
    weight: float
    mean: Array
    spread: Array
    directions: Array


def fit_mixtures(codes: CodeSet, settings: FitSettings) -> MixtureSet:
    """Mixtures of every action and interval."""
    norm = float(np.linalg.norm(codes.means, axis=1).mean())
    spans: list[MixtureBin] = []
    components: list[_Component] = []
    for action in np.unique(codes.actions):
        own = _striding_members(codes, np.flatnonzero(codes.actions == action))
        captures = [codes.captures[int(n)] for n in own]
        for interval in cut_length_bins(codes.seconds[own], captures, settings.min_captures):
            found = _fit_components(
                codes, own[interval.members], interval, settings, _COPY_DISTANCE * norm
            )
            spans.append(
                MixtureBin(
                    int(action),
                    interval.low,
                    interval.high,
                    interval.median,
                    interval.captures,
                    len(components),
                    len(found),
                )
            )
            components += found
    return MixtureSet(
        tuple(spans),
        np.array([c.weight for c in components]),
        np.stack([c.mean for c in components]),
        np.stack([c.spread for c in components]),
        np.concatenate([c.directions for c in components]),
        np.repeat(np.arange(len(components)), [len(c.directions) for c in components]),
    )


def _striding_members(codes: CodeSet, own: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of an action most of whose sequences stride, those that do: between them and one that does
    not, nobody walks."""
    strides = codes.is_striding[own]
    return own[strides] if strides.mean() > 0.5 else own


def _fit_components(
    codes: CodeSet,
    members: np.ndarray,
    interval: LengthBin,
    settings: FitSettings,
    too_near: float,
) -> list[_Component]:
    means, variances = codes.means[members], codes.variances[members]
    if interval.captures == 1:
        # Halfway from a motion to its mirror image is neither.
        return _components_from(means, variances, np.eye(len(members)))
    count = max(min(settings.components, len(members) // settings.sequences_per_component), 1)
    trials = (settings.seed, settings.seed + 1) if settings.avoid_copies else (settings.seed,)
    share = np.ones((len(members), 1))
    for seed in trials:
        share = _responsibilities(means, variances, count, seed)
        copy = _find_copy(means, share, too_near)
        if copy is None:
            break
    while settings.avoid_copies and (copy := _find_copy(means, share, too_near)) is not None:
        share = _merge_copy(means, share, copy)
    return _components_from(means, variances, share)


def _find_copy(means: Array, share: Array, too_near: float) -> int | None:
    """The component whose mean is nearest to a sequence, if it is too near; a lone one never is."""
    if share.shape[1] == 1:
        return None
    away = np.linalg.norm(_component_means(means, share)[:, None] - means, axis=-1).min(1)
    return int(away.argmin()) if away.min() < too_near else None


def _merge_copy(means: Array, share: Array, copy: int) -> Array:
    """(n, K - 1) shares of which a component is joined to the one nearest to it."""
    centres = _component_means(means, share)
    away = np.linalg.norm(centres - centres[copy], axis=1)
    away[copy] = np.inf
    share = share.copy()
    share[:, away.argmin()] += share[:, copy]
    return np.delete(share, copy, axis=1)


def _component_means(means: Array, share: Array) -> Array:
    """(K, D) means of the components that stand for shares (n, K) of codes (n, D)."""
    return share.T @ means / share.sum(0)[:, None]


def _responsibilities(means: Array, variances: Array, count: int, seed: int) -> Array:
    """(n, count) how much of each sequence each component stands for."""
    if count == 1:
        return np.ones((len(means), 1))
    if count >= len(means):
        return np.eye(len(means))
    chance = np.random.default_rng(seed)
    noise = chance.standard_normal((_SAMPLES_PER_SEQUENCE, *means.shape))
    draws = (means + np.sqrt(variances) * noise).reshape(-1, means.shape[1]) @ _principal_axes(
        means
    )
    mixture = GaussianMixture(
        count,
        covariance_type="full",
        reg_covar=_VARIANCE_FLOOR,
        max_iter=_MAX_ITERATIONS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(draws)
    share = mixture.predict_proba(draws).reshape(_SAMPLES_PER_SEQUENCE, len(means), count).mean(0)
    return share[:, share.max(0) > _MIN_RESPONSIBILITY]


def _principal_axes(means: Array) -> Array:
    """(D, A) directions in which codes (n, D) differ most; full covariances of all are slow."""
    return np.linalg.svd(means - means.mean(0), full_matrices=False)[2][:_FIT_DIMENSIONS].T


def _components_from(means: Array, variances: Array, share: Array) -> list[_Component]:
    """Components that stand for shares (n, K) of codes (n, D), as if from endless draws of them."""
    made = []
    for column in share.T:
        column = np.where(column < _MIN_RESPONSIBILITY, 0.0, column)  # noqa: PLW2901
        part = column / column.sum()
        centre = part @ means
        there = part > 0
        made.append(
            _Component(
                float(column.sum() / len(means)),
                centre,
                np.sqrt(part @ variances),
                np.sqrt(part[there, None]) * (means[there] - centre),
            )
        )
    return made
