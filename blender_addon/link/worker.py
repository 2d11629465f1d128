"""The thread that starts the backend and speaks with it. It knows neither bpy nor `Job`."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from .child import Child, Command
from .client import BODY, BackendGoneError, Client, JobStatus
from .errors import BackendError, JobCancelledError

_POLL_FIRST, _POLL_LONGEST = 0.01, 0.1
"""Seconds between two looks at a job: a short one is seen at once, a long one costs little."""
_STOP_SECONDS = 1.0


@dataclass(frozen=True)
class Order:
    """What the worker is to do next."""

    job: int
    command: Command
    request: dict[str, Any] | None
    """None only starts the backend."""
    takes: tuple[bytes, ...]
    """The `.npz`s that the job starts from."""
    stop: threading.Event


@dataclass(frozen=True)
class Done:
    """The takes that a job made, at least one, or the body."""

    takes: tuple[bytes, ...]


@dataclass(frozen=True)
class Failed:
    """Why a job made none."""

    sentence: str


@dataclass(frozen=True)
class Stopped:
    """The job was cancelled."""


@dataclass(frozen=True)
class Heard:
    """News of one job; a dict is the backend's capabilities and concerns all."""

    job: int
    what: JobStatus | Done | Failed | Stopped | dict[str, Any]


class Worker:
    """Does orders one after the other, with one warm child."""

    def __init__(self) -> None:
        self._orders: queue.Queue[Order | None] = queue.Queue()
        self._news: queue.Queue[Heard] = queue.Queue()
        self._stopping = threading.Event()
        self._child: Child | None = None
        self._command: Command | None = None
        self._client: Client | None = None
        self._start_seconds = 0.0
        self._models_known = False
        self._thread = threading.Thread(target=self._work, name="anyframe-link", daemon=True)
        self._thread.start()

    def order(self, order: Order) -> None:
        """Add to what is to be done."""
        self._orders.put(order)

    def hear(self) -> list[Heard]:
        """All news since the last call, oldest first; never waits."""
        news: list[Heard] = []
        try:
            while True:
                news.append(self._news.get_nowait())
        except queue.Empty:
            return news

    def stop(self) -> None:
        """End the thread and the child. Orders not yet begun are dropped."""
        self._stopping.set()
        self._orders.put(None)
        self._thread.join(_STOP_SECONDS)
        child = self._child
        if self._thread.is_alive() and child is not None:
            child.stop()  # wakes the thread out of a call that nobody answers
            self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None and not self._stopping.is_set():
            self._tell(order, self._do(order))
        self._drop_child()

    def _tell(self, order: Order, what: JobStatus | Done | Failed | Stopped) -> None:
        self._news.put(Heard(order.job, what))

    def _do(self, order: Order) -> Done | Failed | Stopped:
        try:
            if self._stops(order):
                raise JobCancelledError
            client = self._running_client(order)
            if order.request is None:
                self._await_models(client, order)
                return Stopped()
            return self._follow(client, order)
        except JobCancelledError:
            return Stopped()
        except BackendGoneError as error:
            return Failed(self._post_mortem(error))
        except BackendError as error:
            return Failed(str(error))
        except Exception as error:  # the thread must outlive any one job
            return Failed(f"The link to the backend failed ({error!r}). Press Generate again.")

    def _running_client(self, order: Order) -> Client:
        """A client of a living backend started by this order's command."""
        if self._child is None or not self._child.alive or self._command != order.command:
            self._drop_child()
            self._tell(order, JobStatus("queued", message="Starting the backend"))
            began = time.perf_counter()
            self._child = Child.start(order.command, cancelled=lambda: self._stops(order))
            self._command = order.command
            self._client = Client(self._child.handshake.port, self._child.token)
            self._models_known = False
            self._ask_for_models(self._client)
            self._start_seconds = time.perf_counter() - began
        else:
            self._start_seconds = 0.0
        assert self._client is not None
        return self._client

    def _follow(self, client: Client, order: Order) -> Done | Failed | Stopped:
        """Hand a job to the backend and follow it to its end."""
        assert order.request is not None
        if order.request["kind"] == BODY:
            return self._fetch_body(client, order, order.request)
        job = client.submit(order.request, order.takes)
        pause = _POLL_FIRST
        while True:
            status = client.status(job)
            if status.state == "done":
                timings = {"start": self._start_seconds, **status.timings}
                self._tell(order, replace(status, timings=timings))
                self._ask_for_models(client)
                return self._fetch_takes(client, order, job, status.takes)
            if status.state == "failed":
                return Failed(status.error or "The backend could not make the motion.")
            if status.state == "cancelled":
                return Stopped()
            self._tell(order, status)
            if order.stop.wait(pause) or self._stopping.is_set():
                client.cancel(job)
                return Stopped()
            pause = min(pause * 1.5, _POLL_LONGEST)

    def _fetch_takes(self, client: Client, order: Order, job: str, count: int) -> Done | Stopped:
        """All that a job made; a stop is heeded between two of them."""
        takes: list[bytes] = []
        for index in range(count):
            if self._stops(order):
                return Stopped()
            takes.append(client.take(job, index))
        return Done(tuple(takes))

    def _fetch_body(self, client: Client, order: Order, request: dict[str, Any]) -> Done | Stopped:
        """Have the backend read a model: one call, so a stop is only heeded after it."""
        self._tell(order, JobStatus("running", message="Reading the model"))
        wanted = {name: value for name, value in request.items() if name != "kind"}
        body = client.body(**wanted)
        return Stopped() if self._stops(order) else Done((body,))

    def _await_models(self, client: Client, order: Order) -> None:
        """Until the engine is loaded, unless there is something else to do."""
        while not self._ask_for_models(client) and self._orders.empty() and not self._stops(order):
            order.stop.wait(_POLL_LONGEST)

    def _ask_for_models(self, client: Client) -> bool:
        """Pass on what the backend can do, once; it says so only when its engine is loaded."""
        if not self._models_known:
            said = client.capabilities()
            self._models_known = said.get("engine") != "loading"
            self._news.put(Heard(0, said))
        return self._models_known

    def _stops(self, order: Order) -> bool:
        return order.stop.is_set() or self._stopping.is_set()

    def _post_mortem(self, error: BackendGoneError) -> str:
        """Why nobody answers, and what comes next; the next order starts a new child."""
        child, command = self._child, self._command
        if child is None or command is None:
            return str(error)
        if child.ends_within(_STOP_SECONDS):
            sentence = f"The backend ended while it worked ({child.last_words()})."
        else:
            sentence = f"The backend did not answer any more and was stopped; see {command.log}."
        self._drop_child()
        return f"{sentence} Press Generate to start it again."

    def _drop_child(self) -> None:
        if self._client is not None:
            self._client.close()
        if self._child is not None:
            self._child.stop()
        self._child = self._command = self._client = None
