"""States of the backend's environment, as the installer sets and the preferences show them."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..errors import JobError
from .accelerators import Accelerator


class SetupState(Enum):
    """State of the environment or, from FINDING on, the current step of the installer."""

    ABSENT = "The backend is not set up"
    INCOMPLETE = "The set-up was not finished"
    MOVED = "The backend's environment was moved, or its Python is gone"
    BROKEN = "The backend's environment is damaged"
    OUTDATED = "The backend's environment is of another version"
    READY = "The backend is set up"
    FINDING = "Looking for a Python"
    CREATING = "Making the environment"
    DOWNLOADING = "Downloading"
    INSTALLING = "Installing"
    REPAIRING = "Repairing the environment"
    CHECKING = "Checking"
    REMOVING = "Removing"


REPAIRABLE_STATES = frozenset({SetupState.MOVED, SetupState.BROKEN})


class SetupError(JobError):
    """The set-up failed; the text is a sentence with the reason and the remedy."""


@dataclass(frozen=True)
class SetupOptions:
    """Options of the user; the defaults detect everything."""

    accelerator: Accelerator | None = None
    python: str = ""
    """Python that creates the environment."""
    wheels: Path | None = None
    """Folder with all wheels, so that nothing is downloaded."""
    may_download: bool = True


@dataclass(frozen=True)
class EnvironmentInfo:
    """Description of a complete environment; the field names are those in its stamp."""

    folder: Path
    """Folder in which it was created; an environment contains its own path in many places."""
    requirements: str
    """Fingerprint of the lists of pins."""
    accelerator: str
    """Name of the `Accelerator` that its PyTorch is for."""
    python: str
    torch: str
    device: str
    """Name of the device, from the self test."""
    size: int
    """Size on disk in bytes."""


@dataclass(frozen=True)
class SetupStatus:
    """Status for the preferences; replaced as a whole, so any thread may read it."""

    state: SetupState
    detail: str = ""
    """Detail of the current step."""
    error: str = ""
    """Why the last operation failed, as a sentence."""
    outcome: str = ""
    """Result of the last operation, as a sentence."""
    progress: float | None = None
    """Progress from 0 to 1; None while unknown."""
    started_at: float = 0.0
    """Start of the work by `time.monotonic`."""
    environment: EnvironmentInfo | None = None
    """Description of the existing environment, working or not."""
    leftover_wheels: int = 0
    """Number of wheels that an unfinished set-up has downloaded."""

    @property
    def busy(self) -> bool:
        states = list(SetupState)
        return states.index(self.state) >= states.index(SetupState.FINDING)

    @property
    def remedy_label(self) -> str:
        """Label of the button that makes the backend usable."""
        return "Repair" if self.state in REPAIRABLE_STATES else "Set up"

    @property
    def headline(self) -> str:
        """Text such as "Downloading… 34 %"."""
        if not self.busy:
            return self.state.value
        percent = "" if self.progress is None else f" {self.progress * 100:.0f} %"
        return f"{self.state.value}…{percent}"
