"""The history of jobs, kept in the scene that they were for and so in the .blend.

Armatures and actions are remembered without pointers: a pointer in the scene would be a user of the
action, so that one which was deleted would stay in the file for as long as the history does. An
action carries the keys of its jobs (`records`), so it may be renamed; an armature is followed by
Blender's number of it while the file is open, and its name is written anew when the file is saved.

An undo takes back what was done to the scene, its history included. That a motion was made is still
true then, and its seed is what one wants back; so what was remembered since the file was opened is
kept here as well, and put back after an undo unless the user removed it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import bpy

from ..common.target import MotionTarget, find_data_block, session_uid_of
from .request_record import RequestRecord

HISTORY_LIMIT = 100
"""Entries that a scene keeps; of more, the oldest goes that is no favourite."""


def _favourite_changed(entry: Any, _context: Any) -> None:
    if entry.key in _session_entries:
        _session_entries[entry.key].values["favourite"] = entry.favourite


class AnyframeHistoryEntry(bpy.types.PropertyGroup):
    """A job that has ended. Its `name` is its prompt, or what else its action was called by."""

    key: bpy.props.StringProperty(description="As in the job's record")
    record: bpy.props.StringProperty(description="What was asked for, as JSON")
    state: bpy.props.StringProperty(description="DONE, FAILED or CANCELLED")
    outcome: bpy.props.StringProperty(description="The sentence that it ended with")
    when: bpy.props.StringProperty(description="When it ended: ISO 8601, in UTC")
    armature: bpy.props.StringProperty(description="Name of the armature when the file was saved")
    action: bpy.props.StringProperty(description="Name that the action was given; empty if none")
    favourite: bpy.props.BoolProperty(
        name="Favourite",
        description="Favourites are not dropped when the history is full, nor cleared",
        update=_favourite_changed,
    )


class AnyframeHistory(bpy.types.PropertyGroup):
    """The jobs of a scene, the latest first."""

    entries: bpy.props.CollectionProperty(type=AnyframeHistoryEntry)
    index: bpy.props.IntProperty(name="Entry")
    search: bpy.props.StringProperty(
        name="Search",
        description="Show only the motions whose prompt has these words in it",
        options={"TEXTEDIT_UPDATE"},
    )
    only_favourites: bpy.props.BoolProperty(
        name="Favourites", description="Show only the favourites"
    )


@dataclass
class _SessionEntry:
    """An entry that was made since the file was opened, in case an undo takes it away."""

    target: MotionTarget
    values: dict[str, Any]
    """Property -> value."""


_session_entries: dict[str, _SessionEntry] = {}
_armature_uids: dict[str, int] = {}
"""Key of an entry -> the number of its armature (`uid_of`)."""


def scene_history(scene: Any) -> Any:
    """The history of a scene (`AnyframeHistory`)."""
    return scene.anyframe_history


def find_entry(history: Any, key: str) -> Any:
    """The entry of a job, by its key; None if there is none."""
    return next((entry for entry in history.entries if entry.key == key), None)


def entry_armature(entry: Any) -> bpy.types.Object | None:
    """The armature that a job was for, also if it was renamed since; None if it is gone."""
    known = _armature_uids.get(entry.key, 0)
    found = find_data_block(bpy.data.objects, entry.armature, known)
    if found is None or found.type != "ARMATURE":
        return None
    _armature_uids[entry.key] = session_uid_of(found)
    return found


def record_outcome(
    record: RequestRecord, target: MotionTarget, state: str, outcome: str, action: str = ""
) -> None:
    """Write how a job ended into the history of its scene, over what was written of it before.

    Args:
        state: a name of `link.jobs.JobState`.
        outcome: the sentence that it ended with.
        action: name of the action that holds the motion, if any.
    """
    before = _session_entries[record.key].values if record.key in _session_entries else {}
    now = datetime.datetime.now(datetime.timezone.utc)
    said = {
        "name": record.title,
        "key": record.key,
        "record": record.json_text,
        "state": state,
        "outcome": outcome,
        "when": before.get("when", now.isoformat()),
        "armature": target.armature,
        "action": action,
        "favourite": before.get("favourite", False),
    }
    _session_entries[record.key] = _SessionEntry(target, said)
    _armature_uids[record.key] = target.armature_uid
    _write_entry(_session_entries[record.key])


def record_job_end(record: RequestRecord, target: MotionTarget, state: str, outcome: str) -> None:
    """Write how a job ended; of one whose motion is on the armature already, only the sentence."""
    made = _session_entries.get(record.key)
    if made is None:
        record_outcome(record, target, state, outcome)
        return
    made.values["outcome"] = outcome
    _write_entry(made)


def remove_entries(history: Any, keys: set[str]) -> None:
    """Take entries out of a history, for good."""
    for n in range(len(history.entries) - 1, -1, -1):
        if history.entries[n].key in keys:
            _remove_entry_at(history, n)


def _write_entry(made: _SessionEntry) -> None:
    scene = made.target.resolve_scene()
    # The add-on may be on its way out, and the scene of another file is not ours to change.
    if scene is None or scene.library is not None or not hasattr(scene, "anyframe_history"):
        return
    history = scene_history(scene)
    entry = find_entry(history, made.values["key"])
    if entry is None:
        history.entries.add()
        later = (n for n, other in enumerate(history.entries) if other.when < made.values["when"])
        place = next(later)  # the new entry's own is ""
        history.entries.move(len(history.entries) - 1, place)
        entry = history.entries[place]
        if history.index and place <= history.index:
            history.index += 1  # the same entry stays chosen
    for name, value in made.values.items():
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
    for made in _session_entries.values():
        scene = made.target.resolve_scene()
        if scene is not None and find_entry(scene_history(scene), made.values["key"]) is None:
            _write_entry(made)


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
        entry_armature(entry)  # from here on a new name does not matter


def _all_entries() -> list[Any]:
    own = [scene for scene in bpy.data.scenes if scene.library is None]
    return [entry for scene in own for entry in scene_history(scene).entries]


_HANDLERS = (
    ("undo_post", _after_undo),
    ("redo_post", _after_undo),
    ("save_pre", _before_save),
    ("load_post", _after_load),
)


def register() -> None:
    """Give scenes a history, and hook into what happens to their file."""
    scene: Any = bpy.types.Scene
    scene.anyframe_history = bpy.props.PointerProperty(type=AnyframeHistory)
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Unhook; the histories stay in the file."""
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    scene: Any = bpy.types.Scene
    del scene.anyframe_history
    _session_entries.clear()
    _armature_uids.clear()
