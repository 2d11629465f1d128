"""Processes that keep cores busy during a measurement; they end with their parent."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum


class BusyWork(Enum):
    """Loop of a busy process, as source."""

    PYTHON = "n = 0\nwhile True: n += 1"
    MATRICES = (
        "import numpy\n"
        "a = numpy.ones((512, 512), dtype=numpy.float32)\n"
        "while True: numpy.matmul(a, a)"
    )


_START = """
import os, sys, threading
def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end_with_parent, daemon=True).start()
print("busy", flush=True)
"""
"""Source that ends the process when the pipe closes, whatever ended the parent."""


def usable_core_count() -> int:
    """Number of cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def busy_processes(count: int, work: BusyWork = BusyWork.PYTHON) -> Iterator[list[int]]:
    """Keep processes busy during a block, on one thread each; gives their ids."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    with ExitStack() as stack:
        ids = []
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, "-c", _START + work.value],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **threads},
                # The parent handles Ctrl-C.
                start_new_session=True,
            )
            stack.callback(_end, process)
            assert process.stdout is not None
            if process.stdout.readline() != b"busy\n":
                raise RuntimeError("A busy process did not start.")
            ids.append(process.pid)
        yield ids


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
