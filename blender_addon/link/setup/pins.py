"""Lists of pinned packages with their hashes, in pip's format, filtered for one computer.

pip only evaluates markers for the computer it runs on, and wheels may be downloaded for another
one. So `make lock` evaluates them for every supported computer and writes the results to a table.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .targets import InstallTarget, canonical_name

MARKERS = "markers.json"
"""File beside the lists: the keys of the targets for which each marker is true."""
_ENTRY = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)[ \t]*(;(?P<marker>[^\\\n]*))?"
    r"(?P<hashes>.*(?:\n[ \t].*)*)",
    re.MULTILINE,
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


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
