"""Custom rest pose: a T- or A-pose of an armature whose own rest pose is neither.

It is stored with the armature data and a fingerprint of the bones: it is invalid once they are
edited.
"""

import json
import zlib
from contextlib import suppress
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.rigs.rest_pose import RestPose
from ..errors import RigError
from .checks import editable_armature_data

CUSTOM_REST_PROPERTY = "anyframe_standing"


def store_custom_rest_pose(armature: bpy.types.Object, rest: RestPose, pose: Array) -> None:
    """Store bone matrices (N, 4, 4) in armature space; raise RigError if the data are linked."""
    editable_armature_data(armature)[CUSTOM_REST_PROPERTY] = json.dumps(
        {"bones": _bones_fingerprint(rest), "pose": np.round(pose, 7).tolist()}
    )


def clear_custom_rest_pose(armature: bpy.types.Object) -> None:
    """Use the armature's own rest pose again; raise RigError if the armature data are linked."""
    data = editable_armature_data(armature)
    if CUSTOM_REST_PROPERTY in data:
        del data[CUSTOM_REST_PROPERTY]


def read_custom_rest_pose(data: Any, rest: RestPose) -> RestPose | None:
    """Return the bones in the custom rest pose, or None; raise RigError if they were edited."""
    stored = data.get(CUSTOM_REST_PROPERTY)
    if not isinstance(stored, str):
        return None
    with suppress(ValueError, KeyError, TypeError):
        payload = json.loads(stored)
        pose = np.array(payload["pose"], dtype=float)
        if payload["bones"] == _bones_fingerprint(rest) and pose.shape == (len(rest), 4, 4):
            return rest.with_pose(pose[:, :3, :3], pose[:, :3, 3])
    raise RigError(
        f"The bones of “{data.name}” were edited after its rest pose was set. Pose it and "
        "press Set Pose as Rest again, or press Clear Rest Pose."
    )


def _bones_fingerprint(rest: RestPose) -> int:
    shape = np.concatenate([rest.positions, rest.rotations.reshape(len(rest), 9)], axis=1)
    names = json.dumps([rest.names, rest.parents]).encode()
    return zlib.crc32(np.round(shape, 5).astype(np.float32).tobytes(), zlib.crc32(names))
