"""Pinned packages with their hashes: lists in pip's format, and wheels in a folder.

pip only evaluates markers for the computer it runs on, and wheels may be downloaded for another
one. So `make lock` evaluates them for every supported computer and writes the results to a table.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from .targets import InstallTarget, canonical_name, parse_wheel_name

MARKERS = "markers.json"
"""File beside the lists: the keys of the targets for which each marker is true."""
_ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)[ \t]*(;(?P<marker>[^\\\n]*))?"
    r"(?P<hashes>.*(?:\n[ \t].*)*)",
    re.MULTILINE,
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CHUNK_BYTES = 1 << 20
_MAX_NAMES = 6


@dataclass(frozen=True)
class Pin:
    """One package at one version."""

    name: str
    """Normalized name."""
    version: str
    hashes: frozenset[str] = frozenset()
    """SHA-256 of each of its files, in hex; empty if it is pinned by version alone."""
    marker: str = ""
    """Condition for the package (PEP 508); "" is always true."""

    @property
    def requirement(self) -> str:
        """Line for pip, without the marker.

        To pip, 2.13.0+cpu is "==" to 2.13.0 and the better of the two; "===" is exact.
        """
        hashes = "".join(f" --hash=sha256:{digest}" for digest in sorted(self.hashes))
        return f"{self.name}==={self.version}{hashes}"


def read_pins(path: Path) -> list[Pin]:
    """Read a list; raise OSError, or ValueError if a package in it has no hash."""
    pins = []
    for entry in _ENTRY.finditer(path.read_text(encoding="utf-8")):
        hashes = frozenset(_HASH.findall(entry["hashes"]))
        if not hashes:
            raise ValueError(f"{path.name}: {entry['name']} has no hash")
        marker = (entry["marker"] or "").strip()
        pins.append(Pin(canonical_name(entry["name"]), entry["version"], hashes, marker))
    return pins


def pins_for_target(path: Path, target: InstallTarget) -> list[Pin]:
    """Read the pins of a list that a target needs; raise as `read_pins` does."""
    pins = read_pins(path)
    table: dict[str, list[str]] = {}
    if any(pin.marker for pin in pins):
        table = json.loads(path.with_name(MARKERS).read_text(encoding="utf-8"))
    if unknown := {pin.marker for pin in pins if pin.marker} - table.keys():
        raise ValueError(f"{MARKERS} lacks {min(unknown)}")
    return [pin for pin in pins if not pin.marker or target.key in table[pin.marker]]


def missing_pins(
    pins: Iterable[Pin],
    folder: Path,
    target: InstallTarget,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Pin]:
    """Return the pins for which a folder has no intact wheel that runs on the target.

    A wheel with another hash does not count, because it was changed or truncated. Once
    `is_cancelled` returns True, the remaining pins count as missing.
    """
    wheels: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(folder.glob("*.whl")):
        parts = parse_wheel_name(path.stem)
        if parts is not None and target.supports_wheel(parts[2]):
            wheels.setdefault(parts[:2], []).append(path)
    return [
        pin
        for pin in pins
        if is_cancelled()
        or not any(_is_intact(path, pin) for path in wheels.get((pin.name, pin.version), ()))
    ]


def delete_damaged_wheels(pins: Iterable[Pin], folder: Path) -> None:
    """Delete truncated wheels from the folder of downloads."""
    by_name = {(pin.name, pin.version): pin for pin in pins}
    for path in folder.glob("*.whl"):
        parts = parse_wheel_name(path.stem)
        pin = by_name.get(parts[:2]) if parts else None
        if pin is not None and not _is_intact(path, pin):
            path.unlink()


def describe_pins(pins: list[Pin]) -> str:
    """Return text such as "numpy 1.26.4, torch 2.13.0 and 3 more"."""
    names = [f"{pin.name} {pin.version}" for pin in pins[:_MAX_NAMES]]
    rest = len(pins) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest else "")


def _is_intact(path: Path, pin: Pin) -> bool:
    try:
        if not pin.hashes:
            return zipfile.is_zipfile(path)
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError:
        return False
    return digest.hexdigest() in pin.hashes
