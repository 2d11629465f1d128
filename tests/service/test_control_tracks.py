"""Styles through the service with control tracks instead of labels."""

import io
import json
from typing import Any

import numpy as np
import pytest

from backend.kinematics.body.take import Take, load_take, take_to_bytes
from backend.protocol.control_track import ControlTrack
from tests.support.fake_backend import style_file

from .backend_child import Backend, sentence

COLUMNS = ["loudness", "pitch"]
LEARN = {
    "kind": "learn",
    "name": "numbers 3",
    "takes": [{"name": "talk"}, {"name": "more"}],
    "columns": COLUMNS,
    "steps": 10,
}
BLEND = {"kind": "blend", "control_seconds": 2.0, "fps": 24.0}


def take(seconds: float = 2.0) -> bytes:
    frames = round(seconds * 30) + 1
    return take_to_bytes(Take(np.zeros((frames, 72)), np.zeros((frames, 3)), 30.0))


def track(rows: int = 60, columns: int = 2, value: float = 0.5) -> bytes:
    numbers = np.full((rows, columns), value)
    return ControlTrack(numbers, tuple(map(str, range(columns)))).to_bytes()


def learn(backend: Backend, *controls: bytes, **changes: Any) -> Any:
    return backend.post({**LEARN, **changes}, takes=[take(), take()], controls=controls)


def blend(backend: Backend, *controls: bytes, **changes: Any) -> Any:
    style = style_file(COLUMNS, levels=4)
    return backend.post({**BLEND, **changes}, style=style, controls=controls)


def test_learn_job_with_controls_returns_style(backend: Backend) -> None:
    reply = learn(backend, track(61), track(62))
    assert reply.status_code == 202, reply.text
    job = reply.json()["id"]
    assert backend.wait(job)["state"] == "done"
    described = json.loads(backend.take(job).content)["training_takes"]
    assert described == [["talk", 61, [COLUMNS, [61, 2]]], ["more", 61, [COLUMNS, [62, 2]]]]


def test_blend_job_with_control_returns_takes(backend: Backend) -> None:
    job = blend(backend, track(value=0.25), variations=2).json()["id"]
    assert backend.wait(job)["takes"] == 2
    made = load_take(backend.take(job).content)
    assert len(made) == 48
    assert made.metadata["control"] == [[60, 2], 30.0]


NAN = float("nan")


def saved(**arrays: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize(
    ("changes", "controls", "words"),
    [
        ({}, [track()], ['parts "controls" is 1', "one for each take"]),
        ({"columns": []}, [track(), track()], ["needs one label, or ranges"]),
        (
            {"columns": [], "takes": [{"name": "talk", "label": "a"}] * 2},
            [track(), track()],
            ['parts "controls" is 2', "give the takes labels"],
        ),
        ({}, [track(), track(columns=3)], ['"more" must have 2 columns', "got 3"]),
        (
            {},
            [track(), track(45)],
            ['take "more" must be as long as the take, 2.00 s (got 1.47 s)'],
        ),
        ({}, [track(), saved(control=np.zeros((7, 60, 2)))], ['"more" is for levels']),
        ({}, [track(), b"x"], ['The take "more" holds no array called "control"']),
        ({}, [track(), track(value=NAN)], ['The take "more"', "NaN"]),
        (
            {"takes": [{"name": "talk", "label": "a"}, {"name": "more"}]},
            [track(), track()],
            ['"talk" has a label and a control track', "not from both"],
        ),
        ({"columns": ["a", "a"]}, [track(), track()], ["different names"]),
        ({"columns": ["a", " "]}, [track(), track()], ["needs a name"]),
        ({"columns": ["a", "x" * 41]}, [track(), track()], ["got 41"]),
        ({"columns": ["a"] * 1025}, [track(), track()], ["number of columns", "got 1025", "1024"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_learn_request_with_invalid_controls_is_refused(
    backend: Backend, changes: dict[str, Any], controls: list[bytes], words: list[str]
) -> None:
    text = sentence(learn(backend, *controls, **changes), 422)
    assert all(word in text for word in words), text


SPAN = {"label": "loudness", "seconds": 2.0}


@pytest.mark.parametrize(
    ("changes", "controls", "words"),
    [
        ({}, [], ['"controls" is missing']),
        ({}, [track(), track()], ["one control track"]),
        ({}, [track(45)], ["45 rows", "1.50 s", "2 s"]),
        ({}, [track(columns=3)], ["column for each of the style's 2 labels", "(60, 3)"]),
        ({}, [saved(control=np.zeros(60))], ["shape (60,)"]),
        ({}, [saved(other=np.zeros((60, 2)))], ['no array called "control"']),
        ({"timeline": [SPAN]}, [track()], ["exclude each other"]),
        ({"control_seconds": 0.1}, [track(3)], ["length must be", "got 0.1"]),
        ({"control_seconds": NAN}, [track()], ["length must be", "got nan"]),
        ({"control_seconds": 301.0}, [track(9030)], ["301", "300"]),
        ({"control_seconds": None, "timeline": [SPAN]}, [track()], ['no "control_seconds"']),
        ({"control_seconds": None}, [track()], ["timeline is empty"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_blend_request_with_invalid_control_is_refused(
    backend: Backend, changes: dict[str, Any], controls: list[bytes], words: list[str]
) -> None:
    text = sentence(blend(backend, *controls, **changes), 422)
    assert all(word in text for word in words), text


def test_other_requests_with_controls_are_refused(backend: Backend) -> None:
    reply = backend.post({"kind": "generate"}, controls=[track()])
    assert reply.status_code == 422
