"""Prepare folders of motion capture as one file, at native frame rates, on all cores."""

import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..kinematics.body.take import TakeError
from ..kinematics.math.rotations import Array
from ..kinematics.mocap.bvh import BvhError
from ..kinematics.mocap.read_mocap import read_mocap
from ..kinematics.rigs.bone_map import MappingError
from .motion_set import JOINT_COUNT, Caption, MocapClip, pack_motion, save_motion_set
from .sources import ClipFile, find_clip_files

MIN_SECONDS = 0.25
"""Length below which a motion is skipped."""
_MAX_WORKERS = 61
"""Limit of processes that Windows can wait for."""


@dataclass(frozen=True)
class SkippedFile:
    """A file that was skipped."""

    name: str
    reason: str


@dataclass(frozen=True)
class PrepareReport:
    """The result of `prepare_motion_set`."""

    clips: int
    by_source: dict[str, tuple[int, float]]
    """Number of clips and seconds of each source."""
    skipped: tuple[SkippedFile, ...]


PrepareProgress = Callable[[int, int, str], None]
"""A function of the number of finished files, of all files, and the name of the last one."""


def prepare_motion_set(
    folders: Iterable[Path], target: Path, progress: PrepareProgress, workers: int = 0
) -> PrepareReport:
    """Read all motion below `folders` and write it to `target`; skip files that cannot be used.

    Raises:
        SourceError: there is no motion file.
    """
    files = find_clip_files(folders)
    clips: list[MocapClip] = []
    packed: list[tuple[Array, Array]] = []
    skipped: list[SkippedFile] = []
    workers = min(workers or os.cpu_count() or 1, len(files), _MAX_WORKERS)
    # Spawned, because a fork is unsafe where the parent runs threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for done, result in enumerate(pool.map(_read_clip, files, chunksize=4), start=1):
            progress(done, len(files), files[done - 1].name)
            if isinstance(result, SkippedFile):
                skipped.append(result)
            else:
                clips.append(result[0])
                packed.append(result[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    if clips:
        save_motion_set(target, clips, packed)
    by_source: dict[str, tuple[int, float]] = {}
    for clip, (poses, _) in sorted(zip(clips, packed, strict=True), key=lambda c: c[0].source):
        count, seconds = by_source.get(clip.source, (0, 0.0))
        by_source[clip.source] = count + 1, seconds + len(poses) / clip.fps
    return PrepareReport(len(clips), by_source, tuple(skipped))


def _read_clip(file: ClipFile) -> tuple[MocapClip, tuple[Array, Array]] | SkippedFile:
    """Read one file in a worker; return the clip without its arrays, and their stored form."""
    try:
        take = read_mocap(file.path)
    except (BvhError, TakeError, MappingError) as error:
        return SkippedFile(file.name, str(error))
    except Exception as error:  # one broken file must not stop a run over thousands
        return SkippedFile(file.name, f"It could not be read ({type(error).__name__}: {error}).")
    if len(take) < max(2, MIN_SECONDS * take.fps):
        return SkippedFile(
            file.name, f"It must last at least {MIN_SECONDS} s (got {len(take) / take.fps:.2f} s)."
        )
    lead_in = float(take.metadata.get("lead_in", 0.0))
    annotations = {key: value for key, value in vars(file).items() if key != "path"}
    annotations["source"] = file.source or file.name.rpartition("/")[0]
    annotations["captions"] = tuple(_trim_captions(file.captions, lead_in, take.duration))
    poses, trans = np.zeros((0, 3 * JOINT_COUNT)), np.zeros((0, 3))
    clip = MocapClip(poses=poses, trans=trans, fps=take.fps, **annotations)
    return clip, pack_motion(take.poses[:, : 3 * JOINT_COUNT], take.trans)


def _trim_captions(
    captions: Iterable[Caption], lead_in: float, duration: float
) -> Iterable[Caption]:
    for caption in captions:
        start = max(caption.start - lead_in, 0.0)
        end = min(caption.end - lead_in, duration)
        if end - start >= MIN_SECONDS:
            yield Caption(start, end, caption.text)
