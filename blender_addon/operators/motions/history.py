"""Motions made before: their settings again, the same motion again, and the list of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import bpy

from ...link import session
from ...link.errors import JobError
from ...scene.blocks import blocks_of
from ...scene.style_choice import style_sent
from ...scene.timeline import use_timeline
from ..common.armature_mixin import OnArmature
from ..common.errors import USER_ERRORS, Outcome, possible, refuse
from ..common.target import Target, armature_called, settings_of
from ..jobs.history_store import armature_of, entry_called, history_of, remove
from ..jobs.request_record import Record, record_on
from ..jobs.run_job import run_job

_FIELDS = {"speed": "speed", "start": "part_start", "end": "part_end", "share": "share"}
"""Where the panel has another word for it than a request: fields of requests that are not for new
motions -> fields of the panel."""
_KEY: dict[str, Any] = {
    "name": "Entry",
    "description": "Key of the entry in the scene's history; the chosen one if empty",
    "options": {"SKIP_SAVE"},
}
_NO_ENTRY = "Choose an entry in the panel History first."


class _WithHistory:
    """Operators for which there must be entries."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There are entries."""
        operator: Any = cls
        there = context.scene is not None and len(history_of(context.scene).entries) > 0
        return possible(operator, there, "The history is empty.")


class ANYFRAME_OT_use_settings(_WithHistory, bpy.types.Operator):
    """Fill the panel with the settings that this motion was made with"""

    bl_idname = "anyframe.use_settings"
    bl_label = "Use Settings"
    bl_options = {"REGISTER", "UNDO"}

    key: bpy.props.StringProperty(**_KEY)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Set the panel's fields; the armature stays as it is chosen."""
        try:
            record = _record_of(_entry(context, self.key))
        except USER_ERRORS as error:
            return refuse(self, error)
        for name, value in {**_panel_fields(record.request), **record.manner}.items():
            _set(settings_of(context.scene), name, value)
        if record.request["kind"] == "sequence":
            _fill(blocks_of(context.scene).blocks, record.request["blocks"])
        if record.request["kind"] == "blend":
            use_timeline(context.scene, record.request)
        return {"FINISHED"}


class ANYFRAME_OT_regenerate(OnArmature, bpy.types.Operator):
    """Make the same motion again, from the same words and seed and with the same options, on the \
frames and at the place where it was; an object that travels starts from where it is. Without a \
window, waits until that is done"""

    bl_idname = "anyframe.regenerate"
    bl_label = "Regenerate Exactly"
    bl_options = {"REGISTER"}

    key: bpy.props.StringProperty(
        name="Entry",
        description="Key of the entry in the scene's history; if empty, the motion that the "
        "armature plays is made again",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is a scene; of the armature, an entry knows itself."""
        return possible(cls, context.scene is not None, "Open a scene first.")

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.refuse(self.bl_label, str(error))
            return refuse(self, error)

    def _run(self, context: bpy.types.Context) -> Outcome:
        scene = context.scene
        assert scene is not None  # by poll
        if self.key:
            entry = _entry(context, self.key)
            record, armature = _record_of(entry), armature_of(entry)
            if armature is None:
                raise JobError(
                    f"The armature “{entry.armature}” is not in this file any more: press Use "
                    "Settings and generate the motion for another one."
                )
        else:
            armature = armature_called(context, self.armature)
            record = _record_played(armature)
        return run_job(
            self,
            dict(record.request),
            title=record.title,
            target=Target.of(armature, scene, record.start),
            manner=record.asked_manner(),
            takes=(*style_sent(record.request), *record.takes),
            review=record.request.get("variations", 1) > 1 and not bpy.app.background,
            weights=record.weights,
        )


class ANYFRAME_OT_remove_entry(_WithHistory, bpy.types.Operator):
    """Take this motion out of the history; its action stays"""

    bl_idname = "anyframe.remove_entry"
    bl_label = "Remove from History"
    bl_options = {"REGISTER", "UNDO"}

    key: bpy.props.StringProperty(**_KEY)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Remove it."""
        try:
            entry = _entry(context, self.key)
        except USER_ERRORS as error:
            return refuse(self, error)
        remove(history_of(context.scene), {entry.key})
        return {"FINISHED"}


class ANYFRAME_OT_clear_history(_WithHistory, bpy.types.Operator):
    """Take all motions but the favourites out of the scene's history; their actions stay"""

    bl_idname = "anyframe.clear_history"
    bl_label = "Clear History"
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Remove them."""
        history = history_of(context.scene)
        remove(history, {entry.key for entry in history.entries if not entry.favourite})
        return {"FINISHED"}


def _entry(context: bpy.types.Context, key: str) -> Any:
    """The entry of this key, the chosen one if it is ""; JobError if there is none."""
    history = history_of(context.scene)
    if key:
        entry = entry_called(history, key)
        if entry is None:
            raise JobError(f"The history of this scene has no entry “{key}”. {_NO_ENTRY}")
        return entry
    if not 0 <= history.index < len(history.entries):
        raise JobError(_NO_ENTRY)
    return history.entries[history.index]


def _record_of(entry: Any) -> Record:
    record = Record.read(entry.record)
    if record is None:
        raise JobError(
            f"What “{entry.name}” was made with cannot be read: another version of Anyframe wrote "
            "it. Remove the entry."
        )
    return record


def _record_played(armature: bpy.types.Object) -> Record:
    data = armature.animation_data
    record = record_on(data.action if data else None)
    if record is None:
        raise JobError(
            f"“{armature.name}” plays no motion that can be made again: generate one first, or "
            "choose one in the panel History."
        )
    return record


def _panel_fields(request: Mapping[str, Any]) -> dict[str, Any]:
    """Field of the panel -> value, for what of a request the panel asks."""
    if request["kind"] == "decode":
        sampled = {"speed": 1.0, "start": 0.0, "end": 0.0, **request}
        return {**_renamed(sampled), "feet_again": _feet_again(request)}
    if request["kind"] == "interpolate":
        return {**_renamed(request), "feet_again": _feet_again(request)}
    usual = {"model": "nerm", "lock_feet": True, "loop": False, "variations": 1}
    words = {"action": request.get("action") or ""} if request["kind"] == "generate" else {}
    return {**usual, **request, **words, "lock_seed": True}


def _renamed(request: Mapping[str, Any]) -> dict[str, Any]:
    return {field: request[name] for name, field in _FIELDS.items() if name in request}


def _feet_again(request: Mapping[str, Any]) -> str:
    if "lock_feet" not in request:
        return "AS_MADE"
    return "HOLD" if request["lock_feet"] else "FREE"


def _fill(listed: Any, blocks: Iterable[Mapping[str, Any]]) -> None:
    """Put the blocks of a request into the list of the scene, in place of those there."""
    listed.clear()
    for told in blocks:
        block = listed.add()
        for name, value in told.items():
            _set(block, name, value)


def _set(settings: Any, name: str, value: Any) -> None:
    """Set a field of the panel, or of one of its blocks, if it has one of this name and kind."""
    kind = settings.bl_rna.properties.get(name)
    if kind is None or value is None:
        return
    value = int(value) if kind.type == "INT" else value
    try:
        setattr(settings, name, value)
    except (TypeError, OverflowError):
        return  # an item that this version does not have, or a seed of more than 31 bits
