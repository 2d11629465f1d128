"""The job runner: one worker thread that owns the engine, and a queue in front of it."""

import logging
import threading
import time
from collections.abc import Callable

from ...kinematics.body.take import Take
from ..engine.interface import EngineError, EngineFactory, JobCancelled, Preempted, ProgressCallback
from ..schema.limits import LIMITS
from ..schema.replies import EngineState, JobState, JobStatusReply, ModelInfo, truncate
from .engine_host import EngineHost
from .job import (
    BackendJob,
    EtaEstimator,
    JobStore,
    describe_error,
    read_timings,
    serialize_result,
)
from .scheduler import ClientRegistry, JobQueue

log = logging.getLogger(__name__)

_MAX_STEPS = 2**31 - 1
"""Largest number of steps that is reported, whatever an engine passes."""


class JobRunner:
    """Runs jobs one after the other, clients in turn. All public methods are thread-safe.

    A preemptible job runs while no other job waits. It makes room for others at once, and for
    other preemptible jobs after a slice of time; then it resumes.

    Methods with the suffix ``_locked`` are called with the lock held.
    """

    def __init__(
        self,
        engine_factory: EngineFactory,
        client_timeout: float,
        idle_timeout: float | None,
    ) -> None:
        """Prepare the runner; `start_worker` starts it.

        Args:
            engine_factory: Makes the engine, in the worker thread.
            client_timeout: Seconds without a request after which a client loses its jobs.
            idle_timeout: Seconds without a job after which the engine is released; None for never.
        """
        self._idle_timeout = idle_timeout
        self._clients = ClientRegistry(client_timeout)
        self._abandoned_message = (
            f"The job was cancelled because its client sent no request for {client_timeout:g} "
            "seconds: send it again."
        )
        self._jobs = JobStore()
        self._queue = JobQueue()
        self._running: BackendJob | None = None
        self._stopping = False
        self._changed = threading.Condition()
        self._host = EngineHost(engine_factory, self._changed)
        # A daemon: a step that hangs must not keep a process alive whose parent has ended.
        self._worker = threading.Thread(target=self._run_worker, name="worker", daemon=True)

    def start_worker(self) -> None:
        """Start the worker thread, which loads the engine and then waits for jobs."""
        self._worker.start()

    def stop_worker(self, timeout: float = 1.3) -> bool:
        """Cancel all jobs; return whether the worker ended within `timeout` seconds."""
        with self._changed:
            self._stopping = True
            for job in [*self._queue.in_run_order(), *([self._running] if self._running else [])]:
                self._cancel_locked(job)
            self._changed.notify_all()
        if self._worker.ident is not None:
            self._worker.join(timeout)
        return not self.is_worker_alive

    @property
    def is_worker_alive(self) -> bool:
        return self._worker.is_alive()

    def submit_job(self, job: BackendJob) -> str:
        """Queue a job and return its id, or that of an earlier job of the same request.

        Raises QueueFullError if too many jobs are waiting.
        """
        with self._changed:
            self._drop_abandoned_locked()
            existing = self._jobs.job_of_request(job.request_name)
            if existing is not None:
                return existing.id
            self._queue.check_capacity(job, self._running)
            self._jobs.add_job(job)
            self._queue.enqueue(job)
            self._clients.start_tracking(job.client)
            self._changed.notify_all()
            return job.id

    def record_client_activity(self, client: str) -> None:
        with self._changed:
            self._clients.record_activity(client)

    def release_engine(self, timeout: float = 5.0) -> bool:
        """Request that the engine is freed as soon as no job waits; the next job loads it again.

        Return whether it has been freed, after at most `timeout` seconds, at once if there are
        jobs.
        """
        with self._changed:
            if self._host.state == "released":
                return True
            self._host.release_requested = True
            self._changed.notify_all()
            return self._changed.wait_for(
                lambda: not self._host.release_requested,
                0 if self._running or self._queue else timeout,
            )

    def job_status(self, job_id: str) -> JobStatusReply:
        """Return the state of a job; UnknownJobError if there is none with this id."""
        with self._changed:
            self._drop_abandoned_locked()
            return self._status_locked(self._jobs.get_job(job_id))

    def job_take(self, job_id: str, index: int) -> bytes:
        """Return the bytes of one result of a finished job; errors as `BackendJob.take_bytes`."""
        with self._changed:
            return self._jobs.get_job(job_id).take_bytes(index)

    def job_preview(self, job_id: str, index: int) -> bytes:
        """Return the ``.npz`` bytes of one preview; errors as `BackendJob.preview_bytes`."""
        with self._changed:
            return self._jobs.get_job(job_id).preview_bytes(index)

    def cancel_job(self, job_id: str) -> JobStatusReply:
        """Cancel a job: at once while it waits, after the current step while it runs.

        A finished job stays as it is. UnknownJobError if there is no job with this id.
        """
        with self._changed:
            job = self._jobs.get_job(job_id)
            self._cancel_locked(job)
            return self._status_locked(job)

    def engine_status(self) -> tuple[EngineState, str | None, list[ModelInfo]]:
        """Return the engine's state, its loading error and its models, without waiting for it."""
        with self._changed:
            return self._host.state, self._host.error, list(self._host.models)

    def workload(self) -> tuple[int, bool]:
        """Return the number of waiting jobs, and whether one runs."""
        with self._changed:
            return len(self._queue), self._running is not None

    def _status_locked(self, job: BackendJob) -> JobStatusReply:
        message, jobs_ahead, eta = job.message, None, None
        if job.state == "queued":
            jobs_ahead = self._queue.in_run_order().index(job) + (self._running is not None)
            message = self._waiting_message_locked(job, jobs_ahead)
        elif job.state == "running":
            message = self._host.loading_message() or message
            eta = job.eta_estimator.seconds_left(time.monotonic())
        return JobStatusReply(
            id=job.id,
            kind=job.kind,
            state=job.state,
            step=job.step,
            total=job.total,
            eta=eta,
            before=jobs_ahead,
            message=message,
            error=job.error,
            timings=job.timings,
            takes=len(job.takes),
            previews=len(job.previews),
        )

    def _waiting_message_locked(self, job: BackendJob, jobs_ahead: int) -> str:
        if jobs_ahead and job.preemptible:
            progress = f" at step {job.step} of {job.total}" if job.total else ""
            return f"Waiting{progress}: others come first"
        if self._running is not None and self._running.preemptible and jobs_ahead == 1:
            return "Starting: a style in training makes room"
        if jobs_ahead:
            motions = "motion" if jobs_ahead == 1 else "motions"
            return f"Waiting: {jobs_ahead} {motions} before yours"
        return self._host.loading_message() or "Starting"

    def _drop_abandoned_locked(self) -> None:
        """End the waiting jobs of inactive clients, and the running one after its current step."""
        for client in self._clients.pop_inactive():
            for job in self._queue.withdraw_client(client):
                job.error = self._abandoned_message
                self._finish_locked(job, "failed")
                log.info("Job %s was dropped: its client is inactive", job.id)
            if self._running is not None and self._running.client == client:
                self._running.is_abandoned = True

    def _cancel_locked(self, job: BackendJob) -> None:
        if job.state == "queued":
            self._queue.withdraw_job(job)
            self._finish_locked(job, "cancelled")
        elif job.state == "running":
            job.cancel_requested = True
            job.message = "Cancelling"

    def _finish_locked(self, job: BackendJob, state: JobState) -> None:
        job.state = state
        job.message = state.capitalize()
        job.function = None
        self._jobs.record_end(job)

    def _run_worker(self) -> None:
        self._host.load_engine()
        while True:
            job = self._wait_for_job()
            if job is not None:
                self._run_job(job)
            elif self._stopping:
                return
            else:
                self._host.free_engine()

    def _wait_for_job(self) -> BackendJob | None:
        """Return the next job; None when the runner stops or the engine is to be freed."""
        with self._changed:
            while True:
                notified = self._changed.wait_for(
                    lambda: self._queue or self._stopping or self._host.release_requested,
                    self._idle_timeout if self._host.engine is not None else None,
                )
                self._drop_abandoned_locked()
                if self._stopping:
                    return None
                if self._queue:
                    break
                if self._host.release_requested or not notified:
                    return None
            job = self._running = self._queue.dequeue()
            job.state = "running"
            job.started_at, job.eta_estimator = time.monotonic(), EtaEstimator()
            job.message = "Starting"
            return job

    def _run_job(self, job: BackendJob) -> None:
        takes: list[bytes] = []
        timings: dict[str, float] | None = None
        state: JobState = "failed"
        error: str | None = None
        try:
            # An engine that failed to load is tried again: weights may have been installed.
            engine = self._host.engine or self._host.load_engine()
            if engine is None or job.function is None:
                raise EngineError(self._host.error or "The engine is not loaded.")
            callbacks = self._progress_callback(job), self._preview_callback(job)
            results = job.function(engine, *callbacks)
            takes, timings = list(map(serialize_result, results)), read_timings(results[0])
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
                state, error = "failed", self._abandoned_message
            job.takes, job.timings, job.error = takes, timings, error
            if state == "done":
                job.step = job.total
            self._finish_locked(job, state)

    def _progress_callback(self, job: BackendJob) -> ProgressCallback:
        def progress(step: int, total: int, message: str = "") -> None:
            with self._changed:
                self._drop_abandoned_locked()
                if job.cancel_requested or job.is_abandoned:
                    raise JobCancelled
                now = time.monotonic()
                job.total = min(max(int(total), 0), _MAX_STEPS)
                job.step = min(max(int(step), 0), job.total)
                job.message = truncate(str(message), 200)
                job.eta_estimator.record_step(job.step, job.total, now)
                slice_expired = now - job.started_at > LIMITS.learn_slice
                if job.preemptible and job.step and self._queue.must_preempt(slice_expired):
                    raise Preempted

        return progress

    def _requeue_preempted(self, job: BackendJob) -> bool:
        """Queue a preempted job again unless it was cancelled; return whether it was queued."""
        with self._changed:
            if job.cancel_requested or job.is_abandoned:
                return False
            self._running = None
            job.state = "queued"
            self._queue.enqueue(job)
            return True

    def _preview_callback(self, job: BackendJob) -> Callable[[Take], None]:
        def add_preview(take: Take) -> None:
            data = serialize_result(take)
            with self._changed:
                job.previews.append(data)

        return add_preview
