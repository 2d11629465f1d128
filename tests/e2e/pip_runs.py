"""Run pip with one line of progress, its whole output in a log, and a sentence if it fails.

Uses only the standard library, because it runs before anything is installed.
"""

import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_PROGRESS = re.compile(r"^Progress (\d+) of (\d+)$")
_FILE = re.compile(r"^(?:Downloading|Using cached|Processing) (\S+?)(?:-py\S*|-cp\S*)?\.whl\b")
_DISK_FULL = ("No space left on device", "Errno 28", "Disk quota exceeded")
_UNREACHABLE = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionResetError",
    "ProtocolError",
    "ProxyError",
    "SSLError",
    "Network is unreachable",
)
_COLLECTING = "collecting packages"
_SHOWN_ALONE = 20e6
"""Size from which a download gets its own line where lines cannot be rewritten (bytes)."""


class InstallError(Exception):
    """The installation cannot continue; the text is a sentence with reason and remedy."""


class ProgressLine:
    """Line with the current action: rewritten on a terminal, else printed when it changes."""

    def __init__(self) -> None:
        self._rewrites = sys.stdout.isatty()
        self._width = 0
        self._printed = ""

    def show(self, action: str, detail: str = "") -> None:
        """Show an action; `detail` is left out where lines cannot be rewritten."""
        if self._rewrites:
            text = f"    {action}{detail}"[: os.get_terminal_size().columns - 1]
            sys.stdout.write("\r" + text.ljust(self._width))
            self._width = len(text)
        elif action != self._printed:
            sys.stdout.write(f"    {action}\n")
            self._printed = action
        sys.stdout.flush()

    def end(self, text: str) -> None:
        """Replace the action by a result, and end the line."""
        start = "\r" if self._rewrites else ""
        sys.stdout.write(f"{start}    {text}".ljust(self._width + 1) + "\n")
        self._width = 0
        sys.stdout.flush()


class PipAction:
    """Current action of pip, from the lines that it prints."""

    def __init__(self) -> None:
        self.action = _COLLECTING
        self.detail = ""
        self._file = ""

    def update(self, line: str) -> None:
        """Process one line of pip's output."""
        if counted := _PROGRESS.match(line):
            done, size = int(counted[1]), int(counted[2])
            if size >= _SHOWN_ALONE:
                self.action = f"downloading {self._file}, {size / 1e6:.0f} MB"
                self.detail = f": {done / 1e6:.0f} MB"
        elif file := _FILE.match(line):
            self._file = file[1].rpartition("/")[2].replace("_", "-")
        elif line.startswith("Installing collected packages:"):
            count = line.count(",") + 1
            self.action = f"unpacking {count} package{'s' * (count > 1)}"
            self.detail = ""
        elif line.startswith(("Collecting ", "Requirement already satisfied:")):
            self.action, self.detail = _COLLECTING, ""
        elif "Retrying" in line:
            self.action, self.detail = "the package index does not answer: trying again", ""


def install(
    python: Path, *arguments: str, log: Path, package: str, reports_bytes: bool = True
) -> None:
    """Run `pip install` with progress.

    Args:
        python: Interpreter whose pip runs.
        *arguments: Arguments of `pip install`.
        log: File for pip's whole output.
        package: Name of the package in the sentence of a failure.
        reports_bytes: Whether this pip has `--progress-bar raw`.

    Raises:
        InstallError: Pip fails.
    """
    bar = "raw" if reports_bytes else "off"
    command = ["install", "--progress-bar", bar, "--only-binary", ":all:", *arguments]
    line = ProgressLine()
    action = PipAction()
    printed: list[str] = []
    start = time.monotonic()
    with _pip(python, command, subprocess.STDOUT) as process, log.open("a") as log_file:
        lines = _lines(process)
        try:
            while (text := _next(lines)) is not None:
                if text:
                    action.update(text)
                if text and not _PROGRESS.match(text):
                    printed.append(text)
                    log_file.write(f"{text}\n")
                seconds = time.monotonic() - start
                line.show(action.action, f"{action.detail} ({seconds:.0f} s)")
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        line.end("this failed.")
        raise InstallError(failure_message(package, printed, log))
    new = any(text.startswith("Successfully installed") for text in printed)
    line.end(f"done in {time.monotonic() - start:.0f} s." if new else "installed already.")


def dry_run_report(python: Path, *arguments: str, log: Path, package: str) -> str:
    """Run `pip install --dry-run` and return its JSON report; raises InstallError."""
    command = ["install", "--dry-run", "--quiet", "--report", "-", "--only-binary", ":all:"]
    with _pip(python, [*command, *arguments], subprocess.PIPE) as process:
        try:
            out, err = process.communicate()
        except BaseException:
            process.terminate()
            raise
    with log.open("a") as log_file:
        log_file.write(err)
    if process.returncode:
        raise InstallError(failure_message(package, err.splitlines(), log))
    return out


def failure_message(package: str, lines: Sequence[str], log: Path) -> str:
    """Sentence on pip's failure and its remedy, with pip's own errors."""
    errors = [line for line in lines if line.startswith("ERROR:")]
    if any(sign in line for line in lines for sign in _DISK_FULL):
        return (
            f"The disk is full: make room in {Path.cwd()} and, for the downloads, in "
            f"{tempfile.gettempdir()} and pip's cache."
        )
    if any(sign in line for line in lines for sign in _UNREACHABLE):
        return "The package index cannot be reached: check the Internet connection or the proxy."
    output = "\n".join(errors[:3] or lines[-3:])
    if any("No matching distribution" in line for line in errors):
        return f"There is no build of {package} for this computer and Python. pip says:\n{output}"
    return f"pip could not install {package}; its output is in {log}. It ended with:\n{output}"


def _pip(python: Path, command: Sequence[str], stderr: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-m", "pip", "--disable-pip-version-check", "--no-input", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def _lines(process: subprocess.Popen[str]) -> queue.Queue[str | None]:
    """Queue of the lines that a process prints, then None."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line.strip())
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _next(lines: queue.Queue[str | None]) -> str | None:
    """Next line; "" if none arrives within a second."""
    try:
        return lines.get(timeout=1.0)
    except queue.Empty:
        return ""
