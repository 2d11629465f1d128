#!/usr/bin/env python3
"""Print the paths whose slow tests are due, one a line; none if what they cover has not changed.

What has changed is the difference to `origin/main`, or to the first parent of the last commit where
`HEAD` is `origin/main` itself or there is none. The first commit of a week is followed by all slow
tests, and so is one without a parent: in a clone of the last commit alone nobody can tell.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

BLENDER = "tests/blender"
SLOW_START = ("tests/gui/test_busy_start.py", "tests/unit/link/test_link_slow_start.py")
SETUP = ("tests/unit/link/setup/test_setup_kills.py", "tests/blender/test_addon_setup.py")
E2E = "tests/e2e"
NERM = "tests/unit/nerm/test_nerm_switches.py"
MOTIONINR = "tests/unit/motioninr/test_motioninr.py"
FEW_TAKES = "tests/unit/evaluation/test_few_takes_tables.py"

COVERED_BY: dict[str, tuple[str, ...]] = {
    "assets/": (BLENDER, E2E),
    "backend/data/": (NERM, MOTIONINR),
    "backend/embedding/": (E2E,),
    "backend/evaluation/": (FEW_TAKES,),
    "backend/kinematics/": (BLENDER,),
    "backend/motioninr/": (MOTIONINR,),
    "backend/nerm/": (NERM, MOTIONINR, E2E),
    "backend/playback/": (NERM, MOTIONINR, E2E),
    "backend/protocol/": (BLENDER, E2E),
    "backend/requirements/": SETUP,
    "backend/service/": (E2E, *SLOW_START),
    "backend/styles/": (FEW_TAKES,),
    "backend/text/": (E2E,),
    "backend/training/": (NERM, MOTIONINR, E2E),
    "blender_addon/link/": (*SETUP, BLENDER, *SLOW_START),
    "blender_addon/": (BLENDER,),
    "build_addon.py": (BLENDER,),
    "pyproject.toml": (NERM, MOTIONINR, E2E),
    "tests/blender/": (BLENDER,),
    "tests/e2e/": (E2E,),
    "tests/support/fake_backend.py": (BLENDER,),
    "tests/support/tiny_wheels.py": SETUP,
    "tests/support/setup_fakes.py": SETUP[:1],
    "tests/gui/test_busy_start.py": SLOW_START[:1],
    "tests/unit/link/test_link_slow_start.py": SLOW_START[1:],
    "tests/unit/evaluation/test_few_takes_tables.py": (FEW_TAKES,),
    "tests/unit/motioninr/test_motioninr.py": (MOTIONINR,),
    "tests/unit/nerm/test_nerm_switches.py": (NERM,),
    "tests/unit/link/setup/test_setup_kills.py": SETUP[:1],
}
"""How the path of a changed file begins, and the tests that are then due."""


def due(changed: Iterable[str]) -> list[str]:
    """The test paths that cover what has changed; one inside another is left out."""
    found = {
        path
        for file in changed
        for start, paths in COVERED_BY.items()
        if file.startswith(start)
        for path in paths
    }
    return sorted(
        path for path in found if not any(path.startswith(f"{other}/") for other in found)
    )


def _git(*words: str) -> str | None:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _week(commit: str) -> tuple[int, int]:
    date = datetime.fromtimestamp(int(_git("log", "-1", "--format=%ct", commit) or 0), UTC)
    return date.isocalendar()[:2]


def _base() -> str | None:
    """The commit of the last landing."""
    head, main = _git("rev-parse", "HEAD"), _git("merge-base", "HEAD", "origin/main")
    return main if main not in {None, head} else _git("rev-parse", "HEAD^1")


def main() -> None:
    """Print the paths, and on stderr why."""
    base = _base()
    if base is None or _week(base) != _week("HEAD"):
        reason = "no landing to compare with" if base is None else "the first landing of a week"
        print(f"All slow tests: {reason}.", file=sys.stderr)
        paths = due(COVERED_BY)
    else:
        paths = due((_git("diff", "--name-only", base, "HEAD") or "").splitlines())
        print(f"Slow tests due since {base[:9]}: {' '.join(paths) or 'none'}", file=sys.stderr)
    print("\n".join(paths))


if __name__ == "__main__":
    main()
