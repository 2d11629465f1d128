"""Files that are written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import JobError


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside a file and put it in place at the end: a failure leaves the old one as it was.

    Args:
        path: of the file; a folder that is not there may be a slip and is not made.
        write: writes the file at a path that ends as this one does.

    Raises:
        JobError: it cannot be written.
    """
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        write(beside)
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise JobError(f"{path} cannot be written: {error.strerror or error}.") from error
