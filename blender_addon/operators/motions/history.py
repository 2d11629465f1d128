"""Operators of the panel *History*: earlier motions again, their settings, and the list itself."""

from collections.abc import Mapping
from typing import Any

import bpy

from ...link.errors import JobError
from ...scene.blocks import scene_blocks
from ...scene.history import entry_armature, find_entry, remove_entries, scene_history
from ...scene.request_record import RequestRecord, read_record
from ...scene.style_settings import restore_style_settings, style_payload
from ...scene.target import MotionTarget, get_armature, scene_settings
from ..common.errors import OperatorResult, enabled_if, reports_errors, reports_job_errors
from ..common.generated_motion import active_action
from ..common.mixins import ArmatureMixin, ConfirmMixin, argument
from ..jobs.run_job import run_job

_PANEL_NAMES = {"speed": "speed", "start": "part_start", "end": "part_end", "share": "share"}
"""Fields of requests that sample from latents -> properties of the panel."""
_NO_ENTRY = "Choose an entry in the panel History first."


class _HistoryMixin:
    """Operators that need a history with entries."""

    bl_options = {"REGISTER", "UNDO"}

    poll = enabled_if(
        lambda context: context.scene and scene_history(context.scene).entries,
        "The history is empty.",
    )


class _EntryMixin(_HistoryMixin):
    """Operators on one entry."""

    key: argument("Entry", "Key of the entry in the scene's history; the selected one if empty")


class ANYFRAME_OT_use_settings(_EntryMixin, bpy.types.Operator):
    """Set the panel to the settings of this motion"""

    bl_idname = "anyframe.use_settings"
    bl_label = "Use Settings"

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        record = _entry_record(_get_entry(context, self.key))
        for name, value in {**_panel_fields(record.request), **record.manner}.items():
            _set_if_valid(scene_settings(context.scene), name, value)
        if record.request["kind"] == "sequence":
            items = scene_blocks(context.scene).blocks
            items.clear()
            for block in record.request["blocks"]:
                item = items.add()
                for name, value in block.items():
                    _set_if_valid(item, name, value)
        if record.request["kind"] == "blend":
            restore_style_settings(context.scene, record.request)


class ANYFRAME_OT_regenerate(ArmatureMixin, bpy.types.Operator):
    """Generate the same motion again, with the same input, seed and options, on the same frames \
and at the same place; with root motion on the object it starts where the object is. Without a \
window, wait until that is done"""

    bl_idname = "anyframe.regenerate"
    bl_label = "Regenerate Exactly"
    bl_options = {"REGISTER"}

    key: argument(
        "Entry",
        "Key of the entry in the scene's history; if empty, the motion that the armature plays is "
        "generated again",
    )

    # No armature is needed: an entry has its own.
    poll = enabled_if(lambda context: context.scene, "Open a scene first.")

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
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
            record = read_record(active_action(armature))
            if record is None:
                raise JobError(
                    f"“{armature.name}” plays no motion that can be generated again: generate one "
                    "first, or choose one in the panel History."
                )
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


class ANYFRAME_OT_remove_entry(_EntryMixin, bpy.types.Operator):
    """Remove this motion from the history; its Action stays"""

    bl_idname = "anyframe.remove_entry"
    bl_label = "Remove from History"

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        entry = _get_entry(context, self.key)
        remove_entries(scene_history(context.scene), {entry.key})


class ANYFRAME_OT_clear_history(_HistoryMixin, ConfirmMixin, bpy.types.Operator):
    """Remove all motions but the favourites from the scene's history; their Actions stay"""

    bl_idname = "anyframe.clear_history"
    bl_label = "Clear History"

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        history = scene_history(context.scene)
        remove_entries(history, {entry.key for entry in history.entries if not entry.favourite})
        return {"FINISHED"}


def _get_entry(context: bpy.types.Context, key: str) -> Any:
    """The entry with this key, the selected one if it is ""; JobError if there is none."""
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
            f"The settings of “{entry.name}” cannot be read: another version of Anyframe wrote "
            "them. Remove the entry."
        )
    return record


def _panel_fields(request: Mapping[str, Any]) -> dict[str, Any]:
    """Property of the panel -> value, for those fields of a request that the panel has."""
    if request["kind"] in {"decode", "interpolate"}:
        defaults = {"speed": 1.0, "start": 0.0, "end": 0.0} if request["kind"] == "decode" else {}
        values = {**defaults, **request}
        names = {panel: values[name] for name, panel in _PANEL_NAMES.items() if name in values}
        items = {None: "AS_MADE", True: "HOLD", False: "FREE"}
        return {**names, "feet_again": items[request.get("lock_feet")]}
    defaults = {"model": "nerm", "lock_feet": True, "loop": False, "variations": 1}
    label = {"action": request.get("action") or ""} if request["kind"] == "generate" else {}
    return {**defaults, **request, **label, "lock_seed": True}


def _set_if_valid(settings: Any, name: str, value: Any) -> None:
    """Set a property of a group, if the group has it and the value fits."""
    kind = settings.bl_rna.properties.get(name)
    if kind is None or value is None:
        return
    value = int(value) if kind.type == "INT" else value
    try:
        setattr(settings, name, value)
    except (TypeError, OverflowError):
        return  # an enum item that this version does not have, or a seed of more than 31 bits
