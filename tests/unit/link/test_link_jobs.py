"""The queue of jobs against a backend that is a real process: progress, cancel, crash, restart."""

import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.kinematics.body.take import load_take
from blender_addon.link.errors import JobError
from blender_addon.link.http.jobs import ClientJobQueue, Job, JobState
from blender_addon.link.process.child import BackendCommand

FAKE_BACKEND = Path(__file__).parents[2] / "support" / "fake_backend.py"


@pytest.fixture
def queue() -> Iterator[ClientJobQueue]:
    jobs = ClientJobQueue()
    yield jobs
    jobs.stop()


@pytest.fixture
def command(tmp_path: Path) -> BackendCommand:
    return BackendCommand((sys.executable, str(FAKE_BACKEND)), tmp_path, tmp_path / "backend.log")


def submit(queue: ClientJobQueue, command: BackendCommand, prompt: str, finish: Any = None) -> Job:
    request = {"kind": "generate", "prompt": prompt, "seconds": 1.0, "fps": 24.0, "seed": 7}
    default = lambda job, take: f"{len(take)} bytes"  # noqa: E731
    return queue.submit(command, request, title=prompt, finish=finish or default)


def tick_until(queue: ClientJobQueue, condition: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        queue.tick()
        time.sleep(0.005)


def test_queue_job_returns_a_take(queue: ClientJobQueue, command: BackendCommand) -> None:
    threads: list[threading.Thread] = []

    def finish(job: Job, take: bytes) -> str:
        threads.append(threading.current_thread())
        assert take[:2] == b"PK"
        return "done well"

    job = submit(queue, command, "walk", finish)
    assert queue.current is job
    queue.wait(job)
    assert job.state is JobState.DONE
    assert job.message == "done well"
    assert threads == [threading.main_thread()]
    assert queue.jobs == ()
    assert queue.last is job
    assert job.status.timings["start"] > 0
    assert queue.capabilities["models"][0]["actions"] == ["walk", "wave"]


def test_queue_job_downloads_all_variations(queue: ClientJobQueue, command: BackendCommand) -> None:
    request = {"kind": "generate", "prompt": "walk", "seconds": 1.0, "fps": 24.0, "seed": 7}
    seeds: list[int] = []

    def finish(job: Job, take: bytes) -> str:
        assert take == job.takes[0]
        seeds.extend(load_take(data).metadata["seed"] for data in job.takes)
        return ""

    several = {**request, "variations": 3}
    job = queue.submit(command, several, title="walk", finish=finish)
    queue.wait(job)
    assert job.state is JobState.DONE, job.error
    assert seeds == [7, 8, 9]
    assert job.takes == (), "takes are released after finish"


def test_queue_body_request_returns_a_body(queue: ClientJobQueue, command: BackendCommand) -> None:
    """A folder may hold any character that a file system takes."""
    body_request = {"folder": "/a b&c=ü/?#", "gender": "female", "correctives": False}
    got: list[bytes] = []

    def finish(_job: Job, data: bytes) -> str:
        got.append(data)
        return "It is there."

    job = queue.submit(command, {"kind": "body", **body_request}, title="body", finish=finish)
    queue.wait(job)
    assert (job.state, job.message) == (JobState.DONE, "It is there.")
    assert json.loads(got[0]) == {**body_request, "correctives": "false"}

    body_request["folder"] = "nowhere"
    job = queue.submit(command, {"kind": "body", **body_request}, title="body", finish=finish)
    queue.wait(job)
    assert (job.state, job.message) == (JobState.FAILED, "There is no folder “nowhere”.")
    assert len(got) == 1


def test_queue_job_reports_progress(queue: ClientJobQueue, command: BackendCommand) -> None:
    job = submit(queue, command, "slow walk")
    tick_until(queue, lambda: job.status.step >= 2)
    assert job.state is JobState.RUNNING
    assert 0 < job.completed_fraction < 1
    assert job.message == "Denoising"
    assert job.status.eta is not None


def test_queue_backend_stays_warm_between_jobs(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    queue.wait(submit(queue, command, "one"))
    second = submit(queue, command, "two")
    queue.wait(second)
    assert second.status.timings["start"] == 0.0


def test_queue_jobs_end_in_order(queue: ClientJobQueue, command: BackendCommand) -> None:
    order: list[str] = []

    def finish(job: Job, _take: bytes) -> str:
        order.append(job.title)
        return ""

    jobs = [submit(queue, command, name, finish) for name in ("a", "b", "c")]
    assert queue.jobs == tuple(jobs)
    queue.wait(jobs[-1])
    assert order == ["a", "b", "c"]


def test_queue_cancel_lets_the_next_job_run(queue: ClientJobQueue, command: BackendCommand) -> None:
    job = submit(queue, command, "slow")
    tick_until(queue, lambda: job.status.step >= 1)
    queue.cancel(job)
    assert job.state is JobState.CANCELLED
    assert queue.current is None
    later = submit(queue, command, "walk")
    queue.wait(later)
    assert later.state is JobState.DONE
    assert job.state is JobState.CANCELLED


def test_queue_cancel_all_includes_waiting_jobs(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    jobs = [submit(queue, command, "slow") for _ in range(3)]
    assert queue.cancel_all("Gone") == 3
    assert {job.state for job in jobs} == {JobState.CANCELLED}
    assert {job.message for job in jobs} == {"Gone"}
    last = submit(queue, command, "walk")
    queue.wait(last)
    assert last.state is JobState.DONE


def test_queue_failure_shows_the_backends_sentence(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    job = submit(queue, command, "fail")
    queue.wait(job)
    assert job.state is JobState.FAILED
    assert job.error == "The weights are missing: install them again."


def test_queue_refusal_shows_the_backends_sentence(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    job = submit(queue, command, "refuse")
    queue.wait(job)
    assert job.error == "The prompt is not to the backend's liking."


def test_queue_crash_is_reported_and_the_next_job_restarts(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    job = submit(queue, command, "crash")
    queue.wait(job)
    assert job.state is JobState.FAILED
    assert "exit status 7: ran out of imaginary memory" in job.message
    assert "Press Generate to start it again" in job.message
    again = submit(queue, command, "walk")
    queue.wait(again)
    assert again.state is JobState.DONE
    assert again.status.timings["start"] > 0


def test_queue_other_command_restarts_the_backend(
    queue: ClientJobQueue, command: BackendCommand, tmp_path: Path
) -> None:
    queue.wait(submit(queue, command, "walk"))
    other = BackendCommand(
        (sys.executable, "-X", "utf8", str(FAKE_BACKEND)), tmp_path, command.log_path
    )
    job = submit(queue, other, "walk")
    queue.wait(job)
    assert job.status.timings["start"] > 0


def test_queue_backend_that_cannot_start_fails_the_job(
    queue: ClientJobQueue, tmp_path: Path
) -> None:
    job = submit(
        queue, BackendCommand((str(tmp_path / "none"),), tmp_path, tmp_path / "log"), "walk"
    )
    queue.wait(job)
    assert job.state is JobState.FAILED
    assert "Press Set up" in job.message


def test_queue_error_while_applying_fails_the_job(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    def finish(_job: Job, _take: bytes) -> str:
        raise JobError("The armature is gone.")

    job = submit(queue, command, "walk", finish)
    queue.wait(job)
    assert job.state is JobState.FAILED
    assert job.error == job.message == "The armature is gone."


def test_queue_exception_while_applying_fails_the_job(
    queue: ClientJobQueue, command: BackendCommand, capsys: pytest.CaptureFixture[str]
) -> None:
    def finish(_job: Job, _take: bytes) -> str:
        raise ZeroDivisionError

    job = submit(queue, command, "walk", finish)
    queue.wait(job)
    assert job.state is JobState.FAILED
    assert "fault of its own (ZeroDivisionError())" in job.message
    assert "Traceback" in capsys.readouterr().err


def test_queue_take_waits_until_it_may_be_applied(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    job = submit(queue, command, "walk")
    deadline = time.monotonic() + 60
    while job.state is not JobState.READY and time.monotonic() < deadline:
        queue.tick(may_finish=False)
        time.sleep(0.005)
    assert job.state is JobState.READY
    assert queue.current is job
    queue.tick()
    assert job.state is JobState.DONE


def test_queue_warm_up_starts_the_backend(queue: ClientJobQueue, command: BackendCommand) -> None:
    queue.warm_up(command)
    assert queue.busy
    tick_until(queue, lambda: not queue.busy)
    assert queue.capabilities
    job = submit(queue, command, "walk")
    queue.wait(job)
    assert job.status.timings["start"] == 0.0


def test_queue_stop_during_a_job_allows_a_restart(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    job = submit(queue, command, "slow")
    tick_until(queue, lambda: job.status.step >= 1)
    queue.stop()
    assert job.state is JobState.CANCELLED
    assert job.status.step < job.status.total
    later = submit(queue, command, "walk")
    queue.wait(later)
    assert later.state is JobState.DONE


def test_queue_tick_without_jobs_changes_nothing(queue: ClientJobQueue) -> None:
    assert queue.tick() is False
    assert not queue.busy


def test_queue_report_refusal_becomes_the_last_job(queue: ClientJobQueue) -> None:
    queue.report_refusal("x", "The prompt is empty.")
    assert queue.last is not None
    assert queue.last.state is JobState.FAILED
    assert queue.last.message == "The prompt is empty."
