"""The add-on as users get it, and a backend that stands in for the real one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import build_addon

FAKE_BACKEND = Path(__file__).with_name("fake_backend.py")


@pytest.fixture(scope="session")
def addon_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The add-on's zip, built from the sources as they are now."""
    folder = tmp_path_factory.mktemp("dist")
    tree, archive = folder / build_addon.NAME, folder / "anyframe.zip"
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
    root = Path(__file__).parents[1]
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" "$@" --engine {engine}\n'
    )
    program.chmod(0o755)
    return program
