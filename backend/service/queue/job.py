"""One job of the runner, and the ways in which asking for one can fail."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...kinematics.body.take import Take
from ..engine.interface import Engine, ProgressCallback
from ..schema.requests import JobState
from .eta import EtaEstimator
from .results import JobResult

JobFunction = Callable[[Engine, ProgressCallback, Callable[[Take], None]], Sequence[JobResult]]
"""What a job does; what it calls with takes hears of previews."""


class UnknownJobError(LookupError):
    """There is no such job (any more)."""


class TakeNotReadyError(LookupError):
    """The job has no take to give: it is not done, or did not succeed."""


class TakeIndexError(LookupError):
    """The job has takes, but none of this number."""


class QueueFullError(RuntimeError):
    """Too many jobs are waiting."""


@dataclass
class BackendJob:
    """A job on its way; the runner's lock guards it."""

    kind: str
    function: JobFunction | None
    """None once it has ended: it holds the take that was sent."""
    client: str
    request_name: str | None = None
    """Of the request that queued it, if the client gave it one."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: JobState = "queued"
    step: int = 0
    total: int = 0
    message: str = ""
    error: str | None = None
    timings: dict[str, float] | None = None
    takes: list[bytes] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    """One for each block of levels that is learnt."""
    preemptible: bool = False
    """It may take long, and steps aside for jobs that do not."""
    started_at: float = 0.0
    """When it began to run, or went on."""
    cancel_requested: bool = False
    is_abandoned: bool = False
    """Its client has vanished."""
    eta_estimator: EtaEstimator = field(default_factory=EtaEstimator)

    def take_bytes(self, index: int) -> bytes:
        """The ``.npz`` bytes of one of its takes, counted from 0.

        Raises:
            NoTakeError: it is not done, or did not succeed.
            NoSuchTakeError: it has fewer takes.
        """
        if 0 <= index < len(self.takes):
            return self.takes[index]
        if self.takes:
            raise TakeIndexError(
                f"The job has no take {index}: its {len(self.takes)} are counted from 0."
            )
        if self.state == "failed":
            raise TakeNotReadyError(f"The job has no take because it failed: {self.error}")
        if self.state == "cancelled":
            raise TakeNotReadyError("The job has no take because it was cancelled: start it again.")
        raise TakeNotReadyError(f"The job has no take yet: it is {self.state}.")

    def preview_bytes(self, index: int) -> bytes:
        """The ``.npz`` bytes of what it shows of what it has learnt so far.

        Raises:
            NoTakeError: it shows nothing, or not so much yet.
        """
        if 0 <= index < len(self.previews):
            return self.previews[index]
        raise TakeNotReadyError(
            f"The job has no preview {index}: it has {len(self.previews)}, counted from 0."
        )
