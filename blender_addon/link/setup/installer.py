"""*Set Up*: the backend's own Python environment, as a small state machine.

absent → finding → creating → downloading → installing → checking → ready, each busy state being one
step below. A new environment is made beside the one that works and takes its place only once it was
checked; so a failed, cancelled or killed run changes nothing but what was downloaded, with which
the next run goes on. A thread does the work so that Blender stays awake.
"""

from __future__ import annotations

import errno
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from ..errors import JobCancelledError
from .accelerators import Accelerator, Detection
from .environment_lock import Use
from .environments import Environments, delete, python_in, size_of
from .packages import Packages, packages_for
from .pip import Pip
from .plan import Wishes, choose, pythons
from .programs import Programs
from .pythons import Python, find_pythons
from .self_test import PROBE, look_into
from .setup_lock import Claim
from .state import Facts, SetupError, SetupState, SetupStatus
from .targets import Target
from .torch_builds import TorchBuild, torch_build
from .venvs import make_venv, tie_venv
from .wheels import sweep

OFFLINE = (
    "Blender is set to stay offline: press Allow Online Access in the add-on's preferences, or "
    "choose a wheels folder, then press Set up again."
)

LOOK_SECONDS = 2.0
"""Between two looks at what another Blender may have done."""


class Installer:
    """Makes, checks, repairs and removes the environment in use."""

    def __init__(
        self,
        user: Path,
        requirements: Path,
        *,
        probe: str = PROBE,
        find: Callable[[], Iterable[Python]] = find_pythons,
        detection: Detection | None = None,
    ) -> None:
        """Look at what is there; nothing is started.

        Args:
            user: the add-on's folder for user data.
            requirements: the folder with the lists of pins.
            probe: Python source like `PROBE`.
            find: says which Pythons can make the environment.
            detection: of what the computer has to compute with.
        """
        self.environments = Environments(user, requirements)
        self.detection = detection or Detection()
        self._probe = probe
        self._find = find
        self._programs = Programs(self.environments.root, self.environments.log)
        self._use = Use()
        self._thread: threading.Thread | None = None
        self._look_out: threading.Thread | None = None
        self._looked = time.monotonic()
        self._replacing = threading.Lock()
        self.status = self.inspect()

    @property
    def python(self) -> Path:
        """The interpreter of the environment in use, or of the first one to be."""
        return python_in(self.environments.current or self.environments.root / "env1")

    @property
    def pending(self) -> bool:
        """Whether something is going on whose end should be shown."""
        return self.status.busy or self.detection.looking or self.looking

    @property
    def looking(self) -> bool:
        """Whether a look at what another Blender may have done is on its way."""
        return self._look_out is not None and self._look_out.is_alive()

    def use(self) -> Path:
        """The interpreter that the backend is about to run with; other Blenders leave it there."""
        python = self.python
        self._use.hold(python.parents[1])
        return python

    def look_again(self) -> None:
        """Begin to look whether another Blender has set up, unless that was just done.

        Cheap enough for a draw function: a thread reads the disk.
        """
        waits = not (self.status.busy or self.looking or self.status.state is SetupState.READY)
        if waits and time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            self._look_out = threading.Thread(
                target=self._notice, args=(self.status,), name="anyframe-look-out", daemon=True
            )
            self._look_out.start()

    def inspect(self) -> SetupStatus:
        """Where the environment stands, from a few small files."""
        state, facts = self.environments.inspect()
        leftover = len(list(self.environments.downloads.glob("*.whl")))
        return SetupStatus(state, facts=facts, leftover=leftover)

    def start(self, wishes: Wishes | None = None) -> None:
        """Begin the set-up on a thread; does nothing while something is going on.

        No backend of this Blender may run from the environment any more, here and in `repair` and
        `remove`.
        """
        self._begin_to_make(self._set_up, wishes or Wishes())

    def repair(self, wishes: Wishes | None = None) -> None:
        """Begin to make the environment work again, by the least that does it."""
        self._begin_to_make(self._repair, wishes or Wishes())

    def check(self, python: str = "") -> None:
        """Begin to see whether the environment works, or a Python that the user has named."""
        self._begin(SetupState.CHECKING, lambda: self._look(python))

    def remove(self) -> None:
        """Begin to delete the environment and all that belongs to it."""
        self._begin(SetupState.REMOVING, self._remove)

    def download(self, wishes: Wishes, target: Target, folder: Path) -> None:
        """Begin to fill a folder with the wheels that another computer needs."""
        self._begin(SetupState.DOWNLOADING, lambda: self._fill(wishes, target, folder))

    def cancel(self) -> None:
        """Stop at once; what was downloaded stays for the next time."""
        self._programs.stop.set()

    def close(self) -> None:
        """Stop, and let other Blenders do with the environment what they like."""
        self.cancel()
        self._use.release()

    def wait(self, on_status: Callable[[SetupStatus], None] = lambda _: None) -> None:
        """Wait until nothing is going on, showing each new status: for background mode."""
        shown = None
        while self._thread is not None and self._thread.is_alive():
            if self.status != shown:
                shown = self.status
                on_status(shown)
            self._thread.join(0.1)

    def _begin_to_make(self, make: Callable[[Wishes], str], wishes: Wishes) -> None:
        again = self.status.state is SetupState.READY

        def work() -> str:
            facts = None if again else self._made_meanwhile(wishes)
            if facts is None:
                return make(wishes)
            return (
                f"The backend has been set up meanwhile: PyTorch {facts.torch}, on {facts.device}; "
                "nothing had to be downloaded."
            )

        self._begin(SetupState.FINDING, work, makes_one=True)

    def _made_meanwhile(self, wishes: Wishes) -> Facts | None:
        """What works already and is what was wished for; None if there is no such thing."""
        state, facts = self.environments.inspect()
        if state is not SetupState.READY or facts is None or wishes.python:
            return None
        accelerator = wishes.accelerator or self.detection.wait().accelerator
        return facts if facts.accelerator == accelerator.name else None

    def _begin(
        self, state: SetupState, work: Callable[[], str], *, makes_one: bool = False
    ) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._programs.stop.clear()
        with self._replacing:
            self.status = SetupStatus(state, began=time.monotonic(), facts=self.status.facts)
        self._thread = threading.Thread(
            target=self._run, args=(work, makes_one), name="anyframe-setup", daemon=True
        )
        self._thread.start()

    def _notice(self, known: SetupStatus) -> None:
        """Take over what is found, unless something has begun since; words about it stay true as
        long as nothing has changed.
        """
        with suppress(OSError):
            found = self.inspect()
            if (found.state, found.facts) == (known.state, known.facts):
                found = replace(found, error=known.error, done=known.done)
            with self._replacing:
                if self.status is known:
                    self.status = found

    def _run(self, work: Callable[[], str], makes_one: bool) -> None:
        error = done = ""
        try:
            with Claim(self.environments.root / "setup.lock"):
                done = work()
        except JobCancelledError:
            error = "It was cancelled; what was downloaded is kept for the next time."
        except SetupError as failure:
            error = str(failure)
        except OSError as failure:
            error = _sentence(failure, self.environments.root)
        found = self.inspect()
        if error and makes_one and found.state is SetupState.READY:
            error += " The environment that was there still works."
        self.status = replace(found, error=error, done=done)

    def _set_up(self, wishes: Wishes) -> str:
        """The steps. Each moves the state on and raises SetupError if it cannot be done."""
        if wishes.wheels is None and not wishes.may_download:
            raise SetupError(OFFLINE)
        self._use.release()
        self.environments.log.unlink(missing_ok=True)
        self.environments.sweep()
        self._enter(SetupState.FINDING)
        accelerator = wishes.accelerator or self.detection.wait().accelerator
        python, build, packages = choose(
            wishes, accelerator, self._find, self.environments.requirements, self._programs.stop
        )
        self._make_sure_of_space(build)
        folder = self.environments.begin()
        try:
            self._enter(SetupState.CREATING)
            make_venv(self._programs, python, folder)
            self._install(folder, packages, wishes.wheels, python.target)
            self._enter(SetupState.CHECKING)
            facts = self._facts(folder, build.accelerator.name)
            self.environments.finish(folder, facts)
        except BaseException:
            with suppress(OSError):
                delete(folder)
            raise
        self.environments.sweep()
        with suppress(OSError):
            delete(self.environments.downloads)
        return f"The backend is set up: PyTorch {facts.torch}, on {facts.device}."

    def _make_sure_of_space(self, build: TorchBuild) -> None:
        free = shutil.disk_usage(self.environments.root).free
        if free < build.needed_bytes:
            raise SetupError(
                f"The set-up needs {build.needed_bytes / 2**30:.0f} GB of free disk space and "
                f"there are {free / 2**30:.1f} GB in {self.environments.root}: make room there."
            )

    def _install(
        self, folder: Path, packages: Packages, wheels: Path | None, target: Target
    ) -> None:
        """Bring all packages into an environment, from the user's wheels or from downloads."""
        source = wheels or self.environments.downloads
        pip = self._pip(python_in(folder))
        if wheels is None:
            self._enter(SetupState.DOWNLOADING)
            source.mkdir(parents=True, exist_ok=True)
            sweep(packages.pins, source)
            pip.fetch((packages.pip,), source, target, is_ours=False)
        pip.install(packages.pip, source)
        if wheels is None:
            pip.fetch(packages.groups, source, target)
        self._enter(SetupState.INSTALLING)
        for group in packages.groups:
            pip.install(group, source)

    def _facts(self, folder: Path, accelerator: str) -> Facts:
        """What the check finds in an environment; SetupError if it does not work."""
        seen = look_into(self._programs, python_in(folder), self._probe)
        made_from = self.environments.fingerprint()
        size = size_of(folder)
        return Facts(folder, made_from, accelerator, seen.python, seen.torch, seen.device, size)

    def _repair(self, wishes: Wishes) -> str:
        folder = self.environments.current
        if self.inspect().state is SetupState.MOVED and folder is not None:
            try:
                return self._mend(folder, wishes)
            except SetupError:
                self.status = replace(self.status, line="", progress=None)
        return self._set_up(wishes)

    def _mend(self, folder: Path, wishes: Wishes) -> str:
        """Tie a moved environment to where it is; SetupError if that is not enough."""
        _, facts = self.environments.inspect()
        assert facts is not None
        wanted = facts.python.split(".")[:2]
        found = (
            python
            for python in pythons(wishes, self._find)
            if list(map(str, python.target.python[:2])) == wanted
        )
        python = next(iter(found), None)
        if python is None:
            raise SetupError(f"No Python {'.'.join(wanted)} was found.")
        self._enter(SetupState.MENDING)
        tie_venv(self._programs, python, folder)
        self._enter(SetupState.CHECKING)
        mended = self._facts(folder, facts.accelerator)
        self.environments.finish(folder, replace(mended, requirements=facts.requirements))
        return "The environment was repaired; nothing had to be downloaded."

    def _look(self, python: str) -> str:
        folder = self.environments.current
        if python:
            return look_into(self._programs, Path(python), self._probe).sentence
        _, facts = self.environments.inspect()
        if folder is None or facts is None:
            raise SetupError("There is no environment to be checked: press Set up.")
        try:
            seen = look_into(self._programs, python_in(folder), self._probe)
        except (SetupError, OSError) as failure:
            self.environments.mark_broken(folder, str(failure))
            raise SetupError(f"{failure} Press Repair.") from failure
        self.environments.finish(folder, replace(facts, **asdict(seen), size=size_of(folder)))
        return seen.sentence

    def _remove(self) -> str:
        self._use.release()
        if self.environments.used:
            raise SetupError(
                "Another Blender works with the backend: quit it, then press Uninstall again."
            )
        self.environments.remove()
        return "The backend was removed from the disk."

    def _fill(self, wishes: Wishes, target: Target, folder: Path) -> str:
        current = self.environments.current
        if current is None or self.inspect().state not in {SetupState.READY, SetupState.OUTDATED}:
            raise SetupError(
                "Set up the backend on this computer first: its pip does the downloading."
            )
        build = torch_build(wishes.accelerator or Accelerator.CPU, target)
        packages = packages_for(self.environments.requirements, build, target)
        folder.mkdir(parents=True, exist_ok=True)
        self._pip(python_in(current)).fetch(
            (packages.pip, *packages.groups), folder, target, is_foreign=True
        )
        return f"All packages for {target.name} are in {folder}."

    def _pip(self, python: Path) -> Pip:
        def report(line: str, progress: float) -> None:
            self.status = replace(self.status, line=line, progress=progress)

        return Pip(python, self._programs, self.environments.wanted, report)

    def _enter(self, state: SetupState) -> None:
        if self._programs.stop.is_set():
            raise JobCancelledError
        self.status = replace(self.status, state=state, line="", progress=None)


def _sentence(failure: OSError, folder: Path) -> str:
    if failure.errno == errno.ENOSPC:
        return f"The disk of {folder} is full: make room there, then press Set up again."
    return f"The set-up failed: {failure.strerror or failure} ({failure.filename})."
