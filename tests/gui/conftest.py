"""A real Blender window, without a screen: Debian's Blender 3.4 under Xvfb with software OpenGL."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PICTURES = TESTS.parent / "out" / "gui"
PACKAGES = {"blender": "blender", "Xvfb": "xvfb"}
"""Programs and the Debian packages that they come from."""


@pytest.fixture(scope="session")
def window_size() -> tuple[int, int]:
    """Width and height of the screen and of Blender's window, in pixels."""
    return 1280, 800


@pytest.fixture(scope="session")
def display(window_size: tuple[int, int]) -> Iterator[str]:
    """The name of a virtual screen."""
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if missing:
        pytest.skip(f"Window tests need Debian's {' and '.join(missing)}: apt-get install them.")
    read, write = os.pipe()
    size = "{}x{}x24".format(*window_size)
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture
def run_in_window(display: str, window_size: tuple[int, int], tmp_path: Path):
    """A function that runs a script in a Blender window and returns what Blender printed."""

    def run(script: Path, *arguments: str | Path, timeout: float = 540.0) -> str:
        PICTURES.mkdir(parents=True, exist_ok=True)
        user = tmp_path / "blender"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BLENDER"))}
        environment = {
            **kept,
            "DISPLAY": display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "BLENDER_USER_RESOURCES": str(user),
            "BLENDER_USER_SCRIPTS": str(user / "scripts"),
        }
        (user / "scripts" / "addons").mkdir(parents=True)
        done = subprocess.run(
            [
                *("blender", "--factory-startup", "--enable-event-simulate"),
                *("--window-geometry", "0", "0", *map(str, window_size), "--no-window-focus"),
                *("--python-exit-code", "3", "--python", str(script), "--"),
                *map(str, arguments),
            ],
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            pytest.fail(f"Blender ended with {done.returncode}:\n{done.stdout[-6000:]}")
        return done.stdout

    return run
