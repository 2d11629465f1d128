"""Which tests start processes, and a motion that many tests need."""

import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import backend
from backend import console, kinematics, protocol
from backend.kinematics.body.take import Take
from tests.support.motions import swinging_take

_LINK = Path(__file__).with_name("link")
"""Tests of the add-on's link and of its set-up: they start programs."""

# In the add-on, shared code lies inside of it: there it is looked for in a tree without links, too.
# Each module under both names, or else a second one would take the first one's place.
sys.modules.setdefault("blender_addon.backend", backend)
for _package in (kinematics, protocol):
    sys.modules.setdefault(f"blender_addon.{_package.__name__}", _package)
    for _found in pkgutil.walk_packages(_package.__path__, f"{_package.__name__}."):
        sys.modules.setdefault(f"blender_addon.{_found.name}", import_module(_found.name))

_PROCESS_EVENTS = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn"})
_started: list[str] = []


def _note_processes(event: str, arguments: tuple[Any, ...]) -> None:
    # numpy.testing asks once what the processor can do.
    if event in _PROCESS_EVENTS and arguments[:1] != ("lscpu",):
        _started.append(f"{event} {arguments}")


sys.addaudithook(_note_processes)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make test-unit`` leaves out."""
    for item in items:
        if item.path.is_relative_to(_LINK):
            item.add_marker("process")


@pytest.fixture(autouse=True)
def _no_process_unless_marked(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that starts a process has to say so, because that takes time."""
    before = len(_started)
    yield
    if request.node.get_closest_marker("process") is None:
        assert not _started[before:], "Mark the test with pytest.mark.process."


@pytest.fixture(scope="session", autouse=True)
def _wide_consoles() -> None:
    """Sentences in one line each: a console keeps the width of the terminal it was made in."""
    console.out.width = console.err.width = 400


@pytest.fixture(scope="session")
def swinging() -> Take:
    """Two seconds of a body that swings its limbs, 30 frames a second."""
    return swinging_take(2.0, 30.0)
