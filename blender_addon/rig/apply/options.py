"""Options for applying a take to an armature."""

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
