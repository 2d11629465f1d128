"""The jobs of this Blender: a worker thread speaks HTTP, `tick` runs on the main thread.

Only the main thread reads and changes a `Job`. It shares nothing with the worker but requests,
events and each job's `stop` flag.
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
from .worker import JobNews, JobOutcome, Worker, WorkerRequest

_WAIT_SECONDS = 0.005
"""Pause between two ticks of `wait`; short beside the second that a job takes."""


class JobState(Enum):
    """Stage of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    """The take has arrived and waits for a moment when it may be applied."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(eq=False)
class Job:
    """One request in progress, as the panel shows it."""

    number: int
    title: str
    finish: Callable[[Job, bytes], str]
    """Called on the main thread with the first take or the body; returns the sentence to show, or
    raises JobError."""
    state: JobState = JobState.WAITING
    status: JobStatus = field(default_factory=JobStatus)
    message: str = "Waiting"
    error: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    takes: tuple[bytes, ...] = ()
    """All takes of the job, one for each variation, while `finish` is called."""
    part_index: int = 0
    """Index of this job among the jobs that were started together."""
    part_count: int = 1
    """Number of jobs that were started together."""
    is_preemptible: bool = False
    """The job takes long, and others run in between."""
    preview: bytes = b""
    """A take sampled from the style that is being learnt; b"" while there is none."""
    warnings: tuple[str, ...] = ()
    """Sentences of the last message that the panel always shows."""
    started_at: float = field(default_factory=time.monotonic)
    """Time of submission, by `time.monotonic`."""
    on_end: Callable[[Job], None] = lambda _job: None
    """Called on the main thread once the job has ended in any state."""

    @property
    def ended(self) -> bool:
        return self.state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}

    @property
    def completed_fraction(self) -> float:
        """Progress of all parts together, from 0 to 1."""
        own = min(1.0, self.status.step / self.status.total) if self.status.total else 0.0
        return (self.part_index + own) / self.part_count


class ClientJobQueue:
    """Jobs in the order of submission, done one after the other by one backend."""

    def __init__(self) -> None:
        self.capabilities: dict[str, Any] = {}
        """The backend's last reply about its abilities; {} before it was first started."""
        self.last: Job | None = None
        """The job that ended last."""
        self._jobs: list[Job] = []
        self._numbers = itertools.count(1)
        self._worker: Worker | None = None
        self._warm_ups = 0

    @property
    def busy(self) -> bool:
        """True while events are to be expected."""
        return bool(self._jobs) or self._warm_ups > 0

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that have not ended, the current one first."""
        return tuple(self._jobs)

    @property
    def current(self) -> Job | None:
        """The job whose progress is shown: the first that others do not interrupt."""
        return next((job for job in self._jobs if not job.is_preemptible), self.learning_job)

    @property
    def learning_job(self) -> Job | None:
        """The first job that learns a style."""
        return next((job for job in self._jobs if job.is_preemptible), None)

    def submit(
        self,
        location: BackendLocation,
        request: dict[str, Any],
        *,
        title: str,
        finish: Callable[[Job, bytes], str],
        takes: tuple[bytes, ...] = (),
    ) -> Job:
        """Queue a job.

        Args:
            location: Location of the backend; a child is started unless it runs already.
            request: As in `BackendClient.submit`, or of kind BODY with the arguments of
                `BackendClient.download_body`, or of kind RELEASE.
            takes: The `.npz` files that the job starts from.
        """
        job = Job(next(self._numbers), title, finish, is_preemptible=request["kind"] == LEARN)
        self._jobs.append(job)
        self._enqueue(WorkerRequest(job.number, location, request, takes, job.stop))
        return job

    def warm_up(self, location: BackendLocation) -> None:
        """Connect to the backend before it is needed; the first job reports any failure."""
        self._warm_ups += 1
        self._enqueue(WorkerRequest(None, location, None, (), threading.Event()))

    def report_refusal(self, title: str, sentence: str) -> None:
        """Show why a job was refused before it was submitted."""
        self._set_last(title, JobState.FAILED, sentence).error = sentence

    def report_outcome(self, title: str, sentence: str, warnings: tuple[str, ...] = ()) -> None:
        """Show what became of a job's motion after the job had ended."""
        self._set_last(title, JobState.DONE, sentence).warnings = warnings

    def cancel(self, job: Job, message: str = "Stopped.") -> None:
        """Stop a job and discard what it still sends."""
        if not job.ended:
            job.stop.set()
            self._end(job, JobState.CANCELLED, message)

    def cancel_all(self, message: str = "Stopped.", *, include_preemptible: bool = True) -> int:
        """Stop all jobs, or all but those that take long, and return their number."""
        stopped = [job for job in self._jobs if include_preemptible or not job.is_preemptible]
        for job in stopped:
            self.cancel(job, message)
        return len(stopped)

    def tick(self, *, may_finish: bool = True) -> bool:
        """Handle the worker's events; call it often, on the main thread.

        Args:
            may_finish: Whether takes may be applied now; otherwise they wait.

        Returns:
            Whether something changed that is shown.
        """
        events = self._worker.take_events() if self._worker else []
        for number, news in events:
            if isinstance(news, dict):
                self.capabilities = news
            elif number is None:
                self._warm_ups -= isinstance(news, JobOutcome)
            else:
                # A job that was cancelled before the worker knew is not in the list any more.
                for job in [job for job in self._jobs if job.number == number]:
                    self._update_job(job, news)
        ready = [job for job in self._jobs if job.state is JobState.READY] if may_finish else []
        for job in ready:
            self._finish(job)
        return bool(events or ready)

    def wait(self, job: Job) -> None:
        """Tick until the job has ended: for background mode, where no timer runs."""
        while not job.ended:
            self.tick()
            time.sleep(_WAIT_SECONDS)

    def stop(self) -> None:
        """Stop all jobs and the backend; a later `submit` starts it again."""
        self.cancel_all()
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
        self._warm_ups = 0

    def _set_last(self, title: str, state: JobState, sentence: str) -> Job:
        self.last = Job(next(self._numbers), title, lambda _job, _take: "")
        self.last.state, self.last.message = state, sentence
        return self.last

    def _enqueue(self, request: WorkerRequest) -> None:
        if self._worker is None:
            self._worker = Worker()
        self._worker.enqueue(request)

    def _update_job(self, job: Job, news: JobNews) -> None:
        if isinstance(news, JobStatus):
            job.state, job.status = JobState.RUNNING, news
            job.message = news.message or job.message
        elif isinstance(news, bytes):
            job.preview = news
        elif news.files:
            job.state, job.takes, job.message = JobState.READY, news.files, "Ready"
        elif news.error:
            job.error = news.error
            self._end(job, JobState.FAILED, news.error)
        else:
            self._end(job, JobState.CANCELLED, "Stopped.")

    def _finish(self, job: Job) -> None:
        state = JobState.FAILED
        try:
            message = job.finish(job, job.takes[0])
            state = JobState.DONE
        except JobError as error:
            job.error = message = str(error)
        except Exception as error:  # a bug here must not end Blender's timer
            traceback.print_exc(file=sys.stderr)
            job.error = message = (
                f"Anyframe could not apply the motion because of a fault of its own ({error!r}); "
                "nothing was lost. The system console has the details."
            )
        self._end(job, state, message)

    def _end(self, job: Job, state: JobState, message: str) -> None:
        job.state, job.message, job.takes = state, message, ()
        self._jobs.remove(job)
        self.last = job
        try:
            job.on_end(job)
        except Exception:  # a bug there must not end Blender's timer
            traceback.print_exc(file=sys.stderr)
