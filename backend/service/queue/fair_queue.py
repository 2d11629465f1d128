"""A queue in which clients take turns: one with many jobs does not keep the others waiting."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

_Job = TypeVar("_Job")

_REMEMBERED_CLIENTS = 256
"""Of how many clients it is known when they were last served."""


class FairQueue(Generic[_Job]):
    """One line for each client; whoever was served longest ago is next, of the same the first come.

    Not thread-safe.
    """

    def __init__(self) -> None:
        self._jobs_by_client: dict[str, deque[_Job]] = {}
        self._last_served: dict[str, int] = {}
        """The turn in which a client was last served, the latest at the end."""
        self._turn = 0

    def __len__(self) -> int:
        return sum(map(len, self._jobs_by_client.values()))

    def count_waiting(self, client: str) -> int:
        """How many jobs of this client wait."""
        return len(self._jobs_by_client.get(client, ()))

    def push(self, client: str, job: _Job) -> None:
        """Put a job at the end of its client's line."""
        self._jobs_by_client.setdefault(client, deque()).append(job)

    def remove_job(self, client: str, job: _Job) -> None:
        """Take a waiting job out of its client's line."""
        self._jobs_by_client[client].remove(job)
        self._forget_if_empty(client)

    def remove_client(self, client: str) -> list[_Job]:
        """Take out all jobs of a client."""
        return list(self._jobs_by_client.pop(client, ()))

    def pop_next(self) -> _Job:
        """Take out the job whose turn it is; IndexError if none waits."""
        client = min(self._jobs_by_client, key=self._last_turn, default=None)
        if client is None:
            raise IndexError("no job waits")
        job = self._jobs_by_client[client].popleft()
        self._forget_if_empty(client)
        self._turn += 1
        self._last_served.pop(client, None)
        self._last_served[client] = self._turn
        if len(self._last_served) > _REMEMBERED_CLIENTS:
            del self._last_served[next(iter(self._last_served))]
        return job

    def jobs_in_order(self) -> list[_Job]:
        """All jobs in the order in which they will be done if no other comes."""
        clients = sorted(self._jobs_by_client, key=self._last_turn)
        rounds = max(map(len, self._jobs_by_client.values()), default=0)
        lines = [self._jobs_by_client[client] for client in clients]
        return [line[n] for n in range(rounds) for line in lines if n < len(line)]

    def _last_turn(self, client: str) -> int:
        # Of several that were never served, `min` and `sorted` keep the order of their arrival.
        return self._last_served.get(client, 0)

    def _forget_if_empty(self, client: str) -> None:
        if not self._jobs_by_client[client]:
            del self._jobs_by_client[client]
