"""Motions under review, through the installed extension on each Blender version."""

from pathlib import Path

import pytest

IN_BLENDER = Path(__file__).with_name("in_blender")


def test_review(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        blender_python, IN_BLENDER / "motions/addon_review.py", addon_zip, backend_python, folder
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_what_is_drawn(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path
) -> None:
    done = run_in_blender(
        blender_python, IN_BLENDER / "motions/addon_overlay.py", addon_zip, backend_python
    )
    if "SKIPPED" in done.stdout:
        pytest.skip("this Blender draws nothing without a window")
    assert "DRAWN" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
