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
from ...protocol.control_track import Control
from ...protocol.limits import LimitError
from ...protocol.style_file import StyleError, facts_in
from ...protocol.timeline import written
from ...styles.conditioning import ByLevel
from ...styles.generator_api import Style
from ...styles.learn import learn
from ...styles.style import FILE, read_style_bytes, shipped_style
from ...styles.train import LearnSettings
from ...training.run import TrainingError
from ...training.weight_files import ASSETS
from ..api.style_uploads import Lesson, check_wanted
from ..schema.limits import LIMITS
from ..schema.requests import clip
from ..schema.style_requests import BlendRequest, LearnRequest, spans_of
from .devices import device_name
from .interface import EngineError, ModelInfo, Progress

MODEL = "multires"
WORK_VARIABLE = "ANYFRAME_WORK"
"""Names the folder in which learning is kept between two runs of the backend; without it, it is
kept as long as the process lives."""

_STYLE = "learnt.safetensors"


class Styles:
    """Learns styles, and makes motions in them."""

    def __init__(
        self,
        device: torch.device | str = "cpu",
        assets: Path = ASSETS,
        *,
        shape: Mapping[str, Any] | None = None,
    ) -> None:
        """Nothing is loaded yet.

        Args:
            device: that styles are learnt and drawn on.
            assets: the folder that holds the style that ships, if one does.
            shape: fields of the networks' configuration that are not as usual.
        """
        self._device, self._assets, self._shape = torch.device(device), assets, shape
        self._loaded: tuple[str, Style] | None = None

    def capabilities(self) -> list[ModelInfo]:
        """The style that ships, with the labels that it knows; nothing if none does.

        Raises:
            EngineError: it is damaged.
        """
        path = self._assets / FILE
        if not path.is_file():
            return []
        try:
            facts = facts_in(path)
        except StyleError as error:
            raise EngineError(f"{error} Or install Anyframe again.") from error
        device = device_name(self._device)
        return [ModelInfo(MODEL, facts.hash, facts.licence, list(facts.labels), device)]

    def learn(
        self,
        request: LearnRequest,
        lessons: Sequence[Lesson],
        progress: Progress,
        preview: Callable[[Take], None],
    ) -> bytes:
        """See `backend.service.engine.interface.Engine`."""
        progress(0, 0, "Reading the takes")
        folder = self._run_folder(request, lessons)

        def train() -> bytes:
            return self._learnt(request, lessons, folder, progress, preview)

        try:
            try:
                return run_in_background(train)
            except TrainingError:
                # Begun by another version of the program: nobody can go on with it.
                shutil.rmtree(folder)
                return run_in_background(train)
        except (StyleError, TrainingError, LimitError) as error:
            raise EngineError(str(error)) from error

    def _learnt(
        self,
        request: LearnRequest,
        lessons: Sequence[Lesson],
        folder: Path,
        progress: Progress,
        preview: Callable[[Take], None],
    ) -> bytes:
        """A style's file, learnt in a folder.

        Raises:
            TrainingError: the folder holds what this cannot go on with.
        """

        def tell(step: int, total: int, _eta: float | None, message: str) -> None:
            progress(step, total, message)

        style = learn(
            [one.take for one in lessons],
            [one.told for one in lessons],
            folder / _STYLE,
            tell,
            lambda: False,
            names=[one.name for one in lessons],
            folder=folder,
            settings=LearnSettings(steps=request.steps, seed=request.seed % 2**31),
            shape=self._shape,
            licence=request.licence,
            note=request.name,
            device=self._device,
            preview=lambda _level, path: preview(load_take(path)),
        )
        assert style is not None  # nothing but `progress` stops it
        return (folder / _STYLE).read_bytes()

    def blend(
        self, request: BlendRequest, data: bytes | None, control: Array | None, progress: Progress
    ) -> list[Take]:
        """See `backend.service.engine.interface.Engine`."""
        total = request.variations + 1
        progress(0, total, "Reading the style")
        try:
            style = self._style(data, request.called)
            check_wanted(request, style.hash, style.labels, style.levels)
            takes = []
            for n in range(request.variations):
                progress(n + 1, total, "Drawing the motion")
                takes.append(self._take(style, request, control, request.seed + n))
        except (StyleError, LimitError) as error:
            raise EngineError(str(error)) from error
        progress(total, total, "Done")
        return takes

    def close(self) -> None:
        """Give all memory back."""
        self._loaded = None

    def _take(self, style: Style, request: BlendRequest, control: Array | None, seed: int) -> Take:
        wanted = spans_of(request.timeline)
        by_labels = ByLevel(tuple(map(spans_of, request.grid))) if request.grid else wanted
        take = style.blend(
            by_labels if control is None else control,
            request.fps,
            seed,
            fine=spans_of(request.fine) if request.fine is not None else None,
            fine_levels=request.fine_levels,
            overlap=request.overlap,
            originality=request.originality,
            loop=request.loop,
            lock_feet=request.lock_feet,
        )
        take.info = {
            **take.info,
            "model": MODEL,
            "hash": style.hash,
            "style": request.style,
            "wanted": written(wanted),
            "fine": written(spans_of(request.fine)) if request.fine is not None else None,
            "grid": [written(spans_of(row)) for row in request.grid],
            "prompt": " → ".join(span.label for span in wanted) or request.style,
        }
        return take

    def _style(self, data: bytes | None, name: str) -> Style:
        """A style by its file's content, or the one that ships; the last one is kept."""
        if data is None:
            data = shipped_style(self._assets).read_bytes()
        key = hashlib.sha256(data).hexdigest()
        if self._loaded is None or self._loaded[0] != key:
            read = read_style_bytes(data, name)
            self._loaded = key, Style.of(read).to(self._device)
        return self._loaded[1]

    def _run_folder(self, request: LearnRequest, lessons: Sequence[Lesson]) -> Path:
        """Where these takes are learnt; the runs that lay still for longest are removed."""
        told = hashlib.sha256(repr((request.steps, request.seed, self._shape)).encode())
        for one in lessons:
            known = one.told.columns if isinstance(one.told, Control) else one.told
            told.update(repr((known, one.take.fps)).encode())
            if isinstance(one.told, Control):
                told.update(np.ascontiguousarray(one.told.track).tobytes())
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
        named = os.environ.get(WORK_VARIABLE)
        if named:
            folder = Path(named)
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise EngineError(
                    f"The work folder {clip(named, 200)} cannot be made "
                    f"({error.strerror or error}): choose another one in {WORK_VARIABLE}."
                ) from error
            return folder
        return Path(_of_this_process().name)


@cache
def _of_this_process() -> tempfile.TemporaryDirectory[str]:
    """Not of a model: that may be given back and loaded again while a style is being learnt."""
    return tempfile.TemporaryDirectory(prefix="anyframe-")
