"""A line to a backend, wherever it is: a child process of this Blender, or another machine."""

from __future__ import annotations

from collections.abc import Callable

from ..process.child import Child, Command
from .client import BackendGoneError, Client
from .remote import Remote

Place = Command | Remote
"""Where the backend is to be found: the command that starts it, or another machine."""

_STOP_SECONDS = 1.0
REMOTE_PATIENCE = 20.0
"""Seconds for which a connection over a network may be lost."""


class ChildConnection:
    """To a backend that was started for this Blender and ends with it."""

    def __init__(self, command: Command, name: str, cancelled: Callable[[], bool]) -> None:
        """Start it.

        Args:
            command: how.
            name: of this client.
            cancelled: asked often; JobCancelledError is raised once it says yes.

        Raises:
            BackendError: it cannot be started.
        """
        self.place: Place = command
        self._log = command.log
        self._answered = False
        self.child = Child.start(command, cancelled=cancelled)
        url = f"http://127.0.0.1:{self.child.handshake.port}"
        self.client = Client(url, self.child.token, name=name)

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self.child.alive

    def note_answer(self) -> None:
        """Note that a request was answered."""
        self._answered = True
        self.child.vitals.note_answer()

    def gives_up(self, _lost_seconds: float) -> bool:
        """Whether a failed request is not worth repeating: the process has ended or is stuck."""
        return self.child.ends_within(_STOP_SECONDS) or bool(self.child.vitals.stuck())

    def waiting_for(self) -> str:
        """What a request that failed waits for, to be shown."""
        return self.child.vitals.phase or "The backend is busy"

    def explain(self, _error: BackendGoneError) -> str:
        """Say why nobody answers, and what comes next; a process that is stuck is given up."""
        if self.child.ends_within(_STOP_SECONDS):
            words = self.child.last_words()
            if not self._answered:
                return (
                    f"The backend ended while starting ({words}). Press Generate to start it "
                    "again; if that fails too, press Set up in the add-on's preferences."
                )
            sentence = f"The backend ended while it worked ({words})."
        else:
            reason = self.child.vitals.stuck() or "did not answer any more"
            sentence = f"The backend {reason} and was stopped; see {self._log}."
        return f"{sentence} Press Generate to start it again."

    def close(self) -> None:
        """End the process; wakes a thread out of a call that nobody answers."""
        self.client.close()
        self.child.stop()


class RemoteConnection:
    """To a backend on another machine, which goes on without us."""

    alive = True

    def __init__(self, remote: Remote, name: str) -> None:
        self.place: Place = remote
        self.client = remote_client(remote, name)
        self._answered = False

    def note_answer(self) -> None:
        """Note that a request was answered."""
        self._answered = True

    def gives_up(self, lost_seconds: float) -> bool:
        """Whether a failed request is not worth repeating: there never was a connection, or it has
        been lost for too long."""
        return not self._answered or lost_seconds >= REMOTE_PATIENCE

    def waiting_for(self) -> str:
        """What a request that failed waits for, to be shown."""
        return "The connection is lost; trying"

    def explain(self, error: BackendGoneError) -> str:
        """What failed, and what comes next."""
        return f"{error} Press Generate to try again."

    def close(self) -> None:
        """Hang up."""
        self.client.close()


Connection = ChildConnection | RemoteConnection


def connect(place: Place, name: str, cancelled: Callable[[], bool]) -> Connection:
    """Open a line to the backend.

    Args:
        place: where it is.
        name: of this client.
        cancelled: asked often while a child starts; JobCancelledError is raised once it says yes.

    Raises:
        BackendError: it cannot be started.
    """
    if isinstance(place, Remote):
        return RemoteConnection(place, name)
    return ChildConnection(place, name, cancelled)


def opening_words(place: Place) -> str:
    """What is shown while a line is opened."""
    return "Looking for the backend" if isinstance(place, Remote) else "Starting the backend"


def remote_client(remote: Remote, name: str) -> Client:
    """A client of a backend on another machine."""
    address = remote.address
    return Client(
        address.url,
        remote.token,
        name=name,
        whose=f"The backend at {address.origin}",
        certificate=remote.certificate,
    )
