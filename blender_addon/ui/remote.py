"""The preferences of a backend on another machine, and where the backend is at all."""

from __future__ import annotations

from typing import Any

import bpy

from ..link import session
from ..link.errors import BackendError
from ..link.http.remote import origin_of, parse_address
from ..operators.backend.setup import is_online_access_allowed
from .text_wrap import draw_paragraph


def _token(settings: Any) -> str:
    return session.remote_tokens().token_for(origin_of(settings.remote_url))


def _set_token(settings: Any, token: str) -> None:
    session.remote_tokens().set_token(origin_of(settings.remote_url), token)


def _unencrypted(settings: Any) -> bool:
    return session.remote_tokens().is_unencrypted_allowed(origin_of(settings.remote_url))


def _set_unencrypted(settings: Any, allowed: bool) -> None:
    session.remote_tokens().allow_unencrypted(origin_of(settings.remote_url), allowed)


class RemotePreferencesMixin:
    """The fields. Token and consent belong to the address, and are kept outside of any .blend."""

    place: bpy.props.EnumProperty(
        name="Backend",
        description="Where motions are made",
        items=(
            ("LOCAL", "On This Machine", "In a process that starts and ends with Blender"),
            ("REMOTE", "On Another Machine", "On a studio's server, which others may share"),
        ),
    )
    remote_url: bpy.props.StringProperty(
        name="Address",
        description="Where the backend is, such as https://motion.example.com",
    )
    remote_token: bpy.props.StringProperty(
        name="Token",
        description="What the backend of this address was started with (ANYFRAME_TOKEN). It is \
kept in a file of its own, and sent to this address alone",
        subtype="PASSWORD",
        get=_token,
        set=_set_token,
        options={"SKIP_SAVE"},
    )
    remote_unencrypted: bpy.props.BoolProperty(
        name="Allow Without Encryption",
        description="Speak with this address over http://, where anybody between here and there \
can read the token and the motions",
        get=_unencrypted,
        set=_set_unencrypted,
        options={"SKIP_SAVE"},
    )
    remote_certificate: bpy.props.StringProperty(
        name="Certificate",
        description="File (.pem) of the authority that vouches for the backend; leave empty if it \
is one that everyone knows",
        subtype="FILE_PATH",
    )


def draw_backend_location(layout: bpy.types.UILayout, settings: Any, width: float) -> bool:
    """Draw where the backend is, and all there is to say if that is another machine.

    Returns:
        Whether it is another machine: the set-up of this one need not be drawn then.
    """
    layout.row().prop(settings, "place", expand=True)
    if settings.place != "REMOTE":
        return False
    column = layout.column()
    column.prop(settings, "remote_url")
    try:
        address = parse_address(settings.remote_url)
    except BackendError as error:
        draw_paragraph(layout, str(error), width=width, icon="INFO")
        return True
    column.prop(settings, "remote_token")
    if address.scheme == "https":
        column.prop(settings, "remote_certificate")
    elif not address.is_this_machine:
        column.prop(settings, "remote_unencrypted")
    book = session.remote_tokens()
    reason = book.problem or session.not_ready_reason()
    if reason:
        draw_paragraph(layout, reason, width=width, icon="ERROR", alert=True)
    if not is_online_access_allowed() and not address.is_this_machine:
        layout.operator("anyframe.allow_online_access", icon="INTERNET")
    layout.operator("anyframe.test_backend", icon="URL")
    _draw_probe(layout, address.origin, width)
    _draw_other_addresses(layout, book.other_origins(address.origin))
    draw_release_memory(layout)
    return True


def draw_release_memory(layout: bpy.types.UILayout) -> None:
    """Draw the button that frees the model's memory, wherever that is."""
    layout.operator("anyframe.release_memory", icon="MEMORY")


def _draw_probe(layout: bpy.types.UILayout, origin: str, width: float) -> None:
    status = session.connection_test.status
    if status.origin != origin:
        return  # it is about another address
    if status.busy:
        layout.label(text="Asking…", icon="TIME")
    else:
        icon = "ERROR" if status.is_error else "CHECKMARK"
        draw_paragraph(layout, status.message, width=width, icon=icon, alert=status.is_error)


def _draw_other_addresses(layout: bpy.types.UILayout, others: list[str]) -> None:
    """Whose tokens are kept besides, and a way to forget them."""
    for origin in others:
        row = layout.row()
        row.label(text=f"Kept, and sent nowhere else: the token of {origin}", icon="LOCKED")
        forget: Any = row.operator("anyframe.forget_backend", text="", icon="X")
        forget.origin = origin
