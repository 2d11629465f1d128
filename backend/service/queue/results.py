"""What a job leaves behind: the bytes of its takes, its timings, or a sentence."""

from __future__ import annotations

import math

import numpy as np

from ...kinematics.body.take import Take, take_to_bytes
from ..engine.interface import EngineError
from ..schema.requests import truncate


def check_finite(take: Take) -> None:
    """Raise EngineError if a take holds numbers that are not finite."""
    if not (np.isfinite(take.poses).all() and np.isfinite(take.trans).all()):
        raise EngineError(
            "The model produced numbers that are not finite: "
            "try another seed or a lower guidance; if it goes on, set up the backend again."
        )


JobResult = Take | bytes
"""What a job makes: a take, or a style's file."""


def serialize_result(made: JobResult) -> bytes:
    """The ``.npz`` bytes of a finished take, EngineError if its numbers are not finite; what is
    bytes already stays as it is."""
    if isinstance(made, bytes):
        return made
    check_finite(made)
    return take_to_bytes(made)


def read_timings(take: JobResult) -> dict[str, float] | None:
    """What a finished take says of the seconds spent on it."""
    if isinstance(take, bytes):
        return None
    timings = take.metadata.get("timings")
    if not isinstance(timings, dict):
        return None
    numbers = {str(key): value for key, value in timings.items() if isinstance(value, int | float)}
    return {k: float(v) for k, v in numbers.items() if math.isfinite(v)} or None


def describe_error(error: BaseException) -> str:
    """What the user reads about an error that nobody foresaw; a log has the traceback."""
    if _is_out_of_memory(error):
        return (
            "There was not enough memory for the job: "
            "ask for fewer seconds or a lower frame rate, or close other programs."
        )
    text = " ".join(str(error).split())
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"The backend met an unexpected error ({truncate(what, 200)}); its log has the details."


def _is_out_of_memory(error: BaseException) -> bool:
    # This package does not import torch: its class is known by its name, and what its allocator
    # raises on a CPU, a plain RuntimeError, by its words.
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "allocate memory" in str(error))
    )
