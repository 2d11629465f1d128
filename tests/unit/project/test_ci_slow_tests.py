"""Which slow tests are due after a change."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = runpy.run_path(str(ROOT / ".ci" / "slow_tests.py"))
due, COVERED_BY = SCRIPT["due"], SCRIPT["COVERED_BY"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([], []),
        (["README.md", "docs/results.md"], []),
        (["blender_addon/ui/main.py"], ["tests/blender"]),
        (
            ["blender_addon/link/process/child.py"],
            [
                "tests/blender",
                "tests/gui/test_busy_start.py",
                "tests/unit/link/setup/test_setup_kills.py",
                "tests/unit/link/test_link_slow_start.py",
            ],
        ),
        (["backend/motioninr/train.py"], ["tests/unit/motioninr/test_motioninr.py"]),
    ],
)
def test_due_changed_files_give_covering_tests(changed: list[str], expected: list[str]) -> None:
    assert due(changed) == expected


def test_covered_by_every_path_exists() -> None:
    for start, paths in COVERED_BY.items():
        for path in (start, *paths):
            assert (ROOT / path).exists(), path


def test_covered_by_every_file_with_slow_tests_is_due_at_some_time() -> None:
    everything = due(COVERED_BY)
    for file in (ROOT / "tests").rglob("test_*.py"):
        if "mark.slow" in file.read_text(encoding="utf-8") and file != Path(__file__):
            path = file.relative_to(ROOT).as_posix()
            assert any(path == one or path.startswith(f"{one}/") for one in everything), path
