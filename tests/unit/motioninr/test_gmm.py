"""MotionINR's conditional GMM and its length bins."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from backend.motioninr import gmm_fit
from backend.motioninr.gmm import MixtureBin, MixtureSet
from backend.motioninr.gmm_fit import CodeSet, FitSettings, cut_length_bins, fit_mixtures


def test_cut_length_bins_counts_captures() -> None:
    seconds = np.arange(12) * 0.5 + 1
    every = [f"clip_{n}" for n in range(12)]
    assert [len(members) for members in cut_length_bins(seconds, every, 4)] == [4, 4, 4]
    # A capture and its mirror image, or one that is there many times, are one.
    twice = [f"clip_{n // 2}" for n in range(12)]
    assert [len(members) for members in cut_length_bins(seconds, twice, 4)] == [12]
    assert [len(members) for members in cut_length_bins(seconds, twice, 3)] == [5, 7]


def test_cut_length_bins_partitions_sequences() -> None:
    chance = np.random.default_rng(0)
    seconds = chance.uniform(1, 9, 50)
    bins = cut_length_bins(seconds, [str(n) for n in range(50)], 8)
    assert sorted(np.concatenate(bins)) == list(range(50))
    for before, after in pairwise(bins):
        assert seconds[before].max() < seconds[after].min()
    # The remainder joins the bin before.
    assert [len(members) for members in bins] == [8, 8, 8, 8, 8, 10]


def test_cut_length_bins_does_not_divide_one_length() -> None:
    seconds = np.array([2.0] * 20 + [4.0] * 20)
    bins = cut_length_bins(seconds, [str(n) for n in range(40)], 8)
    assert [set(seconds[members]) for members in bins] == [{2.0}, {4.0}]


def codes(count: int = 24, captures: int | None = None, size: int = 6) -> CodeSet:
    chance = np.random.default_rng(1)
    return CodeSet(
        chance.standard_normal((count, size)),
        np.full((count, size), 0.01),
        np.linspace(2, 2.04, count),
        np.zeros(count, dtype=int),
        [f"clip_{n % (captures or count)}" for n in range(count)],
        np.zeros(count, dtype=bool),
    )


def nearest(mixtures: MixtureSet, to: CodeSet) -> float:
    """Return the smallest distance of component means to sequences."""
    return float(np.linalg.norm(mixtures.means[:, None] - to.means, axis=-1).min())


def test_fit_mixtures_avoids_copies_of_sequences() -> None:
    known = codes()
    limit = 0.1 * np.linalg.norm(known.means, axis=1).mean()
    free = FitSettings(components=24, sequences_per_component=1, avoid_copies=False)
    copies = fit_mixtures(known, replace(free, components=20))
    assert nearest(copies, known) < limit
    made = fit_mixtures(known, replace(free, components=20, avoid_copies=True))
    assert nearest(made, known) >= limit
    assert 1 < len(made.weights) < 20


def test_fit_mixtures_tries_another_seed_before_merging(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, tried = codes(count=4), []

    def responsibilities(
        means: np.ndarray, variances: np.ndarray, count: int, seed: int
    ) -> np.ndarray:
        tried.append(seed)
        pairs = np.repeat(np.eye(2), 2, axis=0)
        return pairs if seed else np.array([[1.0, 0], [0, 1], [0, 1], [0, 1]])

    monkeypatch.setattr(gmm_fit, "_responsibilities", responsibilities)
    made = fit_mixtures(known, FitSettings())
    assert tried == [0, 1]
    np.testing.assert_allclose(made.weights, [0.5, 0.5])


def test_fit_mixtures_with_one_component_per_sequence_equals_sequences() -> None:
    known = codes()
    made = fit_mixtures(
        known, FitSettings(components=99, sequences_per_component=1, avoid_copies=False)
    )
    assert len(made.means) == len(known.means)
    assert nearest(made, known) < 1e-9
    drawn = made.sample_code(made.bins[0], np.random.default_rng(0))
    # Nothing but the spread of the sequence's own code is left.
    away = np.linalg.norm(known.means - drawn, axis=1).min()
    assert away < 5 * 0.1 * np.sqrt(known.means.shape[1])


def test_sample_code_has_moments_of_fitted_codes() -> None:
    known = codes()
    made = fit_mixtures(known, FitSettings(components=1))
    chance = np.random.default_rng(0)
    drawn = np.stack([made.sample_code(made.bins[0], chance) for _ in range(20_000)])
    expected = np.cov(known.means.T, bias=True) + 0.01 * np.eye(known.means.shape[1])
    np.testing.assert_allclose(drawn.mean(0), known.means.mean(0), atol=0.04)
    np.testing.assert_allclose(np.cov(drawn.T), expected, atol=0.06)


def test_sample_code_with_less_spread_is_nearer_to_mean() -> None:
    made = fit_mixtures(codes(), FitSettings(components=1))
    full = made.sample_code(made.bins[0], np.random.default_rng(0))
    half = made.sample_code(made.bins[0], np.random.default_rng(0), spread=0.5)
    np.testing.assert_allclose(half - made.means[0], 0.5 * (full - made.means[0]))


def test_sample_code_chooses_components_by_weight() -> None:
    span = MixtureBin(0, 1.0, 2.0, 1.5, 9, first=1, count=2)
    mixtures = MixtureSet(
        (span,),
        np.array([1.0, 0.25, 0.75]),
        np.array([[99.0], [0.0], [1.0]]),
        np.zeros((3, 1)),
        np.zeros((0, 1)),
        np.zeros(0, dtype=np.int64),
    )
    chance = np.random.default_rng(0)
    drawn = np.array([mixtures.sample_code(span, chance)[0] for _ in range(4000)])
    assert set(drawn) == {0.0, 1.0}
    assert drawn.mean() == pytest.approx(0.75, abs=0.03)


def test_fit_mixtures_does_not_mix_capture_with_mirror_image() -> None:
    known = codes(count=2, captures=1)
    made = fit_mixtures(known, FitSettings())
    np.testing.assert_allclose(np.sort(made.means, axis=0), np.sort(known.means, axis=0))
    np.testing.assert_allclose(made.weights, [0.5, 0.5])


def test_fit_mixtures_separates_labels() -> None:
    known = codes()
    actions = np.arange(24) // 12
    apart = known.means + 100.0 * actions[:, None]
    made = fit_mixtures(replace(known, means=apart, actions=actions), FitSettings())
    chance = np.random.default_rng(0)
    for action in (0, 1):
        (span,) = made.action_bins(action)
        assert abs(made.sample_code(span, chance).mean() - 100 * action) < 10
        own = slice(span.first, span.first + span.count)
        assert made.weights[own].sum() == pytest.approx(1.0)


def test_fit_mixtures_drops_minority_without_strides() -> None:
    known = codes()
    for count, used in ((18, 18), (6, 24)):
        strides = np.arange(24) < count
        made = fit_mixtures(replace(known, is_striding=strides), FitSettings(components=1))
        np.testing.assert_allclose(made.means[0], known.means[:used].mean(0), atol=1e-9)


def test_fit_mixtures_clusters_along_principal_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    known = codes()
    groups = np.arange(24) % 2
    apart = known.means + 20.0 * groups[:, None] * np.eye(6)[4]
    monkeypatch.setattr(gmm_fit, "_FIT_DIMENSIONS", 1)
    made = fit_mixtures(replace(known, means=apart), FitSettings(components=2, avoid_copies=False))
    assert sorted(made.means[:, 4].round(-1)) == [0, 20]


def test_bin_for_length_is_long_enough() -> None:
    def span(low: float, high: float) -> MixtureBin:
        return MixtureBin(0, low, high, (low + high) / 2, 8, 0, 1)

    short, middle, long = span(1, 2), span(2.1, 4), span(5, 6)
    empty = np.zeros((0, 1))
    none = np.zeros(0, dtype=np.int64)
    mixtures = MixtureSet((long, short, middle), np.ones(1), empty, empty, empty, none)
    assert mixtures.action_bins(0) == (short, middle, long)
    assert mixtures.bin_for_length(0, 0.5) is short
    assert mixtures.bin_for_length(0, 1.5) is short
    # The median of the shortest is nearer, but most of its codes end before.
    assert mixtures.bin_for_length(0, 1.6) is middle
    assert mixtures.bin_for_length(0, 3.0) is middle
    assert mixtures.bin_for_length(0, 3.5) is long
    assert mixtures.bin_for_length(0, 60.0) is long
    assert mixtures.longest_seconds(0) == 5.5
