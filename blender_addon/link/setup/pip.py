"""pip, asked for wheels and then to install them: nothing is installed straight from the network.

What was fetched lies in a folder, each wheel told by its hash. So a run that was cut off goes on
with what is there, and a folder that someone has brought on a stick serves as well as a download.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from .packages import PackageGroup, download_batches
from .pip_output import DownloadProgress
from .programs import ProgramRunner
from .state import SetupError
from .targets import InstallTarget
from .wheels import missing_pins

_COMMON = ("--disable-pip-version-check", "--no-input", "--only-binary", ":all:")


@dataclass(frozen=True)
class Pip:
    """The pip of one Python."""

    python: Path
    programs: ProgramRunner
    requirement_list: Path
    """The file that tells pip which packages; written anew for each portion."""
    on_progress: Callable[[str, float], None]
    """Hears what is being fetched, and how much of everything is there, from 0 to 1."""

    def download_missing(
        self,
        groups: Iterable[PackageGroup],
        folder: Path,
        target: InstallTarget,
        *,
        is_pinned_pip: bool = True,
        is_other_computer: bool = False,
    ) -> None:
        """Download what a folder lacks, portion by portion; what is there stays there.

        Args:
            groups: of packages.
            into: the folder.
            target: the computer that they are for.
            is_ours: whether this pip is that of the list; another's words are not understood.
            is_foreign: whether the target is another computer than this one.

        Raises:
            OSError: the disk is full, or the like.
            SetupError: pip could not get them.
            JobCancelledError: the work was stopped.
        """
        groups = tuple(groups)
        progress = DownloadProgress(sum(len(group.pins) for group in groups))
        there = 0
        for group in groups:
            if group.has_unlisted_dependencies and is_other_computer:
                raise SetupError(
                    "What this build of PyTorch needs can only be found out on a computer of its "
                    "own kind: choose the processor, or CUDA 13, or do it there."
                )
            lacking = missing_pins(group.pins, folder, target, cancelled=self.programs.stop.is_set)
            there += len(group.pins) - len(lacking)
            for batch in download_batches(lacking):
                progress.set_done(there)
                portion = replace(group, pins=tuple(batch))
                arguments = target.pip_arguments if is_other_computer else ()
                self._download(portion, folder, arguments, progress if is_pinned_pip else None)
                there += len(batch)

    def install_group(self, group: PackageGroup, source: Path) -> None:
        """Install packages from wheels in a folder; raises as `fetch` does."""
        self.programs.run_python(
            self.python,
            *("-m", "pip", "install", *_COMMON, "--no-index", "--find-links", str(source)),
            *(*group.pip_arguments, "-r", str(self._write_requirement_list(group))),
            failure="pip could not install the backend",
        )

    def _download(
        self,
        group: PackageGroup,
        into: Path,
        arguments: Iterable[str],
        progress: DownloadProgress | None,
    ) -> None:
        def hear(line: str) -> bool:
            if progress is None:
                return True
            is_for_people = progress.read_line(line)
            self.on_progress(progress.description, progress.fraction)
            return is_for_people

        index = ("--index-url", group.index) if group.index else ()
        # Before its own list's pip is there, an older one would refuse to print numbers of bytes.
        bar = "raw" if progress else "off"
        self.programs.run_python(
            self.python,
            *("-m", "pip", "download", *_COMMON, "--no-cache-dir", "--progress-bar", bar),
            *("--dest", str(into), *index, *arguments),
            *(*group.pip_arguments, "-r", str(self._write_requirement_list(group))),
            failure="pip could not download the backend",
            on_line=hear,
        )

    def _write_requirement_list(self, group: PackageGroup) -> Path:
        lines = (f"{pin.requirement}\n" for pin in group.pins)
        self.requirement_list.write_text("".join(lines), encoding="utf-8")
        return self.requirement_list
