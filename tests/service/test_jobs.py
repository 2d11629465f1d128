"""A job from the queue to its take or its error."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.kinematics.body.take import Take, load_take

from .backend_child import Backend, sentence


def _loaded(backend: Backend, job: str) -> Take:
    return load_take(backend.take(job).raise_for_status().content)


def test_job_done_has_take_and_timings(backend: Backend) -> None:
    job = backend.start({"do": "steps", "n": 4}, seconds=2.0, fps=24000 / 1001, seed=2**62)
    status = backend.wait(job)
    assert status == {
        "id": job, "kind": "generate", "state": "done", "step": 4, "total": 4, "eta": None,
        "before": None, "message": "Done", "error": None,
        "timings": {"text": 0.25, "diffusion": 0.5}, "takes": 1, "previews": 0,
    }  # fmt: skip
    take = _loaded(backend, job)
    assert (len(take), take.fps, take.metadata["seed"]) == (48, 24000 / 1001, 2**62)
    # The take is still there for a second reader.
    assert backend.take(job).content == backend.take(job).content


def test_service_process_has_no_torch_and_no_token(backend: Backend) -> None:
    job = backend.start()
    backend.wait(job)
    info = _loaded(backend, job).metadata
    assert info["torch"] is False
    assert "PATH" in info["environment"]
    assert "ANYFRAME_TOKEN" not in info["environment"]


def test_decode_job_returns_take_at_other_rate(backend: Backend) -> None:
    job = backend.start(seconds=2.0, fps=24.0)
    backend.wait(job)
    again = backend.post({"kind": "decode", "fps": 120.0}, backend.take(job).content).json()["id"]
    status = backend.wait(again)
    assert (status["state"], status["kind"]) == ("done", "decode")
    take = _loaded(backend, again)
    assert (len(take), take.fps, take.metadata["latent"]) == (240, 120.0, [0.5, 0.25])


def test_decode_job_passes_range_and_speed_to_engine(backend: Backend) -> None:
    job = backend.start(seconds=2.0, fps=24.0)
    backend.wait(job)
    request_fields = {"fps": 60.0, "speed": 0.5, "start": 0.5, "end": 1.5, "lock_feet": False}
    again = backend.post({"kind": "decode", **request_fields}, backend.take(job).content).json()[
        "id"
    ]
    backend.wait(again)
    take = _loaded(backend, again)
    assert len(take) == 120
    assert take.metadata["asked"] == {"kind": "decode", **request_fields}


def test_job_with_variations_has_several_takes(backend: Backend) -> None:
    job = backend.start({"do": "steps", "n": 2}, variations=3, seed=5)
    assert backend.wait(job)["takes"] == 3
    seeds = []
    for index in range(3):
        reply = backend.client.get(f"/v1/jobs/{job}/take", params={"index": index})
        seeds.append(load_take(reply.raise_for_status().content).metadata["seed"])
    assert seeds == [5, 6, 7]
    assert _loaded(backend, job).metadata["seed"] == 5
    beyond = backend.client.get(f"/v1/jobs/{job}/take", params={"index": 3})
    assert "less than 3 (got 3)" in sentence(beyond, 404)
    for wrong in ("-1", "16", "x", "1.5"):
        reply = backend.client.get(f"/v1/jobs/{job}/take", params={"index": wrong})
        assert '"index"' in sentence(reply, 422)


def test_failed_job_with_variations_has_no_takes(backend: Backend) -> None:
    job = backend.start({"do": "nan"}, variations=2)
    status = backend.wait(job)
    assert (status["state"], status["takes"]) == ("failed", 0)
    for index in (0, 1):
        reply = backend.client.get(f"/v1/jobs/{job}/take", params={"index": index})
        assert "failed" in sentence(reply, 409)


def test_sequence_job_returns_one_take(backend: Backend) -> None:
    blocks = [{"prompt": "walk", "seconds": 2.0}, {"action": "run", "seconds": 1.0, "seed": 3}]
    request = {"kind": "sequence", "blocks": blocks, "fps": 30.0}
    job = backend.post(request).json()["id"]
    assert backend.wait(job)["state"] == "done"
    take = _loaded(backend, job)
    assert len(take) == 90
    assert [block["seed"] for block in take.metadata["blocks"]] == [0, 3]
    again = {**request, "loop": True, "blocks": [{**blocks[0], "kept": 0}, blocks[1]]}
    job = backend.post(again, backend.take(job).content).json()["id"]
    assert backend.wait(job)["state"] == "done"
    looped = _loaded(backend, job)
    assert len(looped) == 91
    assert looped.metadata["kept_from"] == take.metadata["blocks"]


def test_interpolate_job_returns_take_of_both(backend: Backend) -> None:
    takes = []
    for prompt in ("one", "other"):
        job = backend.start(prompt, seconds=2.0, fps=24.0)
        backend.wait(job)
        takes.append(backend.take(job).content)
    request = {"kind": "interpolate", "fps": 30.0, "share": 0.25}
    job = backend.post(request, *takes).json()["id"]
    status = backend.wait(job)
    assert (status["state"], status["kind"]) == ("done", "interpolate")
    take = _loaded(backend, job)
    assert take.metadata == {"between": ["one", "other"], "share": 0.25}
    assert take.fps == 30.0


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("raise", ["unexpected", "ZeroDivisionError: a b c", "log"]),
        ("leave", ["unexpected", "SystemExit: leaving", "log"]),
        ("nothing", ["unexpected", "AttributeError", "log"]),
        ("refuse", ["The weights are damaged: install them again."]),
        ("memory", ["not enough memory", "fewer seconds"]),
        ("nan", ["not finite", "another seed"]),
    ],
)
def test_failed_job_has_sentence_and_worker_continues(
    backend: Backend, deed: str, words: list[str]
) -> None:
    job = backend.start({"do": deed})
    status = backend.wait(job)
    assert (status["state"], status["timings"]) == ("failed", None)
    for word in words:
        assert word in status["error"]
    assert status["error"].endswith(".") and "\n" not in status["error"]
    assert status["error"] in sentence(backend.take(job), 409)
    assert backend.wait(backend.start())["state"] == "done"


def test_crashed_job_logs_traceback(backend: Backend) -> None:
    job = backend.start({"do": "raise"})
    backend.wait(job)
    log = backend.stderr[backend.stderr.index(f"Job {job} failed") :]
    assert "Traceback" in log and "do_raise" in log


def test_job_status_reports_progress_and_eta(backend: Backend) -> None:
    job = backend.start({"do": "steps", "n": 20, "pause": 0.05})
    early = backend.wait(job, "running", step=4)
    assert early["total"] == 20 and early["message"] == f"Denoising {early['step']}"
    expected = (20 - early["step"]) * 0.05
    assert 0.7 * expected - 0.1 <= early["eta"] <= 4 * expected
    assert "running" in sentence(backend.take(job), 409)
    assert backend.wait(job, "running", step=early["step"] + 5)["step"] <= 20
    assert backend.wait(job)["state"] == "done"


def test_job_status_clips_absurd_progress(backend: Backend) -> None:
    job = backend.start({"do": "huge"})
    status = backend.wait(job, "running", step=1)
    assert 0 <= status["step"] <= status["total"] < 2**31
    assert len(status["message"]) <= 200
    status = backend.wait(job)
    assert (status["state"], status["step"], status["total"]) == ("done", 0, 0)


def test_cancel_running_job_stops_after_step(backend: Backend) -> None:
    job = backend.start({"do": "steps", "n": 400, "pause": 0.05})
    backend.wait(job, "running", step=2)
    assert backend.cancel(job)["state"] in ("running", "cancelled")
    status = backend.wait(job)
    assert (status["state"], status["error"], status["eta"]) == ("cancelled", None, None)
    assert 2 <= status["step"] < 400
    assert "cancelled" in sentence(backend.take(job), 409)


def test_cancelled_job_that_finished_has_no_take(backend: Backend) -> None:
    job = backend.start({"do": "deaf", "pause": 0.6})
    backend.wait(job, "running")
    assert backend.cancel(job)["message"] == "Cancelling"
    status = backend.wait(job)
    assert (status["state"], status["timings"]) == ("cancelled", None)
    assert "cancelled" in sentence(backend.take(job), 409)


def test_cancel_finished_job_changes_nothing(backend: Backend) -> None:
    job = backend.start()
    before = backend.wait(job)
    assert backend.cancel(job) == before
    assert backend.take(job).status_code == 200


def test_queued_jobs_run_in_order_and_can_be_cancelled(backend: Backend) -> None:
    first = backend.start({"do": "steps", "n": 20, "pause": 0.1})
    dropped = backend.start("dropped")
    second, third = backend.start("second"), backend.start("third")
    backend.wait(first, "running")
    assert backend.status(second)["state"] == "queued"
    assert "no take yet" in sentence(backend.take(second), 409)
    assert backend.client.get("/v1/health").json() == {
        "engine": "ready", "queued": 3, "running": True,
    }  # fmt: skip
    assert backend.cancel(dropped)["state"] == "cancelled"
    assert backend.status(first)["state"] == "running"
    for job in (first, second, third):
        assert backend.wait(job)["state"] == "done"
    assert backend.status(dropped)["state"] == "cancelled"
    before = _loaded(backend, third).metadata["before"]
    assert before[-1] == "second"
    assert "dropped" not in before


@pytest.fixture
def own_backend(tmp_path: Path) -> Iterator[Backend]:
    """A separate child: finished jobs of other tests would count."""
    with Backend(tmp_path) as own:
        yield own


def test_queue_and_job_store_are_bounded(own_backend: Backend) -> None:
    backend = own_backend
    oldest = backend.start("oldest")
    backend.wait(oldest)
    blocker = backend.start({"do": "steps", "n": 1000, "pause": 0.02})
    backend.wait(blocker, "running")
    waiting = [backend.start(f"waiting {n}") for n in range(32)]
    refused = backend.post({"kind": "generate", "prompt": "x", "seconds": 1, "fps": 24})
    assert "at most 32 jobs" in sentence(refused, 429)
    backend.cancel(blocker)
    assert backend.wait(waiting[-1])["state"] == "done"
    # 32 finished after the blocker: it and all before it are forgotten.
    assert "There is no job" in sentence(backend.take(oldest), 404)
    assert backend.client.get(f"/v1/jobs/{blocker}").status_code == 404
    assert backend.take(waiting[0]).status_code == 200
