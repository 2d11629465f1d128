"""How densely an animator wants a motion keyed."""

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
"""Of an armature object: one scaled to nothing shows nothing that could be off."""


def world_scale(armature: bpy.types.Object) -> float:
    """How many of Blender's units one unit of the armature's own space is."""
    axes = np.array(armature.matrix_world)[:3, :3]
    return max(float(np.linalg.norm(axes, axis=0).max()), _MIN_SCALE)


@dataclass(frozen=True)
class Keying:
    """Keys on each so many frames of the motion, or few keys within a bound."""

    step: int = 1
    tolerance: KeyTolerance | None = None
    """If given, keys are sparse; its distance is in the world, in Blender's units."""

    def __post_init__(self) -> None:
        """Raise LimitError if there is no such step."""
        if self.step < 1:
            raise LimitError(f"Keys on every {self.step} frames cannot be: it must be 1 or more.")

    def plan_bone_keys(
        self,
        armature: bpy.types.Object,
        rig: Rig,
        bone_map: BoneMap,
        motion: RigMotion,
        modes: Mapping[str, str],
        frames: np.ndarray,
    ) -> list[Channel]:
        """The keys of a motion that `pose_rig` made for this rig; otherwise as `plan_keys`."""
        if self.tolerance is None:
            return plan_keys(motion, modes, frames, self.step)
        distance = self.tolerance.distance / world_scale(armature)
        tolerance = replace(self.tolerance, distance=distance)
        chains = build_rig_chains(motion, rig.rest_pose, bone_map, rig.traits)
        return plan_sparse_keys(motion, modes, frames, chains, tolerance)

    def plan_object_keys(
        self, motion: RigMotion, mode: str, frames: np.ndarray, reach: float
    ) -> list[Channel]:
        """The keys of an object that moves as the one bone of a motion.

        Args:
            mode: the object's rotation mode.
            reach: how far the outermost part of what it carries is from it.
        """
        modes = dict.fromkeys(motion.bones, mode)
        if self.tolerance is None:
            return plan_keys(motion, modes, frames, self.step)
        ends = reach * np.eye(3)[:, None]
        chains = RigChains(
            parents=(-1,),
            order=(0,),
            rest_rotations=np.eye(3)[None],
            end_offsets=ends,
            head_offsets=np.zeros((1, 1, 3)),
            location_axes=np.eye(3)[None],
            location_parents=(-1,),
            location_moves_ends=np.ones((3, 1)),
            location_moves_heads=np.ones((1, 1)),
        )
        return plan_sparse_keys(motion, modes, frames, chains, self.tolerance)


EVERY_FRAME = Keying()
