"""Where motions go, what carries them and how armatures stand, through the installed extension.

Arguments: the zip, the backend's Python.
"""

import sys
from types import SimpleNamespace

import addon
import bpy

ZIP, PYTHON = sys.argv[1:]
ops = bpy.ops.anyframe
FIELDS = {
    "destination": "NLA_STRIP",
    "part": "ARMS",
    "fade": 5,
    "carrier": "OBJECT",
    "in_place": True,
    "plant_feet": False,
    "ground": 0.5,
    "where_it_stands": False,
    "asset": True,
    "keying": "EVERY_NTH",
    "key_step": 3,
}


def character():
    return bpy.data.objects["Anyframe Character"]


def walk(**manner):
    bpy.ops.anyframe.generate(prompt="a person walks", seconds=2.0, seed=7, **manner)
    return character().animation_data.action


def hips(frame):
    bpy.context.scene.frame_set(frame)
    return character().matrix_world @ character().pose.bones["pelvis"].head


def check_motions_are_put_one_after_the_other():
    scene = bpy.context.scene
    walk()
    start, end = hips(10), hips(57)
    assert (end - start).length > 1.0
    action = character().animation_data.action
    assert walk(destination="SAME_ACTION", fade=4) == action
    assert len(bpy.data.actions) == 1
    middle, far = hips(57), hips(104)
    assert (middle - end).length < 0.05, "it goes on where the character stands"
    assert (far - start).length > 1.8 * (end - start).length
    scene.frame_set(10)


def check_again_at_the_same_spot():
    """Generating anew on the same frame begins at the same place, however often."""
    bpy.context.scene.frame_set(10)
    character().animation_data_clear()
    walk()
    first = hips(10)
    for carrier in ("HIPS", "OBJECT", "HIPS", "OBJECT", "HIPS"):
        bpy.context.scene.frame_set(10)
        walk(carrier=carrier)
        assert (hips(10) - first).length < 1e-3, carrier
    for _ in range(2):
        bpy.context.scene.frame_set(40)
        ops.decode()
        assert (hips(10) - first).length < 1e-3, "sampled again where it was"


def check_strips_and_parts():
    bpy.context.scene.frame_set(10)
    walked = walk()
    ops.generate(prompt="a person waves", seconds=1.0, part="RIGHT_ARM", destination="NLA_STRIP")
    tracks = character().animation_data.nla_tracks
    assert [strip.action for strip in tracks[0].strips] == [walked]
    waved = tracks[1].strips[0].action
    assert waved.name == "a person waves" and waved["anyframe_prompt"] == "a person waves"
    for track in list(tracks):
        tracks.remove(track)


def check_in_place_and_back():
    bpy.context.scene.frame_set(10)
    walk()
    travel = (hips(57) - hips(10)).length
    bpy.ops.ed.undo_push(message="before")
    assert ops.set_in_place() == {"FINISHED"}
    assert (hips(57) - hips(10)).length < 0.2 * travel
    bpy.ops.ed.undo()
    assert abs((hips(57) - hips(10)).length - travel) < 1e-3, "one undo puts it back"
    ops.set_in_place(in_place=True)
    ops.set_in_place(in_place=False)
    assert abs((hips(57) - hips(10)).length - travel) < 1e-3
    character().animation_data_clear()
    addon.refused(ops.set_in_place, "must play a motion with known root motion")


def check_how_it_stands():
    bpy.context.scene.frame_set(10)
    assert ops.pose_is_rest() == {"FINISHED"}
    assert addon.module("rig.armature.rest").read_rig(character()).custom_rest_pose is not None
    walk()
    assert ops.own_rest() == {"FINISHED"}
    assert addon.module("rig.armature.rest").read_rig(character()).custom_rest_pose is None
    settings = bpy.context.scene.anyframe
    bpy.context.scene.cursor.location = (3.0, 2.0, 0.4)
    assert ops.ground_at_cursor() == {"FINISHED"}
    assert abs(settings.ground - 0.4) < 1e-4, settings.ground
    settings.property_unset("ground")


def check_operators_invoked_use_panel_settings():
    settings = bpy.context.scene.anyframe
    for name, value in FIELDS.items():
        setattr(settings, name, value)
    for operator in ("generate", "decode", "interpolate"):
        cls = getattr(bpy.types, f"ANYFRAME_OT_{operator}")
        taken = SimpleNamespace(execute=lambda context: {"FINISHED"})
        assert cls.invoke(taken, bpy.context, None) == {"FINISHED"}
        for name, value in FIELDS.items():
            assert getattr(taken, name) == value, (operator, name)
    for name in FIELDS:
        settings.property_unset(name)


def check_what_cannot_be_is_refused():
    addon.refused(lambda: walk(fade=-1), "Blend frames must be 0 or more")
    addon.refused(lambda: walk(carrier="ROOT"), "There is no bone above")


addon.install(ZIP)
addon.empty_scene()
addon.use_python(PYTHON)
ops.add_character()
for name, check in list(globals().items()):
    if name.startswith("check_"):
        check()
addon.finish()
