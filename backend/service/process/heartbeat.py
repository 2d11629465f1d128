"""Signs of life for the parent process, from a thread of its own.

Libraries that load hold the interpreter for seconds, and longer on a busy machine. Meanwhile no
HTTP request is answered, so a parent could not tell a backend that loads from one that is stuck.
Each beat is one line of JSON on the real stdout, behind the greeting.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time

from .loading import loading_phase


class Heartbeat:
    """Writes beats until the process ends or nobody reads them any more."""

    def __init__(self, stdout: int, interval: float) -> None:
        """Nothing is written yet.

        Args:
            stdout: file descriptor that beats are written to.
            interval: seconds between two beats.
        """
        self._stdout = stdout
        self._interval = interval
        self._loop_ticked = time.monotonic()

    def start_beating(self) -> None:
        """Begin to write beats."""
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    async def watch_event_loop(self) -> None:
        """Note again and again that the server's event loop runs; a task of that loop."""
        while True:
            self._loop_ticked = time.monotonic()
            await asyncio.sleep(self._interval)

    def format_beat(self) -> bytes:
        """One beat.

        ``phase`` is what is being loaded, ``loop_idle`` the seconds since the server's event loop
        ran last, ``cpu`` the processor seconds that the process has used.
        """
        beat = {
            "phase": loading_phase(),
            "loop_idle": round(time.monotonic() - self._loop_ticked, 3),
            "cpu": round(time.process_time(), 3),
        }
        return json.dumps(beat).encode("ascii") + b"\n"

    def _beat(self) -> None:
        try:
            while True:
                os.write(self._stdout, self.format_beat())
                time.sleep(self._interval)
        except OSError:
            os.close(self._stdout)
