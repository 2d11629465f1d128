"""The history and the status bar in a Blender window, and how long the window stands still.

Arguments: the add-on's zip, the backend's Python, the folder for pictures, the file for findings.
"""

import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press, wait_for

ZIP, PYTHON, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}


class Gaps:
    """Seconds between two turns of Blender's main loop, as a timer that hardly pauses sees them."""

    def __init__(self):
        self.seconds = []
        self._last = time.perf_counter()
        self._timer = self._turn  # each look at a method is another object
        bpy.app.timers.register(self._timer)

    def _turn(self):
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now
        return 0.001

    def stop(self):
        bpy.app.timers.unregister(self._timer)
        return self.seconds


def notice(condition):
    """A list that gets the time at which a condition is first seen to be true."""
    times = []

    def look():
        if condition():
            times.append(time.perf_counter())
            return None
        return 0.001

    bpy.app.timers.register(look)
    return times


own = {}
"""What of the add-on -> seconds of each call."""


def clocked(name, function):
    """The function, with how long each call takes noted in `own`."""

    def timed(*arguments):
        began = time.perf_counter()
        try:
            return function(*arguments)
        finally:
            own.setdefault(name, []).append(time.perf_counter() - began)

    return timed


def _of_two(draw):
    """A function with as many arguments as Blender wants of a draw function."""
    return lambda panel, context: draw(panel, context)  # noqa: PLW0108 they are counted


def clock_the_add_on():
    session = window.module("link.session")
    history = window.module("ui.history")
    panel = window.module("ui.main")
    progress = window.module("ui.progress")

    session._on_timer = clocked("timer", session._on_timer)
    for cls in (panel.ANYFRAME_PT_main, history.ANYFRAME_PT_history):
        cls.draw = _of_two(clocked("panel", cls.draw))
    draw_bar = progress.draw_in_status_bar
    bpy.types.STATUSBAR_HT_header.remove(draw_bar)
    bpy.types.STATUSBAR_HT_header.append(clocked("status bar", draw_bar))


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def generate(settings, prompt, **fields):
    session = window.module("link.session")

    for name, value in {"prompt": prompt, "seconds": 2.0, "lock_seed": True, **fields}.items():
        setattr(settings, name, value)
    press(bpy.ops.anyframe.generate)
    job = session.queue.current
    yield from wait_for(lambda: job.ended)
    return job


def play():
    yield 1.0
    window.install(ZIP)
    session = window.module("link.session")
    ANYFRAME_PT_history = window.module("ui.history").ANYFRAME_PT_history
    ANYFRAME_PT_main = window.module("ui.main").ANYFRAME_PT_main

    clock_the_add_on()
    drawn = []
    bpy.types.STATUSBAR_HT_header.append(lambda header, context: drawn.append(1))
    session.preferences().python = PYTHON
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    yield from window.show_sidebar(ANYFRAME_PT_main)
    press(bpy.ops.anyframe.add_character)
    window.look_at_selection()
    bpy.ops.ed.undo_push(message="character")
    scene = bpy.context.scene
    settings, history = scene.anyframe, scene.anyframe_history

    yield from generate(settings, "a person walks forward", seed=7)
    yield from generate(settings, "fail", seed=8)
    yield from generate(settings, "a person waves with both hands", seed=9, part="ARMS")
    settings.part = "BODY"
    yield from wait_for(lambda: not session.queue.busy)
    yield 0.5

    settings.prompt, settings.seconds = "a person walks slowly round a lamp post", 4.0
    yield 1.0  # whatever the prompt has set going
    gaps = Gaps()
    for _ in range(20):
        session.redraw(viewports=False)
        yield 0.1
    found["gaps_no_job"] = gaps.stop()
    gaps = Gaps()
    drawn.clear()
    own.clear()
    began = time.perf_counter()
    press(bpy.ops.anyframe.generate)
    job = session.queue.current
    progress = notice(lambda: job.status.step >= 1)
    yield from wait_for(lambda: job.status.step >= 100)
    found["first_progress"] = progress[0] - began
    found["status_bar_drawn"] = len(drawn)
    found["gaps_running"], found["own_running"] = gaps.stop(), dict(own)
    own.clear()
    picture("status_bar")
    gaps = Gaps()
    yield from wait_for(lambda: job.ended)
    yield 0.3
    found["gaps_ending"], found["own_ending"] = gaps.stop(), dict(own)
    found["state"] = job.state.name
    drawn.clear()
    yield 0.5
    found["status_bar_drawn_later"] = len(drawn)

    press(bpy.ops.anyframe.generate)
    job = session.queue.current
    yield from wait_for(lambda: job.status.step >= 5)
    press(bpy.ops.anyframe.cancel)
    yield 0.3
    found["entries"] = [[entry.name, entry.state] for entry in history.entries]

    history.entries[4].favourite = True
    history.index = 2
    twin = window.open_twin(ANYFRAME_PT_history)
    yield 0.5
    yield from window.scroll_down()
    yield 0.5
    picture("history")
    history.search = "walks"
    yield 0.5
    picture("history_searched")
    history.search = ""

    bpy.ops.ed.undo_push(message="looked")
    action = bpy.context.view_layer.objects.active.animation_data.action
    character = bpy.context.view_layer.objects.active
    points = [
        list(key.co) for curve in window.curves_of(character) for key in curve.keyframe_points
    ]
    press(bpy.ops.anyframe.regenerate, key=history.entries[1].key)
    job = session.queue.current
    yield from wait_for(lambda: job.ended)
    character = bpy.context.view_layer.objects.active
    curves = window.curves_of(character)
    found["regenerated"] = character.animation_data.action != action
    found["same_keys"] = points == [
        list(key.co) for curve in curves for key in curve.keyframe_points
    ]
    press(bpy.ops.anyframe.use_settings, key=history.entries[5].key)
    yield 0.3
    settings = bpy.context.scene.anyframe
    found["used"] = [settings.prompt, settings.seconds, settings.seed]
    picture("settings_used")
    for _ in range(3):
        bpy.ops.ed.undo()
    yield 0.3
    found["after_undo"] = len(bpy.context.scene.anyframe_history.entries)
    bpy.utils.unregister_class(twin)
    bpy.utils.register_class(ANYFRAME_PT_history)


window.run(play(), found, FINDINGS)
