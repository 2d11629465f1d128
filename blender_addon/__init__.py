"""Anyframe: text to motion inside Blender, at the frame rate of the scene.

`ui` draws panels, `operators` do the work, `scene` is what a .blend stores, `rig` reads and writes
bones and F-curves, `link` runs and talks to the backend. The built add-on (see build_addon.py) also
holds `assets/` and `backend/`; of that, only `backend.kinematics` and `backend.protocol` run in
Blender.
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
    """Register all parts; Blender calls this when the add-on is enabled."""
    from . import operators, scene, ui  # only Blender can import these
    from .link import session

    for part in (session, scene, operators, ui):
        part.register()


def unregister() -> None:
    """Unregister all parts and stop the backend; Blender calls this when it disables the add-on."""
    from . import operators, scene, ui
    from .link import session

    for part in (ui, operators, scene, session):
        part.unregister()
