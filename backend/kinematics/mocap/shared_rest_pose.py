"""One rest pose for all files of a folder that have the same skeleton.

A rest pose estimated from one short motion is biased by that motion: a body that always leans would
be upright, and arms that never hang straight would be twisted differently in each file. An estimate
from many files is the same for all, and closer to a standing body.
"""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
    """Estimate the rest pose of a skeleton from the files in the folder of `path`; None if no file
    has the skeleton or the body is upright in none."""
    offsets = tuple(np.round(_bone_offsets(motion), 4).ravel().tolist())
    return _rest_pose_of_folder(path.parent, motion.rest.names, motion.rest.parents, offsets)


@lru_cache(maxsize=64)
def _rest_pose_of_folder(
    folder: Path, names: tuple[str, ...], parents: tuple[int, ...], offsets: tuple[float, ...]
) -> RestPose | None:
    expected = np.array(offsets).reshape(-1, 3)
    tolerance = _OFFSET_TOLERANCE * np.abs(expected).max()
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".bvh")
    rest: RestPose | None = None
    motions: list[tuple[Array, Array]] = []
    for n in _spread_indices(len(files), _MAX_FILES):
        with suppress(BvhError):
            motion = read_bvh(files[n])
            same_bones = (motion.rest.names, motion.rest.parents) == (names, parents)
            if same_bones and np.abs(_bone_offsets(motion) - expected).max() <= tolerance:
                rest = rest or motion.rest
                rotations, positions = motion.world_transforms()
                frames = _spread_indices(len(motion), _FRAMES_PER_FILE)
                motions.append((rotations[frames], positions[frames]))
    if rest is None:
        return None
    rotations, positions = (np.concatenate(tracks) for tracks in zip(*motions, strict=True))
    with suppress(MappingError):
        bone_map = detect_bone_map_in_motion(rest, rotations, positions)
        return estimate_rest_pose(rest, rotations, positions, bone_map)
    return None


def _spread_indices(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, most).astype(int))


def _bone_offsets(motion: BvhMotion) -> Array:
    """(N, 3) offset of each bone from its parent; zero for the root and animated offsets."""
    offsets = motion.translations[0].copy()
    tolerance = _OFFSET_TOLERANCE * np.abs(offsets[1:]).max()
    is_animated = np.ptp(motion.translations, axis=0).max(axis=1) > tolerance
    offsets[is_animated | (np.array(motion.rest.parents) < 0)] = 0.0
    return offsets
