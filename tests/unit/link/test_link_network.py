"""Jobs on a backend that is reached over a network: TLS, lost lines, and whoever else answers."""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest
import requests

from blender_addon.link.http import client, connection
from blender_addon.link.http.client import RELEASE
from blender_addon.link.http.connection_test import ConnectionTest
from blender_addon.link.http.jobs import Job, JobQueue, JobState
from blender_addon.link.http.remote import RemoteBackend, check_remote_backend
from tests.service.backend_child import TOKEN, Backend
from tests.support.tls_proxy import Proxy, make_authority, make_certificate

LONG = {"do": "steps", "n": 100, "pause": 0.05}
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """The backend of the other machine."""
    with Backend(tmp_path_factory.mktemp("backend")) as child:
        yield child


@pytest.fixture(name="queues")
def _queues() -> Iterator[list[JobQueue]]:
    """The queues of two Blenders."""
    queues = [JobQueue(), JobQueue()]
    yield queues
    for queue in queues:
        queue.stop()


@pytest.fixture
def queue(queues: list[JobQueue]) -> JobQueue:
    return queues[0]


def at(port: int, token: str = TOKEN, scheme: str = "http", **more: Any) -> RemoteBackend:
    return check_remote_backend(f"{scheme}://127.0.0.1:{port}", token, **more)


def submit(queue: JobQueue, remote: RemoteBackend, script: Any = "walk") -> Job:
    prompt = script if isinstance(script, str) else json.dumps(script)
    request = {"kind": "generate", "prompt": prompt, "seconds": 1.0, "fps": 24.0}
    return queue.submit(remote, request, title=prompt, finish=lambda _job, take: str(len(take)))


def tick_until(queue: JobQueue, condition: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        queue.tick()
        time.sleep(0.005)


def end(queue: JobQueue, job: Job) -> Job:
    tick_until(queue, lambda: job.ended)
    return job


def failure(queue: JobQueue, remote: RemoteBackend) -> str:
    """The sentence of a job that must fail."""
    job = end(queue, submit(queue, remote))
    assert job.state is JobState.FAILED
    assert "\n" not in job.message and "Traceback" not in job.message
    assert TOKEN not in job.message
    assert job.message.endswith(".")
    return job.message


class Answers(http.server.ThreadingHTTPServer):
    """Gives every request the same answer, and notes what came."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.requests: list[tuple[str, str | None]] = []
        noted = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                noted.append((self.path, self.headers.get("Authorization")))
                self.send_response(status)
                for name, value in (headers or {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def test_a_job_on_another_machine_needs_no_child(backend: Backend, queue: JobQueue) -> None:
    before = set(psutil.Process().children())
    remote = at(backend.greeting["port"])
    job = end(queue, submit(queue, remote))
    assert (job.state, job.error) == (JobState.DONE, None)
    assert job.status.timings["start"] > 0
    assert set(psutil.Process().children()) == before
    assert queue.capabilities["models"][0]["device"] == "CPU"
    second = end(queue, submit(queue, remote))
    assert second.status.timings["start"] == 0.0, "the line was kept"


def test_two_blenders_take_turns_and_are_told_so(backend: Backend, queues: list[JobQueue]) -> None:
    remote = at(backend.greeting["port"])
    first = submit(queues[0], remote, LONG)
    tick_until(queues[0], lambda: first.status.step >= 1)
    second = submit(queues[1], remote)
    tick_until(queues[1], lambda: second.message == "Waiting: 1 motion before yours")
    queues[0].cancel(first)
    assert end(queues[1], second).state is JobState.DONE


def test_a_job_that_is_stopped_here_stops_there(backend: Backend, queue: JobQueue) -> None:
    job = submit(queue, at(backend.greeting["port"]), LONG)
    tick_until(queue, lambda: job.status.step >= 1)
    queue.stop()
    deadline = time.monotonic() + 60
    while backend.client.get("/v1/health").json()["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_memory_of_the_other_machine_is_released(backend: Backend, queue: JobQueue) -> None:
    remote = at(backend.greeting["port"])
    job = queue.submit(remote, {"kind": RELEASE}, title="", finish=lambda _job, said: said.decode())
    assert "memory is free again" in end(queue, job).message
    assert backend.client.get("/v1/health").json()["engine"] == "released"
    assert end(queue, submit(queue, remote)).state is JobState.DONE


def test_another_token_is_asked_for(backend: Backend, queue: JobQueue) -> None:
    said = failure(queue, at(backend.greeting["port"], "x" * 40))
    assert "expects another token" in said and "preferences" in said


def test_nobody_listens(queue: JobQueue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = failure(queue, at(port))
    assert f"http://127.0.0.1:{port} is not running there" in said


def test_nobody_has_the_name(queue: JobQueue) -> None:
    said = failure(queue, check_remote_backend("https://no-such-name.invalid", TOKEN))
    assert "cannot be found" in said or "does not answer" in said


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>Welcome</html>", "not JSON"),
        (200, b'["a"]', "unknown form"),
        (200, b'{"protocol": 2, "models": []}', "speaks protocol 2 and this add-on 1"),
        (200, b'{"protocol": "\\n", "models": []}', "speaks protocol '\\n'"),
        (404, b"<html>Not here</html>", "HTTP status 404: check its address"),
        (502, b"", "HTTP status 502"),
        (421, b'{"error": "Another name."}', "Another name."),
        (200, b'{"models": "' + b"x" * 2**21 + b'"}', "too long"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_whoever_else_answers_is_a_sentence(
    queue: JobQueue, status: int, body: bytes, words: str
) -> None:
    with Answers(status, body) as server:
        assert words in failure(queue, at(server.server_port))
        server.shutdown()


def test_an_answer_without_an_end_is_cut_off(queue: JobQueue) -> None:
    with Answers(200, b"x" * 2**21, {"Connection": "close"}) as server:
        assert "without an end" in failure(queue, at(server.server_port))
        server.shutdown()


def test_an_answer_that_is_cut_short_is_no_answer(queue: JobQueue) -> None:
    with Answers(200, b'{"models": []}', {"Content-Length": "100"}) as server:
        assert "connection was lost" in failure(queue, at(server.server_port))
        server.shutdown()


def test_an_older_urllib3_that_is_content_with_less() -> None:
    class Less:
        headers: ClassVar = {"Content-Length": "100"}

        def iter_content(self, _size: int) -> list[bytes]:
            return [b"half"]

    speaker = client.Client("http://127.0.0.1:1", TOKEN, client_id="x")
    less: Any = Less()
    with pytest.raises(requests.ConnectionError, match="cut short"):
        speaker._read(less, 1000)
    Less.headers = {"Content-Length": "4"}
    assert speaker._read(less, 1000) == b"half"


def test_the_token_does_not_follow_a_redirect(queue: JobQueue) -> None:
    with Answers(200, b"{}") as other:
        for status in (301, 302, 307, 308):
            there = f"http://127.0.0.1:{other.server_port}/v1/capabilities"
            headers = {"Location": there, "Content-Length": "0"}
            with Answers(status, b"", headers) as server:
                said = failure(queue, at(server.server_port))
                assert f"sends us on to {there}" in said
                assert server.requests == [("/v1/capabilities", f"Bearer {TOKEN}")]
                server.shutdown()
        assert other.requests == []
        other.shutdown()


def test_a_path_is_put_before_the_backends_own(queue: JobQueue) -> None:
    with Answers(404, b"") as server:
        remote = check_remote_backend(f"http://127.0.0.1:{server.server_port}/motion/", TOKEN)
        failure(queue, remote)
        assert server.requests[0][0] == "/motion/v1/capabilities"
        server.shutdown()


@needs_openssl
def test_an_encrypted_line_whose_authority_is_known(
    backend: Backend, queue: JobQueue, tmp_path: Path
) -> None:
    authority = make_authority(tmp_path)
    with Proxy(backend.greeting["port"], make_certificate(tmp_path, "IP:127.0.0.1")) as proxy:
        job = end(queue, submit(queue, at(proxy.port, scheme="https", certificate=str(authority))))
        assert (job.state, job.error) == (JobState.DONE, None)
        said = failure(queue, at(proxy.port, scheme="https"))
        assert "is not trusted" in said and "“Certificate”" in said


@needs_openssl
@pytest.mark.parametrize(
    ("name", "days", "words"),
    [("DNS:another.example", "30", "is not trusted"), ("IP:127.0.0.1", "-1", "expired")],
)
def test_a_certificate_of_another_name_or_time(
    backend: Backend, queue: JobQueue, tmp_path: Path, name: str, days: str, words: str
) -> None:
    authority = make_authority(tmp_path)
    with Proxy(backend.greeting["port"], make_certificate(tmp_path, name, days)) as proxy:
        remote = at(proxy.port, scheme="https", certificate=str(authority))
        assert words in failure(queue, remote)


def test_encryption_where_there_is_none(backend: Backend, queue: JobQueue, tmp_path: Path) -> None:
    said = failure(queue, at(backend.greeting["port"], scheme="https"))
    assert "check whether that port has" in said
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("no certificate")
    remote = at(backend.greeting["port"], scheme="https", certificate=str(nonsense))
    assert "The backend at" in failure(queue, remote)


@needs_openssl
def test_no_encryption_where_there_is_one(
    backend: Backend, queue: JobQueue, tmp_path: Path
) -> None:
    make_authority(tmp_path)
    with Proxy(backend.greeting["port"], make_certificate(tmp_path, "IP:127.0.0.1")) as proxy:
        assert "connection was lost" in failure(queue, at(proxy.port))


def test_a_line_that_comes_back_loses_no_job(backend: Backend, queue: JobQueue) -> None:
    with Proxy(backend.greeting["port"]) as proxy:
        job = submit(queue, at(proxy.port), LONG)
        tick_until(queue, lambda: job.status.step >= 2)
        proxy.cut()
        tick_until(queue, lambda: "connection is lost" in job.message)
        assert job.status.step >= 2, "what was reached is still shown"
        proxy.mend()
        assert end(queue, job).state is JobState.DONE


def test_a_line_that_stays_lost_is_a_sentence(
    backend: Backend, queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "REMOTE_RETRY_SECONDS", 1.0)
    with Proxy(backend.greeting["port"]) as proxy:
        job = submit(queue, at(proxy.port), LONG)
        tick_until(queue, lambda: job.status.step >= 2)
        proxy.cut()
        assert "connection was lost" in end(queue, job).message
        assert job.message.endswith("Press Generate to try again.")
        proxy.mend()
        assert end(queue, submit(queue, at(proxy.port))).state is JobState.DONE


def test_a_lost_line_can_be_left(backend: Backend, queue: JobQueue) -> None:
    with Proxy(backend.greeting["port"]) as proxy:
        job = submit(queue, at(proxy.port), LONG)
        tick_until(queue, lambda: job.status.step >= 2)
        proxy.cut()
        tick_until(queue, lambda: "connection is lost" in job.message)
        queue.cancel(job)
        other = end(queue, submit(queue, at(backend.greeting["port"])))
        assert other.state is JobState.DONE


def test_a_backend_that_was_started_again_has_forgotten_the_job(
    queue: JobQueue, tmp_path: Path
) -> None:
    with Backend(tmp_path) as first, Backend(tmp_path) as second:
        proxy = Proxy(first.greeting["port"])
        job = submit(queue, at(proxy.port), LONG)
        tick_until(queue, lambda: job.status.step >= 2)
        proxy.cut()
        proxy._target = second.greeting["port"]
        proxy.mend()
        assert "forgets them when it restarts" in end(queue, job).message


def test_the_test_of_a_connection(backend: Backend, tmp_path: Path) -> None:
    backend.wait(backend.start())
    probe = ConnectionTest()
    probe.start(at(backend.greeting["port"]))
    assert probe.status.busy
    status = probe.wait()
    assert not status.is_error
    assert status.message.startswith("Anyframe 0.1.0 · nerm 0123abcd · CPU · ready · ")
    assert status.origin == f"http://127.0.0.1:{backend.greeting['port']}"
    probe.start(at(backend.greeting["port"], "x" * 40))
    status = probe.wait()
    assert status.is_error and "another token" in status.message
    with Answers(200, b'{"protocol": 1, "models": "x", "engine": []}') as server:
        probe.start(at(server.server_port))
        assert probe.wait().is_error
        server.shutdown()
    gate = tmp_path / "gate"
    with Backend(tmp_path, "BrokenEngine", env={"ANYFRAME_TEST_GATE": str(gate)}) as broken:
        broken.wait(broken.start())
        probe.start(at(broken.greeting["port"]))
        assert "cannot load its model: The weights are missing" in probe.wait().message


def test_a_test_can_be_made_while_a_motion_is_made(backend: Backend, queue: JobQueue) -> None:
    job = submit(queue, at(backend.greeting["port"]), LONG)
    tick_until(queue, lambda: job.status.step >= 1)
    probe = ConnectionTest()
    probe.start(at(backend.greeting["port"]))
    assert not probe.wait().is_error
    assert not job.ended
    queue.cancel(job)


def test_proxies_and_netrc_of_the_system_are_not_asked(
    backend: Backend, queue: JobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Answers(200, b"{}") as spy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{spy.server_port}")
        job = end(queue, submit(queue, at(backend.greeting["port"])))
        assert (job.state, job.error) == (JobState.DONE, None)
        assert spy.requests == []
        spy.shutdown()


def test_a_machine_that_never_answers(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_STATUS_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert "does not answer" in failure(queue, at(mute.getsockname()[1]))
