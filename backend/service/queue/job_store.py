"""The jobs that can be asked for: all that have not ended, and the last that have."""

from __future__ import annotations

from collections import Counter

from ..schema.requests import LIMITS, truncate
from .job import BackendJob, UnknownJobError


class JobStore:
    """Jobs by their id; the runner's lock guards them."""

    def __init__(self) -> None:
        self._jobs: dict[str, BackendJob] = {}
        self._finished: list[BackendJob] = []

    def add_job(self, job: BackendJob) -> None:
        """Keep a new job."""
        self._jobs[job.id] = job

    def get_job(self, job_id: str) -> BackendJob:
        """The job with an id.

        Raises:
            UnknownJobError: there is no such job.
        """
        job = self._jobs.get(job_id)
        if job is None:
            raise UnknownJobError(
                f"There is no job {truncate(job_id, 40)!r}: "
                f"the backend keeps the last {LIMITS.kept_jobs} and forgets them when it restarts."
            )
        return job

    def job_of_request(self, request_name: str) -> BackendJob | None:
        """The job that a request of this name queued; None if there is none."""
        return next((job for job in self._jobs.values() if job.request_name == request_name), None)

    def record_end(self, job: BackendJob) -> None:
        """Note that a job has ended; where too many have, forget one."""
        self._finished.append(job)
        if len(self._finished) > LIMITS.kept_jobs:
            # The oldest of whoever has the most: many jobs of one push out nobody else's takes.
            most = Counter(done.client for done in self._finished).most_common(1)[0][0]
            oldest = next(done for done in self._finished if done.client == most)
            self._finished.remove(oldest)
            del self._jobs[oldest.id]
