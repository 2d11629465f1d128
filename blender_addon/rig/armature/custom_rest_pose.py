"""A pose in which an armature stands, for one whose rest pose is no T- or A-pose.

Kept with the armature's data, in the .blend, with the bones as they were then: if those are edited
the pose means nothing any more.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.rigs.rest_pose import RestPose
from ..errors import RigError

KEY = "anyframe_standing"


def keep_standing(armature: bpy.types.Object, rest: RestPose, pose: Array) -> None:
    """Remember a pose (N, 4, 4) of the bones, in armature space, as the one that stands.

    Raises:
        RigError: if the armature is linked from another file.
    """
    data = _editable(armature)
    data[KEY] = json.dumps({"bones": _mark(rest), "pose": np.round(pose, 7).tolist()})


def forget_standing(armature: bpy.types.Object) -> None:
    """Let the armature's own rest pose count again.

    Raises:
        RigError: if the armature is linked from another file.
    """
    data = _editable(armature)
    if KEY in data:
        del data[KEY]


def standing_of(data: Any, rest: RestPose) -> RestPose | None:
    """The bones as they stand; None if it was not said, so that they stand at rest.

    Raises:
        RigError: if the bones were edited since.
    """
    kept = data.get(KEY)
    if not isinstance(kept, str):
        return None
    try:
        said = json.loads(kept)
        pose = np.array(said["pose"], dtype=float)
        fits = said["bones"] == _mark(rest) and pose.shape == (len(rest), 4, 4)
    except (ValueError, KeyError, TypeError):
        fits, pose = False, np.zeros((0, 4, 4))
    if not fits:
        raise RigError(
            f"The bones of “{data.name}” were edited since a pose was said to be its rest: pose it "
            "and press Pose Is Rest again, or press Own Rest."
        )
    return rest.posed(pose[:, :3, :3], pose[:, :3, 3])


def _mark(rest: RestPose) -> int:
    """A number that changes when bones do."""
    shape = np.concatenate([rest.positions, rest.rotations.reshape(len(rest), 9)], axis=1)
    names = json.dumps([rest.names, rest.parents]).encode()
    return zlib.crc32(np.round(shape, 5).astype(np.float32).tobytes(), zlib.crc32(names))


def _editable(armature: bpy.types.Object) -> Any:
    if armature.data is None or armature.data.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file: say there how it stands, or make the "
            "armature's data local."
        )
    return armature.data
