"""Suggestions for the fields of prompt and label: earlier prompts, known ones and known labels."""

from typing import Any

import bpy

from ..link import session
from .history import scene_history
from .request_record import RequestRecord

KNOWN_PROMPTS = (
    "a person walks forward",
    "a person walks slowly",
    "a person turns left while walking",
    "a person turns around",
    "a person runs forward",
    "a person runs in a circle",
    "a person jumps forward",
    "a person jumps up and down",
    "a person waves with the right hand",
    "a person waves with both hands",
    "a person kicks with the right leg",
    "a person kicks with the left leg",
    "a person dribbles a basketball",
    "a person sits down on a chair",
    "a person stands up from a chair",
    "a person dances",
    "a person dances salsa",
    "a person does a cartwheel",
    "a person climbs a ladder",
    "a person climbs stairs",
    "a person crawls on hands and knees",
    "a person bows",
    "a person looks around",
    "a person sweeps the floor",
    "a person balances on one leg",
    "a person walks like an old man",
)
"""Prompts that the shipped weights know well."""


def search_prompts(_settings: Any, context: bpy.types.Context, text: str) -> list[str]:
    """Prompts with all the words typed so far: those of the file, latest first, then known ones.

    For the `search` of a property.
    """
    scenes = sorted(bpy.data.scenes, key=lambda scene: scene != context.scene)
    earlier = [_prompt_of(entry) for scene in scenes for entry in scene_history(scene).entries]
    unique = dict.fromkeys((*filter(None, earlier), *KNOWN_PROMPTS))
    words = text.lower().split()
    return [prompt for prompt in unique if all(word in prompt.lower() for word in words)]


def search_motion_labels(
    settings: Any, _context: bpy.types.Context, text: str
) -> list[str | tuple[str, str]]:
    """Labels that the backend knows, with the amount of training data where that is known.

    For the `search` of a property of something that has a `model`.
    """
    known = known_motion_labels(settings.model)
    matches = sorted(label for label in known if text.lower() in label.lower())
    return [(label, known[label]) if known[label] else label for label in matches]


def known_motion_labels(model: str) -> dict[str, str]:
    """Label -> amount of training data as text, "" where unknown.

    Empty before the backend was first started.
    """
    known: dict[str, str] = {}
    for info in session.queue.capabilities.get("models", []):
        if info.get("name") == "multires":
            continue  # labels of a style, which belong in a timeline
        if (info.get("name") == "motioninr") == (model == "motioninr"):
            data = info.get("data") or {}
            known |= {
                label: _describe_captures(data.get(label)) for label in info.get("actions", [])
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
