"""Wheels in a folder, checked by their hashes."""

import hashlib
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from .pins import Pin
from .targets import InstallTarget, parse_wheel_name

_CHUNK_BYTES = 1 << 20
_MAX_NAMES = 6


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
