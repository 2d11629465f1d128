"""The sub-panel with the motions made before, and what can be done with them again."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from typing import Any

import bpy

from ..operators.common.target import scene_settings
from ..operators.jobs.history_store import entry_armature, scene_history
from ..operators.jobs.request_record import RequestRecord, find_job_action
from .text_wrap import draw_paragraph, ui_scale

_ICONS: dict[str, Any] = {"DONE": "CHECKMARK", "FAILED": "ERROR", "CANCELLED": "X"}
_WIDE_SIDEBAR = 250.0
"""Width of a sidebar, in pixels on a screen of usual size, that has room for seconds."""
_LISTED_FIELDS = ("originality", "overlap", "candidates", "speed", "share", "start", "end")
"""Numbers of a request that are shown by their own names, besides those that have a place."""


class ANYFRAME_UL_history(bpy.types.UIList):
    """The entries that fit the words searched for, the latest first."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: Any,
        item: Any,
        icon: Any,
        active_data: Any,
        active_property: str | None,
        index: Any = 0,
        flt_flag: Any = 0,
    ) -> None:
        """How it ended, its prompt, when it ended, its star."""
        row = layout.row(align=True)
        # In a narrow list all that begin alike would look alike.
        text = item.name.removeprefix("a person ")
        row.label(text=text, icon=_ICONS.get(item.state, "BLANK1"))
        when = row.row()
        when.alignment = "RIGHT"
        when.enabled = False  # grey, as it is less than the prompt
        now = datetime.datetime.now().astimezone()
        wide = context.region is None or context.region.width > _WIDE_SIDEBAR * ui_scale()
        when.label(text=format_short_time(item.when, now, seconds=wide))
        star = "SOLO_ON" if item.favourite else "SOLO_OFF"
        row.prop(item, "favourite", text="", icon=star, emboss=False)

    def draw_filter(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """Nothing: the search is above the list, where it is seen."""

    def filter_items(self, context: bpy.types.Context, data: Any, property: str) -> Any:
        """Which entries are shown, as flags; in the order they are in."""
        words = data.search.lower().split()
        shown = [
            (entry.favourite or not data.only_favourites)
            and all(word in entry.name.lower() for word in words)
            for entry in data.entries
        ]
        return [self.bitflag_filter_item if fits else 0 for fits in shown], []


class ANYFRAME_PT_history(bpy.types.Panel):
    """What was made in this scene before."""

    bl_label = "History"
    bl_parent_id = "ANYFRAME_PT_main"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Anyframe"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """A search, the list, and the entry that is chosen in it."""
        layout, scene = self.layout, context.scene
        assert layout is not None and scene is not None
        history = scene_history(scene)
        if not history.entries:
            layout.label(text="Motions that were made show here", icon="INFO")
            return
        row = layout.row(align=True)
        row.prop(history, "search", text="", icon="VIEWZOOM")
        row.prop(history, "only_favourites", text="", icon="SOLO_ON")
        row = layout.row()
        row.template_list("ANYFRAME_UL_history", "", history, "entries", history, "index", rows=5)
        side = row.column(align=True)
        side.operator("anyframe.remove_entry", text="", icon="REMOVE")
        side.separator()
        side.operator_context = "INVOKE_DEFAULT"
        side.operator("anyframe.clear_history", text="", icon="TRASH")
        if 0 <= history.index < len(history.entries):
            _draw_entry(layout, scene, history.entries[history.index], context.region.width)


def _draw_entry(layout: Any, scene: Any, entry: Any, width: float) -> None:
    column = layout.column(align=True)
    column.operator("anyframe.use_settings", icon="COPYDOWN")
    again: Any = column.operator("anyframe.regenerate", icon="FILE_REFRESH")
    again.key = entry.key
    box = layout.box().column(align=True)
    say = functools.partial(draw_paragraph, box, width=width, boxed=True)
    say(entry.name)
    record = RequestRecord.from_json(entry.record)
    if record is not None:
        for line in _describe_request(record, scene_settings(scene)):
            say(line, icon="DOT")
    say(f"{_format_local_time(entry.when)}. {entry.outcome}", icon="TIME")
    armature = entry_armature(entry)
    gone = f"“{entry.armature}” is not in the file any more"
    say(armature.name if armature else gone, icon="ARMATURE_DATA")
    if entry.action:
        action = find_job_action(entry.key, entry.action)
        gone = f"“{entry.action}” is not in the file any more"
        say(action.name if action else gone, icon="ACTION")


def _format_local_time(when: str) -> str:
    """A time as it is on the clock here."""
    try:
        return f"{datetime.datetime.fromisoformat(when).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return when


def format_short_time(when: str, now: datetime.datetime, *, seconds: bool = True) -> str:
    """The time of day of an ISO time on the clock here, the day if it was another one; "" if it
    cannot be read."""
    try:
        local = datetime.datetime.fromisoformat(when).astimezone(now.tzinfo)
    except ValueError:
        return ""
    if local.date() != now.date():
        return f"{local:%m-%d}"
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def _describe_request(record: RequestRecord, settings: Any) -> list[str]:
    """What a motion was asked for with: lines for the panel, which leave out what is usual."""
    request = record.request
    asked = []
    if "blocks" in request:
        asked.append(f"{len(request['blocks'])} blocks")
    if request.get("style"):
        asked.append(f"Style “{request['style']}”")
    if request.get("action"):
        asked.append(f"Label “{request['action']}”")
    if "seconds" in request:
        asked.append(f"{request['seconds']:.3g} s")
    if "fps" in request:
        asked.append(f"{request['fps']:.5g} fps")
    if "seed" in request:
        asked.append(f"seed {request['seed']}")
    asked += [f"{name} {request[name]:g}" for name in _LISTED_FIELDS if name in request]
    if request.get("loop"):
        asked.append("loop")
    if not request.get("lock_feet", True):
        asked.append("feet free")
    return [
        ", ".join(line)
        for line in (asked, _describe_changed_options(record.manner, settings))
        if line
    ]


def _describe_changed_options(manner: Mapping[str, Any], settings: Any) -> list[str]:
    """The options that are not as the panel has them at first, by the panel's names."""
    found = []
    for name, value in manner.items():
        kind = settings.bl_rna.properties.get(name)
        if kind is None or value == kind.default or name in {"key_distance", "key_angle"}:
            continue
        if kind.type == "BOOLEAN":
            found.append(kind.name if value else f"no {kind.name}")
        elif kind.type == "ENUM":
            item = kind.enum_items.get(value)
            found.append(item.name if item else str(value))
        else:
            found.append(f"{kind.name} {value:g}")
    return found
