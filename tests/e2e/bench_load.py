"""How long the backend takes to start and to answer, on a quiet machine and beside busy processes.

All of it is measured in one run, in turn, so that ratios compare. The backend runs as the add-on
starts it and is asked as the add-on asks; no Blender is needed.
"""

from __future__ import annotations

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
"""What is measured -> how many processes are busy meanwhile, and with what."""

REFERENCES = {
    ONE_BUSY: (QUIET, None),
    ALL_BUSY: (QUIET, 4.0),
    ALL_MATRICES: (QUIET, 4.0),
    MANY_VARIATIONS: (QUIET, 4.0),
    FIRST: (SECOND, None),
    READY: (IMPORT, 1.6),
    COMMAND_LINE: (IMPORT, 2.2),
}
"""What is measured -> what it is divided by, and the most that this ratio should be."""
MAX_GIGABYTES = 0.6
MAX_OTHER_LOAD = 0.1
"""Share of the cores that others may use while the quiet row is measured."""


@dataclass(frozen=True)
class LoadMeasurement:
    """One run."""

    seconds: dict[str, list[float]]
    """Every measurement, by what was measured."""
    gigabytes: dict[str, float]
    """Memory of the backend (resident), by what it had done before."""
    other_load: float
    """Share of all cores that other processes used while the quiet row was measured."""

    @property
    def is_quiet(self) -> bool:
        """Whether the quiet row deserves its name."""
        return self.other_load <= MAX_OTHER_LOAD


class BenchBackend:
    """A backend child as the add-on starts it, with its model loaded."""

    def __init__(self, folder: Path) -> None:
        """Start it and wait until it is ready; raises BackendError or RuntimeError if it is not.

        Args:
            folder: for its log.
        """
        begun = time.perf_counter()
        command = BackendCommand(
            (sys.executable, "-m", "backend", "serve"), ROOT, folder / "backend.log"
        )
        self._connection = ChildConnection(command, "bench", lambda: False)
        try:
            while (engine := self._client.capabilities()["engine"]) != "ready":
                if engine == "failed" or time.perf_counter() - begun > _START_LIMIT:
                    raise RuntimeError(f"The backend is not ready ({engine}).")
                time.sleep(_POLL_SECONDS)
        except BaseException:
            self.close()
            raise
        self.seconds_to_ready = time.perf_counter() - begun

    @property
    def _client(self) -> BackendClient:
        return self._connection.client

    @property
    def process(self) -> psutil.Process:
        """The child."""
        return psutil.Process(self._connection.process.handshake.pid)

    @property
    def gigabytes(self) -> float:
        """Memory that it holds (resident)."""
        return self.process.memory_info().rss / 1e9

    def time_generation(self, seed: int, variations: int = 1) -> float:
        """Seconds from the prompt to all its takes."""
        request: dict[str, Any] = {"kind": "generate", "prompt": PROMPT, "seed": seed}
        request |= {"seconds": SECONDS, "fps": FPS, "variations": variations}
        begun = time.perf_counter()
        job = self._client.submit(request)
        while (status := self._client.job_status(job)).state != "done":
            if status.state in {"failed", "cancelled"}:
                raise RuntimeError(f"No motion was generated: {status.error}")
            time.sleep(_POLL_SECONDS)
        for index in range(status.takes):
            self._client.download_take(job, index)
        return time.perf_counter() - begun

    def close(self) -> None:
        """End the process."""
        self._connection.close()


@contextmanager
def start_backend(folder: Path) -> Iterator[BenchBackend]:
    """A backend for the length of a block."""
    backend = BenchBackend(folder)
    try:
        yield backend
    finally:
        backend.close()


class OtherProcesses:
    """What processes that are not part of the benchmark use of the cores."""

    def __init__(self, *ours: psutil.Process) -> None:
        """Watch nothing yet.

        Args:
            ours: the processes of the benchmark.
        """
        self._ours = ours
        self._used = self._there = 0.0

    @property
    def load(self) -> float:
        """Of all cores, over all blocks watched so far."""
        return max(0.0, self._used / self._there) if self._there else 0.0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Count what is used during a block."""
        before, begun = self._seconds(), time.perf_counter()
        yield
        self._used += self._seconds() - before
        self._there += (time.perf_counter() - begun) * (psutil.cpu_count() or 1)

    def _seconds(self) -> float:
        everyone = psutil.cpu_times()
        # Linux counts processes of a low priority apart.
        total = everyone.user + everyone.system + getattr(everyone, "nice", 0.0)
        ours = (process.cpu_times() for process in self._ours)
        return total - sum(times.user + times.system for times in ours)


def process_seconds(*arguments: str) -> float:
    """How long a Python process takes; raises CalledProcessError if it fails."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - begun


def measure_starts(seconds: dict[str, list[float]], folder: Path) -> None:
    """Start backend and command line in turn with a bare import of torch, after one of each."""
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
            for what, value in found.items():
                seconds[what].append(value)


def measure_takes(
    seconds: dict[str, list[float]], gigabytes: dict[str, float], folder: Path
) -> float:
    """Make takes with one warm backend under each load in turn, round after round.

    Returns:
        The share of all cores that other processes used meanwhile, where none was meant to.
    """
    seeds = itertools.count()
    with start_backend(folder) as backend:
        backend.time_generation(next(seeds))
        gigabytes["a take"] = backend.gigabytes
        backend.time_generation(next(seeds), VARIATIONS)
        gigabytes[f"{VARIATIONS} variations"] = backend.gigabytes
        others = OtherProcesses(psutil.Process(), backend.process)
        for _ in range(ROUNDS):
            for what, (count, work) in LOADS.items():
                with busy_processes(count, work), nullcontext() if count else others.watch():
                    seconds[what] += [backend.time_generation(next(seeds)) for _ in range(TAKES)]
            seconds[MANY_VARIATIONS] += [
                backend.time_generation(next(seeds), VARIATIONS) for _ in range(2)
            ]
    return others.load


def measure_load(console: Console) -> LoadMeasurement:
    """Run the benchmark, about three minutes on a quiet machine; tells a console what it does."""
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
    """A limit, and whether it is met; that is unknown where the measurement is not certain."""
    result = ("met" if value <= maximum else "missed") if certain else "unknown"
    return f"≤ {maximum:g}{unit}: {result}"


def load_table(measured: LoadMeasurement) -> ResultTable:
    """Medians, ratios within the run, and the limits that they should meet."""
    medians = {what: statistics.median(values) for what, values in measured.seconds.items()}
    rows: list[tuple[Cell, ...]] = []
    for what in (*LOADS, MANY_VARIATIONS, FIRST, SECOND, IMPORT, READY, COMMAND_LINE):
        peer, most = REFERENCES.get(what, (None, None))
        ratio = limit = None
        if peer is not None:
            value = medians[what] / medians[peer]
            ratio = f"{value:.2f}"
            if most is not None:
                limit = format_limit(value, most, certain=measured.is_quiet)
        rows.append((what, f"{medians[what]:.3f} s", ratio, peer, limit))
    for done, value in measured.gigabytes.items():
        limit = format_limit(value, MAX_GIGABYTES, " GB") if done == "a take" else None
        rows.append((f"memory after {done}", f"{value:.2f} GB", None, None, limit))
    return ResultTable(
        title="The backend, quiet and under load",
        columns=("what", "median ↓", "ratio ↓", "beside", "limit"),
        rows=tuple(rows),
        command="make bench",
        order=122,
        notes=(
            f"{SECONDS:g} s at {FPS:g} fps from the prompt to the downloaded takes, by the child "
            f"process and the client that the add-on has; on {usable_core_count()} cores. Other "
            "processes used "
            f"{measured.other_load:.0%} of them while the first row was measured.",
            f"Medians of {ROUNDS * TAKES} warm takes under each load, taken in turn, "
            f"{2 * ROUNDS} times {VARIATIONS} variations, and {STARTS} starts, each after one to "
            "warm the disk cache.",
            "A busy process is a loop in Python, or products of 512 × 512 matrices on one thread. "
            "Memory is resident.",
        ),
    )
