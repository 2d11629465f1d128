"""The zip installed as a newcomer does it in Blender 5, by mouse; run by test_install.py.

Arguments: the add-on's zip, alone in its folder, the folder for pictures, the file for findings.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import refusal, wait_for

ZIP, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}


def picture(name):
    window.picture(Path(PICTURES, f"{name}.png"))


def press_at(x, y):
    """Move the mouse there, wait until Blender has seen what is under it, and click."""
    window.move_mouse(x, y)
    yield 0.4
    window.click(x, y)
    yield 0.4


def area_of(kind):
    areas = bpy.context.window_manager.windows[0].screen.areas
    return next((area for area in areas if area.type == kind), None)


def play():
    yield 0.5
    # In the same window: there is no window manager to place a second one.
    bpy.context.preferences.view.filebrowser_display_type = "SCREEN"
    window.view_3d()[1].type = "PREFERENCES"
    bpy.context.preferences.active_section = "EXTENSIONS"
    yield 1.0
    part = window.region_of(area_of("PREFERENCES"), "WINDOW")
    arrow = part.x + part.width - 18, part.y + part.height - 20
    yield from press_at(*arrow)
    picture("menu")
    yield from press_at(arrow[0] + 60, arrow[1] - 121)  # its last entry, Install from Disk
    yield from wait_for(lambda: area_of("FILE_BROWSER"), 20.0)
    browser = area_of("FILE_BROWSER")
    yield from wait_for(lambda: browser.spaces.active.params, 20.0)
    found["operator"] = browser.spaces.active.active_operator.bl_idname
    browser.spaces.active.params.directory = str(Path(ZIP).parent).encode()
    yield 1.0
    files = window.region_of(browser, "WINDOW")
    yield from press_at(files.x + 60, files.y + files.height - 39)  # the first row
    yield from wait_for(lambda: browser.spaces.active.params.filename, 20.0)
    found["file"] = browser.spaces.active.params.filename
    picture("file")
    button = window.region_of(browser, "EXECUTE")
    yield from press_at(button.x + button.width - 70, button.y + button.height // 2)
    yield from wait_for(lambda: window.NAME in bpy.context.preferences.addons, 60.0)
    yield from wait_for(lambda: area_of("PREFERENCES"), 20.0)
    yield 0.5
    picture("installed")

    area_of("PREFERENCES").type = "VIEW_3D"
    main = window.module("ui.main").ANYFRAME_PT_main
    found["tab_shown"] = yield from window.show_sidebar(main)
    picture("panel")
    window.show_preferences()
    yield 1.0
    picture("preferences")
    session = window.module("link.session")
    yield from wait_for(lambda: not session.installer().detection.is_running)
    found["online"] = bpy.app.online_access
    found["first_setup"] = refusal(bpy.ops.anyframe.setup_backend)
    yield 0.5
    picture("first_setup")


window.run(play(), found, FINDINGS)
