"""A prepared set of motions in one compact file.

Axis-angle is rounded to 1e-4 rad and positions to 0.1 mm, and both are stored as differences from
the previous frame, which zlib compresses well: an hour at 120 fps takes some 30 MB. Differences
wrap around in their integer type, so they restore exactly.
"""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array

MOTION_SET_FORMAT = 1
AUTHORED_SOURCE = "authored"
"""Source of the clips that a program made; see `backend.authored`."""
JOINT_COUNT = 22
"""Stored joints: SMPL's without the hands, which no motion capture records."""

_POSE_STEP = np.pi / 32767
_TRANS_STEP = 1e-4


class MotionSetError(ValueError):
    """A file that is no prepared motion set; the text is shown to users."""


@dataclass(frozen=True)
class Caption:
    """A description of a clip between two times."""

    start: float
    end: float
    """Seconds from the first frame of the clip, as `start`."""
    text: str


@dataclass(frozen=True)
class MocapClip:
    """One motion with its annotations."""

    name: str
    poses: Array
    """(T, 66) axis-angle of 22 SMPL joints in radians; the root's is its world orientation."""
    trans: Array
    """(T, 3) translation as in a take, in metres."""
    fps: float
    source: str = ""
    licence: str = ""
    action: str = ""
    split: str = "train"
    description: str = ""
    captions: tuple[Caption, ...] = ()

    def __len__(self) -> int:
        return len(self.poses)

    def to_take(self) -> Take:
        """Return a take with hands at rest."""
        hands = np.zeros((len(self), 72 - 3 * JOINT_COUNT))
        return Take(np.concatenate([self.poses, hands], axis=1), self.trans, self.fps)


MotionSet = list[MocapClip]
"""Clips, each at its native frame rate."""


def pack_motion(poses: Array, trans: Array) -> tuple[Array, Array]:
    """Return the stored form of a clip: poses (T, 66) int16 and positions (T, 3) int32."""
    turns = np.clip(np.round(poses / _POSE_STEP), -32767, 32767).astype(np.int16)
    steps = np.round(trans / _TRANS_STEP).astype(np.int32)
    return np.diff(turns, axis=0, prepend=np.int16(0)), np.diff(steps, axis=0, prepend=np.int32(0))


def save_motion_set(
    path: Path, clips: Sequence[MocapClip], packed: Sequence[tuple[Array, Array]] | None = None
) -> None:
    """Write clips to one file; `packed` has the stored form of each, if it is known."""
    packed = [pack_motion(clip.poses, clip.trans) for clip in clips] if packed is None else packed
    index = []
    for clip, (poses, _) in zip(clips, packed, strict=True):
        entry = {key: value for key, value in vars(clip).items() if key not in {"poses", "trans"}}
        captions = [asdict(caption) for caption in clip.captions]
        index.append({**entry, "captions": captions, "frames": len(poses)})
    # Column-major: the small differences of a channel compress a third better side by side.
    columns = np.concatenate([poses for poses, _ in packed]).T
    np.savez_compressed(
        path,
        format=np.array(MOTION_SET_FORMAT),
        poses=np.ascontiguousarray(columns),
        trans=np.concatenate([trans for _, trans in packed]),
        index=np.array(json.dumps(index)),
    )


def load_motion_set(path: Path) -> MotionSet:
    """Read a prepared file.

    Raises:
        MotionSetError: the file is missing, cut short or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            if int(archive["format"]) != MOTION_SET_FORMAT:
                raise MotionSetError(f"{path} was prepared by another version; prepare it again.")
            columns, steps = archive["poses"], archive["trans"]
            index = json.loads(str(archive["index"]))
    except FileNotFoundError as error:
        raise MotionSetError(
            f"There is no file {path}; make it with `python -m backend prepare SRC -o {path}`."
        ) from error
    except MotionSetError:
        raise
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise MotionSetError(f"{path} is not a prepared motion set, or is cut short.") from error
    clips, start = [], 0
    for entry in index:
        end = start + entry.pop("frames")
        entry["captions"] = tuple(Caption(**caption) for caption in entry["captions"])
        poses = np.cumsum(columns[:, start:end].T, axis=0, dtype=np.int16)
        trans = np.cumsum(steps[start:end], axis=0, dtype=np.int32)
        clips.append(
            MocapClip(
                poses=poses.astype(np.float32) * np.float32(_POSE_STEP),
                trans=trans.astype(np.float32) * np.float32(_TRANS_STEP),
                **entry,
            )
        )
        start = end
    return clips
