"""The history of jobs, stored in the scene of each job.

Armatures and Actions are stored without pointers: a pointer in the scene would be a user of the
Action, so that a deleted one would stay in the file as long as the history does. An Action carries
the keys of its jobs (`request_record`), so it may be renamed. An armature is identified by
Blender's session ID while the file is open; its name is updated when the file is saved.

An undo also reverts the history, but the motion was made all the same and its seed is worth having.
So entries that were made since the file was opened are also stored here, and restored after an undo
unless the user removed them.
"""

import datetime
from dataclasses import dataclass
from typing import Any

import bpy

from .request_record import RequestRecord
from .target import MotionTarget, find_data_block, session_uid_of

HISTORY_LIMIT = 100
"""Entries per scene; beyond it the oldest one that is no favourite is removed."""


def _favourite_changed(entry: Any, _context: Any) -> None:
    if entry.key in _session_entries:
        _session_entries[entry.key].values["favourite"] = entry.favourite


class AnyframeHistoryEntry(bpy.types.PropertyGroup):
    """A finished job. Its `name` is the prompt, or another title of the Action."""

    key: bpy.props.StringProperty(description="Key of the job's record")
    record: bpy.props.StringProperty(description="The request, as JSON")
    state: bpy.props.StringProperty(description="DONE, FAILED or CANCELLED")
    outcome: bpy.props.StringProperty(description="Message with which the job ended")
    when: bpy.props.StringProperty(description="Time of the end: ISO 8601, in UTC")
    armature: bpy.props.StringProperty(description="Name of the armature when the file was saved")
    action: bpy.props.StringProperty(description="Name that the Action was given; empty if none")
    favourite: bpy.props.BoolProperty(
        name="Favourite",
        description="Keep this entry when the history is full or cleared",
        update=_favourite_changed,
    )


class AnyframeHistory(bpy.types.PropertyGroup):
    """The jobs of a scene, the latest first."""

    entries: bpy.props.CollectionProperty(type=AnyframeHistoryEntry)
    index: bpy.props.IntProperty(name="Entry")
    search: bpy.props.StringProperty(
        name="Search",
        description="Show only motions whose prompt has these words in it",
        options={"TEXTEDIT_UPDATE"},
    )
    only_favourites: bpy.props.BoolProperty(
        name="Favourites", description="Show only the favourites"
    )


@dataclass
class _SessionEntry:
    """An entry that was made since the file was opened, in case an undo removes it."""

    target: MotionTarget
    values: dict[str, Any]
    """Property -> value."""


_session_entries: dict[str, _SessionEntry] = {}
_armature_uids: dict[str, int] = {}
"""Key of an entry -> session ID of its armature."""


def scene_history(scene: Any) -> Any:
    """The history of a scene (`AnyframeHistory`)."""
    return scene.anyframe_history


def find_entry(history: Any, key: str) -> Any:
    """The entry of a job, by its key; None if there is none."""
    return next((entry for entry in history.entries if entry.key == key), None)


def entry_armature(entry: Any) -> bpy.types.Object | None:
    """The armature of a job, also if renamed since; None if it is gone."""
    uid = _armature_uids.get(entry.key, 0)
    armature = find_data_block(bpy.data.objects, entry.armature, uid)
    if armature is None or armature.type != "ARMATURE":
        return None
    _armature_uids[entry.key] = session_uid_of(armature)
    return armature


def record_outcome(
    record: RequestRecord, target: MotionTarget, state: str, outcome: str, action: str = ""
) -> None:
    """Write the end of a job into the history of its scene, in place of an earlier entry.

    The state is the name of a `JobState`, the outcome the message with which the job ended, and
    `action` the name of the Action with the motion, if any.
    """
    earlier = _session_entries[record.key].values if record.key in _session_entries else {}
    now = datetime.datetime.now(datetime.timezone.utc)
    values = {
        "name": record.title,
        "key": record.key,
        "record": record.json_text,
        "state": state,
        "outcome": outcome,
        "when": earlier.get("when", now.isoformat()),
        "armature": target.armature,
        "action": action,
        "favourite": earlier.get("favourite", False),
    }
    _session_entries[record.key] = _SessionEntry(target, values)
    _armature_uids[record.key] = target.armature_uid
    _write_entry(_session_entries[record.key])


def record_job_end(record: RequestRecord, target: MotionTarget, state: str, outcome: str) -> None:
    """Write the end of a job; if its motion is on the armature already, only the message."""
    entry = _session_entries.get(record.key)
    if entry is None:
        record_outcome(record, target, state, outcome)
        return
    entry.values["outcome"] = outcome
    _write_entry(entry)


def remove_entries(history: Any, keys: set[str]) -> None:
    """Remove entries from a history; an undo does not restore them."""
    for n in range(len(history.entries) - 1, -1, -1):
        if history.entries[n].key in keys:
            _remove_entry_at(history, n)


def _write_entry(session_entry: _SessionEntry) -> None:
    scene = session_entry.target.resolve_scene()
    # The add-on may be about to unregister; scenes of other files must not be changed.
    if scene is None or scene.library is not None or not hasattr(scene, "anyframe_history"):
        return
    history, values = scene_history(scene), session_entry.values
    entry = find_entry(history, values["key"])
    if entry is None:
        history.entries.add()
        older = (n for n, other in enumerate(history.entries) if other.when < values["when"])
        index = next(older)  # at the latest the new entry, whose `when` is ""
        history.entries.move(len(history.entries) - 1, index)
        entry = history.entries[index]
        if history.index and index <= history.index:
            history.index += 1  # the same entry stays selected
    for name, value in values.items():
        setattr(entry, name, value)
    spare = [n for n in range(len(history.entries) - 1, 0, -1) if not history.entries[n].favourite]
    for n in spare[: max(0, len(history.entries) - HISTORY_LIMIT)]:
        _remove_entry_at(history, n)


def _remove_entry_at(history: Any, n: int) -> None:
    _session_entries.pop(history.entries[n].key, None)
    history.entries.remove(n)
    if n < history.index or history.index == len(history.entries):
        history.index = max(0, history.index - 1)


@bpy.app.handlers.persistent
def _after_undo(*_: object) -> None:
    for entry in _session_entries.values():
        scene = entry.target.resolve_scene()
        if scene is not None and find_entry(scene_history(scene), entry.values["key"]) is None:
            _write_entry(entry)


@bpy.app.handlers.persistent
def _before_save(*_: object) -> None:
    for entry in _all_entries():
        armature = entry_armature(entry)
        if armature is not None and armature.name != entry.armature:
            entry.armature = armature.name


@bpy.app.handlers.persistent
def _after_load(*_: object) -> None:
    _session_entries.clear()
    _armature_uids.clear()
    for entry in _all_entries():
        entry_armature(entry)  # stores the session ID, so that renaming no longer matters


def _all_entries() -> list[Any]:
    scenes = [scene for scene in bpy.data.scenes if scene.library is None]
    return [entry for scene in scenes for entry in scene_history(scene).entries]


_HANDLERS = (
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
    ("save_pre", _before_save),
    ("load_post", _after_load),
)


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    _session_entries.clear()
    _armature_uids.clear()
