"""The jobs that wait: motions, and behind them what takes so long that it steps aside for them."""

from __future__ import annotations

from ..schema.limits import LIMITS
from .fair_queue import FairQueue
from .job import BackendJob, QueueFullError


class JobQueue:
    """Two fair queues: of *patient* jobs one comes only while no other job waits.

    Not thread-safe.
    """

    def __init__(self) -> None:
        self._regular: FairQueue[BackendJob] = FairQueue()
        self._preemptible: FairQueue[BackendJob] = FairQueue()

    def __len__(self) -> int:
        return len(self._regular) + len(self._preemptible)

    def enqueue(self, job: BackendJob) -> None:
        """Put a job at the end of its client's line."""
        self._queue_of(job).push(job.client, job)

    def withdraw_job(self, job: BackendJob) -> None:
        """Take a waiting job out."""
        self._queue_of(job).remove_job(job.client, job)

    def withdraw_client(self, client: str) -> list[BackendJob]:
        """Take out all jobs of a client."""
        return [*self._regular.remove_client(client), *self._preemptible.remove_client(client)]

    def dequeue(self) -> BackendJob:
        """Take out the job whose turn it is; IndexError if none waits."""
        return (self._regular or self._preemptible).pop_next()

    def in_run_order(self) -> list[BackendJob]:
        """All jobs in the order in which they will be done if no other comes."""
        return [*self._regular.jobs_in_order(), *self._preemptible.jobs_in_order()]

    def must_preempt(self, slice_expired: bool) -> bool:
        """Whether a patient job that runs has to step aside: for any job, or after its slice of
        time for another patient one."""
        return bool(self._regular) or (slice_expired and bool(self._preemptible))

    def check_capacity(self, client: str, running: BackendJob | None, *, preemptible: bool) -> None:
        """Raise QueueFullError if a client's next job would be one too many."""
        waiting, own = len(self._regular), self._regular.count_waiting(client)
        if own >= LIMITS.queued_per_client:
            raise QueueFullError(
                f"The queue takes no more from one client, which has {own} jobs waiting: "
                "let one finish or cancel some, then send this one again."
            )
        if waiting >= LIMITS.queued_jobs:
            raise QueueFullError(
                f"The queue is full, with {waiting} jobs of several clients waiting: "
                "send this one again in a while."
            )
        if not preemptible:
            return
        begun = [
            *self._preemptible.jobs_in_order(),
            *([running] if running and running.preemptible else []),
        ]
        own = sum(job.client == client for job in begun)
        if own >= LIMITS.learning_per_client:
            raise QueueFullError(
                f"The queue takes no more from one client, for which {own} styles are being "
                "learnt: let one finish or cancel it, then send this one again."
            )
        if len(begun) >= LIMITS.queued_learning:
            raise QueueFullError(
                f"The queue is full, with {len(begun)} styles of several clients to be learnt: "
                "send this one again in a while."
            )

    def _queue_of(self, job: BackendJob) -> FairQueue[BackendJob]:
        return self._preemptible if job.preemptible else self._regular
