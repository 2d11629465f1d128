"""A line to a backend, wherever it is: a child process of this Blender, or another machine."""

from __future__ import annotations

from collections.abc import Callable

from ..process.child import BackendCommand, BackendProcess
from .client import BackendLostError, Client
from .remote import RemoteBackend

BackendLocation = BackendCommand | RemoteBackend
"""Where the backend is to be found: the command that starts it, or another machine."""

_STOP_SECONDS = 1.0
REMOTE_RETRY_SECONDS = 20.0
"""Seconds for which a connection over a network may be lost."""


class ChildConnection:
    """To a backend that was started for this Blender and ends with it."""

    def __init__(self, command: BackendCommand, name: str, cancelled: Callable[[], bool]) -> None:
        """Start it.

        Args:
            command: how.
            name: of this client.
            cancelled: asked often; JobCancelledError is raised once it says yes.

        Raises:
            BackendError: it cannot be started.
        """
        self.location: BackendLocation = command
        self._log = command.log_path
        self._answered = False
        self.process = BackendProcess.start(command, cancelled=cancelled)
        url = f"http://127.0.0.1:{self.process.handshake.port}"
        self.client = Client(url, self.process.token, client_id=name)

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self.process.alive

    def record_reply(self) -> None:
        """Note that a request was answered."""
        self._answered = True
        self.process.heartbeats.record_reply()

    def should_give_up(self, _lost_seconds: float) -> bool:
        """Whether a failed request is not worth repeating: the process has ended or is stuck."""
        return self.process.ends_within(_STOP_SECONDS) or bool(
            self.process.heartbeats.stuck_reason()
        )

    def waiting_message(self) -> str:
        """What a request that failed waits for, to be shown."""
        return self.process.heartbeats.phase or "The backend is busy"

    def explain_failure(self, _error: BackendLostError) -> str:
        """Say why nobody answers, and what comes next; a process that is stuck is given up."""
        if self.process.ends_within(_STOP_SECONDS):
            words = self.process.exit_description()
            if not self._answered:
                return (
                    f"The backend ended while starting ({words}). Press Generate to start it "
                    "again; if that fails too, press Set up in the add-on's preferences."
                )
            sentence = f"The backend ended while it worked ({words})."
        else:
            reason = self.process.heartbeats.stuck_reason() or "did not answer any more"
            sentence = f"The backend {reason} and was stopped; see {self._log}."
        return f"{sentence} Press Generate to start it again."

    def close(self) -> None:
        """End the process; wakes a thread out of a call that nobody answers."""
        self.client.close()
        self.process.stop()


class RemoteConnection:
    """To a backend on another machine, which goes on without us."""

    alive = True

    def __init__(self, remote: RemoteBackend, name: str) -> None:
        self.location: BackendLocation = remote
        self.client = remote_client(remote, name)
        self._answered = False

    def record_reply(self) -> None:
        """Note that a request was answered."""
        self._answered = True

    def should_give_up(self, lost_seconds: float) -> bool:
        """Whether a failed request is not worth repeating: there never was a connection, or it has
        been lost for too long."""
        return not self._answered or lost_seconds >= REMOTE_RETRY_SECONDS

    def waiting_message(self) -> str:
        """What a request that failed waits for, to be shown."""
        return "The connection is lost; trying"

    def explain_failure(self, error: BackendLostError) -> str:
        """What failed, and what comes next."""
        return f"{error} Press Generate to try again."

    def close(self) -> None:
        """Hang up."""
        self.client.close()


Connection = ChildConnection | RemoteConnection


def open_connection(place: BackendLocation, name: str, cancelled: Callable[[], bool]) -> Connection:
    """Open a line to the backend.

    Args:
        place: where it is.
        name: of this client.
        cancelled: asked often while a child starts; JobCancelledError is raised once it says yes.

    Raises:
        BackendError: it cannot be started.
    """
    if isinstance(place, RemoteBackend):
        return RemoteConnection(place, name)
    return ChildConnection(place, name, cancelled)


def opening_message(place: BackendLocation) -> str:
    """What is shown while a line is opened."""
    return "Looking for the backend" if isinstance(place, RemoteBackend) else "Starting the backend"


def remote_client(remote: RemoteBackend, name: str) -> Client:
    """A client of a backend on another machine."""
    address = remote.address
    return Client(
        address.url,
        remote.token,
        client_id=name,
        display_name=f"The backend at {address.origin}",
        certificate=remote.certificate,
    )
