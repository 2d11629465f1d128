"""Chooses the Python and the packages of an environment."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import JobCancelledError
from .accelerators import Accelerator
from .packages import Packages, packages_for
from .pins import Pin
from .pythons import NEWEST_PYTHON, OLDEST_PYTHON, Python, inspect_python
from .state import SetupError
from .torch_builds import TorchBuild, torch_build
from .wheels import describe_pins, missing_pins

_PYTHONS = " to ".join(".".join(map(str, version)) for version in (OLDEST_PYTHON, NEWEST_PYTHON))


@dataclass(frozen=True)
class SetupOptions:
    """Options of the user; the defaults detect everything."""

    accelerator: Accelerator | None = None
    python: str = ""
    """Python that creates the environment."""
    wheels: Path | None = None
    """Folder with all wheels, so that nothing is downloaded."""
    may_download: bool = True


def make_plan(
    options: SetupOptions,
    accelerator: Accelerator,
    find_pythons: Callable[[], Iterable[Python]],
    requirements: Path,
    stop: threading.Event,
) -> tuple[Python, TorchBuild, Packages]:
    """Return the Python, the build of PyTorch and the packages of a new environment.

    The Python is the first suitable one; with a wheels folder, the first whose wheels are complete.

    Raises:
        SetupError: There is no suitable Python, or the wheels folder is incomplete.
        JobCancelledError: `stop` was set.
    """
    incomplete: list[tuple[list[Pin], Python]] = []
    for python in usable_pythons(options, find_pythons):
        build = torch_build(accelerator, python.target)
        packages = packages_for(requirements, build, python.target)
        if options.wheels is None:
            return python, build, packages
        missing = missing_pins(
            packages.pins, options.wheels, python.target, is_cancelled=stop.is_set
        )
        if stop.is_set():
            raise JobCancelledError
        if not missing:
            return python, build, packages
        incomplete.append((missing, python))
    if not incomplete:
        raise SetupError(
            f"No Python {_PYTHONS} with venv was found: install one from python.org (on Debian and "
            "Ubuntu also the package python3-venv), then press Set up again."
        )
    missing, python = min(incomplete, key=lambda pair: len(pair[0]))
    raise SetupError(
        f"The wheels folder {options.wheels} lacks {describe_pins(missing)} for "
        f"{python.target.name} and “{accelerator.value}”: put them there, or leave the field empty "
        "to download."
    )


def usable_pythons(
    options: SetupOptions, find_pythons: Callable[[], Iterable[Python]]
) -> Iterable[Python]:
    """Return the chosen Python, or all; raise SetupError if the chosen one is unsuitable."""
    if not options.python:
        return find_pythons()
    python = inspect_python(options.python)
    if python is None:
        raise SetupError(
            f"The Python must be a 64-bit Python {_PYTHONS} with venv (got {options.python}): "
            "choose another, or leave “Base Python” empty."
        )
    return (python,)
