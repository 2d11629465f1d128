"""Real Blender windows, without a screen: under Xvfb, drawn by OpenGL in software.

Each window test runs in two Blenders: `current`, today's, which tools/real_blender.py makes, and
`installed`, the one on this computer's PATH. What is missing is skipped, and the reason says why.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gui.blenders import WindowedBlender, find_blender
from tools import real_blender

REPOSITORY = Path(__file__).resolve().parents[2]
PICTURES = REPOSITORY / "out" / "gui"
STARTED = "A window session begins."
"""What window.py prints; after it, whatever goes wrong is the session's."""
NO_OPENGL = ("Unsupported graphics card", "GLX_ARB_create_context not available")
"""What Blender prints where it cannot draw: 3.4 ends then, later versions open a dialogue."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the older Blender to ``make test-full`` where today's is there."""
    if real_blender.unavailable_reason():
        return
    for item in items:
        version = getattr(item, "callspec", None)
        chosen = version.params.get("windowed_blender") if version else None
        if chosen == "installed":
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", params=["current", "installed"])
def windowed_blender(request: pytest.FixtureRequest) -> WindowedBlender:
    """Each of the two Blenders in turn; skips one that is not there."""
    return find_blender(request.param)


@pytest.fixture(scope="session")
def window_size() -> tuple[int, int]:
    """Width and height of the screen and of Blender's window, in pixels."""
    return 1280, 800


@pytest.fixture(scope="session")
def framebuffer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the virtual screen keeps what it shows, as `Xvfb_screen0`."""
    return tmp_path_factory.mktemp("screen")


@pytest.fixture(scope="session")
def display(window_size: tuple[int, int], framebuffer: Path) -> Iterator[str]:
    """The name of a virtual screen."""
    if not shutil.which("Xvfb"):
        pytest.skip("Window tests need a virtual screen: apt-get install xvfb.")
    options = ("-fbdir", str(framebuffer), "-nocursor")
    with real_blender.virtual_screen("{}x{}".format(*window_size), *options) as name:
        yield name


@pytest.fixture
def pictures(windowed_blender: WindowedBlender, request: pytest.FixtureRequest) -> Path:
    """An empty folder, of this test and this Blender, for pictures that a person looks at."""
    test = request.path.stem.removeprefix("test_")
    folder = PICTURES / windowed_blender.version / test
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    return folder


@pytest.fixture
def run_in_window(
    windowed_blender: WindowedBlender,
    display: str,
    framebuffer: Path,
    window_size: tuple[int, int],
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
):
    """A function that plays a session in a window; returns what it found and what was printed."""

    def run(
        session: Path, *arguments: str | Path, timeout: float = 540.0
    ) -> tuple[dict[str, Any], str]:
        user, findings = tmp_path / "blender", tmp_path / "findings.json"
        (user / "scripts" / "addons").mkdir(parents=True)
        own = {
            "DISPLAY": display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "BLENDER_USER_RESOURCES": str(user),
            "BLENDER_USER_SCRIPTS": str(user / "scripts"),
            "ANYFRAME_SCREEN": str(framebuffer / "Xvfb_screen0"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command: list[str] = [
            *("blender", "--factory-startup", "--enable-event-simulate"),
            *("--window-geometry", "0", "0", *map(str, window_size), "--no-window-focus"),
            *("--python-exit-code", "3", "--python", str(session), "--"),
            *map(str, arguments),
            str(findings),
        ]
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BLENDER"))
        }
        if windowed_blender.is_current:
            seen = [REPOSITORY, tmp_path_factory.getbasetemp()]
            seen += real_blender.interpreter_paths(Path(sys.executable))
            own["PATH"] = f"{Path(sys.base_prefix, 'bin')}:/usr/bin:/bin"
            command = real_blender.chroot_command(
                command, shared_paths=seen, working_folder=tmp_path, environment=own
            )
        else:
            environment |= own
        status, printed = _watched(command, environment, tmp_path, timeout)
        if status != 0:
            pytest.fail(f"Blender ended with {status}:\n{printed[-6000:]}")
        found = json.loads(findings.read_text())
        assert "traceback" not in found, found["traceback"]
        return found, printed

    return run


def _watched(
    command: list[str], environment: dict[str, str], folder: Path, timeout: float
) -> tuple[int, str]:
    """Run it to its end; returns its exit status and what it printed.

    Skips the test if it says that there is no OpenGL: it may then wait for a person.
    """
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    late = threading.Timer(timeout, process.kill)
    late.start()
    lines: list[str] = []
    started = False
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            started = started or STARTED in line
            if not started and any(words in line for words in NO_OPENGL):
                process.kill()
                process.wait()
                pytest.skip(
                    "Blender finds no OpenGL 3.3 for its window: apt-get install libgl1-mesa-dri."
                )
        return process.wait(), "".join(lines)
    finally:
        late.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()
