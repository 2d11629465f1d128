"""Release of the model's memory: on request and when idle, never during a job."""

import time
from pathlib import Path

import psutil
import pytest

from .backend_child import Backend
from .fault_engines import HELD_BYTES

ENGINES = "tests.service.fault_engines"
LARGE = f"{ENGINES}:LargeEngine"


def memory(backend: Backend) -> int:
    """Return the resident memory of the child in bytes."""
    return psutil.Process(backend.process.pid).memory_info().rss


def engine_state(backend: Backend) -> str:
    return backend.client.get("/v1/health").json()["engine"]


def wait_for_state(backend: Backend, state: str) -> None:
    deadline = time.monotonic() + 60
    while engine_state(backend) != state:
        assert time.monotonic() < deadline, engine_state(backend)
        time.sleep(0.02)


def test_release_frees_memory_and_next_job_works(tmp_path: Path) -> None:
    with Backend(tmp_path, LARGE) as backend:
        backend.wait(backend.start())
        before = memory(backend)
        reply = backend.client.post("/v1/release")
        assert reply.status_code == 200
        assert reply.json()["engine"] == "released"
        assert "free again" in reply.json()["message"]
        assert before - memory(backend) > 0.9 * HELD_BYTES
        reply = backend.client.get("/v1/capabilities").json()
        assert (reply["engine"], len(reply["models"])) == ("released", 1)
        assert backend.wait(backend.start())["state"] == "done"
        assert engine_state(backend) == "ready"
        assert memory(backend) - before > -0.1 * HELD_BYTES
        assert backend.client.post("/v1/release").json()["engine"] == "released"
        assert backend.client.post("/v1/release").json()["engine"] == "released"


def test_release_waits_for_all_jobs(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        running = backend.start({"do": "steps", "n": 40, "pause": 0.05})
        backend.wait(running, "running")
        queued = backend.start()
        reply = backend.client.post("/v1/release").json()
        assert reply["engine"] == "ready"
        assert "after the current motions" in reply["message"]
        assert backend.wait(running)["state"] == "done"
        assert backend.wait(queued)["state"] == "done"
        wait_for_state(backend, "released")
        assert backend.stderr.count("closed") == 1


def test_idle_backend_releases_memory(tmp_path: Path) -> None:
    with Backend(tmp_path, args=["--release-after", "0.01"]) as backend:
        wait_for_state(backend, "released")
        assert backend.wait(backend.start())["state"] == "done"
        wait_for_state(backend, "released")
        time.sleep(1.0)  # it has nothing to release twice
        assert backend.stderr.count("closed") == 2


def test_idle_backend_without_option_stays_loaded(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        backend.wait(backend.start())
        time.sleep(1.0)
        assert engine_state(backend) == "ready"


def test_release_while_loading_follows_it(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with Backend(tmp_path, "GatedEngine", env={"ANYFRAME_TEST_GATE": str(gate)}) as backend:
        job = backend.start()
        assert backend.client.post("/v1/release").json()["engine"] == "loading"
        gate.touch()
        assert backend.wait(job)["state"] == "done"
        wait_for_state(backend, "released")


@pytest.mark.parametrize("engine", ["BrokenEngine", f"{ENGINES}:BadlyClosingEngine"])
def test_release_of_faulty_engine_replies(tmp_path: Path, engine: str) -> None:
    gate = tmp_path / "gate"
    with Backend(tmp_path, engine, env={"ANYFRAME_TEST_GATE": str(gate)}) as backend:
        backend.wait(backend.start())
        state = backend.client.post("/v1/release").json()["engine"]
        assert state == ("failed" if engine == "BrokenEngine" else "released")
        gate.touch()
        assert backend.wait(backend.start())["state"] == "done"
