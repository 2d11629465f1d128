"""*Set up* for real: an environment with a package of our own, made without any network."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from blender_addon.link import installer as module
from blender_addon.link.installer import Installer, SetupState
from blender_addon.link.pythons import find_python, suits


def make_wheel(folder: Path, name: str) -> None:
    """The smallest wheel that pip installs."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "ANSWER = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, "anyframe_probe")
    return folder


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it but pip, made once because that takes a while."""
    folder = tmp_path_factory.mktemp("fresh") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


def make_installer(
    tmp_path: Path,
    requirement: str = "anyframe_probe==1.0",
    *,
    probe: str = "import anyframe_probe",
    copy_of: Path | None = None,
) -> Installer:
    """An installer of one package.

    Args:
        copy_of: an environment that is copied in place of making one.
    """
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{requirement}\n")
    folder = tmp_path / "user" / "env"
    setup = Installer(folder, requirements, probe=probe, find=lambda: sys.executable)
    if copy_of is not None:

        def copy() -> None:
            shutil.copytree(copy_of, folder, symlinks=True)
            (folder / ".version").write_text("incomplete")

        setup._create = copy
    return setup


def offline(index: Path) -> tuple[str, ...]:
    return ("--no-index", "--find-links", str(index))


def test_from_nothing_to_ready_and_away_again(tmp_path: Path, index: Path) -> None:
    setup = make_installer(tmp_path)
    assert setup.status.state is SetupState.ABSENT
    seen = []
    setup.start(pip_arguments=offline(index))
    assert setup.status.busy
    setup.wait(seen.append)
    assert setup.status.state is SetupState.READY, setup.status.error
    assert setup.status.error == ""
    assert setup.status.size > 10_000
    assert setup.python.is_file()
    assert any("anyframe_probe" in status.line.replace("-", "_") for status in seen)
    assert not (setup.folder.parent / "pip-cache").exists()

    assert make_installer(tmp_path).status.state is SetupState.READY
    assert make_installer(tmp_path, "another==2").status.state is SetupState.OUTDATED

    moved = setup.folder.parent / "elsewhere"
    shutil.copytree(setup.folder, moved, symlinks=True)
    assert Installer(moved, tmp_path / "requirements.txt").status.state is SetupState.MOVED

    config = setup.folder / "pyvenv.cfg"
    config.write_text(config.read_text().replace("home = ", "home = /nowhere"))
    assert setup.inspect().state is SetupState.MOVED

    setup.remove()
    setup.wait()
    assert setup.status.state is SetupState.ABSENT
    assert not setup.folder.exists()


def test_package_that_cannot_be_had(tmp_path: Path, index: Path, fresh: Path) -> None:
    setup = make_installer(tmp_path, "anyframe_missing==3", copy_of=fresh)
    setup.start(pip_arguments=offline(index))
    setup.wait()
    assert setup.status.state is SetupState.INCOMPLETE
    assert setup.status.error.startswith("pip could not install the backend: ERROR: ")
    assert "anyframe_missing" in setup.status.error.replace("-", "_")
    assert str(setup.log) in setup.status.error
    assert "ERROR" in setup.log.read_text()


def test_environment_that_does_not_work(tmp_path: Path, index: Path, fresh: Path) -> None:
    setup = make_installer(tmp_path, probe="import anyframe_nothing", copy_of=fresh)
    setup.start(pip_arguments=offline(index))
    setup.wait()
    assert setup.status.state is SetupState.INCOMPLETE
    assert "does not work: ModuleNotFoundError: No module named 'anyframe_nothing'" in (
        setup.status.error
    )


def test_no_python(tmp_path: Path) -> None:
    setup = make_installer(tmp_path)
    setup._find = lambda: None
    setup.start()
    setup.wait()
    assert setup.status.state is SetupState.ABSENT
    assert "No Python 3.11 to 3.13" in setup.status.error


def test_no_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NEEDED_BYTES", 2**60)
    setup = make_installer(tmp_path)
    setup.start()
    setup.wait()
    assert setup.status.state is SetupState.ABSENT
    assert "of free disk space" in setup.status.error


def test_cancel_leaves_it_incomplete(tmp_path: Path, index: Path, fresh: Path) -> None:
    setup = make_installer(tmp_path, probe="import time; time.sleep(60)", copy_of=fresh)
    setup.start(pip_arguments=offline(index))
    deadline = time.monotonic() + 60
    while setup.status.state is not SetupState.CHECKING and time.monotonic() < deadline:
        time.sleep(0.02)
    began = time.monotonic()
    setup.cancel()
    setup.wait()
    assert time.monotonic() - began < 5
    assert setup.status.state is SetupState.INCOMPLETE
    assert setup.status.error == "The set-up was cancelled."


def test_a_second_start_while_busy_does_nothing(tmp_path: Path, index: Path) -> None:
    setup = make_installer(tmp_path)
    setup.start(pip_arguments=offline(index))
    thread = setup._thread
    setup.start(pip_arguments=offline(index))
    assert setup._thread is thread
    setup.cancel()
    setup.wait()


def test_a_python_is_found_here() -> None:
    found = find_python()
    assert found is not None
    assert suits(found)


def test_what_does_not_suit(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho '[[2, 7], true]'\n")
    old.chmod(0o755)
    assert not suits(str(old))
    assert not suits(str(tmp_path / "missing"))
    assert not suits("/bin/false")
