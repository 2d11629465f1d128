"""The thread that starts the backend and sends it requests. It knows neither bpy nor `Job`."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from ..errors import BackendError, JobCancelledError
from .client import BODY, LEARN, RELEASE, BackendLostError, JobStatus
from .connection import BackendLocation, ChildConnection, Connection, RemoteConnection
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
class JobOutcome:
    """End of a job; one without files and error was cancelled."""

    files: tuple[bytes, ...] = ()
    """One or more takes, a body, or the text of a memory release."""
    error: str = ""
    """Why it failed, as a sentence."""


JobNews = JobStatus | JobOutcome | bytes
"""Status, outcome, or a take sampled from the style that is being learnt."""
WorkerEvent = tuple[int | None, JobNews | dict[str, Any]]
"""Number of a job, None for a warm-up, with its news or the backend's capabilities."""


@dataclass
class _RunningJob:
    """A request in work."""

    request: WorkerRequest
    connection: Connection
    start_seconds: float = 0.0
    """Time that it spent on opening the connection."""
    id: str = ""
    """Name of the job at the backend; "" before it was accepted."""
    status: JobStatus = field(default_factory=JobStatus)
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
                result = self._attempt(partial(self._run, request))
            elif learning is not None:
                request, result = learning.request, self._attempt(partial(self._poll, learning))
                learning = None
            else:
                continue
            if isinstance(result, _RunningJob):
                learning = result
            else:
                self._report(request, result)
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

    def _attempt(self, action: Callable[[], _Answer]) -> _Answer | JobOutcome:
        """Return the result of an action, or how it failed: no error ends the thread."""
        try:
            return action()
        except JobCancelledError:
            return JobOutcome()
        except BackendLostError as error:
            connection = self._connection
            sentence = connection.explain_failure(error) if connection else str(error)
            self._disconnect()  # the next request connects again
        except BackendError as error:
            sentence = str(error)
        except Exception as error:
            sentence = f"The link to the backend failed ({error!r}). Press Generate again."
        return JobOutcome(error=sentence)

    def _report(self, request: WorkerRequest, news: JobNews) -> None:
        self._events.append((request.job_number, news))

    def _run(self, request: WorkerRequest) -> JobOutcome | _RunningJob:
        """Run a request to its end; return a learning job once it has started."""
        self._check_stopped(request)
        is_remote = isinstance(request.location, RemoteBackend)
        if request.kind == RELEASE and not is_remote and not self._is_connected(request):
            return JobOutcome((_NOT_RUNNING.encode(),))
        job = self._connect(request)
        client = job.connection.client
        if request.payload is None:
            # Wait until the engine is loaded, another request comes or this one is stopped.
            while not (
                self._request_capabilities(job) or self._requests or self._is_stopped(request)
            ):
                request.stop.wait(_LONGEST_POLL_SECONDS)
            return JobOutcome()
        if request.kind == RELEASE:
            return JobOutcome((client.release_memory().encode(),))
        if request.kind == BODY:  # one call, so a stop only takes effect after it
            job.status = JobStatus("running", message="Reading the model")
            self._report(request, job.status)
            arguments = {name: value for name, value in request.payload.items() if name != "kind"}
            body = self._repeat(job, partial(client.download_body, **arguments))
            self._check_stopped(request)
            return JobOutcome((body,))
        submit = partial(client.submit, request_id=secrets.token_hex(8))
        job.id = self._repeat(job, submit, request.payload, request.takes)
        result = self._poll(job)
        while result is job and request.kind != LEARN:
            result = self._poll(job)
        return result

    def _connect(self, request: WorkerRequest) -> _RunningJob:
        """Begin a request over a connection to a living backend at its location."""
        location, connection = request.location, self._connection
        if connection is not None and self._is_connected(request):
            return _RunningJob(request, connection)
        self._disconnect()
        start = time.perf_counter()
        if isinstance(location, RemoteBackend):
            self._report(request, JobStatus(message="Looking for the backend"))
            self._connection = RemoteConnection(location, self._client_id)
        else:
            self._report(request, JobStatus(message="Starting the backend"))
            is_cancelled = partial(self._is_stopped, request)
            self._connection = ChildConnection(location, self._client_id, is_cancelled)
        self._models_known = False
        job = _RunningJob(request, self._connection)
        self._request_capabilities(job)
        job.start_seconds = time.perf_counter() - start
        return job

    def _poll(self, job: _RunningJob) -> JobOutcome | _RunningJob:
        """Report the progress of a job, then pause; return how it ended, itself while it runs."""
        request, client = job.request, job.connection.client
        job.status = status = self._repeat(job, client.job_status, job.id)
        if status.previews > job.previews:
            job.previews = status.previews
            take = self._repeat(job, client.download_preview, job.id, status.previews - 1)
            self._report(request, take)
        if status.state == "done":
            timings = {"start": job.start_seconds, **status.timings}
            self._report(request, replace(status, timings=timings))
            self._request_capabilities(job)
            takes: list[bytes] = []
            for index in range(status.takes):
                self._check_stopped(request)
                takes.append(self._repeat(job, client.download_take, job.id, index))
            return JobOutcome(tuple(takes))
        if status.state == "failed":
            return JobOutcome(error=status.error or "The backend could not make the motion.")
        if status.state == "cancelled":
            return JobOutcome()
        self._report(request, status)
        if request.stop.wait(job.pause) or self._stopping.is_set():
            client.cancel(job.id)
            return JobOutcome()
        job.pause = min(job.pause * 1.5, _LONGEST_POLL_SECONDS)
        return job

    def _repeat(self, job: _RunningJob, call: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """Return the result of a call, repeating it while the connection is lost.

        A child that loads on a busy machine answers late, and a network may be down for a while.
        So the call must be one that may be made twice without doing anything twice.
        """
        lost_at = 0.0
        while True:
            try:
                answer = call(*arguments)
            except BackendLostError:
                now = time.monotonic()
                lost_at = lost_at or now
                if job.connection.should_give_up(now - lost_at):
                    raise
                message = job.connection.waiting_message()
                self._report(job.request, replace(job.status, eta=None, message=message))
                if job.request.stop.wait(_RETRY_SECONDS) or self._stopping.is_set():
                    raise JobCancelledError from None
            else:
                job.connection.record_reply()
                return answer

    def _request_capabilities(self, job: _RunningJob) -> bool:
        """Report the backend's capabilities until its engine is loaded; return whether it is."""
        if not self._models_known:
            capabilities = self._repeat(job, job.connection.client.capabilities)
            self._models_known = capabilities.get("engine") != "loading"
            self._events.append((None, capabilities))
        return self._models_known

    def _is_connected(self, request: WorkerRequest) -> bool:
        """Return whether the connection is alive and leads to the location of a request."""
        line = self._connection
        return line is not None and line.alive and line.location == request.location

    def _is_stopped(self, request: WorkerRequest) -> bool:
        return request.stop.is_set() or self._stopping.is_set()

    def _check_stopped(self, request: WorkerRequest) -> None:
        if self._is_stopped(request):
            raise JobCancelledError

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
