"""Checks of the rig that run inside Blender, and their results.

A script in `in_blender/rig` holds functions `check_…`. All checks of a script run in one Blender,
each in an empty scene, so that each is a test without a start of Blender of its own.
"""

import json
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).with_name("in_blender") / "rig"


def checks_in(script: str) -> list[str]:
    """Return the names of the checks of a script in `in_blender/rig`."""
    source = (SCRIPTS / script).read_text(encoding="utf-8")
    return re.findall(r"^def check_(\w+)", source, flags=re.MULTILINE)


@cache
def outcomes(
    run: Callable[..., subprocess.CompletedProcess[str]], python: Path, script: str, package: Path
) -> dict[str, dict[str, str]]:
    """Return for each check its note, and the traceback if it failed."""
    source = f"""
import sys
sys.path[:0] = [{str(package)!r}, {str(SCRIPTS)!r}]
import rig_runner
rig_runner.run({script.removesuffix(".py")!r})
"""
    done = run(python, source, timeout=900.0)
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"check"')]
    found = {result["check"]: result for result in map(json.loads, lines)}
    assert set(found) == set(checks_in(script)), done.stdout + done.stderr
    return found
