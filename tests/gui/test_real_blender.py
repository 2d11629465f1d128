"""The tool that makes a Debian with today's Blender: what it refuses, shares and leaves alone."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import real_blender

HAS_NAMESPACES = (
    sys.platform.startswith("linux")
    and os.geteuid() == 0
    and subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode
    == 0
)
needs_namespaces = pytest.mark.skipif(
    not HAS_NAMESPACES, reason="Mount namespaces need root on Linux."
)


@pytest.fixture
def absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is not there."""
    path = tmp_path / "debian"
    monkeypatch.setenv("ANYFRAME_BLENDER_FOLDER", str(path))
    return path


def test_setup_without_root_explains_and_makes_nothing(
    absent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(real_blender.UnavailableError, match="needs root"):
        real_blender.setup()
    assert "needs root" in real_blender.unavailable_reason()
    assert list(absent.parent.iterdir()) == []


def test_setup_without_debootstrap_names_it(absent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    which = shutil.which
    monkeypatch.setattr(
        shutil, "which", lambda name: None if name == "debootstrap" else which(name)
    )
    with pytest.raises(real_blender.UnavailableError, match="needs debootstrap"):
        real_blender.setup()


def test_why_not_without_the_folder_names_the_command(
    absent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert str(absent) in real_blender.unavailable_reason()
    assert "tools/real_blender.py setup" in real_blender.unavailable_reason()


def test_mirror_named_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYFRAME_BLENDER_MIRROR", "http://mirror.example/debian")
    assert real_blender._mirror() == "http://mirror.example/debian"


def test_outermost_leaves_out_what_lies_inside_another(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    beside = tmp_path / "outer2"
    beside.mkdir()
    given = [inner, beside, tmp_path / "outer"]
    assert real_blender._outermost(given) == [tmp_path / "outer", beside]


def test_interpreter_paths_of_this_python_hold_its_program_and_library() -> None:
    paths = real_blender.interpreter_paths(Path(sys.executable))
    for needed in (Path(os.path.realpath(sys.executable)), Path(os.__file__).resolve()):
        assert any(needed.is_relative_to(path) for path in paths), (needed, paths)
    assert Path("/usr") not in paths


@needs_namespaces
def test_remove_refuses_where_something_is_mounted(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "file").touch()
    script = f"""
import subprocess
from pathlib import Path
from tools import real_blender
subprocess.run(["mount", "-t", "tmpfs", "none", {str(tree / "inner")!r}], check=True)
try:
    real_blender._remove(Path({str(tree)!r}))
except real_blender.UnavailableError as error:
    print(error)
"""
    done = subprocess.run(
        [*real_blender._namespace(), sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "is mounted: unmount it first." in done.stdout
    assert (tree / "file").exists()


@needs_namespaces
def test_what_runs_in_a_namespace_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    sleeper = ["sh", "-c", f"while :; do date +%N > {beat}; sleep 0.05; done"]
    script = f"import subprocess; subprocess.run({[*real_blender._namespace(), *sleeper]!r})"
    starter = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 20.0
    while not beat.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    starter.kill()
    starter.wait()
    while time.monotonic() < deadline:
        before = beat.read_text()
        time.sleep(0.5)
        if beat.read_text() == before:
            return
    pytest.fail("It goes on without the process that started it.")
