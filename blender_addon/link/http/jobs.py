"""The queue of jobs: a worker thread speaks HTTP, `tick` moves what it hears to the main thread.

Only the main thread reads and changes a `Job`. The worker gets orders through one queue and answers
through another, so nothing is shared but those two and each job's `stop` flag.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..errors import JobError
from .client import LEARN, JobStatus
from .connection import BackendLocation
from .worker import Heard, JobDone, JobFailed, PreviewReceived, Worker, WorkerRequest

_WAIT_SECONDS = 0.005
"""Between two ticks of `JobQueue.wait`: short beside the second that a whole job takes."""


class JobState(Enum):
    """Where a job is on its way."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    """The take has come and waits for a moment when it may be applied."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED_STATES = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(eq=False)
class Job:
    """One request on its way, as the panel shows it."""

    number: int
    title: str
    finish: Callable[[Job, bytes], str]
    """Called on the main thread with the `.npz` of the take, the first if there are several, or of
    the body; returns the sentence to show, or raises JobError."""
    state: JobState = JobState.WAITING
    status: JobStatus = field(default_factory=lambda: JobStatus(state="queued"))
    message: str = "Waiting"
    error: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    takes: tuple[bytes, ...] = ()
    """All that came, while `finish` is called: one for each variation."""
    part_index: int = 0
    """Its place, from 0, among jobs that are parts of one,"""
    part_count: int = 1
    """of which there are so many."""
    is_preemptible: bool = False
    """It takes long, and others are done in between."""
    preview: bytes = b""
    """The `.npz` of a take that shows what has been learnt so far; b"" while there is none."""
    warnings: tuple[str, ...] = ()
    """The sentences of the last message that warn of something: the panel always shows them."""
    started_at: float = field(default_factory=time.monotonic)
    """When it was given, by `time.monotonic`."""
    on_end: Callable[[Job], None] = lambda _job: None
    """Called on the main thread once the job has ended, however it did."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED_STATES

    @property
    def completed_fraction(self) -> float:
        """0 ... 1, as far as is known; of all parts together."""
        mine = min(1.0, self.status.step / self.status.total) if self.status.total else 0.0
        return (self.part_index + mine) / self.part_count


class JobQueue:
    """Jobs in the order they were given, done one after the other by one warm backend."""

    def __init__(self) -> None:
        self.capabilities: dict[str, Any] = {}
        """What the backend last said that it can do; {} before it was first started."""
        self.last: Job | None = None
        """The job that ended last, for its message or error."""
        self._jobs: list[Job] = []
        self._numbers = itertools.count(1)
        self._worker: Worker | None = None
        self._warming = False

    @property
    def busy(self) -> bool:
        """Whether there is something to listen for."""
        return bool(self._jobs) or self._warming

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that have not ended, the current one first."""
        return tuple(self._jobs)

    @property
    def current(self) -> Job | None:
        """The job to show progress of: the first, but for one that steps aside for others."""
        prompt = (job for job in self._jobs if not job.is_preemptible)
        return next(prompt, self._jobs[0] if self._jobs else None)

    @property
    def learning_job(self) -> Job | None:
        """The job that takes long and steps aside for others; the first, if there are several."""
        return next((job for job in self._jobs if job.is_preemptible), None)

    def submit(
        self,
        place: BackendLocation,
        request: dict[str, Any],
        *,
        title: str,
        finish: Callable[[Job, bytes], str],
        takes: tuple[bytes, ...] = (),
    ) -> Job:
        """Queue a job.

        Args:
            place: where the backend is; a child is started unless it runs already.
            request: as in `Client.submit`, or of kind `client.BODY` with the arguments of
                `Client.body`, or of kind `client.RELEASE`.
            title: how messages name the job.
            finish: see `Job.finish`.
            takes: the `.npz`s that the job starts from, if any.
        """
        job = Job(next(self._numbers), title, finish, is_preemptible=request["kind"] == LEARN)
        self._jobs.append(job)
        self._running_worker().enqueue(WorkerRequest(job.number, place, request, takes, job.stop))
        return job

    def warm_up(self, place: BackendLocation) -> None:
        """Look for the backend before it is needed; what fails is said by the first job."""
        self._warming = True
        self._running_worker().enqueue(WorkerRequest(0, place, None, (), threading.Event()))

    def report_refusal(self, title: str, sentence: str) -> None:
        """Remember a job that was refused before it began, so that the panel shows why."""
        self._set_last(title, JobState.FAILED, sentence).error = sentence

    def report_outcome(self, title: str, sentence: str, warnings: tuple[str, ...] = ()) -> None:
        """Remember what became of a job's motion after the job had ended; the panel shows it."""
        self._set_last(title, JobState.DONE, sentence).warnings = warnings

    def cancel(self, job: Job, message: str = "Stopped.") -> None:
        """Stop a job; what it still sends is thrown away."""
        if not job.ended:
            job.stop.set()
            self._end(job, JobState.CANCELLED, message)

    def cancel_all(self, message: str = "Stopped.", *, include_preemptible: bool = True) -> int:
        """Stop all jobs and return how many there were.

        Args:
            message: of each.
            patient: those that take long, too.
        """
        stopped = [job for job in self._jobs if include_preemptible or not job.is_preemptible]
        for job in stopped:
            self.cancel(job, message)
        return len(stopped)

    def tick(self, *, may_finish: bool = True) -> bool:
        """Take in what the worker has heard; call it on the main thread, often.

        Args:
            may_finish: whether a finished job's take may be applied now; else it is kept.

        Returns:
            Whether something changed that is shown.
        """
        heard = self._worker.take_events() if self._worker else []
        for news in heard:
            self._handle_event(news)
        ready = [job for job in self._jobs if job.state is JobState.READY] if may_finish else []
        for job in ready:
            self._finish(job)
        return bool(heard or ready)

    def wait(self, job: Job) -> None:
        """Tick until the job has ended: for background mode, where no timer fires."""
        while not job.ended:
            self.tick()
            time.sleep(_WAIT_SECONDS)

    def stop(self) -> None:
        """Stop all jobs and the backend; a later `submit` starts it again."""
        self.cancel_all()
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
        self._warming = False

    def _set_last(self, title: str, state: JobState, sentence: str) -> Job:
        """Have a job that never was be the last one."""
        self.last = Job(next(self._numbers), title, lambda _job, _take: "")
        self.last.state, self.last.message = state, sentence
        return self.last

    def _running_worker(self) -> Worker:
        if self._worker is None:
            self._worker = Worker()
        return self._worker

    def _handle_event(self, news: Heard) -> None:
        if isinstance(news.what, dict):
            self.capabilities = news.what
            return
        if news.job == 0:
            self._warming = isinstance(news.what, JobStatus)
            return
        job = next((job for job in self._jobs if job.number == news.job), None)
        if job is None:
            return  # cancelled here before the worker knew
        if isinstance(news.what, JobStatus):
            job.state = JobState.RUNNING
            job.status = news.what
            job.message = news.what.message or job.message
        elif isinstance(news.what, PreviewReceived):
            job.preview = news.what.take
        elif isinstance(news.what, JobDone):
            job.state = JobState.READY
            job.takes = news.what.takes
            job.message = "Ready"
        elif isinstance(news.what, JobFailed):
            job.error = news.what.sentence
            self._end(job, JobState.FAILED, news.what.sentence)
        else:
            self._end(job, JobState.CANCELLED, "Stopped.")

    def _finish(self, job: Job) -> None:
        try:
            message = job.finish(job, job.takes[0])
        except JobError as error:
            job.error = str(error)
        except Exception as error:  # a bug here must not end Blender's timer
            traceback.print_exc(file=sys.stderr)
            job.error = (
                f"Anyframe could not apply the motion because of a fault of its own ({error!r}); "
                "nothing was lost. The system console has the details."
            )
        else:
            self._end(job, JobState.DONE, message)
            return
        self._end(job, JobState.FAILED, job.error)

    def _end(self, job: Job, state: JobState, message: str) -> None:
        job.state, job.message, job.takes = state, message, ()
        self._jobs.remove(job)
        self.last = job
        try:
            job.on_end(job)
        except Exception:  # a bug there must not end Blender's timer
            traceback.print_exc(file=sys.stderr)
