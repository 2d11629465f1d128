"""The rest pose of an armature as arrays, cached until its bones are edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


_rig_cache: dict[int, tuple[int, Rig | str]] = {}
"""Pointer of armature data -> fingerprint of the bones, and the rig or an error sentence."""


def read_rig(armature: bpy.types.Object) -> Rig:
    """Return an armature at rest without a bone map; quick enough for draw functions.

    It is in armature space, and the same object until the bones change.

    Raises:
        RigError: The bones were edited since a custom rest pose was set.
    """
    data: Any = armature.data
    raw = _RawBones.read(data.bones)
    fingerprint = hash((raw.fingerprint(), data.get(CUSTOM_REST_PROPERTY), data.name))
    cached = _rig_cache.pop(data.as_pointer(), None)
    if cached is None or cached[0] != fingerprint:
        cached = (fingerprint, _rig_or_error(data, raw))
    _rig_cache[data.as_pointer()] = cached
    while len(_rig_cache) > _CACHE_SIZE:
        del _rig_cache[next(iter(_rig_cache))]
    if isinstance(cached[1], str):
        raise RigError(cached[1])
    return cached[1]


def _rig_or_error(data: Any, raw: _RawBones) -> Rig | str:
    rig = raw.to_rig()
    try:
        return replace(rig, custom_rest_pose=read_custom_rest_pose(data, rig.rest_pose))
    except RigError as error:
        return str(error)


@dataclass(frozen=True)
class _RawBones:
    """Bones in Blender's own layout, cheap to read and to compare."""

    names: tuple[str, ...]
    parents: tuple[str | None, ...]
    matrices: np.ndarray
    """(N, 4, 4) rest matrices, transposed: Blender stores columns one after the other."""
    tails: np.ndarray
    flags: dict[str, np.ndarray]

    @classmethod
    def read(cls, bones: Any) -> _RawBones:
        flags = ("use_inherit_rotation", "use_connect", "use_local_location")
        return cls(
            names=tuple(bones.keys()),
            parents=tuple(parent and parent.name for parent in (bone.parent for bone in bones)),
            matrices=read_items(bones, "matrix_local", 16).reshape(-1, 4, 4),
            tails=read_items(bones, "tail_local", 3).reshape(-1, 3),
            flags={flag: read_items(bones, flag, kind=bool) for flag in flags},
        )

    def fingerprint(self) -> int:
        flags = b"".join(flag.tobytes() for flag in self.flags.values())
        arrays = (self.matrices.tobytes(), self.tails.tobytes(), flags)
        return hash((self.names, self.parents, *arrays))

    def to_rig(self) -> Rig:
        index = {name: n for n, name in enumerate(self.names)}
        matrices = self.matrices.astype(float).transpose(0, 2, 1)
        rest = RestPose(
            names=self.names,
            parents=tuple(-1 if parent is None else index[parent] for parent in self.parents),
            positions=matrices[:, :3, 3],
            rotations=matrices[:, :3, :3],
            tails=self.tails.astype(float),
        )
        traits = BoneTraits(
            no_inherit_rotation=self._named(~self.flags["use_inherit_rotation"]),
            connected=self._named(self.flags["use_connect"]),
            parent_space_location=self._named(~self.flags["use_local_location"]),
        )
        return Rig(rest, BoneMap("", {}), traits)

    def _named(self, flags: np.ndarray) -> frozenset[str]:
        return frozenset(self.names[n] for n in np.flatnonzero(flags))
