"""A motion as the networks see it, and back.

Each frame is J × 6D rotations (the root's without its heading), F contacts, and the root's way:
speed to its left and backwards in m/s, turning in rad/s, height in metres. Speeds are those to the
next frame, so a motion comes back as it was, begun at the origin and facing -Y.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..data.features import matrices_from_6d
from ..kinematics.math.rotations import Array, axis_rotation, matrix_from_6d, matrix_to_6d
from ..kinematics.retarget.placement import headings_of_rotations
from .skeleton_graph import STYLE_FPS, Body, SkeletalMotion

ROOT_CHANNELS = 4
"""Channels of the root's way: to the left, backwards, turning, height."""


@dataclass(frozen=True)
class FeatureLayout:
    """Which channel is what, for one body."""

    body: Body

    @property
    def rotation_channels(self) -> int:
        """Channels of rotations, which come first."""
        return 6 * len(self.body)

    @property
    def contact_slice(self) -> slice:
        """Channels of contacts."""
        return slice(self.rotation_channels, self.rotation_channels + len(self.body.feet))

    @property
    def root_slice(self) -> slice:
        """Channels of the root's way."""
        return slice(self.contact_slice.stop, self.channel_count)

    @property
    def channel_count(self) -> int:
        """Of a frame."""
        return self.rotation_channels + len(self.body.feet) + ROOT_CHANNELS

    @cached_property
    def node_joints(self) -> tuple[int, ...]:
        """The joint that each node belongs to: joints, contacts, the root's way."""
        return (*range(len(self.body)), *self.body.feet, 0)

    @cached_property
    def node_channels(self) -> tuple[int, ...]:
        """Channels of each node."""
        return (*[6] * len(self.body), *[1] * len(self.body.feet), ROOT_CHANNELS)

    def encode_motion(self, motion: SkeletalMotion) -> Array:
        """(T, C) of a motion at `RATE`."""
        yaw = np.unwrap(headings_of_rotations(motion.matrices[:, 0]))
        level = np.array(motion.matrices)
        level[:, 0] = axis_rotation("Z", -yaw) @ level[:, 0]
        step = np.diff(motion.root[:, :2], axis=0) * STYLE_FPS
        flat = np.column_stack([step, np.zeros(len(step))])
        ahead = (axis_rotation("Z", -yaw[:-1]) @ flat[..., None])[:, :2, 0]
        way = np.column_stack([ahead, np.diff(yaw) * STYLE_FPS])
        way = np.concatenate([way, way[-1:]]) if len(way) else np.zeros((1, 3))
        six = matrix_to_6d(level).reshape(len(motion), -1)
        return np.concatenate([six, motion.foot_contacts(), way, motion.root[:, 2:]], axis=1)

    def decode_features(self, features: Array) -> tuple[SkeletalMotion, Array]:
        """The motion of features (T, C), and contacts (T, F) from 0 to 1."""
        frames = len(features)
        matrices = matrix_from_6d(features[:, : self.rotation_channels].reshape(frames, -1, 6))
        way = features[:, self.root_slice]
        yaw = np.concatenate([[0.0], np.cumsum(way[:-1, 2])]) / STYLE_FPS
        spin = axis_rotation("Z", yaw)
        matrices[:, 0] = spin @ matrices[:, 0]
        flat = np.column_stack([way[:-1, :2], np.zeros(frames - 1)])
        step = (spin[:-1] @ flat[..., None])[:, :2, 0] / STYLE_FPS
        root = np.zeros((frames, 3))
        root[1:, :2] = np.cumsum(step, axis=0)
        root[:, 2] = way[:, 3]
        touching = np.clip(features[:, self.contact_slice], 0.0, 1.0)
        return SkeletalMotion(self.body, matrices, root, STYLE_FPS), touching

    def foot_speeds(self, features: Tensor, fps: float) -> Tensor:
        """(B, T-1, F) m/s at which feet move in the world, of features (B, T, C) at a rate."""
        return (
            torch.linalg.vector_norm(torch.diff(self._foot_positions(features, fps), dim=1), dim=-1)
            * fps
        )

    def _foot_positions(self, features: Tensor, fps: float) -> Tensor:
        """(B, T, F, 3) metres, from wherever each motion began."""
        local = matrices_from_6d(features[..., : self.rotation_channels].unflatten(-1, (-1, 6)))
        way = features[..., self.root_slice]
        yaw = torch.cumsum(way[..., 2], dim=1) / fps
        yaw = torch.cat([torch.zeros_like(yaw[:, :1]), yaw[:, :-1]], dim=1)
        cos, sin = torch.cos(yaw), torch.sin(yaw)
        step = torch.stack(
            [cos * way[..., 0] - sin * way[..., 1], sin * way[..., 0] + cos * way[..., 1]], dim=-1
        )
        place = torch.cumsum(step, dim=1) / fps
        place = torch.cat([torch.zeros_like(place[:, :1]), place[:, :-1]], dim=1)
        offsets = torch.as_tensor(self.body.skeleton.offsets).to(features)
        found = []
        for chain in self.body.foot_chains:
            at, turned = torch.zeros_like(way[..., :3]), local[..., 0, :, :]
            for joint in chain[1:]:
                at = at + turned @ offsets[joint]
                turned = turned @ local[..., joint, :, :]
            x = cos * at[..., 0] - sin * at[..., 1] + place[..., 0]
            y = sin * at[..., 0] + cos * at[..., 1] + place[..., 1]
            found.append(torch.stack([x, y, at[..., 2] + way[..., 3]], dim=-1))
        return torch.stack(found, dim=2)
