"""``learn``, ``style`` and ``audio-features``: styles from a few takes, and motions in them."""

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
from ..protocol.atomic_write import write_atomically
from ..protocol.control_track import CONTROL_FILE_SUFFIXES, read_control_track
from ..protocol.limits import LimitError, check_seed, check_time_range
from ..protocol.style_file import StyleError
from ..protocol.timeline import parse_timeline
from .takes import check_output, save_and_report

if TYPE_CHECKING:
    from ..protocol.audio_features import AudioFeatures
    from ..styles.learn import TakeLabels
    from ..styles.skeleton_graph import SkeletalMotion

_TIME_RANGE = re.compile(r"(?P<file>.+)@(?P<start>[0-9.]+)-(?P<end>[0-9.]+)")


def learn_style(
    takes: Sequence[str],
    labels: Sequence[str],
    output: Path,
    *,
    steps: int,
    time_limit: float | None,
    device: str,
    seed: int,
    native_skeleton: bool,
    licence: str,
    note: str,
    wavlm: Path | None,
) -> None:
    """Learn a style, or resume learning it.

    Args:
        takes: ``.npz`` or ``.bvh`` files, each optionally with a time range: "walk.bvh@2-10".
        labels: One label or label timeline ("walk:3,run:2") for each take, or the file of a
            control track: an ``.npz`` with the array `control`, or a ``.wav``.
        output: Style file, ``.safetensors``.
        steps: Training steps of each block of levels.
        time_limit: Seconds after which learning stops; the same call resumes it.
        device: Device of the training, such as "cpu" or "cuda".
        seed: Seed of the training.
        native_skeleton: Whether to learn on the takes' own skeleton instead of SMPL.
        licence: Licence of the style, stored in its file.
        note: Description of the takes, stored in the style's file.
        wavlm: Folder of a WavLM model that computes audio features of ``.wav`` files.
    """
    lower_priority(BACKGROUND_NICENESS)
    # Imported late because torch takes a second.
    from ..training.run import TrainingError

    with report_errors(StyleError, TrainingError):
        if output.suffix != ".safetensors":
            raise LimitError(f"The style {output.name} must end in .safetensors.")
        check_seed(seed)
        features = _load_wavlm(wavlm, labels)
        from ..styles.learn import train_style
        from ..styles.train import LearnSettings

        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=err, transient=True) as bar:
            task = bar.add_task("Reading", total=None)
            motions = [_read_training_take(take, native_skeleton) for take in takes]

            def progress(step: int, total: int, eta: float | None, message: str) -> None:
                del eta  # the bar estimates its own
                bar.update(task, completed=step, total=total, description=message)

            style = train_style(
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
            text = "learning is not finished; run the same command again to resume it"
        else:
            text = f"{', '.join(style.labels)} from {style.origin.seconds:.0f} s"
        out.print(f"{output}: {text}", highlight=False)


def generate_in_style(
    timeline: str,
    output: Path,
    style: Path | None,
    *,
    fine: str | None,
    overlap: float,
    originality: float,
    fps: float,
    seed: int,
    loop: bool,
    lock_feet: bool,
    wavlm: Path | None,
) -> None:
    """Generate a motion in a style and write it.

    Args:
        timeline: Label timeline such as "walk:3,run:3"; or an ``.npz`` with the array `control`,
            (T, K) or (levels, T, K) at 30 rows a second; or a ``.wav`` for a style with audio
            features.
        output: ``.npz`` or ``.bvh`` file; ``.bvh`` only for a style with another skeleton.
        style: Style file; None for the shipped one.
        fine: Label timeline of the finer levels.
        overlap: Seconds over which a label passes into the next.
        originality: 0 reuses pieces of the training takes, 1 uses the networks alone.
        fps: Frame rate of the take.
        seed: Seed of the motion.
        loop: Whether the motion ends as it starts.
        lock_feet: Whether to hold planted feet.
        wavlm: Folder of a WavLM model that computes audio features of a ``.wav``.
    """
    with report_errors(StyleError):
        check_output(output)
        features = _load_wavlm(wavlm, [timeline])
        from ..styles.generator_api import Style, StyleSpec
        from ..styles.skeleton_graph import SMPL_BODY
        from ..styles.style import shipped_style_path

        loaded = Style.load(style or shipped_style_path())
        is_file = timeline.lower().endswith(CONTROL_FILE_SUFFIXES)
        conditioning = read_control_track(Path(timeline), features).values if is_file else timeline
        spec = StyleSpec(
            conditioning, seed, fine, overlap=overlap, originality=originality, loop=loop
        )
        if loaded.network.layout.body.has_same_skeleton(SMPL_BODY):
            save_and_report(loaded.generate_take(spec, fps, lock_feet), output)
            return
        if output.suffix.lower() != ".bvh":
            raise LimitError(
                f"The output of a style with another skeleton must be a .bvh (got {output.name})."
            )
        from ..styles.native_skeleton import write_native_motion

        motion = loaded.generate_motion(spec, fps)
        write_native_motion(motion, output)
        out.print(f"{output}: {len(motion)} frames at {fps:g} fps", highlight=False)


def write_audio_features(source: Path, output: Path, wavlm: Path | None) -> None:
    """Write the control track of a sound, 30 rows a second.

    Args:
        source: ``.wav`` file.
        output: ``.npz`` file for the array `control`.
        wavlm: Folder of a WavLM model; None for log-mel bands and prosody.
    """
    with report_errors(StyleError):
        if source.suffix.lower() != ".wav":
            raise LimitError(f"The sound must be an uncompressed .wav file (got {source.name}).")
        if output.suffix.lower() != ".npz":
            raise LimitError(f"The control track {output.name} must end in .npz.")
        track = read_control_track(source, _load_wavlm(wavlm, [source.name]))
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(output, lambda part: part.write_bytes(track.to_bytes()))
        frames, columns = track.values.shape
        out.print(f"{output}: {frames} frames of {columns} columns", highlight=False)


def _load_wavlm(folder: Path | None, names: Sequence[str]) -> AudioFeatures | None:
    """Load a WavLM model for the sounds among `names`; None without a folder.

    Raises:
        LimitError: There is a model, but no sound.
        StyleError: The folder holds no model that can be read.
    """
    if folder is None:
        return None
    if not any(name.lower().endswith(".wav") for name in names):
        raise LimitError("--wavlm needs a .wav file (none is named): leave it out, or name one.")
    from ..styles.wavlm import WavLm

    return WavLm(folder)


def _parse_label(text: str, features: AudioFeatures | None) -> TakeLabels:
    """Parse a label or a label timeline, or read the file of a control track."""
    if text.lower().endswith(CONTROL_FILE_SUFFIXES):
        return read_control_track(Path(text), features)
    return parse_timeline(text) if ":" in text else text


def _read_training_take(name: str, native_skeleton: bool) -> Take | SkeletalMotion:
    """Read a take, or a time range of it."""
    match = _TIME_RANGE.fullmatch(name)
    path = Path(match["file"] if match and not Path(name).is_file() else name)
    if not path.is_file():
        raise TakeError(f"There is no file {path}.")
    if native_skeleton:
        from ..styles.native_skeleton import read_native_motion

        motion = read_native_motion(path)
        if match is None:
            return motion
        first, end = _frame_range(match, path, motion.fps, motion.duration)
        return motion.slice_frames(first, end)
    take = read_mocap(path)
    if match is None:
        return take
    metadata = dict(take.metadata)
    lead_in = metadata.pop("lead_in", 0.0)
    first, end = _frame_range(match, path, take.fps, take.duration, lead_in)
    return replace(
        take, poses=take.poses[first:end], trans=take.trans[first:end], metadata=metadata
    )


def _frame_range(
    match: re.Match[str], path: Path, fps: float, seconds: float, lead_in: float = 0.0
) -> tuple[int, int]:
    """First frame of a time range and one past its last; `lead_in` seconds have been cut off."""
    try:
        start, end = float(match["start"]), float(match["end"])
        check_time_range(start, end, seconds + lead_in)
    except ValueError as error:
        raise LimitError(f"{path.name}: {error}") from error
    first, last = np.round((np.array([start, end]) - lead_in) * fps).astype(int)
    return max(int(first), 0), max(int(last), 0) + 1
