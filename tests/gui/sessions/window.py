"""What scripts that play in a Blender window share: steps in time, presses, pictures.

`run` goes through a generator; each `yield` gives Blender that many seconds to go on with its own
affairs, so that timers fire and windows are drawn as they are for a person. All of it works from
Blender 3.4 to 5.2.
"""

import importlib
import json
import os
import struct
import time
import traceback
import zlib
from pathlib import Path

import bpy
import numpy as np

print("A window session begins.", flush=True)
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.system.viewport_aa = "OFF"  # software OpenGL is slow

AS_EXTENSION = bpy.app.version >= (4, 2, 0)
NAME = "bl_ext.user_default.anyframe" if AS_EXTENSION else "anyframe"
"""The add-on's module."""


def install(archive):
    """Install the add-on's zip as this Blender wants it, and enable it."""
    if AS_EXTENSION:
        bpy.ops.extensions.package_install_files(
            repo="user_default", filepath=str(archive), enable_on_install=True
        )
    else:
        bpy.ops.preferences.addon_install(filepath=str(archive))
        bpy.ops.preferences.addon_enable(module=NAME)


def module(name):
    """A module of the add-on, such as "link.session"."""
    return importlib.import_module(f"{NAME}.{name}")


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
        bpy.context.preferences.view.use_save_prompt = False
        bpy.ops.wm.quit_blender()
        return None

    bpy.app.timers.register(advance, first_interval=0.1, persistent=True)


def view_3d():
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    return window, area


def region_of(area, kind):
    return next(region for region in area.regions if region.type == kind)


def sidebar():
    window, area = view_3d()
    return window, area, region_of(area, "UI")


def view_part():
    """The 3D view without what lies over it: left, top, right, bottom in pixels of a picture."""
    window, area = view_3d()
    over = {kind: region_of(area, kind) for kind in ("TOOLS", "UI", "TOOL_HEADER", "HEADER")}
    left = over["TOOLS"].x + over["TOOLS"].width
    right = over["UI"].x if over["UI"].width > 1 else area.x + area.width
    below = min(over["TOOL_HEADER"].y, over["HEADER"].y)
    # The middle: at the top there are the axes, at the bottom what the last operator did.
    return left + 10, window.height - below + 10, right - 100, window.height - area.y - 40


def press(operator, call_context="INVOKE_DEFAULT", **properties):
    """Call an operator as its button in the sidebar does, or as a file browser: "EXEC_DEFAULT"."""
    window, area, region = sidebar()
    with bpy.context.temp_override(window=window, area=area, region=region):
        return operator(call_context, **properties)


def picture(path):
    """Save what the virtual screen shows as a PNG file."""
    for window in bpy.context.window_manager.windows:
        for item in window.screen.areas:
            item.tag_redraw()
    bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
    shown, before = _screen(), None
    while before is None or (shown != before).any():  # the server may still be drawing
        time.sleep(0.05)
        shown, before = _screen(), shown
    height, width, _ = shown.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = shown.reshape(height, -1)
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 4)), (b"IEND", b""))
    Path(path).write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
    )


def _screen():
    """(H, W, 3) what the virtual screen shows, from its framebuffer: a file in X's XWD format."""
    data = Path(os.environ["ANYFRAME_SCREEN"]).read_bytes()
    header = struct.unpack(">25I", data[:100])
    size, width, height, line, colours = (header[n] for n in (0, 4, 5, 12, 19))
    pixels = np.frombuffer(data, np.uint8, line * height, size + 12 * colours)
    return pixels.reshape(height, line // 4, 4)[:, :width, 2::-1].copy()


def look_at_selection():
    window, area = view_3d()
    with bpy.context.temp_override(window=window, area=area, region=region_of(area, "WINDOW")):
        bpy.ops.view3d.view_selected()


def wait_for(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it took too long")
        yield 0.05


def drawn_again(seconds=10.0):
    """Wait until the sidebar is drawn with all that has changed; at most some seconds."""
    drawn = []
    handle = bpy.types.SpaceView3D.draw_handler_add(lambda: drawn.append(1), (), "UI", "POST_PIXEL")
    sidebar()[2].tag_redraw()
    end = time.monotonic() + seconds
    while not drawn and time.monotonic() < end:
        yield 0.05
    bpy.types.SpaceView3D.draw_handler_remove(handle, "UI")


def show_sidebar(panel):
    """Open the sidebar and choose the panel's tab until the panel is drawn; whether it was."""
    drawn = []
    draw = panel.draw
    panel.draw = lambda self, context: (drawn.append(1), draw(self, context))[1]
    _window, area = view_3d()
    area.spaces.active.show_region_ui = True
    yield 0.5
    yield from _choose_tab(panel, drawn)
    panel.draw = draw
    move_mouse(200, 300)
    yield from drawn_again()
    return bool(drawn)


def _choose_tab(panel, drawn):
    _window, _, region = sidebar()
    try:
        region.active_panel_category = panel.bl_category
    except (AttributeError, TypeError):  # before Blender 5 a script cannot: click down the tabs
        x, top = region.x + region.width - 12, region.y + region.height
        for y in range(top - 20, top - 400, -15):
            click(x, y)
            yield 0.2
            if drawn:
                return
    else:
        region.tag_redraw()
        yield from wait_for(lambda: drawn, 20.0)


def move_mouse(x, y, window=None):
    window = window or bpy.context.window_manager.windows[0]
    window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=int(x), y=int(y))


def click(x, y, window=None, button="LEFTMOUSE"):
    """Press and release a button of the mouse there, in pixels from the window's lower left."""
    window = window or bpy.context.window_manager.windows[0]
    move_mouse(x, y, window)
    for value in ("PRESS", "RELEASE"):
        window.event_simulate(type=button, value=value, x=int(x), y=int(y))


def key(kind, x, y, window=None, **modifiers):
    """Press and release a key with the mouse there."""
    window = window or bpy.context.window_manager.windows[0]
    for value in ("PRESS", "RELEASE"):
        window.event_simulate(type=kind, value=value, x=int(x), y=int(y), **modifiers)


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
    move_mouse(x, y)
    for _ in range(40):
        window.event_simulate(type="WHEELDOWNMOUSE", value="PRESS", x=x, y=y)
        yield 0.02
    move_mouse(200, 300)


def show_preferences():
    """Turn the 3D view into the preferences, with the add-on's part open."""
    window, area = view_3d()
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    manager = bpy.context.window_manager
    manager.addon_search = "Anyframe"
    if "All" in manager.bl_rna.properties["addon_filter"].enum_items:
        manager.addon_filter = "All"
    with bpy.context.temp_override(window=window, area=area):
        bpy.ops.preferences.addon_expand(module=NAME)
    return area


def curves_of(armature):
    """The F-curves that the armature plays, on any version."""
    data = armature.animation_data
    if hasattr(data.action, "fcurves"):
        return list(data.action.fcurves)
    (strip,) = data.action.layers[0].strips
    return list(strip.channelbag(data.action_slot).fcurves)


def refusal(call):
    """The sentence with which an operator refuses; "" if it does not."""
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return ""
