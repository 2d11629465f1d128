"""Heartbeats for the parent process.

Libraries that load hold the interpreter for seconds, and longer on a busy machine. HTTP requests
are not answered meanwhile, so heartbeats let the parent distinguish a backend that loads from one
that hangs. Each one is a line of JSON on the real stdout, after the handshake.
"""

import asyncio
import json
import os
import threading
import time

from ..engine.interface import loading_phase


class Heartbeat:
    """Thread that writes heartbeats until the process ends or the pipe is closed."""

    def __init__(self, stdout: int, interval: float) -> None:
        """Prepare the thread, which writes to a file descriptor every `interval` seconds."""
        self._stdout = stdout
        self._interval = interval
        self._loop_ticked = time.monotonic()

    def start_beating(self) -> None:
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    async def watch_event_loop(self) -> None:
        """Record that the server's event loop runs; a task of that loop."""
        while True:
            self._loop_ticked = time.monotonic()
            await asyncio.sleep(self._interval)

    def format_beat(self) -> bytes:
        """Return one heartbeat: what is being loaded (``phase``), seconds since the event loop ran
        last (``loop_idle``) and processor seconds of the process (``cpu``)."""
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
