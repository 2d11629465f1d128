"""Order of jobs: clients take turns, and preemptible jobs run while no other job waits."""

import time
from collections import Counter
from collections.abc import Callable

from ..schema.limits import LIMITS
from .job import BackendJob, QueueFullError

ANONYMOUS = ""
"""Name of clients without a name; they never count as inactive."""
_REMEMBERED_CLIENTS = 256
"""Clients whose last turn is stored; enough for all that can have jobs at the same time."""


class JobQueue:
    """Waiting jobs; preemptible ones run only while no other job waits. Not thread-safe.

    Of several clients, the one that was served longest ago is next. Clients that were never served
    come first, in the order of arrival. Turns of preemptible jobs are counted by themselves.
    """

    def __init__(self) -> None:
        self._waiting: list[BackendJob] = []
        self._last_served: dict[tuple[bool, str], int] = {}
        """Turn in which each client was last served, the latest at the end."""
        self._turn = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def enqueue(self, job: BackendJob) -> None:
        self._waiting.append(job)

    def withdraw_job(self, job: BackendJob) -> None:
        self._waiting.remove(job)

    def withdraw_client(self, client: str) -> list[BackendJob]:
        """Remove and return all jobs of a client."""
        withdrawn = [job for job in self.in_run_order() if job.client == client]
        self._waiting = [job for job in self._waiting if job.client != client]
        return withdrawn

    def dequeue(self) -> BackendJob:
        """Remove and return the next job; IndexError if none waits."""
        job = self.in_run_order()[0]
        self._waiting.remove(job)
        self._turn += 1
        self._last_served.pop((job.preemptible, job.client), None)
        self._last_served[job.preemptible, job.client] = self._turn
        if len(self._last_served) > _REMEMBERED_CLIENTS:
            del self._last_served[next(iter(self._last_served))]
        return job

    def in_run_order(self) -> list[BackendJob]:
        """Return all jobs in the order in which they run if no other arrives."""
        # Jobs of each client so far, in the order in which the clients arrived.
        rounds: Counter[tuple[bool, str]] = Counter()
        ranks: dict[str, tuple[int, ...]] = {}
        for job in self._waiting:
            client = job.preemptible, job.client
            rounds[client] += 1
            last_served, arrival = self._last_served.get(client, 0), list(rounds).index(client)
            ranks[job.id] = job.preemptible, rounds[client], last_served, arrival
        return sorted(self._waiting, key=lambda job: ranks[job.id])

    def must_preempt(self, slice_expired: bool) -> bool:
        """Return whether a running preemptible job has to make room: at once for a regular job,
        after its time slice for another preemptible one."""
        return any(slice_expired or not job.preemptible for job in self._waiting)

    def check_capacity(self, new: BackendJob, running: BackendJob | None) -> None:
        """Raise QueueFullError if there is no room for another job of its client."""
        regular = [job.client for job in self._waiting if not job.preemptible]
        if regular.count(new.client) >= LIMITS.queued_per_client:
            raise QueueFullError(
                f"The queue accepts at most {LIMITS.queued_per_client} jobs of one client: let one "
                "finish or cancel some, then send this one again."
            )
        if len(regular) >= LIMITS.queued_jobs:
            raise QueueFullError(
                f"The queue is full, with {len(regular)} jobs of several clients: send this one "
                "again later."
            )
        if not new.preemptible:
            return
        jobs = [*self._waiting, *([running] if running else [])]
        learning = [job.client for job in jobs if job.preemptible]
        if learning.count(new.client) >= LIMITS.learning_per_client:
            raise QueueFullError(
                f"The queue accepts at most {LIMITS.learning_per_client} styles of one client: let "
                "one finish or cancel it, then send this one again."
            )
        if len(learning) >= LIMITS.queued_learning:
            raise QueueFullError(
                f"The queue is full, with {len(learning)} styles of several clients: send this one "
                "again later."
            )


class ClientRegistry:
    """Time of the last request of each client that has sent a job. Not thread-safe."""

    def __init__(self, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.timeout = timeout
        """Seconds of silence after which a client is inactive."""
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
