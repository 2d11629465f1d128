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
from collections.abc import Mapping
from typing import Any

_REMOVED_PREFIXES = (
    *("PYTHON", "__PYVENV", "VIRTUAL_ENV", "CONDA_", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"),
)


def clean_environment(base: Mapping[str, str] | None = None, **variables: str) -> dict[str, str]:
    """Return this process' environment without the variables that concern its own Python.

    Blender, or the program that started it, may set PYTHONPATH or PYTHONHOME; another interpreter
    that inherits them does not find its own library. Text is UTF-8 in both directions.
    """
    inherited = os.environ if base is None else base
    clean = {k: v for k, v in inherited.items() if not k.upper().startswith(_REMOVED_PREFIXES)}
    return {**clean, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:replace", **variables}


def popen_options() -> dict[str, Any]:
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

    def _close(job: Any) -> None:
        ctypes.WinDLL("kernel32").CloseHandle(wintypes.HANDLE(job))


class ProcessLifetime:
    """One child process and everything that it starts."""

    def __init__(self, process: subprocess.Popen[Any]) -> None:
        self._process = process
        self._job: Any = _job_object(process) if sys.platform == "win32" else None

    def kill_group(self) -> None:
        """Kill the process and its children, and wait until it is gone."""
        if sys.platform == "win32":
            if self._job is not None:
                _close(self._job)
                self._job = None
            elif self._process.poll() is None:
                self._process.kill()
        elif self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5.0)
