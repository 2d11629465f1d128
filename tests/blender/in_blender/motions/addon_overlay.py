"""What is drawn of motions under review, by Blender's own shaders on a picture of its own.

Only a Blender that can draw without a window does anything here. Arguments: the zip, the backend's
Python.
"""

import sys
from types import SimpleNamespace

import addon
import bpy
import gpu
import numpy as np
from mathutils import Matrix

ZIP, PYTHON = sys.argv[1:]
SIZE = 640, 400
AHEAD = Matrix.Translation((0.0, -0.5, -9.0)) @ Matrix.Rotation(-1.2, 4, "X")
"""From ahead of the character and above."""
PERSPECTIVE = Matrix(((1.5, 0, 0, 0), (0, 2.4, 0, 0), (0, 0, -1.002, -0.2002), (0, 0, -1, 0)))
PIXELS = Matrix(((2 / SIZE[0], 0, 0, -1), (0, 2 / SIZE[1], 0, -1), (0, 0, -1, 0), (0, 0, 0, 1)))

try:
    gpu.init()
except (AttributeError, SystemError) as error:
    print("SKIPPED", error, flush=True)
    sys.exit()

addon.install(ZIP)
addon.use_python(PYTHON)
addon.empty_scene()
bpy.ops.anyframe.add_character()
overlay = addon.module("ui.overlay")
drawing = addon.module("ui.gpu_shapes")
review = addon.module("operators.jobs.review_state").review_state


def seen(draw, view=AHEAD, projection=PERSPECTIVE):
    """(H, W, 4) what a function draws."""
    canvas = gpu.types.GPUOffScreen(*SIZE)
    with canvas.bind():
        gpu.state.active_framebuffer_get().clear(color=(0.2, 0.2, 0.2, 1.0), depth=1.0)
        with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
            gpu.matrix.load_matrix(view)
            gpu.matrix.load_projection_matrix(projection)
            draw()
        pixels = gpu.state.active_framebuffer_get().read_color(0, 0, *SIZE, 4, 0, "UBYTE")
    pixels.dimensions = SIZE[0] * SIZE[1] * 4
    canvas.free()
    return np.array(pixels, dtype=int).reshape(SIZE[1], SIZE[0], 4)


def in_view(scene, *, overlays=True):
    """A stand-in for the context of a 3D view: there is no window to have one."""
    space = SimpleNamespace(overlay=SimpleNamespace(show_overlays=overlays), local_view=None)
    return SimpleNamespace(scene=scene, space_data=space, preferences=bpy.context.preferences)


def drawn(frame, **how):
    bpy.context.scene.frame_set(frame)
    context = in_view(bpy.context.scene, **how)
    real = overlay.bpy
    overlay.bpy = SimpleNamespace(context=context, app=bpy.app, types=bpy.types)
    try:
        return seen(overlay.draw_figures)
    finally:
        overlay.bpy = real


def off(one, other):
    return int((np.abs(one - other).max(axis=-1) > 12).sum())


blank = seen(lambda: None)
assert off(blank, drawn(10)) == 0, "nothing is under review"
bpy.ops.anyframe.generate(prompt="a person walks", seconds=4.0, seed=7, variations=4, review=True)
beside = drawn(40)
assert off(beside, blank) > 3000, off(beside, blank)
assert off(beside, drawn(40)) == 0
assert off(beside, drawn(70)) > 1000, "figures move with the scene"
assert off(drawn(40, overlays=False), blank) == 0
bpy.context.window_manager.anyframe_beside = False
one = drawn(40)
assert off(one, blank) > 3000 and off(one, beside) > 1000
red, green, blue = (one[..., n] - one[..., :3].min(axis=-1) for n in range(3))
for name, vivid in (
    ("before the playhead", (red > 100) & (green < 40)),
    ("after it", (green > 100) & (red < 120) & (blue < 60)),
    ("the figure", (blue > 80) & (red < 20)),
):
    assert vivid.sum() > 40, (name, int(vivid.sum()))
for state, value in (("blend_get", "NONE"), ("depth_test_get", "NONE")):
    assert getattr(gpu.state, state)() == value, "all is set back"
white = (1.0, 1.0, 1.0, 1.0)
words = seen(lambda: drawing.draw_text("12 s", 200.0, 300.0, white), Matrix(), PIXELS)
rows, columns = np.nonzero((words[..., :3] > 200).all(axis=-1))
assert len(rows) > 20
assert abs(rows.mean() - 300) < 3 and abs(columns.mean() - 200) < 4, "its middle is there"
print("DRAWN", flush=True)
addon.finish()
