"""Locks between several Blenders that share the user's folder.

The system releases both kinds if a Blender dies.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .state import SetupError

_IN_USE_FILE = ".used"
"""File in an environment that a Blender holds open while its backend runs from there."""

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _lock_shared(handle: int) -> None:
        """Do nothing, because Windows deletes no open file."""

    def is_in_use(folder: Path) -> bool:
        """Return whether some Blender uses an environment; delete a file that nobody holds."""
        try:
            (folder / _IN_USE_FILE).unlink(missing_ok=True)
        except PermissionError:  # Windows deletes no open file
            return True
        return False
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _lock_shared(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def is_in_use(folder: Path) -> bool:
        """Return whether some Blender uses an environment; False on a disk without locks."""
        try:
            handle = os.open(folder / _IN_USE_FILE, os.O_RDWR)
        except OSError:
            return False
        try:
            _lock(handle)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(handle)
        return False


@contextmanager
def setup_lock(path: Path) -> Iterator[None]:
    """Allow one set-up at a time; raise SetupError if another process has the lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        _lock(handle)
        # Its last owner may have deleted the file after it was opened here.
        if not os.path.samestat(os.fstat(handle), path.stat()):
            raise FileNotFoundError
    except OSError as error:
        os.close(handle)
        raise SetupError(
            "Another Blender is setting up the backend: wait until that is done."
        ) from error
    try:
        yield
    finally:
        if sys.platform != "win32":  # Windows deletes no open file
            path.unlink(missing_ok=True)
        os.close(handle)
        if sys.platform == "win32":
            with suppress(OSError):
                path.unlink()


class EnvironmentLock:
    """Environments that this Blender uses.

    An older one stays locked beside a newer one, because a training may continue there.
    """

    def __init__(self) -> None:
        self._handles: dict[Path, int] = {}

    def hold_environment(self, folder: Path) -> None:
        """Keep other Blenders from deleting an environment, where the disk has locks."""
        with suppress(OSError):
            handle = os.open(folder / _IN_USE_FILE, os.O_RDWR | os.O_CREAT)
            # An environment of the same name may have been deleted and created again.
            previous = self._handles.pop(folder, None)
            self._handles[folder] = handle
            with suppress(OSError):
                _lock_shared(handle)
            if previous is not None:
                os.close(previous)

    def release_environments(self) -> None:
        while self._handles:
            os.close(self._handles.popitem()[1])
