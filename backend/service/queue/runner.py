"""The job runner: one worker thread that owns the engine, and a queue in front of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ...kinematics.body.take import Take
from ..engine.interface import (
    Cancelled,
    Engine,
    EngineError,
    EngineFactory,
    GaveWay,
    ModelInfo,
    Progress,
)
from ..process.loading import loading_phase, report_loading
from ..schema.requests import LIMITS, EngineState, JobState, JobStatus, clip
from .clients import ANONYMOUS, Clients
from .eta import Pace
from .job import Job, Work
from .job_store import KeptJobs
from .results import pack, sentence_of, timings_of
from .scheduler import Lines

log = logging.getLogger(__name__)

_MAX_STEPS = 2**31 - 1


class JobRunner:
    """Runs jobs one after the other, clients in turn; every method is thread-safe.

    What may take long is *patient*: it is done while no other job waits, steps aside as soon as
    one comes, and gives way to others of its kind after a slice of time.
    """

    def __init__(
        self,
        make_engine: EngineFactory,
        *,
        patience: float = LIMITS.client_seconds,
        idle: float | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            make_engine: makes the engine, in the worker; may be slow and may fail.
            patience: seconds after which a client that asks for nothing loses its jobs.
            idle: seconds without a job after which the engine is released; None for never.
        """
        self._make_engine = make_engine
        self._idle = idle
        self._releasing = False
        self._clients = Clients(patience)
        self._engine: Engine | None = None
        self._engine_state: EngineState = "loading"
        self._engine_error: str | None = None
        self._models: list[ModelInfo] = []
        self._jobs = KeptJobs()
        self._queue = Lines()
        self._running: Job | None = None
        self._stopping = False
        self._changed = threading.Condition()
        # A daemon: a step that hangs must not keep a process alive whose parent is gone.
        self._worker = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Start the worker: it loads the engine and then waits for jobs."""
        self._worker.start()

    def stop(self, timeout: float = 1.3) -> bool:
        """Cancel everything; True if the worker ended within `timeout` seconds."""
        with self._changed:
            self._stopping = True
            for job in [*self._queue.in_order(), *([self._running] if self._running else [])]:
                self._cancel(job)
            self._changed.notify_all()
        if self._worker.ident is not None:
            self._worker.join(timeout)
        return not self._worker.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the worker thread is still there."""
        return self._worker.is_alive()

    def submit(
        self,
        kind: str,
        work: Work,
        client: str = ANONYMOUS,
        *,
        patient: bool = False,
        name: str | None = None,
    ) -> str:
        """Queue a job and return its id.

        Args:
            kind: of the request.
            work: what the worker is to do; if patient it is begun again after each interruption,
                and goes on where it was.
            client: whose job it is; clients take turns.
            patient: whether it steps aside for others.
            name: of the request; if a job was queued under it already, that one's id is returned.

        Raises:
            QueueFullError: too many jobs are waiting already.
        """
        with self._changed:
            self._drop_abandoned()
            known = None if name is None else self._jobs.named(name)
            if known is not None:
                return known.id
            self._queue.check_room(client, self._running, patient=patient)
            job = Job(kind, work, client, name=name, patient=patient)
            self._jobs.add(job)
            self._queue.add(job)
            self._clients.joined(client)
            self._changed.notify_all()
            return job.id

    def heard(self, client: str) -> None:
        """Note that a client is still there."""
        with self._changed:
            self._clients.heard(client)

    def release(self, timeout: float = 5.0) -> bool:
        """Have the engine dropped as soon as no job waits; the next job loads it again.

        Returns:
            Whether it is gone by now; waits for that, at most `timeout` seconds, if no job does.
        """
        with self._changed:
            if self._engine_state == "released":
                return True
            self._releasing = True
            self._changed.notify_all()
            return self._changed.wait_for(
                lambda: not self._releasing,
                0 if self._running or self._queue else timeout,
            )

    def status(self, job_id: str) -> JobStatus:
        """How the job is doing.

        Raises:
            UnknownJobError: there is no such job.
        """
        with self._changed:
            self._drop_abandoned()
            return self._status(self._jobs.job(job_id))

    def take(self, job_id: str, index: int = 0) -> bytes:
        """The ``.npz`` bytes of one of the takes of a job that is done, counted from 0.

        Raises:
            UnknownJobError: there is no such job.
            NoTakeError: it is not done, or did not succeed.
            NoSuchTakeError: it has fewer takes.
        """
        with self._changed:
            return self._jobs.job(job_id).take(index)

    def preview(self, job_id: str, index: int) -> bytes:
        """The ``.npz`` bytes of what a job shows of what it has learnt so far.

        Raises:
            UnknownJobError: there is no such job.
            NoTakeError: it shows nothing, or not so much yet.
        """
        with self._changed:
            return self._jobs.job(job_id).preview(index)

    def cancel(self, job_id: str) -> JobStatus:
        """Ask for the end of a job: at once while queued, between two steps while running.

        A finished job stays as it is.

        Raises:
            UnknownJobError: there is no such job.
        """
        with self._changed:
            job = self._jobs.job(job_id)
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

    def _status(self, job: Job) -> JobStatus:
        message, before = job.message, None
        if job.state == "queued":
            before = self._queue.in_order().index(job) + (self._running is not None)
            message = self._why_it_waits(job, before)
        elif job.state == "running" and self._engine_state == "loading":
            message = loading_phase()
        return JobStatus(
            id=job.id,
            kind=job.kind,
            state=job.state,
            step=job.step,
            total=job.total,
            eta=job.pace.eta(time.monotonic()) if job.state == "running" else None,
            before=before,
            message=message,
            error=job.error,
            timings=job.timings,
            takes=len(job.takes),
            previews=len(job.previews),
        )

    def _why_it_waits(self, job: Job, before: int) -> str:
        if before and job.patient:
            begun = f" at step {job.step} of {job.total}" if job.total else ""
            return f"Waiting{begun}: others come first"
        if self._running is not None and self._running.patient and before == 1:
            return "Starting: a style that is learnt steps aside"
        if before:
            return f"Waiting: {before} {'motion' if before == 1 else 'motions'} before yours"
        return loading_phase() if self._engine_state == "loading" else "Starting"

    def _drop_abandoned(self) -> None:
        """End the jobs of clients that have vanished; a running one after its current step."""
        for client in self._clients.vanished():
            for job in self._queue.drop(client):
                job.error = self._abandoned()
                self._finish(job, "failed", "Failed")
                log.info("Job %s was dropped: its client has vanished", job.id)
            if self._running is not None and self._running.client == client:
                self._running.abandoned = True

    def _abandoned(self) -> str:
        return (
            "The job was dropped because nobody asked for it for "
            f"{self._clients.patience:g} seconds: send it again."
        )

    def _cancel(self, job: Job) -> None:
        if job.state == "queued":
            self._queue.remove(job)
            self._finish(job, "cancelled", "Cancelled")
        elif job.state == "running":
            job.cancelling = True
            job.message = "Cancelling"

    def _finish(self, job: Job, state: JobState, message: str) -> None:
        job.state = state
        job.message = message
        job.work = None
        self._jobs.ended(job)

    # From here on: the worker thread, without the lock.

    def _run(self) -> None:
        self._load_engine()
        while True:
            job = self._next()
            if job is not None:
                self._perform(job)
            elif self._stopping:
                return
            else:
                self._release_engine()

    def _next(self) -> Job | None:
        """The job whose turn it is; None to end, or to release the engine."""
        with self._changed:
            while True:
                woken = self._changed.wait_for(
                    lambda: self._queue or self._stopping or self._releasing,
                    self._idle if self._engine is not None else None,
                )
                self._drop_abandoned()
                if self._stopping:
                    return None
                if self._queue:
                    break
                if self._releasing or not woken:
                    return None
            job = self._running = self._queue.next()
            job.state = "running"
            job.since, job.pace = time.monotonic(), Pace()
            job.message = "Starting"
            return job

    def _release_engine(self) -> None:
        with self._changed:
            engine, self._engine = self._engine, None
        if engine is not None:
            try:
                engine.close()
            except BaseException:
                log.exception("The engine did not close well")
            log.info("The engine was released")
        with self._changed:
            if engine is not None:
                self._engine_state = "released"
            self._releasing = False
            self._changed.notify_all()

    def _load_engine(self) -> Engine | None:
        report_loading("Loading the model")
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
            engine, error = None, sentence_of(problem)
        else:
            log.info("The engine is ready after %.1f s", time.monotonic() - started)
        with self._changed:
            self._engine, self._models, self._engine_error = engine, models, error
            self._engine_state = "failed" if engine is None else "ready"
        report_loading("")
        return engine

    def _perform(self, job: Job) -> None:
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
            made = work(engine, self._progress_of(job), self._preview_of(job))
            takes, timings = [pack(take) for take in made], timings_of(made[0])
            state = "done"
        except GaveWay:
            if self._goes_on_later(job):
                return
            state = "cancelled"
        except Cancelled:
            state = "cancelled"
        except EngineError as problem:
            error = clip(str(problem), 500)
            log.error("Job %s failed: %s", job.id, problem)
        except BaseException as problem:
            # Even a SystemExit of a library must not end the worker.
            error = sentence_of(problem)
            log.exception("Job %s failed", job.id)
        with self._changed:
            self._running = None
            if job.cancelling and state == "done":
                state, takes, timings = "cancelled", [], None
            if job.abandoned and state == "cancelled":
                state, error = "failed", self._abandoned()
            job.takes, job.timings, job.error = takes, timings, error
            if state == "done":
                job.step = job.total
            self._finish(job, state, state.capitalize())

    def _progress_of(self, job: Job) -> Progress:
        def progress(step: int, total: int, message: str = "") -> None:
            with self._changed:
                self._drop_abandoned()
                if job.cancelling or job.abandoned:
                    raise Cancelled
                job.total = min(max(int(total), 0), _MAX_STEPS)
                job.step = min(max(int(step), 0), job.total)
                job.message = clip(str(message), 200)
                job.pace.mark(job.step, job.total, time.monotonic())
                slice_over = time.monotonic() - job.since > LIMITS.learn_slice
                if job.patient and job.step and self._queue.ahead_of_patient(slice_over):
                    raise GaveWay

        return progress

    def _goes_on_later(self, job: Job) -> bool:
        """Put a job that stepped aside back into its line, unless it is not wanted any more."""
        with self._changed:
            if job.cancelling or job.abandoned:
                return False
            self._running = None
            job.state = "queued"
            self._queue.add(job)
            return True

    def _preview_of(self, job: Job) -> Callable[[Take], None]:
        def preview(take: Take) -> None:
            data = pack(take)
            with self._changed:
                job.previews.append(data)

        return preview
