"""What is there of the packages that a set-up needs: wheels in a folder, told by their hashes."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from .pins import Pin
from .targets import InstallTarget, parse_wheel_name

_CHUNK = 1 << 20
_NAMED = 6


def missing_pins(
    pins: Iterable[Pin],
    folder: Path,
    target: InstallTarget,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Pin]:
    """The pins for which a folder has no whole wheel that runs on the target.

    A wheel with the right name and another hash does not count: it was changed, or cut off.

    Args:
        cancelled: asked before each file is read; the rest then counts as missing.
    """
    wheels: dict[tuple[str, str], list[Path]] = {}
    for path in sorted(folder.glob("*.whl")):
        parts = parse_wheel_name(path.stem)
        if parts is not None and target.supports_wheel(parts[2]):
            wheels.setdefault(parts[:2], []).append(path)
    return [
        pin
        for pin in pins
        if cancelled()
        or not any(_is_whole(path, pin) for path in wheels.get((pin.name, pin.version), ()))
    ]


def delete_damaged_wheels(pins: Iterable[Pin], folder: Path) -> None:
    """Delete from a folder of ours the wheels that a kill or a full disk has cut off."""
    wanted = {(pin.name, pin.version): pin for pin in pins}
    for path in folder.glob("*.whl"):
        parts = parse_wheel_name(path.stem)
        pin = wanted.get(parts[:2]) if parts else None
        if pin is not None and not _is_whole(path, pin):
            path.unlink()


def describe_pins(pins: list[Pin]) -> str:
    """The first few packages as the end of a sentence: "numpy 1.26.4, torch 2.13.0 and 3 more"."""
    names = [f"{pin.name} {pin.version}" for pin in pins[:_NAMED]]
    more = len(pins) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _is_whole(path: Path, pin: Pin) -> bool:
    try:
        if not pin.hashes:
            return zipfile.is_zipfile(path)
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return False
    return digest.hexdigest() in pin.hashes
