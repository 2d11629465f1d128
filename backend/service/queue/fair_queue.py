"""A queue in which clients take turns: one with many jobs does not keep the others waiting."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

_Job = TypeVar("_Job")

_REMEMBERED = 256
"""Of how many clients it is known when they were last served."""


class FairQueue(Generic[_Job]):
    """One line for each client; whoever was served longest ago is next, of the same the first come.

    Not thread-safe.
    """

    def __init__(self) -> None:
        self._lines: dict[str, deque[_Job]] = {}
        self._served: dict[str, int] = {}
        """The turn in which a client was last served, the latest at the end."""
        self._turn = 0

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def count(self, client: str) -> int:
        """How many jobs of this client wait."""
        return len(self._lines.get(client, ()))

    def add(self, client: str, job: _Job) -> None:
        """Put a job at the end of its client's line."""
        self._lines.setdefault(client, deque()).append(job)

    def remove(self, client: str, job: _Job) -> None:
        """Take a waiting job out of its client's line."""
        self._lines[client].remove(job)
        self._forget_if_empty(client)

    def drop(self, client: str) -> list[_Job]:
        """Take out all jobs of a client."""
        return list(self._lines.pop(client, ()))

    def next(self) -> _Job:
        """Take out the job whose turn it is; IndexError if none waits."""
        client = min(self._lines, key=self._last_turn, default=None)
        if client is None:
            raise IndexError("no job waits")
        job = self._lines[client].popleft()
        self._forget_if_empty(client)
        self._turn += 1
        self._served.pop(client, None)
        self._served[client] = self._turn
        if len(self._served) > _REMEMBERED:
            del self._served[next(iter(self._served))]
        return job

    def in_order(self) -> list[_Job]:
        """All jobs in the order in which they will be done if no other comes."""
        clients = sorted(self._lines, key=self._last_turn)
        rounds = max(map(len, self._lines.values()), default=0)
        lines = [self._lines[client] for client in clients]
        return [line[n] for n in range(rounds) for line in lines if n < len(line)]

    def _last_turn(self, client: str) -> int:
        # Of several that were never served, `min` and `sorted` keep the order of their arrival.
        return self._served.get(client, 0)

    def _forget_if_empty(self, client: str) -> None:
        if not self._lines[client]:
            del self._lines[client]
