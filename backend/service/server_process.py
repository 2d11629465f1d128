"""The backend as a child process: one line of greeting, quiet pipes, and no life after its parent.

Only the standard library is imported at the top: the streams are put in order before any library
gets a chance to print.
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

from ..cpu import PROCESS_NICENESS, lower_priority
from ..protocol.version import PROTOCOL, VERSION
from .process.heartbeat import Heartbeat
from .process.parent_watch import (
    SHUTDOWN_GRACE_SECONDS,
    is_stdin_closed,
    start_parent_guard,
    watch_stdin,
)

if TYPE_CHECKING:
    from .engine.interface import EngineFactory

DEFAULT_ENGINE = "backend.service.process.loading:load_model_engine"
TOKEN_VARIABLE = "ANYFRAME_TOKEN"  # noqa: S105 - the name of the variable, not a token
TOKEN_CHARACTERS = 32
LOG_BYTES = 5 * 2**20
"""A log longer than this is set aside (as FILE.1) when a new backend starts."""
_CHILD_CONNECTION_SECONDS = 86_400
"""How long an idle connection to a child stays open. The only client is on this machine, and one
whose connection is closed while libraries load takes the child for dead."""
_SHARED_CONNECTION_SECONDS = 75

log = logging.getLogger(__name__)

_TLS_ADVICE = (
    "On {host} prompts, takes and the token travel unencrypted: have a TLS proxy, such as Caddy, "
    "answer for it and listen on 127.0.0.1 here, or let only a private network reach this port."
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
    host_names: Sequence[str] = (),
    client_timeout: float = 60.0,
    idle_timeout: float | None = None,
    heartbeat_interval: float | None = None,
) -> int:
    """Run the service until the parent goes away; return the exit code.

    The first line on the real stdout is JSON: protocol, port, pid, version. It is followed by
    heartbeats, if asked for, and by nothing else. All else that is printed, by C libraries too,
    goes to stderr, or to `log_file` when given.

    Args:
        host: address to listen on; only loopback without a token of the user's own.
        port: 0 for a free one.
        log_file: receives stderr and stdout; made with its folder when missing.
        keep_alive: stay when stdin closes and when the parent ends (a service of a studio).
        engine: "module:callable" that makes the engine; imported in the worker thread.
        names: of this host that requests may be for, beside addresses and localhost.
        patience: seconds after which a client that asks for nothing loses its jobs.
        idle: seconds without a job after which the model is released; None for never.
        heartbeat: seconds between two heartbeats (`Heartbeat`); None for none.
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
        print(error, file=sys.stderr)  # noqa: T201 - nobody listens to HTTP yet
        return 2
    _set_up_logging()
    if not keep_alive:
        lower_priority(PROCESS_NICENESS)
        if not is_stdin_closed(stdin):
            start_parent_guard(stdin)
    # The socket listens already: whoever connects before the server runs waits in its backlog.
    greeting = {
        "protocol": PROTOCOL,
        "port": listener.getsockname()[1],
        "pid": os.getpid(),
        "version": VERSION,
    }
    beats = None if heartbeat_interval is None else Heartbeat(stdout, heartbeat_interval)
    try:
        os.write(stdout, json.dumps(greeting).encode("ascii") + b"\n")
        if beats is None:
            os.close(stdout)
        else:
            beats.start_beating()
    except OSError:
        log.error("The parent process does not read the greeting; stopping")
        return 1

    import uvicorn

    from .api.app import create_app

    app = create_app(
        engine_factory(engine),
        token,
        host_names=host_names,
        client_timeout=client_timeout,
        idle_timeout=idle_timeout,
        heartbeat=beats,
    )
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
        log.info("stdin is closed: the parent is gone")
        server.should_exit = True
        time.sleep(SHUTDOWN_GRACE_SECONDS)
        log.warning("The backend did not stop in time")
        _exit_immediately(1)

    if not keep_alive:
        watch_stdin(stdin, stop)
    log.info("Listening on %s, port %d", host, greeting["port"])
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if app.state.runner.is_worker_alive:
        # A step that does not return: interpreter shutdown under a running library can crash.
        log.warning("The job did not end in time; leaving it behind")
        _exit_immediately(0)
    log.info("Stopped")
    return 0


def engine_factory(path: str) -> EngineFactory:
    """The callable that "module:callable" names, imported only when it is called."""

    def make() -> Any:
        module, _, name = path.partition(":")
        return getattr(importlib.import_module(module), name)()

    return make


def _redirect_streams() -> tuple[int, int]:
    """Keep the real stdin and stdout; put nothing in place of the first, stderr of the second.

    A library that reads fd 0 while the watcher waits on it would block for ever (on Windows even
    loading a DLL can), so fd 0 becomes the null device.
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
    # knows only what fd 1 used to be: it would seek in a pipe.
    sys.stderr = sys.stdout = io.TextIOWrapper(
        _LossyFile(2, "wb", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        write_through=True,
    )
    return stdin, stdout


class _LossyFile(io.FileIO):
    """Loses what cannot be written: a full disk must not end a job."""

    def write(self, data: Any, /) -> int:
        """All of `data` counts as written."""
        with memoryview(data).cast("B") as left:
            done = 0
            with contextlib.suppress(OSError):
                while done < len(left):
                    done += super().write(left[done:]) or 0
            return len(left)


def _read_token(host: str) -> str:
    # Taken out of the environment, so that no process started from here inherits it.
    token = os.environ.pop(TOKEN_VARIABLE, "")
    if len(token) < TOKEN_CHARACTERS:
        raise StartError(
            f"The environment variable {TOKEN_VARIABLE} must hold the token that requests carry, "
            f"at least {TOKEN_CHARACTERS} characters long, and is never made up here; "
            "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one."
            + ("" if _is_loopback(host) else f" {_TLS_ADVICE.format(host=host)}")
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise StartError(
            f"The token in {TOKEN_VARIABLE} may hold only ASCII letters, digits and signs."
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
        # asyncio turns Nagle's algorithm off only where the protocol is named. With it each answer
        # on a kept connection waits 40 ms for an acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if sys.platform == "win32":
                # There, SO_REUSEADDR would let another program take the port over.
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
    """Send fd 1 and 2 to the end of a file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            # Another backend may hold the file open, which Windows does not allow to rename.
            with contextlib.suppress(PermissionError):
                path.replace(path.with_name(path.name + ".1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise StartError(
            f"The log file {path} cannot be written ({error.strerror}): choose another place."
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
