"""Takes on the kinds of rig that animators have, on each Blender version."""

from pathlib import Path

import pytest
from rig_checks import checks_in, outcomes

SCRIPTS = (
    "rig_on_targets.py",
    "rig_on_matrix.py",
    "rig_on_rigify.py",
    "rig_on_sparse_keys.py",
    "rig_on_destinations.py",
    "rig_on_roots.py",
)


@pytest.mark.parametrize(
    ("script", "check"), [(script, check) for script in SCRIPTS for check in checks_in(script)]
)
def test_rig(
    blender_python: Path, run_in_blender, addon_zip: Path, script: str, check: str
) -> None:
    outcome = outcomes(run_in_blender, blender_python, script, addon_zip.parent)[check]
    print(outcome["note"])
    assert not outcome["error"], outcome["error"]
