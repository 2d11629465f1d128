"""Blender's window in each state that the manual tells of; run by manual_pictures.py.

Arguments: the add-on's zip, the Python of the real backend, that of the one that stands in for it
where a state must be held, the folder for pictures, the file for findings. The findings say which
part of each picture is meant: left, top, right, bottom in pixels of the window.
"""

import sys
import time
from pathlib import Path

import bpy
from mathutils import Euler

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press, refusal, sidebar, view_3d, wait_for

ZIP, PYTHON, FAKE, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {"parts": {}}
VIEW = 760, 400
"""Width and height of what is shown of the 3D view."""


def picture(name, part):
    window.picture(Path(PICTURES, f"{name}.png"))
    found["parts"][name] = part


def panel_part():
    """The sidebar without its tabs."""
    win, _, region = sidebar()
    top = win.height - region.y - region.height
    return region.x, top, region.x + region.width - 22, top + region.height


def view_part(with_sidebar=False):
    """The middle of the 3D view; or its right with the sidebar beside it."""
    win, area = view_3d()
    region = next(region for region in area.regions if region.type == "WINDOW")
    width, height = VIEW
    top = win.height - region.y - region.height
    if with_sidebar:
        right = sidebar()[2].x + sidebar()[2].width
        return right - 860, top, right, top + 590
    left = region.x + (region.width - width) // 2
    top += (region.height - height) // 2
    return left, top, left + width, top + height


def panels():
    ui = window.module("ui")

    return [cls for cls in ui._CLASSES if issubclass(cls, bpy.types.Panel)]


def panel_picture(name, panel):
    """A picture of one panel alone, open."""
    others = [cls for cls in panels() if cls is not panel]
    for cls in reversed(others):
        bpy.utils.unregister_class(cls)
    twin = window.open_twin(panel)
    yield 0.6
    picture(name, panel_part())
    bpy.utils.unregister_class(twin)
    for cls in panels():
        bpy.utils.register_class(cls)
    yield 0.3


def look(distance, location, turn):
    """Set the view: metres away, the point in its middle, degrees about Z."""
    view = view_3d()[1].spaces.active.region_3d
    view.view_distance, view.view_location = distance, location
    view.view_rotation = Euler((1.31, 0.0, turn * 0.0174533)).to_quaternion()


def generate(operator=None, **fields):
    """Press Generate with these in the panel, and wait for the motion."""
    session = window.module("link.session")

    for name, value in fields.items():
        setattr(bpy.context.scene.anyframe, name, value)
    press(operator or bpy.ops.anyframe.generate)
    job = session.queue.current
    yield from wait_for(lambda: job.ended)
    if job.state.name != "DONE":
        raise RuntimeError(job.message)
    yield 0.5


def play():
    yield 1.0
    bpy.context.preferences.view.use_save_prompt = False
    bpy.context.preferences.system.use_region_overlap = False
    bpy.context.preferences.system.viewport_aa = "8"
    window.install(ZIP)
    session = window.module("link.session")
    ANYFRAME_PT_main = window.module("ui.main").ANYFRAME_PT_main

    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    found["tab_shown"] = yield from window.show_sidebar(ANYFRAME_PT_main)
    space = view_3d()[1].spaces.active
    space.overlay.show_cursor = space.show_gizmo = False
    space.overlay.show_relationship_lines = space.overlay.show_text = False
    press(bpy.ops.anyframe.add_character)
    yield from held_states(session)
    session.preferences().python = PYTHON
    yield from motions()
    yield from preferences(session)


def held_states(session):
    """States that would be over too soon: of a motion that is being made, and of an error."""
    ANYFRAME_PT_main = window.module("ui.main").ANYFRAME_PT_main

    session.preferences().python = FAKE
    settings = bpy.context.scene.anyframe
    settings.prompt, settings.lock_seed, settings.seed = "a person walks slowly", True, 7
    yield from wait_for(lambda: not session.queue.busy)
    press(bpy.ops.anyframe.generate)
    job = session.queue.current
    yield from wait_for(lambda: job.status.step >= 60)
    yield from panel_picture("generating", ANYFRAME_PT_main)
    press(bpy.ops.anyframe.cancel)
    yield from wait_for(lambda: job.ended)
    settings.prompt, settings.seconds = "a person walks forward", 12.0
    refusal(lambda: press(bpy.ops.anyframe.generate))
    yield from panel_picture("error", ANYFRAME_PT_main)
    settings.seconds = 4.0
    bpy.ops.anyframe.clear_history()
    session.queue.last = None


def motions():
    ANYFRAME_PT_blocks = window.module("ui.blocks").ANYFRAME_PT_blocks
    ANYFRAME_PT_bones = window.module("ui.bones").ANYFRAME_PT_bones
    ANYFRAME_PT_history = window.module("ui.history").ANYFRAME_PT_history
    ANYFRAME_PT_generated = window.module("ui.resample").ANYFRAME_PT_generated
    ANYFRAME_PT_placement = window.module("ui.main").ANYFRAME_PT_placement
    ANYFRAME_PT_resample = window.module("ui.resample").ANYFRAME_PT_resample
    ANYFRAME_PT_review = window.module("ui.review").ANYFRAME_PT_review

    scene = bpy.context.scene
    settings = scene.anyframe
    look(5.0, (-0.55, -0.4, -0.45), 35.0)
    yield 0.5
    picture("ready", view_part(with_sidebar=True))
    yield from panel_picture("bones", ANYFRAME_PT_bones)

    yield from generate(
        prompt="a person waves with the right hand", seconds=3.0, seed=3, variations=4
    )
    scene.frame_set(40)
    look(7.0, (0.0, -0.4, 0.75), 12.0)
    yield 0.5
    picture("side_by_side", view_part())
    yield from panel_picture("review", ANYFRAME_PT_review)
    press(bpy.ops.anyframe.discard_review, "EXEC_DEFAULT")
    scene.frame_set(1)
    yield from generate(prompt="a person walks in a circle", seconds=6.0, variations=1, review=True)
    scene.frame_set(75)
    look(5.8, (-0.4, -0.8, 0.6), 12.0)
    yield 0.5
    picture("one", view_part())
    press(bpy.ops.anyframe.discard_review, "EXEC_DEFAULT")
    scene.frame_set(1)
    settings.review = False

    yield from generate(prompt="a person walks forward and waves", seconds=4.0, seed=7)
    scene.frame_set(44)
    look(5.0, (-0.55, -1.9, -0.45), 35.0)
    yield 0.5
    picture("done", view_part(with_sidebar=True))
    yield from panel_picture("generated", ANYFRAME_PT_generated)
    scene.frame_set(1)

    for prompt, seconds in (
        ("a person walks forward", 3.0),
        ("a person jumps up and down", 2.0),
        ("a person runs", 3.0),
    ):
        settings.prompt, settings.seconds = prompt, seconds
        bpy.ops.anyframe.add_block()
        scene.anyframe_blocks.blocks[-1].seed = 7
    scene.anyframe_blocks.index = 1
    yield from generate(bpy.ops.anyframe.generate_blocks)
    yield from panel_picture("blocks", ANYFRAME_PT_blocks)

    scene.anyframe_history.entries[1].favourite = True
    scene.anyframe_history.index = 1
    yield from panel_picture("history", ANYFRAME_PT_history)
    settings.keying = "SPARSE"
    yield from panel_picture("keys_and_place", ANYFRAME_PT_placement)
    settings.resample_fps = 120.0
    yield from panel_picture("resample", ANYFRAME_PT_resample)
    yield from styles()


def styles():
    """The panels Learn and Blend, with a style that is no more than its name and labels."""
    MelProsody = window.module("backend.protocol.audio_features").MelProsody
    session = window.module("link.session")
    ANYFRAME_PT_blend = window.module("ui.generate_in_style").ANYFRAME_PT_blend
    ANYFRAME_PT_learn = window.module("ui.learn_style").ANYFRAME_PT_learn

    sys.path.append(str(Path(__file__).parents[3]))
    from tests.support.fake_backend import style_file

    shelf = session.style_library()
    shelf.save_style("Tired Captures", style_file(["walk", "run", "sneak", "jump"]))
    shelf.save_style("My Style", style_file(["walk", "sneak"]))
    playing = bpy.context.scene.anyframe.armature or bpy.data.objects["Anyframe Character"]
    for name in ("Tired walk", "Tired run", "Sneaking"):
        action = playing.animation_data.action.copy()
        action.name = name
        playing.animation_data.action = action
        bpy.ops.anyframe.add_lesson()
    learning, blend = bpy.context.scene.anyframe_learning, bpy.context.scene.anyframe_blend
    for item, label in zip(learning.takes, ("walk", "run", "sneak"), strict=True):
        item.label = label
    blend.style, learning.name = "Tired Captures", "Tired"
    yield from panel_picture("learn", ANYFRAME_PT_learn)
    blend.alike = False
    for fine, parts in ((False, (("walk", 3), ("sneak", 2), ("run", 3))), (True, (("sneak", 8),))):
        for label, seconds in parts:
            bpy.ops.anyframe.add_span(fine=fine, label=label)
            (blend.fine if fine else blend.coarse)[-1].seconds = seconds
    yield from panel_picture("blend", ANYFRAME_PT_blend)
    shelf.save_style("Talking", style_file(list(MelProsody().columns)))
    blend.style, blend.sound_seconds = "Talking", 8.0
    yield from panel_picture("sound", ANYFRAME_PT_blend)
    for name in ("Tired Captures", "My Style", "Talking"):
        shelf.delete_style(name)


def preferences(session):
    ConnectionTestStatus = window.module("link.http.connection_test").ConnectionTestStatus
    EnvironmentInfo = window.module("link.setup.state").EnvironmentInfo
    SetupState = window.module("link.setup.state").SetupState
    SetupStatus = window.module("link.setup.state").SetupStatus

    settings, installer = session.preferences(), session.installer()
    settings.python = ""
    win = view_3d()[0]
    area = window.show_preferences()
    yield 0.5
    yield from wait_for(lambda: not installer.detection.is_running)
    # From the add-on's own part on: above are Blender's, with where the file lies.
    top = win.height - area.y - area.height
    part = area.x + 172, top + 284, area.x + area.width - 8, top + area.height - 20
    yield 0.5
    picture("not_set_up", part)
    folder = "~/.config/blender/{}.{}/extensions/.user/user_default/anyframe/env1"
    folder = folder.format(*bpy.app.version)
    environment = EnvironmentInfo(
        Path(folder), "", "CPU", "3.11.2", "2.13.0", "processor", 1_500_000_000
    )
    installer.status = SetupStatus(
        SetupState.DOWNLOADING,
        detail="Collecting torch==2.13.0",
        progress=0.4,
        started_at=time.monotonic() - 48.0,
    )
    yield 0.5
    picture("setting_up", part)
    installer.status = SetupStatus(SetupState.READY, environment=environment)
    yield 0.5
    picture("set_up", part)

    if hasattr(bpy.app, "online_access"):
        bpy.context.preferences.system.use_online_access = True
    settings.place, settings.remote_url = "REMOTE", "https://motion.example.com"
    settings.remote_token = "x" * 43
    session.connection_test.status = ConnectionTestStatus(
        session.remote_origin(),
        message="Anyframe 0.1.0 · nerm 0123abcd · CUDA · ready · 12 ms",
    )
    yield 0.5
    picture("remote", part)


window.run(play(), found, FINDINGS)
