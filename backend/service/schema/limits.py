"""The bounds of requests, and of what the service keeps and waits for."""

from __future__ import annotations

from dataclasses import dataclass

from ...protocol.generation_fields import GUIDANCE, LABEL, STEPS
from ...protocol.limits import Limits


@dataclass(frozen=True)
class ServiceLimits(Limits):
    """The limits both sides know, and those that only the service has to watch."""

    action_characters: int = LABEL.max_length
    guidance_min: float = GUIDANCE.low
    guidance_max: float = GUIDANCE.high
    steps_min: int = STEPS.low
    steps_max: int = STEPS.high
    take_bytes: int = Limits.body_bytes
    """Of the take in a request once it is unpacked: a small file can unpack to a very large one."""
    learn_frames_max: int = 72_000
    """Of all takes of a style together: they lie in memory while it is learnt."""
    queued_jobs: int = 128
    queued_per_client: int = 32
    queued_learning: int = 8
    """Styles that are learnt or wait for it, of all clients."""
    learning_per_client: int = 2
    learn_slice: float = 60.0
    """Seconds for which a style is learnt before another one goes on."""
    runs_kept: int = 16
    """Styles whose learning can go on later, in the work folder; more than are learnt in turns."""
    client_characters: int = 64
    client_seconds: float = 60.0
    """How long a client may be silent before its jobs are dropped."""
    kept_jobs: int = 32
    """Finished jobs whose state and take can still be asked for; the oldest of the client with the
    most is dropped first."""


LIMITS = ServiceLimits()
