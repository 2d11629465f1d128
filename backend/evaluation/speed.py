"""How long generation takes, warm and side by side with the rivals in one process.

Every call is made once to warm up; then all are made in turn, round after round, so that a slower
or busier moment of the machine meets each of them.
"""

from __future__ import annotations

import json
import os
import resource
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..baselines.conditions import text_condition
from ..baselines.frames import FPS
from ..baselines.interpolation import upsample
from ..baselines.mdm import MdmSampler
from ..baselines.mld import MldSampler
from ..service.model_engine import ModelEngine
from ..service.wire import GenerateRequest
from ..text.encoder import TextEncoder

ROOT = Path(__file__).parents[2]
PROMPT = "a person walks forward"
TWO_CLAUSES = f"{PROMPT} and waves"
"""Tried as a whole and clause by clause."""
SECONDS = 5.0

_START_LIMIT = 120.0


def medians(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each call over `rounds` rounds, after one call each to warm up."""
    for call in calls.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begun = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - begun)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def nerm_call(
    engine: ModelEngine,
    fps: float,
    variations: int = 1,
    candidates: int | None = None,
    prompt: str = PROMPT,
) -> Callable[[], object]:
    """Text to takes of 5 s, as the service does it; `candidates` None is what it does unasked."""
    request = GenerateRequest(
        prompt=prompt, seconds=SECONDS, fps=fps, variations=variations, candidates=candidates
    )
    return lambda: engine.variations(request, _silent)


def _silent(step: int, total: int, message: str = "") -> None:
    """No one watches."""


def rival_call(
    rival: MdmSampler | MldSampler, encoder: TextEncoder, fps: float
) -> Callable[[], object]:
    """Text to rows of 5 s: drawn at 20 fps and, for a higher rate, interpolated (cubic)."""

    def call() -> object:
        rows = rival.draw(text_condition(encoder, [PROMPT], [SECONDS]), [0])[0]
        if fps == FPS:
            return rows
        return upsample(rows, FPS, np.arange(round(SECONDS * fps)) / fps, "cubic")

    return call


class Child:
    """The service as the add-on starts it."""

    def __init__(self) -> None:
        """Start it and wait until it can be given jobs; `seconds_to_ready` is how long that took.

        Raises:
            RuntimeError: if the service ends, or is not ready in two minutes.
        """
        self._token = secrets.token_hex(32)
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "backend", "serve"],
            cwd=ROOT,
            env={**os.environ, "ANYFRAME_TOKEN": self._token},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The service did not start: `python -m backend serve` says why.")
        self._port = json.loads(line)["port"]
        while self._ask("/v1/health")["engine"] != "ready":
            if time.perf_counter() - begun > _START_LIMIT:
                self.stop()
                raise RuntimeError("The service was not ready in two minutes.")
            time.sleep(0.02)
        self.seconds_to_ready = time.perf_counter() - begun

    def generate(self, **request: Any) -> None:
        """Have one job done."""
        body = {"kind": "generate", "prompt": PROMPT, "seconds": SECONDS, **request}
        job = self._ask("/v1/jobs", body)["id"]
        while (status := self._ask(f"/v1/jobs/{job}"))["state"] not in {"done", "failed"}:
            time.sleep(0.02)
        if status["state"] == "failed":
            raise RuntimeError(status["message"])

    def stop(self) -> None:
        """End it, as Blender does: by closing its input."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        data = None
        if body is not None:
            data, kind = _form("request", json.dumps(body))
            headers["Content-Type"] = kind
        url = f"http://127.0.0.1:{self._port}{path}"
        request = urllib.request.Request(url, data, headers)
        with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
            return json.load(reply)


def _form(name: str, value: str) -> tuple[bytes, str]:
    """One field as multipart/form-data, and its content type."""
    mark = secrets.token_hex(16)
    head = f'Content-Disposition: form-data; name="{name}"'
    lines = [f"--{mark}", head, "", value, f"--{mark}--", ""]
    return "\r\n".join(lines).encode(), f"multipart/form-data; boundary={mark}"


def start_up(rounds: int) -> tuple[float, float]:
    """Median seconds from start to ready, and the service's peak memory in GB with jobs done.

    The jobs are one of 5 s at 120 fps and one of 16 variations. The memory is the largest that any
    child of this process held, so only services may have been started before.
    """
    seconds = []
    for n in range(rounds):
        child = Child()
        seconds.append(child.seconds_to_ready)
        try:
            if n == 0:
                child.generate(fps=120.0)
                child.generate(fps=120.0, variations=16)
        finally:
            child.stop()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    unit = 1e9 if sys.platform == "darwin" else 1e6 / 1.024
    return float(np.median(seconds)), peak / unit
