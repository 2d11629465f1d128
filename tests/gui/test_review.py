"""Motions under review in a real window: what is drawn of them, and when.

Pictures are left in out/gui/ for a person to look at. How long a frame takes to be drawn is printed
(`pytest tests/gui/test_review.py -rP`).
"""

from pathlib import Path

import numpy as np
from PIL import Image

SESSION = Path(__file__).with_name("sessions") / "review_session.py"


class Views:
    """Pictures of the window, compared where the 3D view is."""

    def __init__(self, folder: Path, part: tuple[int, int, int, int]) -> None:
        self.folder, self.part = folder, part

    def pixels(self, name: str) -> np.ndarray:
        """(H, W, 3) what the 3D view shows."""
        picture = Image.open(self.folder / f"{name}.png").convert("RGB").crop(self.part)
        return np.asarray(picture, dtype=int)

    def changed(self, one: str, other: str) -> int:
        """How many pixels differ between two pictures."""
        return int((np.abs(self.pixels(one) - self.pixels(other)).max(axis=-1) > 20).sum())

    def like(self, name: str, colour: tuple[int, int, int]) -> int:
        """How many pixels have a hue like that of a colour, and are as vivid."""
        pixels = self.pixels(name)
        vivid = pixels - pixels.min(axis=-1, keepdims=True)
        expected = np.array(colour) - min(colour)
        share = vivid / np.maximum(vivid.max(axis=-1, keepdims=True), 1)
        near = np.abs(share - expected / expected.max()).max(axis=-1)
        return int(((near < 0.15) & (vivid.max(axis=-1) > 60)).sum())


def test_motions_under_review_in_a_window(
    run_in_window, addon_zip: Path, backend_python: Path, pictures: Path
) -> None:
    found, printed = run_in_window(SESSION, addon_zip, backend_python, pictures)
    assert found["tab_shown"]
    views = Views(pictures, tuple(found["view"]))
    changed, like = views.changed, views.like
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
    for colour in (cyan, red, green):
        assert like("without_overlays", colour) == like("nothing_without_overlays", colour)
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
    assert "a bug in Anyframe (ValueError('made up'))" in note
    assert printed.count("Traceback") == 1
    assert found["drawing_again"] == [True, ""]
    assert found["after_load"][:2] == [False, 0]
    assert found["after_load"][2].startswith("Another file was opened")
    assert found["drawing_at_the_end"]

    count, spent = found["figures"]
    print(f"Triangles of 16 figures: {16 * 1000 * spent / count:.1f} ms a frame")
    for what, seconds in zip(("16 ghosts", "one", "none"), found["frame_seconds"], strict=True):
        print(f"A frame step drawn in software OpenGL, {what}: {1000 * seconds:.0f} ms")
