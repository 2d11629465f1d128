"""The backend's HTTP interface, as Python calls. The only file that imports requests."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from ...backend.protocol.version import PROTOCOL
from ..errors import BackendError

BODY = "body"
"""The kind of a request that is for `Client.body`; all but this and RELEASE are for
`Client.submit`."""
RELEASE = "release"
"""The kind of a request that is for `Client.release`."""
LEARN = "learn"
"""The kind of a request that may take half an hour, and steps aside for others."""
BLEND = "blend"
"""The kind of a request that a style is sent along with, in place of a take."""
CLIENT_HEADER = "Anyframe-Client"
REQUEST_HEADER = "Anyframe-Request"
"""A name of one request for a job: sent twice, it makes one job."""
_TAKE_PARTS = ("take", "take_b")
_MOST_TAKES = 64
_CONNECT_SECONDS = 5.0
_WAIT_SECONDS = 120.0
"""For an answer: a busy machine may be slow, a dead one is not."""
_STATUS_SECONDS = 10.0
"""For an answer that takes no work. It is asked for again, so a short wait costs nothing, and lets
the user cancel meanwhile."""
_LONGEST_WORDS = 2**20
_LONGEST_FILE = 2**29
"""Bytes of an answer in JSON, and of a take or a body: what is longer is no backend's."""


class BackendLostError(BackendError):
    """Nothing answers any more: the child has ended or hangs, or the network is down."""


@dataclass(frozen=True)
class JobStatus:
    """What the backend says of a job."""

    state: str
    """queued, running, done, failed or cancelled."""
    step: int = 0
    total: int = 0
    """Steps in all; 0 while unknown."""
    eta: float | None = None
    """Seconds still to go, if known."""
    message: str = ""
    error: str | None = None
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by stage: text, diffusion, score, decode."""
    takes: int = 1
    """How many takes a job that is done has to give."""
    previews: int = 0
    """How many takes show what a style that is being learnt can do so far."""


class Client:
    """Speaks to one backend. One per thread: it keeps its connection open between calls."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        client_id: str,
        display_name: str = "The backend",
        certificate: str = "",
    ) -> None:
        """Nothing is sent yet.

        Args:
            url: scheme, host, port and the path that the backend's own are put behind.
            token: sent with every request, and to no other host: redirects are not followed.
            name: of this client, in letters and digits; the backend lets clients take turns.
            whose: how sentences name the backend.
            certificate: file of the authorities that may vouch for it; "" for the usual ones.
        """
        self._base = f"{url}/v1"
        self._whose = display_name
        self._session = requests.Session()
        # A proxy must not see what goes to this very machine, nor .netrc replace the token.
        self._session.trust_env = False
        self._session.verify = certificate or True
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.headers[CLIENT_HEADER] = client_id
        # What is counted is then what is sent.
        self._session.headers["Accept-Encoding"] = "identity"

    def close(self) -> None:
        """Drop the connection."""
        self._session.close()

    def capabilities(self) -> dict[str, Any]:
        """Protocol, version, models with their actions, limits.

        Raises:
            BackendError: it speaks another protocol.
        """
        said = self._json("GET", "/capabilities", needs="models", seconds=_STATUS_SECONDS)
        if said.get("protocol") != PROTOCOL:
            raise BackendError(
                f"{self._whose} speaks protocol {said.get('protocol')!r} and this add-on "
                f"{PROTOCOL}: install the same version of both."
            )
        return said

    def submit(
        self, request: dict[str, Any], takes: Sequence[bytes] = (), *, request_id: str | None = None
    ) -> str:
        """Queue a job and return its id.

        Args:
            request: kind and parameters.
            takes: the `.npz`s that the job starts from: two at most, or to learn from any number
                and behind them their control tracks, if it goes by such; to blend the style's
                file, unless the one that ships is meant, and behind it the control track.
            name: of this request; sent again under the same name, it queues no second job.
        """
        part_names = _parts(request, len(takes))
        parts: list[tuple[str, tuple[str | None, str | bytes, str]]] = [
            ("request", (None, json.dumps(request), "application/json"))
        ]
        for part, take in zip(part_names, takes, strict=True):
            parts.append((part, (part, take, "application/octet-stream")))
        headers = {} if request_id is None else {REQUEST_HEADER: request_id}
        return str(self._json("POST", "/jobs", needs="id", files=parts, headers=headers)["id"])

    def job_status(self, job: str) -> JobStatus:
        """How far a job is."""
        said = self._json("GET", f"/jobs/{job}", needs="state", seconds=_STATUS_SECONDS)
        return JobStatus(
            state=str(said["state"]),
            step=int(said.get("step") or 0),
            total=int(said.get("total") or 0),
            eta=said.get("eta"),
            message=str(said.get("message") or ""),
            error=said.get("error"),
            timings=said.get("timings") or {},
            takes=min(int(said.get("takes") or 1), _MOST_TAKES),
            previews=min(int(said.get("previews") or 0), _MOST_TAKES),
        )

    def download_take(self, job: str, index: int = 0) -> bytes:
        """A take that a finished job made, counted from 0, as the bytes of an `.npz`."""
        return self._call("GET", f"/jobs/{job}/take", params={"index": index}, most=_LONGEST_FILE)

    def download_preview(self, job: str, index: int) -> bytes:
        """What a style that is being learnt can do so far, as the bytes of an `.npz`."""
        return self._call(
            "GET", f"/jobs/{job}/preview", params={"index": index}, most=_LONGEST_FILE
        )

    def download_body(self, folder: str, gender: str, correctives: bool) -> bytes:
        """An SMPL body from the model files in a folder, as the bytes of an `.npz`."""
        wanted = {"folder": folder, "gender": gender, "correctives": str(correctives).lower()}
        return self._call("GET", "/body", params=wanted, most=_LONGEST_FILE)

    def cancel(self, job: str) -> None:
        """Ask for a job to stop at its next step."""
        self._call("DELETE", f"/jobs/{job}")

    def release_memory(self) -> str:
        """Have the model's memory freed once no job waits; the sentence that says how it went."""
        return str(self._json("POST", "/release", needs="message")["message"])

    def _json(self, method: str, path: str, *, needs: str, **options: Any) -> dict[str, Any]:
        try:
            said = json.loads(self._call(method, path, **options))
        except ValueError as error:
            raise BackendError(f"{self._whose} gave an answer that is not JSON.") from error
        if not isinstance(said, dict) or needs not in said:
            raise BackendError(f"{self._whose} gave an answer of an unknown form.")
        return said

    def _call(
        self,
        method: str,
        path: str,
        *,
        most: int = _LONGEST_WORDS,
        seconds: float | None = None,
        **options: Any,
    ) -> bytes:
        try:
            with self._session.request(
                method,
                self._base + path,
                timeout=(_CONNECT_SECONDS, seconds or _WAIT_SECONDS),
                allow_redirects=False,
                stream=True,
                **options,
            ) as response:
                content = self._read(response, most)
        except (requests.RequestException, OSError) as error:
            raise BackendLostError(f"{self._whose} {_what_failed(error)}") from error
        if response.status_code >= 300:
            raise BackendError(self._refusal(response, content))
        return content

    def _read(self, response: requests.Response, most: int) -> bytes:
        """The body of an answer, whole: an older urllib3 is content with less than was promised."""
        promised = int(response.headers.get("Content-Length") or -1)
        if promised > most:
            raise BackendError(f"{self._whose} gave an answer of {promised} bytes: too long.")
        content = bytearray()
        for part in response.iter_content(2**16):
            content += part
            if len(content) > most:
                raise BackendError(f"{self._whose} gave an answer without an end.")
        if len(content) < promised:
            raise requests.ConnectionError("the answer was cut short")
        return bytes(content)

    def _refusal(self, response: requests.Response, content: bytes) -> str:
        """The sentence of an answer that says no."""
        status = response.status_code
        if status < 400:
            where = response.headers.get("Location", "elsewhere")[:80]
            return (
                f"{self._whose} sends us on to {where}, and the token is not sent after it: enter "
                "the address that the backend itself has."
            )
        if status == 401:
            return (
                f"{self._whose} expects another token: enter the one that it was started with in "
                "the add-on's preferences."
            )
        try:
            sentence = json.loads(content)["error"]
        except (ValueError, KeyError, TypeError):
            sentence = None
        if isinstance(sentence, str) and sentence:
            return sentence[:1000]
        return f"{self._whose} refused with HTTP status {status}: check its address."


def _parts(request: dict[str, Any], count: int) -> tuple[str, ...]:
    """What each of so many files that come with a request is called there."""
    if request["kind"] == LEARN:
        takes = len(request["takes"])
        return ("takes",) * takes + ("controls",) * (count - takes)
    if request["kind"] == BLEND:
        by_numbers = "control_seconds" in request
        return ("style",) * (count - by_numbers) + ("controls",) * by_numbers
    return _TAKE_PARTS[:count]


def _what_failed(error: BaseException) -> str:
    """What a failed call means, as the rest of a sentence that begins with the backend."""
    causes = list(_causes(error))
    kinds = {type(cause) for cause in causes}

    def is_due_to(*kind: type[BaseException]) -> bool:
        return any(issubclass(found, kind) for found in kinds)

    if is_due_to(ssl.SSLCertVerificationError):
        found = next(c for c in causes if isinstance(c, ssl.SSLCertVerificationError))
        return (
            f"is not trusted ({found.verify_message}): choose the file of the authority that "
            "vouches for it as “Certificate”, or check the address."
        )
    if is_due_to(ssl.SSLError, requests.exceptions.SSLError):
        return "cannot be reached over an encrypted connection: check whether that port has one."
    if is_due_to(socket.gaierror):
        return "cannot be found: no machine has this name, or the network is down."
    if is_due_to(ConnectionRefusedError):
        return "is not running there: nothing listens at this port."
    if is_due_to(requests.exceptions.ConnectTimeout, TimeoutError):
        return "does not answer."
    return "does not answer: the connection was lost."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error with all that it came from, also what libraries hide in arguments and `reason`."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, BaseException) and not any(found is known for known in seen):
            seen.append(found)
            yield found
            hidden = getattr(found, "reason", None)
            waiting += [found.__cause__, found.__context__, hidden, *found.args]
