"""One job of the queue: its state, its results and the errors of requests for it."""

import math
import secrets
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...kinematics.body.take import Take, take_to_bytes
from ..engine.interface import Engine, EngineError, ProgressCallback
from ..schema.limits import LIMITS
from ..schema.replies import JobState, truncate

JobResult = Take | bytes
"""A take, or the content of a style's file."""
JobFunction = Callable[[Engine, ProgressCallback, Callable[[Take], None]], Sequence[JobResult]]
"""Function that does the work of a job; its last argument receives previews."""


class UnknownJobError(LookupError):
    """There is no such job, or not any more."""


class TakeNotReadyError(LookupError):
    """The job has no take: it is not done, or did not succeed."""


class TakeIndexError(LookupError):
    """The job has takes, but none with this index."""


class QueueFullError(RuntimeError):
    """Too many jobs are waiting."""


class EtaEstimator:
    """Estimates the time to the end of a job from its last steps."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque(maxlen=16)
        """Time and number of recorded steps."""
        self._total = 0

    def record_step(self, step: int, total: int, now: float) -> None:
        """Record that `step` of `total` steps are done at `now`, in monotonic seconds."""
        if total != self._total or (self._steps and step < self._steps[-1][1]):
            self._steps.clear()
            self._total = total
        if not self._steps or step > self._steps[-1][1]:
            self._steps.append((now, step))

    def seconds_left(self, now: float) -> float | None:
        """Return the estimated seconds to the end; None before the second recorded step."""
        if len(self._steps) < 2:
            return None
        (first_time, first), (last_time, last) = self._steps[0], self._steps[-1]
        per_step = (last_time - first_time) / (last - first)
        return max(0.0, per_step * (self._total - last) - (now - last_time))


@dataclass
class BackendJob:
    """A job from its request to its results; guarded by the runner's lock."""

    kind: str
    function: JobFunction | None
    """None after the end: the function holds the uploaded takes. If the job is preemptible, it is
    called again after each preemption and resumes by itself."""
    client: str
    request_name: str | None = None
    """Name that the client gave to the request, if any."""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: JobState = "queued"
    step: int = 0
    total: int = 0
    message: str = ""
    error: str | None = None
    timings: dict[str, float] | None = None
    takes: list[bytes] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    """Takes of a style in training, one for each trained block of levels."""
    preemptible: bool = False
    """Whether the job makes room for jobs that are not preemptible."""
    started_at: float = 0.0
    """Monotonic seconds when the job started or resumed."""
    cancel_requested: bool = False
    is_abandoned: bool = False
    """Whether the client has stopped sending requests."""
    eta_estimator: EtaEstimator = field(default_factory=EtaEstimator)

    def take_bytes(self, index: int) -> bytes:
        """Return one of the results; TakeNotReadyError or TakeIndexError if there is none."""
        if 0 <= index < len(self.takes):
            return self.takes[index]
        if self.takes:
            raise TakeIndexError(
                f"The take's index must be less than {len(self.takes)} (got {index})."
            )
        if self.state == "failed":
            raise TakeNotReadyError(f"The job has no take because it failed: {self.error}")
        if self.state == "cancelled":
            raise TakeNotReadyError("The job has no take because it was cancelled: start it again.")
        raise TakeNotReadyError(f"The job has no take yet: it is {self.state}.")

    def preview_bytes(self, index: int) -> bytes:
        """Return one of the previews; TakeNotReadyError if it is not there yet."""
        if 0 <= index < len(self.previews):
            return self.previews[index]
        raise TakeNotReadyError(
            f"The preview's index must be less than {len(self.previews)} (got {index})."
        )


class JobStore:
    """All jobs that have not ended, and the last that have; guarded by the runner's lock."""

    def __init__(self) -> None:
        self._jobs: dict[str, BackendJob] = {}
        self._finished: list[BackendJob] = []

    def add_job(self, job: BackendJob) -> None:
        self._jobs[job.id] = job

    def get_job(self, job_id: str) -> BackendJob:
        """Return the job with an id; UnknownJobError if there is none."""
        job = self._jobs.get(job_id)
        if job is None:
            raise UnknownJobError(
                f"There is no job {truncate(job_id, 40)!r}: the backend stores the last "
                f"{LIMITS.kept_jobs} and forgets them when it restarts."
            )
        return job

    def job_of_request(self, name: str | None) -> BackendJob | None:
        """Return the job that a request with this name has queued."""
        return next((job for job in self._jobs.values() if name and job.request_name == name), None)

    def record_end(self, job: BackendJob) -> None:
        """Note that a job has ended, and forget another one if there are too many."""
        self._finished.append(job)
        if len(self._finished) > LIMITS.kept_jobs:
            # The oldest of the client with the most: no client can push out another one's takes.
            client = Counter(done.client for done in self._finished).most_common(1)[0][0]
            oldest = next(done for done in self._finished if done.client == client)
            self._finished.remove(oldest)
            del self._jobs[oldest.id]


def check_finite(take: Take) -> None:
    """Raise EngineError if a take holds numbers that are not finite."""
    if not (np.isfinite(take.poses).all() and np.isfinite(take.trans).all()):
        raise EngineError(
            "The model produced numbers that are not finite: try another seed or a lower guidance. "
            "If that does not help, set up the backend again."
        )


def serialize_result(result: JobResult) -> bytes:
    """Return a take as ``.npz`` and bytes as they are; EngineError for numbers not finite."""
    if isinstance(result, bytes):
        return result
    check_finite(result)
    return take_to_bytes(result)


def read_timings(result: JobResult) -> dict[str, float] | None:
    """Return the seconds that a take's metadata has for each step of its generation."""
    timings = None if isinstance(result, bytes) else result.metadata.get("timings")
    if not isinstance(timings, dict):
        return None
    numbers = {str(key): value for key, value in timings.items() if isinstance(value, int | float)}
    return {k: float(v) for k, v in numbers.items() if math.isfinite(v)} or None


def describe_error(error: BaseException) -> str:
    """Return a sentence for the user about an unexpected error."""
    name, text = type(error).__name__, " ".join(str(error).split())
    # This package does not import torch: its class is recognised by its name, and the plain
    # RuntimeError of torch's CPU allocator by its text.
    is_allocation = isinstance(error, RuntimeError) and "allocate memory" in text
    if isinstance(error, MemoryError) or name == "OutOfMemoryError" or is_allocation:
        return (
            "There was not enough memory for the job: "
            "choose fewer seconds or a lower frame rate, or close other programs."
        )
    what = f"{name}: {text}" if text else name
    return f"The backend met an unexpected error ({truncate(what, 200)}); its log has the details."
