"""*Set up*: the backend's own Python environment, as a small state machine.

absent → finding → creating → installing → checking → ready, each busy state being one step below.
A failed or cancelled run leaves an environment whose stamp says "incomplete"; the next run starts
over. All is written in one folder, and a thread does the work so that Blender stays awake.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from .environment import clean_environment, popen_options
from .errors import JobCancelledError, JobError
from .lifetime import Lifetime
from .pythons import NEWEST, OLDEST, find_python

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
"""Where torch without CUDA is found: 0.2 GB in place of 3 GB."""
NEEDED_BYTES = 3 * 2**30
INCOMPLETE = "incomplete"
_PROBE = "import fastapi, numpy, safetensors, torch, transformers, uvicorn"


class SetupState(Enum):
    """Where the environment stands, or which step is being done."""

    ABSENT = "The backend is not set up"
    INCOMPLETE = "The set-up was not finished"
    MOVED = "The backend's environment was moved or damaged"
    OUTDATED = "The backend's environment is of another version"
    READY = "The backend is set up"
    FINDING = "Looking for a Python"
    CREATING = "Making the environment"
    INSTALLING = "Installing"
    CHECKING = "Checking"
    REMOVING = "Removing"


BUSY = frozenset(
    {
        SetupState.FINDING,
        SetupState.CREATING,
        SetupState.INSTALLING,
        SetupState.CHECKING,
        SetupState.REMOVING,
    }
)


class SetupError(JobError):
    """The set-up cannot go on; the text is a sentence that says why and what to do."""


@dataclass(frozen=True)
class SetupStatus:
    """What the preferences show; replaced as a whole, so any thread may read it."""

    state: SetupState
    line: str = ""
    """The last thing that pip said."""
    error: str = ""
    size: int = 0
    """Bytes on disk once ready."""
    began: float = 0.0
    """`time.monotonic()` when the work began."""

    @property
    def busy(self) -> bool:
        """Whether work is going on."""
        return self.state in BUSY


class Installer:
    """Makes, checks and removes one environment."""

    def __init__(
        self,
        folder: Path,
        requirements: Path,
        *,
        probe: str = _PROBE,
        find: Callable[[], str | None] = find_python,
    ) -> None:
        """Look at what is there; nothing is started.

        Args:
            folder: the environment's; its parent holds the log and pip's cache.
            requirements: pip's list of what to install.
            probe: Python source that fails if the environment does not work.
            find: says which Python makes the environment.
        """
        self.folder = folder
        self.log = folder.parent / "setup.log"
        self._requirements = requirements
        self._probe = probe
        self._find = find
        self._stamp = folder / ".version"
        self._cache = folder.parent / "pip-cache"
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._python = ""
        self.status = self.inspect()

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        return self.folder / inside

    def inspect(self) -> SetupStatus:
        """Where the environment stands, from a few small files."""
        if not self.folder.is_dir():
            return SetupStatus(SetupState.ABSENT)
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
            made_in, made_from = Path(stamp["folder"]), stamp["requirements"]
            size = int(stamp["bytes"])
        except (OSError, ValueError, KeyError, TypeError):
            return SetupStatus(SetupState.INCOMPLETE)
        # An environment holds its own path in a hundred places, and needs the Python it came from.
        if made_in != self.folder or not self.python.exists() or not self._home_exists():
            return SetupStatus(SetupState.MOVED)
        if made_from != self._fingerprint():
            return SetupStatus(SetupState.OUTDATED, size=size)
        return SetupStatus(SetupState.READY, size=size)

    def start(self, *, pip_arguments: Sequence[str] = ()) -> None:
        """Begin the set-up on a thread, from scratch; does nothing while one is going on.

        Args:
            pip_arguments: further arguments of `pip install`, such as another index.
        """
        self._begin(lambda: self._set_up(pip_arguments))

    def remove(self) -> None:
        """Begin to delete the environment on a thread."""
        self._begin(self._remove)

    def cancel(self) -> None:
        """Stop the set-up at once; what it has made is left marked as incomplete."""
        self._stop.set()

    def wait(self, on_line: Callable[[SetupStatus], None] = lambda _: None) -> None:
        """Wait until nothing is going on, showing each new status: for background mode."""
        shown = None
        while self._thread is not None and self._thread.is_alive():
            if self.status != shown:
                shown = self.status
                on_line(shown)
            self._thread.join(0.1)

    def _begin(self, work: Callable[[], None]) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop.clear()
        self.status = SetupStatus(SetupState.FINDING, began=time.monotonic())
        self._thread = threading.Thread(
            target=self._run, args=(work,), name="anyframe-setup", daemon=True
        )
        self._thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        error = ""
        try:
            work()
        except JobCancelledError:
            error = "The set-up was cancelled."
        except SetupError as failure:
            error = str(failure)
        except OSError as failure:
            error = f"The set-up failed: {failure.strerror or failure} ({failure.filename})."
        self.status = replace(self.inspect(), error=error)

    def _set_up(self, pip_arguments: Sequence[str]) -> None:
        """The four steps. Each moves the state on and raises SetupError if it cannot be done."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")
        self._enter(SetupState.FINDING)
        self._find_python()
        self._enter(SetupState.CREATING)
        self._create()
        self._enter(SetupState.INSTALLING)
        self._install(pip_arguments)
        self._enter(SetupState.CHECKING)
        self._check()
        self._sign()

    def _find_python(self) -> None:
        found = self._find()
        if found is None:
            raise SetupError(
                f"No Python {_dotted(OLDEST)} to {_dotted(NEWEST)} with venv was found: install "
                "one from python.org (on Debian and Ubuntu also the package python3-venv), then "
                "press Set up again."
            )
        self._python = found

    def _create(self) -> None:
        free = shutil.disk_usage(self.folder.parent).free
        if free < NEEDED_BYTES:
            raise SetupError(
                f"The set-up needs {NEEDED_BYTES / 2**30:.0f} GB of free disk space and there are "
                f"{free / 2**30:.1f} GB in {self.folder.parent}."
            )
        self._delete(self.folder)
        self.folder.mkdir(parents=True)
        self._stamp.write_text(INCOMPLETE, encoding="utf-8")
        self._call([self._python, "-m", "venv", str(self.folder)], "No environment could be made")

    def _install(self, pip_arguments: Sequence[str]) -> None:
        self._call(
            [
                *(str(self.python), "-m", "pip", "install", "--disable-pip-version-check"),
                *("--no-input", "--progress-bar", "off", "-r", str(self._requirements)),
                *pip_arguments,
            ],
            "pip could not install the backend",
        )

    def _check(self) -> None:
        self._call([str(self.python), "-c", self._probe], "The installed backend does not work")

    def _sign(self) -> None:
        self._delete(self._cache)
        size = sum(path.lstat().st_size for path in self.folder.rglob("*") if path.is_file())
        stamp = {
            "folder": str(self.folder),
            "requirements": self._fingerprint(),
            "bytes": size,
        }
        self._stamp.write_text(json.dumps(stamp), encoding="utf-8")

    def _remove(self) -> None:
        self._enter(SetupState.REMOVING)
        for folder in (self.folder, self._cache):
            self._delete(folder)

    def _delete(self, folder: Path) -> None:
        if folder.exists():
            (folder / ".version").unlink(missing_ok=True)  # first: half a folder is incomplete
            shutil.rmtree(folder)

    def _enter(self, state: SetupState) -> None:
        if self._stop.is_set():
            raise JobCancelledError
        self.status = replace(self.status, state=state, line="")

    def _call(self, arguments: Sequence[str], failure: str) -> None:
        """Run a program, showing what it prints; SetupError if it fails."""
        process: subprocess.Popen[str] = subprocess.Popen(
            list(arguments),
            cwd=self.folder.parent,
            env=clean_environment(PIP_CACHE_DIR=str(self._cache), PYTHONUNBUFFERED="1"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **popen_options(),
        )
        lifetime = Lifetime(process)
        lines: list[str] = []
        reader = threading.Thread(target=self._read, args=(process, lines), daemon=True)
        reader.start()
        while process.poll() is None:
            if self._stop.wait(0.1):
                lifetime.end()
                raise JobCancelledError
        reader.join(1.0)
        lifetime.end()
        if process.returncode != 0:
            raise SetupError(f"{failure}: {_reason(lines)}. The whole story is in {self.log}.")

    def _read(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        assert process.stdout is not None
        with process.stdout, self.log.open("a", encoding="utf-8") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                if line.strip():
                    lines.append(line.strip())
                    self.status = replace(self.status, line=line.strip())

    def _home_exists(self) -> bool:
        """Whether the Python that the environment was made from is still there."""
        try:
            lines = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        pairs = (line.partition("=") for line in lines)
        return any(key.strip() == "home" and Path(home.strip()).is_dir() for key, _, home in pairs)

    def _fingerprint(self) -> str:
        try:
            return hashlib.sha256(self._requirements.read_bytes()).hexdigest()
        except OSError:
            return ""


def _reason(lines: Sequence[str]) -> str:
    """The line of pip's (or another program's) output that says why it failed."""
    if any("NewConnectionError" in line or "name resolution" in line for line in lines):
        return "the package index cannot be reached (is this machine online?)"
    errors = [line for line in lines if line.startswith("ERROR:")]
    return ([*errors[:1], *lines[-1:]] or ["it ended without a word"])[0].rstrip(".")


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
