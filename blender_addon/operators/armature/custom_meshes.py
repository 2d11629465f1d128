"""The meshes of a character whose motion is under review: hidden, so that ghosts stand alone.

A mesh that is hidden here carries a mark, which goes wherever its hidden state goes: into undo
steps and into a file that Blender saves by itself. Whoever meets a marked mesh without a review
shows it again, so nothing of a review stays. What Blender saves for the user has no mark in it.
"""

from __future__ import annotations

import json
from typing import Any

import bpy

from ...link.errors import JobError
from ..jobs.review_state import review_state

_ghosts_visible = False
"""Whether ghosts were shown when the meshes were last looked at."""
_HIDDEN_PROPERTY = "anyframe_hidden"
"""The property of a hidden mesh: JSON, name of each view layer -> whether it was selected there."""


def character_meshes(armature: bpy.types.Object, scene: Any) -> list[Any]:
    """The objects of a scene that an armature deforms or that hang on it."""
    hanging = {*armature.children_recursive}
    return [
        thing
        for thing in scene.objects
        if thing.type == "MESH"
        and thing.library is None
        and (thing in hanging or thing.find_armature() == armature)
    ]


def hide_meshes(armature: bpy.types.Object, layer: Any, scene: Any) -> None:
    """Hide the meshes of an armature in a view layer, but for those that are being edited."""
    for thing in character_meshes(armature, scene):
        if thing.mode != "OBJECT" or not thing.visible_get(view_layer=layer):
            continue
        known = _hidden_in_layers(thing)
        if layer.name in known:
            continue  # the user has shown it meanwhile
        known[layer.name] = thing.select_get(view_layer=layer)
        thing[_HIDDEN_PROPERTY] = json.dumps(known)
        thing.hide_set(True, view_layer=layer)


def show_mesh(thing: Any) -> None:
    """Show a mesh that `hide` has hidden, selected where it was."""
    for scene in thing.users_scene:
        for layer in scene.view_layers:
            selected = _hidden_in_layers(thing).get(layer.name)
            if selected is None or thing.name not in layer.objects:
                continue
            thing.hide_set(False, view_layer=layer)
            if selected:
                thing.select_set(True, view_layer=layer)
    del thing[_HIDDEN_PROPERTY]


def show_all_meshes() -> None:
    """Show every mesh that `hide` has hidden."""
    for thing in [thing for thing in bpy.data.objects if _HIDDEN_PROPERTY in thing]:
        show_mesh(thing)


def update_hidden_meshes() -> None:
    """Have the meshes hidden of the armature whose motion is looked at, and no others."""
    global _ghosts_visible  # noqa: PLW0603
    _ghosts_visible = _overlays_visible()
    found = _reviewed_armature() if _ghosts_visible and not review_state.draw_error else None
    mine = {*character_meshes(*found)} if found is not None else set()
    for thing in [
        thing for thing in bpy.data.objects if _HIDDEN_PROPERTY in thing and thing not in mine
    ]:
        show_mesh(thing)
    if found is None:
        return
    armature, scene = found
    for window in bpy.context.window_manager.windows:
        if window.scene == scene:
            hide_meshes(armature, window.view_layer, scene)


def sync_with_overlays() -> None:
    """Show the meshes while all overlays are off, as ghosts are. May be called while drawing."""
    if _overlays_visible() != _ghosts_visible and not bpy.app.timers.is_registered(
        update_hidden_meshes
    ):
        bpy.app.timers.register(update_hidden_meshes, first_interval=0.0)


def _overlays_visible() -> bool:
    """Whether some 3D view has its overlays on, which ghosts are a part of."""
    areas = (area for window in bpy.context.window_manager.windows for area in window.screen.areas)
    spaces: Any = (area.spaces.active for area in areas if area.type == "VIEW_3D")
    return not bpy.app.background and any(space.overlay.show_overlays for space in spaces)


def _reviewed_armature() -> tuple[bpy.types.Object, Any] | None:
    """The armature whose motion is looked at, and its scene; None if there is none now."""
    try:
        return (
            review_state.chosen_variation.target.resolve()
            if review_state.chosen_variation is not None
            else None
        )
    except JobError:
        return None  # it may come back with an undo


def _hidden_in_layers(thing: Any) -> dict[str, bool]:
    text = thing.get(_HIDDEN_PROPERTY)
    return json.loads(text) if isinstance(text, str) else {}


@bpy.app.handlers.persistent
def _after_undo(*_: object) -> None:
    update_hidden_meshes()


@bpy.app.handlers.persistent
def _before_save(*_: object) -> None:
    show_all_meshes()


@bpy.app.handlers.persistent
def _after_save_or_load(*_: object) -> None:
    update_hidden_meshes()


_HANDLERS = (
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
    ("save_pre", _before_save),
    ("save_post", _after_save_or_load),
    ("load_post", _after_save_or_load),
)


def register() -> None:
    """Follow the review, and what happens to the file meanwhile."""
    review_state.on_change.append(update_hidden_meshes)
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Stop following; a review has ended before, so all is shown."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    review_state.on_change.remove(update_hidden_meshes)
