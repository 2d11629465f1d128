"""The preferences of a backend on another machine, on each Blender version."""

from pathlib import Path

from tests.service.backend_child import TOKEN, Backend

SCRIPT = Path(__file__).with_name("in_blender") / "addon/addon_remote.py"


def test_a_backend_on_another_machine(
    blender_python: Path, run_in_blender, addon_zip: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    with Backend(tmp_path) as backend:
        port = str(backend.greeting["port"])
        done = run_in_blender(blender_python, SCRIPT, addon_zip, folder, port, TOKEN)
    assert "Traceback" not in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr
