"""Heartbeats on stdout, and the end of a backend whose parent has ended."""

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.service.process.parent_watch import SHUTDOWN_GRACE_SECONDS

from .backend_child import ROOT, Backend, command, connect, environment, is_gone, sentence

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the guard is a forked process")
ENDLESS = {"do": "steps", "n": 100_000, "pause": 0.02}


def next_beat(backend: Backend) -> dict[str, Any]:
    assert backend.process.stdout is not None
    return json.loads(backend.process.stdout.readline())


def test_heartbeat_while_loading_names_what_is_loaded(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    variables = {"ANYFRAME_TEST_GATE": str(gate)}
    with Backend(tmp_path, "GatedEngine", ["--heartbeat", "0.1"], variables) as backend:
        phases = [next_beat(backend)["phase"]]
        while phases[-1] == "":
            phases.append(next_beat(backend)["phase"])
        assert phases[-1] == "Loading the model"
        gate.touch()
        while phases[-1] != "":
            phases.append(next_beat(backend)["phase"])
        assert next_beat(backend)["loop_idle"] < 60
        cpu = next_beat(backend)["cpu"]
        assert next_beat(backend)["cpu"] >= cpu > 0


def test_heartbeat_without_option_is_not_written(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        backend.wait(backend.start())
        backend.close_stdin()
        assert backend.process.wait(timeout=60) == 0
        assert backend.process.stdout is not None
        assert backend.process.stdout.read() == b""


@posix_only
@pytest.mark.parametrize("script", [None, ENDLESS, {"do": "hang"}])
def test_guard_parent_killed_backend_is_gone(script: dict[str, Any] | None) -> None:
    launcher = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=1)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", launcher, *command()],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        greeting = json.loads(parent.stdout.readline())
        pid = greeting["pid"]
        guard = psutil.Process(pid).children()
        assert len(guard) == 1
        if script is not None:
            request = {"kind": "generate", "prompt": json.dumps(script), "seconds": 1, "fps": 24}
            with connect(greeting["port"]) as client:
                files = {"request": (None, json.dumps(request))}
                job = client.post("/v1/jobs", files=files).json()["id"]
                while client.get(f"/v1/jobs/{job}").json()["step"] < 1:
                    pass
        parent.kill()
        assert is_gone(pid, seconds=60)
        assert psutil.wait_procs(guard, timeout=60)[1] == []


@posix_only
def test_guard_backend_that_holds_the_interpreter_is_killed(tmp_path: Path) -> None:
    variables = {"ANYFRAME_TEST_HOLD_SECONDS": "600"}
    with Backend(tmp_path, "HoldingEngine", ["--heartbeat", "0.1"], variables) as backend:
        while next_beat(backend)["phase"] != "Loading a large library":
            pass
        assert backend.process.stdout is not None
        beats = backend.process.stdout.fileno()
        while select.select([beats], [], [], 1.0)[0]:  # until it holds the interpreter
            os.read(beats, 4096)
        backend.close_stdin()
        # Without the guard it would end when the library has been loaded.
        assert backend.process.wait(timeout=300) != 0
    assert SHUTDOWN_GRACE_SECONDS < 2


@posix_only
def test_guard_ends_with_the_backend(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        guard = psutil.Process(backend.process.pid).children()
        assert len(guard) == 1
        backend.process.kill()
        assert psutil.wait_procs(guard, timeout=60)[1] == []


def test_submit_repeated_under_one_name_queues_one_job(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        request = {"kind": "generate", "prompt": "walk", "seconds": 1, "fps": 24}
        files = {"request": (None, json.dumps(request))}

        def post(client: str, name: str) -> Any:
            headers = {"Anyframe-Client": client, "Anyframe-Request": name}
            return backend.client.post("/v1/jobs", files=files, headers=headers)

        first = post("a", "one").json()["id"]
        assert post("a", "one").json()["id"] == first
        backend.wait(first)
        assert post("a", "one").json()["id"] == first
        assert post("a", "two").json()["id"] != first
        assert post("b", "one").json()["id"] != first
        refused = sentence(post("a", "not a name"), 422)
        assert refused.startswith('The header "Anyframe-Request" must be 1 to ')
