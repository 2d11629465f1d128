"""The zip as an extension: installed, enabled and used on each Blender version."""

import time
from pathlib import Path

IN_BLENDER = Path(__file__).with_name("in_blender")


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_generate_import_export_undo(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        blender_python, IN_BLENDER / "motions/addon_generate.py", addon_zip, backend_python, folder
    )
    assert "Traceback" not in done.stdout + done.stderr
    pid = int((folder / "pid").read_text())
    deadline = time.monotonic() + 60.0
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid), "the backend outlived Blender"


def test_bad_input_is_a_sentence(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    done = run_in_blender(
        blender_python, IN_BLENDER / "addon/addon_refusals.py", addon_zip, backend_python, folder
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_upgrade_keeps_the_users_folder(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(IN_BLENDER)!r})
import addon, bpy
addon.install({str(addon_zip)!r})
addon.use_python({str(backend_python)!r})
session = addon.module("link.session")
assert ".user" in session.user_folder().parts, "the one folder that extensions may write in"
assert session.installer().environments.root == session.user_folder()
kept = session.user_folder() / "env1" / "kept"
kept.parent.mkdir(parents=True)
kept.write_text("x")
bpy.ops.anyframe.add_character()
bpy.ops.anyframe.generate(prompt="walk", seconds=1.0)
process = addon.child()
addon.install({str(addon_zip)!r})
assert not process.alive, "the old backend was stopped"
assert kept.read_text() == "x"
bpy.ops.anyframe.generate(prompt="walk", seconds=1.0)
assert addon.child().alive
addon.finish()
"""
    done = run_in_blender(blender_python, script, resources=tmp_path / "user")
    assert "Traceback" not in done.stdout + done.stderr


def test_every_state_is_drawn(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path
) -> None:
    run_in_blender(blender_python, IN_BLENDER / "addon/addon_panels.py", addon_zip, backend_python)


def test_nothing_lands_while_something_else_holds_the_keys(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path
) -> None:
    done = run_in_blender(
        blender_python, IN_BLENDER / "motions/addon_waiting.py", addon_zip, backend_python
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_where_motions_go_and_what_carries_them(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path
) -> None:
    done = run_in_blender(
        blender_python, IN_BLENDER / "motions/addon_apply_options.py", addon_zip, backend_python
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_bones_are_chosen_by_hand(
    blender_python: Path, run_in_blender, addon_zip: Path, tmp_path: Path
) -> None:
    done = run_in_blender(blender_python, IN_BLENDER / "addon/addon_bones.py", addon_zip, tmp_path)
    assert "Traceback" not in done.stdout + done.stderr
