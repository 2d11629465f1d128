"""Limits of requests, and of what the service stores and how long it waits."""

from dataclasses import dataclass

from ...protocol.generation_fields import GUIDANCE, LABEL, STEPS
from ...protocol.limits import Limits


@dataclass(frozen=True)
class ServiceLimits(Limits):
    """Limits that both sides know, and those that only the service checks."""

    action_characters: int = LABEL.max_length
    guidance_min: float = GUIDANCE.low
    guidance_max: float = GUIDANCE.high
    steps_min: int = STEPS.low
    steps_max: int = STEPS.high
    take_bytes: int = Limits.body_bytes
    """Bytes of an unpacked take: a small archive can unpack to a very large one."""
    learn_frames_max: int = 72_000
    """Frames of all training takes of a style: they stay in memory during training."""
    queued_jobs: int = 128
    queued_per_client: int = 32
    queued_learning: int = 8
    """Styles in training or waiting for it, of all clients."""
    learning_per_client: int = 2
    learn_slice: float = 60.0
    """Seconds for which a style trains before another one takes its turn."""
    runs_kept: int = 16
    """Training runs in the work folder that can be resumed; more than can be queued."""
    client_characters: int = 64
    client_seconds: float = 60.0
    """Seconds of silence after which a client's jobs are dropped."""
    kept_jobs: int = 32
    """Finished jobs whose state and takes are stored."""


LIMITS = ServiceLimits()
