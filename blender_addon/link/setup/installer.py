"""*Set Up*: the backend's Python environment, as a state machine on a thread.

absent → finding → creating → downloading → installing → checking → ready. A new environment is
created beside the existing one and replaces it only after it has passed the self test. So a failed,
cancelled or killed run leaves nothing but downloads, with which the next run continues.
"""

import errno
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import JobCancelledError
from .accelerators import Accelerator, AcceleratorDetection
from .environments import Environments, delete_environment, environment_python, folder_size
from .locks import EnvironmentLock, setup_lock
from .packages import REQUIRED_GIGABYTES, Packages, packages_for
from .pins import Pin, delete_damaged_wheels, describe_pins, missing_pins
from .pip import Pip
from .programs import ProgramRunner
from .pythons import NEWEST_PYTHON, OLDEST_PYTHON, Python, find_pythons, inspect_python
from .state import EnvironmentInfo, SetupError, SetupOptions, SetupState, SetupStatus
from .targets import InstallTarget
from .venvs import SELF_TEST, create_venv, repair_venv, run_self_test

OFFLINE_MESSAGE = (
    "Blender is set to stay offline: press Allow Online Access in the add-on's preferences, or "
    "choose a wheels folder, then press Set up again."
)

_PYTHONS = " to ".join(".".join(map(str, version)) for version in (OLDEST_PYTHON, NEWEST_PYTHON))
REFRESH_SECONDS = 2.0
"""Pause between two checks of what another Blender may have done."""


class Installer:
    """Creates, checks, repairs and removes the environment in use."""

    def __init__(
        self,
        user_folder: Path,
        requirements: Path,
        *,
        self_test: str = SELF_TEST,
        find_pythons: Callable[[], Iterable[Python]] = find_pythons,
        detection: AcceleratorDetection | None = None,
    ) -> None:
        """Read the current status without starting anything.

        Args:
            user_folder: Folder of the add-on for user data.
            requirements: Folder with the lists of pins.
            self_test: Source of the self test, like `SELF_TEST`.
            find_pythons: Yields the Pythons that can create the environment.
        """
        self.environments = Environments(user_folder, requirements)
        self.detection = detection or AcceleratorDetection()
        self._self_test = self_test
        self._find_pythons = find_pythons
        self._programs = ProgramRunner(self.environments.root, self.environments.log)
        self._environment_lock = EnvironmentLock()
        self._thread: threading.Thread | None = None
        self._refresh_thread: threading.Thread | None = None
        self._refreshed_at = time.monotonic()
        self._status_lock = threading.Lock()
        self.status = self.read_status()

    @property
    def python(self) -> Path:
        """Interpreter of the environment in use, or of the first one to be created."""
        return environment_python(self.environments.current or self.environments.root / "env1")

    @property
    def is_pending(self) -> bool:
        """True while anything is in progress whose end should be shown."""
        return self.status.busy or self.detection.is_running or self.is_refreshing

    @property
    def is_refreshing(self) -> bool:
        return self._refresh_thread is not None and self._refresh_thread.is_alive()

    def hold_python(self) -> Path:
        """Return the interpreter for the backend and lock its environment."""
        python = self.python
        self._environment_lock.hold_environment(python.parents[1])
        return python

    def refresh_status(self) -> None:
        """Check on a thread whether another Blender has set up, unless that was just done.

        Cheap enough for a draw function.
        """
        is_idle = not (
            self.status.busy or self.is_refreshing or self.status.state is SetupState.READY
        )
        if is_idle and time.monotonic() - self._refreshed_at >= REFRESH_SECONDS:
            self._refreshed_at = time.monotonic()
            self._refresh_thread = threading.Thread(
                target=self._refresh, args=(self.status,), name="anyframe-look-out", daemon=True
            )
            self._refresh_thread.start()

    def read_status(self) -> SetupStatus:
        """Read the state of the environment from a few small files."""
        state, info = self.environments.inspect()
        leftover = len(list(self.environments.downloads.glob("*.whl")))
        return SetupStatus(state, environment=info, leftover_wheels=leftover)

    def start(self, options: SetupOptions | None = None) -> None:
        """Start the set-up on a thread; do nothing while other work is in progress.

        The backend of this Blender must have been stopped before `start`, `repair` and `remove`.
        """
        self._start_making(self._set_up, options or SetupOptions())

    def repair(self, options: SetupOptions | None = None) -> None:
        """Start to repair the environment with as little work as possible."""
        self._start_making(self._repair, options or SetupOptions())

    def check(self, python: str = "") -> None:
        """Start the self test of the environment, or of a Python that the user chose."""
        self._start_work(SetupState.CHECKING, lambda: self._check_environment(python))

    def remove(self) -> None:
        """Start to delete the environment and everything that belongs to it."""
        self._start_work(SetupState.REMOVING, self._remove)

    def download(self, options: SetupOptions, target: InstallTarget, folder: Path) -> None:
        """Start to download the wheels for another computer into a folder."""
        self._start_work(
            SetupState.DOWNLOADING, lambda: self._download_wheels(options, target, folder)
        )

    def cancel(self) -> None:
        """Stop the work; downloads stay for the next time."""
        self._programs.stop.set()

    def close(self) -> None:
        """Stop the work and unlock the environments."""
        self.cancel()
        self._environment_lock.release_environments()

    def wait(self, on_status: Callable[[SetupStatus], None] = lambda _: None) -> None:
        """Wait for the work to end and pass on each new status: for background mode."""
        shown = None
        while self._thread is not None and self._thread.is_alive():
            if self.status != shown:
                shown = self.status
                on_status(shown)
            self._thread.join(0.1)

    def _start_making(self, make: Callable[[SetupOptions], str], options: SetupOptions) -> None:
        was_ready = self.status.state is SetupState.READY

        def work() -> str:
            state, info = self.environments.inspect()
            is_new = not was_ready and state is SetupState.READY and not options.python
            if not is_new or info is None or info.accelerator != self._accelerator(options).name:
                return make(options)
            return (
                f"The backend has been set up meanwhile: PyTorch {info.torch}, on {info.device}; "
                "nothing had to be downloaded."
            )

        self._start_work(SetupState.FINDING, work)

    def _accelerator(self, options: SetupOptions) -> Accelerator:
        return options.accelerator or self.detection.wait_for_result().accelerator

    def _start_work(self, state: SetupState, work: Callable[[], str]) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._programs.stop.clear()
        with self._status_lock:
            self.status = SetupStatus(
                state, started_at=time.monotonic(), environment=self.status.environment
            )
        self._thread = threading.Thread(
            target=self._run_work, args=(work, state), name="anyframe-setup", daemon=True
        )
        self._thread.start()

    def _refresh(self, known: SetupStatus) -> None:
        """Replace the known status unless work has started since; keep messages if it is equal."""
        with suppress(OSError):
            found = self.read_status()
            if (found.state, found.environment) == (known.state, known.environment):
                found = replace(found, error=known.error, outcome=known.outcome)
            with self._status_lock:
                if self.status is known:
                    self.status = found

    def _run_work(self, work: Callable[[], str], first: SetupState) -> None:
        error = outcome = ""
        try:
            with setup_lock(self.environments.root / "setup.lock"):
                outcome = work()
        except JobCancelledError:
            error = "It was cancelled; downloads stay for the next time."
        except SetupError as failure:
            error = str(failure)
        except OSError as failure:
            error = f"The set-up failed: {failure.strerror or failure} ({failure.filename})."
            if failure.errno == errno.ENOSPC:
                root = self.environments.root
                error = f"The disk of {root} is full: make room there, then press Set up again."
        found = self.read_status()
        if error and first is SetupState.FINDING and found.state is SetupState.READY:
            error += " The previous environment still works."
        self.status = replace(found, error=error, outcome=outcome)

    def _set_up(self, options: SetupOptions) -> str:
        """Run all steps; raise SetupError if one fails."""
        if options.wheels is None and not options.may_download:
            raise SetupError(OFFLINE_MESSAGE)
        self._environment_lock.release_environments()
        self.environments.log.unlink(missing_ok=True)
        self.environments.delete_unused()
        self._enter_state(SetupState.FINDING)
        accelerator = self._accelerator(options)
        python, packages = self._choose_python(options, accelerator)
        free = shutil.disk_usage(self.environments.root).free
        required = REQUIRED_GIGABYTES[accelerator]
        if free < required * 2**30:
            raise SetupError(
                f"The set-up needs {required:.0f} GB of free disk space and there are "
                f"{free / 2**30:.1f} GB in {self.environments.root}: make room there."
            )
        folder = self.environments.create_incomplete()
        try:
            self._enter_state(SetupState.CREATING)
            create_venv(self._programs, python, folder)
            self._install(folder, packages, options.wheels, python.target)
            self._enter_state(SetupState.CHECKING)
            info = self._test_environment(folder, accelerator.name)
            self.environments.mark_complete(folder, info)
        except BaseException:
            with suppress(OSError):
                delete_environment(folder)
            raise
        self.environments.delete_unused()
        with suppress(OSError):
            delete_environment(self.environments.downloads)
        return f"The backend is set up: PyTorch {info.torch}, on {info.device}."

    def _choose_python(
        self, options: SetupOptions, accelerator: Accelerator
    ) -> tuple[Python, Packages]:
        """Return the first suitable Python and its packages.

        With a wheels folder, it is the first Python whose wheels are complete. Raise SetupError if
        there is none.
        """
        incomplete: list[tuple[list[Pin], Python]] = []
        for python in self._usable_pythons(options):
            packages = packages_for(self.environments.requirements, accelerator, python.target)
            missing: list[Pin] = []
            if options.wheels is not None:
                is_cancelled = self._programs.stop.is_set
                missing = missing_pins(
                    packages.pins, options.wheels, python.target, is_cancelled=is_cancelled
                )
                if is_cancelled():
                    raise JobCancelledError
            if not missing:
                return python, packages
            incomplete.append((missing, python))
        if not incomplete:
            raise SetupError(
                f"No Python {_PYTHONS} with venv was found: install one from python.org (on Debian "
                "and Ubuntu also the package python3-venv), then press Set up again."
            )
        missing, python = min(incomplete, key=lambda pair: len(pair[0]))
        raise SetupError(
            f"The wheels folder {options.wheels} lacks {describe_pins(missing)} for "
            f"{python.target.name} and “{accelerator.value}”: put them there, or leave the field "
            "empty to download."
        )

    def _usable_pythons(self, options: SetupOptions) -> Iterable[Python]:
        """Return the chosen Python, or all; raise SetupError if the chosen one is unsuitable."""
        if not options.python:
            return self._find_pythons()
        python = inspect_python(options.python)
        if python is None:
            raise SetupError(
                f"The Python must be a 64-bit Python {_PYTHONS} with venv (got {options.python}): "
                "choose another, or leave “Base Python” empty."
            )
        return (python,)

    def _install(
        self, folder: Path, packages: Packages, wheels: Path | None, target: InstallTarget
    ) -> None:
        """Install all packages from the user's wheels or from downloads."""
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
        """Run the self test and describe the environment; raise SetupError if it fails."""
        seen = run_self_test(self._programs, environment_python(folder), self._self_test)
        return EnvironmentInfo(
            folder=folder,
            requirements=self.environments.fingerprint(),
            accelerator=accelerator,
            size=folder_size(folder),
            **seen,
        )

    def _repair(self, options: SetupOptions) -> str:
        folder = self.environments.current
        if folder is not None and self.environments.inspect()[0] is SetupState.MOVED:
            try:
                return self._repair_moved(folder, options)
            except SetupError:
                self.status = replace(self.status, detail="", progress=None)
        return self._set_up(options)

    def _repair_moved(self, folder: Path, options: SetupOptions) -> str:
        """Repair a moved environment; raise SetupError if that is not enough."""
        _, info = self.environments.inspect()
        assert info is not None
        required = info.python.split(".")[:2]
        for python in self._usable_pythons(options):
            if list(map(str, python.target.python[:2])) == required:
                break
        else:
            raise SetupError(f"No Python {'.'.join(required)} was found.")
        self._enter_state(SetupState.REPAIRING)
        repair_venv(self._programs, python, folder)
        self._enter_state(SetupState.CHECKING)
        mended = self._test_environment(folder, info.accelerator)
        self.environments.mark_complete(folder, replace(mended, requirements=info.requirements))
        return "The environment was repaired; nothing had to be downloaded."

    def _check_environment(self, python: str) -> str:
        if python:
            return _describe_test(run_self_test(self._programs, Path(python), self._self_test))
        folder = self.environments.current
        _, info = self.environments.inspect()
        if folder is None or info is None:
            raise SetupError("There is no environment to check: press Set up.")
        try:
            seen = run_self_test(self._programs, environment_python(folder), self._self_test)
        except (SetupError, OSError) as failure:
            self.environments.mark_broken(folder, str(failure))
            raise SetupError(f"{failure} Press Repair.") from failure
        self.environments.mark_complete(folder, replace(info, **seen, size=folder_size(folder)))
        return _describe_test(seen)

    def _remove(self) -> str:
        self._environment_lock.release_environments()
        if self.environments.is_in_use:
            raise SetupError(
                "Another Blender uses the backend: quit it, then press Uninstall again."
            )
        self.environments.delete_all()
        return "The backend was removed from the disk."

    def _download_wheels(self, options: SetupOptions, target: InstallTarget, folder: Path) -> str:
        current = self.environments.current
        state, _ = self.environments.inspect()
        if current is None or state not in {SetupState.READY, SetupState.OUTDATED}:
            raise SetupError(
                "Set up the backend on this computer first: its pip does the downloading."
            )
        accelerator = options.accelerator or Accelerator.CPU
        packages = packages_for(self.environments.requirements, accelerator, target)
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


def _describe_test(seen: dict[str, str]) -> str:
    return f"It works: Python {seen['python']}, PyTorch {seen['torch']}, on {seen['device']}."
