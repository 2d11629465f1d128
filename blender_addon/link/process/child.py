"""The backend as a child process: start it, read its handshake, stop it."""

from __future__ import annotations

import io
import json
import os
import queue
import secrets
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ...backend.protocol.version import PROTOCOL
from ..errors import BackendError, JobCancelledError
from .heartbeats import HeartbeatMonitor
from .subprocesses import ChildProcess

START_TIMEOUT_SECONDS = 180.0
"""Time for the handshake; a first start from a cold disk reads a gigabyte of libraries."""
STOP_TIMEOUT_SECONDS = 2.0
_LOG_TAIL_BYTES = 4096
_MAX_LINE = 4096
_CHUNK_BYTES = 65536


@dataclass(frozen=True)
class BackendCommand:
    """Command that starts the backend."""

    arguments: Sequence[str]
    folder: Path
    """Working folder, which contains `backend/`."""
    log_path: Path
    """File for the output of the child; overwritten at each start."""
    work_folder: Path | None = None
    """Folder of unfinished trainings; None to discard them."""


class BackendProcess:
    """One running backend; for one thread at a time."""

    def __init__(
        self,
        command: BackendCommand,
        *,
        timeout: float = START_TIMEOUT_SECONDS,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Start the backend and wait for its handshake.

        Raises:
            BackendError: The Python does not exist, or the child ended or printed nothing in time.
            JobCancelledError: `is_cancelled`, polled ten times per second, returned True.
        """
        self.token = secrets.token_hex(32)
        self.heartbeats = HeartbeatMonitor()
        self._log = command.log_path
        variables = {"ANYFRAME_TOKEN": self.token}
        if command.work_folder is not None:
            variables["ANYFRAME_WORK"] = str(command.work_folder)
        try:
            with _open_log(self._log) as log:
                # The child ends when its standard input closes.
                self._process = ChildProcess(command.arguments, command.folder, log, variables)
        except OSError as error:
            raise BackendError(
                f"The backend's Python could not be started ({command.arguments[0]}: "
                f"{error.strerror or error}). Press Set up in the add-on's preferences."
            ) from error
        try:
            self.port = self._read_port(timeout, is_cancelled)
        except BaseException:
            self.stop()
            raise

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ends_within(self, seconds: float) -> bool:
        """Wait for the process to end: its socket closes a moment before it is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        return not self.alive

    def stop(self) -> None:
        """End the child by closing its input, and kill it if that does not work."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=STOP_TIMEOUT_SECONDS)
        self._process.kill_group()

    def exit_description(self) -> str:
        """Return exit status or signal, and the last line of the log."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.5)  # the log is complete once the process is gone
        line = last_line(self._log)
        status = self._process.poll() or 0
        description = f"exit status {status}" if status >= 0 else f"signal {-status}"
        return description + (f": {line}" if line else "")

    def _read_port(self, seconds: float, is_cancelled: Callable[[], bool]) -> int:
        lines: queue.Queue[str] = queue.Queue()
        stdout = self._process.stdout
        assert isinstance(stdout, io.TextIOWrapper)
        # Only a thread can wait for a pipe with a time-out on every system.
        arguments = (stdout.buffer, lines, self.heartbeats)
        reader = threading.Thread(target=_read_output, args=arguments, daemon=True)
        reader.start()
        for _ in range(max(1, round(seconds * 10))):
            if is_cancelled():
                raise JobCancelledError
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if not line:
                raise BackendError(
                    f"The backend ended while starting ({self.exit_description()}). "
                    "Press Set up in the add-on's preferences."
                )
            return parse_handshake(line)
        raise BackendError(
            f"The backend did not start within {seconds:.0f} seconds; its log is {self._log}."
        )


def parse_handshake(line: str) -> int:
    """Return the port in the first line of the child; raise BackendError if it is not ours."""
    try:
        reply = json.loads(line)
        protocol, port = reply["protocol"], int(reply["port"])
    except (ValueError, TypeError, KeyError) as error:
        raise BackendError(
            f"The backend's first line is not a handshake: {line.strip()[:80]!r}. "
            "Check “Python of the Backend” in the add-on's preferences."
        ) from error
    if protocol != PROTOCOL:
        raise BackendError(
            f"The backend speaks protocol {protocol} and this add-on {PROTOCOL}: "
            "install the same version of both (press Set up again)."
        )
    return port


def last_line(log: Path) -> str:
    """Return the last line of a log file that is not blank; "" if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")[:200]


def _open_log(path: Path) -> IO[bytes]:
    """Open an empty log; if that fails, on a full disk for example, discard the output."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError:
        return Path(os.devnull).open("wb")


def _read_output(
    stdout: io.BufferedReader, lines: queue.Queue[str], heartbeats: HeartbeatMonitor
) -> None:
    """Pass on the first line ("" at the end), then record heartbeats until the pipe closes.

    Everything else is read too, so that the pipe never fills up.
    """
    with suppress(OSError, ValueError), stdout:
        lines.put(stdout.readline(_MAX_LINE).decode("utf-8", errors="replace"))
        rest = b""
        while chunk := stdout.read1(_CHUNK_BYTES):
            *complete, rest = (rest + chunk).split(b"\n")
            rest = rest[:_MAX_LINE]
            if complete:  # the last one has the current state
                heartbeats.record_heartbeat(complete[-1].decode("utf-8", errors="replace"))
    lines.put("")
