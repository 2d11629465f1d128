"""*Test Connection*: asks a backend on another machine who it is, in a thread of its own.

Its own, because a motion that is being made may keep the link's thread busy for long.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

from ..errors import BackendError
from .connection import remote_client
from .remote import RemoteBackend

_ENGINES = {
    "loading": "loading its model",
    "ready": "ready",
    "released": "its model is loaded with the next motion",
}


@dataclass(frozen=True)
class ConnectionTestStatus:
    """What is shown; replaced as a whole, so any thread may read it."""

    origin: str = ""
    """Whom it is about; "" before the first test."""
    busy: bool = False
    message: str = ""
    is_error: bool = False


class ConnectionTest:
    """Tests one connection at a time."""

    def __init__(self) -> None:
        self.status = ConnectionTestStatus()
        self._thread: threading.Thread | None = None

    def start(self, remote: RemoteBackend) -> None:
        """Begin a test; the answer to one that is still going on counts no more."""
        asked = ConnectionTestStatus(remote.address.origin, busy=True)
        self.status = asked
        self._thread = threading.Thread(
            target=self._test_connection, args=(remote, asked), name="anyframe-probe", daemon=True
        )
        self._thread.start()

    def show_error(self, origin: str, sentence: str) -> None:
        """Show why no test can be made."""
        self.status = ConnectionTestStatus(origin, message=sentence, is_error=True)

    def wait(self) -> ConnectionTestStatus:
        """What the test came to, once it has."""
        if self._thread is not None:
            self._thread.join()
        return self.status

    def _test_connection(self, remote: RemoteBackend, asked: ConnectionTestStatus) -> None:
        client = remote_client(remote, secrets.token_hex(8))
        try:
            client.capabilities()  # shakes hands; the second call times the way alone
            began = time.perf_counter()
            said = client.capabilities()
            sentence, failed = _words(said, time.perf_counter() - began), False
        except BackendError as error:
            sentence, failed = str(error), True
        except Exception as error:  # a thread's traceback is seen by nobody
            sentence, failed = f"The connection could not be tested ({error!r}).", True
        finally:
            client.close()
        if self.status is asked:
            self.status = ConnectionTestStatus(asked.origin, message=sentence, is_error=failed)


def _words(said: dict[str, Any], seconds: float) -> str:
    """Version, models, device and state of a backend, in one line."""
    if said.get("engine") == "failed":
        return f"The backend answers, but cannot load its model: {said.get('error')}"
    models = said.get("models") or []
    names = ", ".join(f"{m.get('name')} {str(m.get('hash'))[:8]}" for m in models)
    devices = ", ".join(sorted({str(m.get("device")) for m in models if m.get("device")}))
    state = _ENGINES.get(str(said.get("engine")), "")
    parts = (f"Anyframe {said.get('version')}", names, devices, state, f"{seconds * 1e3:.0f} ms")
    return " · ".join(part[:60] for part in parts if part)
