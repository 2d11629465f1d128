"""*Test Connection*: requests a remote backend's capabilities on a thread of its own.

The worker's thread cannot do it, because a motion in progress may keep that thread busy for long.
"""

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

from ..errors import BackendError
from .connection import RemoteConnection
from .remote import RemoteBackend

_ENGINE_STATES = {
    "loading": "loading its model",
    "ready": "ready",
    "released": "its model is loaded with the next motion",
}


@dataclass(frozen=True)
class ConnectionTestStatus:
    """Status for the preferences; replaced as a whole, so any thread may read it."""

    origin: str = ""
    """Origin of the tested backend; "" before the first test."""
    busy: bool = False
    message: str = ""
    is_error: bool = False


class ConnectionTest:
    """Tests one connection at a time."""

    def __init__(self) -> None:
        self.status = ConnectionTestStatus()
        self._thread: threading.Thread | None = None

    def start(self, remote: RemoteBackend) -> None:
        """Begin a test and disregard one that is still in progress."""
        status = ConnectionTestStatus(remote.address.origin, busy=True)
        self.status = status
        self._thread = threading.Thread(
            target=self._test_connection, args=(remote, status), name="anyframe-probe", daemon=True
        )
        self._thread.start()

    def show_error(self, origin: str, message: str) -> None:
        """Show why no test can be made."""
        self.status = ConnectionTestStatus(origin, message=message, is_error=True)

    def wait(self) -> ConnectionTestStatus:
        """Wait for the test to end and return its result."""
        if self._thread is not None:
            self._thread.join()
        return self.status

    def _test_connection(self, remote: RemoteBackend, status: ConnectionTestStatus) -> None:
        client = RemoteConnection(remote, secrets.token_hex(8)).client
        try:
            client.capabilities()  # connects, so that the second call measures a round trip alone
            start = time.perf_counter()
            reply = client.capabilities()
            message, is_error = _describe_backend(reply, time.perf_counter() - start), False
        except BackendError as error:
            message, is_error = str(error), True
        except Exception as error:  # nobody sees a thread's traceback
            message, is_error = f"The connection could not be tested ({error!r}).", True
        finally:
            client.close()
        if self.status is status:
            self.status = ConnectionTestStatus(status.origin, message=message, is_error=is_error)


def _describe_backend(reply: dict[str, Any], seconds: float) -> str:
    """Return version, models, device and state of a backend in one line."""
    if reply.get("engine") == "failed":
        return f"The backend answers, but cannot load its model: {reply.get('error')}"
    models = reply.get("models") or []
    names = ", ".join(f"{m.get('name')} {str(m.get('hash'))[:8]}" for m in models)
    devices = ", ".join(sorted({str(m.get("device")) for m in models if m.get("device")}))
    state = _ENGINE_STATES.get(str(reply.get("engine")), "")
    parts = (f"Anyframe {reply.get('version')}", names, devices, state, f"{seconds * 1e3:.0f} ms")
    return " · ".join(part[:60] for part in parts if part)
