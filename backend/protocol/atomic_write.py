"""Files that are written completely or not at all, in Blender and in the backend."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


class WriteError(OSError):
    """A file cannot be written; the text is a sentence for the user."""


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Write a temporary file and rename it to `path`; a failure leaves an existing file unchanged.

    Args:
        path: File to write. Its folder must exist, because a missing one may be a typing error.
        write: Function that writes the temporary file, whose name has the suffix of `path`.

    Raises:
        WriteError: The file cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
