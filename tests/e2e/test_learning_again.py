"""A style that version 0.1.0 learnt over HTTP is learnt again, in the same run folder.

`learning.json` tells what came of it. On the processor that it was recorded on the style is the
same to the last bit; on others its training may part ways, so there only its form is compared. A
run that was begun before an update goes on after it only if its folder and its state are called and
made up as before.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from tests.service.backend_child import Backend

from .record_reproducible_motions import ONE_THREAD, processor

SAVED = Path(__file__).parents[1] / "data" / "takes"
RECORD = json.loads((SAVED / "learning.json").read_text(encoding="utf-8"))


def learn(folder: Path) -> dict[str, Any]:
    """What the request of the record comes to, in the form of the record."""
    work = folder / "work"
    takes = [(SAVED / name).read_bytes() for name in RECORD["takes"]]
    variables = {**ONE_THREAD, "ANYFRAME_WORK": str(work)}
    with Backend(folder, engine=None, env=variables) as backend:
        reply = backend.post(RECORD["request"], takes=takes)
        assert reply.status_code == 202, reply.text
        job = reply.json()["id"]
        status = backend.wait(job, seconds=300)
        assert status["state"] == "done", status["error"]
        style = backend.take(job).content
    (run,) = work.iterdir()
    with safe_open(run / "state.safetensors", "np") as state:
        tensors = [f"{name} {state.get_slice(name).get_shape()}" for name in sorted(state.keys())]
        step = state.metadata()["step"]
    return {
        "folder": run.name,
        "files": sorted(path.name for path in run.iterdir()),
        "state": json.loads((run / "state.json").read_text(encoding="utf-8")),
        "step": step,
        "tensors": hashlib.sha256("\n".join(tensors).encode()).hexdigest(),
        "previews": status["previews"],
        "bytes": len(style),
        "style": hashlib.sha256(style).hexdigest(),
    }


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return learn(tmp_path_factory.mktemp("learning"))


def test_run_of_learning_keeps_its_folder_and_the_form_of_its_state(
    learnt: dict[str, Any],
) -> None:
    stored = ("folder", "files", "step", "tensors", "previews")
    assert all(learnt[name] == RECORD["result"][name] for name in stored)
    assert learnt["state"].keys() == RECORD["result"]["state"].keys()


def test_style_learnt_again_equals_its_record(learnt: dict[str, Any]) -> None:
    # Elsewhere numbers in the header may have more or fewer digits.
    assert learnt["bytes"] == pytest.approx(RECORD["result"]["bytes"], abs=2000)
    if processor() == RECORD["processor"]:
        assert learnt == RECORD["result"]
