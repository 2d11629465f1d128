"""A backend that is healthy but slow to start is waited for, however slow it is."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from blender_addon.link.http import client
from blender_addon.link.http.jobs import ClientJobQueue, Job, JobState
from blender_addon.link.process.child import BackendCommand

ROOT = Path(__file__).parents[3]
ENOUGH = 300.0
"""Seconds that only a hang takes."""


@pytest.fixture
def queue() -> Iterator[ClientJobQueue]:
    jobs = ClientJobQueue()
    yield jobs
    jobs.stop()


def command(folder: Path, *engine: str) -> BackendCommand:
    """The service as the add-on starts it."""
    words = ("-m", "backend", "serve", "--heartbeat", "0.2", *engine)
    return BackendCommand((sys.executable, *words), ROOT, folder / "backend.log")


def messages_until_end(queue: ClientJobQueue, command: BackendCommand) -> tuple[Job, list[str]]:
    """A job that has ended, and what it showed until then."""
    request = {"kind": "generate", "prompt": "walk", "seconds": 1.0, "fps": 24.0, "seed": 7}
    job = queue.submit(command, request, title="walk", finish=lambda _job, take: str(len(take)))
    shown: list[str] = []
    deadline = time.monotonic() + ENOUGH
    while not job.ended:
        assert time.monotonic() < deadline, "it hangs"
        queue.tick()
        if job.message not in shown:
            shown.append(job.message)
        time.sleep(0.005)
    return job, shown


@contextmanager
def every_core_busy(each: int = 1) -> Iterator[None]:
    """Processes that compute without end, so many on each core."""
    spin = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(spin) for _ in range(each * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


@pytest.mark.parametrize("hold", [3.0, pytest.param(20.0, marks=pytest.mark.slow)])
def test_start_loader_that_holds_the_interpreter_is_waited_for(
    queue: ClientJobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hold: float
) -> None:
    monkeypatch.setenv("ANYFRAME_TEST_HOLD_SECONDS", str(hold))
    monkeypatch.setattr(client, "_STATUS_SECONDS", hold / 4)
    engine = command(tmp_path, "--engine", "tests.service.fake_engine:HoldingEngine")
    job, shown = messages_until_end(queue, engine)
    assert (job.state, job.error) == (JobState.DONE, None)
    assert "Loading a large library" in shown
    again, _ = messages_until_end(queue, engine)
    assert (again.state, again.status.timings["start"]) == (JobState.DONE, 0.0), (
        "the backend stays warm"
    )


@pytest.mark.slow
def test_start_with_every_core_busy_is_waited_for(queue: ClientJobQueue, tmp_path: Path) -> None:
    with every_core_busy(each=2):
        job, shown = messages_until_end(queue, command(tmp_path))
    assert (job.state, job.error) == (JobState.DONE, None)
    assert "Loading PyTorch" in shown


def test_start_child_that_loads_can_be_cancelled(
    queue: ClientJobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYFRAME_TEST_GATE", str(tmp_path / "gate"))
    engine = command(tmp_path, "--engine", "tests.service.fake_engine:GatedEngine")
    request = {"kind": "generate", "prompt": "walk", "seconds": 1.0, "fps": 24.0, "seed": 7}
    job = queue.submit(engine, request, title="walk", finish=lambda _job, take: str(len(take)))
    deadline = time.monotonic() + ENOUGH
    while job.message != "Loading the model":
        assert time.monotonic() < deadline, job.message
        queue.tick()
        time.sleep(0.005)
    queue.cancel(job)
    assert job.state is JobState.CANCELLED
    (tmp_path / "gate").touch()
    later, _ = messages_until_end(queue, engine)
    assert later.state is JobState.DONE
    assert later.status.timings["start"] == 0.0, "the child that loaded stays warm"


def test_stop_child_that_holds_the_interpreter_leaves_no_process(
    queue: ClientJobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANYFRAME_TEST_HOLD_SECONDS", str(ENOUGH))
    engine = command(tmp_path, "--engine", "tests.service.fake_engine:HoldingEngine")
    request = {"kind": "generate", "prompt": "walk", "seconds": 1.0, "fps": 24.0, "seed": 7}
    job = queue.submit(engine, request, title="walk", finish=lambda _job, take: str(len(take)))
    while "large library" not in job.message:
        queue.tick()
        time.sleep(0.005)
    started = [
        process
        for process in psutil.Process().children(recursive=True)
        if "HoldingEngine" in " ".join(process.cmdline())
    ]
    assert len(started) == 2, "the backend and its guard"
    queue.stop()
    assert psutil.wait_procs(started, timeout=ENOUGH)[1] == []
