"""The folders that environments live in, and which of them is the one in use.

Environments are made in `env1`, `env2`… beside each other, so a new one never touches the one that
works. Each says "incomplete" in its stamp until it was checked; then the stamp is replaced, in one
step, by what is known of it. The newest that is complete is the one in use; others stay as long as
another Blender's backend runs from them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path

from .environment_lock import is_in_use
from .state import EnvironmentInfo, SetupState

STAMP = ".version"
INCOMPLETE = "incomplete"
_BROKEN = ".broken"


class Environments:
    """All that a set-up and the backend write."""

    def __init__(self, user_folder: Path, requirements: Path) -> None:
        """Nothing is written yet.

        Args:
            user: the add-on's folder for user data.
            requirements: the folder with the lists of pins.
        """
        self.root = _root_for(user_folder)
        """Holds the environments, what was downloaded for them, and the logs."""
        self.requirements = requirements
        self.downloads = self.root / "downloads"
        self.log = self.root / "setup.log"
        self.backend_log = self.root / "backend.log"
        self.learning_folder = user_folder / "learning"
        """Where the backend keeps the styles that it has begun to learn."""
        self.requirement_list = self.root / "wanted.txt"

    @property
    def current(self) -> Path | None:
        """The environment in use; None if none was ever complete. It may be moved or damaged."""
        return _newest_complete(self.root)

    def inspect(self) -> tuple[SetupState, EnvironmentInfo | None]:
        """Where the environment in use stands, from a few small files."""
        folder = self.current
        facts = read_stamp(folder) if folder else None
        if folder is None or facts is None:
            begun = any(_folders(self.root)) or self.downloads.exists()
            return (SetupState.INCOMPLETE if begun else SetupState.ABSENT), None
        if (
            facts.folder != folder
            or not environment_python(folder).exists()
            or not _home_exists(folder)
        ):
            return SetupState.MOVED, facts
        if (folder / _BROKEN).exists():
            return SetupState.BROKEN, facts
        if facts.requirements != self.fingerprint():
            return SetupState.OUTDATED, facts
        return SetupState.READY, facts

    def create_incomplete(self) -> Path:
        """A new, empty folder for an environment, marked as incomplete; raises OSError."""
        taken = [int(folder.name.removeprefix("env")) for folder in _folders(self.root)]
        folder = self.root / f"env{max(taken, default=0) + 1}"
        folder.mkdir(parents=True)
        (folder / STAMP).write_text(INCOMPLETE, encoding="utf-8")
        return folder

    def mark_complete(self, folder: Path, facts: EnvironmentInfo) -> None:
        """Mark an environment as complete, in one step; from then on it is the one in use."""
        new = folder / f"{STAMP}.new"
        said = {**asdict(facts), "folder": str(facts.folder)}
        new.write_text(json.dumps(said), encoding="utf-8")
        with suppress(OSError):
            (folder / _BROKEN).unlink()
        new.replace(folder / STAMP)

    def mark_broken(self, folder: Path, why: str) -> None:
        """Remember that an environment did not pass its check."""
        (folder / _BROKEN).write_text(why, encoding="utf-8")

    def delete_unused(self) -> None:
        """Delete every environment but the one in use and those that backends still run from.

        What the system does not let us delete stays as well; it is swept the next time.
        """
        current = self.current
        for folder in _folders(self.root):
            if folder != current and not is_in_use(folder):
                with suppress(OSError):
                    delete_environment(folder)
        self.requirement_list.unlink(missing_ok=True)

    @property
    def is_in_use(self) -> bool:
        """Whether some Blender's backend runs from one of them."""
        return any(is_in_use(folder) for folder in _folders(self.root))

    def delete_all(self) -> None:
        """Delete all that a set-up and the backend have written, styles whose learning has not
        ended included; raises OSError.
        """
        for folder in [*_folders(self.root), self.downloads, self.learning_folder]:
            delete_environment(folder)
        for path in (self.log, self.requirement_list, self.backend_log):
            path.unlink(missing_ok=True)

    def fingerprint(self) -> str:
        """Tells whether an environment was made from the lists that are here now."""
        digest = hashlib.sha256()
        for path in sorted(self.requirements.glob("*.txt")):
            digest.update(path.read_bytes())
        return digest.hexdigest()


def environment_python(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def read_stamp(folder: Path) -> EnvironmentInfo | None:
    """What is known of a complete environment; None if it is not complete."""
    try:
        said = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        facts = EnvironmentInfo(
            **{field.name: said[field.name] for field in fields(EnvironmentInfo)}
        )
        return replace(facts, folder=Path(facts.folder), size=int(facts.size))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def folder_size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def delete_environment(folder: Path) -> None:
    """Delete a folder; its stamp goes first, so that half of one counts as incomplete."""
    if folder.exists():
        (folder / STAMP).unlink(missing_ok=True)
        shutil.rmtree(folder)


def _root_for(user: Path) -> Path:
    """The folder that environments lie in: the user's, but on Windows a shorter one if there is.

    There paths have 259 characters at most, and what lies deepest in an environment takes most of
    them. One that was completed in the user's folder goes on being used.
    """
    local = os.environ.get("LOCALAPPDATA", "")
    if sys.platform != "win32" or not local or _newest_complete(user):
        return user
    return Path(local) / "anyframe"


def _newest_complete(root: Path) -> Path | None:
    return next((folder for folder in _folders(root) if read_stamp(folder) is not None), None)


def _folders(root: Path) -> list[Path]:
    """All environments, the newest first."""
    found = (
        folder
        for folder in root.glob("env*")
        if folder.is_dir() and folder.name.removeprefix("env").isdecimal()
    )
    return sorted(found, key=lambda folder: int(folder.name.removeprefix("env")), reverse=True)


def _home_exists(folder: Path) -> bool:
    """Whether the Python that an environment was made from is still there."""
    try:
        lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    pairs = (line.partition("=") for line in lines)
    home = next((Path(value.strip()) for key, _, value in pairs if key.strip() == "home"), None)
    if home is None:
        return False
    # On Windows the environment's python.exe is a stub that starts the one at home.
    return (home / "python.exe").exists() if sys.platform == "win32" else home.is_dir()
