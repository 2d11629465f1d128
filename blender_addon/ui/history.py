"""The sub-panel *History*."""

import datetime
import functools
from collections.abc import Mapping
from typing import Any

import bpy

from ..scene.history import entry_armature, scene_history
from ..scene.request_record import RequestRecord, find_job_action
from ..scene.target import scene_settings
from .layout import SubPanel, draw_button, draw_list
from .text import draw_paragraph, ui_scale

_ICONS: dict[str, Any] = {"DONE": "CHECKMARK", "FAILED": "ERROR", "CANCELLED": "X"}
_WIDE_SIDEBAR = 250.0
"""Width of a sidebar with room for seconds, in pixels at a UI scale of 1."""
_LISTED_FIELDS = ("originality", "overlap", "candidates", "speed", "share", "start", "end")
"""Numbers of a request that are shown with the names of their fields."""


class ANYFRAME_UL_history(bpy.types.UIList):
    """The entries that match the search, the latest first."""

    def draw_item(
        self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0
    ) -> None:
        row = layout.row(align=True)
        # A narrow list would show only this common beginning.
        text = item.name.removeprefix("a person ")
        row.label(text=text, icon=_ICONS.get(item.state, "BLANK1"))
        when = row.row()
        when.alignment = "RIGHT"
        when.enabled = False  # grey
        now = datetime.datetime.now().astimezone()
        wide = context.region is None or context.region.width > _WIDE_SIDEBAR * ui_scale()
        when.label(text=format_short_time(item.when, now, seconds=wide))
        star = "SOLO_ON" if item.favourite else "SOLO_OFF"
        row.prop(item, "favourite", text="", icon=star, emboss=False)

    def draw_filter(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """Draw nothing: the search field is above the list."""

    def filter_items(self, context: bpy.types.Context, data: Any, property: str) -> Any:
        """Flags of the visible entries, and no new order."""
        words = data.search.lower().split()
        shown = [
            (entry.favourite or not data.only_favourites)
            and all(word in entry.name.lower() for word in words)
            for entry in data.entries
        ]
        return [self.bitflag_filter_item if is_shown else 0 for is_shown in shown], []


class ANYFRAME_PT_history(SubPanel, bpy.types.Panel):
    """Earlier motions of the scene."""

    bl_label = "History"

    def draw(self, context: Any) -> None:
        layout, scene = self.layout, context.scene
        history = scene_history(scene)
        if not history.entries:
            layout.label(text="Generated motions are listed here", icon="INFO")
            return
        row = layout.row(align=True)
        row.prop(history, "search", text="", icon="VIEWZOOM")
        row.prop(history, "only_favourites", text="", icon="SOLO_ON")
        side = draw_list(layout, "ANYFRAME_UL_history", history, ("entries", "index"), rows=5)
        side.operator("anyframe.remove_entry", text="", icon="REMOVE")
        side.separator()
        side.operator_context = "INVOKE_DEFAULT"
        side.operator("anyframe.clear_history", text="", icon="TRASH")
        if 0 <= history.index < len(history.entries):
            _draw_entry(layout, scene, history.entries[history.index], context.region.width)


def _draw_entry(layout: Any, scene: Any, entry: Any, width: float) -> None:
    column = layout.column(align=True)
    column.operator("anyframe.use_settings", icon="COPYDOWN")
    draw_button(column, "anyframe.regenerate", "FILE_REFRESH", key=entry.key)
    box = layout.box().column(align=True)
    draw_line = functools.partial(draw_paragraph, box, width=width, boxed=True)
    draw_line(entry.name)
    record = RequestRecord.from_json(entry.record)
    if record is not None:
        for line in _describe_request(record, scene_settings(scene)):
            draw_line(line, icon="DOT")
    draw_line(f"{_format_local_time(entry.when)}. {entry.outcome}", icon="TIME")
    armature = entry_armature(entry)
    gone = f"“{entry.armature}” is not in the file any more"
    draw_line(armature.name if armature else gone, icon="ARMATURE_DATA")
    if entry.action:
        action = find_job_action(entry.key, entry.action)
        gone = f"“{entry.action}” is not in the file any more"
        draw_line(action.name if action else gone, icon="ACTION")


def _format_local_time(when: str) -> str:
    """An ISO time in the local time zone."""
    try:
        return f"{datetime.datetime.fromisoformat(when).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return when


def format_short_time(when: str, now: datetime.datetime, *, seconds: bool = True) -> str:
    """The local time of day of an ISO time, or its date if that is not today; "" if not valid."""
    try:
        local = datetime.datetime.fromisoformat(when).astimezone(now.tzinfo)
    except ValueError:
        return ""
    if local.date() != now.date():
        return f"{local:%m-%d}"
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def _describe_request(record: RequestRecord, settings: Any) -> list[str]:
    """Request and options of a motion as lines of text, without options at their defaults."""
    request = record.request
    parts = []
    if "blocks" in request:
        parts.append(f"{len(request['blocks'])} blocks")
    if request.get("style"):
        parts.append(f"Style “{request['style']}”")
    if request.get("action"):
        parts.append(f"Label “{request['action']}”")
    if "seconds" in request:
        parts.append(f"{request['seconds']:.3g} s")
    if "fps" in request:
        parts.append(f"{request['fps']:.5g} fps")
    if "seed" in request:
        parts.append(f"seed {request['seed']}")
    parts += [f"{name} {request[name]:g}" for name in _LISTED_FIELDS if name in request]
    if request.get("loop"):
        parts.append("loop")
    if not request.get("lock_feet", True):
        parts.append("no foot lock")
    changed = _describe_changed_options(record.manner, settings)
    return [", ".join(line) for line in (parts, changed) if line]


def _describe_changed_options(options: Mapping[str, Any], settings: Any) -> list[str]:
    """Options that differ from the panel's defaults, with the panel's names."""
    texts = []
    for name, value in options.items():
        kind = settings.bl_rna.properties.get(name)
        if kind is None or value == kind.default or name in {"key_distance", "key_angle"}:
            continue
        if kind.type == "BOOLEAN":
            texts.append(kind.name if value else f"no {kind.name}")
        elif kind.type == "ENUM":
            item = kind.enum_items.get(value)
            texts.append(item.name if item else str(value))
        else:
            texts.append(f"{kind.name} {value:g}")
    return texts
