"""Where a set-up writes: in the user's folder, or on Windows in one with a shorter path."""

import errno
import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from blender_addon.link.setup import venvs
from blender_addon.link.setup.environments import Environments
from blender_addon.link.setup.installer import Installer
from blender_addon.link.setup.programs import ProgramRunner
from blender_addon.link.setup.pythons import Python
from blender_addon.link.setup.state import EnvironmentInfo, SetupError, SetupState
from blender_addon.link.setup.targets import InstallTarget
from tests.support.setup_fakes import make_installer, set_up, write_python

FACTS = EnvironmentInfo(Path(), "", "CPU", "3.11.7", "2.13.0", "processor", 1)
WINDOWS_PATH = 259


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The add-on's folder on a Windows computer whose local data are in `local`."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    folder = tmp_path / "user"
    folder.mkdir()
    return folder


def made(user: Path) -> Environments:
    return Environments(user, user / "lists")


def test_environments_on_windows_are_in_a_short_folder(tmp_path: Path, user: Path) -> None:
    environments = made(user)
    assert environments.root == tmp_path / "local" / "anyframe"
    ours = (
        environments.downloads,
        environments.log,
        environments.backend_log,
        environments.requirement_list,
    )
    assert {path.parent for path in ours} == {environments.root}
    assert environments.learning_folder == user / "learning"
    assert environments.inspect() == (SetupState.ABSENT, None)
    assert environments.create_incomplete() == environments.root / "env1"


def test_environments_existing_in_user_folder_stay_in_use(user: Path) -> None:
    old = user / "env1"
    old.mkdir()
    (old / ".version").write_text("incomplete")
    assert made(user).root != user
    made(user).mark_complete(old, FACTS)
    assert made(user).root == user
    assert made(user).current == old


def test_environments_elsewhere_are_in_the_user_folder(
    user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCALAPPDATA")
    assert made(user).root == user
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    monkeypatch.setattr(sys, "platform", "linux")
    assert made(user).root == user


def test_installer_creates_its_folder(
    tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = Installer(user, tmp_path / "lists", self_test="print('[1, 2, 3]')")
    monkeypatch.setattr(sys, "platform", "linux")
    setup.check(sys.executable)
    setup.wait()
    assert setup.status.outcome == "It works: Python 1, PyTorch 2, on 3."


def test_longest_relative_path_is_that_of_pytorch() -> None:
    """Its files as they lie on Windows, with the longest name of a build that there is."""
    torch = metadata.distribution("torch")
    name = f"torch-{torch.version}.dist-info"
    on_windows = f"torch-{torch.version.partition('+')[0]}+cu126.dist-info"
    files = (str(path).replace(name, on_windows) for path in torch.files or ())
    longest = max(len("Lib/site-packages/") + len(path) for path in files)
    assert longest <= venvs.LONGEST_RELATIVE_PATH
    usual = r"C:\Users\a name of 20 letters\AppData\Local\anyframe\env99"
    assert len(usual) + 1 + venvs.LONGEST_RELATIVE_PATH <= WINDOWS_PATH


def test_create_venv_too_long_path_is_an_error(
    tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venvs, "LONGEST_RELATIVE_PATH", 5000)
    python = Python("python", InstallTarget("win32", "AMD64", (3, 11, 7)))
    with pytest.raises(SetupError) as caught:
        venvs.create_venv(ProgramRunner(tmp_path, tmp_path / "log"), python, user)
    assert f"Paths in {user} become too long" in str(caught.value)
    assert "“Python of the Backend”" in str(caught.value)
    assert "policies" not in str(caught.value), "Blender does not heed them"


def test_create_venv_full_disk_is_not_a_long_path(
    tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touch(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "touch", touch)
    python = Python("python", InstallTarget("win32", "AMD64", (3, 11, 7)))
    with pytest.raises(OSError, match="No space left"):
        venvs.create_venv(ProgramRunner(tmp_path, tmp_path / "log"), python, user)


def test_create_venv_other_systems_allow_long_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some disks of Linux allow names of 143 bytes, but paths as long as any."""
    monkeypatch.setattr(venvs, "LONGEST_RELATIVE_PATH", 5000)
    folder = tmp_path / "env1"
    folder.mkdir()
    programs = ProgramRunner(tmp_path, tmp_path / "log")
    venvs.create_venv(programs, write_python(tmp_path / "home"), folder)
    assert (folder / "bin" / "python").exists()


def test_remove_deletes_unfinished_learning(tmp_path: Path) -> None:
    setup = make_installer(tmp_path)
    set_up(setup)
    user = tmp_path / "user"
    (user / "learning" / "walk").mkdir(parents=True)
    (user / "learning" / "walk" / "checkpoint").write_text("levels")
    (user / "styles").mkdir()
    setup.remove()
    setup.wait()
    assert [path.name for path in user.iterdir()] == ["styles"]
