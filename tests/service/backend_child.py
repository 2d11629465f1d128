"""Starts the service as Blender does, and sends it requests."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx
import psutil

ROOT = Path(__file__).parents[2]
TOKEN = "t0ken-" * 8
FINISHED = ("done", "failed", "cancelled")
GENERATE = {"kind": "generate", "prompt": "a person waves", "seconds": 2.0, "fps": 24, "seed": 7}


def command(engine: str | None = "FakeEngine", *args: str) -> list[str]:
    """Return the command line of a backend.

    Args:
        engine: one of `fake_engine`, or "module:callable"; None for the shipped weights.
        args: more options of `serve`.
    """
    base = [sys.executable, "-m", "backend", "serve"]
    if engine is None:
        return [*base, *args]
    name = engine if ":" in engine else f"tests.service.fake_engine:{engine}"
    return [*base, "--engine", name, *args]


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a backend: a token, and `changes`."""
    return {**os.environ, "ANYFRAME_TOKEN": TOKEN, **changes}


def refused_start(*args: str, **variables: str | None) -> tuple[int, str, str]:
    """Return exit code, stdout and stderr of a backend that is expected not to start."""
    env = {k: v for k, v in {**environment(), **variables}.items() if v is not None}
    done = subprocess.run(
        command("FakeEngine", *args),
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def is_gone(pid: int, seconds: float) -> bool:
    """Return whether the process ends, or becomes a zombie, in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


class Backend:
    """A running child process. `stderr` is a file in `folder`."""

    def __init__(
        self,
        folder: Path,
        engine: str | None = "FakeEngine",
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.stderr_file = folder / "stderr.txt"
        with self.stderr_file.open("wb") as stderr:
            self.process = subprocess.Popen(
                command(engine, *args),
                cwd=ROOT,
                env=environment(**(env or {})),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        self.greeting: dict[str, Any] = json.loads(self.first_line)
        self.client = connect(self.greeting["port"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        with self.process:  # closes the pipes and waits
            self.process.kill()

    @property
    def stderr(self) -> str:
        """Output of the process so far."""
        return self.stderr_file.read_text(encoding="utf-8")

    def close_stdin(self) -> None:
        """Close stdin, as happens when Blender ends."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def post(
        self,
        request: object,
        take: bytes | None = None,
        take_b: bytes | None = None,
        sender: str | None = None,
        *,
        takes: Sequence[bytes] = (),
        style: bytes | None = None,
        controls: Sequence[bytes] = (),
    ) -> httpx.Response:
        """Send a job.

        Args:
            request: text that goes as it is, or something to write as JSON.
            take, take_b, takes, style, controls: files that come with it.
            sender: name of the client whose job it is; None for nobody's.
        """
        text = request if isinstance(request, str) else json.dumps(request)
        parts: list[tuple[str, Any]] = [("request", (None, text))]
        files = [("take", take), ("take_b", take_b), ("style", style)]
        files += [("takes", one) for one in takes] + [("controls", one) for one in controls]
        for name, part in files:
            if part is not None:
                parts.append((name, (f"{name}.npz", part)))
        return self.client.post("/v1/jobs", files=parts, headers=from_client(sender))

    def start(
        self,
        script: Mapping[str, Any] | str = "a person waves",
        sender: str | None = None,
        **fields: Any,
    ) -> str:
        """Start a generate job that plays `script`; return its id."""
        prompt = script if isinstance(script, str) else json.dumps(script)
        reply = self.post({**GENERATE, "prompt": prompt, **fields}, sender=sender)
        assert reply.status_code == 202, reply.text
        return reply.json()["id"]

    def status(self, job: str, sender: str | None = None) -> dict[str, Any]:
        """Return the status of a job."""
        reply = self.client.get(f"/v1/jobs/{job}", headers=from_client(sender))
        assert reply.status_code == 200, reply.text
        return reply.json()

    def cancel(self, job: str) -> dict[str, Any]:
        """Cancel a job; return its state."""
        reply = self.client.delete(f"/v1/jobs/{job}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    def take(self, job: str) -> httpx.Response:
        """Request the take of a job."""
        return self.client.get(f"/v1/jobs/{job}/take")

    def wait(self, job: str, *states: str, step: int = 0, seconds: float = 60) -> dict[str, Any]:
        """Poll until the job is in one of `states` (finished, if none) and at least at `step`."""
        deadline = time.monotonic() + seconds
        while True:
            status = self.status(job)
            if status["state"] in (states or FINISHED) and status["step"] >= step:
                return status
            assert status["state"] not in FINISHED, status
            assert time.monotonic() < deadline, f"still {status} after {seconds} s\n{self.stderr}"
            time.sleep(0.02)


def from_client(name: str | None) -> dict[str, str]:
    """Return the header with the client ID."""
    return {} if name is None else {"Anyframe-Client": name}


def connect(port: int, token: str | None = TOKEN) -> httpx.Client:
    """Return a client for a backend on this machine."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    # No proxy of the machine may come between, and there is no TLS to load certificates for.
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers=headers,
        timeout=60,
        trust_env=False,
        verify=False,
    )


def sentence(reply: httpx.Response, code: int) -> str:
    """Return the sentence of an error reply, after checking its form."""
    assert reply.status_code == code, reply.text
    body = reply.json()
    assert list(body) == ["error"]
    text = body["error"]
    assert text[0].isupper() or text[0] in "/'\""
    assert text.endswith((".", "…")) and "\n" not in text and len(text) <= 300, text
    return text
