"""Fit the conditional GMM, by label and length bin, without components that copy a sequence.

Needs scikit-learn, which only training installs.
"""

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

MIN_CAPTURES = 8
"""Different captures in a length bin."""
SAME_LENGTH = 0.05
"""Largest difference in seconds between lengths that stay in one bin."""
_SAMPLES_PER_SEQUENCE = 50
"""Samples of the code of each sequence, as in the paper."""
_COPY_DISTANCE = 0.1
"""Distance below which a component's mean copies a sequence, relative to the mean norm of codes."""
_VARIANCE_FLOOR = 1e-4
"""Added to variances, so that the covariance of few samples is not singular."""
_FIT_DIMENSIONS = 24
"""Principal axes that codes are clustered in: full covariances of all dimensions are slow."""
_MAX_ITERATIONS = 25
"""Iterations of expectation maximization, at most."""
_MIN_RESPONSIBILITY = 1e-3
"""Responsibility below which a component ignores a sequence."""


@dataclass(frozen=True)
class FitSettings:
    """Settings of the fit."""

    components: int = 60
    """Components of a bin, at most; the paper's 15 are few for hundreds of sequences."""
    min_captures: int = MIN_CAPTURES
    """Different captures in a bin."""
    sequences_per_component: int = 2
    """Sequences for each component, at least."""
    avoid_copies: bool = True
    """Refit with another seed where a component copies a sequence, then merge the component."""
    seed: int = 0


@dataclass(frozen=True)
class CodeSet:
    """Codes to fit mixtures to."""

    means: Array
    """(N, D) log strides and code of each sequence."""
    variances: Array
    """(N, D) variances of the codes; 0 for strides."""
    seconds: Array
    """(N,) length of each sequence."""
    actions: Array
    """(N,) number of each label."""
    captures: Sequence[str]
    """Name of the capture of each sequence."""
    is_striding: NDArray[np.bool_]
    """(N,) True for sequences timed in strides."""


def learnt_codes(trained: TrainedRun, labels: Sequence[str] | None = None) -> CodeSet:
    """Return the codes of a run, of all labels or of some."""
    chosen = trained.action_sequences.labels if labels is None else labels
    numbers = torch.tensor([trained.config.actions.index(label) for label in chosen])
    chosen_rows = torch.isin(trained.action_sequences.actions, numbers)
    codes = strip_key_prefix(trained.codes, "sequence.")
    captures = trained.action_sequences.captures
    strides = trained.strides[chosen_rows].double()
    return CodeSet(
        torch.cat([strides, codes["mean"][chosen_rows].double()], dim=-1).numpy(),
        torch.cat([0 * strides, codes["log_variance"][chosen_rows].double().exp()], dim=-1).numpy(),
        trained.sequences.durations[trained.action_sequences.index[chosen_rows]].double().numpy(),
        trained.action_sequences.actions[chosen_rows].numpy(),
        [captures[n] for n in torch.nonzero(chosen_rows)[:, 0].tolist()],
        (strides != 0).any(-1).numpy(),
    )


_Component = tuple[float, Array, Array, Array]
"""Weight, mean, spread and directions, as in `MixtureSet`."""


def fit_mixtures(codes: CodeSet, settings: FitSettings) -> MixtureSet:
    """Fit a mixture to each length bin of each label."""
    copy_distance = _COPY_DISTANCE * float(np.linalg.norm(codes.means, axis=1).mean())
    bins: list[MixtureBin] = []
    components: list[_Component] = []
    for action in np.unique(codes.actions):
        members = np.flatnonzero(codes.actions == action)
        is_striding = codes.is_striding[members]
        if is_striding.mean() > 0.5:
            # Nobody walks halfway between a motion in strides and one without.
            members = members[is_striding]
        captures = [codes.captures[int(n)] for n in members]
        for rows in cut_length_bins(codes.seconds[members], captures, settings.min_captures):
            seconds = codes.seconds[members[rows]]
            count = len({captures[n] for n in rows})
            fitted = _fit_components(codes, members[rows], count == 1, settings, copy_distance)
            bins.append(
                MixtureBin(
                    action=int(action),
                    low=float(seconds.min()),
                    high=float(seconds.max()),
                    median=float(np.median(seconds)),
                    captures=count,
                    first=len(components),
                    count=len(fitted),
                )
            )
            components += fitted
    weights, means, spreads, directions = zip(*components, strict=True)
    return MixtureSet(
        tuple(bins),
        np.array(weights),
        np.stack(means),
        np.stack(spreads),
        np.concatenate(directions),
        np.repeat(np.arange(len(components)), [len(part) for part in directions]),
    )


def cut_length_bins(
    seconds: Array, captures: Sequence[str], min_captures: int = MIN_CAPTURES
) -> list[NDArray[np.intp]]:
    """Divide the sequences of one label by length, each bin growing until it has enough captures.

    Samples of codes are not counted, or a single sequence could be enough. A remainder at the end
    joins the bin before. `captures` has the capture of each sequence, the same for its mirror
    image. Returns the numbers of the sequences in each bin, from short to long.
    """
    order = np.argsort(seconds, kind="stable")
    bins: list[list[int]] = [[]]
    for position, number in enumerate(order):
        is_full = len({captures[n] for n in bins[-1]}) >= min_captures
        if is_full and seconds[number] - seconds[order[position - 1]] > SAME_LENGTH:
            bins.append([])
        bins[-1].append(int(number))
    if len(bins) > 1 and len({captures[n] for n in bins[-1]}) < min_captures:
        bins[-2:] = [bins[-2] + bins[-1]]
    return [np.array(members) for members in bins]


def _fit_components(
    codes: CodeSet,
    members: np.ndarray,
    is_single_capture: bool,
    settings: FitSettings,
    copy_distance: float,
) -> list[_Component]:
    means, variances = codes.means[members], codes.variances[members]
    if is_single_capture:
        # A mean of a motion and its mirror image is neither.
        return _components_from(means, variances, np.eye(len(members)))
    count = max(min(settings.components, len(members) // settings.sequences_per_component), 1)
    trials = (settings.seed, settings.seed + 1) if settings.avoid_copies else (settings.seed,)
    weights, copy = np.ones((len(members), 1)), None
    for seed in trials:
        weights = _responsibilities(means, variances, count, seed)
        copy = _find_copy(means, weights, copy_distance)
        if copy is None:
            break
    while settings.avoid_copies and copy is not None:
        weights = _merge_copy(means, weights, copy)
        copy = _find_copy(means, weights, copy_distance)
    return _components_from(means, variances, weights)


def _find_copy(means: Array, weights: Array, copy_distance: float) -> int | None:
    """Return the component whose mean is nearest to a sequence, if it is too near and not alone."""
    if weights.shape[1] == 1:
        return None
    offsets = _component_means(means, weights)[:, None] - means
    distances = np.linalg.norm(offsets, axis=-1).min(1)
    return int(distances.argmin()) if distances.min() < copy_distance else None


def _merge_copy(means: Array, weights: Array, copy: int) -> Array:
    """Return responsibilities (n, K - 1) with a component added to its nearest one."""
    centres = _component_means(means, weights)
    distances = np.linalg.norm(centres - centres[copy], axis=1)
    distances[copy] = np.inf
    weights = weights.copy()
    weights[:, distances.argmin()] += weights[:, copy]
    return np.delete(weights, copy, axis=1)


def _component_means(means: Array, weights: Array) -> Array:
    """Return means (K, D) of components with responsibilities (n, K) for codes (n, D)."""
    return weights.T @ means / weights.sum(0)[:, None]


def _responsibilities(means: Array, variances: Array, count: int, seed: int) -> Array:
    """Return the responsibility (n, count) of each component for each sequence."""
    if count == 1:
        return np.ones((len(means), 1))
    if count >= len(means):
        return np.eye(len(means))
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((_SAMPLES_PER_SEQUENCE, *means.shape))
    samples = (means + np.sqrt(variances) * noise).reshape(-1, means.shape[1])
    # The directions of largest variance.
    axes = np.linalg.svd(means - means.mean(0), full_matrices=False)[2][:_FIT_DIMENSIONS]
    samples = samples @ axes.T
    mixture = GaussianMixture(
        count,
        covariance_type="full",
        reg_covar=_VARIANCE_FLOOR,
        max_iter=_MAX_ITERATIONS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(samples)
    weights = mixture.predict_proba(samples).reshape(_SAMPLES_PER_SEQUENCE, len(means), count)
    weights = weights.mean(0)
    return weights[:, weights.max(0) > _MIN_RESPONSIBILITY]


def _components_from(means: Array, variances: Array, weights: Array) -> list[_Component]:
    """Return the components of responsibilities (n, K) for codes (n, D), in closed form."""
    components = []
    for column in weights.T:
        used = np.where(column < _MIN_RESPONSIBILITY, 0.0, column)
        part = used / used.sum()
        centre = part @ means
        nonzero = part > 0
        directions = np.sqrt(part[nonzero, None]) * (means[nonzero] - centre)
        spread = np.sqrt(part @ variances)
        components.append((float(used.sum() / len(means)), centre, spread, directions))
    return components
