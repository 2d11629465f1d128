"""Where the backend's environment stands: the words of the installer and the preferences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..errors import JobError


class SetupState(Enum):
    """Where the environment stands, or which step is being done."""

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


BUSY_STATES = frozenset(
    {
        SetupState.FINDING,
        SetupState.CREATING,
        SetupState.DOWNLOADING,
        SetupState.INSTALLING,
        SetupState.REPAIRING,
        SetupState.CHECKING,
        SetupState.REMOVING,
    }
)
REPAIRABLE_STATES = frozenset({SetupState.MOVED, SetupState.BROKEN})


class SetupError(JobError):
    """The set-up cannot go on; the text is a sentence that says why and what to do."""


@dataclass(frozen=True)
class EnvironmentInfo:
    """What a finished environment holds; kept in its stamp."""

    folder: Path
    """Where it was made: an environment holds its own path in a hundred places."""
    requirements: str
    """The fingerprint of the lists that it was made from."""
    accelerator: str
    """The name of the `Accelerator` that its PyTorch is for."""
    python: str
    torch: str
    device: str
    """What tensors live on, as the check found it."""
    size: int
    """Bytes on disk."""


@dataclass(frozen=True)
class SetupStatus:
    """What the preferences show; replaced as a whole, so any thread may read it."""

    state: SetupState
    detail: str = ""
    """What is being done within the step."""
    error: str = ""
    """Why the last thing that was asked for failed, as a sentence."""
    outcome: str = ""
    """How the last thing that was asked for went, as a sentence."""
    progress: float | None = None
    """From 0 to 1; None while it cannot be known."""
    started_at: float = 0.0
    """`time.monotonic()` when the work began."""
    environment: EnvironmentInfo | None = None
    """Of the environment that is there, whole or not."""
    leftover_wheels: int = 0
    """Wheels that an unfinished set-up has left for the next one."""

    @property
    def busy(self) -> bool:
        """Whether work is going on."""
        return self.state in BUSY_STATES

    @property
    def remedy_label(self) -> str:
        """The button that makes the backend usable from here."""
        return "Repair" if self.state in REPAIRABLE_STATES else "Set up"

    @property
    def headline(self) -> str:
        """How it stands, in a few words: "Downloading… 34 %"."""
        if not self.busy:
            return self.state.value
        share = "" if self.progress is None else f" {self.progress:.0%}".replace("%", " %")
        return f"{self.state.value}…{share}"
