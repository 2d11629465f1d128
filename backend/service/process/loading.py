"""What the process is loading at the moment, told to whoever waits for it.

A process has one engine, so there is one such text. It is read by the job runner, for the status of
jobs that wait, and by the heartbeat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..engine.interface import Engine

_phase = ""


def report_loading(phase: str) -> None:
    """Say what is being loaded, as the beginning of a sentence; "" once all is loaded."""
    global _phase  # noqa: PLW0603 - one for the process
    _phase = phase


def loading_phase() -> str:
    """What is being loaded; "" if nothing is."""
    return _phase


def load_model_engine() -> Engine:
    """The shipped models, loaded step by step; raises what `ModelEngine` raises."""
    report_loading("Loading PyTorch")
    import torch  # noqa: F401 - seconds from a cold disk, so it is a step of its own

    report_loading("Loading the models")
    from ..engine.model_engine import ModelEngine

    return ModelEngine()
