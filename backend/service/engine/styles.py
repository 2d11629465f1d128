"""Styles as the service sees them: learnt in a work folder that keeps what is begun, and in use."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
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
from ...training.run import TrainingError
from ...training.weight_files import ASSETS
from ..schema.limits import LIMITS
from ..schema.replies import ModelInfo, truncate
from ..schema.style_requests import BlendRequest, LearnRequest, timeline_spans
from .devices import device_name
from .interface import EngineError, ProgressCallback, TrainingTake

STYLE_MODEL = "multires"
WORK_FOLDER_VARIABLE = "ANYFRAME_WORK"
"""Names the folder in which learning is kept between two runs of the backend; without it, it is
kept as long as the process lives."""

_STYLE_FILE = "learnt.safetensors"


class StyleEngine:
    """Learns styles, and makes motions in them."""

    def __init__(
        self,
        device: torch.device | str = "cpu",
        assets: Path = ASSETS,
        *,
        network_config: Mapping[str, Any] | None = None,
    ) -> None:
        """Nothing is loaded yet.

        Args:
            device: that styles are learnt and drawn on.
            assets: the folder that holds the style that ships, if one does.
            shape: fields of the networks' configuration that are not as usual.
        """
        self._device, self._assets, self._network_config = (
            torch.device(device),
            assets,
            network_config,
        )
        self._loaded: tuple[str, Style] | None = None

    def list_models(self) -> list[ModelInfo]:
        """The style that ships, with the labels that it knows; nothing if none does.

        Raises:
            EngineError: it is damaged.
        """
        path = self._assets / STYLE_FILE
        if not path.is_file():
            return []
        try:
            facts = read_style_info(path)
        except StyleError as error:
            raise EngineError(f"{error} Or install Anyframe again.") from error
        device = device_name(self._device)
        return [ModelInfo(STYLE_MODEL, facts.hash, facts.licence, list(facts.labels), device)]

    def learn_style(
        self,
        request: LearnRequest,
        training_takes: Sequence[TrainingTake],
        progress: ProgressCallback,
        on_preview: Callable[[Take], None],
    ) -> bytes:
        """See `backend.service.engine.interface.Engine`."""
        progress(0, 0, "Reading the takes")
        folder = self._run_folder(request, training_takes)

        def train() -> bytes:
            return self._train_in_folder(request, training_takes, folder, progress, on_preview)

        try:
            try:
                return run_in_background(train)
            except TrainingError:
                # Begun by another version of the program: nobody can go on with it.
                shutil.rmtree(folder)
                return run_in_background(train)
        except (StyleError, TrainingError, LimitError) as error:
            raise EngineError(str(error)) from error

    def _train_in_folder(
        self,
        request: LearnRequest,
        training_takes: Sequence[TrainingTake],
        folder: Path,
        progress: ProgressCallback,
        on_preview: Callable[[Take], None],
    ) -> bytes:
        """A style's file, learnt in a folder.

        Raises:
            TrainingError: the folder holds what this cannot go on with.
        """

        def tell(step: int, total: int, _eta: float | None, message: str) -> None:
            progress(step, total, message)

        style = train_style(
            [one.take for one in training_takes],
            [one.conditioning for one in training_takes],
            folder / _STYLE_FILE,
            tell,
            lambda: False,
            take_names=[one.name for one in training_takes],
            folder=folder,
            settings=LearnSettings(steps=request.steps, seed=request.seed % 2**31),
            config_fields=self._network_config,
            licence=request.licence,
            note=request.name,
            device=self._device,
            preview=lambda _level, path: on_preview(load_take(path)),
        )
        assert style is not None  # nothing but `progress` stops it
        return (folder / _STYLE_FILE).read_bytes()

    def generate_in_style(
        self,
        request: BlendRequest,
        style_data: bytes | None,
        control_track: Array | None,
        progress: ProgressCallback,
    ) -> list[Take]:
        """See `backend.service.engine.interface.Engine`."""
        total = request.variations + 1
        progress(0, total, "Reading the style")
        try:
            style = self._load_style(style_data, request.display_name)
            request.check_style(style.hash, style.labels, style.levels)
            takes = []
            for n in range(request.variations):
                progress(n + 1, total, "Drawing the motion")
                takes.append(self._generate_take(style, request, control_track, request.seed + n))
        except (StyleError, LimitError) as error:
            raise EngineError(str(error)) from error
        progress(total, total, "Done")
        return takes

    def free_memory(self) -> None:
        """Give all memory back."""
        self._loaded = None

    def _generate_take(
        self, style: Style, request: BlendRequest, control: Array | None, seed: int
    ) -> Take:
        wanted = timeline_spans(request.timeline)
        by_labels = (
            LevelTimelines(tuple(map(timeline_spans, request.grid))) if request.grid else wanted
        )
        spec = StyleSpec(
            by_labels if control is None else control,
            seed,
            fine=timeline_spans(request.fine) if request.fine is not None else None,
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
            "wanted": format_timeline(wanted),
            "fine": format_timeline(timeline_spans(request.fine))
            if request.fine is not None
            else None,
            "grid": [format_timeline(timeline_spans(row)) for row in request.grid],
            "prompt": " → ".join(span.label for span in wanted) or request.style,
        }
        return take

    def _load_style(self, data: bytes | None, name: str) -> Style:
        """A style by its file's content, or the one that ships; the last one is kept."""
        if data is None:
            data = shipped_style_path(self._assets).read_bytes()
        key = hashlib.sha256(data).hexdigest()
        if self._loaded is None or self._loaded[0] != key:
            read = read_style_bytes(data, name)
            self._loaded = key, Style.from_file(read).to(self._device)
        return self._loaded[1]

    def _run_folder(self, request: LearnRequest, training_takes: Sequence[TrainingTake]) -> Path:
        """Where these takes are learnt; the runs that lay still for longest are removed."""
        told = hashlib.sha256(repr((request.steps, request.seed, self._network_config)).encode())
        for one in training_takes:
            known = (
                one.conditioning.columns
                if isinstance(one.conditioning, ControlTrack)
                else one.conditioning
            )
            told.update(repr((known, one.take.fps)).encode())
            if isinstance(one.conditioning, ControlTrack):
                told.update(np.ascontiguousarray(one.conditioning.values).tobytes())
            told.update(np.ascontiguousarray(one.take.poses).tobytes())
            told.update(np.ascontiguousarray(one.take.trans).tobytes())
        work = self._work_folder()
        own = work / f"learn-{told.hexdigest()[:32]}"
        own.mkdir(exist_ok=True)
        os.utime(own)
        runs = sorted(work.glob("learn-*"), key=lambda run: run.stat().st_mtime, reverse=True)
        for old in runs[LIMITS.runs_kept :]:
            shutil.rmtree(old, ignore_errors=True)
        return own

    def _work_folder(self) -> Path:
        named = os.environ.get(WORK_FOLDER_VARIABLE)
        if named:
            folder = Path(named)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise EngineError(
                    f"The work folder {truncate(named, 200)} cannot be made "
                    f"({error.strerror or error}): choose another one in {WORK_FOLDER_VARIABLE}."
                ) from error
            return folder
        return Path(_process_work_folder().name)


@cache
def _process_work_folder() -> tempfile.TemporaryDirectory[str]:
    """Not of a model: that may be given back and loaded again while a style is being learnt."""
    return tempfile.TemporaryDirectory(prefix="anyframe-")
