"""Heartbeats of a child process, and the decision when it is stuck.

A backend that loads on a busy machine may answer nothing for minutes without being broken. Only its
heartbeats distinguish that from a process that will never answer again.
"""

import json
import threading
import time
from collections.abc import Callable

SILENCE_TIMEOUT_SECONDS = 180.0
"""Longest silence of a child. A library that loads may hold the interpreter, and with it the
heartbeat, for 20 s; with a busy process on each core for a minute."""
IDLE_TIMEOUT_SECONDS = 300.0
"""Longest time in one phase of loading without computing."""
IDLE_CPU_SECONDS = 1.0
"""Processor time that heartbeats alone do not use in `IDLE_TIMEOUT_SECONDS`."""


class HeartbeatMonitor:
    """Signs of life of one child; any thread may record and read them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start as if a sign of life had just come; `clock` is a monotonic clock in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._last_sign = clock()
        self.phase = ""
        """Part of the child that loads, such as "Loading PyTorch"; "" if unknown."""
        self._loop_idle = 0.0
        self._computed_at, self._cpu = clock(), 0.0

    def record_reply(self) -> None:
        with self._lock:
            self._last_sign = self._clock()
            self._loop_idle = 0.0

    def record_heartbeat(self, line: str) -> None:
        """Parse a line that the child has printed; ignore anything but a heartbeat."""
        try:
            beat = json.loads(line)
            phase, loop_idle, cpu = str(beat["phase"]), float(beat["loop_idle"]), float(beat["cpu"])
        except (ValueError, TypeError, KeyError):
            return
        with self._lock:
            now = self._last_sign = self._clock()
            if phase != self.phase or cpu - self._cpu >= IDLE_CPU_SECONDS:
                self._computed_at, self._cpu = now, cpu
            self.phase, self._loop_idle = phase[:100], loop_idle

    def stuck_reason(self) -> str:
        """Return why the child counts as stuck, as the end of a sentence; "" if it does not."""
        with self._lock:
            now = self._clock()
            silent, idle = now - self._last_sign, now - self._computed_at
            if silent >= SILENCE_TIMEOUT_SECONDS:
                return f"gave no sign of life for {silent:.0f} seconds"
            # A server loop that waits for a library to load is not stuck while something computes.
            if self.phase and idle >= IDLE_TIMEOUT_SECONDS:
                return f"made no progress for {idle:.0f} seconds ({self.phase})"
            if not self.phase and self._loop_idle >= SILENCE_TIMEOUT_SECONDS:
                return f"answered nothing for {self._loop_idle:.0f} seconds"
        return ""
