"""What an animator does with the panel, done in a Blender window; run by test_panel.py.

Arguments: the add-on's zip, the backend's Python, the folder for pictures, the file for findings.
`play` is a generator; each `yield` gives Blender that many seconds to go on with its own affairs,
so that timers fire and windows are drawn as they are for a person.
"""

import json
import sys
import time
import traceback
from pathlib import Path

import bpy

ZIP, PYTHON, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.system.viewport_aa = "OFF"  # software OpenGL is slow


def view_3d():
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return window, area


def sidebar():
    window, area = view_3d()
    return window, area, next(region for region in area.regions if region.type == "UI")


def press(operator, **properties):
    """Call an operator as its button in the sidebar does."""
    window, area, region = sidebar()
    with bpy.context.temp_override(window=window, area=area, region=region):
        return operator("INVOKE_DEFAULT", **properties)


def picture(name):
    window = bpy.context.window_manager.windows[0]
    for item in window.screen.areas:
        item.tag_redraw()
    bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.screen.screenshot(filepath=str(Path(PICTURES, f"{name}.png")))


def look_at_selection():
    window, area = view_3d()
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.view3d.view_selected()


def wait_for(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it took too long")
        yield 0.05


def show_sidebar(panel):
    """Open the sidebar and click down its tabs until the panel is drawn."""
    drawn = []
    draw = panel.draw
    panel.draw = lambda self, context: (drawn.append(1), draw(self, context))[1]
    view_3d()[1].spaces.active.show_region_ui = True
    yield 0.5
    window, _, region = sidebar()
    x, top = region.x + region.width - 12, region.y + region.height
    for y in range(top - 20, top - 400, -15):
        window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
        window.event_simulate(type="LEFTMOUSE", value="PRESS", x=x, y=y)
        window.event_simulate(type="LEFTMOUSE", value="RELEASE", x=x, y=y)
        yield 0.2
        if drawn:
            break
    panel.draw = draw
    found["tab_shown"] = bool(drawn)
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=200, y=300)
    yield 0.3


def open_twin(panel):
    """A twin of a sub-panel, open and below all others, which the panel itself is not."""
    name = f"{panel.__name__}_open"
    looks = {"bl_idname": name, "bl_options": set(), "bl_parent_id": ""}
    twin = type(name, (panel,), looks)
    bpy.utils.unregister_class(panel)
    bpy.utils.register_class(twin)
    return twin


def scroll_down():
    """Turn the mouse wheel over the sidebar."""
    window, _, region = sidebar()
    x, y = region.x + region.width // 2, region.y + region.height // 2
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    for _ in range(40):
        window.event_simulate(type="WHEELDOWNMOUSE", value="PRESS", x=x, y=y)
        yield 0.02
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=200, y=300)


def play():
    yield 1.0
    bpy.ops.preferences.addon_install(filepath=ZIP)
    bpy.ops.preferences.addon_enable(module="anyframe")
    from anyframe.link import session
    from anyframe.link.jobs import JobState
    from anyframe.ui.panel import ANYFRAME_PT_main
    from anyframe.ui.placement import ANYFRAME_PT_placement

    scene = bpy.context.scene
    settings = scene.anyframe
    queue = session.queue
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    yield from show_sidebar(ANYFRAME_PT_main)
    picture("panel_without_armature")

    press(bpy.ops.anyframe.add_character)
    look_at_selection()
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

    twin = open_twin(ANYFRAME_PT_placement)
    settings.keying, settings.carrier = "SPARSE", "OBJECT"
    yield 0.5
    yield from scroll_down()
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
    window, area = view_3d()
    with bpy.context.temp_override(window=window, area=area):
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
    window, area = view_3d()
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Anyframe"
    bpy.context.window_manager.addon_filter = "All"
    with bpy.context.temp_override(window=window, area=area):
        bpy.ops.preferences.addon_expand(module="anyframe")
    yield 0.5
    picture("preferences")

    child = queue._worker._child
    bpy.ops.preferences.addon_disable(module="anyframe")
    yield 0.2
    found["child_alive_after_disable"] = child.alive


def refusal(call):
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return ""


def press_and_ignore(operator):
    refusal(lambda: press(operator))


steps = play()


def advance():
    try:
        return next(steps)
    except StopIteration:
        pass
    except BaseException:
        found["traceback"] = traceback.format_exc()
    Path(FINDINGS).write_text(json.dumps(found))
    bpy.ops.wm.quit_blender()
    return None


bpy.app.timers.register(advance, first_interval=0.5, persistent=True)
