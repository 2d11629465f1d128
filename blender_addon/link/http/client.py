"""The backend's HTTP interface as Python calls. The only file that imports requests."""

import json
import socket
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from ...backend.protocol.limits import LIMITS
from ...backend.protocol.version import PROTOCOL
from ..errors import BackendError

BODY = "body"
"""Kind of a request for `BackendClient.download_body`. All kinds but this and RELEASE are for
`BackendClient.submit`."""
RELEASE = "release"
"""Kind of a request for `BackendClient.release_memory`."""
LEARN = "learn"
"""Kind of a request that may take half an hour and is preempted by others."""
BLEND = "blend"
"""Kind of a request that is sent with a style instead of a take."""
CLIENT_HEADER = "Anyframe-Client"
REQUEST_HEADER = "Anyframe-Request"
_TAKE_PARTS = ("take", "take_b")
_CONNECT_SECONDS = 5.0
_WAIT_SECONDS = 120.0
"""Time-out of a reply; a busy machine may be slow, a dead one is not."""
_STATUS_SECONDS = 10.0
"""Time-out of a reply that takes no work. Such requests are repeated, so a short wait costs nothing
and lets the user cancel meanwhile."""
_MAX_JSON_BYTES = 2**20
_MAX_FILE_BYTES = 2**29
_FAILURES = (
    (
        (ssl.SSLError, requests.exceptions.SSLError),
        "cannot be reached over an encrypted connection: check whether that port has one.",
    ),
    (socket.gaierror, "cannot be found: no machine has this name, or the network is down."),
    (ConnectionRefusedError, "is not running there: nothing listens at this port."),
    ((requests.exceptions.ConnectTimeout, TimeoutError), "does not answer."),
)
"""Causes of a failed call, in order of precedence, and the rest of the sentence."""


class BackendLostError(BackendError):
    """Nothing answers any more: the child has ended or hangs, or the network is down."""


@dataclass(frozen=True)
class JobStatus:
    """Status of a job as the backend reports it."""

    state: str = "queued"
    """queued, running, done, failed or cancelled."""
    step: int = 0
    total: int = 0
    """Number of steps; 0 while unknown."""
    eta: float | None = None
    """Seconds to go, if known."""
    message: str = ""
    error: str | None = None
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by stage: text, diffusion, score, decode."""
    takes: int = 1
    """Number of takes of a job that is done."""
    previews: int = 0
    """Number of takes sampled so far from a style that is being learnt."""


class BackendClient:
    """Client of one backend. One per thread: it keeps its connection open between calls."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        client_id: str,
        display_name: str = "The backend",
        certificate: str = "",
    ) -> None:
        """Prepare the session without sending anything.

        Args:
            url: Scheme, host, port and the prefix of the backend's paths.
            token: Sent with every request and to no other host: redirects are not followed.
            client_id: Letters and digits by which the backend lets clients take turns.
            display_name: Name of the backend at the start of error sentences.
            certificate: As in `RemoteBackend`.
        """
        self._base = f"{url}/v1"
        self._display_name = display_name
        self._session = requests.Session()
        # A proxy must not see what goes to this very machine, nor .netrc replace the token.
        self._session.trust_env = False
        self._session.verify = certificate or True
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.headers[CLIENT_HEADER] = client_id
        # Without compression, the number of bytes received is the number that was sent.
        self._session.headers["Accept-Encoding"] = "identity"

    def close(self) -> None:
        self._session.close()

    def capabilities(self) -> dict[str, Any]:
        """Request protocol, version, models with their labels, and limits.

        Raises:
            BackendError: The backend speaks another protocol.
        """
        reply = self._request_json("GET", "/capabilities", "models", seconds=_STATUS_SECONDS)
        if reply.get("protocol") != PROTOCOL:
            raise BackendError(
                f"{self._display_name} speaks protocol {reply.get('protocol')!r} and this add-on "
                f"{PROTOCOL}: install the same version of both."
            )
        return reply

    def submit(
        self, request: dict[str, Any], takes: Sequence[bytes] = (), *, request_id: str | None = None
    ) -> str:
        """Queue a job and return its id.

        Args:
            request: Kind and parameters.
            takes: Files that the job starts from. To learn: training takes, then their control
                tracks, if any. To generate in a style: the style's file, unless it is the shipped
                one, then the control track, if any. Otherwise at most two takes.
            request_id: Name of this request; sent again under the same name, it queues no second
                job.
        """
        parts: list[tuple[str, tuple[str | None, str | bytes, str]]] = [
            ("request", (None, json.dumps(request), "application/json"))
        ]
        for part, take in zip(_part_names(request, len(takes)), takes, strict=True):
            parts.append((part, (part, take, "application/octet-stream")))
        headers = {} if request_id is None else {REQUEST_HEADER: request_id}
        return str(self._request_json("POST", "/jobs", "id", files=parts, headers=headers)["id"])

    def job_status(self, job: str) -> JobStatus:
        reply = self._request_json("GET", f"/jobs/{job}", "state", seconds=_STATUS_SECONDS)
        return JobStatus(
            state=str(reply["state"]),
            step=int(reply.get("step") or 0),
            total=int(reply.get("total") or 0),
            eta=reply.get("eta"),
            message=str(reply.get("message") or ""),
            error=reply.get("error"),
            timings=reply.get("timings") or {},
            takes=min(int(reply.get("takes") or 1), LIMITS.variations_max),
            previews=int(reply.get("previews") or 0),
        )

    def download_take(self, job: str, index: int = 0) -> bytes:
        """Return take `index` of a finished job, as the bytes of an `.npz`."""
        return self._download(f"/jobs/{job}/take", index=index)

    def download_preview(self, job: str, index: int) -> bytes:
        """Return a take sampled from a style that is being learnt, as the bytes of an `.npz`."""
        return self._download(f"/jobs/{job}/preview", index=index)

    def download_body(self, folder: str, gender: str, correctives: bool) -> bytes:
        """Return an SMPL body from the model files in a folder, as the bytes of an `.npz`."""
        flag = str(correctives).lower()
        return self._download("/body", folder=folder, gender=gender, correctives=flag)

    def cancel(self, job: str) -> None:
        """Ask for a job to stop at its next step."""
        self._request("DELETE", f"/jobs/{job}")

    def release_memory(self) -> str:
        """Free the models' memory once no job waits; return the backend's sentence about it."""
        return str(self._request_json("POST", "/release", "message")["message"])

    def _download(self, path: str, **params: str | int) -> bytes:
        return self._request("GET", path, params=params, max_bytes=_MAX_FILE_BYTES)

    def _request_json(
        self, method: str, path: str, required_field: str, **options: Any
    ) -> dict[str, Any]:
        try:
            reply = json.loads(self._request(method, path, **options))
        except ValueError as error:
            raise BackendError(f"{self._display_name} gave an answer that is not JSON.") from error
        if not isinstance(reply, dict) or required_field not in reply:
            raise BackendError(f"{self._display_name} gave an answer of an unknown form.")
        return reply

    def _request(
        self,
        method: str,
        path: str,
        *,
        max_bytes: int = _MAX_JSON_BYTES,
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
                content = self._read_content(response, max_bytes)
        except (requests.RequestException, OSError) as error:
            raise BackendLostError(f"{self._display_name} {_describe_failure(error)}") from error
        if response.status_code >= 300:
            raise BackendError(self._describe_refusal(response, content))
        return content

    def _read_content(self, response: requests.Response, max_bytes: int) -> bytes:
        """Return the whole body; older versions of urllib3 accept one that was cut short."""
        announced = int(response.headers.get("Content-Length") or -1)
        if announced > max_bytes:
            raise BackendError(
                f"{self._display_name} gave an answer of {announced} bytes: too long."
            )
        content = bytearray()
        for part in response.iter_content(2**16):
            content += part
            if len(content) > max_bytes:
                raise BackendError(f"{self._display_name} gave an answer without an end.")
        if len(content) < announced:
            raise requests.ConnectionError("the answer was cut short")
        return bytes(content)

    def _describe_refusal(self, response: requests.Response, content: bytes) -> str:
        """Return the sentence for a response with an error status."""
        status = response.status_code
        if status < 400:
            location = response.headers.get("Location", "elsewhere")[:80]
            return (
                f"{self._display_name} redirects to {location}, and the token is only sent to the "
                "address that you entered: enter the address of the backend itself."
            )
        if status == 401:
            return (
                f"{self._display_name} expects another token: enter the one that it was started "
                "with in the add-on's preferences."
            )
        try:
            sentence = json.loads(content)["error"]
        except (ValueError, KeyError, TypeError):
            sentence = None
        if isinstance(sentence, str) and sentence:
            return sentence[:1000]
        return f"{self._display_name} refused with HTTP status {status}: check its address."


def _part_names(request: dict[str, Any], count: int) -> tuple[str, ...]:
    """Return the names of `count` files in a multipart request."""
    if request["kind"] == LEARN:
        takes = len(request["takes"])
        return ("takes",) * takes + ("controls",) * (count - takes)
    if request["kind"] == BLEND:
        controls = int("control_seconds" in request)
        return ("style",) * (count - controls) + ("controls",) * controls
    return _TAKE_PARTS[:count]


def _describe_failure(error: BaseException) -> str:
    """Return the rest of a sentence that begins with the backend's name."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"is not trusted ({cause.verify_message}): choose the file of the authority that "
                "signed its certificate as “Certificate”, or check the address."
            )
    for kinds, sentence in _FAILURES:
        if any(isinstance(cause, kinds) for cause in causes):
            return sentence
    return "does not answer: the connection was lost."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes, also those that libraries hide in `args` and `reason`."""
    seen: list[BaseException] = []
    remaining: list[Any] = [error]
    while remaining:
        cause = remaining.pop(0)
        if isinstance(cause, BaseException) and not any(cause is other for other in seen):
            seen.append(cause)
            yield cause
            reason = getattr(cause, "reason", None)
            remaining += [cause.__cause__, cause.__context__, reason, *cause.args]
