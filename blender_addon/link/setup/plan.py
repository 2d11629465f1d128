"""What an environment is made from and what goes into it: the user's wishes, and what there is."""

from __future__ import annotations

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
    """What the user has chosen; each default is "find out"."""

    accelerator: Accelerator | None = None
    python: str = ""
    """The Python that makes the environment."""
    wheels: Path | None = None
    """A folder with all wheels: then nothing is downloaded."""
    may_download: bool = True


def make_plan(
    options: SetupOptions,
    accelerator: Accelerator,
    find_pythons: Callable[[], Iterable[Python]],
    requirements: Path,
    stop: threading.Event,
) -> tuple[Python, TorchBuild, Packages]:
    """The Python to build on and what goes into it.

    Of several Pythons it is the first, or the first that a folder of wheels was filled for.

    Args:
        wishes: of the user.
        accelerator: that the backend is to compute with.
        find: says which Pythons there are, where none was wished for.
        requirements: the folder with the lists of pins.
        stop: set when it was cancelled.

    Raises:
        SetupError: there is no Python, or the folder of wheels lacks some.
        JobCancelledError: it was cancelled.
    """
    lacks: list[tuple[list[Pin], Python]] = []
    for python in usable_pythons(options, find_pythons):
        build = torch_build(accelerator, python.target)
        packages = packages_for(requirements, build, python.target)
        if options.wheels is None:
            return python, build, packages
        lacking = missing_pins(packages.pins, options.wheels, python.target, cancelled=stop.is_set)
        if stop.is_set():
            raise JobCancelledError
        if not lacking:
            return python, build, packages
        lacks.append((lacking, python))
    if not lacks:
        raise SetupError(
            f"No Python {_PYTHONS} with venv was found: install "
            "one from python.org (on Debian and Ubuntu also the package python3-venv), then "
            "press Set up again."
        )
    lacking, python = min(lacks, key=lambda pair: len(pair[0]))
    raise SetupError(
        f"The wheels folder {options.wheels} lacks {describe_pins(lacking)} for "
        f"{python.target.name} and “{accelerator.value}”: put them there, or leave the field empty "
        "to download."
    )


def usable_pythons(
    options: SetupOptions, find_pythons: Callable[[], Iterable[Python]]
) -> Iterable[Python]:
    """What can make the environment: what was wished for, or else all there are; SetupError if that
    is no Python."""
    if not options.python:
        return find_pythons()
    python = inspect_python(options.python)
    if python is None:
        raise SetupError(
            f"{options.python} is no 64-bit Python {_PYTHONS} with "
            "venv: choose another, or leave “Base Python” empty."
        )
    return (python,)
