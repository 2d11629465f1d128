"""Makes the manual's pictures (`make manual`): docs/pictures/manual, from today's Blender.

No test is collected from it unless it is named: pictures are looked at by a person.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.gui.blenders import WindowedBlender, find_blender

SESSION = Path(__file__).with_name("sessions") / "manual_session.py"
OUT = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "manual"
COLOURS = 128
MARGIN = 8
"""Pixels left below what is shown."""


@pytest.fixture(scope="session")
def window_size() -> tuple[int, int]:
    """Tall, so that each panel is seen as a whole, and wide enough for the view beside it."""
    return 1440, 1150


@pytest.fixture(scope="session")
def windowed_blender() -> WindowedBlender:
    """Today's Blender alone."""
    return find_blender("current")


@pytest.fixture
def real_python() -> Path:
    """A Python that has the backend's requirements: the one that runs this."""
    return Path(sys.executable)


def test_make_the_pictures(
    run_in_window, addon_zip: Path, real_python: Path, backend_python: Path, tmp_path: Path
) -> None:
    found, _ = run_in_window(SESSION, addon_zip, real_python, backend_python, tmp_path)
    assert found["tab_shown"]
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.png"):
        old.unlink()
    for name, part in found["parts"].items():
        with Image.open(tmp_path / f"{name}.png") as whole:
            picture = _trimmed(whole.convert("RGB").crop(part))
        few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(OUT / f"{name}.png", optimize=True)


def _trimmed(picture: Image.Image) -> Image.Image:
    """Without what is empty at the bottom, where each row has a single colour."""
    pixels = np.asarray(picture)
    rows = (pixels != pixels[:, :1]).any(axis=(1, 2))
    last = int(np.flatnonzero(rows)[-1]) if rows.any() else picture.height - 1
    return picture.crop((0, 0, picture.width, min(picture.height, last + 1 + MARGIN)))
