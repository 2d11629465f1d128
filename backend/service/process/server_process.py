"""The server process: prints a JSON handshake, redirects its streams, and ends with its parent.

Imports the standard library alone at the top: the streams are redirected before any library can
print.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import io
import ipaddress
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ...cpu import PROCESS_NICENESS, lower_priority
from ...protocol.version import PROTOCOL, VERSION
from ..engine.interface import report_loading
from .heartbeat import Heartbeat
from .parent_watch import SHUTDOWN_GRACE_SECONDS, is_stdin_closed, start_parent_guard, watch_stdin

if TYPE_CHECKING:
    from ..engine.interface import Engine, EngineFactory

DEFAULT_ENGINE = "backend.service.process.server_process:load_model_engine"
TOKEN_VARIABLE = "ANYFRAME_TOKEN"  # noqa: S105 - the name of the variable, not a token
TOKEN_CHARACTERS = 32
LOG_BYTES = 5 * 2**20
"""Size above which the log is renamed to FILE.1 when a new backend starts."""
_CHILD_CONNECTION_SECONDS = 86_400
"""Seconds that an idle connection to a child stays open. Its only client is on this machine, and
would consider the child dead if a connection closed while libraries load."""
_SHARED_CONNECTION_SECONDS = 75
"""Seconds that an idle connection to a shared server stays open."""

log = logging.getLogger(__name__)

_TLS_ADVICE = (
    "Connections to {host} are not encrypted, and prompts, takes and the token can be read: put a "
    "TLS proxy such as Caddy in front and listen on 127.0.0.1, or restrict this port to a private "
    "network."
)


class StartError(Exception):
    """The backend cannot start; the text is a sentence for the user."""


def serve(
    host: str,
    port: int,
    log_file: Path | None,
    keep_alive: bool,
    engine: str,
    *,
    host_names: Sequence[str],
    client_timeout: float,
    idle_timeout: float | None,
    heartbeat_interval: float | None,
) -> int:
    """Run the service until the parent process ends; return the exit code.

    The first line on the real stdout is the handshake, a JSON object with protocol, port, pid and
    version. Only heartbeats follow. Everything else that is printed, by C libraries too, goes to
    stderr, or to `log_file`.

    Args:
        host: Address to listen on.
        port: Port to listen on; 0 for a free one.
        log_file: File that receives stderr and stdout; made with its folder if it is missing.
        keep_alive: Whether to continue when stdin closes and the parent ends, as a shared server.
        engine: "module:callable" that makes the engine; imported in the worker thread.
        host_names: See `create_app`.
        client_timeout, idle_timeout: See `JobRunner`.
        heartbeat_interval: Seconds between two heartbeats; None for none.
    """
    stdin, stdout = _redirect_streams()
    try:
        token = _read_token(host)
        if not _is_loopback(host):
            print(_TLS_ADVICE.format(host=host), file=sys.stderr)  # noqa: T201
        listener = _listen(host, port)
        if log_file is not None:
            _redirect_output_to_log(log_file)
    except StartError as error:
        print(error, file=sys.stderr)  # noqa: T201 - HTTP is not up yet
        return 2
    _set_up_logging()
    if not keep_alive:
        lower_priority(PROCESS_NICENESS)
        if not is_stdin_closed(stdin):
            start_parent_guard(stdin)
    # The socket listens already: early connections wait in its backlog until the server runs.
    handshake = {
        "protocol": PROTOCOL,
        "port": listener.getsockname()[1],
        "pid": os.getpid(),
        "version": VERSION,
    }
    heartbeat = None if heartbeat_interval is None else Heartbeat(stdout, heartbeat_interval)
    try:
        os.write(stdout, json.dumps(handshake).encode("ascii") + b"\n")
        if heartbeat is None:
            os.close(stdout)
        else:
            heartbeat.start_beating()
    except OSError:
        log.error("The parent process does not read the handshake; stopping")
        return 1

    import uvicorn

    from ..api.app import create_app
    from ..queue.runner import JobRunner

    runner = JobRunner(engine_factory(engine), client_timeout, idle_timeout)
    watch_event_loop = None if heartbeat is None else heartbeat.watch_event_loop
    app = create_app(runner, token, host_names, watch_event_loop)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=(
                _SHARED_CONNECTION_SECONDS if keep_alive else _CHILD_CONNECTION_SECONDS
            ),
        )
    )

    def stop() -> None:
        log.info("stdin is closed: the parent has ended")
        server.should_exit = True
        time.sleep(SHUTDOWN_GRACE_SECONDS)
        log.warning("The backend did not stop in time")
        _exit_immediately(1)

    if not keep_alive:
        watch_stdin(stdin, stop)
    log.info("Listening on %s, port %d", host, handshake["port"])
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if runner.is_worker_alive:
        # A step that does not return: interpreter shutdown under a running library can crash.
        log.warning("The running job did not end in time; exiting without it")
        _exit_immediately(0)
    log.info("Stopped")
    return 0


def engine_factory(path: str) -> EngineFactory:
    """Return a factory that imports and calls "module:callable" when it is called."""

    def make() -> Engine:
        module, _, name = path.partition(":")
        return getattr(importlib.import_module(module), name)()

    return make


def load_model_engine() -> Engine:
    """Load the shipped models step by step; raises what `ModelEngine` raises."""
    report_loading("Loading PyTorch")
    import torch  # noqa: F401 - takes seconds from a cold disk, so it is a step by itself

    report_loading("Loading the models")
    from ..engine.model_engine import ModelEngine

    return ModelEngine()


def _redirect_streams() -> tuple[int, int]:
    """Return the real stdin and stdout; fd 0 becomes the null device and fd 1 becomes stderr.

    A library that reads fd 0 while the watcher waits on it would block for ever (on Windows even
    loading a DLL can).
    """
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.dup2(null, descriptor)
    stdin, stdout = os.dup(0), os.dup(1)
    os.dup2(null, 0)
    os.dup2(2, 1)
    # A file name or prompt that the console cannot show must not end the process. The old stdout
    # object still has the state of the old fd 1: it would seek in a pipe.
    sys.stderr = sys.stdout = io.TextIOWrapper(
        _LossyFile(2, "wb", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        write_through=True,
    )
    return stdin, stdout


class _LossyFile(io.FileIO):
    """File that drops what it cannot write: a full disk must not end a job."""

    def write(self, data: Any, /) -> int:
        """Write what is possible and report that all of `data` was written."""
        with memoryview(data).cast("B") as left:
            done = 0
            with contextlib.suppress(OSError):
                while done < len(left):
                    done += super().write(left[done:]) or 0
            return len(left)


def _read_token(host: str) -> str:
    # Removed from the environment, so that no child process inherits it.
    token = os.environ.pop(TOKEN_VARIABLE, "")
    if len(token) < TOKEN_CHARACTERS:
        raise StartError(
            f"The environment variable {TOKEN_VARIABLE} must hold a token of at least "
            f"{TOKEN_CHARACTERS} characters, which requests have to carry; "
            "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one."
            + ("" if _is_loopback(host) else f" {_TLS_ADVICE.format(host=host)}")
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise StartError(
            f"The token in {TOKEN_VARIABLE} must consist of ASCII letters, digits and signs."
        )
    return token


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio turns Nagle's algorithm off only if the protocol is named. With it, each reply on
        # a persistent connection waits 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if sys.platform == "win32":
                # With SO_REUSEADDR, another program could take over the port on Windows.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except (OSError, OverflowError) as error:
        raise StartError(
            f"The backend cannot listen on {host}, port {port} ({error}): "
            "choose another port, or 0 for a free one."
        ) from error
    return listener


def _redirect_output_to_log(path: Path) -> None:
    """Append fd 1 and 2 to a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            # Windows does not rename a file that another backend has open.
            with contextlib.suppress(PermissionError):
                path.replace(path.with_name(path.name + ".1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise StartError(
            f"The log file {path} cannot be written ({error.strerror}): choose another path."
        ) from error
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _set_up_logging() -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    if sys.stderr is not None:
        faulthandler.enable()


def _exit_immediately(code: int) -> NoReturn:
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
    os._exit(code)
