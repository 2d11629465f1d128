"""The first minutes with the add-on, on each Blender version."""

from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")


def test_newcomer_first_minutes_meet_no_dead_end(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        blender_python, IN_BLENDER / "addon/addon_newcomer.py", addon_zip, backend_python, folder
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_own_meshes_of_a_reviewed_character_come_back_as_they_were(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        blender_python,
        IN_BLENDER / "motions/addon_hidden_meshes.py",
        addon_zip,
        backend_python,
        folder,
    )
    assert "Traceback" not in done.stdout + done.stderr
