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
from .accelerators import Accelerator, AcceleratorDetection
from .environment_lock import EnvironmentLock
from .environments import Environments, delete_environment, environment_python, folder_size
from .packages import Packages, packages_for
from .pip import Pip
from .plan import SetupOptions, make_plan, usable_pythons
from .programs import ProgramRunner
from .pythons import Python, find_pythons
from .self_test import SELF_TEST, run_self_test
from .setup_lock import SetupLock
from .state import EnvironmentInfo, SetupError, SetupState, SetupStatus
from .targets import InstallTarget
from .torch_builds import TorchBuild, torch_build
from .venvs import create_venv, repair_venv
from .wheels import delete_damaged_wheels

OFFLINE_MESSAGE = (
    "Blender is set to stay offline: press Allow Online Access in the add-on's preferences, or "
    "choose a wheels folder, then press Set up again."
)

REFRESH_SECONDS = 2.0
"""Between two looks at what another Blender may have done."""


class Installer:
    """Makes, checks, repairs and removes the environment in use."""

    def __init__(
        self,
        user_folder: Path,
        requirements: Path,
        *,
        self_test: str = SELF_TEST,
        find_pythons: Callable[[], Iterable[Python]] = find_pythons,
        detection: AcceleratorDetection | None = None,
    ) -> None:
        """Look at what is there; nothing is started.

        Args:
            user: the add-on's folder for user data.
            requirements: the folder with the lists of pins.
            probe: Python source like `PROBE`.
            find: says which Pythons can make the environment.
            detection: of what the computer has to compute with.
        """
        self.environments = Environments(user_folder, requirements)
        self.detection = detection or AcceleratorDetection()
        self._self_test = self_test
        self._find = find_pythons
        self._programs = ProgramRunner(self.environments.root, self.environments.log)
        self._environment_lock = EnvironmentLock()
        self._thread: threading.Thread | None = None
        self._refresh_thread: threading.Thread | None = None
        self._refreshed_at = time.monotonic()
        self._status_lock = threading.Lock()
        self.status = self.read_status()

    @property
    def python(self) -> Path:
        """The interpreter of the environment in use, or of the first one to be."""
        return environment_python(self.environments.current or self.environments.root / "env1")

    @property
    def is_pending(self) -> bool:
        """Whether something is going on whose end should be shown."""
        return self.status.busy or self.detection.is_running or self.is_refreshing

    @property
    def is_refreshing(self) -> bool:
        """Whether a look at what another Blender may have done is on its way."""
        return self._refresh_thread is not None and self._refresh_thread.is_alive()

    def hold_python(self) -> Path:
        """The interpreter that the backend is about to run with; other Blenders leave it there."""
        python = self.python
        self._environment_lock.hold_environment(python.parents[1])
        return python

    def refresh_status(self) -> None:
        """Begin to look whether another Blender has set up, unless that was just done.

        Cheap enough for a draw function: a thread reads the disk.
        """
        waits = not (
            self.status.busy or self.is_refreshing or self.status.state is SetupState.READY
        )
        if waits and time.monotonic() - self._refreshed_at >= REFRESH_SECONDS:
            self._refreshed_at = time.monotonic()
            self._refresh_thread = threading.Thread(
                target=self._refresh, args=(self.status,), name="anyframe-look-out", daemon=True
            )
            self._refresh_thread.start()

    def read_status(self) -> SetupStatus:
        """Where the environment stands, from a few small files."""
        state, facts = self.environments.inspect()
        leftover = len(list(self.environments.downloads.glob("*.whl")))
        return SetupStatus(state, environment=facts, leftover_wheels=leftover)

    def start(self, options: SetupOptions | None = None) -> None:
        """Begin the set-up on a thread; does nothing while something is going on.

        No backend of this Blender may run from the environment any more, here and in `repair` and
        `remove`.
        """
        self._start_making(self._set_up, options or SetupOptions())

    def repair(self, options: SetupOptions | None = None) -> None:
        """Begin to make the environment work again, by the least that does it."""
        self._start_making(self._repair, options or SetupOptions())

    def check(self, python: str = "") -> None:
        """Begin to see whether the environment works, or a Python that the user has named."""
        self._start_work(SetupState.CHECKING, lambda: self._check_environment(python))

    def remove(self) -> None:
        """Begin to delete the environment and all that belongs to it."""
        self._start_work(SetupState.REMOVING, self._remove)

    def download(self, options: SetupOptions, target: InstallTarget, folder: Path) -> None:
        """Begin to fill a folder with the wheels that another computer needs."""
        self._start_work(
            SetupState.DOWNLOADING, lambda: self._download_wheels(options, target, folder)
        )

    def cancel(self) -> None:
        """Stop at once; what was downloaded stays for the next time."""
        self._programs.stop.set()

    def close(self) -> None:
        """Stop, and let other Blenders do with the environment what they like."""
        self.cancel()
        self._environment_lock.release_environments()

    def wait(self, on_status: Callable[[SetupStatus], None] = lambda _: None) -> None:
        """Wait until nothing is going on, showing each new status: for background mode."""
        shown = None
        while self._thread is not None and self._thread.is_alive():
            if self.status != shown:
                shown = self.status
                on_status(shown)
            self._thread.join(0.1)

    def _start_making(self, make: Callable[[SetupOptions], str], wishes: SetupOptions) -> None:
        again = self.status.state is SetupState.READY

        def work() -> str:
            facts = None if again else self._already_made(wishes)
            if facts is None:
                return make(wishes)
            return (
                f"The backend has been set up meanwhile: PyTorch {facts.torch}, on {facts.device}; "
                "nothing had to be downloaded."
            )

        self._start_work(SetupState.FINDING, work, makes_one=True)

    def _already_made(self, wishes: SetupOptions) -> EnvironmentInfo | None:
        """What works already and is what was wished for; None if there is no such thing."""
        state, facts = self.environments.inspect()
        if state is not SetupState.READY or facts is None or wishes.python:
            return None
        accelerator = wishes.accelerator or self.detection.wait_for_result().accelerator
        return facts if facts.accelerator == accelerator.name else None

    def _start_work(
        self, state: SetupState, work: Callable[[], str], *, makes_one: bool = False
    ) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._programs.stop.clear()
        with self._status_lock:
            self.status = SetupStatus(
                state, started_at=time.monotonic(), environment=self.status.environment
            )
        self._thread = threading.Thread(
            target=self._run_work, args=(work, makes_one), name="anyframe-setup", daemon=True
        )
        self._thread.start()

    def _refresh(self, known: SetupStatus) -> None:
        """Take over what is found, unless something has begun since; words about it stay true as
        long as nothing has changed.
        """
        with suppress(OSError):
            found = self.read_status()
            if (found.state, found.environment) == (known.state, known.environment):
                found = replace(found, error=known.error, outcome=known.outcome)
            with self._status_lock:
                if self.status is known:
                    self.status = found

    def _run_work(self, work: Callable[[], str], makes_one: bool) -> None:
        error = outcome = ""
        try:
            with SetupLock(self.environments.root / "setup.lock"):
                outcome = work()
        except JobCancelledError:
            error = "It was cancelled; what was downloaded is kept for the next time."
        except SetupError as failure:
            error = str(failure)
        except OSError as failure:
            error = _sentence(failure, self.environments.root)
        found = self.read_status()
        if error and makes_one and found.state is SetupState.READY:
            error += " The environment that was there still works."
        self.status = replace(found, error=error, outcome=outcome)

    def _set_up(self, wishes: SetupOptions) -> str:
        """The steps. Each moves the state on and raises SetupError if it cannot be done."""
        if wishes.wheels is None and not wishes.may_download:
            raise SetupError(OFFLINE_MESSAGE)
        self._environment_lock.release_environments()
        self.environments.log.unlink(missing_ok=True)
        self.environments.delete_unused()
        self._enter_state(SetupState.FINDING)
        accelerator = wishes.accelerator or self.detection.wait_for_result().accelerator
        python, build, packages = make_plan(
            wishes, accelerator, self._find, self.environments.requirements, self._programs.stop
        )
        self._check_disk_space(build)
        folder = self.environments.create_incomplete()
        try:
            self._enter_state(SetupState.CREATING)
            create_venv(self._programs, python, folder)
            self._install(folder, packages, wishes.wheels, python.target)
            self._enter_state(SetupState.CHECKING)
            facts = self._test_environment(folder, build.accelerator.name)
            self.environments.mark_complete(folder, facts)
        except BaseException:
            with suppress(OSError):
                delete_environment(folder)
            raise
        self.environments.delete_unused()
        with suppress(OSError):
            delete_environment(self.environments.downloads)
        return f"The backend is set up: PyTorch {facts.torch}, on {facts.device}."

    def _check_disk_space(self, build: TorchBuild) -> None:
        free = shutil.disk_usage(self.environments.root).free
        if free < build.required_bytes:
            raise SetupError(
                f"The set-up needs {build.required_bytes / 2**30:.0f} GB of free disk space and "
                f"there are {free / 2**30:.1f} GB in {self.environments.root}: make room there."
            )

    def _install(
        self, folder: Path, packages: Packages, wheels: Path | None, target: InstallTarget
    ) -> None:
        """Bring all packages into an environment, from the user's wheels or from downloads."""
        source = wheels or self.environments.downloads
        pip = self._pip(environment_python(folder))
        if wheels is None:
            self._enter_state(SetupState.DOWNLOADING)
            source.mkdir(parents=True, exist_ok=True)
            delete_damaged_wheels(packages.pins, source)
            pip.download_missing((packages.pip,), source, target, is_pinned_pip=False)
        pip.install_group(packages.pip, source)
        if wheels is None:
            pip.download_missing(packages.groups, source, target)
        self._enter_state(SetupState.INSTALLING)
        for group in packages.groups:
            pip.install_group(group, source)

    def _test_environment(self, folder: Path, accelerator: str) -> EnvironmentInfo:
        """What the check finds in an environment; SetupError if it does not work."""
        seen = run_self_test(self._programs, environment_python(folder), self._self_test)
        made_from = self.environments.fingerprint()
        size = folder_size(folder)
        return EnvironmentInfo(
            folder, made_from, accelerator, seen.python, seen.torch, seen.device, size
        )

    def _repair(self, wishes: SetupOptions) -> str:
        folder = self.environments.current
        if self.read_status().state is SetupState.MOVED and folder is not None:
            try:
                return self._repair_moved(folder, wishes)
            except SetupError:
                self.status = replace(self.status, detail="", progress=None)
        return self._set_up(wishes)

    def _repair_moved(self, folder: Path, wishes: SetupOptions) -> str:
        """Tie a moved environment to where it is; SetupError if that is not enough."""
        _, facts = self.environments.inspect()
        assert facts is not None
        wanted = facts.python.split(".")[:2]
        found = (
            python
            for python in usable_pythons(wishes, self._find)
            if list(map(str, python.target.python[:2])) == wanted
        )
        python = next(iter(found), None)
        if python is None:
            raise SetupError(f"No Python {'.'.join(wanted)} was found.")
        self._enter_state(SetupState.REPAIRING)
        repair_venv(self._programs, python, folder)
        self._enter_state(SetupState.CHECKING)
        mended = self._test_environment(folder, facts.accelerator)
        self.environments.mark_complete(folder, replace(mended, requirements=facts.requirements))
        return "The environment was repaired; nothing had to be downloaded."

    def _check_environment(self, python: str) -> str:
        folder = self.environments.current
        if python:
            return run_self_test(self._programs, Path(python), self._self_test).sentence
        _, facts = self.environments.inspect()
        if folder is None or facts is None:
            raise SetupError("There is no environment to be checked: press Set up.")
        try:
            seen = run_self_test(self._programs, environment_python(folder), self._self_test)
        except (SetupError, OSError) as failure:
            self.environments.mark_broken(folder, str(failure))
            raise SetupError(f"{failure} Press Repair.") from failure
        self.environments.mark_complete(
            folder, replace(facts, **asdict(seen), size=folder_size(folder))
        )
        return seen.sentence

    def _remove(self) -> str:
        self._environment_lock.release_environments()
        if self.environments.is_in_use:
            raise SetupError(
                "Another Blender works with the backend: quit it, then press Uninstall again."
            )
        self.environments.delete_all()
        return "The backend was removed from the disk."

    def _download_wheels(self, wishes: SetupOptions, target: InstallTarget, folder: Path) -> str:
        current = self.environments.current
        if current is None or self.read_status().state not in {
            SetupState.READY,
            SetupState.OUTDATED,
        }:
            raise SetupError(
                "Set up the backend on this computer first: its pip does the downloading."
            )
        build = torch_build(wishes.accelerator or Accelerator.CPU, target)
        packages = packages_for(self.environments.requirements, build, target)
        folder.mkdir(parents=True, exist_ok=True)
        self._pip(environment_python(current)).download_missing(
            (packages.pip, *packages.groups), folder, target, is_other_computer=True
        )
        return f"All packages for {target.name} are in {folder}."

    def _pip(self, python: Path) -> Pip:
        def report(line: str, progress: float) -> None:
            self.status = replace(self.status, detail=line, progress=progress)

        return Pip(python, self._programs, self.environments.requirement_list, report)

    def _enter_state(self, state: SetupState) -> None:
        if self._programs.stop.is_set():
            raise JobCancelledError
        self.status = replace(self.status, state=state, detail="", progress=None)


def _sentence(failure: OSError, folder: Path) -> str:
    if failure.errno == errno.ENOSPC:
        return f"The disk of {folder} is full: make room there, then press Set up again."
    return f"The set-up failed: {failure.strerror or failure} ({failure.filename})."
