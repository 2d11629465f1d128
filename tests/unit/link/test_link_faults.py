"""The link and a backend that dies, hangs or babbles: a sentence, and the next job works."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from blender_addon.link.http import client
from blender_addon.link.http.client import RELEASE
from blender_addon.link.http.jobs import ClientJobQueue, Job, JobState
from blender_addon.link.process import heartbeats
from blender_addon.link.process.child import BackendCommand

ROOT = Path(__file__).parents[3]
FAULTY = ROOT / "tests" / "support" / "faulty_backend.py"
FULL = Path("/dev/full")
LONG = '{"do": "steps", "n": 2000, "pause": 0.02}'


@pytest.fixture
def queue() -> Iterator[ClientJobQueue]:
    jobs = ClientJobQueue()
    yield jobs
    jobs.stop()


@pytest.fixture
def other_queue() -> Iterator[ClientJobQueue]:
    jobs = ClientJobQueue()
    yield jobs
    jobs.stop()


def service(folder: Path, engine: str = "FakeEngine", log: Path | None = None) -> BackendCommand:
    """The real service, with an engine that plays the prompt as a script."""
    words = ("-m", "backend", "serve", "--engine", f"tests.service.fake_engine:{engine}")
    return BackendCommand((sys.executable, *words), ROOT, log or folder / "backend.log")


def faulty(folder: Path, fault: str) -> BackendCommand:
    return BackendCommand((sys.executable, str(FAULTY), fault), folder, folder / "backend.log")


def submit(queue: ClientJobQueue, command: BackendCommand, prompt: str = "walk") -> Job:
    request = {"kind": "generate", "prompt": prompt, "seconds": 1.0, "fps": 24.0, "seed": 7}
    return queue.submit(command, request, title=prompt, finish=lambda _job, take: str(len(take)))


def tick_until(queue: ClientJobQueue, condition: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        queue.tick()
        time.sleep(0.005)


def end(queue: ClientJobQueue, job: Job, seconds: float = 60.0) -> Job:
    tick_until(queue, lambda: job.ended, seconds)
    return job


@pytest.fixture(autouse=True)
def _others() -> Iterator[None]:
    """Leave out what ran before the test, such as helpers of multiprocessing."""
    _there.update(child.pid for child in psutil.Process().children())
    yield
    _there.clear()


_there: set[int] = set()


def children() -> list[psutil.Process]:
    """The processes that a test has started and that still run."""
    found = psutil.Process().children()
    return [child for child in found if child.pid not in _there and child.is_running()]


def pid_of(queue: ClientJobQueue) -> int:
    assert queue._worker is not None
    connection: Any = queue._worker._connection
    return connection.process._process.pid


def kill(queue: ClientJobQueue) -> None:
    os.kill(pid_of(queue), signal.SIGKILL)


def ended_well_after(queue: ClientJobQueue, command: BackendCommand) -> None:
    job = end(queue, submit(queue, command))
    assert (job.state, job.error) == (JobState.DONE, None)
    assert job.status.timings["start"] > 0, "a new child was started"


def test_backend_killed_while_starting_is_reported(queue: ClientJobQueue, tmp_path: Path) -> None:
    source = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"
    job = submit(queue, BackendCommand((sys.executable, "-c", source), tmp_path, tmp_path / "log"))
    file = tmp_path / "pid"
    tick_until(queue, lambda: file.exists() and file.read_text())
    os.kill(int(file.read_text()), signal.SIGKILL)
    assert "ended while starting (signal 9)" in end(queue, job).message
    ended_well_after(queue, service(tmp_path))


def test_backend_killed_while_loading_is_reported(
    queue: ClientJobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("ANYFRAME_TEST_GATE", str(gate))
    command = service(tmp_path, "GatedEngine")
    job = submit(queue, command)
    tick_until(queue, lambda: job.message == "Loading the model")
    kill(queue)
    assert "ended while it worked (signal 9" in end(queue, job).message
    gate.touch()
    ended_well_after(queue, command)


def test_backend_killed_during_a_job_restarts_for_the_next(
    queue: ClientJobQueue, tmp_path: Path
) -> None:
    command = service(tmp_path)
    first, second = submit(queue, command, LONG), submit(queue, command, "second")
    tick_until(queue, lambda: first.status.step >= 2)
    kill(queue)
    assert "Press Generate to start it again" in end(queue, first).message
    assert end(queue, second).state is JobState.DONE
    assert second.status.timings["start"] > 0


def test_backend_killed_between_jobs_restarts(queue: ClientJobQueue, tmp_path: Path) -> None:
    command = service(tmp_path)
    end(queue, submit(queue, command))
    kill(queue)
    psutil.wait_procs(children(), timeout=10)
    ended_well_after(queue, command)


def test_backend_killed_while_sending_is_reported(queue: ClientJobQueue, tmp_path: Path) -> None:
    job = end(queue, submit(queue, faulty(tmp_path, "half")))
    assert job.state is JobState.FAILED
    assert "ended while it worked (signal 9" in job.message
    ended_well_after(queue, service(tmp_path))


def test_backend_that_hangs_is_stopped(
    queue: ClientJobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_STATUS_SECONDS", 0.5)
    monkeypatch.setattr(client, "_WAIT_SECONDS", 0.5)
    monkeypatch.setattr(heartbeats, "SILENCE_TIMEOUT_SECONDS", 1.0)
    job = submit(queue, faulty(tmp_path, "hang"))
    tick_until(queue, lambda: job.ended or children())
    (hung,) = children()
    assert "gave no sign of life for" in end(queue, job).message
    assert "and was stopped; see " in job.message
    psutil.wait_procs([hung], timeout=10)
    assert not hung.is_running()
    monkeypatch.undo()
    ended_well_after(queue, service(tmp_path))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("garbage", "is not a handshake: 'Welcome to another program'"),
        ("endless", "is not a handshake: 'xxx"),
        ("token", "expects another token"),
        ("protocol", "speaks protocol 2 and this add-on 1"),
    ],
)
def test_backend_of_another_program_is_refused(
    queue: ClientJobQueue, tmp_path: Path, fault: str, words: str
) -> None:
    job = end(queue, submit(queue, faulty(tmp_path, fault)))
    assert job.state is JobState.FAILED
    assert words in job.message and len(job.message) < 300
    ended_well_after(queue, service(tmp_path))
    assert len(children()) == 1


def test_backend_flood_on_stdout_blocks_nothing(queue: ClientJobQueue, tmp_path: Path) -> None:
    command = faulty(tmp_path, "flood")
    before = psutil.Process().memory_info().rss
    for _ in range(5):
        assert end(queue, submit(queue, command)).state is JobState.DONE
    tick_until(queue, lambda: "all was written" in command.log_path.read_text())
    assert psutil.Process().memory_info().rss - before < 50 * 2**20


@pytest.mark.skipif(not FULL.exists(), reason="Only Linux has a device that is always full")
def test_backend_log_on_full_disk_costs_no_motion(queue: ClientJobQueue, tmp_path: Path) -> None:
    job = end(queue, submit(queue, service(tmp_path, log=FULL), '{"do": "raise"}'))
    assert "ZeroDivisionError" in job.message
    assert end(queue, submit(queue, service(tmp_path, log=FULL))).state is JobState.DONE


def test_backend_log_in_missing_folder_costs_no_motion(
    queue: ClientJobQueue, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    command = service(tmp_path, log=tmp_path / "file" / "backend.log")
    assert end(queue, submit(queue, command)).state is JobState.DONE


def test_backend_is_separate_for_each_blender(
    queue: ClientJobQueue, other_queue: ClientJobQueue, tmp_path: Path
) -> None:
    command = service(tmp_path)
    first, second = submit(queue, command, LONG), submit(other_queue, command, LONG)
    tick_until(queue, lambda: first.status.step >= 1)
    tick_until(other_queue, lambda: second.status.step >= 1)
    assert pid_of(queue) != pid_of(other_queue)
    kill(queue)
    end(queue, first)
    step = second.status.step
    tick_until(other_queue, lambda: second.status.step > step + 3)
    ended_well_after(queue, command)
    other_queue.cancel(second)
    assert end(other_queue, submit(other_queue, command)).state is JobState.DONE


def test_queue_hundred_jobs_end_in_order_or_cancelled(
    queue: ClientJobQueue, tmp_path: Path
) -> None:
    command = service(tmp_path)
    order: list[str] = []

    def finish(job: Job, _take: bytes) -> str:
        order.append(job.title)
        return ""

    jobs = [
        queue.submit(
            command,
            {"kind": "generate", "prompt": f"walk {n}", "seconds": 1.0, "fps": 24.0},
            title=str(n),
            finish=finish,
        )
        for n in range(100)
    ]
    for job in jobs[::7]:
        queue.cancel(job)
    end(queue, jobs[-1])
    assert order == [str(n) for n in range(100) if n % 7]
    assert {job.state for job in jobs} == {JobState.DONE, JobState.CANCELLED}
    assert queue.jobs == ()


def test_release_frees_memory_of_a_running_backend_only(
    queue: ClientJobQueue, tmp_path: Path
) -> None:
    command = service(tmp_path)

    def release() -> Job:
        job = queue.submit(
            command, {"kind": RELEASE}, title="", finish=lambda _job, text: text.decode()
        )
        return end(queue, job)

    assert "not running" in release().message
    assert children() == [], "and none was started for that"
    end(queue, submit(queue, command))
    assert "memory is free again" in release().message
    assert end(queue, submit(queue, command)).state is JobState.DONE
    kill(queue)
    psutil.wait_procs(children(), timeout=10)
    assert "not running" in release().message
