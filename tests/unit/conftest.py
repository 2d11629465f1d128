"""How property tests run here, and a motion that many tests need."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

import pytest
from hypothesis import settings
from motions import swinging_take

import backend
from backend import kinematics, protocol
from backend.commands import console
from backend.kinematics.take import Take

# In the add-on, shared code lies inside of it: there it is looked for in a tree without links, too.
# Each module under both names, or else a second one would take the first one's place.
sys.modules.setdefault("blender_addon.backend", backend)
for _package in (kinematics, protocol):
    sys.modules.setdefault(f"blender_addon.{_package.__name__}", _package)
    for _found in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        sys.modules.setdefault(f"blender_addon.{_found.name}", import_module(_found.name))

# No deadline: on a machine that trains models at the same time, one example may take long.
settings.register_profile("anyframe", deadline=None, max_examples=30)
settings.load_profile("anyframe")


@pytest.fixture(scope="session", autouse=True)
def _wide_consoles() -> None:
    """Sentences in one line each: a console keeps the width of the terminal it was made in."""
    console.out.width = console.err.width = 400


@pytest.fixture(scope="session")
def swinging() -> Take:
    """Two seconds of a body that swings its limbs, 30 frames a second."""
    return swinging_take(2.0, 30.0)
