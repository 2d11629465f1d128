"""Generate, import, export and undo through the installed extension.

Arguments: the zip, the backend's Python, a folder to write in.
"""

import _thread
import signal
import sys
import threading
import time
from pathlib import Path

import addon
import bpy

ZIP, PYTHON, FOLDER = sys.argv[1:]


def check_generate():
    scene = bpy.context.scene
    bpy.ops.anyframe.add_character()
    character = bpy.context.view_layer.objects.active
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.view_layer.objects.active
    bpy.ops.ed.undo_push(message="before")
    before = addon.state()

    result = bpy.ops.anyframe.generate(
        prompt="a person walks", seconds=4.0, seed=7, armature=character.name
    )
    assert result == {"FINISHED"}
    action = character.animation_data.action
    assert action.name == "a person walks", action.name
    frames = [point.co[0] for point in addon.curves_of(character)[0].keyframe_points]
    assert abs(frames[0] - 10.0) < 1e-3, frames[0]
    assert abs(max(c.keyframe_points[-1].co[0] for c in addon.curves_of(character)) - 105.0) < 1e-2
    assert action["anyframe_prompt"] == "a person walks"
    assert action["anyframe_seed"] == "7"

    after = addon.state()
    for same in ("objects", "selected", "active", "mode", "time", "frame"):
        assert after[same] == before[same], same
    assert cube.animation_data is None

    scene.frame_set(60)
    assert character.pose.bones["pelvis"].matrix.translation.y < -1.0
    scene.frame_set(10)

    name = character.name
    bpy.ops.ed.undo()
    data = bpy.data.objects[name].animation_data
    assert not (data and data.action), "one undo takes the motion away"
    assert len(bpy.data.objects) == len(before["objects"]), "and nothing else"
    bpy.ops.ed.redo()
    assert bpy.data.objects[name].animation_data.action.name == "a person walks"


def check_again_on_the_active_armature():
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    bpy.context.view_layer.objects.active = character
    first = character.animation_data.action
    bpy.ops.anyframe.generate(prompt="a person waves", seconds=1.0)
    assert character.animation_data.action is not first
    assert bpy.data.actions.get("a person walks"), "the first motion is kept"
    assert addon.curves_of(character), "the slot is bound"
    timings = addon.module("link.session").queue.last.status.timings
    assert timings["start"] == 0.0, "the backend stayed warm"


def check_the_same_motion_at_another_rate():
    """From the latent that the action carries, and on the frames that it was on."""
    scene = bpy.context.scene
    bpy.ops.anyframe.generate(prompt="a person turns", seconds=2.0)
    scene.frame_set(33)
    assert bpy.ops.anyframe.decode(fps=120.0) == {"FINISHED"}
    character = bpy.context.view_layer.objects.active
    keys = addon.curves_of(character)[0].keyframe_points
    rate = scene.render.fps / scene.render.fps_base
    ends = [c.keyframe_points[-1].co[0] for c in addon.curves_of(character)]
    assert abs(keys[0].co[0] - 10.0) < 1e-3, keys[0].co[0]
    assert abs(max(ends) - (10.0 + 239 * rate / 120)) < 1e-2, max(ends)
    assert scene.frame_current == 33
    other = character.copy()
    other.name = "Other"
    scene.collection.objects.link(other)
    other.animation_data_clear()
    assert bpy.ops.anyframe.decode(source=character.name, armature="Other") == {"FINISHED"}
    assert abs(addon.curves_of(other)[0].keyframe_points[0].co[0] - 10.0) < 1e-3
    ends = [c.keyframe_points[-1].co[0] for c in addon.curves_of(other)]
    assert abs(max(ends) - (10.0 + 47)) < 1e-2, max(ends)
    bpy.data.objects.remove(other)
    scene.frame_set(10)


def check_mode_and_selection():
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    bpy.context.view_layer.objects.active = character
    bpy.ops.object.mode_set(mode="POSE")
    before = addon.state()
    bpy.ops.anyframe.generate(prompt="a person jumps", seconds=1.0)
    after = addon.state()
    for same in ("selected", "active", "mode", "time", "frame"):
        assert after[same] == before[same], same
    bpy.ops.object.mode_set(mode="OBJECT")


def check_files():
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    for ending in ("npz", "bvh"):
        path = Path(FOLDER, f"Überraschung 1.{ending}")
        before = addon.state()
        assert bpy.ops.anyframe.export_take(filepath=str(path)) == {"FINISHED"}
        assert addon.state() == before
        assert path.stat().st_size > 1000
        assert not list(Path(FOLDER).glob(".*")), "no half-written file is left"
        assert bpy.ops.anyframe.import_take(filepath=str(path)) == {"FINISHED"}
        assert character.animation_data.action.name.startswith(path.stem)
        last = max(c.keyframe_points[-1].co[0] for c in addon.curves_of(character))
        assert abs(last - (10.0 + 77 - 5)) < 0.05, last


def check_interrupt():
    before = addon.state()
    # A shell that starts the tests in the background has SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.7, _thread.interrupt_main).start()
    began = time.monotonic()
    assert bpy.ops.anyframe.generate(prompt="slow", seconds=1.0) == {"CANCELLED"}
    assert time.monotonic() - began < 3.0
    assert addon.state() == before


def check_found_again():
    target = addon.module("operators.target")
    errors = addon.module("link.errors")
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    kept = target.Target.of(character, bpy.context.scene)
    character.name = "Renamed"
    bpy.context.scene.name = "Another"
    assert kept.find() == (character, bpy.context.scene)
    copy = character.copy()
    bpy.data.objects.remove(character)
    copy.name = kept.armature
    try:
        kept.find()
    except errors.JobError as error:
        assert "was deleted or renamed" in str(error)
    else:
        raise AssertionError("another armature of the same name was taken for it")
    bpy.data.objects.remove(copy)


def check_stops():
    process = addon.child()
    assert process.alive
    bpy.ops.preferences.addon_disable(module=addon.NAME)
    assert not process.alive
    assert not hasattr(bpy.types, "ANYFRAME_OT_generate")
    bpy.ops.preferences.addon_enable(module=addon.NAME)
    addon.use_python(PYTHON)
    bpy.ops.anyframe.add_character()
    bpy.ops.anyframe.generate(prompt="walk", seconds=1.0)
    process = addon.child()
    assert process.alive
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert not process.alive


def check_end_of_blender():
    """Leaves a backend running, for the test to see that it ends with this process."""
    bpy.ops.anyframe.add_character()
    bpy.ops.anyframe.generate(prompt="walk", seconds=1.0)
    Path(FOLDER, "pid").write_text(str(addon.child().handshake.pid))


addon.install(ZIP)
addon.use_python(PYTHON)
addon.empty_scene()
check_generate()
check_again_on_the_active_armature()
check_the_same_motion_at_another_rate()
check_mode_and_selection()
check_files()
check_interrupt()
check_found_again()
check_stops()
check_end_of_blender()
addon.finish()
