"""Checks that every request passes first: host, token and size of the body."""

import hmac
import ipaddress
from collections.abc import Collection, Mapping
from types import MappingProxyType

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _Guard:
    """Middleware that refuses HTTP requests."""

    status: int
    error: str
    headers: Mapping[str, str] | None = None

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def allows(self, scope: Scope) -> bool:
        """Return whether a request may pass."""
        raise NotImplementedError

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.allows(scope):
            await self._app(scope, receive, send)
            return
        reply = JSONResponse({"error": self.error}, self.status, self.headers)
        await reply(scope, receive, send)


class HostGuard(_Guard):
    """Refuses requests for a host of another name, against DNS rebinding.

    A web page can make its own host name resolve to this machine, so that the browser treats
    replies from here as the page's own. An IP address cannot be rebound and is always allowed.
    """

    status = 421
    error = (
        "The request is for a host of another name: use this backend's IP address, or start it "
        "with that name as --name."
    )

    def __init__(self, app: ASGIApp, host_names: Collection[str]) -> None:
        super().__init__(app)
        self._names = {name.lower().rstrip(".") for name in (*host_names, "localhost")}

    def allows(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1:
            return False
        host = _without_port(hosts[0].decode("latin-1")).lower().rstrip(".")
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


class TokenGuard(_Guard):
    """Refuses requests without the bearer token."""

    status = 401
    error = "The token is missing or wrong: send 'Authorization: Bearer TOKEN'."
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})

    def __init__(self, app: ASGIApp, token: str) -> None:
        super().__init__(app)
        self._expected = b"Bearer " + token.encode("ascii")

    def allows(self, scope: Scope) -> bool:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = given.partition(b" ")  # the scheme's case is free (RFC 9110)
        return hmac.compare_digest(scheme.capitalize() + b" " + token, self._expected)


class BodyLimit:
    """Replies 413 as soon as a body is longer than `limit` bytes, declared or counted."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = next((v for name, v in scope["headers"] if name == b"content-length"), b"0")
        size = int(declared) if declared.isdigit() else 0
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if max(size, received) > self._limit:
                # uvicorn reads the rest and discards it, so that the client gets the reply.
                raise HTTPException(
                    413,
                    f"The request must not be larger than {self._limit // 2**20} MB: send a "
                    "shorter take.",
                )
            return message

        await self._app(scope, receive_counted, send)
