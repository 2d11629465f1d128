"""An SMPL character added in a Blender window; run by test_smpl.py.

Arguments: the add-on's zip, the backend's Python, a folder with a model file and `take.npz`, the
file for findings.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press

ZIP, PYTHON, FOLDER, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}


def play():
    window.install(ZIP)
    session = window.module("link.session")
    shape_of = window.module("rig.smpl.shape").read_smpl_shape

    session.preferences().python = PYTHON
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.ed.undo_push(message="before")

    result = press(bpy.ops.anyframe.add_smpl_character)
    yield 0.5
    found["asks_for_a_folder"] = "RUNNING_MODAL" in result

    press(
        bpy.ops.anyframe.add_smpl_character,
        "EXEC_DEFAULT",
        directory=FOLDER,
        betas=(1.0, *(0.0,) * 9),
    )
    job = session.queue.current
    yield from window.wait_for(lambda: job.ended)
    found["job"] = [job.state.name, job.message]
    armature = bpy.context.view_layer.objects.active
    found["added"] = [armature.name, armature.type, bpy.context.mode]
    found["betas"] = list(shape_of(armature).betas)
    press(bpy.ops.anyframe.import_take, "EXEC_DEFAULT", filepath=str(Path(FOLDER, "take.npz")))
    found["shaped"] = list(shape_of(armature).betas)
    bpy.ops.ed.undo()
    yield 0.3
    found["unshaped"] = list(shape_of(bpy.data.objects["SMPL neutral"]).betas)
    bpy.ops.ed.undo()
    yield 0.3
    found["undone"] = sorted(bpy.data.objects.keys())


window.run(play(), found, FINDINGS)
