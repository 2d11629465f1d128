"""How another Python is started from inside Blender: a clean environment, no console window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

_REMOVED_PREFIXES = (
    "PYTHON",
    "__PYVENV",
    "VIRTUAL_ENV",
    "CONDA_",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
)


def clean_environment(base: Mapping[str, str] | None = None, **more: str) -> dict[str, str]:
    """This process' environment without what would lead another Python astray.

    Blender (and whoever started it) may set PYTHONPATH or PYTHONHOME for its own Python; another
    interpreter that inherits them does not find its own library. Text is UTF-8 both ways.
    """
    inherited = os.environ if base is None else base
    kept = {k: v for k, v in inherited.items() if not k.upper().startswith(_REMOVED_PREFIXES)}
    return {**kept, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8:replace", **more}


def popen_options() -> dict[str, Any]:
    """Keyword arguments of `subprocess.Popen` that every process started here shares.

    Output is bytes read as UTF-8 with bad bytes replaced. The process leads a group of its own, so
    that Ctrl-C in a terminal that shows Blender does not reach it, and it can be ended with all it
    has started.
    """
    options: dict[str, Any] = {"encoding": "utf-8", "errors": "replace"}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
    return options
