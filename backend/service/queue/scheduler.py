"""Order of jobs: clients take turns, and preemptible jobs run while no other job waits."""

import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from ..schema.limits import LIMITS
from .job import BackendJob, QueueFullError

_Job = TypeVar("_Job")

ANONYMOUS = ""
"""Name of clients without a name; they never count as inactive."""
_REMEMBERED_CLIENTS = 256
"""Clients whose last turn is stored; enough for all that can have jobs at the same time."""


class FairQueue(Generic[_Job]):
    """One queue for each client; the client that was served longest ago is next.

    Clients that were never served come first, in the order of arrival. Not thread-safe.
    """

    def __init__(self) -> None:
        self._jobs_by_client: dict[str, deque[_Job]] = {}
        self._last_served: dict[str, int] = {}
        """Turn in which each client was last served, the latest at the end."""
        self._turn = 0

    def __len__(self) -> int:
        return sum(map(len, self._jobs_by_client.values()))

    def count_waiting(self, client: str) -> int:
        return len(self._jobs_by_client.get(client, ()))

    def push(self, client: str, job: _Job) -> None:
        self._jobs_by_client.setdefault(client, deque()).append(job)

    def remove_job(self, client: str, job: _Job) -> None:
        self._jobs_by_client[client].remove(job)
        self._forget_if_empty(client)

    def remove_client(self, client: str) -> list[_Job]:
        """Remove a client and return its jobs."""
        return list(self._jobs_by_client.pop(client, ()))

    def pop_next(self) -> _Job:
        """Remove and return the next job; IndexError if none waits."""
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
        """Return all jobs in the order in which they run if no other arrives."""
        clients = sorted(self._jobs_by_client, key=self._last_turn)
        rounds = max(map(len, self._jobs_by_client.values()), default=0)
        queues = [self._jobs_by_client[client] for client in clients]
        return [queue[n] for n in range(rounds) for queue in queues if n < len(queue)]

    def _last_turn(self, client: str) -> int:
        # `min` and `sorted` preserve the order of arrival of clients that were never served.
        return self._last_served.get(client, 0)

    def _forget_if_empty(self, client: str) -> None:
        if not self._jobs_by_client[client]:
            del self._jobs_by_client[client]


class JobQueue:
    """Two fair queues: preemptible jobs run only while no other job waits. Not thread-safe."""

    def __init__(self) -> None:
        self._regular: FairQueue[BackendJob] = FairQueue()
        self._preemptible: FairQueue[BackendJob] = FairQueue()

    def __len__(self) -> int:
        return len(self._regular) + len(self._preemptible)

    def enqueue(self, job: BackendJob) -> None:
        self._queue_of(job).push(job.client, job)

    def withdraw_job(self, job: BackendJob) -> None:
        self._queue_of(job).remove_job(job.client, job)

    def withdraw_client(self, client: str) -> list[BackendJob]:
        """Remove and return all jobs of a client."""
        return [*self._regular.remove_client(client), *self._preemptible.remove_client(client)]

    def dequeue(self) -> BackendJob:
        """Remove and return the next job; IndexError if none waits."""
        return (self._regular or self._preemptible).pop_next()

    def in_run_order(self) -> list[BackendJob]:
        """Return all jobs in the order in which they run if no other arrives."""
        return [*self._regular.jobs_in_order(), *self._preemptible.jobs_in_order()]

    def must_preempt(self, slice_expired: bool) -> bool:
        """Return whether a running preemptible job has to make room: at once for a regular job,
        after its time slice for another preemptible one."""
        return bool(self._regular) or (slice_expired and bool(self._preemptible))

    def check_capacity(self, client: str, running: BackendJob | None, *, preemptible: bool) -> None:
        """Raise QueueFullError if there is no room for another job of a client."""
        waiting, of_client = len(self._regular), self._regular.count_waiting(client)
        if of_client >= LIMITS.queued_per_client:
            raise QueueFullError(
                f"The queue accepts at most {LIMITS.queued_per_client} jobs of one client: let one "
                "finish or cancel some, then send this one again."
            )
        if waiting >= LIMITS.queued_jobs:
            raise QueueFullError(
                f"The queue is full, with {waiting} jobs of several clients: send this one again "
                "later."
            )
        if not preemptible:
            return
        learning = self._preemptible.jobs_in_order()
        if running and running.preemptible:
            learning.append(running)
        if sum(job.client == client for job in learning) >= LIMITS.learning_per_client:
            raise QueueFullError(
                f"The queue accepts at most {LIMITS.learning_per_client} styles of one client: let "
                "one finish or cancel it, then send this one again."
            )
        if len(learning) >= LIMITS.queued_learning:
            raise QueueFullError(
                f"The queue is full, with {len(learning)} styles of several clients: send this one "
                "again later."
            )

    def _queue_of(self, job: BackendJob) -> FairQueue[BackendJob]:
        return self._preemptible if job.preemptible else self._regular


class ClientRegistry:
    """Time of the last request of each client that has sent a job. Not thread-safe."""

    def __init__(self, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without clients.

        Args:
            timeout: Seconds of silence after which a client is inactive.
            clock: Monotonic clock in seconds.
        """
        self.timeout = timeout
        self._clock = clock
        self._last_seen: dict[str, float] = {}

    def start_tracking(self, client: str) -> None:
        if client != ANONYMOUS:
            self._last_seen[client] = self._clock()

    def record_activity(self, client: str) -> None:
        if client in self._last_seen:
            self._last_seen[client] = self._clock()

    def pop_inactive(self) -> list[str]:
        """Stop tracking the inactive clients and return them."""
        since = self._clock() - self.timeout
        inactive = [client for client, seen in self._last_seen.items() if seen < since]
        for client in inactive:
            del self._last_seen[client]
        return inactive
