"""A backend on another machine, by the preferences and buttons of the installed extension.

Arguments: the zip, a folder to write in, the port of a running backend, its token.
"""

import json
import os
import stat
import sys
from pathlib import Path

import addon
import bpy
from layouts import drawn

ZIP, FOLDER, PORT, TOKEN = sys.argv[1:]
HERE = f"http://127.0.0.1:{PORT}"

addon.install(ZIP)
addon.empty_scene()
session = addon.module("link.session")
Preferences = addon.module("ui.preferences").AnyframePreferences
settings = session.preferences()
buttons = bpy.ops.anyframe
buttons.add_character()
character = bpy.context.view_layer.objects.active
bpy.context.preferences.system.use_online_access = True


def generate():
    return buttons.generate(prompt="a person walks", seconds=1.0, armature=character.name)


# Nothing of another machine until that is chosen.
assert not buttons.test_backend.poll()
assert "remote_url" not in drawn(Preferences)
assert not session.is_remote()
settings.place = "REMOTE"
assert not session.is_set_up()
addon.refused(generate, "address of the backend is empty")
assert "The address of the backend is empty" in drawn(Preferences)

settings.remote_url = "motion.example.com"
addon.refused(generate, "must begin with https://")
settings.remote_url = HERE
addon.refused(generate, f"no token for {HERE}")
settings.remote_token = "x" * 40
addon.refused(generate, "expects another token")
settings.remote_token = TOKEN
assert settings.remote_token == TOKEN
assert session.is_set_up() and not session.not_ready_reason()

assert buttons.test_backend() == {"FINISHED"}
assert "nerm 0123abcd · CPU" in drawn(Preferences), drawn(Preferences)
assert generate() == {"FINISHED"}
assert character.animation_data.action.name == "a person walks"
connection = session.queue._worker._connection
assert not hasattr(connection, "process"), "no process was started"
assert buttons.release_memory() == {"FINISHED"}
assert "memory is free again" in session.queue.last.message

# Another address: another token, and none is sent.
elsewhere = "http://192.0.2.1:5000"
settings.remote_url = elsewhere
assert settings.remote_token == ""
assert not settings.remote_unencrypted
addon.refused(generate, "anybody between here and the backend", "Allow Without Encryption")
settings.remote_unencrypted = True
addon.refused(generate, f"no token for {elsewhere}")
settings.remote_token = "another-token-" * 3
bpy.context.preferences.system.use_online_access = False
addon.refused(generate, "stay offline", "192.0.2.1")
addon.refused(buttons.test_backend, "stay offline")
text = drawn(Preferences)
assert "stay offline" in text and f"Stored token of {HERE}" in text, text

# The first address again: what belongs to it is there, and offline does not concern it.
settings.remote_url = f"{HERE}/"
assert settings.remote_token == TOKEN
assert not settings.remote_unencrypted
assert generate() == {"FINISHED"}

# Model files are read on this machine.
addon.refused(
    lambda: buttons.add_smpl_character(directory=FOLDER),
    "model files are always read on this machine",
)

# No .blend holds a token: neither the preferences nor a file of the user.
bpy.ops.wm.save_userpref()
bpy.ops.wm.save_as_mainfile(filepath=str(Path(FOLDER, "scene.blend")), compress=False)
book = session.user_folder() / "addresses.json"
resources = Path(os.environ["BLENDER_USER_RESOURCES"])
written = [path for root in (resources, Path(FOLDER)) for path in root.rglob("*") if path.is_file()]
blends = [path for path in written if path.suffix == ".blend"]
assert {path.name for path in blends} == {"userpref.blend", "scene.blend"}, blends
holding = [path for path in written if TOKEN.encode() in path.read_bytes()]
assert holding == [book], holding
url = settings.remote_url.encode()
assert any(url in path.read_bytes() for path in blends), "the address itself is kept there"
assert stat.S_IMODE(book.stat().st_mode) == 0o600
assert set(json.loads(book.read_text())) == {HERE, elsewhere}

buttons.forget_backend(origin=elsewhere)
assert "Kept" not in drawn(Preferences)
settings.remote_url = elsewhere
assert settings.remote_token == "" and not settings.remote_unencrypted

# Back on this machine, nothing of it is in the way.
settings.place = "LOCAL"
addon.refused(generate, "is not set up")
assert buttons.release_memory.poll() is False
addon.finish()
