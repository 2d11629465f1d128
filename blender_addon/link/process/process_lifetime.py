"""Ties the life of a child process to this one's: no orphan stays when Blender dies.

On Windows the child joins a job object that the system ends when its last handle closes, which
happens whenever this process goes, a crash included. Elsewhere the child itself ends when its
standard input closes, and is ended here as a group, so that what it has started goes too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Any

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
        """A kill-on-close job object holding the process, or None if the system refuses."""
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
        held = kernel.SetInformationJobObject(
            job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
        ) and kernel.AssignProcessToJobObject(job, handle)
        if held:
            return job
        kernel.CloseHandle(job)
        return None

    def _close(job: Any) -> None:
        ctypes.WinDLL("kernel32").CloseHandle(wintypes.HANDLE(job))


class ProcessLifetime:
    """Holds one child process and all that it starts, until `end`."""

    def __init__(self, process: subprocess.Popen[Any]) -> None:
        self._process = process
        self._job: Any = _job_object(process) if sys.platform == "win32" else None

    def kill_group(self) -> None:
        """End the process and its children at once, and wait until it is gone."""
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
