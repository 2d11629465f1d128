"""What version 0.1.0 of the add-on published is there still, on each Blender version."""

import json
from pathlib import Path

import pytest

from tests.support.interfaces import missing, published

IN_BLENDER = Path(__file__).with_name("in_blender")


def test_addon_has_all_published_operators_properties_and_panels(
    blender_python: Path, run_in_blender, addon_zip: Path, tmp_path: Path
) -> None:
    target = tmp_path / "interfaces.json"
    run_in_blender(blender_python, IN_BLENDER / "addon/addon_interfaces.py", addon_zip, target)
    now = json.loads(target.read_text(encoding="utf-8"))
    gone = [one for part in now for one in missing(published(part), now[part], part)]
    if gone:
        pytest.fail("\n".join(gone))
