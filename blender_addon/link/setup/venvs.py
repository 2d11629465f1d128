"""Environments made and mended by the standard library's venv."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

from .environments import environment_python
from .programs import ProgramRunner
from .pythons import Python
from .state import SetupError

LONGEST_RELATIVE_PATH = 191
"""Characters from an environment's folder to the file that lies deepest in it on Windows: a licence
in PyTorch for CUDA."""


def create_venv(programs: ProgramRunner, python: Python, folder: Path) -> None:
    """Make an environment in a folder that is there.

    Raises:
        OSError: the disk is full, or the like.
        SetupError: venv failed, or files that will come would have too long a path.
        JobCancelledError: the work was stopped.
    """
    if sys.platform == "win32":
        _make_sure_of_length(folder)
    programs.run_python(
        python.path, "-m", "venv", str(folder), failure="No environment could be made"
    )


def repair_venv(programs: ProgramRunner, python: Python, folder: Path) -> None:
    """Tie an environment to where it is now, and to a Python of the version it was made with.

    Its packages are found relative to it, so they need not be installed again. Raises as
    `make_venv` does.
    """
    for link in environment_python(folder).parent.glob("python*"):
        if link.is_symlink():
            link.unlink()  # venv leaves links as they are, those to nowhere included
    programs.run_python(
        python.path,
        *("-m", "venv", "--upgrade", "--without-pip", str(folder)),
        failure="The environment could not be repaired",
    )


def _make_sure_of_length(folder: Path) -> None:
    # Asked of Blender, which has to measure and delete the files as well, and not of the Python
    # that installs them: where Windows allows long paths, it does so for that Python alone.
    deepest = folder / ("x" * LONGEST_RELATIVE_PATH)
    try:
        deepest.touch()
        deepest.unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise SetupError(
            f"Paths in {folder} become too long for Blender on Windows: make an environment with "
            "the backend's packages in a shorter folder, and choose its Python as “Python of the "
            "Backend”."
        ) from error
