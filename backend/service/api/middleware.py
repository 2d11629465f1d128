"""Checks that every request passes first: host, token and size of the body."""

import hmac
import ipaddress
from collections.abc import Collection

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AccessGuard:
    """Refuses requests for a host of another name, against DNS rebinding, and without the token.

    A web page can make its own host name resolve to this machine, so that the browser treats
    replies from here as the page's own. An IP address cannot be rebound and is always allowed.
    """

    def __init__(self, app: ASGIApp, token: str, host_names: Collection[str]) -> None:
        self._app = app
        self._expected = b"Bearer " + token.encode("ascii")
        self._names = {name.lower().rstrip(".") for name in (*host_names, "localhost")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            if not self._is_own_host(_header(scope, b"host")):
                sentence = (
                    "The request is for a host of another name: use this backend's IP address, or "
                    "start it with that name as --name."
                )
                app = JSONResponse({"error": sentence}, 421)
            elif not self._has_token(_header(scope, b"authorization")):
                sentence = "The token is missing or wrong: send 'Authorization: Bearer TOKEN'."
                app = JSONResponse({"error": sentence}, 401, {"WWW-Authenticate": "Bearer"})
        await app(scope, receive, send)

    def _is_own_host(self, headers: list[bytes]) -> bool:
        if len(headers) != 1:
            return False
        host = headers[0].decode("latin-1")
        bracketed = host.startswith("[")
        host = host[1:].partition("]")[0] if bracketed else host.partition(":")[0]
        host = host.lower().rstrip(".")
        try:
            return host in self._names or bool(ipaddress.ip_address(host))
        except ValueError:
            return False

    def _has_token(self, headers: list[bytes]) -> bool:
        scheme, _, token = next(iter(headers), b"").partition(
            b" "
        )  # the scheme's case is free (RFC 9110)
        return hmac.compare_digest(scheme.capitalize() + b" " + token, self._expected)


def _header(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key == name]


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
