"""A decoded motion as a clip, which can be evaluated at any time and joined with others."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ..data.features import rows_to_matrices
from ..data.motion_set import JOINT_COUNT
from ..kinematics.body.skeleton import SMPL
from ..kinematics.editing.body_parts import BODY_PARTS
from ..kinematics.editing.transitions import MotionFrames, transition_features
from ..kinematics.feet.leg_ik import legs_from_pose
from ..kinematics.math.rotations import Array
from .ground_contact import GRID_FPS, root_correction


@dataclass(frozen=True)
class BodyPartLayer:
    """A code that moves a part of the body, over another that moves all of it."""

    code: Tensor
    """(latent,)."""
    part: str
    """One of `BODY_PARTS`; root motion stays with the motion below."""


def overlay_part(rows: Tensor, overlay: Tensor, part: str) -> Tensor:
    """Return pose rows (T, 135) with the joints of a body part replaced by those of `overlay`."""
    joints = [SMPL.index(name) for name in BODY_PARTS[part]]
    columns = torch.tensor([6 * j + k for j in joints if j < JOINT_COUNT for k in range(6)])
    rows = rows.clone()
    rows[:, columns] = overlay[:, columns]
    return rows


class ClipDecoder(Protocol):
    """A model that decodes codes to motions."""

    def decode_rows(
        self, code: Tensor, seconds: float, times: Array, layers: Sequence[BodyPartLayer] = ()
    ) -> tuple[Tensor, Tensor]:
        """Decode a motion.

        Args:
            code: (latent,).
            seconds: Duration of the whole motion.
            times: (T,) seconds from its start.
            layers: Codes that move parts of the body in place of `code`.

        Returns:
            Pose rows (T, 135) and contact probabilities (T, 4).
        """
        ...


class MotionClip:
    """A motion on the ground; nothing is decoded before it is needed."""

    def __init__(
        self,
        decoder: ClipDecoder,
        code: Tensor,
        seconds: float,
        layers: Sequence[BodyPartLayer] = (),
    ) -> None:
        self._decoder, self.code, self.seconds, self.layers = decoder, code, seconds, tuple(layers)

    def frames_at(self, times: Array) -> MotionFrames:
        """Return the motion at `times` (T,) in seconds, on the ground but without foot lock."""
        rows, contacts = self._decoder.decode_rows(self.code, self.seconds, times, self.layers)
        matrices, root = rows_to_matrices(rows)
        correction = [np.interp(times, self.grid_times, column) for column in self._correction.T]
        root = root + np.stack(correction, axis=1)
        return MotionFrames(matrices, root, contacts.double().numpy())

    @cached_property
    def grid_times(self) -> Array:
        """(G,) seconds of the grid on which root correction and transition features are known."""
        return np.arange(round(self.seconds * GRID_FPS) + 1) / GRID_FPS

    @cached_property
    def transition_features(self) -> Array:
        """(G, D) metres: see `kinematics.editing.transitions`."""
        return transition_features(self.frames_at(self.grid_times), GRID_FPS)

    @cached_property
    def _correction(self) -> Array:
        """(G, 3) metres."""
        rows, contacts = self._decoder.decode_rows(self.code, self.seconds, self.grid_times)
        legs = legs_from_pose(*rows_to_matrices(rows))
        return root_correction(legs.foot_positions, contacts.numpy())
