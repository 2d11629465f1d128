"""Styles through the installed extension: learnt, kept, and used."""

from pathlib import Path

import pytest

IN_BLENDER = Path(__file__).with_name("in_blender")


@pytest.mark.parametrize(
    "script",
    ["styles/addon_styles.py", "styles/addon_generate_in_style.py", "styles/addon_sound.py"],
)
def test_styles(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, script: str
) -> None:
    done = run_in_blender(
        blender_python, IN_BLENDER / script, addon_zip, backend_python, timeout=300.0
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "ok check_" in done.stdout
