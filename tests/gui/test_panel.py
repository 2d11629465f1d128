"""The panel in a real window: installed, looked at, used, undone.

Pictures are left in out/gui/ for a person to look at.
"""

from pathlib import Path

import pytest
from PIL import Image

SESSION = Path(__file__).with_name("sessions") / "panel_session.py"


def test_the_panel_in_a_window(
    run_in_window, addon_zip: Path, backend_python: Path, pictures: Path
) -> None:
    found, printed = run_in_window(SESSION, addon_zip, backend_python, pictures)
    assert "Traceback" not in printed, printed

    assert found["tab_shown"]
    assert "not set up: press Set up" in found["refused"]
    assert found["error"].startswith("The prompt is empty")
    assert found["actions"] == ["walk", "wave"]

    assert found["steps_seen"] >= 60
    assert found["cancelled"] == "CANCELLED"
    assert found["actions_after_cancel"] == 0

    assert found["state"] == "DONE"
    assert "96 frames at 23.976 fps" in found["message"]
    assert found["range"] == pytest.approx([10.0, 105.0], abs=1e-3)
    assert found["scene"] == [10, 24, 1.001]
    assert found["settled"]

    assert not found["action_after_undo"]
    assert found["action_after_redo"]
    assert found["held_in_edit_mode"] == "READY"
    assert found["applied_in_object_mode"] == "DONE"

    assert found["after_load"] == ["CANCELLED", True]
    assert found["job_after_load"] == "DONE"
    assert not found["child_alive_after_disable"]

    shown = ("not_set_up", "running", "done", "keys_and_place", "error")
    for name in (*(f"panel_{name}" for name in shown), "preferences"):
        picture = Image.open(pictures / f"{name}.png")
        assert picture.size[0] > 800
        assert len(picture.convert("RGB").getcolors(2**24) or ()) > 100, f"{name} is blank"
