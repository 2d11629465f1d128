"""Finds the Pythons of this computer that can run the backend."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..process.subprocesses import read_output
from .targets import InstallTarget

OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)
_INSPECT_SOURCE = (
    "import json, platform, sys, venv, ensurepip; "
    "print(json.dumps([sys.platform, platform.machine(), list(sys.version_info[:3]), "
    "sys.maxsize > 2**32]))"
)
_INSPECT_SECONDS = 15.0


@dataclass(frozen=True)
class Python:
    """An interpreter that can make environments for the backend."""

    path: str
    target: InstallTarget


def candidate_paths() -> Iterator[str]:
    """Yield paths that may be a Python: Blender's own, then those of the system.

    Started from a desktop, Blender has a short PATH, so the usual folders are searched as well.
    """
    # In Linux packages of Blender, `sys.executable` may be anything.
    if Path(sys.executable).name.startswith("python"):
        yield sys.executable
    own = (f"python3.{sys.version_info[1]}", "python.exe" if sys.platform == "win32" else "python3")
    yield from (str(Path(sys.prefix, "bin", name)) for name in own)
    versions = range(NEWEST_PYTHON[1], OLDEST_PYTHON[1] - 1, -1)
    names = [f"python3.{minor}" for minor in versions] + ["python3", "python"]
    folders = [*os.get_exec_path(), *_usual_folders()]
    for name in names:
        for folder in dict.fromkeys(folders):
            path = shutil.which(name, path=folder)
            # The stub of the Windows Store opens the store instead of running Python.
            if path and "WindowsApps" not in path:
                yield path


def inspect_python(python: str) -> Python | None:
    """Run a Python and return its version; None unless it is supported, 64-bit and has venv."""
    try:
        output = read_output([python, "-c", _INSPECT_SOURCE], _INSPECT_SECONDS)
        system, machine, (major, minor, micro), is_64_bit = json.loads(output)
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None
    if not OLDEST_PYTHON <= (major, minor) <= NEWEST_PYTHON or not is_64_bit:
        return None
    return Python(python, InstallTarget(system, machine, (major, minor, micro)))


def find_pythons() -> Iterator[Python]:
    """Yield all suitable Pythons, the best first; each takes up to a few seconds."""
    seen: set[str] = set()
    for path in candidate_paths():
        if (real := os.path.realpath(path)) not in seen:
            seen.add(real)
            if python := inspect_python(path):
                yield python


def _usual_folders() -> Iterator[str]:
    home = Path.home()
    if sys.platform == "win32":
        programs = Path(os.environ.get("LOCALAPPDATA", home)) / "Programs" / "Python"
        roots = [programs, Path(os.environ.get("PROGRAMFILES", "C:/Program Files"))]
        yield from (str(path) for root in roots for path in sorted(root.glob("Python3*")))
        return
    yield from ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", str(home / ".local/bin"))
    yield from (str(path) for path in sorted(home.glob(".pyenv/versions/3.*/bin"), reverse=True))
