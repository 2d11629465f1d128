"""Creates, repairs and tests environments of the standard library's venv."""

import errno
import json
import sys
from pathlib import Path

from .environments import environment_python
from .programs import ProgramRunner
from .pythons import Python
from .state import SetupError

LONGEST_RELATIVE_PATH = 191
"""Characters of the longest path inside an environment on Windows: a licence in PyTorch's CUDA
build."""

SELF_TEST = """
import json, platform
import fastapi, numpy, safetensors, torch, transformers, uvicorn
if torch.cuda.is_available():
    device, name = "cuda", torch.cuda.get_device_name(0)
elif torch.backends.mps.is_available():
    device, name = "mps", "Apple GPU"
else:
    device, name = "cpu", "processor"
torch.ones(8, 8, device=device).matmul(torch.ones(8, 8, device=device)).sum().item()
print(json.dumps([platform.python_version(), torch.__version__, name]))
"""
"""Program that fails if the backend cannot run, or prints its Python, PyTorch and device."""


def create_venv(programs: ProgramRunner, python: Python, folder: Path) -> None:
    """Create an environment in an existing folder.

    Raises as `ProgramRunner.run_python` does, and SetupError if paths in it would be too long.
    """
    if sys.platform == "win32":
        _check_path_length(folder)
    programs.run_python(
        python.path, "-m", "venv", str(folder), failure="No environment could be made"
    )


def repair_venv(programs: ProgramRunner, python: Python, folder: Path) -> None:
    """Adapt an environment to its current folder and to a Python of the same version.

    Packages are found relative to the environment, so they need not be installed again. Raises as
    `create_venv` does.
    """
    for link in environment_python(folder).parent.glob("python*"):
        if link.is_symlink():
            link.unlink()  # venv does not replace links, not even broken ones
    programs.run_python(
        python.path,
        *("-m", "venv", "--upgrade", "--without-pip", str(folder)),
        failure="The environment could not be repaired",
    )


def run_self_test(programs: ProgramRunner, python: Path, source: str) -> dict[str, str]:
    """Return the python, torch and device of a self test; raise as `ProgramRunner.run_python`."""
    lines = programs.run_python(python, "-c", source, failure="The installed backend does not work")
    try:
        python_version, torch, device = map(str, json.loads(lines[-1]))
    except (ValueError, IndexError) as error:
        raise SetupError(
            f"The check of the installed backend answered something else: {lines[-1:]}."
        ) from error
    return {"python": python_version, "torch": torch, "device": device}


def _check_path_length(folder: Path) -> None:
    # Blender must be able to measure and delete the files, so it tests the path itself: where
    # Windows allows long paths, it may allow them for the installing Python alone.
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
