"""What a style's file says of itself, read without the networks: on both sides, and quickly.

The file is safetensors: the length of a header, the header in JSON, the numbers of all tensors. A
style is described in one entry of the header, with a digest of it and of the tensors.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

STYLE_SUFFIX = ".safetensors"
STYLE_FORMAT = 2
"""Raised when what is in a file means something else than before."""
STYLE_HEADER_KEY = "anyframe_style"
"""The header's entry."""

STYLE_FPS = 30.0
"""Frames per second that styles are learnt at."""

_LONGEST_HEADER = 2**22
_KINDS = {"F16": "torch.float16", "F32": "torch.float32"}
"""What the digest calls the kinds of numbers that a style has."""


class StyleError(ValueError):
    """A style cannot be learnt, read or used as asked; the text is a sentence for the user."""


@dataclass(frozen=True)
class StyleInfo:
    """What can be known of a style before its networks are built."""

    labels: tuple[str, ...]
    """What can be asked for."""
    levels: int
    """Resolutions, from coarse to fine."""
    hash: str
    """Digest of the file's content."""
    licence: str
    seconds: float
    """Of the takes that it was learnt from."""
    joints: tuple[str, ...]
    """Names of the skeleton's."""
    settings: Mapping[str, Any]
    """All that the header tells."""


def parse_style_info(data: bytes, name: str) -> StyleInfo:
    """What a style's file tells of itself, once all of it is known to be whole.

    Args:
        data: the file's content.
        name: of the file, for sentences.

    Raises:
        StyleError: it is no style, damaged or of another version.
    """
    header, end = _header(data[: 8 + _LONGEST_HEADER], name)
    facts, told = _facts(header, name)
    found = hashlib.sha256(told.encode())
    try:
        tensors = {key: one for key, one in header.items() if key != "__metadata__"}
        for key in sorted(tensors):
            first, last = tensors[key]["data_offsets"]
            found.update(key.encode())
            found.update(_KINDS[tensors[key]["dtype"]].encode())
            found.update(memoryview(data)[end + first : end + last])
        length = end + max(one["data_offsets"][1] for one in tensors.values())
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(name) from error
    if len(data) < length:
        raise _no_style(name)
    if found.hexdigest() != _expected(header):
        raise _damaged(name)
    return facts


def read_style_info(path: Path) -> StyleInfo:
    """What a style's file tells in its first kilobytes; whether the rest is whole is not asked.

    Raises:
        StyleError: as `facts_of`, or there is no such file.
    """
    try:
        with path.open("rb") as file:
            header, _ = _header(_beginning(file), path.name)
    except FileNotFoundError as error:
        raise StyleError(f"There is no style {path}.") from error
    except OSError as error:
        raise StyleError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return _facts(header, path.name)[0]


def _beginning(file: BinaryIO) -> bytes:
    length = file.read(8)
    size = struct.unpack("<Q", length)[0] if len(length) == 8 else 0
    return length + file.read(min(size, _LONGEST_HEADER))


def _header(data: bytes, name: str) -> tuple[dict[str, Any], int]:
    """The header, and where it ends."""
    size = struct.unpack("<Q", data[:8])[0] if len(data) >= 8 else 0
    if not 0 < size <= len(data) - 8:
        raise _no_style(name)
    try:
        header = json.loads(data[8 : 8 + size])
    except (ValueError, RecursionError) as error:
        raise _no_style(name) from error
    if not isinstance(header, dict):
        raise _no_style(name)
    return header, 8 + size


def _facts(header: dict[str, Any], name: str) -> tuple[StyleInfo, str]:
    """What a header tells, and its text."""
    metadata = header.get("__metadata__")
    if not isinstance(metadata, dict) or STYLE_HEADER_KEY not in metadata:
        raise StyleError(f"{name} is a weight file, but no style.")
    try:
        entry = json.loads(metadata[STYLE_HEADER_KEY])
        version, told, digest = entry["format"], entry["settings"], entry["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(name) from error
    if version != STYLE_FORMAT:
        raise StyleError(
            f"{name} is a style of another version (format {version}, not {STYLE_FORMAT}). Learn "
            "it again, or use the Anyframe that it is for."
        )
    try:
        settings = json.loads(told)
        config, origin = settings["config"], settings["origin"]
        facts = StyleInfo(
            labels=tuple(map(str, config["labels"])),
            levels=int(config["levels"]),
            hash=str(digest)[:16],
            licence=str(origin["licence"]),
            seconds=float(origin["seconds"]),
            joints=tuple(map(str, settings["skeleton"]["names"])),
            settings=settings,
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise _damaged(name) from error
    return facts, told


def _expected(header: dict[str, Any]) -> str:
    return json.loads(header["__metadata__"][STYLE_HEADER_KEY])["sha256"]


def _no_style(name: str) -> StyleError:
    return StyleError(f"{name} is no style, or is cut short: get the file again.")


def _damaged(name: str) -> StyleError:
    return StyleError(f"{name} is damaged or was changed: get the file again.")
