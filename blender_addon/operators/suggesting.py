"""What the fields of prompt and action suggest while one types."""

from __future__ import annotations

from typing import Any

import bpy

from ..link import session
from .known_prompts import KNOWN_PROMPTS
from .records import Record
from .remembering import history_of


def suggested_prompts(_settings: Any, context: bpy.types.Context, text: str) -> list[str]:
    """Prompts with all the words typed so far: the file's own, latest first, then known ones.

    For the `search` of a property.
    """
    scenes = sorted(bpy.data.scenes, key=lambda scene: scene != context.scene)
    before = [_prompt_of(entry) for scene in scenes for entry in history_of(scene).entries]
    each_once = dict.fromkeys((*filter(None, before), *KNOWN_PROMPTS))
    words = text.lower().split()
    return [prompt for prompt in each_once if all(word in prompt.lower() for word in words)]


def suggested_actions(_settings: Any, _context: bpy.types.Context, text: str) -> list[str]:
    """Labels that the backend's models know; for the `search` of a property."""
    models = session.queue.capabilities.get("models", [])
    labels = {label for model in models for label in model.get("actions", [])}
    return sorted(label for label in labels if text.lower() in label.lower())


def _prompt_of(entry: Any) -> str:
    record = Record.read(entry.record)
    return str(record.request.get("prompt") or "") if record is not None else ""
