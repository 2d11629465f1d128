"""Lists of pinned packages with their hashes, in pip's format, and what of them a computer needs.

The markers are worked out here and not by pip, which only knows those of the computer it runs on.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from .targets import InstallTarget, canonical_name

_ENTRY = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)\s*(;(?P<marker>[^\\\n]*))?", re.M)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VERSIONS = {"python_version", "python_full_version"}


@dataclass(frozen=True)
class Pin:
    """One package at one version."""

    name: str
    """Normalised."""
    version: str
    hashes: frozenset[str] = frozenset()
    """SHA-256 of each of its files, in hex; empty if it is pinned by version alone."""
    marker: str = ""
    """On what it is needed; "" is everywhere."""

    @property
    def requirement(self) -> str:
        """The line that pip reads, without the marker.

        To pip, 2.13.0+cpu is "==" to 2.13.0 and the better of the two; "===" means what it says.
        """
        hashes = "".join(f" --hash=sha256:{digest}" for digest in sorted(self.hashes))
        return f"{self.name}==={self.version}{hashes}"


def read_pins(path: Path) -> list[Pin]:
    """The pins of a list; raises OSError, or ValueError if a package in it has no hash."""
    text = path.read_text(encoding="utf-8")
    starts = list(_ENTRY.finditer(text))
    ends = [entry.start() for entry in starts[1:]] + [len(text)]
    pins = []
    for entry, end in zip(starts, ends, strict=True):
        hashes = frozenset(_HASH.findall(text, entry.end(), end))
        if not hashes:
            raise ValueError(f"{path.name}: {entry['name']} has no hash")
        marker = (entry["marker"] or "").strip()
        pins.append(Pin(canonical_name(entry["name"]), entry["version"], hashes, marker))
    return pins


def pins_for_target(pins: list[Pin], target: InstallTarget) -> list[Pin]:
    """Those pins that a target needs; raises ValueError if a marker cannot be understood."""
    return [pin for pin in pins if applies(pin.marker, target)]


def applies(marker: str, target: InstallTarget) -> bool:
    """Whether a marker, such as "sys_platform == 'win32'", is true there.

    Raises:
        ValueError: it is not made of `and`, `or`, comparisons, names of markers and strings.
    """
    if not marker:
        return True
    try:
        tree = ast.parse(marker.strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"the marker {marker!r} cannot be read") from error
    return _is_true(tree, target.markers)


def _is_true(node: ast.expr, markers: dict[str, str]) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = (_is_true(value, markers) for value in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if (
        isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.left, ast.Name)
        and node.left.id in markers
        and isinstance(node.comparators[0], ast.Constant)
        and isinstance(node.comparators[0].value, str)
    ):
        name = node.left.id
        return _compare(node.ops[0], markers[name], node.comparators[0].value, name in _VERSIONS)
    raise ValueError(f"the marker {ast.unparse(node)!r} is not understood")


def _compare(operator: ast.cmpop, has: str, asked: str, is_version: bool) -> bool:
    if asked.endswith(".*"):
        equal = f"{has}.".startswith(asked.removesuffix("*"))
    elif is_version:
        left, right = _numbers(has), _numbers(asked)
        if isinstance(operator, (ast.Lt, ast.GtE)):
            return (left < right) is isinstance(operator, ast.Lt)
        if isinstance(operator, (ast.Gt, ast.LtE)):
            return (left > right) is isinstance(operator, ast.Gt)
        equal = left == right
    else:
        equal = has == asked
    if isinstance(operator, (ast.Eq, ast.NotEq)):
        return equal is isinstance(operator, ast.Eq)
    raise ValueError(f"the comparison with {asked!r} is not understood")


def _numbers(version: str) -> tuple[int, int, int]:
    """A version of Python as numbers, so that 3.9 is less than 3.10; 3.11 is 3.11.0."""
    parts = [int(part) for part in version.split(".")]
    major, minor, micro = [*parts, 0, 0][:3]
    return major, minor, micro
