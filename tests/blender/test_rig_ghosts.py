"""Ghosts of a take before it is applied, on each Blender version."""

from pathlib import Path

import pytest
from rig_checks import checks_in, outcomes

SCRIPT = "rig_on_ghosts.py"


@pytest.mark.parametrize("check", checks_in(SCRIPT))
def test_ghosts(blender_python: Path, run_in_blender, addon_zip: Path, check: str) -> None:
    outcome = outcomes(run_in_blender, blender_python, SCRIPT, addon_zip.parent)[check]
    print(outcome["note"])
    assert not outcome["error"], outcome["error"]
