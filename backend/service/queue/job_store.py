"""The jobs that can be asked for: all that have not ended, and the last that have."""

from __future__ import annotations

from collections import Counter

from ..schema.requests import LIMITS, clip
from .job import Job, UnknownJobError


class KeptJobs:
    """Jobs by their id; the runner's lock guards them."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._ended: list[Job] = []

    def add(self, job: Job) -> None:
        """Keep a new job."""
        self._jobs[job.id] = job

    def job(self, job_id: str) -> Job:
        """The job with an id.

        Raises:
            UnknownJobError: there is no such job.
        """
        job = self._jobs.get(job_id)
        if job is None:
            raise UnknownJobError(
                f"There is no job {clip(job_id, 40)!r}: "
                f"the backend keeps the last {LIMITS.kept_jobs} and forgets them when it restarts."
            )
        return job

    def named(self, name: str) -> Job | None:
        """The job that a request of this name queued; None if there is none."""
        return next((job for job in self._jobs.values() if job.name == name), None)

    def ended(self, job: Job) -> None:
        """Note that a job has ended; where too many have, forget one."""
        self._ended.append(job)
        if len(self._ended) > LIMITS.kept_jobs:
            # The oldest of whoever has the most: many jobs of one push out nobody else's takes.
            most = Counter(done.client for done in self._ended).most_common(1)[0][0]
            oldest = next(done for done in self._ended if done.client == most)
            self._ended.remove(oldest)
            del self._jobs[oldest.id]
