"""Which Blenders the tests of this folder run on, and how a script is run in one.

Blender comes from pip's `bpy`, one version per virtual environment (the Makefile makes them). Each
script runs in a process of its own, so that no test sees another's scene or add-ons.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
HELPERS = Path(__file__).resolve().with_name("in_blender")
"""Modules that scripts import."""
BPY_ENVIRONMENTS = {
    "4.2": ".venv-bpy42",
    "4.5": ".venv",
    "5.0": ".venv-bpy50",
    "5.2": ".venv-bpy52",
}

_ON_THE_ENDS = frozenset(
    f"test_{name}.py"
    for name in (
        *("addon_actions", "addon_blocks", "addon_history", "addon_newcomer", "addon_remote"),
        *("addon_review", "saved_blend", "smpl_character"),
    )
)
"""Tests that take long and touch little of what differs between versions: on those in between they
are left to ``make test-full``."""
_ALSO_ON_THE_ENDS = frozenset(
    {
        *("test_bad_input_is_a_sentence", "test_where_motions_go_and_what_carries_them"),
        *("test_upgrade_keeps_the_users_folder", "test_every_state_is_drawn"),
        "test_nothing_lands_while_something_else_holds_the_keys",
        "test_bones_are_chosen_by_hand",
    }
)
"""Such tests of other files."""
_SCRIPTS_ON_THE_ENDS = frozenset({"rig_on_sparse_keys.py"})
"""Such scripts of `test_rig_targets.py`."""
_SCRIPTS_OF_KEYS = frozenset({"rig_on_destinations.py", "rig_on_reading.py", "rig_on_targets.py"})
"""Scripts that vary how keys are read and written. Blender changed that in 4.4 and 5.0: they run on
one version of each kind, so 5.0 is left to ``make test-full``."""
_ON_THE_NEWEST = frozenset(
    f"test_{name}.py" for name in ("addon_resample", "addon_styles", "rig_ghosts", "rig_resampling")
)
"""Tests of what is computed alike in all versions: on all but the newest they are left to ``make
test-full``."""
_SCRIPTS_ON_THE_NEWEST = frozenset({"rig_on_matrix.py", "rig_on_rigify.py", "rig_on_roots.py"})
"""Such scripts: they vary the rig."""
_NEWEST = "5.2"
_IN_BETWEEN = frozenset({"4.5", "5.0"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark long tests on versions in between as slow."""
    for item in items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        version = parameters.get("blender_python")
        if version is None or version == _NEWEST:
            continue
        name, script = item.path.name, parameters.get("script")
        on_the_newest = name in _ON_THE_NEWEST or script in _SCRIPTS_ON_THE_NEWEST
        on_the_ends = (
            name in _ON_THE_ENDS
            or script in _SCRIPTS_ON_THE_ENDS
            or getattr(item, "originalname", None) in _ALSO_ON_THE_ENDS
        )
        of_keys = script in _SCRIPTS_OF_KEYS and version == "5.0"
        if on_the_newest or of_keys or (on_the_ends and version in _IN_BETWEEN):
            item.add_marker(pytest.mark.slow)


def _python_with_bpy(environment: Path) -> Path | None:
    """The interpreter of a virtual environment that has bpy; None if it has not."""
    if sys.platform == "win32":
        python, packages = "Scripts/python.exe", "Lib/site-packages"
    else:
        python, packages = "bin/python", "lib/python3*/site-packages"
    found = any(environment.glob(f"{packages}/bpy/__init__.*"))
    return environment / python if found else None


@pytest.fixture(params=BPY_ENVIRONMENTS)
def blender_python(request: pytest.FixtureRequest) -> Path:
    """The Python of each Blender version in turn; skips a version that is not installed."""
    environment = BPY_ENVIRONMENTS[request.param]
    python = _python_with_bpy(REPOSITORY / environment)
    if python is None:
        pytest.skip(
            f"Blender {request.param}: {environment} with bpy is missing (make env-blenders)"
        )
    return python


def run_in_blender(
    python: Path,
    script: str | Path,
    *args: str | Path,
    timeout: float = 120.0,
    resources: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a script, a file (Path) or source text (str), in a fresh process of `python`.

    Args:
        args: the script's `sys.argv[1:]`.
        timeout: seconds before the process is killed and subprocess.TimeoutExpired raised.
        resources: Blender's user folder, for runs that share one; else an empty one per run.

    Returns:
        The finished process with stdout and stderr as text. Fails the test, showing both, if the
        script did not end with 0.
    """
    with tempfile.TemporaryDirectory(prefix="anyframe-blender-") as scratch:
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "BLENDER"))
        }
        environment["BLENDER_USER_RESOURCES"] = str(resources or scratch)
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PYTHONPATH"] = str(HELPERS)
        source = [str(script)] if isinstance(script, Path) else ["-c", script]
        done = subprocess.run(
            [str(python), *source, *map(str, args)],
            env=environment,
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    if done.returncode != 0:
        pytest.fail(
            f"The script ended with {done.returncode} in {python}\n{done.stdout}\n{done.stderr}"
        )
    return done


@pytest.fixture(name="run_in_blender", scope="session")
def _run_in_blender():
    """`run_in_blender` as a fixture, so that test files need not import this one."""
    return run_in_blender
