"""When a motion lands in a real window of Blender 5: not while a tool, a render or a strip is busy.

Pictures are left in out/gui/ for a person to look at.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SESSION = Path(__file__).with_name("sessions") / "tools_session.py"
BAR = (71, 114, 179)
"""The colour with which Blender's default theme fills a bar."""


# Before Blender 4.2 no script can tell which tools are in use.
@pytest.mark.parametrize("windowed_blender", ["current"], indirect=True)
def test_motion_while_blender_is_busy_waits_and_lands(
    run_in_window, addon_zip: Path, backend_python: Path, pictures: Path
) -> None:
    found, printed = run_in_window(SESSION, addon_zip, backend_python, pictures)
    assert "Traceback" not in printed, printed
    assert found["tab_shown"]
    tool = "Ready: it is applied when the tool that is in use has ended."
    for mode in ("object", "pose"):
        assert found[f"tools_{mode}"] == ["TRANSFORM_OT_translate"]
        assert found[f"waits_{mode}"] == tool
        assert found[f"lands_{mode}"] == ["DONE", f"a person walks {mode}"]
    assert found["lands_orbit"] == ["DONE", ["VIEW3D_OT_rotate"]]
    assert found["waits_render"] == "Ready: it is applied when the render has ended."
    assert found["lands_render"] == "DONE"
    assert "leave tweak mode" in found["waits_tweak"]
    assert found["lands_tweak"] == "DONE"

    sidebar = Image.open(pictures / "progress.png").convert("RGB").crop(found["sidebar"])
    filled = (np.abs(np.asarray(sidebar, int) - BAR).max(axis=-1) < 12).sum(axis=1)
    assert 0.4 < found["progress"] < 0.9
    assert (filled > 50).sum() > 10, "the bar is drawn"
