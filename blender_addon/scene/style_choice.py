"""The style of a motion: which one is chosen, and the file that a request needs."""

from collections.abc import Mapping
from typing import Any

from ..backend.protocol.control_track import is_audio_conditioned
from ..backend.protocol.style_file import StyleInfo
from ..link import session
from ..link.errors import JobError
from ..link.http.client import BLEND

_MAX_LISTED_LABELS = 12
"""Labels of a style that lists show: a style of numbers may have a thousand columns."""


def style_settings(scene: Any) -> Any:
    """The style settings of a scene (`style_settings.AnyframeStyleSettings`)."""
    return scene.anyframe_blend


def chosen_style(settings: Any) -> StyleInfo | None:
    """The style of a scene's settings; fast enough for draw functions."""
    library = session.style_library()
    return library.styles.get(library.resolve_name(settings.style))


def chosen_style_follows_sound(settings: Any) -> bool:
    style = chosen_style(settings)
    return style is not None and is_audio_conditioned(style.labels)


def describe_labels(style: StyleInfo) -> str:
    """Labels of a style in one line."""
    if is_audio_conditioned(style.labels):
        return "the sound of the scene"
    more = len(style.labels) - _MAX_LISTED_LABELS
    listed = ", ".join(style.labels[:_MAX_LISTED_LABELS])
    return f"{listed} and {more} more" if more > 0 else listed


def search_style_labels(block: Any, _context: Any, text: str) -> list[str]:
    """Labels of the chosen style, for the `search` of a property."""
    style = chosen_style(style_settings(block.id_data))
    return [label for label in style.labels if text.lower() in label.lower()] if style else []


def search_styles(_owner: Any, _context: Any, text: str) -> list[tuple[str, str]]:
    """Names of styles with their labels, for the `search` of a property."""
    return [
        (name, describe_labels(style))
        for name, style in session.style_library().styles.items()
        if text.lower() in name.lower()
    ]


def choose_style_if_none(scene: Any, name: str) -> None:
    """Choose a style in a scene's panel, unless one is chosen there."""
    if scene is not None and not style_settings(scene).style:
        style_settings(scene).style = name


def style_payload(request: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The file that a request for a motion in a style needs, found by its hash.

    Empty if the backend has that style already, and for any other request.

    Raises:
        JobError: The style is no longer in the library.
        StyleError: Its file is damaged.
    """
    if request["kind"] != BLEND:
        return ()
    digest = request["hash"]
    models = session.queue.capabilities.get("models", [])
    if any((model.get("name"), model.get("hash")) == ("multires", digest) for model in models):
        return ()
    library = session.style_library()
    name = library.name_of_hash(digest)
    if not name:
        raise JobError(
            f"The style “{request['style']}” of this motion was deleted or learnt anew: import its "
            "file in the panel Learn Style."
        )
    return (library.read_style_bytes(name),)
