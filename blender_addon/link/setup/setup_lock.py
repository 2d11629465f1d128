"""One set-up at a time, though several Blenders share the user's folder."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from .state import SetupError

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class SetupLock:
    """Holds a lock file as long as it is entered; the system lets go of it if Blender dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1

    def __enter__(self) -> None:
        """Take the lock; SetupError if another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT)
        try:
            _lock(self._handle)
            # Whoever had it before may have deleted the file after we opened it.
            if not os.path.samestat(os.fstat(self._handle), self._path.stat()):
                raise FileNotFoundError
        except OSError as error:
            os.close(self._handle)
            raise SetupError(
                "Another Blender is setting up the backend: wait until that is done."
            ) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of it."""
        if sys.platform != "win32":  # Windows deletes no open file
            self._path.unlink(missing_ok=True)
        os.close(self._handle)
        if sys.platform == "win32":
            with suppress(OSError):
                self._path.unlink()
