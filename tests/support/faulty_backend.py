"""The stand-in of a backend with one fault, named as the first argument; runs as a child.

"garbage": another program's words in place of the greeting. "endless": 100 MB without an end of
line there. "flood": 100 MB on stdout after the greeting. "half": ends, as if killed, in the middle
of sending a take. "hang": stops, as a process in a dead system call does, once a job runs. "token":
expects another token. "protocol": says in the capabilities that it speaks another protocol.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.support import fake_backend

MEGABYTES = 100


def flood() -> None:
    for _ in range(MEGABYTES):
        os.write(1, b"noise \xff\n" * (2**20 // 8))
    print("all was written", file=sys.stderr, flush=True)


def die(handler: Any, status: int, body: Any) -> None:
    """Half of an answer that is a file, and no more."""
    if not isinstance(body, bytes):
        answer(handler, status, body)
        return
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def hang(job: Any) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def another_protocol(handler: Any, status: int, body: Any) -> None:
    if isinstance(body, dict) and "protocol" in body:
        body = {**body, "protocol": 2}
    answer(handler, status, body)


answer = fake_backend.Handler._answer
fault = sys.argv[1]
if fault in {"garbage", "endless"}:
    if fault == "garbage":
        print("Welcome to another program", flush=True)
    else:
        for _ in range(MEGABYTES):
            os.write(1, b"x" * 2**20)
    sys.stdin.buffer.read()
    sys.exit()
if fault == "flood":
    threading.Timer(0.2, flood).start()
elif fault == "half":
    fake_backend.Handler._answer = die
elif fault == "hang":
    fake_backend.Job.run = hang
elif fault == "token":
    fake_backend.TOKEN = "another"
elif fault == "protocol":
    fake_backend.Handler._answer = another_protocol
fake_backend.main()
