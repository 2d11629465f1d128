"""Motions under review in a real window of Blender 3.4: what is drawn of them, and when.

Pictures are left in out/gui/ for a person to look at. How long a frame takes to be drawn is printed
(`pytest tests/gui/test_review.py -rP`).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

SESSION = Path(__file__).with_name("review_session.py")
PICTURES = Path(__file__).resolve().parents[2] / "out" / "gui"
VIEW = (60, 130, 830, 715)
"""The 3D view without its tool bar, header and sidebar, in pixels of the window."""


def view(name: str) -> np.ndarray:
    """(H, W, 3) what the 3D view shows."""
    picture = Image.open(PICTURES / f"review_{name}.png").convert("RGB").crop(VIEW)
    return np.asarray(picture, dtype=int)


def changed(one: str, other: str) -> int:
    """How many pixels of the 3D view differ between two pictures."""
    return int((np.abs(view(one) - view(other)).max(axis=-1) > 20).sum())


def like(name: str, colour: tuple[int, int, int]) -> int:
    """How many pixels of the 3D view have a hue like that of a colour, and are as vivid."""
    pixels = view(name)
    vivid = pixels - pixels.min(axis=-1, keepdims=True)
    wanted = np.array(colour) - min(colour)
    near = np.abs(vivid / np.maximum(vivid.max(axis=-1, keepdims=True), 1) - wanted / wanted.max())
    return int(((near.max(axis=-1) < 0.15) & (vivid.max(axis=-1) > 60)).sum())


def test_motions_under_review_in_a_window(
    run_in_window, addon_zip: Path, backend_python: Path, tmp_path: Path
) -> None:
    findings = tmp_path / "findings.json"
    printed = run_in_window(SESSION, addon_zip, backend_python, PICTURES, findings)
    found = json.loads(findings.read_text())
    assert "traceback" not in found, found["traceback"]
    assert found["tab_shown"]
    assert found["message"].startswith("4 variations of “a person walks” are shown")
    assert found["drawing"] and found["actions"] == 0

    cyan, red, green = (80, 200, 255), (242, 46, 35), (120, 242, 68)
    assert changed("before", "side_by_side") > 5000
    for colour in (cyan, red, green):
        shown = like("side_by_side", colour) - like("before", colour)
        assert shown > 100, (colour, shown)
    assert changed("side_by_side", "later") > 3000, "figures move as the scene plays"
    assert like("later", green) < like("side_by_side", green), "less of the way is left"
    assert changed("one", "before") > 3000
    assert changed("one", "side_by_side") > 3000
    assert changed("without_overlays", "nothing_without_overlays") == 0
    assert not found["drawing_after_end"]
    assert like("other_scene", cyan) == 0

    assert found["objects_after_undo"] == 0
    assert like("undone", cyan) == 0
    assert found["waiting_after_redo"] == 2
    assert found["accepted"] == "a person walks"
    assert not found["drawing_after_accept"]
    assert not found["action_after_undo"]

    called, drawing, note = found["faults"]
    assert called == 1 and not drawing
    assert "a fault of Anyframe's own (ValueError('made up'))" in note
    assert printed.count("Traceback") == 1
    assert found["drawing_again"] == [True, ""]
    assert found["after_load"][:2] == [False, 0]
    assert found["after_load"][2].startswith("Another file was opened")
    assert found["drawing_at_the_end"]

    count, spent = found["figures"]
    print(f"Triangles of 16 figures: {16 * 1000 * spent / count:.1f} ms a frame")
    for what, seconds in zip(("16 ghosts", "one", "none"), found["frame_seconds"], strict=True):
        print(f"A frame step drawn in software OpenGL, {what}: {1000 * seconds:.0f} ms")
