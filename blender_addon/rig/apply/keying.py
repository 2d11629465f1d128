"""Density of keys: every frame, every nth, or sparse keys within a tolerance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.kinematics.keyframes.channels import Channel, plan_keys
from ...backend.kinematics.keyframes.sparse_keys import KeyTolerance, plan_sparse_keys
from ...backend.kinematics.retarget.rig_chains import RigChains, build_rig_chains
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.bone_map import BoneMap
from ...backend.protocol.limits import LimitError
from ..armature.rest import Rig

_MIN_SCALE = 1e-9
"""Smallest scale of an armature object: nothing shows of one scaled to 0, and nothing divides by 0.
"""


def world_scale(armature: bpy.types.Object) -> float:
    """Return the length in the world, in Blender units, of one unit in armature space."""
    axes = np.array(armature.matrix_world)[:3, :3]
    return max(float(np.linalg.norm(axes, axis=0).max()), _MIN_SCALE)


@dataclass(frozen=True)
class Keying:
    """Keys on every nth frame of a motion, or sparse keys within a tolerance."""

    step: int = 1
    tolerance: KeyTolerance | None = None
    """Tolerance of sparse keys, its distance in the world in Blender units; None for all keys."""

    def __post_init__(self) -> None:
        """Raise LimitError if the step is below 1."""
        if self.step < 1:
            raise LimitError(f"Step must be at least 1 (got {self.step}).")

    def plan_bone_keys(
        self,
        armature: bpy.types.Object,
        rig: Rig,
        bone_map: BoneMap,
        motion: RigMotion,
        modes: Mapping[str, str],
        frames: np.ndarray,
    ) -> list[Channel]:
        """Plan the keys of a motion that `retarget_to_rig` made for this rig (`plan_keys`)."""
        if self.tolerance is None:
            return plan_keys(motion, modes, frames, self.step)
        distance = self.tolerance.distance / world_scale(armature)
        tolerance = replace(self.tolerance, distance=distance)
        chains = build_rig_chains(motion, rig.rest_pose, bone_map, rig.traits)
        return plan_sparse_keys(motion, modes, frames, chains, tolerance)

    def plan_object_keys(
        self, motion: RigMotion, mode: str, frames: np.ndarray, size: float
    ) -> list[Channel]:
        """Plan the keys of an object that moves like the one bone of a motion.

        Args:
            motion: Motion of one bone.
            mode: Rotation mode of the object.
            frames: (T,) scene frames, increasing.
            size: Distance of the outermost part of the object from its origin, Blender units.
        """
        modes = dict.fromkeys(motion.bones, mode)
        if self.tolerance is None:
            return plan_keys(motion, modes, frames, self.step)
        chains = RigChains(
            parents=(-1,),
            order=(0,),
            rest_rotations=np.eye(3)[None],
            end_offsets=size * np.eye(3)[:, None],
            head_offsets=np.zeros((1, 1, 3)),
            location_axes=np.eye(3)[None],
            location_parents=(-1,),
            location_moves_ends=np.ones((3, 1)),
            location_moves_heads=np.ones((1, 1)),
        )
        return plan_sparse_keys(motion, modes, frames, chains, self.tolerance)


EVERY_FRAME = Keying()
