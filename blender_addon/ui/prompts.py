"""What the prompt's field suggests while one types."""

from __future__ import annotations

from typing import Any

import bpy

from ..operators.records import Record
from ..operators.remembering import history_of
from .known_prompts import KNOWN_PROMPTS


def suggested_prompts(_settings: Any, context: bpy.types.Context, text: str) -> list[str]:
    """Prompts with all the words typed so far: the file's own, latest first, then known ones.

    For the `search` of a property.
    """
    scenes = sorted(bpy.data.scenes, key=lambda scene: scene != context.scene)
    before = [_prompt_of(entry) for scene in scenes for entry in history_of(scene).entries]
    each_once = dict.fromkeys((*filter(None, before), *KNOWN_PROMPTS))
    words = text.lower().split()
    return [prompt for prompt in each_once if all(word in prompt.lower() for word in words)]


def _prompt_of(entry: Any) -> str:
    record = Record.read(entry.record)
    return str(record.request.get("prompt") or "") if record is not None else ""
