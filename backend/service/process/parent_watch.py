"""Ends the backend when the process that started it is gone, whatever the backend is doing.

The backend itself sees that stdin closes, and stops in good order. But a library that loads can
hold the interpreter for longer than anybody wants to wait. So on POSIX a guard, a process forked
before anything is loaded, watches too, and kills the backend that has not ended by itself. On
Windows the add-on's job object does that.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

SHUTDOWN_GRACE_SECONDS = 1.7
"""How long a stop in good order may take. A style that is learnt saves itself in this time, or else
loses what it has learnt since its last checkpoint."""


def start_parent_guard(stdin: int) -> None:
    """Fork the guard of this process. Call while the process has one thread.

    Args:
        stdin: file descriptor that closes when the parent is gone.
    """
    if sys.platform == "win32":
        return
    parent = os.getppid()
    # This process keeps the other end of the pipe: the guard sees it close when the backend ends.
    lifeline, _ = os.pipe()
    if os.fork() == 0:
        _run_parent_guard(stdin, lifeline, parent)
    os.close(lifeline)


def is_stdin_closed(stdin: int) -> bool:
    """Whether stdin is at its end already, as the null device is. Always False on Windows."""
    if sys.platform == "win32":
        return False
    readable = bool(select.select([stdin], [], [], 0)[0])
    return readable and not os.read(stdin, 4096)


def watch_stdin(stdin: int, on_close: Callable[[], None]) -> None:
    """Call `on_close` on a thread of its own when stdin closes; return at once."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(stdin, 4096):
                pass
        on_close()

    threading.Thread(target=watch, name="stdin", daemon=True).start()


def _run_parent_guard(stdin: int, lifeline: int, parent: int) -> NoReturn:
    """Run the guard: wait for the parent's end, or for the backend's."""
    backend = os.getppid()
    # Ctrl-C in a terminal reaches the whole group; the lifeline says when the backend has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched = [stdin, lifeline]
    with contextlib.suppress(OSError, AttributeError):  # macOS and Linux before 5.3 have none
        watched.append(os.pidfd_open(parent))
    # Above all stdout: a parent waits for its end.
    _close_other_descriptors(watched)
    parent_exit = watched[2] if len(watched) > 2 else None
    while True:
        ready = select.select(watched, [], [])[0]
        if lifeline in ready:
            os._exit(0)
        if parent_exit in ready:
            # Stdin may still be open, in a process that inherited its other end.
            _signal_backend(backend, signal.SIGTERM)
        elif os.read(stdin, 4096):
            continue
        if not select.select([lifeline], [], [], SHUTDOWN_GRACE_SECONDS)[0]:
            _signal_backend(backend, signal.SIGKILL)
        os._exit(0)


def _signal_backend(backend: int, number: int) -> None:
    # Once the backend has ended its number may be another process's.
    if os.getppid() == backend:
        with contextlib.suppress(ProcessLookupError):
            os.kill(backend, number)


def _close_other_descriptors(kept: list[int]) -> None:
    first = 0
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    with contextlib.suppress(ValueError, OSError):
        os.closerange(first, os.sysconf("SC_OPEN_MAX"))
