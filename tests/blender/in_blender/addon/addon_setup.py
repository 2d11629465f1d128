"""Set up by the buttons' operators, as an extension or (Blender 3.4) as a classic add-on.

Arguments: the zip, a folder of wheels, the folder with their lists of pins, the source of the self
test.
"""

import shutil
import sys
from pathlib import Path

import addon
import bpy

ZIP, WHEELS, LISTS, PROBE = sys.argv[-4:]


def refused(call, *words):
    try:
        call()
    except RuntimeError as error:
        for word in words:
            assert word in str(error), error
        assert "Traceback" not in str(error), error
    else:
        raise AssertionError("it was not refused")


if bpy.app.version < (4, 2, 0):
    addon.NAME = "anyframe"
    bpy.ops.preferences.addon_install(filepath=ZIP)
    bpy.ops.preferences.addon_enable(module="anyframe")
else:
    addon.install(ZIP)
session = addon.module("link.session")
state = addon.module("link.setup.state").SetupState
status = addon.module("link.setup.state").SetupStatus
requirements = session.HOME / "backend" / "requirements"
shutil.rmtree(requirements)
shutil.copytree(LISTS, requirements)
installer = session.installer()
installer._self_test = PROBE
settings = session.preferences()
buttons = bpy.ops.anyframe
settings.accelerator = "AUTO"

assert session.not_ready_reason() == (
    "The backend is not set up: press Set up in the add-on's preferences."
)
assert not buttons.check_backend.poll()
assert not buttons.repair_backend.poll()
assert not buttons.remove_backend.poll()
assert not buttons.download_wheels.poll()
if hasattr(bpy.app, "online_access"):
    bpy.context.preferences.system.use_online_access = False
    refused(buttons.setup_backend, "stay offline", "wheels folder")
settings.wheels = str(Path(WHEELS, "nowhere"))
refused(buttons.setup_backend, "choose another")
settings.wheels = WHEELS
settings.base_python = str(Path(WHEELS, "no_python"))
refused(buttons.setup_backend, "no_python): choose another")
settings.base_python = ""

assert buttons.setup_backend() == {"FINISHED"}
assert installer.status.state is state.READY, installer.status
assert installer.status.environment.torch == "2.13.0"
assert installer.python.is_relative_to(session.user_folder())
assert not session.not_ready_reason()
assert not buttons.repair_backend.poll()
assert buttons.check_backend() == {"FINISHED"}
if hasattr(bpy.app, "online_access"):
    folder = str(Path(WHEELS, "others"))
    refused(lambda: buttons.download_wheels(directory=folder), "stay offline")
    assert not Path(folder).exists()

next(installer.environments.root.glob("env1/*/python*/site-packages/torch.py")).unlink()
refused(buttons.check_backend, "does not work", "Press Repair.")
assert "press Repair" in session.not_ready_reason()
assert buttons.repair_backend() == {"FINISHED"}
assert not session.not_ready_reason()

settings.python = str(installer.python)
assert buttons.check_backend() == {"FINISHED"}
assert installer.status.outcome.startswith("It works: ")
settings.python = str(Path(WHEELS, "no_python"))
refused(buttons.check_backend)
settings.python = ""

# Another Blender has set up since this one has looked.
installer.status = status(state.ABSENT)
addon.module("link.setup.installer").REFRESH_SECONDS = 0.0
session.not_ready_reason()
installer._refresh_thread.join()
assert not session.not_ready_reason()

command = session.backend_command()
assert addon.module("link.setup.locks").is_in_use(Path(command.arguments[0]).parents[1])
assert command.log_path.parent == installer.environments.root
assert command.work_folder.parent == session.user_folder()
(command.work_folder / "style").mkdir(parents=True)
assert buttons.remove_backend() == {"FINISHED"}
assert session.not_ready_reason()
left = sorted(path.name for path in session.user_folder().iterdir())
assert not left, left
addon.finish()
