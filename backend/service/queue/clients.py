"""Who is still there: a client that has jobs and asks for nothing any more has vanished."""

from __future__ import annotations

import time
from collections.abc import Callable

ANONYMOUS = ""
"""A client that does not say who it is; it cannot be missed."""


class ClientRegistry:
    """When each client that has sent a job was last heard of. Not thread-safe."""

    def __init__(self, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Nobody is known yet.

        Args:
            patience: seconds of silence after which a client has vanished.
            clock: seconds that never go back.
        """
        self.timeout = timeout
        self._clock = clock
        self._last_seen: dict[str, float] = {}

    def start_tracking(self, client: str) -> None:
        """A client has sent a job, and is listened for from now on."""
        if client != ANONYMOUS:
            self._last_seen[client] = self._clock()

    def record_activity(self, client: str) -> None:
        """A client has asked for something."""
        if client in self._last_seen:
            self._last_seen[client] = self._clock()

    def pop_inactive(self) -> list[str]:
        """The clients that have been silent for too long; they are not named again."""
        since = self._clock() - self.timeout
        silent = [client for client, when in self._last_seen.items() if when < since]
        for client in silent:
            del self._last_seen[client]
        return silent
