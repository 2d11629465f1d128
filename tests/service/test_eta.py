"""Estimation of the remaining time."""

import pytest

from backend.service.queue.job import EtaEstimator


def test_eta_is_step_duration_times_remaining_steps() -> None:
    pace = EtaEstimator()
    assert pace.seconds_left(0.0) is None
    pace.record_step(0, 10, now=100.0)
    assert pace.seconds_left(101.0) is None
    pace.record_step(1, 10, now=102.0)
    pace.record_step(3, 10, now=106.0)
    assert pace.seconds_left(106.0) == pytest.approx(14.0)
    assert pace.seconds_left(107.5) == pytest.approx(12.5)
    assert pace.seconds_left(500.0) == 0.0


def test_eta_with_new_total_starts_again() -> None:
    pace = EtaEstimator()
    pace.record_step(0, 2, now=0.0)
    pace.record_step(1, 2, now=50.0)
    pace.record_step(1, 100, now=51.0)
    assert pace.seconds_left(51.0) is None
    pace.record_step(2, 100, now=52.0)
    assert pace.seconds_left(52.0) == pytest.approx(98.0)


def test_eta_follows_change_of_speed() -> None:
    pace = EtaEstimator()
    for step in range(50):
        pace.record_step(step, 1000, now=float(step))
    for step in range(50, 70):
        pace.record_step(step, 1000, now=50 + (step - 50) * 0.1)
    assert pace.seconds_left(51.9) == pytest.approx(93.1)


def test_eta_ignores_repeated_step() -> None:
    pace = EtaEstimator()
    pace.record_step(0, 4, now=0.0)
    pace.record_step(0, 4, now=5.0)
    assert pace.seconds_left(5.0) is None
    pace.record_step(1, 4, now=10.0)
    assert pace.seconds_left(10.0) == pytest.approx(30.0)
