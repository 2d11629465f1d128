"""Coverage and the two diversities, on motions whose costs are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.evaluation.metrics.few_takes import (
    coverage,
    frame_distances,
    global_diversity,
    local_diversity,
    window_distances,
)

CHANCE = np.random.default_rng(0)
TAKE = 10 * CHANCE.normal(size=(90, 4))
OTHER = 10 * CHANCE.normal(size=(70, 4)) + 200


def test_frame_distances_are_euclidean():
    costs = frame_distances(TAKE[:3], TAKE[:5])
    expected = [[np.linalg.norm(a - b) for b in TAKE[:5]] for a in TAKE[:3]]
    assert np.allclose(costs, expected, atol=1e-5)


@given(st.integers(1, 12), st.integers(12, 20), st.integers(12, 20), st.integers(0, 99))
def test_window_distances_are_means_along_diagonals(
    frames: int, rows: int, columns: int, seed: int
):
    costs = np.random.default_rng(seed).random((rows, columns))
    found = window_distances(costs, frames)
    assert found.shape == (rows - frames + 1, columns - frames + 1)
    i, j = rows - frames, columns // 2 - frames // 2 if columns > 2 * frames else 0
    assert found[i, j] == pytest.approx(np.mean([costs[i + n, j + n] for n in range(frames)]))


def test_window_distances_of_a_short_motion_raises():
    with pytest.raises(ValueError, match="30 frames or more"):
        window_distances(np.ones((29, 50)), 30)


def test_metrics_of_a_copy_are_full_coverage_and_no_diversity():
    assert coverage(TAKE, [TAKE]) == 1.0
    assert local_diversity(TAKE, [TAKE]) == pytest.approx(0, abs=1e-5)
    assert global_diversity(TAKE, [TAKE]) == pytest.approx(0, abs=1e-5)
    assert coverage(TAKE + 5, [TAKE]) == 0.0


def test_coverage_of_half_a_take_is_half():
    assert coverage(TAKE[:60], [TAKE]) == pytest.approx(31 / 61)
    assert coverage(TAKE, [TAKE, OTHER]) == pytest.approx(61 / (61 + 41))


def test_global_diversity_of_reordered_pieces_is_zero():
    made = np.concatenate([OTHER[20:60], TAKE[40:80], OTHER[:35]])
    assert global_diversity(made, [TAKE, OTHER]) == pytest.approx(0, abs=1e-5)
    assert local_diversity(made, [TAKE, OTHER]) > 1  # windows across the cuts


def test_global_diversity_of_short_pieces_is_positive():
    made = np.concatenate([TAKE[50:79], TAKE[:40]])
    assert global_diversity(made, [TAKE]) > 0.1
    made = np.concatenate([TAKE[50:80], TAKE[:40]])
    assert global_diversity(made, [TAKE]) == pytest.approx(0, abs=1e-5)


def test_diversity_grows_with_novelty():
    shaken = [TAKE + size * CHANCE.normal(size=TAKE.shape) for size in (0.1, 0.5, 2.0)]
    for measure in (local_diversity, global_diversity):
        values = [measure(made, [TAKE]) for made in shaken]
        assert values == sorted(values)
        assert values[0] > 0


def test_global_diversity_matches_exhaustive_search():
    made, take = 10 * CHANCE.normal(size=(66, 2)), 10 * CHANCE.normal(size=(40, 2))
    costs = frame_distances(made, take)

    def piece(start: int, end: int) -> float:
        last = len(take) - (end - start)
        if last < 0:
            return np.inf
        return min(
            sum(costs[start + n, at + n] for n in range(end - start)) for at in range(last + 1)
        )

    # 66 frames are two pieces of at least 30, or none.
    tried = [piece(0, cut) + piece(cut, 66) for cut in range(30, 37)]
    assert global_diversity(made, [take]) == pytest.approx(min(tried) / 66)
