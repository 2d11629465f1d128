"""The steps of *Set up* with a Python that pretends: each fails, hangs, runs out of disk."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blender_addon.link.setup import installer as module
from blender_addon.link.setup import programs
from blender_addon.link.setup.environments import environment_python
from blender_addon.link.setup.installer import Installer
from blender_addon.link.setup.locks import setup_lock
from blender_addon.link.setup.state import SetupOptions, SetupState
from tests.support.setup_fakes import (
    ALL,
    NAMES,
    STEPS,
    installed,
    is_gone,
    make_installer,
    set_up,
    trouble,
    wait_for_sign,
    write_lists,
)

ROOT = Path(__file__).parents[4]


@pytest.fixture
def setup(tmp_path: Path) -> Installer:
    return make_installer(tmp_path)


@pytest.fixture
def ready(setup: Installer) -> Installer:
    set_up(setup)
    assert setup.status.state is SetupState.READY, setup.status.error
    return setup


def test_installer_sets_up_and_removes(tmp_path: Path, setup: Installer) -> None:
    assert setup.status.state is SetupState.ABSENT
    seen = []
    setup.start()
    assert setup.status.busy
    setup.wait(seen.append)
    assert setup.status.state is SetupState.READY, setup.status.error
    assert setup.status.outcome == "The backend is set up: PyTorch 2.13.0+fake, on processor."
    assert installed(setup) == ALL
    order = list(dict.fromkeys(status.state for status in seen))
    steps = [SetupState.FINDING, SetupState.CREATING, SetupState.DOWNLOADING]
    steps += [SetupState.INSTALLING, SetupState.CHECKING]
    assert order == [step for step in steps if step in order]
    facts = setup.status.environment
    assert facts is not None
    assert (facts.python, facts.torch, facts.device) == ("3.11.7", "2.13.0+fake", "processor")
    assert facts.accelerator == "CPU"
    environment = tmp_path / "user" / "env1"
    files = [path for path in environment.rglob("*") if path.is_file()]
    stamp = (environment / ".version").stat().st_size
    assert facts.size == sum(path.stat().st_size for path in files) - stamp + len("incomplete")
    left = sorted(path.name for path in (tmp_path / "user").iterdir())
    assert left == ["env1", "setup.log"]
    assert make_installer(tmp_path).status.environment == facts

    (tmp_path / "user" / "backend.log").write_text("the backend's")
    setup.remove()
    setup.wait()
    assert setup.status.state is SetupState.ABSENT
    assert not list((tmp_path / "user").iterdir())


def test_installer_reports_download_progress(
    setup: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = []
    monkeypatch.setattr(module, "Pip", lambda *arguments: _RecordingPip(reports, *arguments))
    set_up(setup)
    assert setup.status.state is SetupState.READY, setup.status.error
    lines = [line for line, _ in reports]
    fractions = [fraction for _, fraction in reports]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0 < fractions[-1] < 1.0
    assert "0 of 5 packages · alpha · 0 of 0 MB" in lines
    assert "Progress 500 of 1000" in setup.environments.log.read_text(), "the first pip is older"
    assert setup.environments.log.read_text().count("Progress 500") == 1


class _RecordingPip(module.Pip):
    def __init__(self, reports, *arguments) -> None:
        *others, report = arguments
        super().__init__(*others, lambda *values: (reports.append(values), report(*values))[1])


@pytest.mark.parametrize("step", STEPS)
def test_installer_failed_step_leaves_no_environment(
    setup: Installer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setenv("FAKE_PYTHON", trouble(step, "fail"))
    set_up(setup)
    state = setup.status.state
    downloaded = setup.environments.downloads.exists()
    assert state is (SetupState.INCOMPLETE if downloaded else SetupState.ABSENT)
    assert "It refuses to work" in setup.status.error
    assert str(setup.environments.log) in setup.status.error
    assert not list(setup.environments.root.glob("env*"))
    monkeypatch.delenv("FAKE_PYTHON")
    set_up(setup)
    assert installed(setup) == ALL


@pytest.mark.parametrize("step", STEPS)
def test_installer_failed_step_keeps_the_old_environment(
    ready: Installer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = ready.status.environment
    monkeypatch.setenv("FAKE_PYTHON", trouble(step, "fail"))
    set_up(ready)
    assert ready.status.state is SetupState.READY
    assert ready.status.environment == before
    assert "The previous environment still works." in ready.status.error
    assert installed(ready) == ALL
    monkeypatch.delenv("FAKE_PYTHON")
    set_up(ready)
    assert ready.environments.current == ready.environments.root / "env2"
    assert not (ready.environments.root / "env1").exists()


@pytest.mark.parametrize("step", STEPS)
def test_installer_full_disk_is_reported(
    setup: Installer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setenv("FAKE_PYTHON", trouble(step, "full"))
    set_up(setup)
    assert f"the disk of {setup.environments.root} is full; make room there" in setup.status.error
    assert not list(setup.environments.root.glob("env*"))


def test_installer_unwritable_log_does_not_stop_the_set_up(tmp_path: Path) -> None:
    """`/dev/full` is a disk without room."""
    full = programs.ProgramRunner(tmp_path, Path("/dev/full"))
    count = "print(*range(1000), sep='\\n')"
    lines = full.run_python(sys.executable, "-c", count, failure="It failed")
    assert lines == [str(number) for number in range(1000)]


def test_installer_deletes_leftovers_before_checking_disk_space(setup: Installer) -> None:
    left = setup.environments.create_incomplete()
    seen = []
    setup._find_pythons = lambda: seen.append(left.exists()) or iter(())
    set_up(setup)
    assert seen == [False]


def test_installer_on_full_file_system_recovers(tmp_path: Path) -> None:
    """A file system of 100 kB; the kernel lets users mount one in a name space of their own."""
    script = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from blender_addon.link.setup import installer
from tests.support.setup_fakes import make_installer
installer.REQUIRED_GIGABYTES = dict.fromkeys(installer.Accelerator, 0.0)
setup = make_installer(Path({str(tmp_path)!r}))
room = setup.environments.root / "filler"
with open(room, "wb", buffering=0) as file:
    try:
        while True:
            file.write(bytes(1024))
    except OSError:
        pass
setup.start(); setup.wait()
print(setup.status.state.name, setup.status.error)
room.unlink()
setup.start(); setup.wait()
print(setup.status.state.name, setup.status.error)
"""
    user = tmp_path / "user"
    user.mkdir()
    mount = f'mount -t tmpfs -o size=128k none {user} && exec {sys.executable} -c "$0"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, script], capture_output=True, text=True, check=False
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"No file system can be mounted here: {done.stderr.strip()}")
    first, second = done.stdout.splitlines()
    assert first.startswith(("ABSENT ", "INCOMPLETE ")), done.stdout + done.stderr
    assert "disk of" in first
    assert "full" in first
    assert second.strip() == "READY", done.stdout + done.stderr


def test_installer_without_python_is_an_error(setup: Installer) -> None:
    setup._find_pythons = lambda: iter(())
    set_up(setup)
    assert setup.status.state is SetupState.ABSENT
    assert "No Python 3.11 to 3.13" in setup.status.error


def test_installer_chosen_python_that_is_unsuitable_is_an_error(setup: Installer) -> None:
    set_up(setup, SetupOptions(python="/bin/false"))
    assert setup.status.error.startswith("The Python must be a 64-bit Python 3.11 to 3.13")


def test_installer_without_disk_space_is_an_error(
    setup: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(setup.environments.root)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage._replace(free=2**30))
    set_up(setup)
    assert setup.status.state is SetupState.ABSENT
    assert "needs 3 GB of free disk space and there are 1.0 GB" in setup.status.error


def test_installer_offline_downloads_nothing(setup: Installer) -> None:
    set_up(setup, SetupOptions(may_download=False))
    assert "stay offline" in setup.status.error
    assert not setup.environments.downloads.exists()


@pytest.mark.parametrize("step", STEPS)
def test_installer_cancel_ends_the_program_and_keeps_downloads(
    setup: Installer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    sign = tmp_path / "sign"
    monkeypatch.setenv("FAKE_PYTHON", trouble(step, "hang", sign=str(sign)))
    setup.start()
    pid = wait_for_sign(sign)
    setup.cancel()
    setup.wait()
    assert setup.status.error == "It was cancelled; downloads stay for the next time."
    assert not list(setup.environments.root.glob("env*"))
    assert is_gone(pid)
    whole = {"install": 1, "probe": 6}  # pip is installed before the others are fetched
    assert setup.status.leftover_wheels >= whole.get(step, 0)


def test_installer_resumes_with_existing_downloads(
    setup: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_PYTHON", trouble("probe", "fail"))
    set_up(setup)
    assert setup.status.leftover_wheels == 6
    cut = setup.environments.downloads / "beta-1.0-py3-none-any.whl"
    cut.write_text("be")
    monkeypatch.setenv("FAKE_PYTHON", "{}")
    set_up(setup)
    assert setup.status.state is SetupState.READY, setup.status.error
    log = setup.environments.log.read_text()
    assert [name for name in ALL if f"Collecting {name}===" in log] == ["beta"]


def test_installer_second_start_while_busy_does_nothing(setup: Installer) -> None:
    setup.start()
    thread = setup._thread
    setup.start()
    assert setup._thread is thread
    setup.cancel()
    setup.wait()


def test_installer_two_blenders_at_once_is_an_error(setup: Installer) -> None:
    with setup_lock(setup.environments.root / "setup.lock"):
        set_up(setup)
        assert setup.status.error.startswith("Another Blender is setting up the backend")
    set_up(setup)
    assert setup.status.state is SetupState.READY, setup.status.error


def test_installer_other_lists_are_outdated(ready: Installer, tmp_path: Path) -> None:
    write_lists(tmp_path / "lists", (*NAMES, "delta"))
    assert ready.read_status().state is SetupState.OUTDATED
    set_up(ready)
    assert ready.status.state is SetupState.READY
    assert "delta" in installed(ready)


def test_repair_moved_environment_downloads_nothing(tmp_path: Path, ready: Installer) -> None:
    (tmp_path / "user").rename(tmp_path / "elsewhere")
    moved = Installer(
        tmp_path / "elsewhere",
        tmp_path / "lists",
        find_pythons=ready._find_pythons,
        detection=ready.detection,
    )
    assert moved.status.state is SetupState.MOVED
    assert moved.status.remedy_label == "Repair"
    moved.repair(SetupOptions(may_download=False))
    moved.wait()
    assert moved.status.outcome == "The environment was repaired; nothing had to be downloaded."
    assert moved.status.state is SetupState.READY
    assert moved.environments.current == tmp_path / "elsewhere" / "env1"


def test_repair_without_its_python_uses_another(tmp_path: Path, ready: Installer) -> None:
    config = ready.environments.root / "env1" / "pyvenv.cfg"
    config.write_text("home = /nowhere\n")
    assert ready.read_status().state is SetupState.MOVED
    ready.repair(SetupOptions(may_download=False))
    ready.wait()
    assert ready.status.state is SetupState.READY, ready.status.error
    assert "/nowhere" not in config.read_text()


def test_repair_that_fails_sets_up_again(
    tmp_path: Path, ready: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = ready.environments.root / "env1"
    (environment / "pyvenv.cfg").unlink()
    (environment / "installed").unlink()
    assert ready.read_status().state is SetupState.MOVED
    ready.repair()
    ready.wait()
    assert ready.status.state is SetupState.READY, ready.status.error
    assert ready.environments.current == ready.environments.root / "env2"
    assert not environment.exists()


def test_check_broken_environment_can_be_repaired(ready: Installer) -> None:
    ready.check()
    ready.wait()
    assert ready.status.outcome == "It works: Python 3.11.7, PyTorch 2.13.0+fake, on processor."
    environment = ready.environments.root / "env1"
    (environment / "installed").unlink()
    assert ready.read_status().state is SetupState.READY, "which only a check can tell"
    ready.check()
    ready.wait()
    assert ready.status.state is SetupState.BROKEN
    assert ready.status.error.endswith("Press Repair.")
    ready.repair()
    ready.wait()
    assert ready.status.state is SetupState.READY, ready.status.error
    assert installed(ready) == ALL


def test_check_that_passes_clears_broken(ready: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_PYTHON", trouble("probe", "fail"))
    ready.check()
    ready.wait()
    assert ready.status.state is SetupState.BROKEN
    monkeypatch.delenv("FAKE_PYTHON")
    ready.check()
    ready.wait()
    assert ready.status.state is SetupState.READY


def test_check_custom_python_reports_its_result(ready: Installer, tmp_path: Path) -> None:
    ready.check(str(environment_python(ready.environments.root / "env1")))
    ready.wait()
    assert ready.status.outcome.startswith("It works: Python 3.11.7")
    ready.check("/bin/false")
    ready.wait()
    assert "does not work" in ready.status.error
    assert ready.status.state is SetupState.READY, "the environment has nothing to do with it"


def test_stamp_that_is_damaged_counts_as_incomplete(ready: Installer) -> None:
    for text in ("", "{}", "[1]", '{"folder": 3}', "null"):
        (ready.environments.root / "env1" / ".version").write_text(text)
        assert ready.read_status().state is SetupState.INCOMPLETE
