"""*Set up* for real: a venv and pip, with small wheels of our own and without any network."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from blender_addon.link.setup.accelerators import Accelerator, Detection, Found
from blender_addon.link.setup.installer import Installer, Wishes
from blender_addon.link.setup.pythons import Python, ask
from blender_addon.link.setup.state import SetupState
from blender_addon.link.setup.targets import Target
from tests.unit.setup_fakes import set_up

PROBE = """
import json, platform
import anyframe_probe, torch
print(json.dumps([platform.python_version(), torch.__version__, "processor"]))
"""
WINDOWS = Target("win32", "AMD64", (3, 13, 0))


def make_wheel(folder: Path, name: str, version: str = "1.0", tags: str = "py3-none-any") -> str:
    """The smallest wheel that pip installs; returns its line in a list of pins."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"__version__ = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-{tags}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"


@pytest.fixture(scope="module")
def pip_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This Python's own pip as a wheel, packed from where it is installed."""
    import pip

    folder = tmp_path_factory.mktemp("pip")
    package = Path(pip.__file__).parent
    (info,) = package.parent.glob(f"pip-{pip.__version__}.dist-info")
    path = folder / f"pip-{pip.__version__}-py3-none-any.whl"
    record = f"{info.name}/RECORD"
    with zipfile.ZipFile(path, "w") as wheel:
        names = []
        for file in [*sorted(package.rglob("*.py")), *sorted(package.rglob("*.pem"))]:
            names.append(file.relative_to(package.parent).as_posix())
            wheel.write(file, names[-1])
        for file in ("METADATA", "WHEEL", "entry_points.txt"):
            names.append(f"{info.name}/{file}")
            wheel.write(info / file, names[-1])
        wheel.writestr(record, "".join(f"{name},,\n" for name in [*names, record]))
    return path


@pytest.fixture
def wheels(tmp_path: Path, pip_wheel: Path) -> Path:
    """A folder with all wheels, and lists of them beside it."""
    folder, lists = tmp_path / "wheels", tmp_path / "lists"
    folder.mkdir()
    lists.mkdir()
    shutil.copy(pip_wheel, folder)
    digest = hashlib.sha256(pip_wheel.read_bytes()).hexdigest()
    version = pip_wheel.name.split("-")[1]
    lines = [
        f"pip=={version} --hash=sha256:{digest}\n",
        make_wheel(folder, "anyframe_probe"),
        make_wheel(folder, "only_on_windows").replace(" ", " ; sys_platform == 'win32' ", 1),
    ]
    (lists / "packages.txt").write_text("".join(lines))
    torch = make_wheel(folder, "torch", "2.13.0")
    for name in ("torch.txt", "torch-cpu.txt"):
        (lists / name).write_text(torch)
    return folder


@pytest.fixture
def setup(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    """An installer whose pip finds what it downloads in the folder of wheels."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    (tmp_path / "user").mkdir()
    return Installer(
        tmp_path / "user",
        tmp_path / "lists",
        probe=PROBE,
        find=this_python,
        detection=Detection(lambda: Found(Accelerator.CPU)),
    )


def this_python() -> tuple[Python, ...]:
    python = ask(sys.executable)
    assert python is not None
    return (python,)


def test_downloaded_installed_checked_moved_mended_removed(
    tmp_path: Path, setup: Installer, wheels: Path
) -> None:
    seen = []
    setup.start()
    setup.wait(seen.append)
    assert setup.status.state is SetupState.READY, setup.status.error
    assert setup.status.facts is not None
    assert setup.status.facts.torch == "2.13.0"
    assert setup.status.facts.size > 1_000_000
    packages = next((tmp_path / "user" / "env1").glob("lib*/python*/site-packages"))
    assert (packages / "anyframe_probe.py").exists()
    assert not (packages / "only_on_windows.py").exists()
    assert not setup.environments.downloads.exists()

    setup.download(Wishes(), WINDOWS, tmp_path / "for windows")
    setup.wait()
    assert setup.status.done == (
        f"All packages for Windows with Python 3.13 are in {tmp_path / 'for windows'}."
    )
    names = sorted(path.name.split("-")[0] for path in (tmp_path / "for windows").iterdir())
    assert names == ["anyframe_probe", "only_on_windows", "pip", "torch"]

    (tmp_path / "user").rename(tmp_path / "moved")
    moved = Installer(tmp_path / "moved", tmp_path / "lists", probe=PROBE, find=this_python)
    assert moved.status.state is SetupState.MOVED
    wheels.rename(tmp_path / "away")
    moved.repair(Wishes(may_download=False))
    moved.wait()
    assert moved.status.done == "The environment was repaired; nothing had to be downloaded."
    moved.check()
    moved.wait()
    assert moved.status.done.startswith("It works: "), moved.status.error

    # The Python that it came from was removed: its link leads to nowhere.
    home = moved.environments.root / "env1" / "bin" / "python"
    home.unlink()
    home.symlink_to("/nowhere/python3")
    assert moved.inspect().state is SetupState.MOVED
    moved.repair(Wishes(may_download=False))
    moved.wait()
    assert moved.status.state is SetupState.READY, moved.status.error
    subprocess.run([moved.python, "-c", "import anyframe_probe"], check=True)

    moved.remove()
    moved.wait()
    assert not list((tmp_path / "moved").iterdir())


def test_from_a_folder_of_wheels(
    setup: Installer, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right one of two builds is taken, though to pip the other is the better."""
    monkeypatch.delenv("PIP_FIND_LINKS")
    make_wheel(wheels, "torch", "2.13.0+cpu")
    before = sorted(wheels.iterdir())
    set_up(setup, Wishes(wheels=wheels, may_download=False))
    assert setup.status.state is SetupState.READY, setup.status.error
    assert setup.status.facts is not None
    assert setup.status.facts.torch == "2.13.0"
    assert sorted(wheels.iterdir()) == before
    assert not setup.environments.downloads.exists()


def test_a_folder_that_lacks_wheels(setup: Installer, wheels: Path) -> None:
    for path in wheels.glob("anyframe_probe*"):
        path.unlink()
    for path in wheels.glob("torch*"):
        path.write_bytes(path.read_bytes() + b"changed")
    set_up(setup, Wishes(wheels=wheels))
    version = ".".join(map(str, sys.version_info[:2]))
    assert setup.status.error == (
        f"The wheels folder {wheels} lacks anyframe-probe 1.0, torch 2.13.0 for Linux with Python "
        f"{version} and “Processor”: put them there, or leave the field empty to download."
    )
    assert setup.status.state is SetupState.ABSENT


def test_the_python_that_a_folder_was_filled_for(
    setup: Installer, wheels: Path, tmp_path: Path
) -> None:
    """Of two Pythons the second is taken, because the first finds nothing of its version."""
    (this,) = this_python()
    newer = Python("/nowhere/python", Target("linux", "x86_64", (3, 13, 9)))
    tags = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    line = make_wheel(wheels, "for_this", tags=f"{tags}-none-any")
    with (tmp_path / "lists" / "packages.txt").open("a") as file:
        file.write(line)
    setup._find = lambda: (newer, this)
    set_up(setup, Wishes(wheels=wheels))
    assert setup.status.state is SetupState.READY, setup.status.error


def test_a_package_that_was_changed_is_not_installed(setup: Installer, wheels: Path) -> None:
    make_wheel(wheels, "anyframe_probe", tags="py2.py3-none-any")
    (wheels / "anyframe_probe-1.0-py3-none-any.whl").unlink()
    set_up(setup)
    assert "not the one that this version was tested with" in setup.status.error
    assert setup.status.state is SetupState.INCOMPLETE


def test_a_package_that_cannot_be_had(setup: Installer, wheels: Path) -> None:
    (wheels / "anyframe_probe-1.0-py3-none-any.whl").unlink()
    set_up(setup)
    assert setup.status.error.startswith("pip could not download the backend: ERROR: ")
    assert "anyframe-probe" in setup.status.error.replace("_", "-")
    assert "ERROR" in setup.environments.log.read_text()


def test_wheels_for_others_need_an_environment_here(setup: Installer, tmp_path: Path) -> None:
    setup.download(Wishes(), WINDOWS, tmp_path / "for windows")
    setup.wait()
    assert setup.status.error.startswith("Set up the backend on this computer first")
    assert not (tmp_path / "for windows").exists()
