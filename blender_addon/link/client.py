"""The backend's HTTP interface, as Python calls. The only file that imports requests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from .errors import BackendError

BODY = "body"
"""The kind of a request that is for `Client.body`; all others are for `Client.submit`."""
_TAKE_PARTS = ("take", "take_b")
_TIMEOUT = (5.0, 120.0)
"""Seconds to connect and to wait for an answer: a busy machine may be slow, a dead one is not."""


class BackendGoneError(BackendError):
    """Nothing answers any more: the child has ended or hangs."""


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


class Client:
    """Speaks to one backend. One per thread: it keeps its connection open between calls."""

    def __init__(self, port: int, token: str) -> None:
        self._base = f"http://127.0.0.1:{port}/v1"
        self._session = requests.Session()
        # A proxy must not see what goes to this very machine, nor .netrc replace the token.
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Drop the connection."""
        self._session.close()

    def capabilities(self) -> dict[str, Any]:
        """Protocol, version, models with their actions, limits."""
        return self._json("GET", "/capabilities", needs="models")

    def submit(self, request: dict[str, Any], takes: Sequence[bytes] = ()) -> str:
        """Queue a job and return its id.

        Args:
            request: kind and parameters.
            takes: the `.npz`s that the job starts from, two at most.
        """
        parts: dict[str, tuple[str | None, str | bytes, str]] = {
            "request": (None, json.dumps(request), "application/json")
        }
        for name, take in zip(_TAKE_PARTS, takes, strict=False):
            parts[name] = (f"{name}.npz", take, "application/octet-stream")
        return str(self._json("POST", "/jobs", needs="id", files=parts)["id"])

    def status(self, job: str) -> JobStatus:
        """How far a job is."""
        said = self._json("GET", f"/jobs/{job}", needs="state")
        return JobStatus(
            state=str(said["state"]),
            step=int(said.get("step") or 0),
            total=int(said.get("total") or 0),
            eta=said.get("eta"),
            message=str(said.get("message") or ""),
            error=said.get("error"),
            timings=said.get("timings") or {},
            takes=int(said.get("takes") or 1),
        )

    def take(self, job: str, index: int = 0) -> bytes:
        """A take that a finished job made, counted from 0, as the bytes of an `.npz`."""
        return self._call("GET", f"/jobs/{job}/take", params={"index": index}).content

    def body(self, folder: str, gender: str, correctives: bool) -> bytes:
        """An SMPL body from the model files in a folder, as the bytes of an `.npz`."""
        wanted = {"folder": folder, "gender": gender, "correctives": str(correctives).lower()}
        return self._call("GET", "/body", params=wanted).content

    def cancel(self, job: str) -> None:
        """Ask for a job to stop at its next step."""
        self._call("DELETE", f"/jobs/{job}")

    def _json(self, method: str, path: str, *, needs: str, **options: Any) -> dict[str, Any]:
        response = self._call(method, path, **options)
        try:
            said = response.json()
        except ValueError as error:
            raise BackendError("The backend gave an answer that is not JSON.") from error
        if not isinstance(said, dict) or needs not in said:
            raise BackendError("The backend gave an answer of an unknown form.")
        return said

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        try:
            response = self._session.request(
                method, self._base + path, timeout=_TIMEOUT, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            raise BackendGoneError("The backend does not answer.") from error
        if response.status_code >= 300:
            raise BackendError(_refusal(response))
        return response


def _refusal(response: requests.Response) -> str:
    """The sentence of an answer that says no."""
    try:
        sentence = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        sentence = None
    if isinstance(sentence, str) and sentence:
        return sentence
    return f"The backend refused with HTTP status {response.status_code}."
