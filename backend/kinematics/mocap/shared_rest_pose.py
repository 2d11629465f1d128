"""One rest pose for all files of a folder that have the same skeleton.

A rest pose found in one short motion is bent as that motion is: a body that leans all the time
would stand upright, and arms that never hang straight would be twisted by another angle in each
file. Found in the motion of many files it is the same for all, and nearer to a standing body.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np

from ..math.rotations import Array
from ..rigs.bone_map import MappingError
from ..rigs.rest_pose import RestPose
from .bvh import BvhError, BvhMotion, read_bvh
from .rest_pose_detection import detect_bone_map_in_motion, estimate_rest_pose

_FILES = 64
"""Files of a folder that are looked at."""
_FRAMES = 100
"""Frames of each."""
_SAME = 0.01
"""Share of the longest bone by which offsets of the same skeleton may differ."""


def find_shared_rest_pose(path: Path, motion: BvhMotion) -> RestPose | None:
    """The rest pose of the skeleton of `motion`, found in the motion of the files beside `path`.

    Args:
        path: a BVH file.
        motion: its content.

    Returns:
        A standing rest pose; None if no file that was looked at has the skeleton, or the body
        stands upright in none of them.
    """
    offsets = tuple(np.round(_offsets(motion), 4).ravel().tolist())
    return _found(path.parent, motion.rest.names, motion.rest.parents, offsets)


@lru_cache(maxsize=64)
def _found(
    folder: Path, names: tuple[str, ...], parents: tuple[int, ...], offsets: tuple[float, ...]
) -> RestPose | None:
    wanted = np.array(offsets).reshape(-1, 3)
    first: RestPose | None = None
    moves: list[tuple[Array, Array]] = []
    for motion in _some_files(folder):
        if (motion.rest.names, motion.rest.parents) != (names, parents):
            continue
        if np.abs(_offsets(motion) - wanted).max() > _SAME * np.abs(wanted).max():
            continue
        first = first or motion.rest
        rotations, positions = motion.world_transforms()
        some = np.unique(np.linspace(0, len(motion) - 1, _FRAMES).astype(int))
        moves.append((rotations[some], positions[some]))
    if first is None:
        return None
    rotations = np.concatenate([r for r, _ in moves])
    positions = np.concatenate([p for _, p in moves])
    try:
        bone_map = detect_bone_map_in_motion(first, rotations, positions)
        return estimate_rest_pose(first, rotations, positions, bone_map)
    except MappingError:
        return None


def _some_files(folder: Path) -> Iterator[BvhMotion]:
    """Readable files, evenly spread over the folder's."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".bvh")
    for n in np.unique(np.linspace(0, len(files) - 1, _FILES).astype(int)):
        with suppress(BvhError):
            yield read_bvh(files[n])


def _offsets(motion: BvhMotion) -> Array:
    """(N, 3) offset of each bone from its parent; zero for the root and what else is moved."""
    offsets = motion.translations[0].copy()
    moved = np.ptp(motion.translations, axis=0).max(axis=1) > _SAME * np.abs(offsets[1:]).max()
    offsets[moved | (np.array(motion.rest.parents) < 0)] = 0.0
    return offsets
