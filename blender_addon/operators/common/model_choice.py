"""What a motion is made from: a prompt, or a label alone."""

from __future__ import annotations

from typing import Any

MODEL_CHOICE: dict[str, Any] = {
    "name": "Made From",
    "description": "What the motion goes by",
    "items": (
        ("nerm", "Prompt", "Words, which say what the character does"),
        (
            "motioninr",
            "Label",
            "A label such as “walk”: every seed is another performance of the same motion",
        ),
    ),
    "default": "nerm",
}
"""An EnumProperty, as operators have it and as the panel and its blocks do; the items are called as
the backend calls its models."""


def conditioning_fields(model: str, prompt: str, action: str) -> dict[str, Any]:
    """The words of a request: an action by itself has no prompt beside it."""
    words = {"prompt": prompt.strip(), "action": action.strip() or None}
    # What every backend knows need not be said.
    return words if model == "nerm" else {**words, "prompt": "", "model": model}
