"""Addresses of remote backends, and the checks before a token is sent to one."""

import ipaddress
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BackendError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Parsed address of a backend."""

    scheme: str
    """http or https."""
    host: str
    """Host in lower case; an IPv6 address without its brackets."""
    port: int
    path: str
    """Prefix of the backend's paths; "" or begins with a slash."""

    @property
    def origin(self) -> str:
        """Scheme, host and port; a token belongs to one origin."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        return self.origin + self.path

    @property
    def is_this_machine(self) -> bool:
        """True for a loopback address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True)
class RemoteBackend:
    """Remote backend that may receive the token."""

    address: Address
    token: str = field(repr=False)
    certificate: str = ""
    """File of the authorities that may sign its certificate; "" for the usual ones."""


def parse_address(text: str) -> Address:
    """Parse the address that the user has typed; raise BackendError if it is not one."""
    text = text.strip()
    if not text:
        raise BackendError(
            "The address of the backend is empty: enter it in the add-on's preferences, such as "
            "https://motion.example.com."
        )
    if not text.isprintable() or " " in text or "\\" in text:
        raise BackendError("The address of the backend must not contain spaces or backslashes.")
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
            "The address of the backend must consist of a name, a port and a path only: enter the "
            "token in its own field."
        )
    return Address(parts.scheme, host, port or _PORTS[parts.scheme], parts.path.rstrip("/"))


def origin_of(text: str) -> str:
    """Return the origin of an address; "" if it cannot be parsed."""
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
    """Return a remote backend; raise BackendError if requests may not be sent there.

    Args:
        text: Address as typed.
        allow_unencrypted: Whether the user allows http:// to another machine.
        is_online: Whether Blender may connect to other machines.
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
            "The token must consist of ASCII letters, digits and punctuation: enter it again."
        )
    if certificate and not Path(certificate).is_file():
        raise BackendError(
            f"There is no file {certificate}: choose the certificate of the authority again, or "
            "leave “Certificate” empty."
        )
    return RemoteBackend(address, token, certificate)
