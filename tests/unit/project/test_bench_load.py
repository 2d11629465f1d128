"""Benchmark under load: its busy processes end, and its table says which limits are met."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.e2e import bench_load
from tests.e2e.bench_load import LoadMeasurement, OtherProcesses, load_table
from tests.e2e.busy import BusyWork, busy_processes

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]
HOLDS_TWO = """
import signal
import time
from tests.e2e.busy import busy_processes
# A shell that starts the tests in the background lets them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
with busy_processes(2) as ids:
    print(*ids, flush=True)
    time.sleep(600)
"""


def wait_until_gone(ids: list[int]) -> bool:
    deadline = time.monotonic() + 20.0
    while any(map(psutil.pid_exists, ids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(psutil.pid_exists, ids))


@pytest.mark.parametrize("work", BusyWork)
def test_busy_process_uses_its_core_until_the_block_ends(work: BusyWork) -> None:
    with busy_processes(1, work) as ids:
        process = psutil.Process(ids[0])
        deadline = time.monotonic() + 60.0
        while process.cpu_times().user < 0.5 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.cpu_times().user >= 0.5
    assert wait_until_gone(ids)


def test_busy_processes_end_with_an_interrupted_block() -> None:
    ids: list[int] = []
    with pytest.raises(KeyboardInterrupt), busy_processes(2) as started:
        ids += started
        raise KeyboardInterrupt
    assert len(ids) == 2
    assert wait_until_gone(ids)


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_busy_processes_end_with_a_stopped_parent(signal_number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", HOLDS_TWO],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    ids = [int(word) for word in parent.stdout.readline().split()]
    assert all(map(psutil.pid_exists, ids))
    parent.send_signal(signal_number)
    parent.wait()
    parent.stdout.close()
    assert len(ids) == 2
    assert wait_until_gone(ids)


def test_other_processes_counts_foreign_load() -> None:
    with busy_processes(1) as ids:
        process = psutil.Process(ids[0])
        foreign, own = OtherProcesses(psutil.Process()), OtherProcesses(psutil.Process(), process)
        start, before = time.perf_counter(), process.cpu_times().user
        with foreign.watch(), own.watch():
            while (used := process.cpu_times().user - before) < 0.5:
                time.sleep(0.05)
        there = (time.perf_counter() - start) * psutil.cpu_count()
    # What else runs on this machine counts in both.
    assert (foreign.load - own.load) * there == pytest.approx(used, abs=0.2)


def measured(others: float = 0.02, **changed: float) -> LoadMeasurement:
    seconds = {
        bench_load.QUIET: [0.1, 0.2, 0.9],
        bench_load.ONE_BUSY: [0.3],
        bench_load.ALL_BUSY: [0.8],
        bench_load.ALL_MATRICES: [0.4],
        bench_load.MANY_VARIATIONS: [0.5],
        bench_load.FIRST: [0.3],
        bench_load.SECOND: [0.2],
        bench_load.IMPORT: [1.0],
        bench_load.READY: [1.5],
        bench_load.COMMAND_LINE: [2.3],
    }
    seconds |= {name: [value] for name, value in changed.items()}
    return LoadMeasurement(seconds, {"a take": 0.61, "16 variations": 0.7}, others)


def test_load_table_divides_medians_and_names_limits() -> None:
    rows = {row[0]: row[1:] for row in load_table(measured()).rows}
    assert rows[bench_load.QUIET] == ("0.200 s", None, None, None)
    assert rows[bench_load.ONE_BUSY] == ("0.300 s", "1.50", bench_load.QUIET, None)
    assert rows[bench_load.ALL_BUSY] == ("0.800 s", "4.00", bench_load.QUIET, "≤ 4: met")
    assert rows[bench_load.READY] == ("1.500 s", "1.50", bench_load.IMPORT, "≤ 1.6: met")
    assert rows[bench_load.COMMAND_LINE][-1] == "≤ 2.2: missed"
    assert rows["memory after a take"][-1] == "≤ 0.6 GB: missed"
    assert rows["memory after 16 variations"][-1] is None


def test_load_table_above_a_limit_is_missed() -> None:
    table = load_table(measured(**{bench_load.ALL_BUSY: 0.81}))
    row = next(row for row in table.rows if row[0] == bench_load.ALL_BUSY)
    assert row[-1] == "≤ 4: missed"


def test_load_table_on_a_busy_machine_leaves_limits_of_time_open() -> None:
    table = load_table(measured(others=0.5))
    limits = {row[0]: row[-1] for row in table.rows}
    assert limits[bench_load.ALL_BUSY] == "≤ 4: unknown"
    assert limits[bench_load.READY] == "≤ 1.6: unknown"
    assert limits["memory after a take"] == "≤ 0.6 GB: missed"
    assert any("used 50% of them" in note for note in table.notes)
