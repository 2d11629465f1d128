"""The rest pose of an armature as arrays, cached until its bones are edited."""

from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.retarget.take_to_rig import BoneTraits, Rig
from ...backend.kinematics.rigs.bone_map import BoneMap
from ...backend.kinematics.rigs.rest_pose import RestPose
from ..action.fcurves import read_items
from ..errors import RigError
from .custom_rest_pose import CUSTOM_REST_PROPERTY, read_custom_rest_pose

_CACHE_SIZE = 32
"""Number of armatures. A rest pose takes some kilobytes; few scenes animate more characters."""


_BONE_PROPERTIES: dict[str, tuple[int, Any]] = {
    "matrix_local": (16, np.float32),
    "tail_local": (3, np.float32),
    **dict.fromkeys(("use_inherit_rotation", "use_connect", "use_local_location"), (1, bool)),
}
"""Properties of a bone at rest, with their width and type: cheap to read and to compare."""

_rig_cache: dict[int, tuple[int, Rig | str]] = {}
"""Pointer of armature data -> fingerprint of the bones, and the rig or an error sentence."""


def read_rig(armature: bpy.types.Object) -> Rig:
    """Return an armature at rest without a bone map; quick enough for draw functions.

    It is in armature space, and the same object until the bones change. Raise RigError if they were
    edited since a custom rest pose was set.
    """
    data: Any = armature.data
    bones = data.bones
    names = tuple(bones.keys())
    parents = tuple(parent and parent.name for parent in (bone.parent for bone in bones))
    arrays = {
        name: read_items(bones, name, width, kind)
        for name, (width, kind) in _BONE_PROPERTIES.items()
    }
    contents = (array.tobytes() for array in arrays.values())
    fingerprint = hash((names, parents, *contents, data.get(CUSTOM_REST_PROPERTY), data.name))
    cached = _rig_cache.pop(data.as_pointer(), None)
    if cached is None or cached[0] != fingerprint:
        cached = (fingerprint, _rig_or_error(data, names, parents, arrays))
    _rig_cache[data.as_pointer()] = cached
    while len(_rig_cache) > _CACHE_SIZE:
        del _rig_cache[next(iter(_rig_cache))]
    if isinstance(cached[1], str):
        raise RigError(cached[1])
    return cached[1]


def _rig_or_error(
    data: Any,
    names: tuple[str, ...],
    parents: tuple[str | None, ...],
    arrays: Mapping[str, np.ndarray],
) -> Rig | str:
    def named(flags: np.ndarray) -> frozenset[str]:
        return frozenset(names[n] for n in np.flatnonzero(flags))

    index = {name: n for n, name in enumerate(names)}
    # Blender stores the columns of a matrix one after the other.
    matrices = arrays["matrix_local"].reshape(-1, 4, 4).astype(float).transpose(0, 2, 1)
    rest = RestPose(
        names=names,
        parents=tuple(-1 if parent is None else index[parent] for parent in parents),
        positions=matrices[:, :3, 3],
        rotations=matrices[:, :3, :3],
        tails=arrays["tail_local"].reshape(-1, 3).astype(float),
    )
    traits = BoneTraits(
        no_inherit_rotation=named(~arrays["use_inherit_rotation"]),
        connected=named(arrays["use_connect"]),
        parent_space_location=named(~arrays["use_local_location"]),
    )
    try:
        return Rig(rest, BoneMap("", {}), traits, read_custom_rest_pose(data, rest))
    except RigError as error:
        return str(error)
