"""pip, asked for wheels and then to install them: nothing is installed straight from the network.

What was fetched lies in a folder, each wheel told by its hash. So a run that was cut off goes on
with what is there, and a folder that someone has brought on a stick serves as well as a download.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from .packages import Group, batches
from .pip_output import Progress
from .programs import Programs
from .state import SetupError
from .targets import Target
from .wheels import missing

_COMMON = ("--disable-pip-version-check", "--no-input", "--only-binary", ":all:")


@dataclass(frozen=True)
class Pip:
    """The pip of one Python."""

    python: Path
    programs: Programs
    wanted: Path
    """The file that tells pip which packages; written anew for each portion."""
    report: Callable[[str, float], None]
    """Hears what is being fetched, and how much of everything is there, from 0 to 1."""

    def fetch(
        self,
        groups: Iterable[Group],
        into: Path,
        target: Target,
        *,
        is_ours: bool = True,
        is_foreign: bool = False,
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
        progress = Progress(sum(len(group.pins) for group in groups))
        there = 0
        for group in groups:
            if group.with_dependencies and is_foreign:
                raise SetupError(
                    "What this build of PyTorch needs can only be found out on a computer of its "
                    "own kind: choose the processor, or CUDA 13, or do it there."
                )
            lacking = missing(group.pins, into, target, cancelled=self.programs.stop.is_set)
            there += len(group.pins) - len(lacking)
            for batch in batches(lacking):
                progress.settle(there)
                portion = replace(group, pins=tuple(batch))
                arguments = target.pip_arguments if is_foreign else ()
                self._download(portion, into, arguments, progress if is_ours else None)
                there += len(batch)

    def install(self, group: Group, source: Path) -> None:
        """Install packages from wheels in a folder; raises as `fetch` does."""
        self.programs.run(
            self.python,
            *("-m", "pip", "install", *_COMMON, "--no-index", "--find-links", str(source)),
            *(*group.pip_arguments, "-r", str(self._list(group))),
            failure="pip could not install the backend",
        )

    def _download(
        self, group: Group, into: Path, arguments: Iterable[str], progress: Progress | None
    ) -> None:
        def hear(line: str) -> bool:
            if progress is None:
                return True
            is_for_people = progress.hear(line)
            self.report(progress.line, progress.fraction)
            return is_for_people

        index = ("--index-url", group.index) if group.index else ()
        # Before its own list's pip is there, an older one would refuse to print numbers of bytes.
        bar = "raw" if progress else "off"
        self.programs.run(
            self.python,
            *("-m", "pip", "download", *_COMMON, "--no-cache-dir", "--progress-bar", bar),
            *("--dest", str(into), *index, *arguments),
            *(*group.pip_arguments, "-r", str(self._list(group))),
            failure="pip could not download the backend",
            on_line=hear,
        )

    def _list(self, group: Group) -> Path:
        lines = (f"{pin.requirement}\n" for pin in group.pins)
        self.wanted.write_text("".join(lines), encoding="utf-8")
        return self.wanted
