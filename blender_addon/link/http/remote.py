"""A backend on another machine: its address, and what must be so before a token goes there."""

from __future__ import annotations

import ipaddress
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BackendError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Where a backend is, read from what the user has typed."""

    scheme: str
    """http or https."""
    host: str
    """In lower case; an IPv6 address without its brackets."""
    port: int
    path: str
    """What the backend's own paths are put behind; "" or begins with a slash."""

    @property
    def origin(self) -> str:
        """Scheme, host and port: whom a token belongs to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The origin with the path."""
        return self.origin + self.path

    @property
    def is_this_machine(self) -> bool:
        """Whether nothing that is sent there leaves this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True)
class RemoteBackend:
    """A backend on another machine that may be spoken to."""

    address: Address
    token: str = field(repr=False)
    certificate: str = ""
    """File of the authorities that may vouch for it; "" for those known to everyone."""


def parse_address(text: str) -> Address:
    """The address that the user has typed.

    Raises:
        BackendError: it is none; the sentence says what is wrong.
    """
    text = text.strip()
    if not text:
        raise BackendError(
            "The address of the backend is empty: enter it in the add-on's preferences, such as "
            "https://motion.example.com."
        )
    if not text.isprintable() or " " in text or "\\" in text:
        raise BackendError("The address of the backend may hold no spaces and no \\ signs.")
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BackendError(f"The address {text[:80]} cannot be read: {error}.") from error
    if parts.scheme not in _PORTS or not host:
        raise BackendError(
            f"The address {text[:80]} must begin with https:// and a name, such as "
            "https://motion.example.com."
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise BackendError(
            "The address of the backend may hold a name, a port and a path and nothing else: "
            "the token has a field of its own."
        )
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], parts.path.rstrip("/"))


def origin_of(text: str) -> str:
    """Whom a token for this address belongs to; "" if it is no address."""
    try:
        return parse_address(text).origin
    except BackendError:
        return ""


def check_remote_backend(
    text: str,
    token: str,
    *,
    certificate: str = "",
    allow_unencrypted: bool = False,
    is_online: bool = True,
) -> RemoteBackend:
    """The backend at an address, once it is certain that it may be spoken to.

    Args:
        text: the address as typed.
        token: what this very origin expects.
        certificate: file of the authorities that may vouch for it; "" for the usual ones.
        unencrypted: whether the user allows http:// to another machine.
        online: whether Blender may speak with other machines.

    Raises:
        BackendError: it may not; the sentence says why and what to do.
    """
    address = parse_address(text)
    if not address.is_this_machine:
        if not is_online:
            raise BackendError(
                f"Blender is set to stay offline, and {address.host} is another machine: allow "
                "online access in Preferences > System > Network."
            )
        if address.scheme == "http" and not allow_unencrypted:
            raise BackendError(
                "With http:// anybody between here and the backend can read the token and the "
                "motions: use https://, or tick “Allow Without Encryption” if that network is "
                "yours."
            )
    if not token:
        raise BackendError(
            f"There is no token for {address.origin}: enter the one that its backend was started "
            "with."
        )
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise BackendError(
            "The token may hold only ASCII letters, digits and signs: enter it again."
        )
    if certificate and not Path(certificate).is_file():
        raise BackendError(
            f"There is no file {certificate}: choose the certificate of the authority again, or "
            "leave “Certificate” empty."
        )
    return RemoteBackend(address, token, certificate)
