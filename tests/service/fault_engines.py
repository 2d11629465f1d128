"""Engines of the tests for faults: much memory, a clock that goes back, damaged weight files."""

import logging
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np

from backend.kinematics.body.take import Take
from backend.service.engine.interface import Engine, ProgressCallback

from .fake_engine import FakeEngine

HELD_BYTES = 200 * 2**20
WEIGHTS = "ANYFRAME_TEST_WEIGHTS"


class LargeEngine(FakeEngine):
    """Holds as much memory as a model, until it is freed."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = np.ones(HELD_BYTES // 8)

    def free_memory(self) -> None:
        del self.weights


class BadlyClosingEngine(FakeEngine):
    def free_memory(self) -> None:
        raise OSError("the card is gone")


class FaultEngine(FakeEngine):
    """Does harm to the process around a job."""

    def do_clock(self, take: Take, progress: ProgressCallback, n: int, pause: float) -> Take:
        """Set the wall clock of the whole process back by days, and forward again."""
        true = time.time
        for step in range(n):
            progress(step, n)
            time.sleep(pause)
            offset = 86400.0 * (step + 1) * (-1) ** step
            time.time = lambda offset=offset: true() + offset
        time.time = true
        return take

    def do_flood(self, take: Take, progress: ProgressCallback, megabytes: int) -> Take:
        """Print without end where stdout used to be."""
        block = b"\xff garbage \n" * 100_000
        for _ in range(megabytes):
            os.write(1, block[: 2**20])
        return take

    def do_chatter(self, take: Take, progress: ProgressCallback) -> Take:
        """Print as libraries do."""
        print("a line")
        print("more", end="", file=sys.stderr, flush=True)
        warnings.warn("a warning", stacklevel=1)
        logging.getLogger("library").error("an error")
        return take


class LearningEngine(FakeEngine):
    """Learns for real, with very small networks."""

    def __init__(self) -> None:
        super().__init__()
        from backend.service.engine.styles import StyleEngine

        shape = {"levels": 2, "widths": (2,), "kernel": 3}
        self.learn_style = StyleEngine(network_config=shape).learn_style


def damaged_weights() -> Engine:
    """Return the real engine with the weights of the folder in the environment."""
    from backend.service.engine.model_engine import ModelEngine

    return ModelEngine(Path(os.environ[WEIGHTS]))
