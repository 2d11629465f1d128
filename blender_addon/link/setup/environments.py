"""The folders of environments.

Environments are created beside each other in `env1`, `env2`, …, so a new one never touches the one
that works. The stamp of each contains "incomplete" until it has passed the self test; then it is
replaced atomically by the environment's description. The newest complete environment is in use;
others stay as long as another Blender's backend runs from them.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path

from .locks import is_in_use
from .state import EnvironmentInfo, SetupState

STAMP = ".version"
INCOMPLETE = "incomplete"
_BROKEN = ".broken"


class Environments:
    """Files that the set-up and the backend write."""

    def __init__(self, user_folder: Path, requirements: Path) -> None:
        """Determine the paths without writing anything.

        Args:
            user_folder: Folder of the add-on for user data.
            requirements: Folder with the lists of pins.
        """
        self.root = _root_for(user_folder)
        """Folder of environments, downloads and logs."""
        self.requirements = requirements
        self.downloads = self.root / "downloads"
        self.log = self.root / "setup.log"
        self.backend_log = self.root / "backend.log"
        self.learning_folder = user_folder / "learning"
        """Folder of unfinished trainings."""
        self.requirement_list = self.root / "wanted.txt"

    @property
    def current(self) -> Path | None:
        """The environment in use, possibly moved or damaged; None if none is complete."""
        return _newest_complete(self.root)

    def inspect(self) -> tuple[SetupState, EnvironmentInfo | None]:
        """Read the state of the environment in use from a few small files."""
        folder = self.current
        info = read_stamp(folder) if folder else None
        if folder is None or info is None:
            is_started = any(_folders(self.root)) or self.downloads.exists()
            return (SetupState.INCOMPLETE if is_started else SetupState.ABSENT), None
        has_python = environment_python(folder).exists() and _home_exists(folder)
        if info.folder != folder or not has_python:
            return SetupState.MOVED, info
        if (folder / _BROKEN).exists():
            return SetupState.BROKEN, info
        if info.requirements != self.fingerprint():
            return SetupState.OUTDATED, info
        return SetupState.READY, info

    def create_incomplete(self) -> Path:
        """Create a folder that is marked as incomplete; raise OSError if that fails."""
        newest = next((folder.name for folder in _folders(self.root)), "env0")
        folder = self.root / f"env{int(newest[3:]) + 1}"
        folder.mkdir(parents=True)
        (folder / STAMP).write_text(INCOMPLETE, encoding="utf-8")
        return folder

    def mark_complete(self, folder: Path, info: EnvironmentInfo) -> None:
        """Mark an environment as complete, atomically, so that it is in use from then on."""
        new = folder / f"{STAMP}.new"
        stamp = {**asdict(info), "folder": str(info.folder)}
        new.write_text(json.dumps(stamp), encoding="utf-8")
        with suppress(OSError):
            (folder / _BROKEN).unlink()
        new.replace(folder / STAMP)

    def mark_broken(self, folder: Path, reason: str) -> None:
        """Mark an environment as one that failed the self test."""
        (folder / _BROKEN).write_text(reason, encoding="utf-8")

    def delete_unused(self) -> None:
        """Delete all environments but the one in use and those that backends run from.

        Files that cannot be deleted stay until the next time.
        """
        current = self.current
        for folder in _folders(self.root):
            if folder != current and not is_in_use(folder):
                with suppress(OSError):
                    delete_environment(folder)
        self.requirement_list.unlink(missing_ok=True)

    @property
    def is_in_use(self) -> bool:
        """Return whether the backend of some Blender runs from any environment."""
        return any(is_in_use(folder) for folder in _folders(self.root))

    def delete_all(self) -> None:
        """Delete everything, including unfinished trainings; raise OSError if that fails."""
        for folder in [*_folders(self.root), self.downloads, self.learning_folder]:
            delete_environment(folder)
        for path in (self.log, self.requirement_list, self.backend_log):
            path.unlink(missing_ok=True)

    def fingerprint(self) -> str:
        """Return a hash of the lists of pins, which identifies the packages."""
        lists = sorted(self.requirements.glob("*.txt"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in lists)).hexdigest()


def environment_python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def read_stamp(folder: Path) -> EnvironmentInfo | None:
    """Read the description of an environment; None if it is not complete."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        info = EnvironmentInfo(**{f.name: stamp[f.name] for f in fields(EnvironmentInfo)})
        return replace(info, folder=Path(info.folder), size=int(info.size))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def folder_size(folder: Path) -> int:
    """Return the size of all files in a folder, in bytes."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def delete_environment(folder: Path) -> None:
    """Delete a folder, the stamp first, so that a partial deletion counts as incomplete."""
    if folder.exists():
        (folder / STAMP).unlink(missing_ok=True)
        shutil.rmtree(folder)


def _root_for(user: Path) -> Path:
    """Return the folder of environments: the user's folder, but a shorter one on Windows.

    Paths have at most 259 characters there, and the deepest file of an environment needs most of
    them. A complete environment in the user's folder stays in use.
    """
    local = os.environ.get("LOCALAPPDATA", "")
    if sys.platform != "win32" or not local or _newest_complete(user):
        return user
    return Path(local) / "anyframe"


def _newest_complete(root: Path) -> Path | None:
    return next((folder for folder in _folders(root) if read_stamp(folder) is not None), None)


def _folders(root: Path) -> list[Path]:
    """Return all environments, the newest first."""
    folders = (path for path in root.glob("env*") if path.is_dir() and path.name[3:].isdecimal())
    return sorted(folders, key=lambda folder: int(folder.name[3:]), reverse=True)


def _home_exists(folder: Path) -> bool:
    """Return whether the Python that an environment was made from still exists."""
    try:
        config = (folder / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    match = re.search(r"^\s*home\s*=(.*)", config, re.MULTILINE)
    if match is None:
        return False
    home = Path(match[1].strip())
    # On Windows the environment's python.exe is a stub that starts the one at home.
    return (home / "python.exe").exists() if sys.platform == "win32" else home.is_dir()
