"""A proxy in front of a backend, with TLS or without, whose line can be cut and mended."""

import contextlib
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any, Self

DAYS = "30"


def make_authority(folder: Path) -> Path:
    """A certificate authority of one's own; returns its certificate file."""
    _openssl(
        folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj",
        "/CN=Studio Authority", "-keyout", "ca.key", "-out", "ca.pem",
    )  # fmt: skip
    return folder / "ca.pem"


def make_certificate(folder: Path, name: str, days: str = DAYS) -> ssl.SSLContext:
    """What a server shows, vouched for by the authority in the folder.

    Args:
        folder: of the authority.
        name: such as "IP:127.0.0.1" or "DNS:localhost".
        days: until it is worth nothing.
    """
    _openssl(
        folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Studio Box",
        "-keyout", "box.key", "-out", "box.csr",
    )  # fmt: skip
    (folder / "names").write_text(f"subjectAltName={name}")
    _openssl(
        folder, "x509", "-req", "-in", "box.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-days", days, "-extfile", "names", "-out", "box.pem",
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "box.pem", folder / "box.key")
    return context


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Proxy:
    """Passes bytes on to a port of this machine."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self._target = port
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.is_cut = False
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End all connections, and let none through until `mend`."""
        with self._lock:
            self.is_cut = True
            for line in self._open:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                line.close()
            self._open.clear()

    def mend(self) -> None:
        """Let connections through again."""
        self.is_cut = False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: Any) -> None:
        try:
            if self._context is not None:
                line = self._context.wrap_socket(line, server_side=True)
            target = socket.create_connection(("127.0.0.1", self._target))
        except OSError:  # of which a client that does not trust us is one
            line.close()
            return
        with self._lock:
            self._open += [line, target]
        if self.is_cut:
            self.cut()
            return
        threading.Thread(target=_pass, args=(target, line), daemon=True).start()
        _pass(line, target)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := source.recv(2**16):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
