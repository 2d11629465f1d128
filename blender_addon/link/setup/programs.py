"""Runs a Python program of the set-up: its words heard, ended when the user or Blender goes.

Unlike the backend, pip and venv know nothing of Blender. So a few lines of ours start them: they
watch a pipe that closes when Blender is gone, however it went, and then end the whole group.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import JobCancelledError
from ..process.subprocesses import ProcessLifetime, clean_environment, popen_options
from .pip_output import failure_reason
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
"""Whatever the program starts gets an empty standard input: on Windows a Python hangs at its start
if somebody waits on the pipe that it was given."""
_OPTIONS = ("-I", "-X", "utf8", "-u", "-c", _WATCH)
"""Isolated, so that nothing which someone has put in the user's own packages is found first."""


@dataclass(frozen=True)
class ProgramRunner:
    """How and where programs are run."""

    folder: Path
    """Their working folder."""
    log: Path
    """Gets all that they print but progress, as long as the disk takes it."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by whoever wants the work to end."""

    def run_python(
        self,
        python: str | Path,
        *arguments: str,
        failure: str,
        on_line: Callable[[str], bool] = lambda _: True,
    ) -> list[str]:
        """Run `python -m MODULE …` or `python -c SOURCE …` and return the lines it printed.

        Args:
            failure: how the sentence begins that says that it failed.
            on_line: hears each line; says whether it belongs into the log and the answer.

        Raises:
            OSError: the Python could not be started.
            SetupError: it failed.
            JobCancelledError: `stop` was set.
        """
        if self.stop.is_set():
            raise JobCancelledError
        process: subprocess.Popen[str] = subprocess.Popen(
            [str(python), *_OPTIONS, *arguments],
            cwd=self.folder,
            env=clean_environment(),
            stdin=subprocess.PIPE,  # closes when this process is gone
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **popen_options(),
        )
        lifetime = ProcessLifetime(process)
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
            lifetime.kill_group()
            if process.stdin is not None:
                process.stdin.close()
        if process.returncode != 0:
            why = failure_reason(lines, self.folder)
            raise SetupError(f"{failure}: {why}. The whole story is in {self.log}.")
        return lines

    def _read(
        self, process: subprocess.Popen[str], lines: list[str], on_line: Callable[[str], bool]
    ) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said = line.strip()
                if said and on_line(said):
                    lines.append(said)
                    # Unread, the program would stand still: a full disk must not end the reading.
                    with suppress(OSError), self.log.open("a", encoding="utf-8") as log:
                        log.write(line)
