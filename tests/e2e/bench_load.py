"""Start-up and response time of the backend, on a quiet machine and beside busy processes.

Everything is measured in one run, in turn, so that ratios are comparable. The backend is started
and called as by the add-on; Blender is not needed.
"""

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from backend.evaluation.report.tables import Cell, ResultTable
from blender_addon.link.http.client import BackendClient
from blender_addon.link.http.connection import ChildConnection
from blender_addon.link.process.child import BackendCommand
from tests.e2e.busy import BusyWork, busy_processes, usable_core_count

ROOT = Path(__file__).resolve().parents[2]
PROMPT = "a person walks forward"
SECONDS, FPS = 4.0, 30.0
VARIATIONS = 16
STARTS = 5
ROUNDS, TAKES = 3, 5
_POLL_SECONDS = 0.01
_START_LIMIT = 180.0

QUIET = "prompt to take"
ONE_BUSY = "prompt to take, one busy process"
ALL_BUSY = "prompt to take, a busy process on each core"
ALL_MATRICES = "prompt to take, matrix products on each core"
MANY_VARIATIONS = f"prompt to {VARIATIONS} variations"
FIRST = "prompt to take, first after a start"
SECOND = "prompt to take, second after a start"
IMPORT = "`python -c 'import torch'`"
READY = "start of the backend to ready"
COMMAND_LINE = "`python -m backend generate`"

LOADS = {
    QUIET: (0, BusyWork.PYTHON),
    ONE_BUSY: (1, BusyWork.PYTHON),
    ALL_BUSY: (usable_core_count(), BusyWork.PYTHON),
    ALL_MATRICES: (usable_core_count(), BusyWork.MATRICES),
}
"""Measurement -> number of busy processes meanwhile, and their work."""

REFERENCES = {
    ONE_BUSY: (QUIET, None),
    ALL_BUSY: (QUIET, 4.0),
    ALL_MATRICES: (QUIET, 4.0),
    MANY_VARIATIONS: (QUIET, 4.0),
    FIRST: (SECOND, None),
    READY: (IMPORT, 1.6),
    COMMAND_LINE: (IMPORT, 2.2),
}
"""Measurement -> measurement that it is divided by, and the largest acceptable ratio."""
MAX_GIGABYTES = 0.6
MAX_OTHER_LOAD = 0.1
"""Largest fraction of the cores that others may use while the quiet row is measured."""


@dataclass(frozen=True)
class LoadMeasurement:
    """Measurements of one run."""

    seconds: dict[str, list[float]]
    """Measurement -> all its times."""
    gigabytes: dict[str, float]
    """Work done before -> resident memory of the backend."""
    other_load: float
    """Fraction of all cores that other processes used while the quiet row was measured."""

    @property
    def is_quiet(self) -> bool:
        """Whether other processes used few enough cores."""
        return self.other_load <= MAX_OTHER_LOAD


class BenchBackend:
    """Backend process as the add-on starts it, with its model loaded."""

    def __init__(self, folder: Path) -> None:
        """Start the backend and wait until it is ready; raises BackendError or RuntimeError.

        Args:
            folder: Folder of its log.
        """
        start = time.perf_counter()
        command = BackendCommand(
            (sys.executable, "-m", "backend", "serve"), ROOT, folder / "backend.log"
        )
        self._connection = ChildConnection(command, "bench", lambda: False)
        try:
            while (engine := self._client.capabilities()["engine"]) != "ready":
                if engine == "failed" or time.perf_counter() - start > _START_LIMIT:
                    raise RuntimeError(f"The backend is not ready ({engine}).")
                time.sleep(_POLL_SECONDS)
        except BaseException:
            self.close()
            raise
        self.seconds_to_ready = time.perf_counter() - start

    @property
    def _client(self) -> BackendClient:
        return self._connection.client

    @property
    def process(self) -> psutil.Process:
        """Backend process."""
        return psutil.Process(self._connection.process._process.pid)

    @property
    def gigabytes(self) -> float:
        """Resident memory."""
        return self.process.memory_info().rss / 1e9

    def time_generation(self, seed: int, variations: int = 1) -> float:
        """Generate takes and return the seconds from the prompt to all takes."""
        request: dict[str, Any] = {"kind": "generate", "prompt": PROMPT, "seed": seed}
        request |= {"seconds": SECONDS, "fps": FPS, "variations": variations}
        start = time.perf_counter()
        job = self._client.submit(request)
        while (status := self._client.job_status(job)).state != "done":
            if status.state in {"failed", "cancelled"}:
                raise RuntimeError(f"No motion was generated: {status.error}")
            time.sleep(_POLL_SECONDS)
        for index in range(status.takes):
            self._client.download_take(job, index)
        return time.perf_counter() - start

    def close(self) -> None:
        self._connection.close()


@contextmanager
def start_backend(folder: Path) -> Iterator[BenchBackend]:
    """Run a backend during a block."""
    backend = BenchBackend(folder)
    try:
        yield backend
    finally:
        backend.close()


class OtherProcesses:
    """Load of processes that are not part of the benchmark."""

    def __init__(self, *ours: psutil.Process) -> None:
        """Start without measurements.

        Args:
            *ours: Processes of the benchmark.
        """
        self._ours = ours
        self._used = self._available = 0.0

    @property
    def load(self) -> float:
        """Fraction of all cores, over all measured blocks."""
        return max(0.0, self._used / self._available) if self._available else 0.0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Measure the load during a block."""
        before, start = self._seconds(), time.perf_counter()
        yield
        self._used += self._seconds() - before
        self._available += (time.perf_counter() - start) * (psutil.cpu_count() or 1)

    def _seconds(self) -> float:
        everyone = psutil.cpu_times()
        # Linux counts processes of low priority separately.
        total = everyone.user + everyone.system + getattr(everyone, "nice", 0.0)
        ours = (process.cpu_times() for process in self._ours)
        return total - sum(times.user + times.system for times in ours)


def process_seconds(*arguments: str) -> float:
    """Time a Python process; raises CalledProcessError if it fails."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def measure_starts(seconds: dict[str, list[float]], folder: Path) -> None:
    """Time starts of backend and command line in turn with a bare import of torch, warmed up."""
    take = str(folder / "take.npz")
    generate = ("-m", "backend", "generate", PROMPT, "--seconds", f"{SECONDS:g}", "-o", take)
    for n in range(STARTS + 1):
        found = {IMPORT: process_seconds("-c", "import torch")}
        with start_backend(folder) as backend:
            found[READY] = backend.seconds_to_ready
            found[FIRST] = backend.time_generation(seed=0)
            found[SECOND] = backend.time_generation(seed=1)
        found[COMMAND_LINE] = process_seconds(*generate)
        if n:
            for name, value in found.items():
                seconds[name].append(value)


def measure_takes(
    seconds: dict[str, list[float]], gigabytes: dict[str, float], folder: Path
) -> float:
    """Generate takes with one warm backend under each load in turn, round after round.

    Returns:
        Fraction of all cores that other processes used during the quiet measurements.
    """
    seeds = itertools.count()
    with start_backend(folder) as backend:
        backend.time_generation(next(seeds))
        gigabytes["a take"] = backend.gigabytes
        backend.time_generation(next(seeds), VARIATIONS)
        gigabytes[f"{VARIATIONS} variations"] = backend.gigabytes
        others = OtherProcesses(psutil.Process(), backend.process)
        for _ in range(ROUNDS):
            for name, (count, work) in LOADS.items():
                with busy_processes(count, work), nullcontext() if count else others.watch():
                    seconds[name] += [backend.time_generation(next(seeds)) for _ in range(TAKES)]
            seconds[MANY_VARIATIONS] += [
                backend.time_generation(next(seeds), VARIATIONS) for _ in range(2)
            ]
    return others.load


def measure_load(console: Console) -> LoadMeasurement:
    """Run the benchmark, about three minutes on a quiet machine; prints its progress."""
    seconds: dict[str, list[float]] = defaultdict(list)
    gigabytes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        console.print(f"Starting the backend {STARTS + 1} times")
        measure_starts(seconds, folder)
        console.print(f"{ROUNDS} rounds of takes under each load")
        others = measure_takes(seconds, gigabytes, folder)
    return LoadMeasurement(dict(seconds), gigabytes, others)


def format_limit(value: float, maximum: float, unit: str = "", *, certain: bool = True) -> str:
    """Format a limit with "met", "missed", or "unknown" for an uncertain measurement."""
    result = ("met" if value <= maximum else "missed") if certain else "unknown"
    return f"≤ {maximum:g}{unit}: {result}"


def load_table(measured: LoadMeasurement) -> ResultTable:
    """Table of medians, ratios within the run, and limits."""
    medians = {name: statistics.median(values) for name, values in measured.seconds.items()}
    rows: list[tuple[Cell, ...]] = []
    for name in (*LOADS, MANY_VARIATIONS, FIRST, SECOND, IMPORT, READY, COMMAND_LINE):
        peer, most = REFERENCES.get(name, (None, None))
        ratio = limit = None
        if peer is not None:
            value = medians[name] / medians[peer]
            ratio = f"{value:.2f}"
            if most is not None:
                limit = format_limit(value, most, certain=measured.is_quiet)
        rows.append((name, f"{medians[name]:.3f} s", ratio, peer, limit))
    for done, value in measured.gigabytes.items():
        limit = format_limit(value, MAX_GIGABYTES, " GB") if done == "a take" else None
        rows.append((f"memory after {done}", f"{value:.2f} GB", None, None, limit))
    return ResultTable(
        title="The backend, quiet and under load",
        columns=("measurement", "median ↓", "ratio ↓", "relative to", "limit"),
        rows=tuple(rows),
        command="make bench",
        order=122,
        notes=(
            f"{SECONDS:g} s at {FPS:g} fps from the prompt to the downloaded takes, with the "
            f"add-on's backend process and client; on {usable_core_count()} cores. Other processes "
            f"used {measured.other_load:.0%} of them while the first row was measured.",
            f"Medians of {ROUNDS * TAKES} warm takes under each load, in turn, "
            f"{2 * ROUNDS} times {VARIATIONS} variations, and {STARTS} starts, each after one to "
            "warm the disk cache.",
            "A busy process is a loop in Python, or products of 512 × 512 matrices on one thread. "
            "Memory is resident.",
        ),
    )
