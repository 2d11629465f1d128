"""What a motion waits for in a window of Blender 5: tools in use, a render, strips being tweaked.

Arguments: the add-on's zip, the backend's Python, the folder for pictures, the file for findings.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press, wait_for

ZIP, PYTHON, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}
MIDDLE = 400, 400
"""A place in the 3D view."""


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def tools_in_use():
    return [tool.bl_idname for tool in bpy.context.window_manager.windows[0].modal_operators]


def use_tool(kind, name):
    """Begin a tool by its key, with the mouse in the 3D view."""
    window.move_mouse(*MIDDLE)
    yield 0.1
    window.key(kind, *MIDDLE)
    yield from wait_for(lambda: name in tools_in_use(), 20.0)
    window.move_mouse(MIDDLE[0] + 60, MIDDLE[1])
    yield 0.1


def end_tool(kind):
    window.key(kind, *MIDDLE)
    yield from wait_for(lambda: not tools_in_use(), 20.0)


def generate(prompt):
    bpy.context.scene.anyframe.prompt = prompt
    press(bpy.ops.anyframe.generate)
    return window.module("link.session").queue.current


def is_ready(job):
    return job.state.name == "READY"


def play():
    yield 0.5
    window.install(ZIP)
    session = window.module("link.session")
    session.preferences().python = PYTHON
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    found["tab_shown"] = yield from window.show_sidebar(window.module("ui.main").ANYFRAME_PT_main)
    press(bpy.ops.anyframe.add_character)
    window.look_at_selection()
    settings = bpy.context.scene.anyframe
    settings.seconds, settings.seed, settings.lock_seed = 2.0, 7, True
    character = bpy.context.view_layer.objects.active
    character.select_set(True)

    # Held by a tool that moves the armature, in Object Mode and, bone by bone, in Pose Mode.
    for mode, word in (("OBJECT", "object"), ("POSE", "pose")):
        bpy.ops.object.mode_set(mode=mode)
        if mode == "POSE":
            bpy.ops.pose.select_all(action="SELECT")
        yield from use_tool("G", "TRANSFORM_OT_translate")
        found[f"tools_{word}"] = tools_in_use()
        job = generate(f"a person walks {word}")
        yield from wait_for(lambda job=job: is_ready(job))
        yield from wait_for(lambda job=job: "tool" in job.message, 20.0)
        found[f"waits_{word}"] = job.message
        yield from window.drawn_again()
        picture(f"waits_{word}")
        yield from end_tool("RET" if mode == "OBJECT" else "ESC")
        yield from wait_for(lambda job=job: job.ended)
        found[f"lands_{word}"] = [job.state.name, character.animation_data.action.name]
    bpy.ops.object.mode_set(mode="OBJECT")
    found["moved"] = [axis for axis in character.location if abs(axis) > 0.01] != []

    # Looking round is no obstacle.
    yield from orbit(generate("a person walks while one looks round"))

    # A render that goes on, and a strip that is tweaked.
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.frame_start, scene.frame_end = 1, 400
    scene.render.filepath = str(Path(FINDINGS).parent / "frame_")
    bpy.context.preferences.view.render_display_type = "NONE"
    bpy.ops.object.camera_add(location=(0.0, -5.0, 1.0), rotation=(1.57, 0.0, 0.0))
    scene.camera = bpy.context.view_layer.objects.active
    bpy.context.view_layer.objects.active = character
    press(bpy.ops.render.render, animation=True)
    yield from wait_for(lambda: bpy.app.is_job_running("RENDER"), 30.0)
    job = generate("a person walks while a render goes on")
    yield from wait_for(lambda: is_ready(job) or not bpy.app.is_job_running("RENDER"))
    yield from wait_for(lambda: "render" in job.message or job.ended, 20.0)
    found["waits_render"] = job.message
    window.key("ESC", *MIDDLE)
    yield from wait_for(lambda: not bpy.app.is_job_running("RENDER"), 60.0)
    yield from wait_for(lambda: job.ended)
    found["lands_render"] = job.state.name

    data = character.animation_data
    track = data.nla_tracks.new()
    track.strips.new("strip", 1, data.action)
    data.action = None
    data.nla_tracks.active = track
    job = generate("a person walks while a strip is tweaked")
    data.use_tweak_mode = True
    yield from wait_for(lambda: is_ready(job) and "tweak" in job.message)
    found["waits_tweak"] = job.message
    data.use_tweak_mode = False
    yield from wait_for(lambda: job.ended)
    found["lands_tweak"] = job.state.name

    # The bar of Blender 4.0 and later, half-way and with its text.
    job = generate("a person walks slowly")
    yield from wait_for(lambda: job.status.step >= 90)
    yield from window.drawn_again()
    picture("progress")
    _, _, region = window.sidebar()
    win = bpy.context.window_manager.windows[0]
    found["sidebar"] = [
        region.x,
        win.height - region.y - region.height,
        region.x + region.width - 22,
        win.height - region.y,
    ]
    found["progress"] = job.completed_fraction
    press(bpy.ops.anyframe.cancel)
    yield from wait_for(lambda: job.ended)


def orbit(job):
    """Turn the view with the middle button held down until the motion has landed."""
    win = bpy.context.window_manager.windows[0]
    window.move_mouse(*MIDDLE)
    yield 0.1
    win.event_simulate(type="MIDDLEMOUSE", value="PRESS", x=MIDDLE[0], y=MIDDLE[1])
    yield from wait_for(lambda: "VIEW3D_OT_rotate" in tools_in_use(), 20.0)
    window.move_mouse(MIDDLE[0] + 40, MIDDLE[1])
    yield from wait_for(lambda: job.ended)
    found["lands_orbit"] = [job.state.name, tools_in_use()]
    win.event_simulate(type="MIDDLEMOUSE", value="RELEASE", x=MIDDLE[0] + 40, y=MIDDLE[1])
    yield from wait_for(lambda: not tools_in_use(), 20.0)


window.run(play(), found, FINDINGS)
