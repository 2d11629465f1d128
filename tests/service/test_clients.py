"""Several clients of one backend: turns, limits, status, and inactive clients."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.kinematics.body.take import load_take

from .backend_child import GENERATE, Backend, sentence

CLIENTS = ("anna", "ben", "cleo", "dora")
LONG = {"do": "steps", "n": 2000, "pause": 0.02}


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """A separate child: earlier clients would change the order."""
    with Backend(tmp_path) as child:
        yield child


def test_submit_by_several_clients_alternates_and_reports_position(backend: Backend) -> None:
    first = backend.start(LONG, sender="anna")
    backend.wait(first, "running")
    annas = [backend.start(f"anna {n}", sender="anna") for n in range(3)]
    bens = [backend.start(f"ben {n}", sender="ben") for n in range(2)]
    nobodys = backend.start("nobody")
    order = [bens[0], nobodys, annas[0], bens[1], annas[1], annas[2]]
    assert [backend.status(job)["before"] for job in order] == [1, 2, 3, 4, 5, 6]
    assert backend.status(order[0])["message"] == "Waiting: 1 motion before yours"
    assert backend.status(order[2])["message"] == "Waiting: 3 motions before yours"
    assert backend.status(first)["before"] is None
    backend.cancel(first)
    for job in order:
        assert backend.wait(job)["state"] == "done"
    done = load_take(backend.take(order[-1]).content).metadata["before"]
    assert done[-5:] == ["ben 0", "nobody", "anna 0", "ben 1", "anna 1"]


def test_submit_beyond_limits_is_refused_by_client_and_in_total(backend: Backend) -> None:
    blocker = backend.start(LONG, sender="a")
    backend.wait(blocker, "running")
    jobs = [backend.start("x", sender=sender) for sender in "abcd" for _ in range(32)]
    own = sentence(backend.post(GENERATE, sender="a"), 429)
    assert "at most 32 jobs of one client" in own
    full = sentence(backend.post(GENERATE, sender="e"), 429)
    assert "128 jobs" in full and "several clients" in full
    backend.cancel(jobs[0])
    assert backend.post(GENERATE, sender="e").status_code == 202


def test_submit_hundred_jobs_runs_or_cancels_all_in_order(backend: Backend) -> None:
    blocker = backend.start(LONG)
    backend.wait(blocker, "running")
    jobs = [
        (n, backend.start(f"{sender} {n}", sender=sender)) for sender in CLIENTS for n in range(25)
    ]
    backend.start("newcomer", sender="eva")
    for n, job in jobs:
        if n % 5 == 3:
            assert backend.cancel(job)["state"] == "cancelled"
    backend.cancel(blocker)
    deadline = time.monotonic() + 60
    while backend.client.get("/v1/health").json()["queued"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    final = backend.start("final")
    backend.wait(final, seconds=30)
    done = load_take(backend.take(final).content).metadata["before"]
    for sender in CLIENTS:
        expected = [f"{sender} {n}" for n in range(25) if n % 5 != 3]
        assert [prompt for prompt in done if prompt.startswith(f"{sender} ")] == expected
    assert done.index("newcomer") == done.index("dora 0") + 1, "it waits for one round"


def test_finished_jobs_of_other_client_stay_stored(backend: Backend) -> None:
    stored = backend.start("anna's", sender="anna")
    backend.wait(stored)
    jobs = [backend.start("ben's", sender="ben") for _ in range(32)]
    backend.wait(jobs[-1])
    assert "There is no job" in sentence(backend.take(jobs[0]), 404)
    assert backend.take(jobs[1]).status_code == 200
    assert backend.take(stored).status_code == 200


@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "a;b", "\u00e9", "-/"])
def test_client_header_with_invalid_name_is_refused(backend: Backend, name: str) -> None:
    raw = {b"Anyframe-Client": name.encode("latin-1")}
    for path in ("/v1/health", "/v1/capabilities"):
        assert "Anyframe-Client" in sentence(backend.client.get(path, headers=raw), 422)
    fine = backend.client.get("/v1/health", headers={"Anyframe-Client": "x" * 64})
    assert fine.status_code == 200


def test_inactive_client_loses_its_jobs(tmp_path: Path) -> None:
    with Backend(tmp_path, args=["--client-seconds", "1.5"]) as backend:
        running = backend.start(LONG, sender="gone")
        backend.wait(running, "running")
        queued = backend.start("gone", sender="gone")
        nobodys = backend.start("nobody's")
        there = backend.start("there", sender="there")
        deadline = time.monotonic() + 60
        while backend.status(there, sender="there")["state"] != "done":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for job in (running, queued):
            status = backend.status(job)
            assert status["state"] == "failed"
            assert "sent no request for 1.5 seconds" in status["error"]
            assert "send it again" in sentence(backend.take(job), 409)
        assert backend.status(nobodys)["state"] == "done"
        assert load_take(backend.take(there).content).metadata["before"].count("gone") == 0


def test_any_request_keeps_client_active(tmp_path: Path) -> None:
    with Backend(tmp_path, args=["--client-seconds", "1"]) as backend:
        job = backend.start({"do": "steps", "n": 60, "pause": 0.05}, sender="anna")
        while backend.status(job)["state"] != "done":
            backend.client.get("/v1/health", headers={"Anyframe-Client": "anna"})
            time.sleep(0.1)
            assert backend.status(job)["state"] != "failed"
