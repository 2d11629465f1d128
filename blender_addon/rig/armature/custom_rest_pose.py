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

CUSTOM_REST_PROPERTY = "anyframe_standing"


def store_custom_rest_pose(armature: bpy.types.Object, rest: RestPose, pose: Array) -> None:
    """Remember a pose (N, 4, 4) of the bones, in armature space, as the one that stands.

    Raises:
        RigError: if the armature is linked from another file.
    """
    data = _editable_data(armature)
    data[CUSTOM_REST_PROPERTY] = json.dumps(
        {"bones": _bones_fingerprint(rest), "pose": np.round(pose, 7).tolist()}
    )


def clear_custom_rest_pose(armature: bpy.types.Object) -> None:
    """Let the armature's own rest pose count again.

    Raises:
        RigError: if the armature is linked from another file.
    """
    data = _editable_data(armature)
    if CUSTOM_REST_PROPERTY in data:
        del data[CUSTOM_REST_PROPERTY]


def read_custom_rest_pose(data: Any, rest: RestPose) -> RestPose | None:
    """The bones as they stand; None if it was not said, so that they stand at rest.

    Raises:
        RigError: if the bones were edited since.
    """
    kept = data.get(CUSTOM_REST_PROPERTY)
    if not isinstance(kept, str):
        return None
    try:
        said = json.loads(kept)
        pose = np.array(said["pose"], dtype=float)
        fits = said["bones"] == _bones_fingerprint(rest) and pose.shape == (len(rest), 4, 4)
    except (ValueError, KeyError, TypeError):
        fits, pose = False, np.zeros((0, 4, 4))
    if not fits:
        raise RigError(
            f"The bones of “{data.name}” were edited since a pose was said to be its rest: pose it "
            "and press Pose Is Rest again, or press Own Rest."
        )
    return rest.with_pose(pose[:, :3, :3], pose[:, :3, 3])


def _bones_fingerprint(rest: RestPose) -> int:
    """A number that changes when bones do."""
    shape = np.concatenate([rest.positions, rest.rotations.reshape(len(rest), 9)], axis=1)
    names = json.dumps([rest.names, rest.parents]).encode()
    return zlib.crc32(np.round(shape, 5).astype(np.float32).tobytes(), zlib.crc32(names))


def _editable_data(armature: bpy.types.Object) -> Any:
    if armature.data is None or armature.data.library is not None:
        raise RigError(
            f"“{armature.name}” is linked from another file: say there how it stands, or make the "
            "armature's data local."
        )
    return armature.data
