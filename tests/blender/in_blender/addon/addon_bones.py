"""Bones chosen by hand: assigned, drawn, saved with the .blend, exported, imported, refused.

Arguments: the zip, a folder to write in.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import addon
import bpy

ZIP, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe


def character():
    return bpy.data.objects["Anyframe Character"]


def summary():
    return addon.module("rig.armature.mapping").summarize_rig(character())


def chosen():
    return addon.module("rig.armature.bone_overrides").read_bone_overrides(character())


def rename(old, new):
    character().data.bones[old].name = new


addon.install(ZIP)
addon.empty_scene()
ops.add_character()
bones = character().data.bones
assert summary().bones["left_wrist"] == "left_wrist"
assert summary().override_count == 0
assert summary().confidence > 0.99
assert "by name: SMPL" in summary().reasons[0]

# One choice replaces what was recognised; a bone plays one part only.
ops.assign_bone(joint="left_wrist", bone="left_hand")
assert summary().confidence < 0.8
assert summary().bones["left_wrist"] == "left_hand"
assert "left_hand" in summary().missing_joints
assert summary().override_count == 1
bones.active = bones["left_wrist"]
ops.assign_bone(joint="left_wrist")
assert summary().bones["left_wrist"] == "left_wrist"

# With names that nobody knows, what was chosen stays; what is renamed after that is named.
path = Path(FOLDER) / "map.json"
ops.reset_bones()
ops.export_bones(filepath=str(path))
written = json.loads(path.read_text())
assert written["bones"]["pelvis"] == "pelvis"
ops.import_bones(filepath=str(path))
assert summary().override_count == len(chosen()) == 22
rename("left_elbow", "Bizeps")
assert "left_elbow" in summary().error and "elbow" in summary().error, summary().error
generate = lambda: ops.generate(prompt="walk", seconds=1.0)  # noqa: E731
addon.refused(generate, "“left_elbow”", "chosen for the left elbow", "does not exist")
ops.assign_bone(joint="left_elbow", bone="Bizeps")
assert not summary().error
assert summary().bones["left_elbow"] == "Bizeps"

# Refusals change nothing.
before = chosen()
addon.refused(lambda: ops.assign_bone(joint="tail", bone="pelvis"), "“tail”", "left_hip")
addon.refused(lambda: ops.assign_bone(joint="head", bone="Nobody"), "no bone called “Nobody”")
addon.refused(lambda: ops.assign_bone(joint="head", bone="x", armature="No"), "no object called")
addon.refused(lambda: ops.import_bones(filepath=str(path)), "no bone called “left_elbow”")
addon.refused(lambda: ops.import_bones(filepath=str(path) + "x"), "cannot be read")
(Path(FOLDER) / "no.json").write_text('{"bones": {"wing": "x"}}')
addon.refused(lambda: ops.import_bones(filepath=str(Path(FOLDER) / "no.json")), "no bone map")
(Path(FOLDER) / "b.json").write_bytes(b"\xff\xfe\x00")
addon.refused(lambda: ops.import_bones(filepath=str(Path(FOLDER) / "b.json")), "not a text file")
assert chosen() == before
bones.active = None
addon.refused(lambda: ops.assign_bone(joint="head"), "no active bone", "active")

# The same bone twice.
ops.assign_bone(joint="left_hip", bone="right_hip")
assert "right hip" in summary().error and "left hip" in summary().error
ops.assign_bone(joint="left_hip", bone="left_hip")
assert not summary().error

# The panel draws in every state, and what was chosen is in the file.
panel = addon.module("ui.bones").ANYFRAME_PT_bones
drawn = []


class Layout:
    """Takes everything, and remembers texts and properties."""

    def __getattr__(self, name):
        def call(*arguments, **named):
            drawn.extend([named.get("text"), named.get("placeholder"), *arguments])
            return Layout()

        return call

    def __setattr__(self, name, value):
        pass


def draw():
    drawn.clear()
    context = SimpleNamespace(
        scene=bpy.context.scene,
        view_layer=bpy.context.view_layer,
        region=SimpleNamespace(width=240),
    )
    panel.draw(SimpleNamespace(layout=Layout()), context)
    return " ".join(word for word in drawn if isinstance(word, str))


bpy.context.view_layer.objects.active = character()
assert panel.poll(bpy.context)
text = draw()
assert "assigned by hand" in text
assert "Confidence 100%" in text
assert "Left and right differ" in text
assert "anyframe.reset_bones" in text
assert "Thigh" in text
assert "Bizeps" in text
file = Path(FOLDER) / "kept.blend"
bpy.ops.wm.save_as_mainfile(filepath=str(file))
ops.reset_bones()
assert not chosen()
assert "anyframe.reset_bones" not in draw()
bpy.ops.wm.open_mainfile(filepath=str(file))
assert chosen()["left_elbow"] == "Bizeps"
assert len(chosen()) == 22
addon.finish()
