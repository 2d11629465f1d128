"""One rest pose for all files of a folder that have the same skeleton.

A rest pose estimated from one short motion is biased by that motion: a body that always leans would
be upright, and arms that never hang straight would be twisted differently in each file. An estimate
from many files is the same for all, and closer to a standing body.
"""

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

_MAX_FILES = 64
"""Files of a folder that are read."""
_FRAMES_PER_FILE = 100
"""Frames of each file that are used."""
_OFFSET_TOLERANCE = 0.01
"""Fraction of the longest bone by which offsets of the same skeleton may differ."""


def find_shared_rest_pose(path: Path, motion: BvhMotion) -> RestPose | None:
    """Estimate the rest pose of a skeleton from the files in the folder of `path`.

    Returns:
        A standing rest pose; None if no file has the skeleton or the body is upright in none.
    """
    offsets = tuple(np.round(_bone_offsets(motion), 4).ravel().tolist())
    return _rest_pose_of_folder(path.parent, motion.rest.names, motion.rest.parents, offsets)


@lru_cache(maxsize=64)
def _rest_pose_of_folder(
    folder: Path, names: tuple[str, ...], parents: tuple[int, ...], offsets: tuple[float, ...]
) -> RestPose | None:
    expected = np.array(offsets).reshape(-1, 3)
    rest: RestPose | None = None
    motions: list[tuple[Array, Array]] = []
    for motion in _some_files(folder):
        if (motion.rest.names, motion.rest.parents) != (names, parents):
            continue
        if (
            np.abs(_bone_offsets(motion) - expected).max()
            > _OFFSET_TOLERANCE * np.abs(expected).max()
        ):
            continue
        rest = rest or motion.rest
        rotations, positions = motion.world_transforms()
        frames = np.unique(np.linspace(0, len(motion) - 1, _FRAMES_PER_FILE).astype(int))
        motions.append((rotations[frames], positions[frames]))
    if rest is None:
        return None
    rotations = np.concatenate([r for r, _ in motions])
    positions = np.concatenate([p for _, p in motions])
    try:
        bone_map = detect_bone_map_in_motion(rest, rotations, positions)
        return estimate_rest_pose(rest, rotations, positions, bone_map)
    except MappingError:
        return None


def _some_files(folder: Path) -> Iterator[BvhMotion]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".bvh")
    for n in np.unique(np.linspace(0, len(files) - 1, _MAX_FILES).astype(int)):
        with suppress(BvhError):
            yield read_bvh(files[n])


def _bone_offsets(motion: BvhMotion) -> Array:
    """(N, 3) offset of each bone from its parent; zero for the root and animated offsets."""
    offsets = motion.translations[0].copy()
    is_animated = (
        np.ptp(motion.translations, axis=0).max(axis=1)
        > _OFFSET_TOLERANCE * np.abs(offsets[1:]).max()
    )
    offsets[is_animated | (np.array(motion.rest.parents) < 0)] = 0.0
    return offsets
