"""End of the backend together with the process that started it, whatever it is doing.

The backend stops in an orderly way when stdin closes. But a library that loads can hold the
interpreter for a long time. So on POSIX a guard process, forked before anything is loaded, watches
the parent as well and kills a backend that does not stop. On Windows the add-on's job object does
that.
"""

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

SHUTDOWN_GRACE_SECONDS = 1.7
"""Seconds that an orderly stop may take: enough for a style in training to write a checkpoint."""


def start_parent_guard(stdin: int) -> None:
    """Fork the guard of this process, which must have one thread only and a piped `stdin`."""
    if sys.platform == "win32":
        return
    parent = os.getppid()
    # This process holds the other end of the pipe, which closes for the guard when it ends.
    lifeline, _ = os.pipe()
    if os.fork() == 0:
        _run_parent_guard(stdin, lifeline, parent)
    os.close(lifeline)


def is_stdin_closed(stdin: int) -> bool:
    """Return whether stdin is at its end, as the null device is; always False on Windows."""
    if sys.platform == "win32":
        return False
    readable = bool(select.select([stdin], [], [], 0)[0])
    return readable and not os.read(stdin, 4096)


def watch_stdin(stdin: int, on_close: Callable[[], None]) -> None:
    """Call `on_close` on a new thread when stdin closes; return at once."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(stdin, 4096):
                pass
        on_close()

    threading.Thread(target=watch, name="stdin", daemon=True).start()


def _run_parent_guard(stdin: int, lifeline: int, parent: int) -> NoReturn:
    """Run the guard until the parent or the backend ends."""
    backend = os.getppid()
    # Ctrl-C in a terminal reaches the whole group; the lifeline shows when the backend has ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched = [stdin, lifeline]
    with contextlib.suppress(OSError, AttributeError):  # macOS and Linux before 5.3 have none
        watched.append(os.pidfd_open(parent))
    # Above all stdout: the parent waits until it is closed.
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
    # After the backend has ended, its id may belong to another process.
    if os.getppid() == backend:
        with contextlib.suppress(ProcessLookupError):
            os.kill(backend, number)


def _close_other_descriptors(open_descriptors: list[int]) -> None:
    first = 0
    for descriptor in sorted(open_descriptors):
        os.closerange(first, descriptor)
        first = descriptor + 1
    with contextlib.suppress(ValueError, OSError):
        os.closerange(first, os.sysconf("SC_OPEN_MAX"))
