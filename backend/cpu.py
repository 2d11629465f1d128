"""Load on the processor: threads, wait policy and priority.

Generation runs beside a Blender that plays, renders and compiles shaders. OpenMP threads that spin
at a barrier, while the thread they wait for has no core, turn a tenth of a second into half a
minute. So no thread spins, each motion is computed on one thread, and only independent motions run
in parallel.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

PROCESS_NICENESS = 2
"""Niceness of a process that the user waits for: slightly below Blender's drawing. Beside a busy
process of normal priority it still gets 39 % of a core."""
BACKGROUND_NICENESS = 10
"""Niceness of work that runs in the background, such as training."""

_WAIT_POLICY = {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0"}
"""Variables of GNU's OpenMP, and of LLVM's and Intel's; read once, when torch loads them."""
_THREAD_PRIORITY_LOWEST = -2
_BELOW_NORMAL_PRIORITY_CLASS = 0x4000

_Result = TypeVar("_Result")


def set_passive_wait_policy() -> None:
    """Let OpenMP threads sleep while they wait; to be called before torch is imported.

    A policy in the user's environment takes precedence.
    """
    for name, value in _WAIT_POLICY.items():
        os.environ.setdefault(name, value)


def usable_cores() -> int:
    """Return the number of cores that this process may run on, at least 1."""
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def lower_priority(niceness: int) -> None:
    """Lower the priority of this process to a niceness (1 to 19), if the system allows it.

    On Windows every niceness means "below normal".
    """
    if sys.platform == "win32":
        import ctypes  # Windows only

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL_PRIORITY_CLASS)
        return
    with contextlib.suppress(OSError):
        os.nice(max(niceness - os.nice(0), 0))


def run_in_background(function: Callable[[], _Result]) -> _Result:
    """Call `function` on a thread of low priority, and return its result or raise its error.

    The thread is new, since a lowered priority cannot be raised again. OpenMP threads that it
    starts inherit its priority.
    """
    outcome: Future[_Result] = Future()

    def run() -> None:
        _lower_thread_priority()
        try:
            outcome.set_result(function())
        except BaseException as error:
            outcome.set_exception(error)

    # A daemon: a step that hangs must not keep a process alive whose parent has ended.
    threading.Thread(target=run, name="background", daemon=True).start()
    return outcome.result()


def _lower_thread_priority() -> None:
    if sys.platform == "win32":
        import ctypes  # Windows only

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _THREAD_PRIORITY_LOWEST)
    elif sys.platform == "linux":
        # Only Linux has a niceness for each thread. On macOS this would slow the whole process.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)
