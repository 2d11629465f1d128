"""The child process: its handshake, its streams and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import httpx
import pytest

from backend.service.process.server_process import _listen

from .backend_child import (
    ROOT,
    Backend,
    command,
    connect,
    environment,
    is_gone,
    refused_start,
    sentence,
)

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
LAUNCHER = """
import subprocess, sys, threading, time

def launch():
    child = subprocess.Popen(sys.argv[1:], stdin=0, stdout=subprocess.PIPE)
    # The child watches its parent when it prints the handshake.
    print(child.stdout.readline().decode(), end="", flush=True)

thread = threading.Thread(target=launch)
thread.start()
thread.join()
print("the thread has ended", flush=True)
time.sleep(600)
"""


def test_stdout_has_handshake_alone(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        greeting = backend.greeting
        assert sorted(greeting) == ["pid", "port", "protocol", "version"]
        assert (greeting["protocol"], greeting["pid"]) == (1, backend.process.pid)
        assert backend.first_line.isascii()
        with (ROOT / "pyproject.toml").open("rb") as file:
            assert greeting["version"] == tomllib.load(file)["project"]["version"]
        assert backend.wait(backend.start({"do": "spam"}))["state"] == "done"
        backend.close_stdin()
        assert backend.process.wait(timeout=60) == 0
        assert backend.process.stdout is not None
        assert backend.process.stdout.read() == b""
        for line in ("spam 0 \u2603 \\ud800\n", "spam 1999 ", "raw spam\n", "unfinished"):
            assert line in backend.stderr


def test_keep_alive_backend_logs_warns_about_tls_and_outlives_stdin(
    tmp_path: Path,
) -> None:
    log = tmp_path / "new folder" / "backend.log"
    log.parent.mkdir()
    log.write_bytes(b"old" * 2_000_000)
    args = ["--keep-alive", "--host", "0.0.0.0", "--log", str(log)]
    with Backend(tmp_path, args=args) as backend:
        backend.close_stdin()
        backend.wait(backend.start({"do": "spam"}))
        job = backend.start({"do": "raise"})
        backend.wait(job)
        endless = backend.start({"do": "steps", "n": 1000, "pause": 0.05})
        backend.wait(endless, "running", step=1)
        backend.process.terminate()
        assert backend.process.wait(timeout=60) in (0, -signal.SIGTERM)
        text = log.read_text(encoding="utf-8")
        assert "TLS proxy" in backend.stderr
        assert backend.stderr.count("\n") == 1
    for words in ("raw spam", f"Job {job} failed", "ZeroDivisionError"):
        assert words in text
    assert environment()["ANYFRAME_TOKEN"] not in text
    assert log.with_name("backend.log.1").stat().st_size == 6_000_000


def test_serve_with_stdout_file_and_empty_stdin_runs(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    with out.open("wb") as stdout:
        done = subprocess.run(
            command(),
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text(encoding="ascii"))["protocol"] == 1


@pytest.mark.parametrize(
    ("args", "token", "words"),
    [
        ([], None, ["ANYFRAME_TOKEN", "at least 32"]),
        ([], "x" * 31, ["ANYFRAME_TOKEN", "at least 32"]),
        ([], "x" * 40 + "\u00e9", ["ANYFRAME_TOKEN", "ASCII"]),
        ([], "x" * 40 + " y", ["ANYFRAME_TOKEN", "ASCII"]),
        (["--host", "0.0.0.0"], None, ["ANYFRAME_TOKEN", "0.0.0.0", "TLS proxy"]),
        (["--host", "192.0.2.1"], "x" * 40, ["192.0.2.1", "TLS proxy", "cannot listen"]),
        (["--log", "/dev/null/log"], "x" * 40, ["/dev/null/log", "cannot be written"]),
    ],
    ids=str,
)
def test_serve_with_invalid_options_prints_reason(
    args: list[str], token: str | None, words: list[str]
) -> None:
    code, out, err = refused_start(*args, ANYFRAME_TOKEN=token)
    assert (code, out) == (2, "")
    assert [word for word in words if word not in err] == []
    assert "Traceback" not in err


def test_serve_on_port_in_use_prints_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = refused_start("--port", port)
    assert (code, out) == (2, "")
    assert port in err and "another port" in err and "Traceback" not in err


def test_hanging_step_blocks_neither_service_nor_exit(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        job = backend.start({"do": "hang"})
        backend.wait(job, "running", step=1)
        assert backend.cancel(job)["message"] == "Cancelling"
        assert backend.status(job)["state"] == "running"
        backend.close_stdin()
        assert backend.process.wait(timeout=60) == 0
        assert "did not end in time" in backend.stderr


def test_process_killed_in_job_ends_with_clean_error(tmp_path: Path) -> None:
    with Backend(tmp_path) as backend:
        job = backend.start({"do": "exit"})
        with pytest.raises(httpx.TransportError):
            backend.wait(job)
        assert backend.process.wait(timeout=60) == 7


def test_capabilities_while_loading_reply_at_once(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with Backend(tmp_path, "GatedEngine", env={"ANYFRAME_TEST_GATE": str(gate)}) as backend:
        reply = backend.client.get("/v1/capabilities").json()
        assert (reply["engine"], reply["models"]) == ("loading", [])
        assert reply["loading"] == "Loading the model"
        job = backend.start()
        assert backend.status(job)["message"] == "Loading the model"
        dropped = backend.start()
        assert backend.cancel(dropped)["state"] == "cancelled"
        gate.touch()
        assert backend.wait(job)["state"] == "done"
        assert len(backend.client.get("/v1/capabilities").json()["models"]) == 1


def test_engine_load_failure_is_retried_by_next_job(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    with Backend(tmp_path, "BrokenEngine", env={"ANYFRAME_TEST_GATE": str(gate)}) as backend:
        missing = "The weights are missing: set up the backend."
        status = backend.wait(backend.start())
        assert (status["state"], status["error"]) == ("failed", missing)
        reply = backend.client.get("/v1/capabilities").json()
        assert (reply["engine"], reply["error"], reply["models"]) == ("failed", missing, [])
        gate.touch()
        assert backend.wait(backend.start())["state"] == "done"
        reply = backend.client.get("/v1/capabilities").json()
        assert (reply["engine"], reply["error"]) == ("ready", None)


def test_engine_of_missing_module_fails_job(tmp_path: Path) -> None:
    with Backend(tmp_path, "NoSuchEngine") as backend:
        job = backend.start()
        error = backend.wait(job)["error"]
        assert "unexpected" in error and "NoSuchEngine" in error
        assert error in sentence(backend.take(job), 409)


@linux_only
def test_child_ends_with_parent_process_but_not_with_starting_thread() -> None:
    # The other end of stdin stays open here, so the child must watch the process.
    reading, writing = os.pipe()
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, *command()],
        cwd=ROOT,
        env=environment(),
        stdin=reading,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    os.close(reading)
    try:
        assert launcher.stdout is not None
        greeting = json.loads(launcher.stdout.readline())
        assert launcher.stdout.readline() == b"the thread has ended\n"
        time.sleep(0.5)
        with connect(greeting["port"]) as client:
            assert client.get("/v1/health").status_code == 200
        assert greeting["pid"] != launcher.pid
        launcher.kill()
        launcher.wait()
        assert is_gone(greeting["pid"], seconds=60)
    finally:
        os.close(writing)
        launcher.kill()
        launcher.communicate()


def test_listen_socket_names_tcp_to_disable_nagle() -> None:
    """asyncio sets TCP_NODELAY only on sockets whose protocol is named."""
    with _listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP
