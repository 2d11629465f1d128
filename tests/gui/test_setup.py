"""The preferences in a real window while the backend is set up.

Pictures are left in out/gui/ for a person to look at.
"""

from pathlib import Path

from PIL import Image

from tests.support.tiny_wheels import PROBE, make_index

SESSION = Path(__file__).with_name("sessions") / "setup_session.py"


def test_setting_up_in_a_window(
    run_in_window, addon_zip: Path, pictures: Path, tmp_path: Path
) -> None:
    wheels, lists = tmp_path / "wheels", tmp_path / "lists"
    make_index(wheels, lists)
    found, printed = run_in_window(SESSION, addon_zip, wheels, lists, PROBE, pictures)
    assert "Traceback" not in printed, printed

    assert found["detected"]
    assert "choose another" in found["refused"]
    assert found["returned"] == ["FINISHED"]
    assert "Making the environment…" in found["headlines"], "Blender went on meanwhile"
    assert found["done"] == "The backend is set up: PyTorch 2.13.0, on processor."
    assert found["not_ready"] == (
        "The backend's environment is damaged: press Repair in the add-on's preferences."
    )
    for name in ("absent", "busy", "ready", "broken"):
        picture = Image.open(pictures / f"setup_{name}.png")
        assert len(picture.convert("RGB").getcolors(2**24) or ()) > 100, f"{name} is blank"
