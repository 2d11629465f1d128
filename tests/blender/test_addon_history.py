"""The history of jobs, through the installed extension on each Blender version."""

from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")


def test_history(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        blender_python, IN_BLENDER / "motions/addon_history.py", addon_zip, backend_python, folder
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_what_may_happen_meanwhile(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        blender_python,
        IN_BLENDER / "motions/addon_concurrent_edits.py",
        addon_zip,
        backend_python,
        folder,
    )
    assert "Traceback" not in done.stdout + done.stderr
