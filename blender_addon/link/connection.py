"""A line to a backend, wherever it is: a child process of this Blender, or another machine."""

from __future__ import annotations

from collections.abc import Callable

from .child import Child, Command
from .client import BackendGoneError, Client
from .remote import Remote

Place = Command | Remote
"""Where the backend is to be found: the command that starts it, or another machine."""

_STOP_SECONDS = 1.0
_PATIENCE = 20.0


class ChildConnection:
    """To a backend that was started for this Blender and ends with it."""

    patience = 0.0
    """Seconds for which a lost connection is tried again: what has ended does not come back."""

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
        self.child = Child.start(command, cancelled=cancelled)
        url = f"http://127.0.0.1:{self.child.handshake.port}"
        self.client = Client(url, self.child.token, name=name)

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self.child.alive

    def explain(self, _error: BackendGoneError) -> str:
        """Why nobody answers, and what comes next; a process that hangs is given up."""
        if self.child.ends_within(_STOP_SECONDS):
            sentence = f"The backend ended while it worked ({self.child.last_words()})."
        else:
            sentence = f"The backend did not answer any more and was stopped; see {self._log}."
        return f"{sentence} Press Generate to start it again."

    def close(self) -> None:
        """End the process; wakes a thread out of a call that nobody answers."""
        self.client.close()
        self.child.stop()


class RemoteConnection:
    """To a backend on another machine, which goes on without us."""

    patience = _PATIENCE
    alive = True

    def __init__(self, remote: Remote, name: str) -> None:
        self.place: Place = remote
        self.client = remote_client(remote, name)

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
