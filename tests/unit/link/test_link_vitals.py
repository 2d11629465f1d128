"""When a child that does not answer counts as stuck."""

from __future__ import annotations

import json

import pytest

from blender_addon.link.process.vitals import (
    IDLE_CPU_SECONDS,
    IDLE_SECONDS,
    SILENCE_SECONDS,
    Vitals,
)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def beat(phase: str = "", loop_idle: float = 0.0, cpu: float = 0.0) -> str:
    return json.dumps({"phase": phase, "loop_idle": loop_idle, "cpu": cpu})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vitals(clock: Clock) -> Vitals:
    return Vitals(clock)


def test_vitals_silent_child_is_stuck(vitals: Vitals, clock: Clock) -> None:
    clock.now += SILENCE_SECONDS - 1
    assert vitals.stuck() == ""
    clock.now += 1
    assert vitals.stuck() == f"gave no sign of life for {SILENCE_SECONDS:.0f} seconds"


def test_vitals_answer_counts_as_sign_of_life(vitals: Vitals, clock: Clock) -> None:
    clock.now += SILENCE_SECONDS - 1
    vitals.note_answer()
    clock.now += SILENCE_SECONDS - 1
    assert vitals.stuck() == ""


def test_vitals_child_that_computes_while_loading_is_not_stuck(
    vitals: Vitals, clock: Clock
) -> None:
    for second in range(0, 4 * round(IDLE_SECONDS), 10):
        clock.now += 10
        vitals.note_beat(beat("Loading PyTorch", loop_idle=second, cpu=second / 50))
        assert vitals.stuck() == ""
    assert vitals.phase == "Loading PyTorch"


def test_vitals_child_that_loads_without_computing_is_stuck(vitals: Vitals, clock: Clock) -> None:
    vitals.note_beat(beat("Loading PyTorch", cpu=2.0))
    for _ in range(round(IDLE_SECONDS)):
        clock.now += 1
        vitals.note_beat(beat("Loading PyTorch", cpu=2.0 + IDLE_CPU_SECONDS / 2))
    assert vitals.stuck() == f"made no progress for {IDLE_SECONDS:.0f} seconds (Loading PyTorch)"


def test_vitals_next_phase_starts_the_wait_anew(vitals: Vitals, clock: Clock) -> None:
    vitals.note_beat(beat("Loading PyTorch", cpu=2.0))
    clock.now += IDLE_SECONDS - 1
    vitals.note_beat(beat("Loading the models", cpu=2.0))
    clock.now += 2
    vitals.note_beat(beat("Loading the models", cpu=2.0))
    assert vitals.stuck() == ""


def test_vitals_server_loop_that_does_not_run_is_stuck(vitals: Vitals, clock: Clock) -> None:
    clock.now += SILENCE_SECONDS
    vitals.note_beat(beat(loop_idle=SILENCE_SECONDS))
    assert vitals.stuck() == f"answered nothing for {SILENCE_SECONDS:.0f} seconds"
    vitals.note_answer()
    assert vitals.stuck() == ""


@pytest.mark.parametrize("line", ["noise\n", "[]", "{}", '{"phase": 1}', '{"phase": ""}', "null"])
def test_vitals_other_output_is_ignored(vitals: Vitals, clock: Clock, line: str) -> None:
    clock.now += SILENCE_SECONDS
    vitals.note_beat(line)
    assert vitals.stuck() != ""
