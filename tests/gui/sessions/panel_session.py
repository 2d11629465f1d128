"""What an animator does with the panel, done in a Blender window; run by test_panel.py.

Arguments: the add-on's zip, the backend's Python, the folder for pictures, the file for findings.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press, refusal, view_3d, wait_for

ZIP, PYTHON, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def play():
    yield 1.0
    window.install(ZIP)
    session = window.module("link.session")
    JobState = window.module("link.http.jobs").JobState
    ANYFRAME_PT_main = window.module("ui.main").ANYFRAME_PT_main
    ANYFRAME_PT_placement = window.module("ui.main").ANYFRAME_PT_placement

    scene = bpy.context.scene
    settings = scene.anyframe
    queue = session.queue
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    found["tab_shown"] = yield from window.show_sidebar(ANYFRAME_PT_main)
    picture("panel_without_armature")

    press(bpy.ops.anyframe.add_character)
    window.look_at_selection()
    scene.render.fps, scene.render.fps_base = 24, 1.001
    scene.frame_set(10)
    yield 0.5
    picture("panel_not_set_up")
    settings.prompt = "a person walks"
    found["refused"] = refusal(lambda: press(bpy.ops.anyframe.generate))

    session.preferences().python = PYTHON
    settings.prompt = ""
    yield 0.3
    press_and_ignore(bpy.ops.anyframe.generate)
    yield 0.3
    picture("panel_error")
    found["error"] = queue.last.message

    settings.prompt = "a person walks slowly"
    settings.seconds = 4.0
    settings.seed, settings.lock_seed = 7, True
    yield from wait_for(lambda: not queue.busy)  # typing a prompt has started the backend
    found["actions"] = queue.capabilities["models"][0]["actions"]
    before = set(bpy.data.actions)
    press(bpy.ops.anyframe.generate)
    job = queue.current
    yield from wait_for(lambda: job.status.step >= 60)
    found["steps_seen"] = job.status.step
    picture("panel_running")
    press(bpy.ops.anyframe.cancel)
    yield 0.3
    found["cancelled"] = job.state.name
    found["actions_after_cancel"] = len(set(bpy.data.actions) - before)

    settings.prompt = "a person walks forward"
    press(bpy.ops.anyframe.generate)
    job = queue.current
    yield from wait_for(lambda: job.ended)
    yield 0.3
    picture("panel_done")
    character = bpy.context.view_layer.objects.active
    action = character.animation_data.action
    found["state"] = job.state.name
    found["message"] = job.message
    found["range"] = list(action.frame_range)
    found["scene"] = [scene.frame_current, scene.render.fps, round(scene.render.fps_base, 4)]
    found["settled"] = not bpy.app.timers.is_registered(session._on_timer)

    twin = window.open_twin(ANYFRAME_PT_placement)
    settings.keying, settings.carrier = "SPARSE", "OBJECT"
    yield 0.5
    yield from window.scroll_down()
    yield 0.5
    picture("panel_keys_and_place")
    bpy.utils.unregister_class(twin)
    bpy.utils.register_class(ANYFRAME_PT_placement)
    for field in ("keying", "carrier"):
        settings.property_unset(field)

    name = character.name
    bpy.ops.ed.undo()
    yield 0.3
    data = bpy.data.objects[name].animation_data
    found["action_after_undo"] = bool(data and data.action)
    bpy.ops.ed.redo()
    yield 0.3
    found["action_after_redo"] = bpy.data.objects[name].animation_data.action is not None

    # In another mode the take waits, so that its undo step is a whole one.
    bpy.ops.mesh.primitive_cube_add()
    scene = bpy.context.scene  # undo has replaced it
    scene.anyframe.armature = bpy.data.objects[name]
    bpy.ops.object.mode_set(mode="EDIT")
    press(bpy.ops.anyframe.generate)
    job = queue.current
    yield from wait_for(lambda: job.state is JobState.READY)
    yield 0.5
    found["held_in_edit_mode"] = job.state.name
    picture("panel_ready")
    win, area = view_3d()
    with bpy.context.temp_override(window=win, area=area):
        bpy.ops.object.mode_set(mode="OBJECT")
    yield from wait_for(lambda: job.ended)
    found["applied_in_object_mode"] = job.state.name

    # Opening a file in the middle of a job neither applies it there nor leaves the panel stuck.
    scene.anyframe.prompt = "slow"
    press(bpy.ops.anyframe.generate)
    job = queue.current
    yield from wait_for(lambda: job.status.step >= 2)
    bpy.ops.wm.save_as_mainfile(filepath=str(Path(FINDINGS).with_suffix(".blend")))
    bpy.ops.wm.open_mainfile(filepath=str(Path(FINDINGS).with_suffix(".blend")))
    yield 1.0
    found["after_load"] = [job.state.name, queue.current is None]
    bpy.context.scene.anyframe.prompt = "walk"
    press(bpy.ops.anyframe.generate)
    job = queue.current
    yield from wait_for(lambda: job.ended)
    found["job_after_load"] = job.state.name

    session.preferences().python = ""
    window.show_preferences()
    yield 0.5
    picture("preferences")

    child = queue._worker._connection.process
    bpy.ops.preferences.addon_disable(module=window.NAME)
    yield 0.2
    found["child_alive_after_disable"] = child.alive


def press_and_ignore(operator):
    refusal(lambda: press(operator))


window.run(play(), found, FINDINGS)
