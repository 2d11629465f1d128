"""The job runner: one worker thread that owns the engine, and a queue in front of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ...kinematics.body.take import Take
from ..engine.interface import (
    Engine,
    EngineError,
    EngineFactory,
    JobCancelled,
    ModelInfo,
    Preempted,
    ProgressCallback,
)
from ..process.loading import loading_phase, report_loading
from ..schema.requests import LIMITS, EngineState, JobState, JobStatusReply, truncate
from .clients import ANONYMOUS, ClientRegistry
from .eta import EtaEstimator
from .job import BackendJob, JobFunction
from .job_store import JobStore
from .results import describe_error, read_timings, serialize_result
from .scheduler import JobQueue

log = logging.getLogger(__name__)

_MAX_STEPS = 2**31 - 1


class JobRunner:
    """Runs jobs one after the other, clients in turn; every method is thread-safe.

    What may take long is *patient*: it is done while no other job waits, steps aside as soon as
    one comes, and gives way to others of its kind after a slice of time.
    """

    def __init__(
        self,
        engine_factory: EngineFactory,
        *,
        client_timeout: float = LIMITS.client_seconds,
        idle_timeout: float | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            make_engine: makes the engine, in the worker; may be slow and may fail.
            patience: seconds after which a client that asks for nothing loses its jobs.
            idle: seconds without a job after which the engine is released; None for never.
        """
        self._engine_factory = engine_factory
        self._idle_timeout = idle_timeout
        self._release_requested = False
        self._clients = ClientRegistry(client_timeout)
        self._engine: Engine | None = None
        self._engine_state: EngineState = "loading"
        self._engine_error: str | None = None
        self._models: list[ModelInfo] = []
        self._jobs = JobStore()
        self._queue = JobQueue()
        self._running: BackendJob | None = None
        self._stopping = False
        self._changed = threading.Condition()
        # A daemon: a step that hangs must not keep a process alive whose parent is gone.
        self._worker = threading.Thread(target=self._run_worker, name="worker", daemon=True)

    def start_worker(self) -> None:
        """Start the worker: it loads the engine and then waits for jobs."""
        self._worker.start()

    def stop_worker(self, timeout: float = 1.3) -> bool:
        """Cancel everything; True if the worker ended within `timeout` seconds."""
        with self._changed:
            self._stopping = True
            for job in [*self._queue.in_run_order(), *([self._running] if self._running else [])]:
                self._cancel_locked(job)
            self._changed.notify_all()
        if self._worker.ident is not None:
            self._worker.join(timeout)
        return not self._worker.is_alive()

    @property
    def is_worker_alive(self) -> bool:
        """Whether the worker thread is still there."""
        return self._worker.is_alive()

    def submit_job(
        self,
        kind: str,
        function: JobFunction,
        client: str = ANONYMOUS,
        *,
        preemptible: bool = False,
        request_name: str | None = None,
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
            self._drop_abandoned_locked()
            known = None if request_name is None else self._jobs.job_of_request(request_name)
            if known is not None:
                return known.id
            self._queue.check_capacity(client, self._running, preemptible=preemptible)
            job = BackendJob(
                kind, function, client, request_name=request_name, preemptible=preemptible
            )
            self._jobs.add_job(job)
            self._queue.enqueue(job)
            self._clients.start_tracking(client)
            self._changed.notify_all()
            return job.id

    def record_client_activity(self, client: str) -> None:
        """Note that a client is still there."""
        with self._changed:
            self._clients.record_activity(client)

    def release_engine(self, timeout: float = 5.0) -> bool:
        """Have the engine dropped as soon as no job waits; the next job loads it again.

        Returns:
            Whether it is gone by now; waits for that, at most `timeout` seconds, if no job does.
        """
        with self._changed:
            if self._engine_state == "released":
                return True
            self._release_requested = True
            self._changed.notify_all()
            return self._changed.wait_for(
                lambda: not self._release_requested,
                0 if self._running or self._queue else timeout,
            )

    def job_status(self, job_id: str) -> JobStatusReply:
        """How the job is doing.

        Raises:
            UnknownJobError: there is no such job.
        """
        with self._changed:
            self._drop_abandoned_locked()
            return self._status_locked(self._jobs.get_job(job_id))

    def job_take(self, job_id: str, index: int = 0) -> bytes:
        """The ``.npz`` bytes of one of the takes of a job that is done, counted from 0.

        Raises:
            UnknownJobError: there is no such job.
            NoTakeError: it is not done, or did not succeed.
            NoSuchTakeError: it has fewer takes.
        """
        with self._changed:
            return self._jobs.get_job(job_id).take_bytes(index)

    def job_preview(self, job_id: str, index: int) -> bytes:
        """The ``.npz`` bytes of what a job shows of what it has learnt so far.

        Raises:
            UnknownJobError: there is no such job.
            NoTakeError: it shows nothing, or not so much yet.
        """
        with self._changed:
            return self._jobs.get_job(job_id).preview_bytes(index)

    def cancel_job(self, job_id: str) -> JobStatusReply:
        """Ask for the end of a job: at once while queued, between two steps while running.

        A finished job stays as it is.

        Raises:
            UnknownJobError: there is no such job.
        """
        with self._changed:
            job = self._jobs.get_job(job_id)
            self._cancel_locked(job)
            return self._status_locked(job)

    def engine_status(self) -> tuple[EngineState, str | None, list[ModelInfo]]:
        """State of the engine, why it failed to load, and its models; never waits for it."""
        with self._changed:
            return self._engine_state, self._engine_error, list(self._models)

    def workload(self) -> tuple[int, bool]:
        """Number of jobs waiting, and whether one runs."""
        with self._changed:
            return len(self._queue), self._running is not None

    # From here on down to _run: called with the lock held.

    def _status_locked(self, job: BackendJob) -> JobStatusReply:
        message, before = job.message, None
        if job.state == "queued":
            before = self._queue.in_run_order().index(job) + (self._running is not None)
            message = self._waiting_message_locked(job, before)
        elif job.state == "running" and self._engine_state == "loading":
            message = loading_phase()
        return JobStatusReply(
            id=job.id,
            kind=job.kind,
            state=job.state,
            step=job.step,
            total=job.total,
            eta=job.eta_estimator.seconds_left(time.monotonic())
            if job.state == "running"
            else None,
            before=before,
            message=message,
            error=job.error,
            timings=job.timings,
            takes=len(job.takes),
            previews=len(job.previews),
        )

    def _waiting_message_locked(self, job: BackendJob, jobs_ahead: int) -> str:
        if jobs_ahead and job.preemptible:
            begun = f" at step {job.step} of {job.total}" if job.total else ""
            return f"Waiting{begun}: others come first"
        if self._running is not None and self._running.preemptible and jobs_ahead == 1:
            return "Starting: a style that is learnt steps aside"
        if jobs_ahead:
            return (
                f"Waiting: {jobs_ahead} {'motion' if jobs_ahead == 1 else 'motions'} before yours"
            )
        return loading_phase() if self._engine_state == "loading" else "Starting"

    def _drop_abandoned_locked(self) -> None:
        """End the jobs of clients that have vanished; a running one after its current step."""
        for client in self._clients.pop_inactive():
            for job in self._queue.withdraw_client(client):
                job.error = self._abandoned_message()
                self._finish_locked(job, "failed", "Failed")
                log.info("Job %s was dropped: its client has vanished", job.id)
            if self._running is not None and self._running.client == client:
                self._running.is_abandoned = True

    def _abandoned_message(self) -> str:
        return (
            "The job was dropped because nobody asked for it for "
            f"{self._clients.timeout:g} seconds: send it again."
        )

    def _cancel_locked(self, job: BackendJob) -> None:
        if job.state == "queued":
            self._queue.withdraw_job(job)
            self._finish_locked(job, "cancelled", "Cancelled")
        elif job.state == "running":
            job.cancel_requested = True
            job.message = "Cancelling"

    def _finish_locked(self, job: BackendJob, state: JobState, message: str) -> None:
        job.state = state
        job.message = message
        job.function = None
        self._jobs.record_end(job)

    # From here on: the worker thread, without the lock.

    def _run_worker(self) -> None:
        self._load_engine()
        while True:
            job = self._wait_for_job()
            if job is not None:
                self._run_job(job)
            elif self._stopping:
                return
            else:
                self._free_engine()

    def _wait_for_job(self) -> BackendJob | None:
        """The job whose turn it is; None to end, or to release the engine."""
        with self._changed:
            while True:
                woken = self._changed.wait_for(
                    lambda: self._queue or self._stopping or self._release_requested,
                    self._idle_timeout if self._engine is not None else None,
                )
                self._drop_abandoned_locked()
                if self._stopping:
                    return None
                if self._queue:
                    break
                if self._release_requested or not woken:
                    return None
            job = self._running = self._queue.dequeue()
            job.state = "running"
            job.started_at, job.eta_estimator = time.monotonic(), EtaEstimator()
            job.message = "Starting"
            return job

    def _free_engine(self) -> None:
        with self._changed:
            engine, self._engine = self._engine, None
        if engine is not None:
            try:
                engine.free_memory()
            except BaseException:
                log.exception("The engine did not close well")
            log.info("The engine was released")
        with self._changed:
            if engine is not None:
                self._engine_state = "released"
            self._release_requested = False
            self._changed.notify_all()

    def _load_engine(self) -> Engine | None:
        report_loading("Loading the model")
        with self._changed:
            self._engine_state = "loading"
        engine, models, error = None, [], None
        started = time.monotonic()
        try:
            engine = self._engine_factory()
            models = engine.list_models()
        except EngineError as problem:
            log.error("The engine cannot be loaded: %s", problem)
            engine, error = None, str(problem)
        except BaseException as problem:
            log.exception("The engine cannot be loaded")
            engine, error = None, describe_error(problem)
        else:
            log.info("The engine is ready after %.1f s", time.monotonic() - started)
        with self._changed:
            self._engine, self._models, self._engine_error = engine, models, error
            self._engine_state = "failed" if engine is None else "ready"
        report_loading("")
        return engine

    def _run_job(self, job: BackendJob) -> None:
        takes: list[bytes] = []
        timings: dict[str, float] | None = None
        state: JobState = "failed"
        error: str | None = None
        work = job.function
        try:
            # An engine that failed to load is tried again: weights may have been put in place.
            engine = self._engine or self._load_engine()
            if engine is None or work is None:
                raise EngineError(self._engine_error or "The engine is not loaded.")
            made = work(engine, self._progress_callback(job), self._preview_callback(job))
            takes, timings = [serialize_result(take) for take in made], read_timings(made[0])
            state = "done"
        except Preempted:
            if self._requeue_preempted(job):
                return
            state = "cancelled"
        except JobCancelled:
            state = "cancelled"
        except EngineError as problem:
            error = truncate(str(problem), 500)
            log.error("Job %s failed: %s", job.id, problem)
        except BaseException as problem:
            # Even a SystemExit of a library must not end the worker.
            error = describe_error(problem)
            log.exception("Job %s failed", job.id)
        with self._changed:
            self._running = None
            if job.cancel_requested and state == "done":
                state, takes, timings = "cancelled", [], None
            if job.is_abandoned and state == "cancelled":
                state, error = "failed", self._abandoned_message()
            job.takes, job.timings, job.error = takes, timings, error
            if state == "done":
                job.step = job.total
            self._finish_locked(job, state, state.capitalize())

    def _progress_callback(self, job: BackendJob) -> ProgressCallback:
        def progress(step: int, total: int, message: str = "") -> None:
            with self._changed:
                self._drop_abandoned_locked()
                if job.cancel_requested or job.is_abandoned:
                    raise JobCancelled
                job.total = min(max(int(total), 0), _MAX_STEPS)
                job.step = min(max(int(step), 0), job.total)
                job.message = truncate(str(message), 200)
                job.eta_estimator.record_step(job.step, job.total, time.monotonic())
                slice_over = time.monotonic() - job.started_at > LIMITS.learn_slice
                if job.preemptible and job.step and self._queue.must_preempt(slice_over):
                    raise Preempted

        return progress

    def _requeue_preempted(self, job: BackendJob) -> bool:
        """Put a job that stepped aside back into its line, unless it is not wanted any more."""
        with self._changed:
            if job.cancel_requested or job.is_abandoned:
                return False
            self._running = None
            job.state = "queued"
            self._queue.enqueue(job)
            return True

    def _preview_callback(self, job: BackendJob) -> Callable[[Take], None]:
        def preview(take: Take) -> None:
            data = serialize_result(take)
            with self._changed:
                job.previews.append(data)

        return preview
