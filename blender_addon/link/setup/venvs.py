"""Environments made and mended by the standard library's venv."""

from __future__ import annotations

import errno
from pathlib import Path

from .environments import python_in
from .programs import Programs
from .pythons import Python
from .state import SetupError

LONGEST_PATH = 200
"""Characters from an environment's folder to the file that lies deepest in it."""


def make_venv(programs: Programs, python: Python, folder: Path) -> None:
    """Make an environment in a folder that is there.

    Raises:
        OSError: the disk is full, or the like.
        SetupError: venv failed, or files that will come would have too long a path.
        JobCancelledError: the work was stopped.
    """
    deepest = folder / ("x" * LONGEST_PATH)
    try:
        deepest.touch()
        deepest.unlink()
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise SetupError(
            f"Paths in {folder} become too long for this system: turn on long paths in "
            "Windows' policies, or install Blender as a portable one in a short folder."
        ) from error
    programs.run(python.path, "-m", "venv", str(folder), failure="No environment could be made")


def tie_venv(programs: Programs, python: Python, folder: Path) -> None:
    """Tie an environment to where it is now, and to a Python of the version it was made with.

    Its packages are found relative to it, so they need not be installed again. Raises as
    `make_venv` does.
    """
    for link in python_in(folder).parent.glob("python*"):
        if link.is_symlink():
            link.unlink()  # venv leaves links as they are, those to nowhere included
    programs.run(
        python.path,
        *("-m", "venv", "--upgrade", "--without-pip", str(folder)),
        failure="The environment could not be repaired",
    )
