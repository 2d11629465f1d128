"""The job runner: one worker thread that owns the engine, and a queue in front of it."""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..kinematics.take import Take, take_to_bytes
from .engine import Cancelled, Engine, EngineError, EngineFactory, ModelInfo, Progress
from .wire import LIMITS, EngineState, GenerateRequest, JobState, JobStatus, clip

log = logging.getLogger(__name__)

Work = Callable[[Engine, Progress], list[Take]]

_MAX_STEPS = 2**31 - 1
_FINISHED: tuple[JobState, ...] = ("done", "failed", "cancelled")
_WARM_UP = GenerateRequest(prompt="a person walks forward", seconds=1.0, fps=20.0, seed=0, steps=2)


class UnknownJobError(LookupError):
    """There is no such job (any more)."""


class NoTakeError(LookupError):
    """The job has no take to give: it is not done, or did not succeed."""


class NoSuchTakeError(LookupError):
    """The job has takes, but none of this number."""


class QueueFullError(RuntimeError):
    """Too many jobs are waiting."""


class Pace:
    """Measures how long a step takes and says how long the rest will."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque(maxlen=16)
        self._total = 0

    def mark(self, step: int, total: int, now: float) -> None:
        """`step` of `total` steps are done at `now` (seconds of a monotonic clock)."""
        if total != self._total or (self._marks and step < self._marks[-1][1]):
            self._marks.clear()
            self._total = total
        if not self._marks or step > self._marks[-1][1]:
            self._marks.append((now, step))

    def eta(self, now: float) -> float | None:
        """Seconds to go, or None while no step has been measured."""
        if len(self._marks) < 2:
            return None
        (first_time, first), (last_time, last) = self._marks[0], self._marks[-1]
        per_step = (last_time - first_time) / (last - first)
        return max(0.0, per_step * (self._total - last) - (now - last_time))


@dataclass
class _Job:
    kind: str
    work: Work | None
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: JobState = "queued"
    step: int = 0
    total: int = 0
    message: str = ""
    error: str | None = None
    timings: dict[str, float] | None = None
    takes: list[bytes] = field(default_factory=list)
    cancelling: bool = False
    pace: Pace = field(default_factory=Pace)


class JobRunner:
    """Runs jobs one after the other, first come first served; every method is thread-safe."""

    def __init__(
        self,
        make_engine: EngineFactory,
        *,
        queued: int = LIMITS.queued_jobs,
        kept: int = LIMITS.kept_jobs,
    ) -> None:
        self._make_engine = make_engine
        self._max_queued = queued
        self._max_kept = kept
        self._engine: Engine | None = None
        self._engine_state: EngineState = "loading"
        self._engine_error: str | None = None
        self._models: list[ModelInfo] = []
        self._jobs: dict[str, _Job] = {}
        self._queue: deque[_Job] = deque()
        self._finished: deque[str] = deque()
        self._running: _Job | None = None
        self._stopping = False
        self._changed = threading.Condition()
        # A daemon: a step that hangs must not keep a process alive whose parent is gone.
        self._worker = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Start the worker: it loads the engine, warms it up and then waits for jobs."""
        self._worker.start()

    def stop(self, timeout: float = 2.0) -> bool:
        """Cancel everything; True if the worker ended within `timeout` seconds."""
        with self._changed:
            self._stopping = True
            for job in [*self._queue, *([self._running] if self._running else [])]:
                self._cancel(job)
            self._changed.notify_all()
        if self._worker.ident is not None:
            self._worker.join(timeout)
        return not self._worker.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the worker thread is still there."""
        return self._worker.is_alive()

    def submit(self, kind: str, work: Work) -> str:
        """Queue a job and return its id.

        Raises:
            QueueFullError: too many jobs are waiting already.
        """
        with self._changed:
            if len(self._queue) >= self._max_queued:
                raise QueueFullError(
                    f"The queue is full, with {len(self._queue)} jobs waiting: "
                    "let one finish or cancel some, then send this one again."
                )
            job = _Job(kind, work)
            self._jobs[job.id] = job
            self._queue.append(job)
            self._changed.notify_all()
            return job.id

    def status(self, job_id: str) -> JobStatus:
        """How the job is doing.

        Raises:
            UnknownJobError: there is no such job.
        """
        with self._changed:
            return self._status(self._job(job_id))

    def take(self, job_id: str, index: int = 0) -> bytes:
        """The ``.npz`` bytes of one of the takes of a job that is done, counted from 0.

        Raises:
            UnknownJobError: there is no such job.
            NoTakeError: it is not done, or did not succeed.
            NoSuchTakeError: it has fewer takes.
        """
        with self._changed:
            job = self._job(job_id)
            if 0 <= index < len(job.takes):
                return job.takes[index]
            if job.takes:
                raise NoSuchTakeError(
                    f"The job has no take {index}: its {len(job.takes)} are counted from 0."
                )
            if job.state == "failed":
                raise NoTakeError(f"The job has no take because it failed: {job.error}")
            if job.state == "cancelled":
                raise NoTakeError("The job has no take because it was cancelled: start it again.")
            raise NoTakeError(f"The job has no take yet: it is {job.state}.")

    def cancel(self, job_id: str) -> JobStatus:
        """Ask for the end of a job: at once while queued, between two steps while running.

        A finished job stays as it is.

        Raises:
            UnknownJobError: there is no such job.
        """
        with self._changed:
            job = self._job(job_id)
            self._cancel(job)
            return self._status(job)

    def engine(self) -> tuple[EngineState, str | None, list[ModelInfo]]:
        """State of the engine, why it failed to load, and its models; never waits for it."""
        with self._changed:
            return self._engine_state, self._engine_error, list(self._models)

    def busy(self) -> tuple[int, bool]:
        """Number of jobs waiting, and whether one runs."""
        with self._changed:
            return len(self._queue), self._running is not None

    # From here on down to _run: called with the lock held.

    def _job(self, job_id: str) -> _Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise UnknownJobError(
                f"There is no job {clip(job_id, 40)!r}: "
                f"the backend keeps the last {self._max_kept} and forgets them when it restarts."
            )
        return job

    def _status(self, job: _Job) -> JobStatus:
        message = job.message
        if job.state == "queued":
            loading = self._engine_state == "loading"
            message = "Loading the model" if loading else "Waiting for the job before it"
        return JobStatus(
            id=job.id,
            kind=job.kind,
            state=job.state,
            step=job.step,
            total=job.total,
            eta=job.pace.eta(time.monotonic()) if job.state == "running" else None,
            message=message,
            error=job.error,
            timings=job.timings,
            takes=len(job.takes),
        )

    def _cancel(self, job: _Job) -> None:
        if job.state == "queued":
            self._queue.remove(job)
            self._finish(job, "cancelled", "Cancelled")
        elif job.state == "running":
            job.cancelling = True
            job.message = "Cancelling"

    def _finish(self, job: _Job, state: JobState, message: str) -> None:
        job.state = state
        job.message = message
        job.work = None  # it holds the take that was sent
        self._finished.append(job.id)
        if len(self._finished) > self._max_kept:
            del self._jobs[self._finished.popleft()]

    # From here on: the worker thread, without the lock.

    def _run(self) -> None:
        engine = self._load_engine()
        if engine is not None:
            self._warm_up(engine)
        while (job := self._next()) is not None:
            self._perform(job)

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._stopping)
            if self._stopping:
                return None
            job = self._running = self._queue.popleft()
            job.state = "running"
            job.message = "Starting" if self._engine else "Loading the model"
            return job

    def _load_engine(self) -> Engine | None:
        with self._changed:
            self._engine_state = "loading"
        engine, models, error = None, [], None
        started = time.monotonic()
        try:
            engine = self._make_engine()
            models = engine.capabilities()
        except EngineError as problem:
            log.error("The engine cannot be loaded: %s", problem)
            engine, error = None, str(problem)
        except BaseException as problem:
            log.exception("The engine cannot be loaded")
            engine, error = None, _sentence(problem)
        else:
            log.info("The engine is ready after %.1f s", time.monotonic() - started)
        with self._changed:
            self._engine, self._models, self._engine_error = engine, models, error
            self._engine_state = "failed" if engine is None else "ready"
        return engine

    def _warm_up(self, engine: Engine) -> None:
        """Run a tiny job, so that the first real one finds caches filled and kernels chosen."""

        def give_way(step: int, total: int, message: str = "") -> None:  # noqa: ARG001
            with self._changed:
                if self._queue or self._stopping:
                    raise Cancelled

        try:
            give_way(0, 1)
            engine.variations(_WARM_UP, give_way)
        except Cancelled:
            log.info("The warm-up gave way to a job")
        except BaseException:
            # The first job meets the same problem and reports it to the user.
            log.exception("The warm-up failed")

    def _perform(self, job: _Job) -> None:
        takes: list[bytes] = []
        timings: dict[str, float] | None = None
        state: JobState = "failed"
        error: str | None = None
        work = job.work
        try:
            # An engine that failed to load is tried again: weights may have been put in place.
            engine = self._engine or self._load_engine()
            if engine is None or work is None:
                raise EngineError(self._engine_error or "The engine is not loaded.")
            made = work(engine, self._progress_of(job))
            takes, timings = [_pack(take) for take in made], _timings(made[0])
            state = "done"
        except Cancelled:
            state = "cancelled"
        except EngineError as problem:
            error = clip(str(problem), 500)
            log.error("Job %s failed: %s", job.id, problem)
        except BaseException as problem:
            # Even a SystemExit of a library must not end the worker.
            error = _sentence(problem)
            log.exception("Job %s failed", job.id)
        with self._changed:
            self._running = None
            if job.cancelling and state == "done":
                state, takes, timings = "cancelled", [], None
            job.takes, job.timings, job.error = takes, timings, error
            if state == "done":
                job.step = job.total
            self._finish(job, state, state.capitalize())

    def _progress_of(self, job: _Job) -> Progress:
        def progress(step: int, total: int, message: str = "") -> None:
            with self._changed:
                if job.cancelling:
                    raise Cancelled
                job.total = min(max(int(total), 0), _MAX_STEPS)
                job.step = min(max(int(step), 0), job.total)
                job.message = clip(str(message), 200)
                job.pace.mark(job.step, job.total, time.monotonic())

        return progress


def _pack(take: Take) -> bytes:
    """The bytes of a finished take."""
    if not (np.isfinite(take.poses).all() and np.isfinite(take.trans).all()):
        raise EngineError(
            "The model produced numbers that are not finite: "
            "try another seed or a lower guidance; if it goes on, set up the backend again."
        )
    return take_to_bytes(take)


def _timings(take: Take) -> dict[str, float] | None:
    """What a finished take says of the seconds spent on it."""
    timings = take.info.get("timings")
    if not isinstance(timings, dict):
        return None
    numbers = {str(key): value for key, value in timings.items() if isinstance(value, int | float)}
    return {k: float(v) for k, v in numbers.items() if math.isfinite(v)} or None


def _sentence(error: BaseException) -> str:
    """What the user reads about an error that nobody foresaw; the log has the traceback."""
    # torch's class is known by its name: this package does not import torch.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return (
            "There was not enough memory for the job: "
            "ask for fewer seconds or a lower frame rate, or close other programs."
        )
    text = " ".join(str(error).split())
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"The backend met an unexpected error ({clip(what, 200)}); its log has the details."
