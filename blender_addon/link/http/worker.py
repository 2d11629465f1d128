"""The thread that starts the backend and speaks with it. It knows neither bpy nor `Job`."""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from ..errors import BackendError, JobCancelledError
from .client import BODY, LEARN, RELEASE, BackendLostError, JobStatus
from .connection import BackendLocation, Connection, open_connection, opening_message
from .remote import RemoteBackend

_Answer = TypeVar("_Answer")

_POLL_FIRST, _POLL_LONGEST = 0.01, 0.1
"""Seconds between two looks at a job: a short one is seen at once, a long one costs little."""
_RETRY_SECONDS = 0.5
_STOP_SECONDS = 1.0
_NOT_RUNNING = "The backend is not running, so there is no memory to release."


@dataclass(frozen=True)
class WorkerRequest:
    """What the worker is to do next."""

    job_number: int
    location: BackendLocation
    request: dict[str, Any] | None
    """None only looks for the backend, and starts it if it is a child."""
    takes: tuple[bytes, ...]
    """The `.npz`s that the job starts from."""
    stop: threading.Event


@dataclass(frozen=True)
class JobDone:
    """The takes that a job made, at least one, or the body, or what a release came to, as text."""

    takes: tuple[bytes, ...]


@dataclass(frozen=True)
class PreviewReceived:
    """A take that shows what a style that is being learnt can do so far."""

    take: bytes


@dataclass(frozen=True)
class JobFailed:
    """Why a job made none."""

    sentence: str


@dataclass(frozen=True)
class JobStopped:
    """The job was cancelled."""


@dataclass(frozen=True)
class Heard:
    """News of one job; a dict is the backend's capabilities and concerns all."""

    job: int
    what: JobStatus | PreviewReceived | JobDone | JobFailed | JobStopped | dict[str, Any]


class Worker:
    """Does orders one after the other, over one line that is kept open. While a style is learnt,
    which takes long, other orders are done in between."""

    def __init__(self) -> None:
        self._orders: queue.Queue[WorkerRequest | None] = queue.Queue()
        self._news: queue.Queue[Heard] = queue.Queue()
        self._stopping = threading.Event()
        self._name = secrets.token_hex(8)
        """Of this client, so that a backend with several can let them take turns."""
        self._connection: Connection | None = None
        self._start_seconds = 0.0
        self._models_known = False
        self._thread = threading.Thread(target=self._work, name="anyframe-link", daemon=True)
        self._thread.start()

    def enqueue(self, order: WorkerRequest) -> None:
        """Add to what is to be done."""
        self._orders.put(order)

    def take_events(self) -> list[Heard]:
        """All news since the last call, oldest first; never waits."""
        news: list[Heard] = []
        try:
            while True:
                news.append(self._news.get_nowait())
        except queue.Empty:
            return news

    def stop(self) -> None:
        """End the thread and the line, with it a child. Orders not yet begun are dropped."""
        self._stopping.set()
        self._orders.put(None)
        self._thread.join(_STOP_SECONDS)
        connection = self._connection
        if self._thread.is_alive() and connection is not None:
            connection.close()  # wakes the thread out of a call that nobody answers
            self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None and not self._stopping.is_set():
            self._tell(order, self._do(order))
        self._hang_up()

    def _tell(
        self,
        order: WorkerRequest,
        what: JobStatus | PreviewReceived | JobDone | JobFailed | JobStopped,
    ) -> None:
        self._news.put(Heard(order.job_number, what))

    def _do(self, order: WorkerRequest) -> JobDone | JobFailed | JobStopped:
        try:
            if self._stops(order):
                raise JobCancelledError
            return self._carry_out(order)
        except JobCancelledError:
            return JobStopped()
        except BackendLostError as error:
            return JobFailed(self._post_mortem(error))
        except BackendError as error:
            return JobFailed(str(error))
        except Exception as error:  # the thread must outlive any one job
            return JobFailed(f"The link to the backend failed ({error!r}). Press Generate again.")

    def _carry_out(self, order: WorkerRequest) -> JobDone | JobFailed | JobStopped:
        request = order.request
        if request is not None and request["kind"] == RELEASE:
            return self._release(order)
        connection = self._open_connection(order)
        if request is None:
            self._await_models(connection, order)
            return JobStopped()
        if request["kind"] == BODY:
            return self._fetch_body(connection, order, request)
        return self._follow(connection, order, request)

    def _open_connection(self, order: WorkerRequest) -> Connection:
        """A line to a living backend at this order's place."""
        connection = self._connection
        self._start_seconds = 0.0
        if connection is None or not connection.alive or connection.location != order.location:
            self._hang_up()
            self._tell(order, JobStatus("queued", message=opening_message(order.location)))
            began = time.perf_counter()
            connection = open_connection(order.location, self._name, lambda: self._stops(order))
            self._connection = connection
            self._models_known = False
            self._ask_for_models(connection, order)
            self._start_seconds = time.perf_counter() - began
        return connection

    def _release(self, order: WorkerRequest) -> JobDone:
        """Have the model's memory freed; a child that does not run is not started for that."""
        if not isinstance(order.location, RemoteBackend):
            connection = self._connection
            if connection is None or not connection.alive or connection.location != order.location:
                return JobDone((_NOT_RUNNING.encode(),))
        return JobDone((self._open_connection(order).client.release_memory().encode(),))

    def _follow(
        self, connection: Connection, order: WorkerRequest, request: dict[str, Any]
    ) -> JobDone | JobFailed | JobStopped:
        """Hand a job to the backend and follow it to its end."""
        client = connection.client
        submit = partial(client.submit, request, order.takes, request_id=secrets.token_hex(8))
        job = self._repeat(connection, order, submit)
        status = JobStatus("queued")
        pause = _POLL_FIRST
        seen = 0
        while True:
            status = self._repeat(connection, order, lambda: client.job_status(job), status)
            if status.previews > seen:
                seen = status.previews
                fetch = partial(client.download_preview, job, seen - 1)
                self._tell(order, PreviewReceived(self._repeat(connection, order, fetch, status)))
            if status.state == "done":
                timings = {"start": self._start_seconds, **status.timings}
                self._tell(order, replace(status, timings=timings))
                self._ask_for_models(connection, order)
                return self._fetch_takes(connection, order, job, status.takes)
            if status.state == "failed":
                return JobFailed(status.error or "The backend could not make the motion.")
            if status.state == "cancelled":
                return JobStopped()
            self._tell(order, status)
            if order.stop.wait(pause) or self._stopping.is_set():
                client.cancel(job)
                return JobStopped()
            pause = min(pause * 1.5, _POLL_LONGEST)
            if request["kind"] == LEARN:
                self._do_others(connection)

    def _do_others(self, connection: Connection) -> None:
        """Do what was ordered while a style is learnt. More to learn waits, and so does what comes
        after an order for another backend."""
        while connection.alive and (other := self._next_of(connection.location)) is not None:
            self._tell(other, self._do(other))
            if self._connection is not connection:
                return  # it broke, which the next question will find out

    def _next_of(self, place: BackendLocation) -> WorkerRequest | None:
        """Take out the first order that is not to learn, if it is for this place."""
        with self._orders.mutex:
            for number, order in enumerate(self._orders.queue):
                if order is None:
                    return None
                if order.request is not None and order.request["kind"] == LEARN:
                    continue
                if order.location != place:
                    return None
                del self._orders.queue[number]
                return order
        return None

    def _repeat(
        self,
        connection: Connection,
        order: WorkerRequest,
        call: Callable[[], _Answer],
        last: JobStatus | None = None,
    ) -> _Answer:
        """Return what a call returns that may be made again without changing anything more.

        A child that loads on a busy machine answers late, and a line over a network may be down
        for a while.

        Args:
            last: what was known of the job before; shown while no answer comes.
        """
        lost = 0.0
        while True:
            try:
                answer = call()
            except BackendLostError:
                now = time.monotonic()
                lost = lost or now
                if connection.should_give_up(now - lost):
                    raise
                message = connection.waiting_message()
                self._tell(order, replace(last or JobStatus("queued"), eta=None, message=message))
                if order.stop.wait(_RETRY_SECONDS) or self._stopping.is_set():
                    raise JobCancelledError from None
            else:
                connection.record_reply()
                return answer

    def _fetch_takes(
        self, connection: Connection, order: WorkerRequest, job: str, count: int
    ) -> JobDone | JobStopped:
        """All that a job made; a stop is heeded between two of them."""
        takes: list[bytes] = []
        for index in range(count):
            if self._stops(order):
                return JobStopped()
            fetch = partial(connection.client.download_take, job, index)
            takes.append(self._repeat(connection, order, fetch))
        return JobDone(tuple(takes))

    def _fetch_body(
        self, connection: Connection, order: WorkerRequest, request: dict[str, Any]
    ) -> JobDone | JobStopped:
        """Have the backend read a model: one call, so a stop is only heeded after it."""
        reading = JobStatus("running", message="Reading the model")
        self._tell(order, reading)
        arguments = {name: value for name, value in request.items() if name != "kind"}
        fetch = partial(connection.client.download_body, **arguments)
        body = self._repeat(connection, order, fetch, reading)
        return JobStopped() if self._stops(order) else JobDone((body,))

    def _await_models(self, connection: Connection, order: WorkerRequest) -> None:
        """Until the engine is loaded, unless there is something else to do."""
        while not (
            self._ask_for_models(connection, order)
            or not self._orders.empty()
            or self._stops(order)
        ):
            order.stop.wait(_POLL_LONGEST)

    def _ask_for_models(self, connection: Connection, order: WorkerRequest) -> bool:
        """Pass on what the backend can do, once; it says so only when its engine is loaded."""
        if not self._models_known:
            said = self._repeat(connection, order, connection.client.capabilities)
            self._models_known = said.get("engine") != "loading"
            self._news.put(Heard(0, said))
        return self._models_known

    def _stops(self, order: WorkerRequest) -> bool:
        return order.stop.is_set() or self._stopping.is_set()

    def _post_mortem(self, error: BackendLostError) -> str:
        """Why nobody answers, and what comes next; the next order opens a new line."""
        connection = self._connection
        if connection is None:
            return str(error)
        sentence = connection.explain_failure(error)
        self._hang_up()
        return sentence

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
