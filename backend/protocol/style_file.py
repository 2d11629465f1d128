"""Read the description of a style file on both sides, without its networks.

The file is safetensors: the length of a header, the header in JSON, the numbers of all tensors. One
entry of the header describes the style and contains a digest of it and of the tensors.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STYLE_SUFFIX = ".safetensors"
STYLE_FORMAT = 2
"""Version of the format; raised when the meaning of the content changes."""
STYLE_HEADER_KEY = "anyframe_style"
"""Entry of the header that describes the style."""

STYLE_FPS = 30.0
"""Frames per second of styles."""

_MAX_HEADER_BYTES = 2**22
_TORCH_TYPES = {"F16": "torch.float16", "F32": "torch.float32"}
"""Types of tensors -> their names in the digest."""


class StyleError(ValueError):
    """A style cannot be learnt, read or used; the text is a sentence for the user."""


@dataclass(frozen=True)
class StyleInfo:
    """Description of a style."""

    labels: tuple[str, ...]
    """Labels, or columns of the control track, that the style follows."""
    levels: int
    """Number of resolutions, from coarse to fine."""
    hash: str
    """Digest of the file's content."""
    licence: str
    seconds: float
    """Length of the training takes together."""
    joints: tuple[str, ...]
    """Names of the joints of the skeleton."""
    settings: Mapping[str, Any]
    """Everything that the header describes."""


def parse_style_info(data: bytes, name: str) -> StyleInfo:
    """Read the description of a style and check that the whole file is intact.

    Raises:
        StyleError: The file is no style, damaged or of another version.
    """
    header, end = _parse_header(data[: 8 + _MAX_HEADER_BYTES], name)
    info, settings_text, expected = _parse_entry(header, name)
    digest = hashlib.sha256(settings_text.encode())
    try:
        tensors = {key: tensor for key, tensor in header.items() if key != "__metadata__"}
        for key in sorted(tensors):
            first, last = tensors[key]["data_offsets"]
            digest.update(key.encode())
            digest.update(_TORCH_TYPES[tensors[key]["dtype"]].encode())
            digest.update(memoryview(data)[end + first : end + last])
        length = end + max(tensor["data_offsets"][1] for tensor in tensors.values())
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(name) from error
    if len(data) < length:
        raise _not_a_style(name)
    if digest.hexdigest() != expected:
        raise _damaged(name)
    return info


def read_style_info(path: Path) -> StyleInfo:
    """Read the description of a style from the start of its file, without checking the rest.

    Raises:
        StyleError: See `parse_style_info`, or there is no such file.
    """
    try:
        with path.open("rb") as file:
            start = file.read(8)
            size = int.from_bytes(start, "little") if len(start) == 8 else 0
            header, _ = _parse_header(start + file.read(min(size, _MAX_HEADER_BYTES)), path.name)
    except FileNotFoundError as error:
        raise StyleError(f"There is no style {path}.") from error
    except OSError as error:
        raise StyleError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return _parse_entry(header, path.name)[0]


def _parse_header(data: bytes, name: str) -> tuple[dict[str, Any], int]:
    """The header, and the offset of the tensors."""
    size = int.from_bytes(data[:8], "little") if len(data) >= 8 else 0
    if not 0 < size <= len(data) - 8:
        raise _not_a_style(name)
    try:
        header = json.loads(data[8 : 8 + size])
    except (ValueError, RecursionError) as error:
        raise _not_a_style(name) from error
    if not isinstance(header, dict):
        raise _not_a_style(name)
    return header, 8 + size


def _parse_entry(header: dict[str, Any], name: str) -> tuple[StyleInfo, str, str]:
    """Return the description, the text of its settings and the digest."""
    metadata = header.get("__metadata__")
    if not isinstance(metadata, dict) or STYLE_HEADER_KEY not in metadata:
        raise StyleError(f"{name} is a weight file, but no style.")
    try:
        entry = json.loads(metadata[STYLE_HEADER_KEY])
        version, settings_text, digest = entry["format"], entry["settings"], entry["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(name) from error
    if version != STYLE_FORMAT:
        raise StyleError(
            f"{name} is a style of another version (format {version}, not {STYLE_FORMAT}). Learn "
            "it again, or use the Anyframe that it is for."
        )
    try:
        settings = json.loads(settings_text)
        config, origin = settings["config"], settings["origin"]
        info = StyleInfo(
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
    return info, settings_text, digest


def _not_a_style(name: str) -> StyleError:
    return StyleError(f"{name} is no style, or is cut short: get the file again.")


def _damaged(name: str) -> StyleError:
    return StyleError(f"{name} is damaged or was changed: get the file again.")
