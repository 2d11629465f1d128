"""How tests are run, the add-on as users get it, and a backend that stands in for the real one."""

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

import build_addon

TESTS = Path(__file__).parent
FAKE_BACKEND = TESTS / "support" / "fake_backend.py"

FOLDERS = ("gui", "blender", "e2e", "service", "unit")
"""In the order in which they are run: what waits long begins first."""
MARKED = frozenset({"gui", "blender", "e2e"})
"""Folders whose tests have a marker of the same name."""
MOST_WORKERS = 4
DEADLINE = "ANYFRAME_TEST_DEADLINE"
"""Environment variable: the time, in seconds since 1970, after which no test is begun."""

# Tests run side by side, one to a core. In each, and in each process that it starts, more threads
# for torch would only take turns; those that wait for work must not spin. Read when torch is
# imported, so it is set before.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# No deadline: on a machine that trains models at the same time, one example may take long.
settings.register_profile("default", deadline=None, max_examples=15)
settings.register_profile("full", deadline=None, max_examples=250)
settings.load_profile("default")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: some tests wait for a process that they have started."""
    return min(MOST_WORKERS, 1 + (os.cpu_count() or 1))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by folder, say which ones share a worker, and put long ones first."""
    for item in items:
        folder = _folder(item)
        if folder in MARKED:
            item.add_marker(folder)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: FOLDERS.index(_folder(item)))


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


def _group(item: pytest.Item) -> str:
    """Tests of one file share what it makes once. In a Blender of each version it is made once for
    each; a test that has a Blender to itself shares nothing. Windows are opened one at a time.
    """
    if _folder(item) == "gui":
        return "gui"
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    if "blender_python" not in parameters:
        return item.path.stem
    shared = parameters.get("script") if "check" in parameters else item.name
    return "-".join(filter(None, (item.path.stem, parameters["blender_python"], shared)))


def pytest_runtest_setup() -> None:
    """Leave out what is not begun by the deadline, if there is one."""
    deadline = os.environ.get(DEADLINE)
    if deadline is not None and time.time() > float(deadline):
        pytest.skip("Left out for lack of time: run make test-full.")


@pytest.fixture(scope="session")
def addon_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The add-on's zip, built from the sources as they are now."""
    folder = tmp_path_factory.mktemp("dist")
    tree, archive = folder / build_addon.ADDON_NAME, folder / "anyframe.zip"
    build_addon.build_tree(tree)
    build_addon.build_zip(tree, archive)
    return archive


@pytest.fixture
def backend_python(tmp_path: Path) -> Path:
    """A "Python" that, whatever it is asked to run, runs the fake backend."""
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE_BACKEND}"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def body_python(tmp_path: Path) -> Path:
    """A Python that runs the add-on's own backend, with an engine that loads at once."""
    program = tmp_path / "python"
    engine = "tests.service.fake_engine:FakeEngine"
    root = TESTS.parent
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" "$@" --engine {engine}\n'
    )
    program.chmod(0o755)
    return program
