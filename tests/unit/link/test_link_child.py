"""The child process: start, handshake, stop, and errors."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blender_addon.link.errors import BackendError, JobCancelledError
from blender_addon.link.process.child import (
    BackendCommand,
    BackendProcess,
    last_line,
    parse_handshake,
)
from blender_addon.link.process.subprocesses import clean_environment

FAKE_BACKEND = Path(__file__).parents[2] / "support" / "fake_backend.py"


def command(folder: Path, *arguments: str | Path) -> BackendCommand:
    return BackendCommand(
        arguments=(sys.executable, *map(str, arguments)),
        folder=folder,
        log_path=folder / "logs" / "backend.log",
    )


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 60.0
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(pid)


def test_child_starts_with_a_handshake_and_stops(tmp_path: Path) -> None:
    child = BackendProcess(command(tmp_path, FAKE_BACKEND))
    assert child.alive
    assert child.port > 0
    assert len(child.token) == 64
    child.stop()
    assert not child.alive
    assert wait_until_gone(child._process.pid)


def test_child_has_a_unique_token(tmp_path: Path) -> None:
    children = [BackendProcess(command(tmp_path, FAKE_BACKEND)) for _ in range(2)]
    assert children[0].token != children[1].token
    for child in children:
        child.stop()


def test_child_missing_python_is_an_error(tmp_path: Path) -> None:
    missing = BackendCommand(
        (str(tmp_path / "python"), "-m", "backend"), tmp_path, tmp_path / "log"
    )
    with pytest.raises(BackendError, match=r"could not be started.*Press Set up"):
        BackendProcess(missing)


def test_child_that_ends_at_once_reports_its_last_line(tmp_path: Path) -> None:
    source = "import sys; sys.exit('ModuleNotFoundError: No module named torch')"
    with pytest.raises(BackendError, match=r"ended while starting.*exit status 1.*torch.*Set up"):
        BackendProcess(command(tmp_path, "-c", source))


def test_child_without_handshake_is_stopped(tmp_path: Path) -> None:
    source = (
        "import os, time, pathlib; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    )
    with pytest.raises(BackendError, match=r"did not start within 1 seconds.*log"):
        BackendProcess(command(tmp_path, "-c", source), timeout=1.0)
    assert wait_until_gone(int((tmp_path / "pid").read_text()))


def test_child_start_can_be_cancelled(tmp_path: Path) -> None:
    # Unless it is cancelled, a child that says nothing raises another error in the end.
    with pytest.raises(JobCancelledError):
        BackendProcess(
            command(tmp_path, "-c", "import time; time.sleep(60)"), is_cancelled=lambda: True
        )


@pytest.mark.parametrize(
    "line",
    ["Hello\n", "[]\n", '{"protocol": 1}\n', '{"protocol":1,"port":"x","pid":1,"version":""}'],
)
def test_handshake_of_another_program_is_an_error(line: str) -> None:
    with pytest.raises(BackendError, match="not a handshake"):
        parse_handshake(line)


def test_handshake_of_another_protocol_is_an_error() -> None:
    with pytest.raises(BackendError, match="speaks protocol 2 and this add-on 1"):
        parse_handshake('{"protocol": 2, "port": 1, "pid": 1, "version": "9"}')


def test_child_much_output_with_bad_bytes_does_not_block(tmp_path: Path) -> None:
    source = (
        "import sys; sys.stderr.buffer.write(b'\\xff' * 300000); sys.stderr.flush();"
        f"exec(open({str(FAKE_BACKEND)!r}).read())"
    )
    child = BackendProcess(command(tmp_path, "-c", source))
    assert child.alive
    child.stop()


def test_clean_environment_removes_variables_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    base = {
        "PYTHONPATH": "x",
        "PYTHONHOME": "x",
        "PythonStartup": "x",
        "VIRTUAL_ENV": "x",
        "A": "b",
    }
    monkeypatch.setattr(os, "environ", base)
    cleaned = clean_environment()
    assert cleaned == {
        "A": "b",
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8:replace",
    }


def test_last_line_skips_blank_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_line(log) == ""
    log.write_bytes("one\ntwö\xff\n\n  \n".encode("latin-1"))
    assert last_line(log) == "tw��"


@pytest.mark.skipif(sys.platform == "win32", reason="Signals of POSIX")
def test_child_ends_when_blender_is_killed(tmp_path: Path) -> None:
    source = f"""
import os, signal, sys
sys.path.insert(0, {str(FAKE_BACKEND.parents[2])!r})
from pathlib import Path
import backend
sys.modules["blender_addon.backend"] = backend  # as in the built add-on
from blender_addon.link.process.child import BackendCommand, BackendProcess
command = BackendCommand((sys.executable, {str(FAKE_BACKEND)!r}), Path("."), Path("log"))
child = BackendProcess(command)
print(child._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=dict(os.environ),
    )  # fmt: skip
    assert wait_until_gone(int(done.stdout))
