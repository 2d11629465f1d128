"""Faults around the service: clock, disk and weight files."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from backend.kinematics.body.take import Take, take_to_bytes
from backend.training.weight_files import ASSETS

from .backend_child import ROOT, Backend, command, connect, environment

ENGINES = "tests.service.fault_engines"
FAULTS = f"{ENGINES}:FaultEngine"
FULL = Path("/dev/full")
"""Device to which every write fails, as on a full disk."""


def test_job_with_wall_clock_set_back_is_unaffected(tmp_path: Path) -> None:
    with Backend(tmp_path, FAULTS) as backend:
        job = backend.start({"do": "clock", "n": 20, "pause": 0.05}, sender="anna")
        queued = backend.start(sender="anna")
        early = backend.wait(job, "running", step=4)
        assert 0.3 < early["eta"] < 20
        assert backend.wait(job)["state"] == "done"
        assert backend.wait(queued)["state"] == "done"


@pytest.mark.skipif(not FULL.exists(), reason="Only Linux has a device that is always full")
def test_job_on_full_disk_succeeds_without_log() -> None:
    with FULL.open("wb") as log:
        process = subprocess.Popen(
            command(FAULTS), cwd=ROOT, env=environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        with connect(port) as client:
            for deed in ("chatter", "raise", "steps"):
                request = {"kind": "generate", "prompt": json.dumps({"do": deed}), "seconds": 1}
                parts = {"request": (None, json.dumps({**request, "fps": 24}))}
                job = client.post("/v1/jobs", files=parts).json()["id"]
                deadline = time.monotonic() + 60
                while (status := client.get(f"/v1/jobs/{job}").json())["state"] in {
                    "queued",
                    "running",
                }:
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
                assert status["state"] == ("failed" if deed == "raise" else "done"), status
                assert deed != "raise" or "ZeroDivisionError" in status["error"]
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    finally:
        with process:  # closes the pipes and waits
            process.kill()


@pytest.mark.parametrize("fault", ["changed", "cut short", "empty", "missing", "no list"])
def test_job_with_damaged_weights_fails_until_they_are_replaced(tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "assets"
    folder.mkdir()
    for path in [*ASSETS.glob("*.safetensors"), ASSETS / "weights.json"]:
        (folder / path.name).symlink_to(path)
    name = "weights.json" if fault == "no list" else "nerm_denoiser.safetensors"
    target = folder / name
    whole = bytearray((ASSETS / name).read_bytes())
    target.unlink()
    if fault == "changed":
        whole[len(whole) // 2] ^= 1
        target.write_bytes(whole)
    elif fault == "cut short":
        target.write_bytes(whole[: len(whole) // 2])
    elif fault == "empty":
        target.touch()
    env = {"ANYFRAME_TEST_WEIGHTS": str(folder)}
    with Backend(tmp_path, f"{ENGINES}:damaged_weights", env=env) as backend:
        status = backend.wait(backend.start(), seconds=60)
        assert status["state"] == "failed"
        assert name in status["error"] and "install Anyframe again" in status["error"]
        reply = backend.client.get("/v1/capabilities").json()
        assert (reply["engine"], reply["error"]) == ("failed", status["error"])
        if fault == "changed":
            shutil.copy(ASSETS / name, target)
            assert backend.wait(backend.start(seconds=1.0), seconds=60)["state"] == "done"


def test_job_printing_hundred_megabytes_blocks_no_pipe(tmp_path: Path) -> None:
    with Backend(tmp_path, FAULTS) as backend:
        job = backend.start({"do": "flood", "megabytes": 100})
        assert backend.wait(job, seconds=60)["state"] == "done"
        backend.close_stdin()
        assert backend.process.wait(timeout=10) == 0
        assert backend.process.stdout is not None
        assert backend.process.stdout.read() == b""
        assert backend.stderr_file.stat().st_size > 100 * 2**20
    backend.stderr_file.unlink()


def test_learn_after_process_restart_resumes(tmp_path: Path) -> None:
    turn = np.sin(np.arange(90)[:, None] / 5 + np.arange(72))
    take = take_to_bytes(Take(turn, np.zeros((90, 3)), 30.0))
    request = {
        "kind": "learn", "name": "mine", "takes": [{"name": "a", "label": "walk"}], "steps": 20_000,
    }  # fmt: skip
    env = {"ANYFRAME_WORK": str(tmp_path / "work")}
    steps, ends = [], []
    for _ in range(2):
        with Backend(tmp_path, f"{ENGINES}:LearningEngine", env=env) as backend:
            job = backend.post(request, takes=[take]).json()["id"]
            steps.append(backend.wait(job, "running", step=1, seconds=60)["step"])
            steps.append(backend.wait(job, "running", step=steps[-1] + 5, seconds=60)["step"])
            backend.close_stdin()
            ends.append(backend.process.wait(timeout=60))
    assert steps[0] < steps[1] and steps[2] < steps[3], steps
    # On a busy machine the guard comes before the last checkpoint.
    assert ends[0] == -signal.SIGKILL or (ends[0] == 0 and steps[1] <= steps[2]), (ends, steps)
