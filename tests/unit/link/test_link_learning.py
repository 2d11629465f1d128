"""Styles as the add-on has them: learnt beside motions, and kept on a shelf."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blender_addon.backend.kinematics.body.take import load_take
from blender_addon.backend.protocol.limits import LimitError
from blender_addon.backend.protocol.style_file import StyleError, parse_style_info
from blender_addon.link.errors import JobError
from blender_addon.link.files.style_library import SHIPPED_STYLE, StyleLibrary
from blender_addon.link.http.jobs import Job, JobQueue, JobState
from blender_addon.link.process.child import BackendCommand
from tests.support.fake_backend import style_file

FAKE_BACKEND = Path(__file__).parents[2] / "support" / "fake_backend.py"
TAKES = [{"name": "a", "label": "walk"}, {"name": "b", "label": "run"}]


@pytest.fixture
def queue() -> Iterator[JobQueue]:
    jobs = JobQueue()
    yield jobs
    jobs.stop()


@pytest.fixture
def command(tmp_path: Path) -> BackendCommand:
    return BackendCommand((sys.executable, str(FAKE_BACKEND)), tmp_path, tmp_path / "backend.log")


def learn(queue: JobQueue, command: BackendCommand, name: str, finish: Any = None) -> Job:
    request = {"kind": "learn", "name": name, "takes": TAKES}
    takes = (b"one", b"two")
    default = lambda _job, data: ",".join(parse_style_info(data, "it").labels)  # noqa: E731
    return queue.submit(command, request, title=name, finish=finish or default, takes=takes)


def generate(queue: JobQueue, command: BackendCommand, prompt: str = "walk") -> Job:
    request = {"kind": "generate", "prompt": prompt, "seconds": 1.0, "fps": 24.0, "seed": 7}
    return queue.submit(command, request, title=prompt, finish=lambda _job, take: "done")


def tick_until(queue: JobQueue, condition: Any) -> None:
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        queue.tick()
        time.sleep(0.005)


def test_takes_go_there_and_a_style_comes_back(queue: JobQueue, command: BackendCommand) -> None:
    job = learn(queue, command, "mine")
    queue.wait(job)
    assert (job.state, job.message) == (JobState.DONE, "walk,run")
    assert len(load_take(job.preview)) == 20


def test_motions_are_made_while_a_style_is_learnt(queue: JobQueue, command: BackendCommand) -> None:
    job = learn(queue, command, "slow")
    tick_until(queue, lambda: job.status.step > 2)
    assert queue.current is job
    first, second = generate(queue, command), generate(queue, command)
    assert queue.current is first
    queue.wait(first)
    queue.wait(second)
    assert (first.state, second.state) == (JobState.DONE, JobState.DONE)
    assert not job.ended and queue.current is job
    step = job.status.step
    tick_until(queue, lambda: job.status.step > step)
    assert queue.cancel_all(include_preemptible=False) == 0 and not job.ended
    assert queue.cancel_all() == 1 and job.state is JobState.CANCELLED


def test_a_second_style_waits_for_the_first(queue: JobQueue, command: BackendCommand) -> None:
    first, second = learn(queue, command, "stroll"), learn(queue, command, "mine")
    motion = generate(queue, command)
    assert queue.learning_job is first
    queue.wait(motion)
    assert motion.state is JobState.DONE
    assert not first.ended and second.state is JobState.WAITING, "motions come first"
    queue.wait(second)
    assert first.state is second.state is JobState.DONE


def test_a_backend_that_ends_meanwhile_ends_both(queue: JobQueue, command: BackendCommand) -> None:
    job = learn(queue, command, "slow")
    tick_until(queue, lambda: job.status.step > 2)
    motion = generate(queue, command, "crash")
    queue.wait(motion)
    queue.wait(job)
    assert motion.error and "ended while it worked" in motion.error
    assert job.state is JobState.FAILED and job.error
    again = generate(queue, command)
    queue.wait(again)
    assert again.state is JobState.DONE


@pytest.fixture
def shelf(tmp_path: Path) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", tmp_path / "shipped.safetensors")


def test_a_shelf_of_styles(shelf: StyleLibrary, tmp_path: Path) -> None:
    assert shelf.styles == {}
    shelf.save_style("mine", style_file(["walk", "run"], seconds=4.0))
    (tmp_path / "styles" / "broken.safetensors").write_bytes(b"x")
    assert list(shelf.styles) == ["mine"]
    assert (shelf.resolve_name(""), shelf.resolve_name("mine")) == ("", "mine")
    assert shelf.styles["mine"].labels == ("walk", "run")
    assert shelf.read_style_bytes("mine") == style_file(["walk", "run"], seconds=4.0)
    assert shelf.name_of_hash(shelf.styles["mine"].hash) == "mine" and shelf.name_of_hash("0") == ""
    assert shelf.unused_name("mine") == "mine 2" and shelf.unused_name("other") == "other"
    (tmp_path / "shipped.safetensors").write_bytes(style_file(["jump"]))
    shelf.refresh()
    assert list(shelf.styles) == [SHIPPED_STYLE, "mine"]
    assert (shelf.resolve_name(""), shelf.resolve_name("mine")) == (SHIPPED_STYLE, "mine")
    assert shelf.read_style_bytes(SHIPPED_STYLE) == style_file(["jump"])
    shelf.delete_style("mine")
    assert list(shelf.styles) == [SHIPPED_STYLE]
    assert not list((tmp_path / "styles").glob(".*"))


def test_files_from_elsewhere(shelf: StyleLibrary, tmp_path: Path) -> None:
    source = tmp_path / "given.safetensors"
    source.write_bytes(style_file(["walk"]))
    assert shelf.import_style(source, "theirs").labels == ("walk",)
    source.write_bytes(style_file(["walk"])[:-1])
    with pytest.raises(StyleError, match=r"given\.safetensors is no style, or is cut short"):
        shelf.import_style(source, "theirs")
    with pytest.raises(JobError, match="There is no file"):
        shelf.import_style(tmp_path / "nothing", "theirs")
    with source.open("wb") as file:
        file.truncate(33 * 2**20)
    with pytest.raises(JobError, match="more than 32 MB"):
        shelf.import_style(source, "theirs")


def test_what_a_shelf_refuses(shelf: StyleLibrary, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="There are no styles yet"):
        shelf.find_style("mine")
    shelf.save_style("mine", style_file(["walk"]))
    with pytest.raises(JobError, match=r"no style “mime”; did you mean “mine”\? There are: mine"):
        shelf.find_style("mime")
    with pytest.raises(JobError, match="No style is chosen"):
        shelf.find_style("")
    with pytest.raises(LimitError, match="name must begin with a letter"):
        shelf.save_style("../mine", style_file(["walk"]))
    with pytest.raises(StyleError, match="“mine” is no style"):
        shelf.save_style("mine", b"x")
    with pytest.raises(JobError, match="comes with Anyframe"):
        shelf.save_style(SHIPPED_STYLE, style_file(["walk"]))
    with pytest.raises(JobError, match="comes with Anyframe"):
        shelf.delete_style(SHIPPED_STYLE)
    with pytest.raises(JobError, match="There is no style “other”"):
        shelf.delete_style("other")
    assert shelf.read_style_bytes("mine") == style_file(["walk"])
    path = tmp_path / "styles" / "mine.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StyleError, match="damaged or was changed"):
        shelf.read_style_bytes("mine")
