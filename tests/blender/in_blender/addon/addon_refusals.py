"""Every bad input that an animator can give the add-on: a sentence, and nothing has changed.

Arguments: the zip, the backend's Python, a folder to write in.
"""

import json
import sys
from pathlib import Path

import addon
import bpy
import numpy as np

ZIP, PYTHON, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe


def generate(**properties):
    return lambda: ops.generate(**{"prompt": "walk", "seconds": 1.0, **properties})


def check_requests():
    addon.refused(generate(prompt=""), "prompt is empty")
    addon.refused(generate(prompt="  \n "), "prompt is empty")
    addon.refused(generate(prompt="x" * 5000), "at most 500 characters", "got 5000")
    addon.refused(generate(seconds=0.0), "length must be between 0.5 and", "got 0")
    addon.refused(generate(seconds=10_000.0), "length must be", "got 10000")
    addon.refused(generate(seconds=-1.0), "length must be", "got -1")
    addon.refused(generate(seconds=float("nan")), "length must be", "got nan")
    addon.refused(generate(seed=-1), "seed must be", "got -1")
    addon.refused(generate(candidates=-1), "candidates must be between 1 and 16", "got -1")
    addon.refused(generate(candidates=17), "number of candidates must be", "got 17")
    check_keying(generate)
    render = bpy.context.scene.render
    render.fps, render.fps_base = 100, 0.001
    addon.refused(generate(), "frame rate must be between 1 and 1000", "got 100000")
    render.fps, render.fps_base = 1, 1000.0
    addon.refused(generate(), "frame rate must be", "got 0.001")
    render.fps, render.fps_base = 24, 1.001


def check_keying(call):
    """For any operator that writes keys, called through a function that takes its properties."""
    for step in (0, -3):
        addon.refused(
            call(keying="EVERY_NTH", key_step=step), "Step must be at least 1", f"got {step}"
        )
    for value in (0.0, -1.0, float("nan")):
        off = f"must be above 0 (got {value:g})."
        addon.refused(call(keying="SPARSE", key_distance=value), "distance tolerance", off)
        addon.refused(call(keying="SPARSE", key_angle=value), "angle tolerance", off)


def check_armatures():
    addon.refused(generate(armature="Nobody"), "no object called “Nobody”", "Add Character")
    addon.refused(generate(armature="Cube"), "“Cube” is not an armature", "Add Character")
    addon.refused(generate(armature="Bare"), "no bones")
    addon.refused(generate(armature="Stick"), "“Stick”")
    bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
    addon.refused(generate(), "Choose an armature")
    bpy.context.view_layer.objects.active = None
    addon.refused(generate(), "Choose an armature")
    character = bpy.data.objects["Anyframe Character"]
    bpy.context.view_layer.objects.active = character
    bpy.ops.object.mode_set(mode="EDIT")
    addon.refused(generate(), "Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")


def check_decode():
    addon.refused(ops.decode, "plays no motion that Anyframe generated")
    addon.refused(lambda: ops.decode(fps=100_000.0), "frame rate must be", "got 100000")
    addon.refused(lambda: ops.decode(source="Nobody"), "no object called “Nobody”")
    addon.refused(lambda: ops.decode(armature="Stick"), "“Stick”")
    for speed in (0.0, -1.0, 11.0, float("nan")):
        addon.refused(lambda speed=speed: ops.decode(speed=speed), f"(got {speed:g})")


def generated(name, info):
    """An action that says it holds a generated motion."""
    action = bpy.data.actions.new(name)
    action["anyframe"] = info if isinstance(info, str) else json.dumps(info)
    return action


def check_parts_and_pairs():
    character = bpy.context.view_layer.objects.active
    addon.refused(ops.interpolate, "plays no motion that Anyframe generated")
    latent = {"latent": [0.5, -0.5], "seconds": 2.0}
    mine = generated("Mine", latent)
    generated("Other", latent)
    bpy.data.actions.new("Foreign")
    generated("Damaged", '{"latent": ')
    character.animation_data_create().action = mine
    part = lambda **sent: lambda: ops.decode(**sent)  # noqa: E731
    addon.refused(part(start=-1.0), "start at 0 s or later")
    addon.refused(part(start=float("nan")), "start at 0 s or later (got nan s)")
    addon.refused(part(start=2.0), "start before the motion ends at 2 s (got 2 s)")
    addon.refused(part(start=1.0, end=0.5), "end after its start (got 1 s to 0.5 s)")
    addon.refused(part(end=2.5), "ends at 2 s (got 2.5 s)")
    addon.refused(part(end=-1.0), "end after its start (got 0 s to -1 s)")

    blend = lambda **sent: lambda: ops.interpolate(**sent)  # noqa: E731
    addon.refused(blend(), "Choose a second motion")
    addon.refused(blend(second="Nobody"), "no Action called “Nobody”")
    addon.refused(blend(second="Foreign"), "“Foreign” has no motion that Anyframe generated")
    addon.refused(blend(second="Damaged"), "“Damaged” has no motion that Anyframe generated")
    addon.refused(blend(first="Foreign", second="Other"), "“Foreign” has no motion")
    for share in (-0.1, 1.5, float("nan")):
        addon.refused(
            blend(second="Other", share=share), "share of the second motion must be between"
        )
    addon.refused(blend(second="Other", fps=100_000.0), "frame rate must be", "got 100000")
    addon.refused(blend(second="Other", armature="Stick"), "“Stick”")
    addon.refused(blend(second="Other", armature="Nobody"), "no object called “Nobody”")
    character.animation_data_clear()
    addon.refused(blend(second="Other"), "plays no motion that Anyframe generated")
    for name in ("Mine", "Other", "Foreign", "Damaged"):
        bpy.data.actions.remove(bpy.data.actions[name])


def check_backend():
    addon.refused(generate(prompt="fail"), "The weights are missing: install them again.")
    addon.refused(generate(prompt="refuse"), "not to the backend's liking")
    addon.refused(generate(prompt="broken"), "The backend sent a motion that")
    addon.refused(generate(prompt="crash"), "exit status 7", "Press Generate")
    assert ops.generate(prompt="walk", seconds=1.0) == {"FINISHED"}, "and then it works again"

    addon.use_python("")
    addon.refused(generate(), "not set up", "press Set up")
    addon.use_python(Path(FOLDER, "nothing"))
    addon.refused(generate(), "Python of the Backend", "nothing")
    other = Path(FOLDER, "other program")
    other.write_text("#!/bin/sh\necho Hello\n")
    other.chmod(0o755)
    addon.use_python(other)
    addon.refused(generate(), "first line is not a handshake", "Hello")
    other.write_text("#!/bin/sh\necho 'No module named torch' >&2; exit 1\n")
    addon.refused(generate(), "ended while starting", "No module named torch", "Set up")
    other.chmod(0o644)
    addon.refused(generate(), "could not be started", "Set up")
    addon.use_python(PYTHON)


def import_file(name, content=None):
    path = Path(FOLDER, name)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.savez(path, **content)
    return lambda **sent: ops.import_take(filepath=str(path), **sent)


def check_files():
    poses, trans = np.zeros((9, 72)), np.zeros((9, 3))
    take = {"poses": poses, "trans": trans, "mocap_framerate": 30.0}
    addon.refused(import_file("none.npz"), "There is no file")
    addon.refused(import_file("none.bvh"), "There is no file")
    addon.refused(import_file("some.txt", b"text"), "an AMASS .npz or a .bvh")
    addon.refused(import_file("cut.npz", b"PK\x03\x04 and no more"), "not a readable .npz")
    addon.refused(import_file("wide.npz", {**take, "poses": np.zeros((9, 71))}), "71")
    addon.refused(import_file("nan.npz", {**take, "trans": trans * np.nan}), "NaN")
    addon.refused(import_file("rate.npz", {"poses": poses, "trans": trans}), "frame rate")
    addon.refused(
        import_file("none0.npz", {**take, "poses": poses[:0], "trans": trans[:0]}), "no frames"
    )
    addon.refused(import_file("cut.bvh", b"HIERARCHY\nROOT Hips\n{\n OFFSET 0"), "cut.bvh")
    good = import_file("good.npz", take)
    check_keying(lambda **sent: lambda: good(**sent))
    armature = bpy.context.view_layer.objects.active
    bpy.context.view_layer.objects.active = None
    addon.refused(import_file("good.npz", take), "Choose an armature")
    bpy.context.view_layer.objects.active = armature

    export = lambda name: lambda: ops.export_take(filepath=name)  # noqa: E731
    addon.refused(export(str(Path(FOLDER, "take.fbx"))), "must end in .npz (AMASS) or .bvh")
    addon.refused(export(""), "must end in")
    addon.refused(export(str(Path(FOLDER, "no", "folder", "take.npz"))), "cannot be written")
    addon.refused(export(str(Path(FOLDER, "no", "folder", "take.bvh"))), "cannot be written")


def check_offline():
    if not bpy.app.online_access:
        addon.refused(ops.setup_backend, "stay offline", "Allow Online Access")


addon.install(ZIP)
addon.empty_scene()
bpy.ops.mesh.primitive_cube_add()
bpy.context.view_layer.objects.active.name = "Cube"
addon.use_python(PYTHON)
addon.refused(generate(), "Choose an armature to animate, or press Add Character.")
for name in ("Bare", "Stick"):
    bpy.ops.object.armature_add()
    bpy.context.view_layer.objects.active.name = name
bare = bpy.data.objects["Bare"]
bpy.context.view_layer.objects.active = bare
bpy.ops.object.mode_set(mode="EDIT")
bare.data.edit_bones.remove(bare.data.edit_bones[0])
bpy.ops.object.mode_set(mode="OBJECT")
ops.add_character()
check_requests()
check_armatures()
check_decode()
check_parts_and_pairs()
check_backend()
check_files()
check_offline()
addon.finish()
