"""Run the checks of one script, each in an empty scene, and print their results."""

import importlib
import json
import os
import sys
import traceback

import bpy


def run(script: str) -> None:
    """Run every `check_…` of a module and end the process."""
    module = importlib.import_module(script)
    for name, check in list(vars(module).items()):
        if not name.startswith("check_"):
            continue
        bpy.ops.wm.read_factory_settings(use_empty=True)
        result = {"check": name.removeprefix("check_"), "note": "", "error": ""}
        try:
            result["note"] = str(check() or "")
        except Exception:
            result["error"] = traceback.format_exc()
        sys.stdout.write("\n" + json.dumps(result) + "\n")
    sys.stdout.flush()
    # Some versions of the bpy module hang in their own shutdown.
    os._exit(0)


def refusal(action) -> str:
    """Return the text of the RigError that an action raises; AssertionError without one."""
    from anyframe.rig.errors import RigError

    try:
        action()
    except RigError as error:
        return str(error)
    raise AssertionError("no RigError was raised")
