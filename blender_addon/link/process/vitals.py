"""What a child process says of itself while it cannot answer, and when it counts as stuck.

A backend that loads on a busy machine may answer nothing for minutes and be perfectly well. Only
its heartbeats tell that from a process that will never answer again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

SILENCE_TIMEOUT_SECONDS = 180.0
"""Without a sign of life for so long a child is stuck. A library that loads may hold the
interpreter, and with it the heartbeat, for 20 s; with a busy process on each core for a minute."""
IDLE_TIMEOUT_SECONDS = 300.0
"""A child that has loaded one and the same thing for so long without computing is stuck."""
IDLE_CPU_SECONDS = 1.0
"""Processor seconds that a heartbeat alone does not use up in `IDLE_SECONDS`."""


class HeartbeatMonitor:
    """Signs of life of one child. Any thread may note them and ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins as if a sign of life had just come.

        Args:
            clock: seconds that never run backwards.
        """
        self._clock = clock
        self._lock = threading.Lock()
        self._last_sign = clock()
        self._phase = ""
        self._loop_idle = 0.0
        self._computed_at, self._cpu = clock(), 0.0

    @property
    def phase(self) -> str:
        """What the child is loading, as the beginning of a sentence; "" if nothing is known."""
        with self._lock:
            return self._phase

    def record_reply(self) -> None:
        """Note that the child has answered a request."""
        with self._lock:
            self._last_sign = self._clock()
            self._loop_idle = 0.0

    def record_heartbeat(self, line: str) -> None:
        """Note a line that the child has written; what is no heartbeat is ignored."""
        try:
            beat = json.loads(line)
            phase, loop_idle, cpu = str(beat["phase"]), float(beat["loop_idle"]), float(beat["cpu"])
        except (ValueError, TypeError, KeyError):
            return
        with self._lock:
            now = self._last_sign = self._clock()
            if phase != self._phase or cpu - self._cpu >= IDLE_CPU_SECONDS:
                self._computed_at, self._cpu = now, cpu
            self._phase, self._loop_idle = phase[:100], loop_idle

    def stuck_reason(self) -> str:
        """Why the child will not answer any more, as the end of a sentence; "" if it may."""
        with self._lock:
            now = self._clock()
            silent, idle = now - self._last_sign, now - self._computed_at
            if silent >= SILENCE_TIMEOUT_SECONDS:
                return f"gave no sign of life for {silent:.0f} seconds"
            # A loop that waits for a library to load is not stuck, as long as something computes.
            if self._phase and idle >= IDLE_TIMEOUT_SECONDS:
                return f"made no progress for {idle:.0f} seconds ({self._phase})"
            if not self._phase and self._loop_idle >= SILENCE_TIMEOUT_SECONDS:
                return f"answered nothing for {self._loop_idle:.0f} seconds"
        return ""
