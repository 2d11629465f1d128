"""Preferences of a remote backend."""

from typing import Any

import bpy

from ..link import session
from ..link.errors import BackendError
from ..link.http.remote import origin_of, parse_address
from ..operators.backend.setup import is_online_access_allowed
from .text import draw_paragraph


def _token(settings: Any) -> str:
    return session.remote_tokens().token_for(origin_of(settings.remote_url))


def _set_token(settings: Any, token: str) -> None:
    session.remote_tokens().set_token(origin_of(settings.remote_url), token)


def _unencrypted(settings: Any) -> bool:
    return session.remote_tokens().is_unencrypted_allowed(origin_of(settings.remote_url))


def _set_unencrypted(settings: Any, allowed: bool) -> None:
    session.remote_tokens().allow_unencrypted(origin_of(settings.remote_url), allowed)


class RemotePreferencesMixin:
    """Properties of a remote backend; tokens are stored by address, outside of any .blend."""

    place: bpy.props.EnumProperty(
        name="Backend",
        description="Where motions are generated",
        items=(
            ("LOCAL", "On This Machine", "A process that starts and ends with Blender"),
            ("REMOTE", "On Another Machine", "A server, which others may use, too"),
        ),
    )
    remote_url: bpy.props.StringProperty(
        name="Address",
        description="Address of the backend, such as https://motion.example.com",
    )
    remote_token: bpy.props.StringProperty(
        name="Token",
        description="The token that the backend was started with (ANYFRAME_TOKEN). It is stored in \
a separate file and only sent to this address",
        subtype="PASSWORD",
        get=_token,
        set=_set_token,
        options={"SKIP_SAVE"},
    )
    remote_unencrypted: bpy.props.BoolProperty(
        name="Allow Without Encryption",
        description="Use this address over http://: anybody on the network can read the token and \
the motions",
        get=_unencrypted,
        set=_set_unencrypted,
        options={"SKIP_SAVE"},
    )
    remote_certificate: bpy.props.StringProperty(
        name="Certificate",
        description="File (.pem) of the backend's certificate authority; leave empty for a public \
one",
        subtype="FILE_PATH",
    )


def draw_backend_location(layout: bpy.types.UILayout, settings: Any, width: float) -> bool:
    """Draw the choice of the machine, and the settings of a remote backend if that is chosen.

    Returns:
        Whether a remote backend is chosen, so that the set-up is not drawn.
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
    layout.operator("anyframe.release_memory", icon="MEMORY")


def _draw_probe(layout: bpy.types.UILayout, origin: str, width: float) -> None:
    status = session.connection_test.status
    if status.origin != origin:
        return  # a test of another address
    if status.busy:
        layout.label(text="Testing…", icon="TIME")
    else:
        icon = "ERROR" if status.is_error else "CHECKMARK"
        draw_paragraph(layout, status.message, width=width, icon=icon, alert=status.is_error)


def _draw_other_addresses(layout: bpy.types.UILayout, others: list[str]) -> None:
    """Draw the other addresses with stored tokens, and buttons to delete them."""
    for origin in others:
        row = layout.row()
        row.label(text=f"Stored token of {origin}", icon="LOCKED")
        forget: Any = row.operator("anyframe.forget_backend", text="", icon="X")
        forget.origin = origin
