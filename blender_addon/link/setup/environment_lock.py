"""Which environments backends run from, told from one Blender to another.

A Blender whose backend runs from an environment holds a file in it open, and locks it where there
are such locks; the system lets go of it if Blender dies.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_LOCK_FILE = ".used"

if sys.platform == "win32":

    def _open_shared(mark: Path) -> int:
        return os.open(mark, os.O_RDWR | os.O_CREAT)

    def is_in_use(folder: Path) -> bool:
        """Whether some Blender uses an environment; a mark that nobody holds is deleted."""
        try:
            (folder / _LOCK_FILE).unlink(missing_ok=True)
        except PermissionError:  # Windows deletes no open file
            return True
        return False
else:
    import fcntl

    def _open_shared(mark: Path) -> int:
        handle = os.open(mark, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise
        return handle

    def is_in_use(folder: Path) -> bool:
        """Whether some Blender uses an environment; where the disk has no locks, none seems to."""
        try:
            handle = os.open(folder / _LOCK_FILE, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(handle)
        return False


class EnvironmentLock:
    """What this Blender uses. An older environment is held beside a newer one, since what is being
    learnt there goes on.
    """

    def __init__(self) -> None:
        self._held: dict[Path, int] = {}

    def hold_environment(self, folder: Path) -> None:
        """Keep others from deleting an environment, where the system can do that."""
        with suppress(OSError):
            handle = _open_shared(folder / _LOCK_FILE)
            # An environment of the same name may have been deleted and made anew since.
            before = self._held.pop(folder, None)
            self._held[folder] = handle
            if before is not None:
                os.close(before)

    def release_environments(self) -> None:
        """Nothing is used any more."""
        while self._held:
            os.close(self._held.popitem()[1])
