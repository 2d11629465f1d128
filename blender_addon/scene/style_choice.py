"""Which style a motion is made in, and the file that is sent along for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backend.protocol.control_track import is_audio_conditioned
from ..backend.protocol.style_file import StyleInfo
from ..link import session
from ..link.errors import JobError
from ..link.http.client import BLEND

_MAX_LISTED_LABELS = 12
"""Labels that are named where styles are listed."""


def style_settings(scene: Any) -> Any:
    """What a scene's motions in a style are to be (`timeline_list.AnyframeBlend`)."""
    return scene.anyframe_blend


def chosen_style(blend: Any) -> StyleInfo | None:
    """What is known of the style that a scene's fields mean; quick enough for a draw function."""
    shelf = session.style_library()
    return shelf.styles.get(shelf.resolve_name(blend.style))


def chosen_style_follows_sound(blend: Any) -> bool:
    """Whether the style that a scene's fields mean follows a sound; quick enough to draw with."""
    facts = chosen_style(blend)
    return facts is not None and is_audio_conditioned(facts.labels)


def describe_labels(facts: StyleInfo) -> str:
    """What a style knows, in a few words, also if it was learnt from a thousand numbers."""
    if is_audio_conditioned(facts.labels):
        return "the sound of the scene"
    more = len(facts.labels) - _MAX_LISTED_LABELS
    told = ", ".join(facts.labels[:_MAX_LISTED_LABELS])
    return f"{told} and {more} more" if more > 0 else told


def search_style_labels(span: Any, _context: Any, text: str) -> list[str]:
    """What the chosen style knows, for the `search` of a property."""
    facts = chosen_style(style_settings(span.id_data))
    return [label for label in facts.labels if text.lower() in label.lower()] if facts else []


def search_styles(_owner: Any, _context: Any, text: str) -> list[tuple[str, str]]:
    """Names of styles with their labels, for the `search` of a property."""
    return [
        (name, describe_labels(facts))
        for name, facts in session.style_library().styles.items()
        if text.lower() in name.lower()
    ]


def choose_style_if_none(scene: Any, name: str) -> None:
    """Have the panel of a scene show a style, unless another one is chosen there."""
    if scene is not None and not style_settings(scene).style:
        style_settings(scene).style = name


def style_payload(request: Mapping[str, Any]) -> tuple[bytes, ...]:
    """What is sent along with a request: the file of its style, found by its hash; nothing if the
    backend has it already, or for any other request.

    Raises:
        JobError: the style is not on the shelf any more.
        StyleError: its file is damaged.
    """
    if request["kind"] != BLEND:
        return ()
    digest = request["hash"]
    models = session.queue.capabilities.get("models", [])
    if any((one.get("name"), one.get("hash")) == ("multires", digest) for one in models):
        return ()
    shelf = session.style_library()
    name = shelf.name_of_hash(digest)
    if not name:
        raise JobError(
            f"The style “{request['style']}” that this motion was made in is not there any more, "
            "or was learnt anew: import its file in the panel Learn."
        )
    return (shelf.read_style_bytes(name),)
