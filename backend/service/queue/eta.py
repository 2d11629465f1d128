"""How long a step takes, and so how long the rest of a job will."""

from __future__ import annotations

from collections import deque


class EtaEstimator:
    """Measures how long a step takes and says how long the rest will."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque(maxlen=16)
        self._total = 0

    def record_step(self, step: int, total: int, now: float) -> None:
        """`step` of `total` steps are done at `now` (seconds of a monotonic clock)."""
        if total != self._total or (self._marks and step < self._marks[-1][1]):
            self._marks.clear()
            self._total = total
        if not self._marks or step > self._marks[-1][1]:
            self._marks.append((now, step))

    def seconds_left(self, now: float) -> float | None:
        """Seconds to go, or None while no step has been measured."""
        if len(self._marks) < 2:
            return None
        (first_time, first), (last_time, last) = self._marks[0], self._marks[-1]
        per_step = (last_time - first_time) / (last - first)
        return max(0.0, per_step * (self._total - last) - (now - last_time))
