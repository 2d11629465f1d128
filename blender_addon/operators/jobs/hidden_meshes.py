"""Hiding of a character's meshes during the review of its motion, so that ghosts stand alone.

A mesh that is hidden here has a custom property, which goes wherever its hidden state goes: into
undo steps and into a file that Blender saves by itself. A mesh with that property and without a
review is shown again, so nothing of a review stays. Files that the user saves do not have it.
"""

import json
from typing import Any

import bpy

from ...link.errors import JobError
from .review_state import review_state

_ghosts_visible = False
"""Whether ghosts were visible at the last update."""
_HIDDEN_PROPERTY = "anyframe_hidden"
"""Property of a hidden mesh: JSON, name of each view layer -> whether it was selected there."""


def character_meshes(armature: bpy.types.Object, scene: Any) -> list[Any]:
    """Mesh objects of a scene that an armature deforms or that are its children."""
    children = {*armature.children_recursive}
    return [
        item
        for item in scene.objects
        if item.type == "MESH"
        and item.library is None
        and (item in children or item.find_armature() == armature)
    ]


def hide_meshes(armature: bpy.types.Object, layer: Any, scene: Any) -> None:
    """Hide the meshes of an armature in a view layer, except those in an edit mode."""
    for mesh in character_meshes(armature, scene):
        if mesh.mode != "OBJECT" or not mesh.visible_get(view_layer=layer):
            continue
        hidden = _hidden_in_layers(mesh)
        if layer.name in hidden:
            continue  # the user has shown it meanwhile
        hidden[layer.name] = mesh.select_get(view_layer=layer)
        mesh[_HIDDEN_PROPERTY] = json.dumps(hidden)
        mesh.hide_set(True, view_layer=layer)


def show_mesh(mesh: Any) -> None:
    """Show a mesh that `hide_meshes` has hidden, and select it where it was selected."""
    for scene in mesh.users_scene:
        for layer in scene.view_layers:
            selected = _hidden_in_layers(mesh).get(layer.name)
            if selected is None or mesh.name not in layer.objects:
                continue
            mesh.hide_set(False, view_layer=layer)
            if selected:
                mesh.select_set(True, view_layer=layer)
    del mesh[_HIDDEN_PROPERTY]


def show_all_meshes() -> None:
    for mesh in _hidden_meshes():
        show_mesh(mesh)


def update_hidden_meshes() -> None:
    """Hide the meshes of the armature under review and show all others."""
    global _ghosts_visible  # noqa: PLW0603
    _ghosts_visible = _overlays_visible()
    reviewed = _reviewed_armature() if _ghosts_visible and not review_state.draw_error else None
    meshes = {*character_meshes(*reviewed)} if reviewed is not None else set()
    for mesh in _hidden_meshes():
        if mesh not in meshes:
            show_mesh(mesh)
    if reviewed is None:
        return
    armature, scene = reviewed
    for window in bpy.context.window_manager.windows:
        if window.scene == scene:
            hide_meshes(armature, window.view_layer, scene)


def sync_with_overlays() -> None:
    """Show the meshes while the ghosts are off with all overlays. May be called while drawing."""
    if _overlays_visible() != _ghosts_visible and not bpy.app.timers.is_registered(
        update_hidden_meshes
    ):
        bpy.app.timers.register(update_hidden_meshes, first_interval=0.0)


def _overlays_visible() -> bool:
    """Return whether some 3D view has its overlays on, which ghosts are a part of."""
    areas = (area for window in bpy.context.window_manager.windows for area in window.screen.areas)
    spaces: Any = (area.spaces.active for area in areas if area.type == "VIEW_3D")
    return not bpy.app.background and any(space.overlay.show_overlays for space in spaces)


def _reviewed_armature() -> tuple[bpy.types.Object, Any] | None:
    """The armature of the chosen variation, and its scene; None if there is none now."""
    variation = review_state.chosen_variation
    try:
        return variation.target.resolve() if variation is not None else None
    except JobError:
        return None  # an undo may restore it


def _hidden_meshes() -> list[Any]:
    return [item for item in bpy.data.objects if _HIDDEN_PROPERTY in item]


def _hidden_in_layers(mesh: Any) -> dict[str, bool]:
    text = mesh.get(_HIDDEN_PROPERTY)
    return json.loads(text) if isinstance(text, str) else {}


@bpy.app.handlers.persistent
def _update(*_: object) -> None:
    update_hidden_meshes()


@bpy.app.handlers.persistent
def _before_save(*_: object) -> None:
    show_all_meshes()


_HANDLERS = (
    ("undo_post", _update),
    ("redo_post", _update),
    ("save_pre", _before_save),
    ("save_post", _update),
    ("load_post", _update),
)


def register() -> None:
    review_state.on_change.append(update_hidden_meshes)
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    review_state.on_change.remove(update_hidden_meshes)
