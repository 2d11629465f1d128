"""Styles through the service: learnt between motions, and used."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.kinematics.body.take import Take, load_take, take_to_bytes
from backend.service.schema.limits import LIMITS
from tests.support.fake_backend import style_file

from .backend_child import FINISHED, Backend, sentence

FPS = 30.0


def take(seconds: float = 2.0, fps: float = FPS) -> bytes:
    frames = round(seconds * fps) + 1
    poses = np.linspace(0, 1, 72 * frames).reshape(frames, 72)
    return take_to_bytes(Take(poses, np.zeros((frames, 3)), fps))


WALK = {"name": "walk.npz", "label": "walk"}
LEARN = {"kind": "learn", "name": "steps 3", "takes": [WALK], "steps": 10}
BLEND = {"kind": "blend", "timeline": [{"label": "walk", "seconds": 2.0}], "fps": 24.0}


def learn(backend: Backend, sender: str | None = None, **fields: Any) -> str:
    reply = backend.post({**LEARN, **fields}, takes=[take()], sender=sender)
    assert reply.status_code == 202, reply.text
    return reply.json()["id"]


def made(backend: Backend, job: str) -> dict[str, Any]:
    assert backend.wait(job)["state"] == "done"
    return json.loads(backend.take(job).content)


def test_learn_job_returns_style(backend: Backend) -> None:
    job = learn(backend)
    status = backend.wait(job)
    assert (status["kind"], status["takes"], status["previews"]) == ("learn", 1, 1)
    assert (status["step"], status["total"]) == (3, 3)
    reply = json.loads(backend.take(job).content)
    assert reply["training_takes"] == [["walk.npz", 61, [{"label": "walk", "seconds": 2.0}]]]
    reply = backend.client.get(f"/v1/jobs/{job}/preview")
    assert len(load_take(reply.content)) == 61
    text = sentence(backend.client.get(f"/v1/jobs/{job}/preview", params={"index": 1}), 409)
    assert "less than 1 (got 1)" in text


def test_learn_job_cuts_ranges_and_joins_consecutive_ones(backend: Backend) -> None:
    ranges = [
        {"label": "walk", "start": 0.5, "end": 2.0},
        {"label": "run", "start": 2.0, "end": 3.0},
        {"label": "jump", "start": 4.0, "end": 6.0},
    ]
    request = {**LEARN, "takes": [{"name": "all", "ranges": ranges}]}
    reply = backend.post(request, takes=[take(6.0)])
    reply = made(backend, reply.json()["id"])
    spans = [{"label": "walk", "seconds": 1.5}, {"label": "run", "seconds": 1.0}]
    assert reply["training_takes"] == [
        ["all (0.5–3 s)", 76, spans],
        ["all (4–6 s)", 61, [{"label": "jump", "seconds": 2.0}]],
    ]


def test_learn_job_is_preempted_by_motion_and_resumes(backend: Backend) -> None:
    job = learn(backend, sender="anna", name="aside 150")
    backend.wait(job, "running", step=3)
    motion = backend.start(sender="bert")
    assert backend.wait(motion)["state"] == "done"
    status = backend.status(job, sender="anna")
    assert status["state"] in {"queued", "running"} and status["step"] >= 3
    own = backend.start(sender="anna")
    assert backend.wait(own)["state"] == "done"
    assert backend.status(job, sender="anna")["step"] < 150
    assert made(backend, job)["starts"] == 3


def test_waiting_job_states_reason(backend: Backend) -> None:
    job = learn(backend, name="why 150")
    backend.wait(job, "running", step=2)
    pause = backend.start({"do": "steps", "n": 20, "pause": 0.05})
    backend.wait(pause, "running")
    status = backend.status(job)
    assert status["state"] == "queued" and status["before"] == 1
    assert "Waiting at step" in status["message"] and "others come first" in status["message"]
    backend.cancel(pause)
    backend.cancel(job)
    assert backend.wait(job)["state"] == "cancelled"


def test_learn_job_after_cancel_resumes(backend: Backend) -> None:
    job = learn(backend, name="again 100")
    backend.wait(job, "running", step=5)
    backend.cancel(job)
    ended = backend.wait(job)
    assert ended["state"] == "cancelled" and ended["step"] < 100
    again = learn(backend, name="again 100")
    assert backend.wait(again, "running", step=1)["step"] > 5
    assert made(backend, again)["starts"] == 2


def test_learn_job_failure_is_a_sentence(backend: Backend) -> None:
    refused, crashed = learn(backend, name="fail"), learn(backend, name="crash")
    assert "all alike" in backend.wait(refused)["error"]
    assert "ZeroDivisionError" in backend.wait(crashed)["error"]
    assert "failed" in sentence(backend.take(refused), 409)


def test_learn_jobs_beyond_limits_are_refused(backend: Backend) -> None:
    jobs = [learn(backend, sender="anna", name=f"many{n} 500") for n in range(2)]
    reply = backend.post({**LEARN, "name": "more"}, takes=[take()], sender="anna")
    assert "at most 2 styles of one client" in sentence(reply, 429)
    for n in range(3):
        jobs += [learn(backend, sender=f"c{n}", name=f"more{n}{m} 500") for m in range(2)]
    reply = backend.post({**LEARN, "name": "more"}, takes=[take()], sender="zoe")
    assert "8 styles of several clients" in sentence(reply, 429)
    for job in jobs:
        backend.cancel(job)
        assert backend.wait(job)["state"] == "cancelled"


def test_inactive_client_loses_its_learn_jobs(tmp_path: Path) -> None:
    with Backend(tmp_path, args=["--client-seconds", "1"]) as vanishing:
        jobs = [learn(vanishing, sender="gone", name=f"{n} 500") for n in range(2)]
        vanishing.wait(jobs[0], "running")
        for job in jobs:
            deadline = time.monotonic() + 60
            while (status := vanishing.status(job))["state"] not in FINISHED:
                assert time.monotonic() < deadline
                time.sleep(0.05)
            assert status["state"] == "failed" and "sent no request for" in status["error"]


LONG = {"name": "walk.npz", "ranges": [{"label": "walk", "start": 0.0, "end": 1.0}]}
RANGE = {"label": "walk", "start": 0.0, "end": 2.0}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, ["style needs a name"]),
        ({"name": "../mine"}, ["name must begin with a letter", "../mine"]),
        ({"name": "x" * 61}, ["at most 60 characters", "got 61"]),
        ({"takes": []}, ["number of takes", "0", "64"]),
        ({"takes": [WALK, WALK]}, ['parts "takes" must be 2', "got 1"]),
        ({"takes": [{"name": "a"}]}, ['"a" needs one label, or ranges']),
        ({"takes": [{**WALK, "ranges": [RANGE]}]}, ["one label, or ranges"]),
        ({"takes": [{**WALK, "label": " "}]}, ["label must not be empty"]),
        ({"takes": [{**WALK, "label": "a:3"}]}, ["a:3", "colon"]),
        ({"takes": [{**WALK, "label": "x" * 41}]}, ["at most 40 characters", "got 41"]),
        ({"takes": [LONG]}, ['"walk.npz (0–1 s)" lasts 1.00 s', "must last at least"]),
        (
            {"takes": [{"name": "a", "ranges": [RANGE, RANGE]}]},
            ["must be in order", "at 0 s, before 2 s"],
        ),
        ({"takes": [{"name": "a", "ranges": [{**RANGE, "end": 3.0}]}]}, ["ends at 2 s (got 3 s)"]),
        ({"takes": [{"name": "a", "ranges": [{**RANGE, "end": 0.0}]}]}, ["end after its start"]),
        ({"steps": 9}, ["number of steps", "got 9", "10", "20000"]),
        ({"steps": 20_001}, ["number of steps", "20001"]),
        ({"seed": -1}, ["seed", "-1"]),
        ({"licence": "x" * 201}, ["at most 200 characters", "got 201"]),
        ({"fps": 24}, ["fps", "leave it out"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_learn_request_with_invalid_field_is_refused(
    backend: Backend, changes: dict[str, Any], words: list[str]
) -> None:
    text = sentence(backend.post({**LEARN, **changes}, takes=[take()]), 422)
    assert all(word in text for word in words), text


def test_learn_request_with_invalid_takes_is_refused(backend: Backend) -> None:
    short = sentence(backend.post(LEARN, takes=[take(1.0)]), 422)
    assert '"walk.npz" lasts 1.00 s' in short and "at least 1.5 s" in short
    broken = sentence(backend.post(LEARN, takes=[take()[:100]]), 422)
    assert broken.startswith('The take "walk.npz": ')
    assert 'parts "takes" must be 1' in sentence(backend.post(LEARN), 422)
    other = sentence(backend.post(LEARN, take=take(), takes=[take()]), 422)
    assert 'takes no file "take"' in other
    many = {**LEARN, "takes": [WALK] * 7}
    text = sentence(backend.post(many, takes=[take(100.0)] * 7), 422)
    assert "700" in text and f"{LIMITS.learn_seconds_max:g} seconds" in text
    fast = {**LEARN, "takes": [WALK] * 5}
    text = sentence(backend.post(fast, takes=[take(15.0, 1000.0)] * 5), 422)
    assert f"at most {LIMITS.learn_frames_max} frames" in text
    text = sentence(backend.post({**LEARN, "takes": [WALK] * 2}, takes=[take()] * 65), 422)
    assert "at most 64 takes (got 65)" in text


def test_blend_job_returns_takes(backend: Backend, style: bytes) -> None:
    request = {**BLEND, "variations": 2, "seed": 5, "loop": True, "style": "mine"}
    reply = backend.post(request, style=style)
    assert reply.status_code == 202, reply.text
    job = reply.json()["id"]
    assert backend.wait(job)["takes"] == 2
    second = load_take(backend.client.get(f"/v1/jobs/{job}/take", params={"index": 1}).content)
    assert (len(second), second.metadata["seed"], second.metadata["sent"]) == (49, 6, len(style))
    shipped = backend.post(BLEND).json()["id"]
    assert backend.wait(shipped)["state"] == "done"
    assert load_take(backend.take(shipped).content).metadata["sent"] == 0


@pytest.fixture
def style() -> bytes:
    return style_file(["walk", "run"], levels=4)


def span(label: str = "walk", seconds: float = 2.0) -> dict[str, Any]:
    return {"label": label, "seconds": seconds}


NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timeline": []}, ["timeline is empty"]),
        ({"timeline": [span("wlak")]}, ['no label "wlak"', 'did you mean "walk"?']),
        ({"timeline": [span(seconds=0.0)]}, ["more than 0 s", "got 0 s", "300"]),
        ({"timeline": [span(seconds=NAN)]}, ["got nan s"]),
        ({"timeline": [span(seconds=0.2)]}, ["length must be", "got 0.2"]),
        ({"timeline": [span(seconds=301.0)]}, ["301", "300"]),
        ({"timeline": [span(seconds=1.0)] * 201}, ["number of parts", "got 201"]),
        ({"timeline": [span(seconds=100.0)], "fps": 1000}, ["frames", "100000"]),
        ({"fine": [span("run", 3.0)]}, ["fine timeline must be as long", "2 s (got 3 s)"]),
        ({"fine": [span("ran", 2.0)]}, ['no label "ran"', '"run"']),
        ({"fine": [span()], "fine_levels": 4}, ["fine levels must be between 1 and 3 (got 4)"]),
        ({"fine": [span()], "fine_levels": 0}, ["number of fine levels must be", "got 0"]),
        ({"grid": [[span()]] * 3}, ["timelines must be 4", "got 3"]),
        ({"grid": [[span()]] * 17}, ["timelines for levels", "16", "got 17"]),
        ({"grid": [[span()]] * 4, "fine": [span()]}, ["exclude each other"]),
        ({"grid": [[span(seconds=1.0)]] * 4}, ["level 1 must be as long", "got 1 s"]),
        ({"overlap": -1}, ["overlap must be", "10", "got -1"]),
        ({"variations": 17}, ["variations", "17", "16"]),
        ({"seed": 2**63 - 1, "variations": 2}, ["last variation"]),
        ({"hash": "0" * 16}, ["must be 00000000"]),
        ({"style": "a/b"}, ["name must begin with a letter"]),
        ({"fps": 0}, ["frame rate"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_blend_request_with_invalid_field_is_refused(
    backend: Backend, style: bytes, changes: dict[str, Any], words: list[str]
) -> None:
    text = sentence(backend.post({**BLEND, **changes}, style=style), 422)
    assert all(word in text for word in words), text


def test_blend_request_with_invalid_style_is_refused(backend: Backend, style: bytes) -> None:
    def refused(data: bytes) -> str:
        return sentence(backend.post({**BLEND, "style": "mine"}, style=data), 422)

    assert '"mine" is no style, or is cut short' in refused(style[: len(style) // 2])
    assert '"mine" is no style' in refused(b"")
    assert '"mine" is no style' in refused(b"x" * 1000)
    assert "damaged or was changed" in refused(style[:-1] + bytes([style[-1] ^ 1]))
    other = style.replace(b'\\"format\\": 2', b'\\"format\\": 3', 1)
    assert "another version (format 3, not 2)" in refused(other)
    assert "must have at most" in refused(bytes(LIMITS.style_bytes + 1))
    text = sentence(backend.post(BLEND, style=style, take=take()), 422)
    assert 'takes no file "take"' in text
