"""The backend as a child process: start it, shake hands, stop it."""

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
from .clean_environment import clean_environment, popen_options
from .process_lifetime import ProcessLifetime
from .vitals import HeartbeatMonitor

START_TIMEOUT_SECONDS = 180.0
"""A first start from a cold disk reads a gigabyte of libraries."""
STOP_TIMEOUT_SECONDS = 2.0
_LOG_TAIL = 4096
_LONGEST_LINE = 4096
_CHUNK = 65536


@dataclass(frozen=True)
class BackendCommand:
    """What is started, and where."""

    arguments: Sequence[str]
    folder: Path
    """The working folder; the one that holds `backend/`."""
    log_path: Path
    """Where all that the child prints goes; written afresh at each start."""
    work_folder: Path | None = None
    """Where it keeps what it has begun to learn; None to have it forget."""


@dataclass(frozen=True)
class Handshake:
    """The child's first line."""

    port: int
    pid: int
    version: str


class BackendProcess:
    """One running backend. Made by `start`; not to be used by two threads at once."""

    def __init__(
        self, process: subprocess.Popen[str], lifetime: ProcessLifetime, token: str, log: Path
    ) -> None:
        self._process = process
        self._lifetime = lifetime
        self._log = log
        self.token = token
        self.heartbeats = HeartbeatMonitor()
        self.handshake = Handshake(0, process.pid, "")

    @classmethod
    def start(
        cls,
        command: BackendCommand,
        *,
        timeout: float = START_TIMEOUT_SECONDS,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> BackendProcess:
        """Start the backend and wait for its first line.

        Args:
            seconds: how long the first line may take.
            cancelled: asked ten times a second; JobCancelledError is raised once it says yes.

        Raises:
            BackendError: the Python is not there, the child ended, or said nothing in time.
        """
        token = secrets.token_hex(32)
        try:
            with _open_log(command.log_path) as log:
                process: subprocess.Popen[str] = subprocess.Popen(
                    list(command.arguments),
                    cwd=command.folder,
                    env={**clean_environment(ANYFRAME_TOKEN=token), **_work_variable(command)},
                    stdin=subprocess.PIPE,  # kept open: the child ends when it closes
                    stdout=subprocess.PIPE,
                    stderr=log,
                    **popen_options(),
                )
        except OSError as error:
            raise BackendError(
                f"The backend's Python could not be started ({command.arguments[0]}: "
                f"{error.strerror or error}). Press Set up in the add-on's preferences."
            ) from error
        child = cls(process, ProcessLifetime(process), token, command.log_path)
        try:
            child.handshake = child._read_handshake(timeout, cancelled)
        except BaseException:
            child.stop()
            raise
        return child

    @property
    def alive(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    def ends_within(self, seconds: float) -> bool:
        """Whether the process ends in time: its socket closes a moment before it is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)
        return not self.alive

    def stop(self) -> None:
        """Ask the child to end by closing its input, and end it if it does not."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=STOP_TIMEOUT_SECONDS)
        self._lifetime.kill_group()

    def exit_description(self) -> str:
        """How the child ended, as the end of a sentence: exit status or signal, last line."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0.5)  # the log is whole once the process is gone
        line = last_line(self._log)
        status = self._process.poll() or 0
        how = f"exit status {status}" if status >= 0 else f"signal {-status}"
        return how + (f": {line}" if line else "")

    def _read_handshake(self, seconds: float, cancelled: Callable[[], bool]) -> Handshake:
        lines: queue.Queue[str] = queue.Queue()
        stdout = self._process.stdout
        assert isinstance(stdout, io.TextIOWrapper)
        # Only a thread can wait for a pipe with a time-out on every system.
        arguments = (stdout.buffer, lines, self.heartbeats)
        reader = threading.Thread(target=_read_output, args=arguments, daemon=True)
        reader.start()
        for _ in range(max(1, round(seconds * 10))):
            if cancelled():
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


def parse_handshake(line: str) -> Handshake:
    """The child's first line as a Handshake; BackendError if this is not our backend."""
    try:
        said = json.loads(line)
        protocol, port = said["protocol"], int(said["port"])
        handshake = Handshake(port, int(said["pid"]), str(said["version"]))
    except (ValueError, TypeError, KeyError) as error:
        raise BackendError(
            f"The backend's first words were not understood: {line.strip()[:80]!r}. "
            "Check “Python of the Backend” in the add-on's preferences."
        ) from error
    if protocol != PROTOCOL:
        raise BackendError(
            f"The backend speaks protocol {protocol} and this add-on {PROTOCOL}: "
            "install the same version of both (press Set up again)."
        )
    return handshake


def last_line(log: Path) -> str:
    """The last line with text in it of a log file; "" if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _LOG_TAIL))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")[:200]


def _work_variable(command: BackendCommand) -> dict[str, str]:
    return {} if command.work_folder is None else {"ANYFRAME_WORK": str(command.work_folder)}


def _open_log(path: Path) -> IO[bytes]:
    """The log, begun afresh; motions are made without one if the disk is full, say."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")
    except OSError:
        return Path(os.devnull).open("wb")


def _read_output(
    stdout: io.BufferedReader, lines: queue.Queue[str], vitals: HeartbeatMonitor
) -> None:
    """Hand over the first line ("" at the end), then note heartbeats until the pipe closes.

    The pipe is emptied whatever is in it, so that it never fills up.
    """
    with suppress(OSError, ValueError), stdout:
        lines.put(stdout.readline(_LONGEST_LINE).decode("utf-8", errors="replace"))
        rest = b""
        while chunk := stdout.read1(_CHUNK):
            *complete, rest = (rest + chunk).split(b"\n")
            rest = rest[:_LONGEST_LINE]
            if complete:  # the last one says how things are now
                vitals.record_heartbeat(complete[-1].decode("utf-8", errors="replace"))
    lines.put("")
