"""What pip says, turned into progress and into a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

_PROGRESS = re.compile(r"^Progress (\d+) of (\d+)$")
_FILE = re.compile(r"^(?:Downloading|Using cached|Processing) (\S+)\.whl\b")
_FULL = ("No space left on device", "[Errno 28]", "not enough space on the disk")
_OFFLINE = ("NewConnectionError", "name resolution", "getaddrinfo", "NameResolutionError")
_CHANGED = "DO NOT MATCH THE HASHES"


class DownloadProgress:
    """How far the downloads are: whole packages, and the part of the one that is on its way."""

    def __init__(self, total: int, done: int = 0) -> None:
        self._total = max(total, 1)
        self._done = done
        self._part = 0.0
        self._name = ""
        self._bytes = ""

    def read_line(self, line: str) -> bool:
        """Take in a line; says whether it is one for people, not a mere number of bytes."""
        counted = _PROGRESS.match(line)
        if counted:
            got, size = int(counted[1]), int(counted[2])
            self._part = got / size if size else 0.0
            self._bytes = f" · {got / 1e6:.0f} of {size / 1e6:.0f} MB"
            return False
        if line.startswith(("Collecting ", "Processing ")) and self._name:
            self.finish_package()
        begun = _FILE.match(line)
        if begun:
            self._name = begun[1].rpartition("/")[2].partition("-")[0]
        return True

    def finish_package(self) -> None:
        """The package that was on its way is there."""
        self._done, self._part, self._name, self._bytes = self._done + 1, 0.0, "", ""

    def set_done(self, done: int) -> None:
        """So many packages are there, whatever was heard."""
        self._done, self._part, self._name, self._bytes = done, 0.0, "", ""

    @property
    def fraction(self) -> float:
        """From 0 to 1."""
        return min((self._done + self._part) / self._total, 1.0)

    @property
    def description(self) -> str:
        """What is going on, such as "12 of 61 packages · torch · 120 of 184 MB"."""
        name = f" · {self._name}" if self._name else ""
        return f"{min(self._done, self._total)} of {self._total} packages{name}{self._bytes}"


def failure_reason(lines: Sequence[str], folder: Path) -> str:
    """Why pip, or another program of the set-up, failed; the end of a sentence, without a stop.

    Args:
        lines: what it printed.
        folder: where it wrote.
    """
    if any(word in line for line in lines for word in _FULL):
        return f"the disk of {folder} is full; make room there, then press Set up again"
    if any(word in line for line in lines for word in _OFFLINE):
        return "the package index cannot be reached (is this computer online?)"
    if any(_CHANGED in line for line in lines):
        return (
            "a package is not the one that this version was tested with, so it was not installed; "
            "try another network, or a folder of wheels"
        )
    errors = [line for line in lines if line.startswith("ERROR:")]
    return ([*errors[:1], *lines[-1:]] or ["it ended without a word"])[0].rstrip(".")
