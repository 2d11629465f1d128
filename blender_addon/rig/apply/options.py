"""In what manner an animator wants a take on an armature."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...backend.kinematics.editing.body_parts import BODY_PARTS
from ...backend.kinematics.retarget.placement import GroundPose
from ...backend.protocol.limits import LimitError
from .keying import EVERY_FRAME, Keying

DESTINATIONS = ("NEW_ACTION", "SAME_ACTION", "NLA_STRIP")
ROOT_MOTION_TARGETS = ("HIPS", "ROOT", "OBJECT")
LIMB_MODES = ("FK", "IK_LEGS", "IK")


@dataclass(frozen=True)
class ApplyOptions:
    """How densely, where to, and how it fits what is there."""

    keying: Keying = EVERY_FRAME
    destination: str = "NEW_ACTION"
    """A new action, which goes on with all else that the old one did; the action that plays, in
    which only the frames of the motion change; or a strip of its own above what plays."""
    part: str = "BODY"
    """One of `body_parts.PARTS`; all other bones are left as they are."""
    fade: float = 0.0
    """Scene frames over which the motion takes over from what was there, and gives back to it."""
    carrier: str = "HIPS"
    """What goes along: the bone that carries the body, a root bone above it, or the object."""
    limbs: str = "FK"
    """On a control rig: whether limbs are posed bone by bone, or legs by the feet's controls, or
    arms by the hands' as well."""
    in_place: bool = False
    plant_feet: bool = False
    """Whether ankles are where the take has them, however long a rig's thighs and shins are."""
    ground: float = 0.0
    """Height, in Blender's units, of what is stood on above what the armature stands on at rest."""
    where_it_stands: bool = False
    """Whether the first frame is where the character stands and faces on that frame; if not, the
    take's origin is where the armature stands at rest."""
    moved: tuple[GroundPose, GroundPose] | None = None
    """From where to where the take is moved, if that is known already."""
    asset: bool = False
    """Whether the action is marked as an asset."""

    def __post_init__(self) -> None:
        """Raise LimitError for what cannot be."""
        for what, chosen, known in (
            ("destination", self.destination, DESTINATIONS),
            ("part of the body", self.part, tuple(BODY_PARTS)),
            ("carrier", self.carrier, ROOT_MOTION_TARGETS),
            ("way to pose limbs", self.limbs, LIMB_MODES),
        ):
            if chosen not in known:
                raise LimitError(f"“{chosen}” is no {what}: it must be one of {', '.join(known)}.")
        if not 0 <= self.fade < math.inf:
            raise LimitError(
                f"A motion cannot blend over {self.fade:g} frames: it must be 0 or more."
            )
        if not math.isfinite(self.ground):
            raise LimitError("The height of the ground must be a number.")

    @property
    def merges_with_existing(self) -> bool:
        """Whether what was there matters beside the motion."""
        return self.destination == "SAME_ACTION" or self.part != "BODY" or self.fade > 0


DEFAULT_APPLY_OPTIONS = ApplyOptions()
