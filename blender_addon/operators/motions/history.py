"""Motions made before: their settings again, the same motion again, and the list of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import bpy

from ...link import session
from ...link.errors import JobError
from ...scene.blocks import scene_blocks
from ...scene.style_choice import style_payload
from ...scene.timeline import restore_style_settings
from ..common.armature_mixin import ArmatureMixin
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.target import MotionTarget, get_armature, scene_settings
from ..jobs.history_store import entry_armature, find_entry, remove_entries, scene_history
from ..jobs.request_record import RequestRecord, read_record
from ..jobs.run_job import run_job

_PANEL_NAMES = {"speed": "speed", "start": "part_start", "end": "part_end", "share": "share"}
"""Where the panel has another word for it than a request: fields of requests that are not for new
motions -> fields of the panel."""
_KEY: dict[str, Any] = {
    "name": "Entry",
    "description": "Key of the entry in the scene's history; the chosen one if empty",
    "options": {"SKIP_SAVE"},
}
_NO_ENTRY = "Choose an entry in the panel History first."


class _HistoryMixin:
    """Operators for which there must be entries."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There are entries."""
        operator: Any = cls
        there = context.scene is not None and len(scene_history(context.scene).entries) > 0
        return poll_result(operator, there, "The history is empty.")


class ANYFRAME_OT_use_settings(_HistoryMixin, bpy.types.Operator):
    """Fill the panel with the settings that this motion was made with"""

    bl_idname = "anyframe.use_settings"
    bl_label = "Use Settings"
    bl_options = {"REGISTER", "UNDO"}

    key: bpy.props.StringProperty(**_KEY)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Set the panel's fields; the armature stays as it is chosen."""
        try:
            record = _entry_record(_get_entry(context, self.key))
        except USER_ERRORS as error:
            return report_error(self, error)
        for name, value in {**_panel_fields(record.request), **record.manner}.items():
            _set_if_valid(scene_settings(context.scene), name, value)
        if record.request["kind"] == "sequence":
            _fill_block_list(scene_blocks(context.scene).blocks, record.request["blocks"])
        if record.request["kind"] == "blend":
            restore_style_settings(context.scene, record.request)
        return {"FINISHED"}


class ANYFRAME_OT_regenerate(ArmatureMixin, bpy.types.Operator):
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
        return poll_result(cls, context.scene is not None, "Open a scene first.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)

    def _run(self, context: bpy.types.Context) -> OperatorResult:
        scene = context.scene
        assert scene is not None  # by poll
        if self.key:
            entry = _get_entry(context, self.key)
            record, armature = _entry_record(entry), entry_armature(entry)
            if armature is None:
                raise JobError(
                    f"The armature “{entry.armature}” is not in this file any more: press Use "
                    "Settings and generate the motion for another one."
                )
        else:
            armature = get_armature(context, self.armature)
            record = _playing_record(armature)
        return run_job(
            self,
            dict(record.request),
            title=record.title,
            target=MotionTarget.from_armature(armature, scene, record.start),
            apply_options=record.recorded_apply_options(),
            takes=(*style_payload(record.request), *record.source_takes),
            review=record.request.get("variations", 1) > 1 and not bpy.app.background,
            weights_hash=record.weights,
        )


class ANYFRAME_OT_remove_entry(_HistoryMixin, bpy.types.Operator):
    """Take this motion out of the history; its action stays"""

    bl_idname = "anyframe.remove_entry"
    bl_label = "Remove from History"
    bl_options = {"REGISTER", "UNDO"}

    key: bpy.props.StringProperty(**_KEY)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remove it."""
        try:
            entry = _get_entry(context, self.key)
        except USER_ERRORS as error:
            return report_error(self, error)
        remove_entries(scene_history(context.scene), {entry.key})
        return {"FINISHED"}


class ANYFRAME_OT_clear_history(_HistoryMixin, bpy.types.Operator):
    """Take all motions but the favourites out of the scene's history; their actions stay"""

    bl_idname = "anyframe.clear_history"
    bl_label = "Clear History"
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remove them."""
        history = scene_history(context.scene)
        remove_entries(history, {entry.key for entry in history.entries if not entry.favourite})
        return {"FINISHED"}


def _get_entry(context: bpy.types.Context, key: str) -> Any:
    """The entry of this key, the chosen one if it is ""; JobError if there is none."""
    history = scene_history(context.scene)
    if key:
        entry = find_entry(history, key)
        if entry is None:
            raise JobError(f"The history of this scene has no entry “{key}”. {_NO_ENTRY}")
        return entry
    if not 0 <= history.index < len(history.entries):
        raise JobError(_NO_ENTRY)
    return history.entries[history.index]


def _entry_record(entry: Any) -> RequestRecord:
    record = RequestRecord.from_json(entry.record)
    if record is None:
        raise JobError(
            f"What “{entry.name}” was made with cannot be read: another version of Anyframe wrote "
            "it. Remove the entry."
        )
    return record


def _playing_record(armature: bpy.types.Object) -> RequestRecord:
    data = armature.animation_data
    record = read_record(data.action if data else None)
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
        return {**_panel_names(sampled), "feet_again": _foot_lock_item(request)}
    if request["kind"] == "interpolate":
        return {**_panel_names(request), "feet_again": _foot_lock_item(request)}
    usual = {"model": "nerm", "lock_feet": True, "loop": False, "variations": 1}
    words = {"action": request.get("action") or ""} if request["kind"] == "generate" else {}
    return {**usual, **request, **words, "lock_seed": True}


def _panel_names(request: Mapping[str, Any]) -> dict[str, Any]:
    return {field: request[name] for name, field in _PANEL_NAMES.items() if name in request}


def _foot_lock_item(request: Mapping[str, Any]) -> str:
    if "lock_feet" not in request:
        return "AS_MADE"
    return "HOLD" if request["lock_feet"] else "FREE"


def _fill_block_list(listed: Any, blocks: Iterable[Mapping[str, Any]]) -> None:
    """Put the blocks of a request into the list of the scene, in place of those there."""
    listed.clear()
    for told in blocks:
        block = listed.add()
        for name, value in told.items():
            _set_if_valid(block, name, value)


def _set_if_valid(settings: Any, name: str, value: Any) -> None:
    """Set a field of the panel, or of one of its blocks, if it has one of this name and kind."""
    kind = settings.bl_rna.properties.get(name)
    if kind is None or value is None:
        return
    value = int(value) if kind.type == "INT" else value
    try:
        setattr(settings, name, value)
    except (TypeError, OverflowError):
        return  # an item that this version does not have, or a seed of more than 31 bits
