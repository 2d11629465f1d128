"""Actions, slots, undo, errors and reading, on each Blender version."""

from pathlib import Path

import pytest
from rig_checks import checks_in, outcomes

SCRIPTS = ("rig_on_actions.py", "rig_on_refusals.py", "rig_on_reading.py")


@pytest.mark.parametrize(
    ("script", "check"), [(script, check) for script in SCRIPTS for check in checks_in(script)]
)
def test_rig(
    blender_python: Path, run_in_blender, addon_zip: Path, script: str, check: str
) -> None:
    outcome = outcomes(run_in_blender, blender_python, script, addon_zip.parent)[check]
    print(outcome["note"])
    assert not outcome["error"], outcome["error"]
