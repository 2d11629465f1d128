"""The thread that starts the backend and sends it requests. It knows neither bpy nor `Job`."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ..errors import BackendError, JobCancelledError
from .client import BODY, LEARN, RELEASE, BackendLostError, JobStatus
from .connection import BackendLocation, Connection, open_connection, opening_message
from .remote import RemoteBackend

_Answer = TypeVar("_Answer")

_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS = 0.01, 0.1
"""Pauses between two status requests: a short job is seen at once, a long one costs little."""
_RETRY_SECONDS = 0.5
"""Pause before a request is repeated over a connection that was lost."""
_STOP_SECONDS = 1.0
"""Time that the thread gets to end by itself, then once more after its connection was closed."""
_NOT_RUNNING = "The backend is not running, so there is no memory to release."


@dataclass(frozen=True, eq=False)
class WorkerRequest:
    """One request and the backend that it is for."""

    job_number: int | None
    """Number of the job; None for a warm-up."""
    location: BackendLocation
    payload: dict[str, Any] | None
    """The request as sent to the backend; None for a warm-up, which only connects."""
    takes: tuple[bytes, ...]
    """The `.npz` files that are sent along."""
    stop: threading.Event

    @property
    def kind(self) -> str:
        """Kind of the request; "" for a warm-up."""
        return self.payload["kind"] if self.payload is not None else ""


@dataclass(frozen=True)
class PreviewReceived:
    """A take sampled from the style that is being learnt."""

    take: bytes


@dataclass(frozen=True)
class JobDone:
    """Files that a job made: one or more takes, a body, or the text of a memory release."""

    takes: tuple[bytes, ...]


@dataclass(frozen=True)
class JobFailed:
    """Why a job failed, as a sentence."""

    sentence: str


@dataclass(frozen=True)
class JobStopped:
    """The job was cancelled."""


@dataclass(frozen=True)
class JobEvent:
    """News of one job."""

    job_number: int
    news: JobStatus | PreviewReceived | JobDone | JobFailed | JobStopped


@dataclass(frozen=True)
class CapabilitiesReceived:
    """The backend's capabilities, which concern all jobs."""

    capabilities: dict[str, Any]


@dataclass(frozen=True)
class WarmUpEnded:
    """A warm-up has ended, successfully or not."""


WorkerEvent = JobEvent | CapabilitiesReceived | WarmUpEnded
_Outcome = JobDone | JobFailed | JobStopped


@dataclass
class _RunningJob:
    """A job that the backend has accepted."""

    request: WorkerRequest
    connection: Connection
    id: str
    status: JobStatus
    previews: int = 0
    """Number of previews at the last download."""
    pause: float = _FIRST_POLL_SECONDS


class Worker:
    """Runs requests one after the other over one connection that stays open.

    While a style is learnt, which takes long, other requests run between two status polls.
    """

    def __init__(self) -> None:
        self._requests: deque[WorkerRequest] = deque()
        self._changed = threading.Condition()
        """Guards `_requests`; notified when one is added and when the worker stops."""
        self._events: deque[WorkerEvent] = deque()
        self._stopping = threading.Event()
        self._client_id = secrets.token_hex(8)
        self._connection: Connection | None = None
        self._start_seconds = 0.0
        """Time that the current request spent on opening the connection."""
        self._models_known = False
        self._thread = threading.Thread(target=self._work, name="anyframe-link", daemon=True)
        self._thread.start()

    def enqueue(self, request: WorkerRequest) -> None:
        with self._changed:
            self._requests.append(request)
            self._changed.notify()

    def take_events(self) -> list[WorkerEvent]:
        """Return all events since the last call, oldest first, without waiting."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def stop(self) -> None:
        """End the thread and the connection, and with it a child. Waiting requests are dropped."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        self._thread.join(_STOP_SECONDS)
        connection = self._connection
        if self._thread.is_alive() and connection is not None:
            connection.close()  # interrupts a call that gets no answer
            self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        learning: _RunningJob | None = None
        while learning is not None or not self._stopping.is_set():
            request = self._next_request(learning)
            if request is not None:
                outcome = self._attempt(partial(self._run_request, request))
                if isinstance(outcome, _RunningJob):
                    learning = outcome
                else:
                    self._report(request, outcome)
            elif learning is not None:
                outcome = self._attempt(partial(self._poll, learning))
                if outcome is not None:
                    self._report(learning.request, outcome)
                    learning = None
        self._disconnect()

    def _next_request(self, learning: _RunningJob | None) -> WorkerRequest | None:
        """Remove and return the next request; None when the worker stops.

        Without a learning job, wait for a request. Beside one, return None at once if no request
        may run: another style waits, and so does everything behind a request for another backend.
        """
        with self._changed:
            if learning is None:
                self._changed.wait_for(lambda: self._requests or self._stopping.is_set())
            if self._stopping.is_set():
                return None
            if learning is None:
                return self._requests.popleft()
            connection = learning.connection
            if not connection.alive or connection is not self._connection:
                return None  # the next poll finds out and ends the job
            request = next((r for r in self._requests if r.kind != LEARN), None)
            if request is None or request.location != connection.location:
                return None
            self._requests.remove(request)
            return request

    def _attempt(self, action: Callable[[], _Answer]) -> _Answer | _Outcome:
        """Return the result of an action, or how it failed: no error ends the thread."""
        try:
            return action()
        except JobCancelledError:
            return JobStopped()
        except BackendLostError as error:
            return JobFailed(self._explain_and_disconnect(error))
        except BackendError as error:
            return JobFailed(str(error))
        except Exception as error:
            return JobFailed(f"The link to the backend failed ({error!r}). Press Generate again.")

    def _report(self, request: WorkerRequest, news: JobStatus | PreviewReceived | _Outcome) -> None:
        if request.job_number is not None:
            self._events.append(JobEvent(request.job_number, news))
        elif not isinstance(news, JobStatus):
            self._events.append(WarmUpEnded())

    def _run_request(self, request: WorkerRequest) -> _Outcome | _RunningJob:
        """Run a request to its end; return a learning job once it has started."""
        if self._is_stopped(request):
            raise JobCancelledError
        if request.kind == RELEASE:
            return self._release_memory(request)
        connection = self._connect(request)
        if request.payload is None:
            self._await_models(connection, request)
            return JobStopped()
        if request.kind == BODY:
            return self._download_body(connection, request, request.payload)
        client = connection.client
        submit = partial(
            client.submit, request.payload, request.takes, request_id=secrets.token_hex(8)
        )
        job_id = self._repeat(connection, request, submit)
        job = _RunningJob(request, connection, job_id, JobStatus("queued"))
        outcome = self._poll(job)
        while outcome is None and request.kind != LEARN:
            outcome = self._poll(job)
        return job if outcome is None else outcome

    def _connect(self, request: WorkerRequest) -> Connection:
        """Return a connection to a living backend at the location of a request."""
        connection = self._connection
        self._start_seconds = 0.0
        if connection is None or not self._is_connected(request):
            self._disconnect()
            self._report(request, JobStatus("queued", message=opening_message(request.location)))
            start = time.perf_counter()
            connection = open_connection(
                request.location, self._client_id, lambda: self._is_stopped(request)
            )
            self._connection = connection
            self._models_known = False
            self._request_capabilities(connection, request)
            self._start_seconds = time.perf_counter() - start
        return connection

    def _release_memory(self, request: WorkerRequest) -> JobDone:
        """Free the memory of the models; do not start a child for that."""
        if not isinstance(request.location, RemoteBackend) and not self._is_connected(request):
            return JobDone((_NOT_RUNNING.encode(),))
        return JobDone((self._connect(request).client.release_memory().encode(),))

    def _poll(self, job: _RunningJob) -> _Outcome | None:
        """Report the progress of a job, then pause; return how it ended, None while it runs."""
        request, connection, client = job.request, job.connection, job.connection.client
        job.status = status = self._repeat(
            connection, request, partial(client.job_status, job.id), job.status
        )
        if status.previews > job.previews:
            job.previews = status.previews
            download = partial(client.download_preview, job.id, status.previews - 1)
            take = self._repeat(connection, request, download, status)
            self._report(request, PreviewReceived(take))
        if status.state == "done":
            timings = {"start": self._start_seconds, **status.timings}
            self._report(request, replace(status, timings=timings))
            self._request_capabilities(connection, request)
            return self._download_takes(connection, request, job.id, status.takes)
        if status.state == "failed":
            return JobFailed(status.error or "The backend could not make the motion.")
        if status.state == "cancelled":
            return JobStopped()
        self._report(request, status)
        if request.stop.wait(job.pause) or self._stopping.is_set():
            client.cancel(job.id)
            return JobStopped()
        job.pause = min(job.pause * 1.5, _LONGEST_POLL_SECONDS)
        return None

    def _repeat(
        self,
        connection: Connection,
        request: WorkerRequest,
        call: Callable[[], _Answer],
        last_status: JobStatus | None = None,
    ) -> _Answer:
        """Return the result of a call, repeating it while the connection is lost.

        A child that loads on a busy machine answers late, and a network may be down for a while.

        Args:
            call: Request that may be sent twice without doing anything twice.
            last_status: Last known status of the job, shown while no answer comes.
        """
        lost_at = 0.0
        while True:
            try:
                answer = call()
            except BackendLostError:
                now = time.monotonic()
                lost_at = lost_at or now
                if connection.should_give_up(now - lost_at):
                    raise
                status = last_status or JobStatus("queued")
                message = connection.waiting_message()
                self._report(request, replace(status, eta=None, message=message))
                if request.stop.wait(_RETRY_SECONDS) or self._stopping.is_set():
                    raise JobCancelledError from None
            else:
                connection.record_reply()
                return answer

    def _download_takes(
        self, connection: Connection, request: WorkerRequest, job_id: str, count: int
    ) -> JobDone | JobStopped:
        takes: list[bytes] = []
        for index in range(count):
            if self._is_stopped(request):
                return JobStopped()
            download = partial(connection.client.download_take, job_id, index)
            takes.append(self._repeat(connection, request, download))
        return JobDone(tuple(takes))

    def _download_body(
        self, connection: Connection, request: WorkerRequest, payload: dict[str, Any]
    ) -> JobDone | JobStopped:
        """Have the backend read a body model; one call, so a stop only takes effect after it."""
        status = JobStatus("running", message="Reading the model")
        self._report(request, status)
        arguments = {name: value for name, value in payload.items() if name != "kind"}
        download = partial(connection.client.download_body, **arguments)
        body = self._repeat(connection, request, download, status)
        return JobStopped() if self._is_stopped(request) else JobDone((body,))

    def _await_models(self, connection: Connection, request: WorkerRequest) -> None:
        """Wait until the engine is loaded, another request comes or this one is stopped."""
        while not (
            self._request_capabilities(connection, request)
            or self._requests
            or self._is_stopped(request)
        ):
            request.stop.wait(_LONGEST_POLL_SECONDS)

    def _request_capabilities(self, connection: Connection, request: WorkerRequest) -> bool:
        """Report the backend's capabilities until its engine is loaded; return whether it is."""
        if not self._models_known:
            capabilities = self._repeat(connection, request, connection.client.capabilities)
            self._models_known = capabilities.get("engine") != "loading"
            self._events.append(CapabilitiesReceived(capabilities))
        return self._models_known

    def _is_connected(self, request: WorkerRequest) -> bool:
        """Return whether the connection is alive and leads to the location of a request."""
        connection = self._connection
        return (
            connection is not None and connection.alive and connection.location == request.location
        )

    def _is_stopped(self, request: WorkerRequest) -> bool:
        return request.stop.is_set() or self._stopping.is_set()

    def _explain_and_disconnect(self, error: BackendLostError) -> str:
        """Return why the backend was lost and what to do; the next request connects again."""
        connection = self._connection
        if connection is None:
            return str(error)
        sentence = connection.explain_failure(error)
        self._disconnect()
        return sentence

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
