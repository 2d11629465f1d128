"""Runs the Python programs of the set-up, which end when the user cancels or Blender ends.

Unlike the backend, pip and venv do not watch Blender. So a few lines of source start them and watch
a pipe that closes when Blender ends, even by a crash; then they kill the whole group.
"""

import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import JobCancelledError
from ..process.subprocesses import ChildProcess
from .state import SetupError

_WATCH = """
import os, runpy, signal, sys, threading
lifeline, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
os.dup2(nothing, 0)
def watch():
    while os.read(lifeline, 4096):
        pass
    os.killpg(0, signal.SIGKILL) if hasattr(os, "killpg") else os._exit(1)
threading.Thread(target=watch, daemon=True).start()
kind, what = sys.argv[1:3]
sys.argv[:3] = [what]
if kind == "-m":
    runpy.run_module(what, run_name="__main__", alter_sys=True)
else:
    exec(what, {"__name__": "__main__"})
"""
"""The program and its children get an empty standard input: on Windows a Python hangs at its start
if a thread waits on the pipe that it inherited."""
_OPTIONS = ("-I", "-X", "utf8", "-u", "-c", _WATCH)
"""Isolated mode, so that packages of the user are not found first."""

_DISK_FULL = ("No space left on device", "[Errno 28]", "not enough space on the disk")
_OFFLINE = ("NewConnectionError", "name resolution", "getaddrinfo", "NameResolutionError")
_CHANGED = "DO NOT MATCH THE HASHES"


@dataclass(frozen=True)
class ProgramRunner:
    """Runs programs in one folder, with one log."""

    folder: Path
    """Working folder."""
    log: Path
    """File for everything that they print except progress."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set to end the running program."""

    def run_python(
        self,
        python: str | Path,
        *arguments: str,
        failure: str,
        on_line: Callable[[str], bool] = lambda _: True,
    ) -> list[str]:
        """Run `python -m MODULE …` or `python -c SOURCE …` and return the lines it printed.

        Args:
            python: Interpreter.
            *arguments: Its arguments.
            failure: Beginning of the error sentence.
            on_line: Called with each line; returns whether to log and return it.

        Raises:
            OSError: The Python could not be started.
            SetupError: The program failed.
            JobCancelledError: `stop` was set.
        """
        if self.stop.is_set():
            raise JobCancelledError
        # Its input closes when this process is gone.
        command = [str(python), *_OPTIONS, *arguments]
        process = ChildProcess(command, self.folder, subprocess.STDOUT)
        lines: list[str] = []
        reader = threading.Thread(target=self._read, args=(process, lines, on_line), daemon=True)
        reader.start()
        try:
            while process.poll() is None:
                if self.stop.is_set():
                    raise JobCancelledError
                reader.join(0.1)  # ends as soon as the program does
                if not reader.is_alive():
                    self.stop.wait(0.01)
            reader.join(5.0)
        finally:
            process.kill_group()
            if process.stdin is not None:
                process.stdin.close()
        if process.returncode != 0:
            reason = failure_reason(lines, self.folder)
            raise SetupError(f"{failure}: {reason}. See {self.log} for details.")
        return lines

    def _read(
        self, process: subprocess.Popen[str], lines: list[str], on_line: Callable[[str], bool]
    ) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                text = line.strip()
                if text and on_line(text):
                    lines.append(text)
                    # A full disk must not end the reading, or the program would block.
                    with suppress(OSError), self.log.open("a", encoding="utf-8") as log:
                        log.write(line)


def failure_reason(lines: Sequence[str], folder: Path) -> str:
    """Return why a program with this output failed, as the end of a sentence.

    It has no full stop and may name the `folder` that the program wrote to.
    """
    if any(word in line for line in lines for word in _DISK_FULL):
        return f"the disk of {folder} is full; make room there, then press Set up again"
    if any(word in line for line in lines for word in _OFFLINE):
        return "the package index cannot be reached (is this computer online?)"
    if any(_CHANGED in line for line in lines):
        return (
            "a package is not the one that this version was tested with, so it was not installed; "
            "try another network, or a folder of wheels"
        )
    errors = [line for line in lines if line.startswith("ERROR:")]
    return ([*errors[:1], *lines[-1:]] or ["it printed nothing"])[0].rstrip(".")
