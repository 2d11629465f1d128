"""The character's own meshes while its motion is under review: hidden, and as they were after it.

Where there is no window nothing is hidden by itself, so the steps are taken one by one.

Arguments: the zip, the backend's Python, a folder to write in.
"""

import sys
from pathlib import Path

import addon
import bpy

ZIP, PYTHON, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe


def own():
    return addon.module("operators.jobs.hidden_meshes")


def character():
    armature = bpy.data.objects["Anyframe Character"]
    return armature, armature.children[0]


def fresh():
    addon.empty_scene()
    ops.add_character()
    bpy.ops.mesh.primitive_cube_add(location=(5.0, 0.0, 0.0))
    armature, body = character()
    for thing in (armature, body):
        thing.select_set(True)
    bpy.context.view_layer.objects.active = armature


def hide():
    armature, _ = character()
    own().hide_meshes(armature, bpy.context.view_layer, bpy.context.scene)


def check_only_its_meshes_are_hidden_and_come_back_as_they_were():
    fresh()
    armature, body = character()
    before = addon.state(), list(body.keys())
    hide()
    assert not body.visible_get() and armature.visible_get()
    assert bpy.data.objects["Cube"].visible_get()
    assert bpy.context.view_layer.objects.active == armature and bpy.context.mode == "OBJECT"
    own().show_all_meshes()
    assert body.visible_get()
    assert (addon.state(), list(body.keys())) == before


def check_what_was_hidden_before_stays_hidden():
    fresh()
    _, body = character()
    body.hide_set(True)
    hide()
    own().show_all_meshes()
    assert not body.visible_get()


def check_what_the_user_shows_meanwhile_stays_shown():
    fresh()
    _, body = character()
    hide()
    body.hide_set(False)
    hide()
    assert body.visible_get()
    own().show_all_meshes()
    assert body.visible_get() and not {*body.keys()}


def check_an_undo_into_a_review_shows_them():
    fresh()
    hide()
    bpy.ops.ed.undo_push(message="while it is hidden")
    own().show_all_meshes()
    bpy.ops.mesh.primitive_cube_add(location=(9.0, 0.0, 0.0))
    bpy.ops.ed.undo_push(message="after it")
    bpy.ops.ed.undo()
    _, body = character()
    assert len(bpy.data.objects) == 3, list(bpy.data.objects)
    assert body.visible_get() and not {*body.keys()}


def check_a_saved_file_has_them_visible():
    fresh()
    hide()
    path = str(Path(FOLDER, "saved.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    with bpy.data.libraries.load(path) as (_, to):
        to.objects = ["Anyframe Body"]
    assert not {*to.objects[0].keys()}, "no mark is in the file"
    bpy.ops.wm.open_mainfile(filepath=path)
    assert character()[1].visible_get()


def check_a_file_that_blender_saved_by_itself_is_mended_when_it_is_opened():
    fresh()
    hide()
    path = str(Path(FOLDER, "autosaved.blend"))
    module = own()
    for name in ("save_pre", "save_post"):  # which Blender does not call then
        handlers = getattr(bpy.app.handlers, name)
        for handler in [one for one in handlers if one.__module__ == module.__name__]:
            handlers.remove(handler)
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    own().show_all_meshes()
    bpy.ops.wm.open_mainfile(filepath=path)
    _, body = character()
    assert body.visible_get() and not {*body.keys()}
    bpy.app.handlers.save_pre.append(module._before_save)
    bpy.app.handlers.save_post.append(module._update)


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        check()
        print("DONE", name, flush=True)
addon.finish()
