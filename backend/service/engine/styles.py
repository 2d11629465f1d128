"""Styles in the service: training in a work folder, from which it can resume, and generation."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...cpu import run_in_background
from ...kinematics.body.take import Take, load_take
from ...kinematics.math.rotations import Array
from ...protocol.control_track import ControlTrack
from ...protocol.limits import LimitError
from ...protocol.style_file import StyleError, read_style_info
from ...protocol.timeline import format_timeline
from ...styles.conditioning import LevelTimelines
from ...styles.generator_api import Style, StyleSpec
from ...styles.learn import train_style
from ...styles.style import STYLE_FILE, read_style_bytes, shipped_style_path
from ...styles.train import LearnSettings
from ...training.run import RunMismatchError, TrainingError
from ...training.weight_files import ASSETS
from ..schema.limits import LIMITS
from ..schema.replies import ModelInfo, truncate
from ..schema.style_requests import BlendRequest, LearnRequest, timeline_spans
from .devices import device_name
from .interface import EngineError, ProgressCallback, TrainingTake

STYLE_MODEL = "multires"
WORK_FOLDER_VARIABLE = "ANYFRAME_WORK"
"""Environment variable with the folder for training runs, which survive the backend there. Without
it, runs are stored until the process ends."""

_RUN_RESULT = "learnt.safetensors"


class StyleEngine:
    """Learns styles, and generates motions in them."""

    def __init__(
        self,
        device: torch.device | str = "cpu",
        assets: Path = ASSETS,
        *,
        network_config: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare without loading; `network_config` has fields of networks to change."""
        self._device = torch.device(device)
        self._assets, self._network_config = assets, network_config
        self._loaded: tuple[str, Style] | None = None

    def list_models(self) -> list[ModelInfo]:
        """Return the shipped style, if there is one; EngineError if it is damaged."""
        path = self._assets / STYLE_FILE
        if not path.is_file():
            return []
        try:
            info = read_style_info(path)
        except StyleError as error:
            raise EngineError(f"{error} Or install Anyframe again.") from error
        device = device_name(self._device)
        return [ModelInfo(STYLE_MODEL, info.hash, info.licence, list(info.labels), device)]

    def learn_style(
        self,
        request: LearnRequest,
        training_takes: Sequence[TrainingTake],
        progress: ProgressCallback,
        on_preview: Callable[[Take], None],
    ) -> bytes:
        progress(0, 0, "Reading the takes")
        folder = self._run_folder(request, training_takes)

        def train() -> bytes:
            style = train_style(
                [item.take for item in training_takes],
                [item.conditioning for item in training_takes],
                folder / _RUN_RESULT,
                lambda step, total, _eta, message: progress(step, total, message),
                lambda: False,
                take_names=[item.name for item in training_takes],
                folder=folder,
                settings=LearnSettings(steps=request.steps, seed=request.seed % 2**31),
                config_fields=self._network_config,
                licence=request.licence,
                note=request.name,
                device=self._device,
                preview=lambda _level, path: on_preview(load_take(path)),
            )
            assert style is not None  # only `progress` stops it
            return (folder / _RUN_RESULT).read_bytes()

        try:
            with suppress(RunMismatchError):
                return run_in_background(train)
            # The folder's name identifies takes and settings, so the run is damaged or one of
            # another version of the program, and cannot be resumed.
            shutil.rmtree(folder)
            return run_in_background(train)
        except (StyleError, TrainingError, LimitError) as error:
            raise EngineError(str(error)) from error

    def generate_in_style(
        self,
        request: BlendRequest,
        style_data: bytes | None,
        control_track: Array | None,
        progress: ProgressCallback,
    ) -> list[Take]:
        total = request.variations + 1
        progress(0, total, "Reading the style")
        try:
            style = self._load_style(style_data, request.display_name)
            request.check_style(style.hash, style.labels, style.levels)
            takes = []
            for n in range(request.variations):
                progress(n + 1, total, "Sampling the motion")
                takes.append(self._generate_take(style, request, control_track, request.seed + n))
        except (StyleError, LimitError) as error:
            raise EngineError(str(error)) from error
        progress(total, total, "Done")
        return takes

    def free_memory(self) -> None:
        self._loaded = None

    def _generate_take(
        self, style: Style, request: BlendRequest, control: Array | None, seed: int
    ) -> Take:
        timeline = timeline_spans(request.timeline)
        levels = tuple(map(timeline_spans, request.grid))
        fine = None if request.fine is None else timeline_spans(request.fine)
        labels = LevelTimelines(levels) if levels else timeline
        spec = StyleSpec(
            labels if control is None else control,
            seed,
            fine=fine,
            fine_levels=request.fine_levels,
            overlap=request.overlap,
            originality=request.originality,
            loop=request.loop,
        )
        take = style.generate_take(spec, request.fps, request.lock_feet)
        take.metadata = {
            **take.metadata,
            "model": STYLE_MODEL,
            "hash": style.hash,
            "style": request.style,
            "wanted": format_timeline(timeline),
            "fine": None if fine is None else format_timeline(fine),
            "grid": list(map(format_timeline, levels)),
            "prompt": " → ".join(span.label for span in timeline) or request.style,
        }
        return take

    def _load_style(self, data: bytes | None, name: str) -> Style:
        """Load a style from its file's content, or the shipped one; the last style is cached."""
        if data is None:
            data = shipped_style_path(self._assets).read_bytes()
        key = hashlib.sha256(data).hexdigest()
        if self._loaded is None or self._loaded[0] != key:
            style = Style(**vars(read_style_bytes(data, name)))
            style.network.to(self._device)
            self._loaded = key, style
        return self._loaded[1]

    def _run_folder(self, request: LearnRequest, training_takes: Sequence[TrainingTake]) -> Path:
        """Return the folder of the run of these takes, and remove the runs not used for longest."""
        digest = hashlib.sha256(repr((request.steps, request.seed, self._network_config)).encode())
        for item in training_takes:
            arrays = [item.take.poses, item.take.trans]
            names = item.conditioning
            if isinstance(names, ControlTrack):
                arrays.insert(0, names.values)
                names = names.columns
            digest.update(repr((names, item.take.fps)).encode())
            for array in arrays:
                digest.update(np.ascontiguousarray(array).tobytes())
        work = self._work_folder()
        folder = work / f"learn-{digest.hexdigest()[:32]}"
        folder.mkdir(exist_ok=True)
        os.utime(folder)
        runs = sorted(work.glob("learn-*"), key=lambda run: run.stat().st_mtime, reverse=True)
        for old in runs[LIMITS.runs_kept :]:
            shutil.rmtree(old, ignore_errors=True)
        return folder

    def _work_folder(self) -> Path:
        path = os.environ.get(WORK_FOLDER_VARIABLE)
        if not path:
            return Path(_process_work_folder().name)
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EngineError(
                f"The work folder {truncate(path, 200)} cannot be made "
                f"({error.strerror or error}): choose another one in {WORK_FOLDER_VARIABLE}."
            ) from error
        return folder


@cache
def _process_work_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for the process: engines may be released and loaded during a training."""
    return tempfile.TemporaryDirectory(prefix="anyframe-")
