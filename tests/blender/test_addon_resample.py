"""*Resample Take* through the installed extension, on each version."""

from pathlib import Path

import pytest

IN_BLENDER = Path(__file__).with_name("in_blender")


@pytest.mark.parametrize("script", ["motions/addon_resample.py", "motions/addon_resample_jobs.py"])
def test_resample(
    blender_python: Path, run_in_blender, addon_zip: Path, backend_python: Path, script: str
) -> None:
    done = run_in_blender(
        blender_python, IN_BLENDER / script, addon_zip, backend_python, timeout=300.0
    )
    assert "Traceback" not in done.stdout + done.stderr
    print(done.stdout)
