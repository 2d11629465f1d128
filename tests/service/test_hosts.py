"""Requests for another host, which a web page can send by DNS rebinding, are refused."""

import http.client
import socket
from pathlib import Path

import pytest

from .backend_child import TOKEN, Backend, sentence

FOREIGN = [
    "evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "",
    "localhost@evil.example", "motion.example.com", "[evil]", "1.2.3",
]  # fmt: skip
OURS = ["127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:1", "localhost.", "[::1]", "[::1]:9"]


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_host_is_refused_before_token_check(backend: Backend, host: str) -> None:
    for token in (TOKEN, "wrong"):
        headers = {"Host": host, "Authorization": f"Bearer {token}"}
        reply = backend.client.get("/v1/health", headers=headers)
        assert "another name" in sentence(reply, 421)


@pytest.mark.parametrize("host", OURS)
def test_host_by_address_or_localhost_is_allowed(backend: Backend, host: str) -> None:
    assert backend.client.get("/v1/health", headers={"Host": host}).status_code == 200


def test_request_without_host_is_refused(backend: Backend) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", backend.greeting["port"], timeout=20)
    plain.putrequest("GET", "/v1/health", skip_host=True)
    plain.putheader("Authorization", f"Bearer {TOKEN}")
    plain.endheaders()
    assert plain.getresponse().status == 400  # by HTTP/1.1 itself
    plain.close()
    with socket.create_connection(("127.0.0.1", backend.greeting["port"]), timeout=20) as old:
        old.sendall(f"GET /v1/health HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        assert b" 421 " in old.recv(4096).partition(b"\r\n")[0]


def test_host_name_option_is_allowed(tmp_path: Path) -> None:
    args = ["--name", "motion.example.com", "--name", "box"]
    with Backend(tmp_path, args=args) as backend:
        for host, code in [
            ("motion.example.com", 200), ("Motion.Example.com:443", 200), ("box", 200),
            ("localhost", 200), ("example.com", 421),
        ]:  # fmt: skip
            reply = backend.client.get("/v1/health", headers={"Host": host})
            assert reply.status_code == code, host
