"""Connections to a backend: a child process of this Blender, or a server on another machine."""

from collections.abc import Callable

from ..process.child import BackendCommand, BackendProcess
from .client import BackendClient, BackendLostError
from .remote import RemoteBackend

BackendLocation = BackendCommand | RemoteBackend

_STOP_SECONDS = 1.0
"""Time in which a process whose connection broke is expected to be gone."""
REMOTE_RETRY_SECONDS = 20.0
"""Time for which a network connection may be lost."""


class ChildConnection:
    """Connection to a backend that was started for this Blender and ends with it."""

    def __init__(
        self, command: BackendCommand, client_id: str, is_cancelled: Callable[[], bool]
    ) -> None:
        self.location = command
        self._answered = False
        self.process = BackendProcess(command, is_cancelled=is_cancelled)
        url = f"http://127.0.0.1:{self.process.port}"
        self.client = BackendClient(url, self.process.token, client_id=client_id)

    @property
    def alive(self) -> bool:
        return self.process.alive

    def record_reply(self) -> None:
        self._answered = True
        self.process.heartbeats.record_reply()

    def should_give_up(self, _lost_seconds: float) -> bool:
        """Return whether repeating a failed request is useless: the process ended or is stuck."""
        return self.process.ends_within(_STOP_SECONDS) or bool(
            self.process.heartbeats.stuck_reason()
        )

    def waiting_message(self) -> str:
        """Return what a request that is being repeated waits for."""
        return self.process.heartbeats.phase or "The backend is busy"

    def explain_failure(self, _error: BackendLostError) -> str:
        """Return why the backend does not answer and what to do."""
        if self.process.ends_within(_STOP_SECONDS):
            description = self.process.exit_description()
            if not self._answered:
                return (
                    f"The backend ended while starting ({description}). Press Generate to start it "
                    "again; if that fails too, press Set up in the add-on's preferences."
                )
            sentence = f"The backend ended while it worked ({description})."
        else:
            reason = self.process.heartbeats.stuck_reason() or "did not answer any more"
            sentence = f"The backend {reason} and was stopped; see {self.location.log_path}."
        return f"{sentence} Press Generate to start it again."

    def close(self) -> None:
        """End the process; this interrupts a call that gets no answer."""
        self.client.close()
        self.process.stop()


class RemoteConnection:
    """Connection to a backend on another machine, which outlives it; as `ChildConnection`."""

    alive = True

    def __init__(self, remote: RemoteBackend, client_id: str) -> None:
        self.location = remote
        self.client = BackendClient(
            remote.address.url,
            remote.token,
            client_id=client_id,
            display_name=f"The backend at {remote.address.origin}",
            certificate=remote.certificate,
        )
        self._answered = False

    def record_reply(self) -> None:
        self._answered = True

    def should_give_up(self, lost_seconds: float) -> bool:
        """Return whether the backend never answered, or has been lost for too long."""
        return not self._answered or lost_seconds >= REMOTE_RETRY_SECONDS

    def waiting_message(self) -> str:
        return "The connection is lost; trying"

    def explain_failure(self, error: BackendLostError) -> str:
        return f"{error} Press Generate to try again."

    def close(self) -> None:
        self.client.close()


Connection = ChildConnection | RemoteConnection
