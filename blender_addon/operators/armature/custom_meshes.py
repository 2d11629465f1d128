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
from ..jobs.review_state import review

_ghosts_shown = False
"""Whether ghosts were shown when the meshes were last looked at."""
_MARK = "anyframe_hidden"
"""The property of a hidden mesh: JSON, name of each view layer -> whether it was selected there."""


def meshes_of(armature: bpy.types.Object, scene: Any) -> list[Any]:
    """The objects of a scene that an armature deforms or that hang on it."""
    hanging = {*armature.children_recursive}
    return [
        thing
        for thing in scene.objects
        if thing.type == "MESH"
        and thing.library is None
        and (thing in hanging or thing.find_armature() == armature)
    ]


def hide(armature: bpy.types.Object, layer: Any, scene: Any) -> None:
    """Hide the meshes of an armature in a view layer, but for those that are being edited."""
    for thing in meshes_of(armature, scene):
        if thing.mode != "OBJECT" or not thing.visible_get(view_layer=layer):
            continue
        known = _marked(thing)
        if layer.name in known:
            continue  # the user has shown it meanwhile
        known[layer.name] = thing.select_get(view_layer=layer)
        thing[_MARK] = json.dumps(known)
        thing.hide_set(True, view_layer=layer)


def show(thing: Any) -> None:
    """Show a mesh that `hide` has hidden, selected where it was."""
    for scene in thing.users_scene:
        for layer in scene.view_layers:
            selected = _marked(thing).get(layer.name)
            if selected is None or thing.name not in layer.objects:
                continue
            thing.hide_set(False, view_layer=layer)
            if selected:
                thing.select_set(True, view_layer=layer)
    del thing[_MARK]


def show_all() -> None:
    """Show every mesh that `hide` has hidden."""
    for thing in [thing for thing in bpy.data.objects if _MARK in thing]:
        show(thing)


def follow_review() -> None:
    """Have the meshes hidden of the armature whose motion is looked at, and no others."""
    global _ghosts_shown  # noqa: PLW0603
    _ghosts_shown = _overlays_shown()
    found = _reviewed() if _ghosts_shown and not review.note else None
    mine = {*meshes_of(*found)} if found is not None else set()
    for thing in [thing for thing in bpy.data.objects if _MARK in thing and thing not in mine]:
        show(thing)
    if found is None:
        return
    armature, scene = found
    for window in bpy.context.window_manager.windows:
        if window.scene == scene:
            hide(armature, window.view_layer, scene)


def follow_overlays() -> None:
    """Show the meshes while all overlays are off, as ghosts are. May be called while drawing."""
    if _overlays_shown() != _ghosts_shown and not bpy.app.timers.is_registered(follow_review):
        bpy.app.timers.register(follow_review, first_interval=0.0)


def _overlays_shown() -> bool:
    """Whether some 3D view has its overlays on, which ghosts are a part of."""
    areas = (area for window in bpy.context.window_manager.windows for area in window.screen.areas)
    spaces: Any = (area.spaces.active for area in areas if area.type == "VIEW_3D")
    return not bpy.app.background and any(space.overlay.show_overlays for space in spaces)


def _reviewed() -> tuple[bpy.types.Object, Any] | None:
    """The armature whose motion is looked at, and its scene; None if there is none now."""
    try:
        return review.current.target.find() if review.current is not None else None
    except JobError:
        return None  # it may come back with an undo


def _marked(thing: Any) -> dict[str, bool]:
    text = thing.get(_MARK)
    return json.loads(text) if isinstance(text, str) else {}


@bpy.app.handlers.persistent
def _after_undo(*_: object) -> None:
    follow_review()


@bpy.app.handlers.persistent
def _before_save(*_: object) -> None:
    show_all()


@bpy.app.handlers.persistent
def _after_save_or_load(*_: object) -> None:
    follow_review()


_HANDLERS = (
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
    ("save_pre", _before_save),
    ("save_post", _after_save_or_load),
    ("load_post", _after_save_or_load),
)


def register() -> None:
    """Follow the review, and what happens to the file meanwhile."""
    review.on_change.append(follow_review)
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Stop following; a review has ended before, so all is shown."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    review.on_change.remove(follow_review)
