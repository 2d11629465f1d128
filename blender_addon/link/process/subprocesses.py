"""Start other programs from Blender: clean environment, no console window, no orphans.

On Windows a child joins a job object that the system ends when its last handle closes, which
happens whenever this process ends, even by a crash. Elsewhere the child itself ends when its
standard input closes, and is killed here as a group, together with what it has started.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_REMOVED_PREFIXES = (
    *("PYTHON", "__PYVENV", "VIRTUAL_ENV", "CONDA_", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"),
)


def clean_environment() -> dict[str, str]:
    """Return this process' environment without the variables that concern its own Python.

    Blender, or the program that started it, may set PYTHONPATH or PYTHONHOME; another interpreter
    that inherits them does not find its own library. Text is UTF-8 in both directions.
    """
    clean = {k: v for k, v in os.environ.items() if not k.upper().startswith(_REMOVED_PREFIXES)}
    return {**clean, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:replace"}


def _popen_options() -> dict[str, Any]:
    """Return the keyword arguments of `subprocess.Popen` that all programs started here have.

    Output is decoded as UTF-8 with bad bytes replaced. The process leads its own group, so that
    Ctrl-C in the terminal of Blender does not reach it, and its children can be killed with it.
    """
    options: dict[str, Any] = {"encoding": "utf-8", "errors": "replace"}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    return options


def read_output(arguments: Sequence[str], seconds: float) -> str:
    """Run a short program and return its output; raise OSError or SubprocessError if it fails."""
    return subprocess.run(
        arguments,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=True,
        **_popen_options(),
    ).stdout


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KILL_ON_JOB_CLOSE = 0x2000
    _EXTENDED_LIMIT_INFORMATION = 9

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    def _job_object(process: subprocess.Popen[Any]) -> Any:
        """Return a kill-on-close job object with the process; None if the system refuses."""
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
        kernel.SetInformationJobObject.argtypes = (
            wintypes.HANDLE,
            ctypes.c_int,
            ctypes.c_void_p,
            wintypes.DWORD,
        )
        kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
        kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
        job = kernel.CreateJobObjectW(None, None)
        if not job:
            return None
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        handle = wintypes.HANDLE(int(process._handle))  # pyright: ignore[reportAttributeAccessIssue]
        assigned = kernel.SetInformationJobObject(
            job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
        ) and kernel.AssignProcessToJobObject(job, handle)
        if assigned:
            return job
        kernel.CloseHandle(job)
        return None


class ChildProcess(subprocess.Popen[str]):
    """One child process and everything that it starts, with pipes to its input and output."""

    def __init__(
        self,
        arguments: Sequence[str],
        folder: Path,
        stderr: int | IO[bytes],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Start the process in a folder, with additional environment variables."""
        super().__init__(
            arguments,
            cwd=folder,
            env={**clean_environment(), **(variables or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            **_popen_options(),
        )
        self._job: Any = _job_object(self) if sys.platform == "win32" else None

    def kill_group(self) -> None:
        """Kill the process and its children, and wait until it is gone."""
        if sys.platform == "win32" and self._job is not None:
            ctypes.WinDLL("kernel32").CloseHandle(wintypes.HANDLE(self._job))
            self._job = None
        elif self.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self.kill()
                else:
                    os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(timeout=5.0)
