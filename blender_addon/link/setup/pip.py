"""pip downloads wheels and installs them; nothing is installed straight from the network.

Downloads stay in a folder, identified by their hashes. So an interrupted run continues with them,
and a folder that was filled on another computer works like a download.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from .packages import PackageGroup, download_batches
from .pins import missing_pins
from .programs import ProgramRunner
from .state import SetupError
from .targets import InstallTarget

_COMMON = ("--disable-pip-version-check", "--no-input", "--only-binary", ":all:")
_PROGRESS = re.compile(r"^Progress (\d+) of (\d+)$")
_FILE = re.compile(r"^(?:Downloading|Using cached|Processing) (\S+)\.whl\b")


class DownloadProgress:
    """Progress of downloads in whole packages, and within the current one."""

    def __init__(self, total: int, done: int = 0) -> None:
        self._total = max(total, 1)
        self.set_done(done)

    def read_line(self, line: str) -> bool:
        """Parse a line of pip's; return whether it is for people, not just a number of bytes."""
        counted = _PROGRESS.match(line)
        if counted:
            received, size = int(counted[1]), int(counted[2])
            self._part = received / size if size else 0.0
            self._bytes = f" · {received / 1e6:.0f} of {size / 1e6:.0f} MB"
            return False
        if line.startswith(("Collecting ", "Processing ")) and self._name:
            self.set_done(self._done + 1)
        file = _FILE.match(line)
        if file:
            self._name = file[1].rpartition("/")[2].partition("-")[0]
        return True

    def set_done(self, done: int) -> None:
        """Set the number of packages that are complete."""
        self._done, self._part, self._name, self._bytes = done, 0.0, "", ""

    @property
    def fraction(self) -> float:
        """Progress from 0 to 1."""
        return min((self._done + self._part) / self._total, 1.0)

    @property
    def description(self) -> str:
        """Text such as "12 of 61 packages · torch · 120 of 184 MB"."""
        name = f" · {self._name}" if self._name else ""
        return f"{min(self._done, self._total)} of {self._total} packages{name}{self._bytes}"


@dataclass(frozen=True)
class Pip:
    """The pip of one Python."""

    python: Path
    programs: ProgramRunner
    requirement_list: Path
    """File for the list of packages; overwritten for each batch."""
    on_progress: Callable[[str, float], None]
    """Called with a description and the fraction that is complete."""

    def download_missing(
        self,
        groups: Iterable[PackageGroup],
        folder: Path,
        target: InstallTarget,
        *,
        is_pinned_pip: bool = True,
        is_other_computer: bool = False,
    ) -> None:
        """Download the wheels that a folder lacks, batch by batch.

        Args:
            is_pinned_pip: Whether this is the pip of our list, whose output can be parsed.
            is_other_computer: Whether the target is another computer than this one.

        Raises as `ProgramRunner.run_python` does, and OSError if a file cannot be written.
        """
        groups = tuple(groups)
        progress = DownloadProgress(sum(len(group.pins) for group in groups))

        def read_line(line: str) -> bool:
            is_for_people = progress.read_line(line)
            self.on_progress(progress.description, progress.fraction)
            return is_for_people

        # An older pip than the pinned one refuses to print numbers of bytes.
        bar, on_line = ("raw", read_line) if is_pinned_pip else ("off", lambda _: True)
        arguments = ("--no-cache-dir", "--progress-bar", bar, "--dest", str(folder))
        if is_other_computer:
            arguments += target.pip_arguments
        done = 0
        for group in groups:
            if group.has_unlisted_dependencies and is_other_computer:
                raise SetupError(
                    "The dependencies of this build of PyTorch can only be found on a computer of "
                    "the same kind: choose the processor, or CUDA 13, or do it there."
                )
            missing = missing_pins(
                group.pins, folder, target, is_cancelled=self.programs.stop.is_set
            )
            index = ("--index-url", group.index) if group.index else ()
            done += len(group.pins) - len(missing)
            for batch in download_batches(missing):
                progress.set_done(done)
                batch_group = replace(group, pins=tuple(batch))
                self._run_pip("download", batch_group, *arguments, *index, on_line=on_line)
                done += len(batch)

    def install_group(self, group: PackageGroup, source: Path) -> None:
        """Install packages from a folder of wheels; raise as `download_missing` does."""
        self._run_pip("install", group, "--no-index", "--find-links", str(source))

    def _run_pip(
        self,
        command: str,
        group: PackageGroup,
        *arguments: str,
        on_line: Callable[[str], bool] = lambda _: True,
    ) -> None:
        lines = (f"{pin.requirement}\n" for pin in group.pins)
        self.requirement_list.write_text("".join(lines), encoding="utf-8")
        self.programs.run_python(
            self.python,
            *("-m", "pip", command, *_COMMON, *arguments, *group.pip_arguments),
            *("-r", str(self.requirement_list)),
            failure=f"pip could not {command} the backend",
            on_line=on_line,
        )
