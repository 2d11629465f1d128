"""The jobs that wait: motions, and behind them what takes so long that it steps aside for them."""

from __future__ import annotations

from ..schema.limits import LIMITS
from .fair_queue import FairQueue
from .job import Job, QueueFullError


class Lines:
    """Two fair queues: of *patient* jobs one comes only while no other job waits.

    Not thread-safe.
    """

    def __init__(self) -> None:
        self._prompt: FairQueue[Job] = FairQueue()
        self._patient: FairQueue[Job] = FairQueue()

    def __len__(self) -> int:
        return len(self._prompt) + len(self._patient)

    def add(self, job: Job) -> None:
        """Put a job at the end of its client's line."""
        self._line_of(job).add(job.client, job)

    def remove(self, job: Job) -> None:
        """Take a waiting job out."""
        self._line_of(job).remove(job.client, job)

    def drop(self, client: str) -> list[Job]:
        """Take out all jobs of a client."""
        return [*self._prompt.drop(client), *self._patient.drop(client)]

    def next(self) -> Job:
        """Take out the job whose turn it is; IndexError if none waits."""
        return (self._prompt or self._patient).next()

    def in_order(self) -> list[Job]:
        """All jobs in the order in which they will be done if no other comes."""
        return [*self._prompt.in_order(), *self._patient.in_order()]

    def ahead_of_patient(self, slice_over: bool) -> bool:
        """Whether a patient job that runs has to step aside: for any job, or after its slice of
        time for another patient one."""
        return bool(self._prompt) or (slice_over and bool(self._patient))

    def check_room(self, client: str, running: Job | None, *, patient: bool) -> None:
        """Raise QueueFullError if a client's next job would be one too many."""
        waiting, own = len(self._prompt), self._prompt.count(client)
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
        if not patient:
            return
        begun = [*self._patient.in_order(), *([running] if running and running.patient else [])]
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

    def _line_of(self, job: Job) -> FairQueue[Job]:
        return self._patient if job.patient else self._prompt
