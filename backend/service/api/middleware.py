"""What every request passes before anything else looks at it: host, token and the body's size."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HostGuard:
    """Answers 421 to every HTTP request that was meant for a host of another name.

    A web page can have its own name lead to this machine, so that the browser takes what answers
    here for the page's own. An address cannot be led astray like that, and is always allowed.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = {name.lower().rstrip(".") for name in (*names, "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or self._is_ours(scope):
            await self._app(scope, receive, send)
            return
        refused = JSONResponse(
            {
                "error": "The request is for a host of another name: reach this backend by its "
                "address, or start it with that name as --name."
            },
            status_code=421,
        )
        await refused(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        asked = [value for name, value in scope["headers"] if name == b"host"]
        if len(asked) != 1:
            return False
        host = _without_port(asked[0].decode("latin-1")).lower().rstrip(".")
        return host in self._names or _is_address(host)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class TokenGuard:
    """Answers 401 to every HTTP request that does not carry the bearer token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = b"Bearer " + token.encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or self._knows(scope):
            await self._app(scope, receive, send)
            return
        refused = JSONResponse(
            {"error": "The token is missing or wrong: send 'Authorization: Bearer TOKEN'."},
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
        )
        await refused(scope, receive, send)

    def _knows(self, scope: Scope) -> bool:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = given.partition(b" ")  # the scheme's case is free (RFC 9110)
        return hmac.compare_digest(scheme.capitalize() + b" " + token, self._expected)


class BodyLimit:
    """Answers 413 as soon as a body is longer than `limit` bytes, declared or counted."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = next((v for name, v in scope["headers"] if name == b"content-length"), b"0")
        size = int(declared) if declared.isdigit() else 0
        seen = 0

        async def counting() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if max(size, seen) > self._limit:
                # uvicorn reads the rest and throws it away, so that the client gets the answer.
                raise HTTPException(
                    413,
                    f"The request is larger than {self._limit // 2**20} MB, which is the limit: "
                    "send a shorter take.",
                )
            return message

        await self._app(scope, counting, send)
