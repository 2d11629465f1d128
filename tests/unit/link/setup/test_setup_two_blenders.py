"""Two Blenders share a user's folder: what one has done, the other notices and does not undo."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from blender_addon.link.setup import installer as module
from blender_addon.link.setup.accelerators import Accelerator
from blender_addon.link.setup.environments import environment_python
from blender_addon.link.setup.installer import Installer
from blender_addon.link.setup.locks import EnvironmentLock, is_in_use, setup_lock
from blender_addon.link.setup.state import SetupOptions, SetupState, SetupStatus
from tests.support.setup_fakes import make_installer, set_up, trouble, wait_for_sign

ROOT = Path(__file__).parents[4]


@pytest.fixture
def one(tmp_path: Path) -> Installer:
    return make_installer(tmp_path)


@pytest.fixture
def other(one: Installer, tmp_path: Path) -> Installer:
    """The other Blender; it was opened before the first set up."""
    return make_installer(tmp_path)


def environments(setup: Installer) -> list[str]:
    return sorted(path.name for path in setup.environments.root.glob("env*"))


def look(setup: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFRESH_SECONDS", 0.0)
    setup.refresh_status()
    if setup._refresh_thread is not None:
        setup._refresh_thread.join()


def test_start_after_other_blender_set_up_downloads_nothing(
    one: Installer, other: Installer
) -> None:
    set_up(one)
    set_up(other)
    assert other.status.state is SetupState.READY
    assert other.status.outcome == (
        "The backend has been set up meanwhile: PyTorch 2.13.0+fake, on processor; nothing had to "
        "be downloaded."
    )
    assert other.status.environment == one.status.environment
    assert environments(other) == ["env1"]


def test_repair_after_other_blender_repaired_does_nothing(
    one: Installer, other: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(one)
    monkeypatch.setenv("FAKE_PYTHON", trouble("probe", "fail"))
    for setup in (one, other):
        setup.check()
        setup.wait()
        assert setup.status.state is SetupState.BROKEN
    monkeypatch.delenv("FAKE_PYTHON")
    one.repair()
    one.wait()
    assert environments(one) == ["env2"]
    other.repair()
    other.wait()
    assert other.status.state is SetupState.READY
    assert environments(other) == ["env2"]


def test_start_with_other_options_sets_up_again(
    one: Installer, other: Installer, tmp_path: Path
) -> None:
    set_up(one)
    set_up(other, SetupOptions(python="/bin/false"))
    assert other.status.error.startswith("The Python must be a 64-bit Python")
    other.status = SetupStatus(SetupState.ABSENT)  # it was, when the other one looked
    stamp = one.status.environment
    assert stamp is not None
    one.environments.mark_complete(stamp.folder, replace(stamp, accelerator=Accelerator.ROCM.name))
    set_up(other)
    assert other.status.outcome.startswith("The backend is set up")
    assert environments(other) == ["env2"]


def test_start_while_ready_sets_up_again(one: Installer) -> None:
    set_up(one)
    set_up(one)
    assert one.status.outcome.startswith("The backend is set up")
    assert environments(one) == ["env2"]


def test_refresh_status_notices_another_blender(
    one: Installer, other: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with setup_lock(one.environments.root / "setup.lock"):
        set_up(other)
    look(other, monkeypatch)
    assert other.status.error.startswith("Another Blender is setting up"), "it still is, maybe"
    set_up(one)
    look(other, monkeypatch)
    assert other.status == SetupStatus(SetupState.READY, environment=one.status.environment)


def test_refresh_status_reads_the_disk_on_a_thread(
    other: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    monkeypatch.setattr(other, "_refresh", looks.append)
    other.refresh_status()
    assert not looks, "it has just looked"
    monkeypatch.setattr(other, "read_status", lambda: pytest.fail("it looked itself"))
    look(other, monkeypatch)
    assert looks == [other.status]
    other.status = SetupStatus(SetupState.READY)
    look(other, monkeypatch)
    other.status = SetupStatus(SetupState.DOWNLOADING)
    look(other, monkeypatch)
    assert len(looks) == 1, "there is nothing to be hoped for"


def test_refresh_status_keeps_work_started_meanwhile(one: Installer) -> None:
    before = one.status
    one.status = busy = SetupStatus(SetupState.DOWNLOADING)
    one._refresh(before)
    assert one.status is busy


def test_environment_in_use_is_not_deleted(one: Installer, other: Installer) -> None:
    set_up(one)
    assert one.hold_python() == environment_python(one.environments.root / "env1")
    set_up(other)  # which is that one
    set_up(other)  # and this is asked for again
    assert environments(other) == ["env1", "env2"]
    assert other.environments.current == other.environments.root / "env2"
    one.hold_python()
    set_up(other)
    assert environments(other) == ["env1", "env2", "env3"], "jobs may go on in both"
    one.close()
    set_up(other)
    assert environments(other) == ["env4"]


def test_start_releases_its_own_environment(one: Installer) -> None:
    set_up(one)
    one.hold_python()
    one.hold_python()
    set_up(one)
    assert environments(one) == ["env2"]
    one.hold_python()
    one.remove()
    one.wait()
    assert not list(one.environments.root.iterdir())


def test_remove_environment_in_use_is_an_error(one: Installer, other: Installer) -> None:
    set_up(one)
    other.hold_python()
    one.remove()
    one.wait()
    assert "Another Blender uses the backend" in one.status.error
    assert environments(one) == ["env1"] and one.environments.current is not None
    other.close()
    one.remove()
    one.wait()
    assert not list(one.environments.root.iterdir())


def test_environment_lock_holds_a_recreated_environment(tmp_path: Path) -> None:
    folder, use = tmp_path / "env1", EnvironmentLock()
    folder.mkdir()
    assert not is_in_use(folder)
    use.hold_environment(folder)
    assert is_in_use(folder)
    folder.rename(tmp_path / "deleted")
    folder.mkdir()
    assert not is_in_use(folder)
    use.hold_environment(folder)
    assert is_in_use(folder)
    assert not is_in_use(tmp_path / "deleted")
    use.release_environments()
    assert not is_in_use(folder)
    use.hold_environment(tmp_path / "nowhere")
    assert not is_in_use(tmp_path / "nowhere")


@pytest.fixture
def blender(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that uses an environment until it is killed."""
    script = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from blender_addon.link.setup.locks import EnvironmentLock
lock = EnvironmentLock()
lock.hold_environment(Path("env1"))
Path("sign").write_text("1")
time.sleep(600)
"""
    (tmp_path / "env1").mkdir()
    process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path)
    yield process
    process.kill()
    process.wait()


def test_environment_lock_ends_with_its_process(
    blender: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    wait_for_sign(tmp_path / "sign")
    assert is_in_use(tmp_path / "env1")
    os.kill(blender.pid, signal.SIGKILL)
    blender.wait()
    assert not is_in_use(tmp_path / "env1")
