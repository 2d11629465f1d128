"""Jobs on a backend that is reached over a network: TLS, lost lines, and whoever else answers."""

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
from blender_addon.link.http.jobs import ClientJobQueue, Job, JobState
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
def _queues() -> Iterator[list[ClientJobQueue]]:
    """The queues of two Blenders."""
    queues = [ClientJobQueue(), ClientJobQueue()]
    yield queues
    for queue in queues:
        queue.stop()


@pytest.fixture
def queue(queues: list[ClientJobQueue]) -> ClientJobQueue:
    return queues[0]


def at(port: int, token: str = TOKEN, scheme: str = "http", **more: Any) -> RemoteBackend:
    return check_remote_backend(f"{scheme}://127.0.0.1:{port}", token, **more)


def submit(queue: ClientJobQueue, remote: RemoteBackend, script: Any = "walk") -> Job:
    prompt = script if isinstance(script, str) else json.dumps(script)
    request = {"kind": "generate", "prompt": prompt, "seconds": 1.0, "fps": 24.0}
    return queue.submit(remote, request, title=prompt, finish=lambda _job, take: str(len(take)))


def tick_until(queue: ClientJobQueue, condition: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        queue.tick()
        time.sleep(0.005)


def end(queue: ClientJobQueue, job: Job) -> Job:
    tick_until(queue, lambda: job.ended)
    return job


def failure(queue: ClientJobQueue, remote: RemoteBackend) -> str:
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


def test_remote_job_starts_no_child(backend: Backend, queue: ClientJobQueue) -> None:
    before = set(psutil.Process().children())
    remote = at(backend.greeting["port"])
    job = end(queue, submit(queue, remote))
    assert (job.state, job.error) == (JobState.DONE, None)
    assert job.status.timings["start"] > 0
    assert set(psutil.Process().children()) == before
    assert queue.capabilities["models"][0]["device"] == "CPU"
    second = end(queue, submit(queue, remote))
    assert second.status.timings["start"] == 0.0, "the connection stays open"


def test_remote_jobs_of_two_blenders_alternate(
    backend: Backend, queues: list[ClientJobQueue]
) -> None:
    remote = at(backend.greeting["port"])
    first = submit(queues[0], remote, LONG)
    tick_until(queues[0], lambda: first.status.step >= 1)
    second = submit(queues[1], remote)
    tick_until(queues[1], lambda: second.message == "Waiting: 1 motion before yours")
    queues[0].cancel(first)
    assert end(queues[1], second).state is JobState.DONE


def test_remote_job_cancelled_here_stops_there(backend: Backend, queue: ClientJobQueue) -> None:
    job = submit(queue, at(backend.greeting["port"]), LONG)
    tick_until(queue, lambda: job.status.step >= 1)
    queue.stop()
    deadline = time.monotonic() + 60
    while backend.client.get("/v1/health").json()["running"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_remote_release_frees_memory(backend: Backend, queue: ClientJobQueue) -> None:
    remote = at(backend.greeting["port"])
    job = queue.submit(remote, {"kind": RELEASE}, title="", finish=lambda _job, text: text.decode())
    assert "memory is free again" in end(queue, job).message
    assert backend.client.get("/v1/health").json()["engine"] == "released"
    assert end(queue, submit(queue, remote)).state is JobState.DONE


def test_remote_with_another_token_is_refused(backend: Backend, queue: ClientJobQueue) -> None:
    sentence = failure(queue, at(backend.greeting["port"], "x" * 40))
    assert "expects another token" in sentence and "preferences" in sentence


def test_remote_closed_port_is_an_error(queue: ClientJobQueue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sentence = failure(queue, at(port))
    assert f"http://127.0.0.1:{port} is not running there" in sentence


def test_remote_unknown_host_is_an_error(queue: ClientJobQueue) -> None:
    sentence = failure(queue, check_remote_backend("https://no-such-name.invalid", TOKEN))
    assert "cannot be found" in sentence or "does not answer" in sentence


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
def test_remote_reply_of_another_server_is_an_error(
    queue: ClientJobQueue, status: int, body: bytes, words: str
) -> None:
    with Answers(status, body) as server:
        assert words in failure(queue, at(server.server_port))
        server.shutdown()


def test_remote_endless_reply_is_an_error(queue: ClientJobQueue) -> None:
    with Answers(200, b"x" * 2**21, {"Connection": "close"}) as server:
        assert "without an end" in failure(queue, at(server.server_port))
        server.shutdown()


def test_remote_truncated_reply_is_an_error(queue: ClientJobQueue) -> None:
    with Answers(200, b'{"models": []}', {"Content-Length": "100"}) as server:
        assert "connection was lost" in failure(queue, at(server.server_port))
        server.shutdown()


def test_client_truncated_content_is_an_error_with_old_urllib3() -> None:
    class Less:
        headers: ClassVar = {"Content-Length": "100"}

        def iter_content(self, _size: int) -> list[bytes]:
            return [b"half"]

    backend_client = client.BackendClient("http://127.0.0.1:1", TOKEN, client_id="x")
    less: Any = Less()
    with pytest.raises(requests.ConnectionError, match="cut short"):
        backend_client._read_content(less, 1000)
    Less.headers = {"Content-Length": "4"}
    assert backend_client._read_content(less, 1000) == b"half"


def test_remote_redirect_is_refused_without_sending_the_token(queue: ClientJobQueue) -> None:
    with Answers(200, b"{}") as other:
        for status in (301, 302, 307, 308):
            location = f"http://127.0.0.1:{other.server_port}/v1/capabilities"
            headers = {"Location": location, "Content-Length": "0"}
            with Answers(status, b"", headers) as server:
                sentence = failure(queue, at(server.server_port))
                assert f"redirects to {location}" in sentence
                assert server.requests == [("/v1/capabilities", f"Bearer {TOKEN}")]
                server.shutdown()
        assert other.requests == []
        other.shutdown()


def test_remote_path_prefixes_the_backends_paths(queue: ClientJobQueue) -> None:
    with Answers(404, b"") as server:
        remote = check_remote_backend(f"http://127.0.0.1:{server.server_port}/motion/", TOKEN)
        failure(queue, remote)
        assert server.requests[0][0] == "/motion/v1/capabilities"
        server.shutdown()


@needs_openssl
def test_remote_certificate_of_known_authority_is_accepted(
    backend: Backend, queue: ClientJobQueue, tmp_path: Path
) -> None:
    authority = make_authority(tmp_path)
    with Proxy(backend.greeting["port"], make_certificate(tmp_path, "IP:127.0.0.1")) as proxy:
        job = end(queue, submit(queue, at(proxy.port, scheme="https", certificate=str(authority))))
        assert (job.state, job.error) == (JobState.DONE, None)
        sentence = failure(queue, at(proxy.port, scheme="https"))
        assert "is not trusted" in sentence and "“Certificate”" in sentence


@needs_openssl
@pytest.mark.parametrize(
    ("name", "days", "words"),
    [("DNS:another.example", "30", "is not trusted"), ("IP:127.0.0.1", "-1", "expired")],
)
def test_remote_certificate_of_another_name_or_time_is_refused(
    backend: Backend, queue: ClientJobQueue, tmp_path: Path, name: str, days: str, words: str
) -> None:
    authority = make_authority(tmp_path)
    with Proxy(backend.greeting["port"], make_certificate(tmp_path, name, days)) as proxy:
        remote = at(proxy.port, scheme="https", certificate=str(authority))
        assert words in failure(queue, remote)


def test_remote_https_to_http_server_is_an_error(
    backend: Backend, queue: ClientJobQueue, tmp_path: Path
) -> None:
    sentence = failure(queue, at(backend.greeting["port"], scheme="https"))
    assert "check whether that port has" in sentence
    nonsense = tmp_path / "ca.pem"
    nonsense.write_text("no certificate")
    remote = at(backend.greeting["port"], scheme="https", certificate=str(nonsense))
    assert "The backend at" in failure(queue, remote)


@needs_openssl
def test_remote_http_to_https_server_is_an_error(
    backend: Backend, queue: ClientJobQueue, tmp_path: Path
) -> None:
    make_authority(tmp_path)
    with Proxy(backend.greeting["port"], make_certificate(tmp_path, "IP:127.0.0.1")) as proxy:
        assert "connection was lost" in failure(queue, at(proxy.port))


def test_remote_connection_restored_continues_the_job(
    backend: Backend, queue: ClientJobQueue
) -> None:
    with Proxy(backend.greeting["port"]) as proxy:
        job = submit(queue, at(proxy.port), LONG)
        tick_until(queue, lambda: job.status.step >= 2)
        proxy.cut()
        tick_until(queue, lambda: "connection is lost" in job.message)
        assert job.status.step >= 2, "what was reached is still shown"
        proxy.mend()
        assert end(queue, job).state is JobState.DONE


def test_remote_connection_lost_fails_the_job(
    backend: Backend, queue: ClientJobQueue, monkeypatch: pytest.MonkeyPatch
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


def test_remote_connection_lost_can_be_cancelled(backend: Backend, queue: ClientJobQueue) -> None:
    with Proxy(backend.greeting["port"]) as proxy:
        job = submit(queue, at(proxy.port), LONG)
        tick_until(queue, lambda: job.status.step >= 2)
        proxy.cut()
        tick_until(queue, lambda: "connection is lost" in job.message)
        queue.cancel(job)
        other = end(queue, submit(queue, at(backend.greeting["port"])))
        assert other.state is JobState.DONE


def test_remote_backend_restarted_fails_the_job(queue: ClientJobQueue, tmp_path: Path) -> None:
    with Backend(tmp_path) as first, Backend(tmp_path) as second:
        proxy = Proxy(first.greeting["port"])
        job = submit(queue, at(proxy.port), LONG)
        tick_until(queue, lambda: job.status.step >= 2)
        proxy.cut()
        proxy._target = second.greeting["port"]
        proxy.mend()
        assert "forgets them when it restarts" in end(queue, job).message


def test_connection_test_reports_backend_or_error(backend: Backend, tmp_path: Path) -> None:
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


def test_connection_test_runs_beside_a_job(backend: Backend, queue: ClientJobQueue) -> None:
    job = submit(queue, at(backend.greeting["port"]), LONG)
    tick_until(queue, lambda: job.status.step >= 1)
    probe = ConnectionTest()
    probe.start(at(backend.greeting["port"]))
    assert not probe.wait().is_error
    assert not job.ended
    queue.cancel(job)


def test_client_ignores_proxies_and_netrc(
    backend: Backend, queue: ClientJobQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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


def test_remote_silent_server_is_an_error(
    queue: ClientJobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_STATUS_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert "does not answer" in failure(queue, at(mute.getsockname()[1]))
