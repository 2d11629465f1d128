"""Styles in the add-on: learning beside other jobs, and the style library."""

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
from blender_addon.link.http.jobs import ClientJobQueue, Job, JobState
from blender_addon.link.process.child import BackendCommand
from tests.support.fake_backend import style_file

FAKE_BACKEND = Path(__file__).parents[2] / "support" / "fake_backend.py"
TAKES = [{"name": "a", "label": "walk"}, {"name": "b", "label": "run"}]


@pytest.fixture
def queue() -> Iterator[ClientJobQueue]:
    jobs = ClientJobQueue()
    yield jobs
    jobs.stop()


@pytest.fixture
def command(tmp_path: Path) -> BackendCommand:
    return BackendCommand((sys.executable, str(FAKE_BACKEND)), tmp_path, tmp_path / "backend.log")


def learn(queue: ClientJobQueue, command: BackendCommand, name: str, finish: Any = None) -> Job:
    request = {"kind": "learn", "name": name, "takes": TAKES}
    takes = (b"one", b"two")
    default = lambda _job, data: ",".join(parse_style_info(data, "it").labels)  # noqa: E731
    return queue.submit(command, request, title=name, finish=finish or default, takes=takes)


def generate(queue: ClientJobQueue, command: BackendCommand, prompt: str = "walk") -> Job:
    request = {"kind": "generate", "prompt": prompt, "seconds": 1.0, "fps": 24.0, "seed": 7}
    return queue.submit(command, request, title=prompt, finish=lambda _job, take: "done")


def tick_until(queue: ClientJobQueue, condition: Any) -> None:
    deadline = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        queue.tick()
        time.sleep(0.005)


def test_learn_job_sends_takes_and_returns_a_style(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    job = learn(queue, command, "mine")
    queue.wait(job)
    assert (job.state, job.message) == (JobState.DONE, "walk,run")
    assert len(load_take(job.preview)) == 20


def test_learn_job_in_progress_lets_motions_run(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
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


def test_learn_job_second_waits_for_the_first(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
    first, second = learn(queue, command, "stroll"), learn(queue, command, "mine")
    motion = generate(queue, command)
    assert queue.learning_job is first
    queue.wait(motion)
    assert motion.state is JobState.DONE
    assert not first.ended and second.state is JobState.WAITING, "motions come first"
    queue.wait(second)
    assert first.state is second.state is JobState.DONE


def test_learn_job_backend_that_ends_fails_both_jobs(
    queue: ClientJobQueue, command: BackendCommand
) -> None:
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
def library(tmp_path: Path) -> StyleLibrary:
    return StyleLibrary(tmp_path / "styles", tmp_path / "shipped.safetensors")


def test_style_library_saves_lists_and_deletes_styles(
    library: StyleLibrary, tmp_path: Path
) -> None:
    assert library.styles == {}
    library.save_style("mine", style_file(["walk", "run"], seconds=4.0))
    (tmp_path / "styles" / "broken.safetensors").write_bytes(b"x")
    assert list(library.styles) == ["mine"]
    assert (library.resolve_name(""), library.resolve_name("mine")) == ("", "mine")
    assert library.styles["mine"].labels == ("walk", "run")
    assert library.read_style_bytes("mine") == style_file(["walk", "run"], seconds=4.0)
    assert (
        library.name_of_hash(library.styles["mine"].hash) == "mine"
        and library.name_of_hash("0") == ""
    )
    assert library.unused_name("mine") == "mine 2" and library.unused_name("other") == "other"
    (tmp_path / "shipped.safetensors").write_bytes(style_file(["jump"]))
    library.refresh()
    assert list(library.styles) == [SHIPPED_STYLE, "mine"]
    assert (library.resolve_name(""), library.resolve_name("mine")) == (SHIPPED_STYLE, "mine")
    assert library.read_style_bytes(SHIPPED_STYLE) == style_file(["jump"])
    library.delete_style("mine")
    assert list(library.styles) == [SHIPPED_STYLE]
    assert not list((tmp_path / "styles").glob(".*"))


def test_style_library_import_checks_the_file(library: StyleLibrary, tmp_path: Path) -> None:
    source = tmp_path / "given.safetensors"
    source.write_bytes(style_file(["walk"]))
    assert library.import_style(source, "theirs").labels == ("walk",)
    source.write_bytes(style_file(["walk"])[:-1])
    with pytest.raises(StyleError, match=r"given\.safetensors is no style, or is cut short"):
        library.import_style(source, "theirs")
    with pytest.raises(JobError, match="There is no file"):
        library.import_style(tmp_path / "nothing", "theirs")
    with source.open("wb") as file:
        file.truncate(33 * 2**20)
    with pytest.raises(JobError, match="at most 32 MB"):
        library.import_style(source, "theirs")


def test_style_library_bad_names_are_refused(library: StyleLibrary, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="There are no styles yet"):
        library.find_style("mine")
    library.save_style("mine", style_file(["walk"]))
    with pytest.raises(JobError, match=r"no style “mime”; did you mean “mine”\? There are: mine"):
        library.find_style("mime")
    with pytest.raises(JobError, match="No style is chosen"):
        library.find_style("")
    with pytest.raises(LimitError, match="name must begin with a letter"):
        library.save_style("../mine", style_file(["walk"]))
    with pytest.raises(StyleError, match="“mine” is no style"):
        library.save_style("mine", b"x")
    with pytest.raises(JobError, match="comes with Anyframe"):
        library.save_style(SHIPPED_STYLE, style_file(["walk"]))
    with pytest.raises(JobError, match="comes with Anyframe"):
        library.delete_style(SHIPPED_STYLE)
    with pytest.raises(JobError, match="There is no style “other”"):
        library.delete_style("other")
    assert library.read_style_bytes("mine") == style_file(["walk"])
    path = tmp_path / "styles" / "mine.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(StyleError, match="damaged or was changed"):
        library.read_style_bytes("mine")
