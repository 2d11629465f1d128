import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.authored.body.timing import Key, follow, key_track, minimum_jerk, oscillation, pulse


def test_minimum_jerk_ends_rest_without_acceleration() -> None:
    u = np.linspace(0, 1, 2001)
    ramp = minimum_jerk(u)
    velocity = np.gradient(ramp, u)
    assert ramp[[0, 1000, -1]] == pytest.approx([0.0, 0.5, 1.0])
    assert velocity[[0, -1]] == pytest.approx([0.0, 0.0], abs=1e-5)
    # The peak speed of a reach is 1.875 times its mean speed.
    assert velocity.max() == pytest.approx(1.875, abs=1e-3)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=6), st.data())
def test_key_track_at_keys_returns_values_within_their_range(
    values: list[float], data: st.DataObject
) -> None:
    passing = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    keys = [Key(0.5 * n, v, p) for n, (v, p) in enumerate(zip(values, passing, strict=True))]
    times = np.linspace(-0.5, 0.5 * len(values), 400)
    track = key_track(times, keys)
    at_keys = key_track(np.array([key.time for key in keys]), keys)
    assert at_keys == pytest.approx(values, abs=1e-9)
    assert track.min() >= min(values) - 1e-6
    assert track.max() <= max(values) + 1e-6


def test_key_track_passing_key_keeps_moving() -> None:
    times = np.array([0.999, 1.001])
    stopping = key_track(times, [Key(0, 0.0), Key(1, 1.0), Key(2, 2.0)])
    passing = key_track(times, [Key(0, 0.0), Key(1, 1.0, passing=True), Key(2, 2.0)])
    assert np.diff(stopping)[0] < 1e-5
    assert np.diff(passing)[0] == pytest.approx(0.002, rel=0.01)


def test_key_track_vectors_keep_their_shape() -> None:
    track = key_track(np.linspace(0, 1, 5), [Key(0, (0.0, 1.0, 2.0)), Key(1, (1.0, 1.0, 0.0))])
    assert track.shape == (5, 3)
    assert track[2] == pytest.approx([0.5, 1.0, 1.0])


def test_key_track_unordered_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="increasing times"):
        key_track(np.zeros(1), [Key(1, 0.0), Key(1, 1.0)])


def test_pulse_rises_holds_and_falls() -> None:
    weights = pulse(np.array([0.0, 1.0, 1.5, 2.5, 3.0, 4.0]), 1.0, 3.0, 0.5, 0.5)
    assert weights == pytest.approx([0, 0, 1, 1, 0, 0])


def test_oscillation_counts_its_cycles() -> None:
    times = np.linspace(0, 5, 1000)
    wave = oscillation(times, 1.0, 4.0, 3, 0.05)
    crossings = np.flatnonzero((wave[:-1] < 0) & (wave[1:] >= 0))
    assert np.count_nonzero(wave > 0.5 * wave.max()) > 0
    assert len(crossings) in (2, 3)
    assert not wave[times < 1.0].any()


def test_follow_step_lags_overshoots_and_settles() -> None:
    step = np.concatenate([np.zeros(30), np.ones(170)])
    followed = follow(step, 60.0, 2.5)
    assert followed[33] < 0.5
    assert 1.01 < followed.max() < 1.15
    assert followed[-1] == pytest.approx(1.0, abs=1e-3)
