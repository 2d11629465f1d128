"""Anyframe: text to motion inside Blender, at the frame rate of the scene.

`ui` shows, `operators` do, `rig` touches bones and F-curves, `link` speaks with the backend. The
built add-on (see build_addon.py) also holds `backend/`, of which only `backend.kinematics` is used
in here, and `assets/`.
"""

bl_info = {
    "name": "Anyframe",
    "author": "The Anyframe project",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "3D Viewport > Sidebar > Anyframe",
    "description": "Text to motion at the frame rate of your scene",
    "category": "Animation",
}


def register() -> None:
    """Called by Blender when the add-on is enabled."""
    from . import link, operators, ui  # only Blender can import these

    link.register()
    operators.register()
    ui.register()


def unregister() -> None:
    """Called by Blender when the add-on is disabled; leaves nothing running."""
    from . import link, operators, ui

    ui.unregister()
    operators.unregister()
    link.unregister()
