"""*Set up* for real: a venv and pip, with small wheels of our own and without any network."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blender_addon.link.setup import installer
from blender_addon.link.setup.accelerators import (
    Accelerator,
    AcceleratorDetection,
    DetectedAccelerator,
)
from blender_addon.link.setup.installer import Installer
from blender_addon.link.setup.programs import ProgramRunner
from blender_addon.link.setup.pythons import Python, inspect_python
from blender_addon.link.setup.state import SetupOptions, SetupState
from blender_addon.link.setup.targets import InstallTarget
from tests.support.setup_fakes import set_up
from tests.support.tiny_wheels import PROBE, make_index, make_wheel

WINDOWS = InstallTarget("win32", "AMD64", (3, 13, 0))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with all wheels, and lists of them beside it."""
    make_index(tmp_path / "wheels", tmp_path / "lists")
    return tmp_path / "wheels"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it but pip, made once because that takes a while."""
    folder = tmp_path_factory.mktemp("fresh") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


@pytest.fixture
def quick(setup: Installer, fresh: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    """An installer that copies an environment in place of making one."""

    def copy(programs: ProgramRunner, python: Python, folder: Path) -> None:
        shutil.copytree(fresh, folder, symlinks=True, dirs_exist_ok=True)

    monkeypatch.setattr(installer, "create_venv", copy)
    return setup


@pytest.fixture
def setup(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    """An installer whose pip finds what it downloads in the folder of wheels."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    (tmp_path / "user").mkdir()
    return Installer(
        tmp_path / "user",
        tmp_path / "lists",
        self_test=PROBE,
        find_pythons=this_python,
        detection=AcceleratorDetection(lambda: DetectedAccelerator(Accelerator.CPU)),
    )


def this_python() -> tuple[Python, ...]:
    python = inspect_python(sys.executable)
    assert python is not None
    return (python,)


def test_real_pip_downloads_installs_repairs_and_removes(
    tmp_path: Path, setup: Installer, wheels: Path
) -> None:
    seen = []
    setup.start()
    setup.wait(seen.append)
    assert setup.status.state is SetupState.READY, setup.status.error
    assert setup.status.environment is not None
    assert setup.status.environment.torch == "2.13.0"
    assert setup.status.environment.size > 1_000_000
    packages = next((tmp_path / "user" / "env1").glob("lib*/python*/site-packages"))
    assert (packages / "anyframe_probe.py").exists()
    assert not (packages / "only_on_windows.py").exists()
    assert not setup.environments.downloads.exists()

    setup.download(SetupOptions(), WINDOWS, tmp_path / "for windows")
    setup.wait()
    assert setup.status.outcome == (
        f"All packages for Windows with Python 3.13 are in {tmp_path / 'for windows'}."
    )
    names = sorted(path.name.split("-")[0] for path in (tmp_path / "for windows").iterdir())
    assert names == ["anyframe_probe", "only_on_windows", "pip", "torch"]

    (tmp_path / "user").rename(tmp_path / "moved")
    moved = Installer(
        tmp_path / "moved", tmp_path / "lists", self_test=PROBE, find_pythons=this_python
    )
    assert moved.status.state is SetupState.MOVED
    wheels.rename(tmp_path / "away")
    moved.repair(SetupOptions(may_download=False))
    moved.wait()
    assert moved.status.outcome == "The environment was repaired; nothing had to be downloaded."
    moved.check()
    moved.wait()
    assert moved.status.outcome.startswith("It works: "), moved.status.error

    # The Python that it came from was removed: its link leads to nowhere.
    home = moved.environments.root / "env1" / "bin" / "python"
    home.unlink()
    home.symlink_to("/nowhere/python3")
    assert moved.read_status().state is SetupState.MOVED
    moved.repair(SetupOptions(may_download=False))
    moved.wait()
    assert moved.status.state is SetupState.READY, moved.status.error
    subprocess.run([moved.python, "-c", "import anyframe_probe"], check=True)

    moved.remove()
    moved.wait()
    assert not list((tmp_path / "moved").iterdir())


def test_real_pip_installs_from_a_wheels_folder(
    quick: Installer, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right one of two builds is taken, though to pip the other is the better."""
    monkeypatch.delenv("PIP_FIND_LINKS")
    make_wheel(wheels, "torch", "2.13.0+cpu")
    before = sorted(wheels.iterdir())
    set_up(quick, SetupOptions(wheels=wheels, may_download=False))
    assert quick.status.state is SetupState.READY, quick.status.error
    assert quick.status.environment is not None
    assert quick.status.environment.torch == "2.13.0"
    assert sorted(wheels.iterdir()) == before
    assert not quick.environments.downloads.exists()


def test_wheels_folder_incomplete_is_an_error(quick: Installer, wheels: Path) -> None:
    for path in wheels.glob("anyframe_probe*"):
        path.unlink()
    for path in wheels.glob("torch*"):
        path.write_bytes(path.read_bytes() + b"changed")
    set_up(quick, SetupOptions(wheels=wheels))
    version = ".".join(map(str, sys.version_info[:2]))
    assert quick.status.error == (
        f"The wheels folder {wheels} lacks anyframe-probe 1.0, torch 2.13.0 for Linux with Python "
        f"{version} and “Processor”: put them there, or leave the field empty to download."
    )
    assert quick.status.state is SetupState.ABSENT


def test_wheels_folder_selects_the_python_it_was_filled_for(
    quick: Installer, wheels: Path, tmp_path: Path
) -> None:
    """Of two Pythons the second is taken, because the first finds nothing of its version."""
    (this,) = this_python()
    newer = Python("/nowhere/python", InstallTarget("linux", "x86_64", (3, 13, 9)))
    tags = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    line = make_wheel(wheels, "for_this", tags=f"{tags}-none-any")
    with (tmp_path / "lists" / "packages.txt").open("a") as file:
        file.write(line)
    quick._find_pythons = lambda: (newer, this)
    set_up(quick, SetupOptions(wheels=wheels))
    assert quick.status.state is SetupState.READY, quick.status.error


def test_real_pip_changed_package_is_not_installed(quick: Installer, wheels: Path) -> None:
    make_wheel(wheels, "anyframe_probe", tags="py2.py3-none-any")
    (wheels / "anyframe_probe-1.0-py3-none-any.whl").unlink()
    set_up(quick)
    assert "not the one that this version was tested with" in quick.status.error
    assert quick.status.state is SetupState.INCOMPLETE


def test_real_pip_unavailable_package_is_an_error(quick: Installer, wheels: Path) -> None:
    (wheels / "anyframe_probe-1.0-py3-none-any.whl").unlink()
    set_up(quick)
    assert quick.status.error.startswith("pip could not download the backend: ERROR: ")
    assert "anyframe-probe" in quick.status.error.replace("_", "-")
    assert "ERROR" in quick.environments.log.read_text()


def test_download_wheels_needs_an_environment(quick: Installer, tmp_path: Path) -> None:
    quick.download(SetupOptions(), WINDOWS, tmp_path / "for windows")
    quick.wait()
    assert quick.status.error.startswith("Set up the backend on this computer first")
    assert not (tmp_path / "for windows").exists()
