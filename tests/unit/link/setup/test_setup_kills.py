"""Blender dies while *Set up* goes on: what is found next, and that nothing goes on without it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from blender_addon.link.setup.programs import ProgramRunner
from blender_addon.link.setup.state import SetupState
from tests.support.setup_fakes import (
    ALL,
    STEPS,
    installed,
    is_gone,
    make_installer,
    set_up,
    trouble,
    wait_for_sign,
)

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", ["nothing", "a working environment"])
def test_set_up_killed_while_a_program_runs_can_continue(
    tmp_path: Path, step: str, before: str
) -> None:
    if before != "nothing":
        set_up(make_installer(tmp_path))
    killed = run_and_die(tmp_path, FAKE_PYTHON=trouble(step, "kill"))
    assert killed == -signal.SIGKILL
    look_after_a_kill(tmp_path, works=before != "nothing")


@pytest.mark.parametrize("before", ["nothing", "a working environment"])
@pytest.mark.parametrize("stride", [6, pytest.param(1, marks=pytest.mark.slow)])
def test_set_up_killed_at_any_moment_can_continue(tmp_path: Path, before: str, stride: int) -> None:
    """Between any two things that the set-up does to the disk; or every sixth of these moments."""
    for moment in range(1, 1000, stride):
        folder = tmp_path / str(moment)
        folder.mkdir()
        if before != "nothing":
            set_up(make_installer(folder))
        if run_and_die(folder, KILL_AT=str(moment)) == 0:
            break
        look_after_a_kill(folder, works=before != "nothing")
        shutil.rmtree(folder)
    assert moment > 20, "the set-up does more to the disk than that"


def test_program_ends_with_its_blender(tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    environment = {**os.environ, "WATCHED_SIGN": str(sign)}
    script = f'''
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from blender_addon.link.setup.programs import ProgramRunner
hang = """
import os, time
from pathlib import Path
Path(os.environ["WATCHED_SIGN"]).write_text(str(os.getpid()))
time.sleep(600)
"""
runner = ProgramRunner(Path("."), Path("log"))
runner.run_python({sys.executable!r}, "-c", hang, failure="It failed")
'''
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=tmp_path)
    pid = wait_for_sign(sign)
    assert not is_gone(pid, wait=False)
    process.kill()
    process.wait()
    assert is_gone(pid)


def test_program_and_its_children_get_empty_input(tmp_path: Path) -> None:
    """A program and what it starts get an input at its end; that of an open pipe would block."""
    read = "import os; os.set_blocking(0, False); print(os.read(0, 1))"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {read!r}], check=True)"
    programs = ProgramRunner(tmp_path, tmp_path / "log")
    for source in (read, start):
        assert programs.run_python(sys.executable, "-c", source, failure="It failed") == ["b''"]


def run_and_die(folder: Path, **variables: str) -> int:
    """Set up in a process of its own, which dies at some moment; its exit status."""
    script = f"""
import os, signal, sys, threading
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from tests.support.setup_fakes import make_installer
setup = make_installer(Path({str(folder)!r}))
count, root = 0, {str(folder / "user")!r}
def hook(event, arguments):
    global count
    if threading.current_thread().name != "anyframe-setup":
        return
    touches = event in {{"os.mkdir", "os.remove", "os.rename", "os.rmdir"}} or (
        event == "open" and isinstance(arguments[2], int)
        and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    )
    inside = str(arguments[0]).startswith(root) or not os.path.isabs(str(arguments[0]))
    if touches and inside:
        count += 1
        if count == int(os.environ.get("KILL_AT", -1)):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
setup.start()
setup.wait()
assert setup.status.state.name == "READY", setup.status.error
"""
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode


def look_after_a_kill(folder: Path, *, works: bool) -> None:
    """What the next Blender finds, and that it can go on."""
    setup = make_installer(folder)
    if works:
        assert setup.status.state is SetupState.READY
        assert installed(setup) == ALL
    else:
        allowed = {SetupState.ABSENT, SetupState.INCOMPLETE, SetupState.READY}
        assert setup.status.state in allowed
        if setup.status.state is SetupState.READY:
            assert installed(setup) == ALL
    set_up(setup)
    assert setup.status.state is SetupState.READY, setup.status.error
    assert installed(setup) == ALL
    left = sorted(path.name for path in setup.environments.root.iterdir())
    assert [name for name in left if name.startswith("env")] == [
        setup.environments.current.name  # pyright: ignore[reportOptionalMemberAccess]
    ]
    assert "downloads" not in left
    assert "setup.lock" not in left
