"""*Set up* from inside Blender: from a folder of wheels, without any network."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.tiny_wheels import PROBE, make_index

SCRIPT = Path(__file__).with_name("in_blender") / "addon/addon_setup.py"


@pytest.fixture
def arguments(addon_zip: Path, tmp_path: Path) -> list[str]:
    wheels, lists = tmp_path / "wheels", tmp_path / "lists"
    make_index(wheels, lists)
    return [str(addon_zip), str(wheels), str(lists), PROBE]


@pytest.mark.slow
def test_as_an_extension(blender_python: Path, run_in_blender, arguments: list[str]) -> None:
    done = run_in_blender(blender_python, SCRIPT, *arguments, timeout=300)
    assert "Traceback" not in done.stdout + done.stderr
    assert "Anyframe: Installing" in done.stdout


def test_as_a_classic_add_on(arguments: list[str], tmp_path: Path) -> None:
    blender = shutil.which("blender")
    if blender is None:
        pytest.skip("Blender 3.4 is Debian's package blender: apt-get install it.")
    scripts = tmp_path / "user" / "scripts"
    (scripts / "addons").mkdir(parents=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BLENDER"))}
    user = {
        "BLENDER_USER_SCRIPTS": str(scripts),
        "BLENDER_USER_DATAFILES": str(tmp_path / "user" / "datafiles"),
        "BLENDER_USER_CONFIG": str(tmp_path / "user" / "config"),
    }
    start = f"import sys; sys.path.insert(0, {str(SCRIPT.parent.parent)!r})"
    done = subprocess.run(
        [
            *(blender, "--background", "--factory-startup", "--python-exit-code", "3"),
            *("--python-expr", start, "--python", str(SCRIPT), "--", *arguments),
        ],
        env={**environment, **user},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    assert "Traceback" not in done.stdout + done.stderr
    assert "Anyframe: Installing" in done.stdout
    assert (scripts / "addons" / "anyframe" / "__init__.py").exists()
