"""What the fields of prompt and action suggest while one types."""

from __future__ import annotations

from typing import Any

import bpy

from ...link import session
from .history_store import scene_history
from .known_prompts import KNOWN_PROMPTS
from .request_record import RequestRecord


def search_prompts(_settings: Any, context: bpy.types.Context, text: str) -> list[str]:
    """Prompts with all the words typed so far: the file's own, latest first, then known ones.

    For the `search` of a property.
    """
    scenes = sorted(bpy.data.scenes, key=lambda scene: scene != context.scene)
    before = [_prompt_of(entry) for scene in scenes for entry in scene_history(scene).entries]
    each_once = dict.fromkeys((*filter(None, before), *KNOWN_PROMPTS))
    words = text.lower().split()
    return [prompt for prompt in each_once if all(word in prompt.lower() for word in words)]


def search_motion_labels(
    settings: Any, _context: bpy.types.Context, text: str
) -> list[str | tuple[str, str]]:
    """Labels that the backend knows for what the motion is made from, and how much it has learnt
    of each where that is told; for the `search` of a property of what has a `model`.
    """
    known = known_motion_labels(settings.model)
    found = sorted(label for label in known if text.lower() in label.lower())
    return [(label, known[label]) if known[label] else label for label in found]


def known_motion_labels(model: str) -> dict[str, str]:
    """Label -> how much was learnt of it in few words, "" if that is not told; {} before the
    backend was first started."""
    known: dict[str, str] = {}
    for told in session.queue.capabilities.get("models", []):
        if told.get("name") == "multires":
            continue  # labels of a style, which are asked for in a timeline
        if (told.get("name") == "motioninr") == (model == "motioninr"):
            data = told.get("data") or {}
            known |= {
                label: _describe_captures(data.get(label)) for label in told.get("actions", [])
            }
    return known


def _describe_captures(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    try:
        count, low, high = data["captures"], data["shortest"], data["longest"]
        return f"{count} capture{'s' * (count != 1)}, {low:.1f} to {high:.1f} s"
    except (KeyError, TypeError, ValueError):
        return ""  # a backend of another version


def _prompt_of(entry: Any) -> str:
    record = RequestRecord.from_json(entry.record)
    return str(record.request.get("prompt") or "") if record is not None else ""
