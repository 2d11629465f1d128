"""Engines for the tests: the prompt of a job holds, in JSON, the engine's instructions.

``{"do": "steps", "n": 5, "pause": 0.01}`` is the default; the other deeds are the methods of
`FakeEngine` that begin with ``do_``.
"""

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import Array
from backend.protocol.control_track import ControlTrack
from backend.protocol.limits import resampled_frames, time_range_frames
from backend.service.engine.interface import (
    EngineError,
    ProgressCallback,
    TrainingTake,
    report_loading,
)
from backend.service.schema.replies import ModelInfo
from backend.service.schema.requests import (
    DecodeRequest,
    GenerateRequest,
    InterpolateRequest,
    ResampleRequest,
    SequenceRequest,
)
from backend.service.schema.style_requests import BlendRequest, LearnRequest

GATE = "ANYFRAME_TEST_GATE"
HOLD_SECONDS = "ANYFRAME_TEST_HOLD_SECONDS"


class FakeEngine:
    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.learnt: dict[str, int] = {}
        self.starts: dict[str, int] = {}

    def list_models(self) -> list[ModelInfo]:
        return [ModelInfo("nerm", "0123abcd", "CC0-1.0", ["walk", "jump"], "CPU")]

    def free_memory(self) -> None:
        print("closed")

    def generate_variations(
        self, request: GenerateRequest, progress: ProgressCallback
    ) -> list[Take]:
        before = list(self.prompts)
        self.prompts.append(request.prompt)
        script = _script(request.prompt)
        info = {
            "prompt": request.prompt,
            "candidates": request.candidates,
            "lock_feet": request.lock_feet,
            "latent": [0.5, 0.25],
            "before": before,
            "torch": "torch" in sys.modules,
            "environment": sorted(os.environ),
            "timings": {"text": 0.25, "diffusion": 0.5, "decode": float("nan"), "note": "x"},
        }
        still = np.zeros((request.output_frames, 72)), np.zeros((request.output_frames, 3))
        deed = getattr(self, "do_" + script.pop("do", "steps"))
        takes = []
        for n in range(request.variations):
            take = Take(*still, request.fps, metadata={**info, "seed": request.seed + n})
            takes.append(deed(take, progress, **script))
        return takes

    def generate_sequence(
        self, request: SequenceRequest, take: Take | None, progress: ProgressCallback
    ) -> Take:
        progress(0, 1, "Joining")
        blocks = [block.model_dump() for block in request.blocks]
        info = {"blocks": blocks, "kept_from": None if take is None else take.metadata["blocks"]}
        frames = request.output_frames
        return Take(np.ones((frames, 72)), np.ones((frames, 3)), request.fps, metadata=info)

    def decode_take(self, request: DecodeRequest, take: Take, progress: ProgressCallback) -> Take:
        progress(0, 1, "Decoding")
        request_fields = request.model_dump()
        frames = time_range_frames(
            len(take) / take.fps, request.fps, request.start, request.end, request.speed
        )
        info = {**take.metadata, "asked": request_fields}
        return Take(np.ones((frames, 72)), np.ones((frames, 3)), request.fps, metadata=info)

    def interpolate_takes(
        self, request: InterpolateRequest, first: Take, second: Take, progress: ProgressCallback
    ) -> Take:
        progress(0, 1, "Decoding")
        info = {
            "between": [first.metadata["prompt"], second.metadata["prompt"]],
            "share": request.share,
        }
        return Take(first.poses, first.trans, request.fps, metadata=info)

    def resample_take(
        self, request: ResampleRequest, take: Take, progress: ProgressCallback
    ) -> Take:
        progress(0, 1, "Resampling")
        times = request.times or [float(time) for time in take.times]
        frames = resampled_frames(times[-1], request.fps)
        info = {"asked": request.model_dump(), "resampled": {"keys": len(take)}}
        return Take(np.ones((frames, 72)), np.ones((frames, 3)), request.fps, metadata=info)

    def learn_style(
        self,
        request: LearnRequest,
        training_takes: Sequence[TrainingTake],
        progress: ProgressCallback,
        on_preview: Callable[[Take], None],
    ) -> bytes:
        """Follow the name, "steps 40", "fail" or "crash"; resume after an interruption."""
        deed, _, count = request.name.partition(" ")
        total, key = int(count or 3), request.name
        if deed == "fail":
            raise EngineError("The takes are all alike: choose others.")
        if deed == "crash":
            raise ZeroDivisionError
        self.starts[key] = self.starts.get(key, 0) + 1
        while self.learnt.get(key, 0) < total:
            time.sleep(0.02)
            self.learnt[key] = self.learnt.get(key, 0) + 1
            if self.learnt[key] == 2:
                on_preview(training_takes[0].take)
            progress(self.learnt[key], total, f"Level {self.learnt[key]} of {total}")
        described = [[one.name, len(one.take), _describe(one)] for one in training_takes]
        return json.dumps({"training_takes": described, "starts": self.starts[key]}).encode()

    def generate_in_style(
        self,
        request: BlendRequest,
        style_data: bytes | None,
        control_track: Array | None,
        progress: ProgressCallback,
    ) -> list[Take]:
        progress(0, 1, "Drawing the motion")
        info = {
            "asked": request.model_dump(),
            "sent": 0 if style_data is None else len(style_data),
        }
        if control_track is not None:
            info["control"] = [list(control_track.shape), float(control_track.sum())]
        still = np.zeros((request.output_frames, 72)), np.zeros((request.output_frames, 3))
        seeds = range(request.seed, request.seed + request.variations)
        return [Take(*still, request.fps, metadata={**info, "seed": seed}) for seed in seeds]

    def do_steps(
        self, take: Take, progress: ProgressCallback, n: int = 3, pause: float = 0.0
    ) -> Take:
        for step in range(n):
            progress(step, n, f"Denoising {step}")
            time.sleep(pause)
        progress(n, n)
        return take

    def do_raise(self, take: Take, progress: ProgressCallback) -> Take:
        raise ZeroDivisionError("a b\nc")

    def do_leave(self, take: Take, progress: ProgressCallback) -> Take:
        sys.exit("leaving")

    def do_refuse(self, take: Take, progress: ProgressCallback) -> Take:
        raise EngineError("The weights are damaged: install them again.")

    def do_memory(self, take: Take, progress: ProgressCallback) -> Take:
        raise MemoryError

    def do_nan(self, take: Take, progress: ProgressCallback) -> Take:
        take.poses[0, 0] = np.nan
        return take

    def do_nothing(self, take: Take, progress: ProgressCallback) -> Any:
        return None

    def do_exit(self, take: Take, progress: ProgressCallback) -> Take:
        time.sleep(0.3)  # so that the reply to the request is sent first
        os._exit(7)

    def do_hang(self, take: Take, progress: ProgressCallback) -> Take:
        progress(1, 2, "Hanging")
        time.sleep(600)
        return take

    def do_spam(self, take: Take, progress: ProgressCallback) -> Take:
        for line in range(2000):
            print(f"spam {line} \N{SNOWMAN} \ud800")
        os.write(1, b"raw spam\n")
        print("unfinished", end="")
        return take

    def do_huge(self, take: Take, progress: ProgressCallback) -> Take:
        progress(10**30, 10**40, "m" * 10**6)
        time.sleep(0.5)
        progress(-5, -5)
        return take

    def do_deaf(self, take: Take, progress: ProgressCallback, pause: float) -> Take:
        """Report no steps, so that a cancellation is noticed only at the end."""
        progress(0, 1)
        time.sleep(pause)
        return take


class GatedEngine(FakeEngine):
    """Loads until the gate file exists."""

    def __init__(self) -> None:
        super().__init__()
        while not Path(os.environ[GATE]).exists():
            time.sleep(0.02)


class HoldingEngine(FakeEngine):
    """Holds the interpreter while it loads, as an import of a large library does."""

    def __init__(self) -> None:
        super().__init__()
        report_loading("Loading a large library")
        time.sleep(1.5)  # so that a heartbeat reports it
        # Called through PyDLL, a function of C keeps the interpreter's lock.
        ctypes.PyDLL(None).usleep(int(1e6 * float(os.environ[HOLD_SECONDS])))


class BrokenEngine(FakeEngine):
    """Fails to load until the gate file exists."""

    def __init__(self) -> None:
        super().__init__()
        if not Path(os.environ[GATE]).exists():
            raise EngineError("The weights are missing: set up the backend.")


def _describe(item: TrainingTake) -> Any:
    if isinstance(item.conditioning, ControlTrack):
        return [list(item.conditioning.columns), list(item.conditioning.values.shape)]
    return [asdict(span) for span in item.conditioning]


def _script(prompt: str) -> dict[str, Any]:
    try:
        script = json.loads(prompt)
    except json.JSONDecodeError:
        return {}
    return script if isinstance(script, dict) and "do" in script else {}
