"""The parts of the job runner that are plain functions of time."""

from __future__ import annotations

import pytest

from backend.service.queue.eta import Pace


def test_eta_is_the_measured_step_times_what_is_left() -> None:
    pace = Pace()
    assert pace.eta(0.0) is None
    pace.mark(0, 10, now=100.0)
    assert pace.eta(101.0) is None
    pace.mark(1, 10, now=102.0)
    pace.mark(3, 10, now=106.0)
    assert pace.eta(106.0) == pytest.approx(14.0)
    assert pace.eta(107.5) == pytest.approx(12.5)
    assert pace.eta(500.0) == 0.0


def test_eta_starts_again_with_a_new_phase() -> None:
    pace = Pace()
    pace.mark(0, 2, now=0.0)
    pace.mark(1, 2, now=50.0)
    pace.mark(1, 100, now=51.0)
    assert pace.eta(51.0) is None
    pace.mark(2, 100, now=52.0)
    assert pace.eta(52.0) == pytest.approx(98.0)


def test_eta_follows_a_change_of_speed() -> None:
    pace = Pace()
    for step in range(50):
        pace.mark(step, 1000, now=float(step))
    for step in range(50, 70):
        pace.mark(step, 1000, now=50 + (step - 50) * 0.1)
    assert pace.eta(51.9) == pytest.approx(93.1)


def test_the_same_step_again_does_not_count() -> None:
    pace = Pace()
    pace.mark(0, 4, now=0.0)
    pace.mark(0, 4, now=5.0)
    assert pace.eta(5.0) is None
    pace.mark(1, 4, now=10.0)
    assert pace.eta(10.0) == pytest.approx(30.0)
