"""``learn``: a style from a few takes, in slices that go on where the last one ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ..console import err, out, report_errors
from ..cpu import BACKGROUND_NICENESS, lower_priority
from ..kinematics.body.take import Take, TakeError
from ..kinematics.mocap.read_mocap import read_mocap
from ..protocol.limits import LimitError, check_seed, check_time_range
from .control import open_audio_features

if TYPE_CHECKING:
    from ..protocol.audio_features import AudioFeatures
    from ..styles.learn import TakeLabels
    from ..styles.skeleton_graph import SkeletalMotion

_PART = re.compile(r"(?P<file>.+)@(?P<start>[0-9.]+)-(?P<end>[0-9.]+)")


def learn_style(
    takes: Sequence[str],
    labels: Sequence[str],
    output: Path,
    *,
    steps: int,
    time_limit: float | None,
    device: str,
    seed: int,
    own_skeleton: bool,
    licence: str,
    note: str,
    wavlm: Path | None,
) -> int:
    """Learn a style; the exit status, 0 also where a time limit came first.

    Args:
        takes: ``.npz`` or ``.bvh`` files, each perhaps with a part: "walk.bvh@2-10".
        labels: one for each, "walk:3,run:2" for one after the other, or the file of a control
            track: an ``.npz`` with the array `control`, or a ``.wav``.
        output: the style's file, ``.safetensors``.
        steps: of each block of levels.
        time_limit: seconds.
        device: such as "cpu" or "cuda".
        seed: of the training.
        own_skeleton: whether to learn on the takes' own skeleton instead of SMPL's.
        licence: of the style.
        note: what it was learnt from.
        wavlm: folder of a WavLM model, which then hears ``.wav`` files.
    """
    lower_priority(BACKGROUND_NICENESS)
    # torch takes a second to import.
    from ..protocol.style_file import StyleError
    from ..training.run import TrainingError

    with report_errors(StyleError, TrainingError):
        if output.suffix != ".safetensors":
            raise LimitError(f"The style {output.name} must end in .safetensors.")
        check_seed(seed)
        features = open_audio_features(wavlm, labels)
        from ..styles.learn import train_style as run
        from ..styles.train import LearnSettings

        with _bar() as bar:
            task = bar.add_task("Reading", total=None)
            motions = [_read_training_take(take, own_skeleton) for take in takes]

            def progress(step: int, total: int, eta: float | None, message: str) -> None:
                del eta  # the bar has its own
                bar.update(task, completed=step, total=total, description=message)

            style = run(
                motions,
                [_parse_label(label, features) for label in labels],
                output,
                progress,
                lambda: False,
                take_names=[Path(take).name for take in takes],
                settings=LearnSettings(steps=steps, seed=seed % 2**31),
                licence=licence,
                note=note,
                device=device,
                time_limit=time_limit,
                preview=lambda level, path: err.print(f"Level {level}: {path}", highlight=False),
            )
        if style is None:
            out.print(f"{output} is not learnt yet: the same command goes on.", highlight=False)
        else:
            told = ", ".join(style.labels)
            out.print(f"{output}: {told} from {style.origin.seconds:.0f} s", highlight=False)
    return 0


def _parse_label(text: str, features: AudioFeatures | None) -> TakeLabels:
    """A label, several with their seconds, or a control track's file, a sound as it is heard."""
    from ..protocol.control_track import CONTROL_FILE_SUFFIXES, read_control_track
    from ..protocol.timeline import parse_timeline

    if text.lower().endswith(CONTROL_FILE_SUFFIXES):
        return read_control_track(Path(text), features)
    return parse_timeline(text) if ":" in text else text


def _read_training_take(name: str, own_skeleton: bool) -> Take | SkeletalMotion:
    """A take, or a part of it."""
    match = _PART.fullmatch(name)
    path = Path(match["file"] if match and not Path(name).is_file() else name)
    if not path.is_file():
        raise TakeError(f"There is no file {path}.")
    if own_skeleton:
        from ..styles.native_skeleton import read_native_motion

        motion = read_native_motion(path)
        if match is None:
            return motion
        first, end = _frame_range(match, path, motion.fps, motion.duration)
        return motion.slice_frames(first, end)
    take = read_mocap(path)
    if match is None:
        return take
    info = dict(take.metadata)
    first, end = _frame_range(match, path, take.fps, take.duration, info.pop("lead_in", 0.0))
    return replace(take, poses=take.poses[first:end], trans=take.trans[first:end], metadata=info)


def _frame_range(
    match: re.Match[str], path: Path, fps: float, seconds: float, lead_in: float = 0.0
) -> tuple[int, int]:
    """First frame of a part, and one past its last; `lead_in` seconds of the file are gone."""
    try:
        start, end = float(match["start"]), float(match["end"])
        check_time_range(start, end, seconds + lead_in)
    except ValueError as error:
        raise LimitError(f"{path.name}: {error}") from error
    first, last = np.round((np.array([start, end]) - lead_in) * fps).astype(int)
    return max(int(first), 0), max(int(last), 0) + 1


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True)
