"""The folders that environments live in, and which of them is the one in use.

Environments are made in `env1`, `env2`… beside each other, so a new one never touches the one that
works. Each says "incomplete" in its stamp until it was checked; then the stamp is replaced, in one
step, by what is known of it. The newest that is complete is the one in use.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path

from .state import Facts, SetupState

STAMP = ".version"
INCOMPLETE = "incomplete"
_BROKEN = ".broken"


class Environments:
    """One folder of ours in the user's, with all that a set-up writes."""

    def __init__(self, root: Path, requirements: Path) -> None:
        """Nothing is read yet.

        Args:
            root: holds the environments, what was downloaded for them, and the log.
            requirements: the folder with the lists of pins.
        """
        self.root = root
        self.requirements = requirements
        self.downloads = root / "downloads"
        self.log = root / "setup.log"
        self.wanted = root / "wanted.txt"

    @property
    def current(self) -> Path | None:
        """The environment in use; None if none was ever complete. It may be moved or damaged."""
        return next((folder for folder in self._folders() if read_stamp(folder) is not None), None)

    def inspect(self) -> tuple[SetupState, Facts | None]:
        """Where the environment in use stands, from a few small files."""
        folder = self.current
        facts = read_stamp(folder) if folder else None
        if folder is None or facts is None:
            begun = any(self._folders()) or self.downloads.exists()
            return (SetupState.INCOMPLETE if begun else SetupState.ABSENT), None
        if facts.folder != folder or not python_in(folder).exists() or not _home_exists(folder):
            return SetupState.MOVED, facts
        if (folder / _BROKEN).exists():
            return SetupState.BROKEN, facts
        if facts.requirements != self.fingerprint():
            return SetupState.OUTDATED, facts
        return SetupState.READY, facts

    def begin(self) -> Path:
        """A new, empty folder for an environment, marked as incomplete; raises OSError."""
        taken = [int(folder.name.removeprefix("env")) for folder in self._folders()]
        folder = self.root / f"env{max(taken, default=0) + 1}"
        folder.mkdir(parents=True)
        (folder / STAMP).write_text(INCOMPLETE, encoding="utf-8")
        return folder

    def finish(self, folder: Path, facts: Facts) -> None:
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

    def sweep(self) -> None:
        """Delete every environment but the one in use, as far as the system lets us.

        Windows keeps the files of a program that is running; what stays is swept the next time.
        """
        current = self.current
        for folder in list(self._folders()):
            if folder != current:
                with suppress(OSError):
                    delete(folder)
        self.wanted.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete all that a set-up and the backend have written; raises OSError."""
        for folder in [*self._folders(), self.downloads]:
            delete(folder)
        for path in (self.log, self.wanted, self.root / "backend.log"):
            path.unlink(missing_ok=True)

    def fingerprint(self) -> str:
        """Tells whether an environment was made from the lists that are here now."""
        digest = hashlib.sha256()
        for path in sorted(self.requirements.glob("*.txt")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _folders(self) -> Iterator[Path]:
        """All environments, the newest first."""
        found = [
            folder
            for folder in self.root.glob("env*")
            if folder.is_dir() and folder.name.removeprefix("env").isdecimal()
        ]
        yield from sorted(
            found, key=lambda folder: int(folder.name.removeprefix("env")), reverse=True
        )


def python_in(folder: Path) -> Path:
    """The interpreter of an environment."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def read_stamp(folder: Path) -> Facts | None:
    """What is known of a complete environment; None if it is not complete."""
    try:
        said = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        facts = Facts(**{field.name: said[field.name] for field in fields(Facts)})
        return replace(facts, folder=Path(facts.folder), size=int(facts.size))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def delete(folder: Path) -> None:
    """Delete a folder; its stamp goes first, so that half of one counts as incomplete."""
    if folder.exists():
        (folder / STAMP).unlink(missing_ok=True)
        shutil.rmtree(folder)


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
