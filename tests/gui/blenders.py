"""The Blenders that open windows here."""

import shutil
import subprocess
from dataclasses import dataclass

import pytest

from tools import real_blender


@dataclass(frozen=True)
class WindowedBlender:
    """A Blender that opens windows."""

    version: str
    is_current: bool
    """Whether it is the one of tools/real_blender.py."""


def find_blender(name: str) -> WindowedBlender:
    """Today's Blender ("current") or the one on PATH ("installed"); skips if it is not there."""
    if name == "current":
        if reason := real_blender.unavailable_reason():
            pytest.skip(reason)
        return WindowedBlender(real_blender.blender_version(), is_current=True)
    if not shutil.which("blender"):
        pytest.skip("There is no Blender on PATH: apt-get install blender.")
    result = subprocess.run(["blender", "--version"], capture_output=True, text=True, check=True)
    return WindowedBlender(result.stdout.split()[1], is_current=False)
