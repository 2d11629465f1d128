"""SMPL characters by the installed extension: built, posed, shaped, refused; runs in Blender.

Arguments: the zip, the backend's Python, a folder with model files, takes and `expected.npz`, which
holds for each model betas, poses, smplx's own vertices in those poses, and joints at rest.
"""

import sys
from pathlib import Path

import addon
import bpy
import numpy as np
from mathutils import Quaternion, Vector

ZIP, PYTHON, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe
TO_WORLD = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
WITHIN = 1e-3
EXPECTED = dict(np.load(Path(FOLDER, "expected.npz")))


def add(model="smpl", **properties):
    assert ops.add_smpl_character(directory=str(Path(FOLDER, model)), **properties) == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    (mesh,) = armature.children
    return armature, mesh


def shown(mesh):
    """(V, 3) metres, the vertices as they are seen, in the world."""
    bpy.context.view_layer.update()
    seen = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    flat = np.empty(3 * len(seen.data.vertices))
    seen.data.vertices.foreach_get("co", flat)
    matrix = np.array(seen.matrix_world)
    return flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def heads(armature):
    """(J, 3) metres, where bones begin at rest, by joint for a body of SMPL's."""
    bones, names = armature.data.bones, joints_of(armature)
    return np.array([armature.matrix_world @ bones[name].head_local for name in names])


def joints_of(armature):
    stored_body = armature.data.get("anyframe_smpl")
    return stored_body["joints"].split() if stored_body else armature.data.bones.keys()


def pose(armature, turns):
    """Turn each joint by axis-angle (J, 3), radians, body frame; every other in Euler angles."""
    for number, (name, turn) in enumerate(zip(joints_of(armature), turns, strict=True)):
        bone = armature.pose.bones[name]
        axis = Vector(TO_WORLD @ turn)
        local = bone.bone.matrix_local.to_3x3().inverted() @ axis
        turned = Quaternion(local, local.length) if local.length else Quaternion()
        bone.rotation_mode = "YXZ" if number % 2 else "QUATERNION"
        bone.rotation_quaternion = turned
        bone.rotation_euler = turned.to_euler("YXZ")


def grounded(vertices, resting):
    """smplx's vertices where Blender is to show them: the body at rest stands on the ground."""
    return (vertices - [0.0, resting[:, 1].min(), 0.0]) @ TO_WORLD.T


def check_it_is_what_smplx_makes(model):
    addon.empty_scene()
    bpy.context.scene.cursor.location = (0.0, 0.0, 0.0)
    betas, poses, vertices = (EXPECTED[f"{model}_{name}"] for name in ("betas", "poses", "posed"))
    armature, mesh = add(model, betas=betas)
    drivers = mesh.data.shape_keys.animation_data.drivers
    assert len(drivers) == 9 * (len(armature.data.bones) - 1)
    assert all(curve.driver.is_simple_expression for curve in drivers), "needs no Python"
    resting = EXPECTED[f"{model}_resting"]
    worst = 0.0
    for turns, expected in zip(poses, vertices, strict=True):
        pose(armature, turns.reshape(-1, 3))
        worst = max(worst, np.abs(shown(mesh) - grounded(expected, resting)).max())
    assert worst < WITHIN, f"{model}: {worst} m"
    assert np.abs(heads(armature) - grounded(EXPECTED[f"{model}_joints"], resting)).max() < 1e-5
    print(f"{model}: {worst * 1000:.4f} mm from smplx")


def check_without_correctives():
    addon.empty_scene()
    armature, mesh = add(correctives=False)
    assert mesh.data.shape_keys.animation_data is None
    assert len(mesh.data.shape_keys.key_blocks) == 11
    assert not mesh.modifiers[0].use_deform_preserve_volume
    assert len(mesh.vertex_groups) == len(armature.data.bones)


def check_place_undo_and_words():
    addon.empty_scene()
    bpy.context.scene.cursor.location = (1.0, 2.0, 3.0)
    bpy.ops.ed.undo_push(message="before")
    armature, mesh = add(gender="female")
    assert armature.name == "SMPL female", armature.name
    assert tuple(armature.location) == (1.0, 2.0, 3.0)
    assert abs(shown(mesh)[:, 2].min() - 3.0) < 1e-5
    assert "SMPL female" in addon.module("link.session").queue.last.message
    bpy.ops.ed.undo()
    assert not bpy.data.objects, "one undo takes it all back"
    bpy.context.scene.cursor.location = (0.0, 0.0, 0.0)


def check_a_take_applies(model):
    """By its names, and with the shape that it brings."""
    addon.empty_scene()
    armature, mesh = add(model)
    summary = addon.module("rig.armature.mapping").summarize_rig(armature)
    assert summary.preset == "SMPL" and summary.mapped_count >= 22, summary
    # A take without a shape, on the body that it was made for: as smplx has it, but for the place.
    path = str(Path(FOLDER, f"{model}_mean.npz"))
    assert ops.import_take(filepath=path, plant_feet=False) == {"FINISHED"}
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    expected, seen = EXPECTED[f"{model}_mean"], shown(mesh)
    wrong = seen - seen.mean(axis=0) - (expected - expected.mean(axis=0))
    assert np.abs(wrong).max() < WITHIN, np.abs(wrong).max()
    before = heads(armature)
    axes = [np.array(bone.matrix_local.to_3x3()) for bone in armature.data.bones]
    assert ops.import_take(filepath=str(Path(FOLDER, f"{model}_take.npz"))) == {"FINISHED"}
    resting = EXPECTED[f"{model}_resting"]
    assert np.abs(heads(armature) - grounded(EXPECTED[f"{model}_joints"], resting)).max() < 1e-4
    assert np.abs(heads(armature) - before).max() > 0.01, "another shape has other joints"
    turned = [np.array(bone.matrix_local.to_3x3()) for bone in armature.data.bones]
    assert np.abs(np.array(turned) - axes).max() < 1e-5, "bones are moved, not turned"
    # On the body that it is of, a take is what smplx has, in the world and on the same floor.
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    wrong = shown(mesh) - EXPECTED[f"{model}_take"]
    assert np.abs(wrong).max() < WITHIN, np.abs(wrong).max()
    # Again is no change.
    here = heads(armature)
    ops.import_take(filepath=str(Path(FOLDER, f"{model}_take.npz")))
    assert np.abs(heads(armature) - here).max() < 1e-5


def check_shapes_that_are_not_taken():
    shape_of = addon.module("rig.smpl.shape").read_smpl_shape
    addon.empty_scene()
    armature, _ = add(betas=(1.0,) * 10)
    mean = shape_of(armature).betas
    other = add_character_of_another_kind()
    before = heads(armature), heads(other)

    def stored_body(take, **properties):
        path = str(Path(FOLDER, f"{take}.npz"))
        assert ops.import_take(filepath=path, **properties) == {"FINISHED"}
        assert shape_of(armature).betas == mean
        for thing, was in zip((armature, other), before, strict=True):
            assert np.array_equal(heads(thing), was)

    stored_body("smpl_take", armature=armature.name, shape=False)
    stored_body("no_shape", armature=armature.name)
    stored_body("female", armature=armature.name)
    stored_body("smplx_take", armature=armature.name)
    stored_body("huge", armature=armature.name)
    stored_body("smpl_take", armature=other.name)
    armature.hide_set(True)
    stored_body("smpl_take", armature=armature.name)
    armature.hide_set(False)
    shaping = addon.module("operators.motions.motion_files")
    take = addon.module("backend.kinematics.body.take")
    for name, word in (
        ("female", "(got female)"),
        ("smplx_take", "(got SMPL-X)"),
        ("huge", "Beta 0"),
    ):
        loaded = take.load_take(Path(FOLDER, f"{name}.npz"))
        with shaping.apply_take_shape(bpy.context, armature, loaded) as (own, notes):
            assert own is loaded and word in notes[0], notes


def add_character_of_another_kind():
    ops.add_character()
    return bpy.context.view_layer.objects.active


def check_a_failed_import_gives_the_shape_back():
    shape_of = addon.module("rig.smpl.shape").read_smpl_shape
    addon.empty_scene()
    armature, mesh = add(betas=(0.5,) * 10)
    before = shape_of(armature).betas, heads(armature), shown(mesh)
    bpy.context.scene.frame_set(1_048_570)
    addon.refused(lambda: ops.import_take(filepath=str(Path(FOLDER, "long.npz"))), "Blender's last")
    bpy.context.scene.frame_set(10)
    assert np.abs(np.array(shape_of(armature).betas) - before[0]).max() < 1e-6
    assert np.abs(heads(armature) - before[1]).max() < 1e-5
    assert np.abs(shown(mesh) - before[2]).max() < 1e-5


def check_mode_after_import_unchanged():
    addon.empty_scene()
    armature, _ = add()
    bpy.ops.object.mode_set(mode="POSE")
    assert ops.import_take(filepath=str(Path(FOLDER, "smpl_take.npz"))) == {"FINISHED"}
    assert bpy.context.mode == "POSE"
    assert any(addon.module("rig.smpl.shape").read_smpl_shape(armature).betas)
    bpy.ops.object.mode_set(mode="OBJECT")


def begin():
    """Ask for a body as in a window, where nothing waits for it."""
    module = addon.module("operators.armature.characters")
    wait, module.finish_job = module.finish_job, lambda operator, job: {"FINISHED"}
    assert ops.add_smpl_character(directory=str(Path(FOLDER, "smpl"))) == {"FINISHED"}
    module.finish_job = wait
    (job,) = addon.module("link.session").queue.jobs
    return job


def end(job):
    addon.module("link.session").queue.wait(job)
    return job.state.name


def before_a_user(things):
    """What a user sees of the own work: scene, mode, active object, each thing's mode and
    selection."""
    return (
        bpy.context.scene.name,
        bpy.context.mode,
        bpy.context.view_layer.objects.active.name,
        [(item.mode, item.select_get()) for item in things],
    )


def three_things():
    """Two armatures and a cube in a scene that was empty."""
    addon.empty_scene()
    made = []
    operators = bpy.ops.object.armature_add, bpy.ops.object.armature_add
    for add_one in (*operators, bpy.ops.mesh.primitive_cube_add):
        add_one()
        made.append(bpy.context.view_layer.objects.active)
    return made


def choose(active, *selected):
    bpy.ops.object.select_all(action="DESELECT")
    for item in selected:
        item.select_set(True)
    bpy.context.view_layer.objects.active = active


def check_who_waits_finds_it_selected():
    *_, cube = three_things()
    job = begin()
    assert end(job) == "DONE", job.message
    body = bpy.data.objects["SMPL neutral"]
    assert bpy.context.view_layer.objects.active == body
    assert bpy.context.selected_objects == [body] and not cube.select_get()


def check_who_goes_on_is_left_at_that():
    first, _, cube = things = three_things()
    job = begin()
    choose(first, cube)
    before = before_a_user(things)
    assert end(job) == "DONE", job.message
    assert before_a_user(things) == before
    assert not bpy.data.objects["SMPL neutral"].select_get()

    first, second, cube = things = three_things()
    job = begin()
    choose(first, first, second)
    bpy.ops.object.mode_set(mode="POSE")
    second.select_set(False)
    cube.select_set(True)
    before = before_a_user(things)
    assert before[1] == "POSE" and before[3][1] == ("POSE", False)
    assert end(job) == "DONE", job.message
    assert before_a_user(things) == before
    bpy.ops.object.mode_set(mode="OBJECT")


def check_add_body_while_posing_mode_unchanged():
    first, *_ = things = three_things()
    choose(first, first)
    bpy.ops.object.mode_set(mode="POSE")
    job = begin()
    before = before_a_user(things)
    assert end(job) == "DONE", job.message
    assert before_a_user(things) == before
    bpy.ops.object.mode_set(mode="OBJECT")


def check_add_body_after_scene_change_goes_to_first_scene():
    first, *_ = three_things()
    sent = bpy.context.scene
    sent.cursor.location = (1.0, 2.0, 3.0)
    bpy.ops.ed.undo_push(message="before")
    job = begin()
    other = bpy.data.scenes.new("Other")
    other.collection.objects.link(first)
    other.cursor.location = (7.0, 7.0, 7.0)
    bpy.context.window.scene = other
    choose(first, first)
    bpy.ops.object.mode_set(mode="POSE")
    before = before_a_user([first])
    assert end(job) == "DONE" and f"to the scene “{sent.name}”" in job.message, job.message
    assert before_a_user([first]) == before and before[:2] == ("Other", "POSE")
    assert list(other.objects) == [first]
    body = bpy.data.objects["SMPL neutral"]
    (mesh,) = body.children
    assert body.users_scene == mesh.users_scene == (sent,)
    assert tuple(body.location) == (1.0, 2.0, 3.0)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.window.scene = sent
    assert abs(shown(mesh)[:, 2].min() - 3.0) < 1e-5
    assert body.visible_get() and mesh.visible_get()
    sent.cursor.location = (0.0, 0.0, 0.0)
    bpy.data.scenes.remove(other)


def check_a_scene_that_is_gone():
    three_things()
    sent = bpy.context.scene
    job = begin()
    other = bpy.data.scenes.new("Other")
    bpy.context.window.scene = other
    bpy.data.scenes.remove(sent)
    before = addon.state()
    assert end(job) == "FAILED"
    assert "was deleted or renamed meanwhile, so the body was not added." in job.message
    assert addon.state() == before


def check_refusals():
    addon.empty_scene()

    def sent(model="smpl", **properties):
        folder = str(Path(FOLDER, model)) if model else ""
        return lambda: ops.add_smpl_character(directory=folder, **properties)

    addon.refused(sent("nowhere"), "There is no folder", "nowhere")
    addon.refused(sent(""), "There is no folder")
    addon.refused(sent(gender="male"), "SMPL_MALE.npz", "https://smpl.is.tue.mpg.de")
    addon.refused(sent("pickled"), "SMPL_NEUTRAL.pkl", "pickle", "numpy.savez")
    addon.refused(sent("broken"), "posedirs", "NaN")
    for bad in (float("nan"), 10.5, -11.0):
        addon.refused(sent(betas=(*(0.0,) * 9, bad)), f"got {bad:g}", "between -10 and 10")
    addon.use_python(Path(FOLDER, "no_python"))
    addon.refused(sent(), "Python of the Backend")
    addon.use_python(PYTHON)


addon.install(ZIP)
addon.use_python(PYTHON)
check_refusals()
for model in ("smpl", "smplh", "smplx"):
    check_it_is_what_smplx_makes(model)
    check_a_take_applies(model)
check_without_correctives()
check_place_undo_and_words()
check_shapes_that_are_not_taken()
check_a_failed_import_gives_the_shape_back()
check_mode_after_import_unchanged()
check_who_waits_finds_it_selected()
check_who_goes_on_is_left_at_that()
check_add_body_while_posing_mode_unchanged()
check_add_body_after_scene_change_goes_to_first_scene()
check_a_scene_that_is_gone()
addon.finish()
