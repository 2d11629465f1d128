"""What may happen to the file while a motion is being made: a sentence, and the next job works.

Arguments: the zip, the backend's Python, a folder to write in. Without a window an operator waits
for its job; here it does not, so that the checks can come in between.
"""

import os
import sys
import time
from pathlib import Path

import addon
import bpy

ZIP, PYTHON, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe
GATE = Path(FOLDER, "gate")
"""The backend holds a job in its middle until there is such a file."""
HAS_NUMBERS = bpy.app.version >= (4, 1, 0)


def session():
    return addon.module("link.session")


def character():
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def begin(prompt="a person strolls"):
    """Start a job, and come back when it is in the middle, where it stays until `end`."""
    GATE.unlink(missing_ok=True)
    assert ops.generate(prompt=prompt, seconds=1.0, seed=7) == {"FINISHED"}
    (job,) = session().queue.jobs
    while job.status.step < 2 and not job.ended:
        session().queue.tick()
        time.sleep(0.005)
    assert job.state.name == "RUNNING"
    return job


def end(job):
    GATE.touch()
    session().queue.wait(job)
    assert job.message.endswith("."), job.message
    return job.state.name


def history():
    return [entry.outcome for entry in bpy.context.scene.anyframe_history.entries]


def the_next_job_works():
    if not any(item.type == "ARMATURE" for item in bpy.data.objects):
        ops.add_character()
    bpy.context.view_layer.objects.active = character()
    before = set(bpy.data.actions)
    ops.generate(prompt="a person waves", seconds=1.0)
    (job,) = session().queue.jobs
    session().queue.wait(job)
    assert job.state.name == "DONE", job.message
    (made,) = set(bpy.data.actions) - before
    assert character().animation_data.action == made


def saved(name):
    path = str(Path(FOLDER, name))
    bpy.ops.wm.save_as_mainfile(filepath=path)
    return path


def check_another_file_is_opened():
    path = saved("another.blend")
    job = begin()
    bpy.ops.wm.open_mainfile(filepath=path)
    assert job.state.name == "CANCELLED" and not session().queue.jobs
    assert job.message == "Another file was opened, so the motion was not finished."
    assert not bpy.data.actions and character().animation_data is None and not history()


def check_a_new_file():
    job = begin()
    bpy.ops.wm.read_homefile(use_empty=True)
    assert (job.state.name, len(bpy.data.actions), len(bpy.data.objects)) == ("CANCELLED", 0, 0)


def check_factory_settings():
    job, process = begin(), addon.child()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert job.state.name == "CANCELLED" and process.alive, "the add-on is still enabled"
    assert not bpy.data.actions


def check_the_file_is_saved():
    job = begin()
    path = saved("meanwhile.blend")
    assert end(job) == "DONE"
    assert character().animation_data.action.name == "a person strolls"
    bpy.ops.wm.open_mainfile(filepath=path)
    assert not bpy.data.actions, "what was saved is the file without the motion"


def check_an_undo_of_something_else():
    character().location.x = 2.0
    bpy.ops.ed.undo_push(message="moved")
    job = begin()
    bpy.ops.ed.undo()
    assert end(job) == "DONE"
    assert character().location.x == 0.0
    assert len(history()) == 1
    bpy.ops.ed.undo()
    assert not bpy.data.actions, "the motion is a step of its own"
    assert len(history()) == 1, "and is remembered"


def check_an_undo_that_takes_the_armature_away():
    bpy.ops.ed.undo_push(message="added")
    job = begin()
    while any(item.type == "ARMATURE" for item in bpy.data.objects):
        bpy.ops.ed.undo()
    before = addon.state()
    assert end(job) == "FAILED"
    assert "“Anyframe Character” was deleted or renamed meanwhile" in job.message
    assert addon.state() == before
    assert history() == [job.message]


def check_the_armature_is_deleted():
    job = begin()
    bpy.data.objects.remove(character())
    before = addon.state()
    assert end(job) == "FAILED"
    assert "was deleted or renamed meanwhile, so the motion was not applied." in job.message
    assert addon.state() == before and history() == [job.message]


def check_the_armature_is_deleted_and_still_chosen_in_the_panel():
    """The panel's pointer keeps it in the file, in no scene."""
    scene = bpy.context.scene
    scene.anyframe.armature = character()
    job = begin()
    with bpy.context.temp_override(selected_objects=[character()]):
        bpy.ops.object.delete()
    assert character().users and not character().users_scene
    before = addon.state()
    assert end(job) == "FAILED"
    assert "“Anyframe Character” was deleted or renamed meanwhile" in job.message
    assert addon.state() == before and history() == [job.message]
    deleted = character()
    assert addon.module("scene.target").chosen_armature(bpy.context) is None
    settings = addon.module("scene.settings")
    assert not settings._is_armature_in_scene(scene.anyframe, deleted)
    addon.refused(lambda: ops.generate(prompt="a person waves", seconds=1.0), "Choose an armature")
    ops.add_character()
    added = bpy.context.view_layer.objects.active
    assert addon.module("scene.target").chosen_armature(bpy.context) == added
    assert settings._is_armature_in_scene(scene.anyframe, added)
    ops.generate(prompt="a person waves", seconds=1.0)
    end(session().queue.jobs[0])
    assert added.animation_data and not deleted.animation_data
    scene.anyframe.armature = None
    bpy.data.objects.remove(deleted)
    added.animation_data_clear()


def check_the_armature_is_moved_to_another_scene():
    job = begin()
    other = bpy.data.scenes.new("Other")
    bpy.context.scene.collection.objects.unlink(character())
    other.collection.objects.link(character())
    assert end(job) == "DONE", job.message
    other.collection.objects.unlink(character())
    bpy.context.scene.collection.objects.link(character())


def check_another_armature_by_that_name():
    """Before 4.1 Blender has no numbers of data-blocks, and the name is all there is."""
    job = begin()
    name = character().name
    bpy.data.objects.remove(character())
    ops.add_character()
    assert character().name == name
    assert end(job) == ("FAILED" if HAS_NUMBERS else "DONE")
    assert bool(bpy.data.actions) != HAS_NUMBERS


def check_the_armature_is_renamed():
    job = begin()
    character().name = "Somebody"
    before = addon.state()
    state = end(job)
    if HAS_NUMBERS:
        assert state == "DONE" and "is on Somebody: 24 frames" in job.message, job.message
    else:
        assert state == "FAILED" and addon.state() == before


def check_the_bones_are_renamed():
    job = begin()
    for n, bone in enumerate(character().data.bones):
        bone.name = f"Bone {n}"
    assert end(job) == "DONE", job.message
    assert addon.curves_of(character())[0].data_path.startswith('pose.bones["Bone ')


def check_the_armature_loses_its_bones():
    job = begin()
    bpy.context.view_layer.objects.active = character()
    bpy.ops.object.mode_set(mode="EDIT")
    bones = character().data.edit_bones
    for bone in list(bones):
        bones.remove(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    before = addon.state()
    assert end(job) == "FAILED"
    assert "has no bones" in job.message and addon.state() == before
    bpy.data.objects.remove(character())


def check_edit_mode():
    job = begin()
    bpy.context.view_layer.objects.active = character()
    bpy.ops.object.mode_set(mode="EDIT")
    assert end(job) == "FAILED"
    assert "is in Edit Mode. Leave it" in job.message and not bpy.data.actions
    bpy.ops.object.mode_set(mode="OBJECT")


def check_another_scene_is_looked_at():
    first = bpy.context.scene
    job = begin()
    other = bpy.data.scenes.new("Other")
    other.render.fps = 60
    bpy.context.window.scene = other
    assert end(job) == "DONE"
    assert bpy.context.scene == other
    assert not history() and len(first.anyframe_history.entries) == 1
    frames = [keys.keyframe_points[-1].co[0] for keys in addon.curves_of(character())]
    assert abs(max(frames) - (10.0 + 23)) < 1e-2, "the rate is that of the scene it was asked in"
    bpy.context.window.scene = first


def check_the_scene_is_renamed():
    job = begin()
    bpy.context.scene.name = "Another"
    assert end(job) == ("DONE" if HAS_NUMBERS else "FAILED")


def check_the_scene_is_deleted():
    bpy.data.scenes.new("Other")
    job = begin()
    bpy.data.scenes.remove(bpy.context.scene)
    before = addon.state()
    assert end(job) == "FAILED"
    assert "was deleted or renamed meanwhile" in job.message
    assert addon.state() == before and not history()
    bpy.context.scene.collection.objects.link(character())


def check_all_is_cancelled():
    job = begin()
    before = addon.state()
    assert ops.cancel() == {"FINISHED"}
    assert job.state.name == "CANCELLED" and addon.state() == before
    assert history() == ["Stopped."]


def check_the_add_on_is_disabled():
    job, process = begin(), addon.child()
    bpy.ops.preferences.addon_disable(module=addon.NAME)
    assert job.state.name == "CANCELLED" and not process.alive
    assert not bpy.data.actions
    bpy.ops.preferences.addon_enable(module=addon.NAME)
    addon.use_python(PYTHON)
    do_not_wait()


def do_not_wait():
    addon.module("operators.jobs.run_job").finish_job = lambda operator, job: {"FINISHED"}


os.environ["ANYFRAME_TEST_GATE"] = str(GATE)
addon.install(ZIP)
addon.use_python(PYTHON)
do_not_wait()
for name, check in list(globals().items()):
    if name.startswith("check_"):
        bpy.ops.wm.read_homefile(use_empty=True)
        bpy.ops.ed.undo_push(message="empty")
        addon.empty_scene()
        ops.add_character()
        check()
        the_next_job_works()
        print(name)
addon.finish()
