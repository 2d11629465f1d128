"""When a child that does not answer counts as stuck."""

import json

import pytest

from blender_addon.link.process.heartbeats import (
    IDLE_CPU_SECONDS,
    IDLE_TIMEOUT_SECONDS,
    SILENCE_TIMEOUT_SECONDS,
    HeartbeatMonitor,
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
def monitor(clock: Clock) -> HeartbeatMonitor:
    return HeartbeatMonitor(clock)


def test_heartbeats_silent_child_is_stuck(monitor: HeartbeatMonitor, clock: Clock) -> None:
    clock.now += SILENCE_TIMEOUT_SECONDS - 1
    assert monitor.stuck_reason() == ""
    clock.now += 1
    assert (
        monitor.stuck_reason() == f"gave no sign of life for {SILENCE_TIMEOUT_SECONDS:.0f} seconds"
    )


def test_heartbeats_reply_counts_as_sign_of_life(monitor: HeartbeatMonitor, clock: Clock) -> None:
    clock.now += SILENCE_TIMEOUT_SECONDS - 1
    monitor.record_reply()
    clock.now += SILENCE_TIMEOUT_SECONDS - 1
    assert monitor.stuck_reason() == ""


def test_heartbeats_child_that_computes_while_loading_is_not_stuck(
    monitor: HeartbeatMonitor, clock: Clock
) -> None:
    for second in range(0, 4 * round(IDLE_TIMEOUT_SECONDS), 10):
        clock.now += 10
        monitor.record_heartbeat(beat("Loading PyTorch", loop_idle=second, cpu=second / 50))
        assert monitor.stuck_reason() == ""
    assert monitor.phase == "Loading PyTorch"


def test_heartbeats_child_that_loads_without_computing_is_stuck(
    monitor: HeartbeatMonitor, clock: Clock
) -> None:
    monitor.record_heartbeat(beat("Loading PyTorch", cpu=2.0))
    for _ in range(round(IDLE_TIMEOUT_SECONDS)):
        clock.now += 1
        monitor.record_heartbeat(beat("Loading PyTorch", cpu=2.0 + IDLE_CPU_SECONDS / 2))
    assert (
        monitor.stuck_reason()
        == f"made no progress for {IDLE_TIMEOUT_SECONDS:.0f} seconds (Loading PyTorch)"
    )


def test_heartbeats_next_phase_restarts_the_idle_timeout(
    monitor: HeartbeatMonitor, clock: Clock
) -> None:
    monitor.record_heartbeat(beat("Loading PyTorch", cpu=2.0))
    clock.now += IDLE_TIMEOUT_SECONDS - 1
    monitor.record_heartbeat(beat("Loading the models", cpu=2.0))
    clock.now += 2
    monitor.record_heartbeat(beat("Loading the models", cpu=2.0))
    assert monitor.stuck_reason() == ""


def test_heartbeats_idle_server_loop_is_stuck(monitor: HeartbeatMonitor, clock: Clock) -> None:
    clock.now += SILENCE_TIMEOUT_SECONDS
    monitor.record_heartbeat(beat(loop_idle=SILENCE_TIMEOUT_SECONDS))
    assert monitor.stuck_reason() == f"answered nothing for {SILENCE_TIMEOUT_SECONDS:.0f} seconds"
    monitor.record_reply()
    assert monitor.stuck_reason() == ""


@pytest.mark.parametrize("line", ["noise\n", "[]", "{}", '{"phase": 1}', '{"phase": ""}', "null"])
def test_heartbeats_other_output_is_ignored(
    monitor: HeartbeatMonitor, clock: Clock, line: str
) -> None:
    clock.now += SILENCE_TIMEOUT_SECONDS
    monitor.record_heartbeat(line)
    assert monitor.stuck_reason() != ""
