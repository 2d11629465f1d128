"""Options for applying a take to an armature, and the density of its keys."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.kinematics.editing.body_parts import BODY_PARTS
from ...backend.kinematics.keyframes.channels import Channel, plan_keys
from ...backend.kinematics.keyframes.sparse_keys import KeyTolerance, plan_sparse_keys
from ...backend.kinematics.retarget.placement import GroundPose
from ...backend.kinematics.retarget.rig_chains import RigChains, build_rig_chains
from ...backend.kinematics.retarget.take_to_rig import Rig, RigMotion
from ...backend.protocol.limits import LimitError

DESTINATIONS = ("NEW_ACTION", "SAME_ACTION", "NLA_STRIP")
ROOT_MOTION_TARGETS = ("HIPS", "ROOT", "OBJECT")
LIMB_MODES = ("FK", "IK_LEGS", "IK")


def world_scale(armature: bpy.types.Object) -> float:
    """Return the length in the world, in Blender units, of one unit in armature space."""
    axes = np.array(armature.matrix_world)[:3, :3]
    # Nothing shows of an armature scaled to 0, and nothing divides by 0.
    return max(float(np.linalg.norm(axes, axis=0).max()), 1e-9)


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
        motion: RigMotion,
        modes: Mapping[str, str],
        frames: np.ndarray,
    ) -> list[Channel]:
        """Plan the keys of a motion that `retarget_to_rig` made for this rig (`plan_keys`)."""
        if self.tolerance is None:
            return plan_keys(motion, modes, frames, self.step)
        distance = self.tolerance.distance / world_scale(armature)
        tolerance = replace(self.tolerance, distance=distance)
        chains = build_rig_chains(motion, rig)
        return plan_sparse_keys(motion, modes, frames, chains, tolerance)

    def plan_object_keys(
        self, motion: RigMotion, mode: str, frames: np.ndarray, size: float
    ) -> list[Channel]:
        """Plan the keys of an object that moves like the one bone of a motion.

        Args:
            mode: Rotation mode of the object.
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


@dataclass(frozen=True)
class ApplyOptions:
    """Density of keys, destination, and placement of an applied take."""

    keying: Keying = EVERY_FRAME
    destination: str = "NEW_ACTION"
    """A new Action, with the other channels of the previous one; the Action that plays, in which
    only the frames of the motion change; or a strip above what plays."""
    part: str = "BODY"
    """One of `body_parts.BODY_PARTS`; other bones do not change."""
    fade: float = 0.0
    """Scene frames over which the motion blends in and out."""
    carrier: str = "HIPS"
    """Carrier of the root motion: the hips, a root bone above them, or the armature object."""
    limbs: str = "FK"
    """Controls that pose the limbs of a control rig: FK for all, IK for legs, or IK for all."""
    in_place: bool = False
    plant_feet: bool = False
    """Place the ankles as in the take, whatever the lengths of the rig's thighs and shins."""
    ground: float = 0.0
    """Height of the ground above that of the armature at rest, in Blender units."""
    where_it_stands: bool = False
    """Begin where the character stands and faces on the first frame; otherwise the origin of the
    take is where the armature stands at rest."""
    moved: tuple[GroundPose, GroundPose] | None = None
    """Ground pose in the take, and the one to which it is moved; None to compute them."""
    asset: bool = False
    """Mark the Action as an asset."""

    def __post_init__(self) -> None:
        """Raise LimitError for an option without meaning."""
        for name, value, known in (
            ("Destination", self.destination, DESTINATIONS),
            ("Body part", self.part, tuple(BODY_PARTS)),
            ("Root motion", self.carrier, ROOT_MOTION_TARGETS),
            ("Limbs", self.limbs, LIMB_MODES),
        ):
            if value not in known:
                raise LimitError(f"{name} must be one of {', '.join(known)} (got “{value}”).")
        if not 0 <= self.fade < math.inf:
            raise LimitError(f"Blend frames must be 0 or more (got {self.fade:g}).")
        if not math.isfinite(self.ground):
            raise LimitError(f"The height of the ground must be finite (got {self.ground:g}).")

    @property
    def merges_with_existing(self) -> bool:
        return self.destination == "SAME_ACTION" or self.part != "BODY" or self.fade > 0


DEFAULT_APPLY_OPTIONS = ApplyOptions()
