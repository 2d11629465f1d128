"""Setting up in a window, where a timer shows how it goes; run by test_setup.py.

Arguments: the zip, a folder of wheels, the folder with their lists of pins, the probe's source, the
folder for pictures, the file for findings.
"""

import shutil
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window

ZIP, WHEELS, LISTS, PROBE, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {"headlines": []}


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def play():
    yield 1.0
    window.install(ZIP)
    session = window.module("link.session")

    requirements = session.HOME / "backend" / "requirements"
    shutil.rmtree(requirements)
    shutil.copytree(LISTS, requirements)
    window.show_preferences()
    installer = session.installer()
    installer._self_test = PROBE
    yield 1.0
    while installer.detection.is_running:
        yield 0.1
    found["detected"] = installer.detection.result is not None  # drawing has begun to look
    picture("setup_absent")

    session.preferences().wheels = str(Path(WHEELS, "nowhere"))
    try:
        bpy.ops.anyframe.setup_backend()
    except RuntimeError as error:
        found["refused"] = str(error)
    session.preferences().wheels = WHEELS
    found["returned"] = list(bpy.ops.anyframe.setup_backend())
    while installer.status.busy:
        if installer.status.headline not in found["headlines"]:
            found["headlines"].append(installer.status.headline)
            if len(found["headlines"]) == 2:
                picture("setup_busy")
        yield 0.05
    found["done"] = installer.status.error or installer.status.outcome
    yield 0.5
    picture("setup_ready")
    next(installer.environments.root.glob("env1/*/python*/site-packages/torch.py")).unlink()
    bpy.ops.anyframe.check_backend()
    while installer.status.busy:
        yield 0.05
    yield 0.5
    picture("setup_broken")
    found["not_ready"] = session.not_ready_reason()


window.run(play(), found, FINDINGS)
