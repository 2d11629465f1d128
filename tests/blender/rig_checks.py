"""Checks of the rig that run inside Blender, and what came of them.

A script in `in_blender` holds functions called `check_…`. All of one script run in one Blender,
each in an empty scene: each is a test of its own, without Blender being started for each.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")


def checks_in(script: str) -> list[str]:
    """The names of the checks of a script in `in_blender`."""
    source = (IN_BLENDER / script).read_text(encoding="utf-8")
    return re.findall(r"^def check_(\w+)", source, flags=re.MULTILINE)


@cache
def outcomes(
    run: Callable[..., subprocess.CompletedProcess[str]], python: Path, script: str, package: Path
) -> dict[str, dict[str, str]]:
    """Name of each check -> what it noted, and the traceback if it failed."""
    source = f"""
import sys
sys.path[:0] = [{str(package)!r}, {str(IN_BLENDER)!r}]
import rig_runner
rig_runner.run({script.removesuffix(".py")!r})
"""
    done = run(python, source, timeout=900.0)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"check"')]
    found = {result["check"]: result for result in map(json.loads, lines)}
    assert set(found) == set(checks_in(script)), done.stdout + done.stderr
    return found
