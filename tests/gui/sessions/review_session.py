"""Motions under review in a Blender window: drawn, chosen, accepted; run by test_review.py.

Arguments: the add-on's zip, the backend's Python, the folder for pictures, the file for findings.
"""

import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press, view_3d, wait_for

ZIP, PYTHON, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}
FILE = str(Path(FINDINGS).with_suffix(".blend"))


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def look_from(distance, location):
    view = view_3d()[1].spaces.active.region_3d
    view.view_distance, view.view_location = distance, location


def frame_seconds(scene):
    """Mean seconds of a frame step with the window drawn again."""
    began, count = time.perf_counter(), 5
    with bpy.context.temp_override(window=view_3d()[0]):
        for frame in range(1, count + 1):
            scene.frame_set(frame)
            bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
    return (time.perf_counter() - began) / count


def generate(variations):
    session = window.module("link.session")

    sent = {"prompt": "a person walks", "seconds": 4.0, "seed": 7, "lock_seed": True}
    for name, value in {**sent, "variations": variations}.items():
        setattr(bpy.context.scene.anyframe, name, value)
    press(bpy.ops.anyframe.generate)
    job = session.queue.current
    yield from wait_for(lambda: job.ended)
    yield 0.5
    return job


def play():
    yield 1.0
    window.install(ZIP)
    session = window.module("link.session")
    review = window.module("operators.jobs.review_state").review_state
    overlay = window.module("ui.overlay")
    ANYFRAME_PT_main = window.module("ui.main").ANYFRAME_PT_main

    session.preferences().python = PYTHON
    scene = bpy.context.scene
    space = view_3d()[1].spaces.active
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    found["tab_shown"] = yield from window.show_sidebar(ANYFRAME_PT_main)
    bpy.ops.ed.undo_push(message="nothing there")
    press(bpy.ops.anyframe.add_character)
    bpy.ops.ed.undo_push(message="character")
    look_from(9.0, (0.0, -1.0, 1.0))
    scene.frame_set(40)
    yield 0.5
    found["view"] = window.view_part()
    picture("before")
    scene.frame_set(1)

    job = yield from generate(4)
    found["message"] = job.message
    found["drawing"] = bool(overlay._handles)
    found["actions"] = len(bpy.data.actions)
    scene.frame_set(40)
    yield 0.5
    picture("side_by_side")
    yield from window.scroll_down()
    yield 0.3
    picture("panel")
    scene.frame_set(70)
    yield 0.5
    picture("later")
    press(bpy.ops.anyframe.step_variation)
    bpy.context.window_manager.anyframe_beside = False
    scene.frame_set(40)
    yield 0.5
    picture("one")

    space.overlay.show_overlays = False
    yield 0.3
    picture("without_overlays")
    review.discard_all()
    yield 0.3
    picture("nothing_without_overlays")
    found["drawing_after_end"] = bool(overlay._handles)
    space.overlay.show_overlays = True

    # In another scene nothing is drawn.
    yield from generate(2)
    bpy.context.window.scene = bpy.data.scenes.new("Other")
    yield 0.3
    picture("other_scene")
    bpy.context.window.scene = scene
    yield 0.3

    # Undone while it is looked at: the character itself goes and comes back.
    steps = 0
    while bpy.data.objects and steps < 5:
        bpy.ops.ed.undo()
        steps += 1
    yield 0.3
    picture("undone")
    found["objects_after_undo"] = len(bpy.data.objects)
    for _ in range(steps):
        bpy.ops.ed.redo()
    yield 0.3
    found["waiting_after_redo"] = len(review.variations)
    press(bpy.ops.anyframe.accept_variation, "EXEC_DEFAULT")
    yield 0.3
    found["accepted"] = bpy.data.objects["Anyframe Character"].animation_data.action.name
    found["drawing_after_accept"] = bool(overlay._handles)
    bpy.ops.ed.undo()
    yield 0.3
    data = bpy.data.objects["Anyframe Character"].animation_data
    found["action_after_undo"] = bool(data and data.action)

    # A fault while drawing is said once, and Accept works all the same.
    yield from generate(2)
    whole, calls = overlay._draw_figure, []

    def faulty(*arguments):
        calls.append(arguments)
        raise ValueError("made up")

    overlay._draw_figure = faulty
    with bpy.context.temp_override(window=view_3d()[0]):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=3)
    yield 1.0
    view_3d()[1].tag_redraw()
    yield 0.5
    found["faults"] = [len(calls), bool(overlay._handles), review.draw_error]
    overlay._draw_figure = whole
    press(bpy.ops.anyframe.accept_variation, "EXEC_DEFAULT")
    yield from generate(2)
    found["drawing_again"] = [bool(overlay._handles), review.draw_error]

    # Another file.
    bpy.ops.wm.save_as_mainfile(filepath=FILE)
    bpy.ops.wm.open_mainfile(filepath=FILE)
    yield 1.0
    found["after_load"] = [
        bool(overlay._handles),
        len(review.variations),
        session.queue.last.message,
    ]

    # How long drawing takes, with as many as there can be.
    scene = bpy.context.scene
    yield from generate(16)
    whole, spent = overlay.capsule_vertices, []

    def timed(*arguments):
        began = time.perf_counter()
        made = whole(*arguments)
        spent.append(time.perf_counter() - began)
        return made

    overlay.capsule_vertices = timed
    with_all = frame_seconds(scene)
    overlay.capsule_vertices = whole
    found["figures"] = [len(spent), sum(spent)]
    bpy.context.window_manager.anyframe_beside = False
    with_one = frame_seconds(scene)
    press(bpy.ops.anyframe.discard_review, "EXEC_DEFAULT")
    found["frame_seconds"] = [with_all, with_one, frame_seconds(scene)]

    # Blender ends while motions are under review.
    yield from generate(2)
    found["drawing_at_the_end"] = bool(overlay._handles)


window.run(play(), found, FINDINGS)
