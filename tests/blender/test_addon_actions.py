"""Motions made from their action, through the installed extension on each version."""

from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")


def test_actions(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path
) -> None:
    done = run_in_blender(
        blender_python, IN_BLENDER / "motions/addon_labels.py", addon_zip, backend_python
    )
    assert "Traceback" not in done.stdout + done.stderr
