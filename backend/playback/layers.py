"""Several codes at once: one moves the body, others a part of it each."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL
from ..kinematics.editing.body_parts import BODY_PARTS


@dataclass(frozen=True)
class BodyPartLayer:
    """A code that moves a part of the body, over another that moves all of it."""

    code: Tensor
    """(latent,)."""
    part: str
    """One of `PARTS`; the way through space stays with the motion below."""


def overlay_part(rows: Tensor, overlay: Tensor, part: str) -> Tensor:
    """Pose rows (T, 135) with the joints of a part as in others (T, 135)."""
    joints = [SMPL.index(name) for name in BODY_PARTS[part]]
    columns = torch.tensor([6 * j + k for j in joints if j < JOINT_COUNT for k in range(6)])
    rows = rows.clone()
    rows[:, columns] = overlay[:, columns]
    return rows
