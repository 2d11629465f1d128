"""A .blend that version 0.1.0 saved, through the installed extension on each Blender version."""

import sys
from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")
DATA = Path(__file__).parents[1] / "data"


def test_blend_of_first_version_opened_keeps_all_and_makes_its_motions_again(
    blender_python: Path, run_in_blender, addon_zip: Path, tmp_path: Path
) -> None:
    saved = DATA / "blend" / "anyframe_0_1.blend"
    style = DATA / "takes" / "labels.safetensors"
    done = run_in_blender(
        blender_python,
        IN_BLENDER / "addon/addon_saved_file.py",
        addon_zip,
        sys.executable,
        saved,
        saved.with_suffix(".json"),
        style,
        tmp_path,
    )
    assert "Traceback" not in done.stdout + done.stderr
