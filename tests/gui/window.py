"""What scripts that play in a Blender window share: steps in time, presses, pictures.

`run` goes through a generator; each `yield` gives Blender that many seconds to go on with its own
affairs, so that timers fire and windows are drawn as they are for a person.
"""

import json
import time
import traceback
from pathlib import Path

import bpy

bpy.context.preferences.view.show_splash = False
bpy.context.preferences.system.viewport_aa = "OFF"  # software OpenGL is slow


def run(steps, found, findings):
    """Go through the steps, write what was found as JSON, and end Blender."""

    def advance():
        try:
            return next(steps)
        except StopIteration:
            pass
        except BaseException:
            found["traceback"] = traceback.format_exc()
        Path(findings).write_text(json.dumps(found))
        bpy.ops.wm.quit_blender()
        return None

    bpy.app.timers.register(advance, first_interval=0.5, persistent=True)


def view_3d():
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return window, area


def sidebar():
    window, area = view_3d()
    return window, area, next(region for region in area.regions if region.type == "UI")


def press(operator, way="INVOKE_DEFAULT", **properties):
    """Call an operator as its button in the sidebar does, or as a file browser: "EXEC_DEFAULT"."""
    window, area, region = sidebar()
    with bpy.context.temp_override(window=window, area=area, region=region):
        return operator(way, **properties)


def picture(path):
    """Save what the window shows as a PNG file."""
    window = bpy.context.window_manager.windows[0]
    for item in window.screen.areas:
        item.tag_redraw()
    bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.screen.screenshot(filepath=str(path))


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
    """Open the sidebar and click down its tabs until the panel is drawn; whether it was."""
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
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=200, y=300)
    yield 0.3
    return bool(drawn)


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


def refusal(call):
    """The sentence with which an operator refuses; "" if it does not."""
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return ""
