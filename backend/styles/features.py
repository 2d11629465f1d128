"""Features of a motion for the networks, and back.

A frame consists of J 6D rotations (the root's without its heading), F contacts, and the root
motion: velocity to the left and backwards in m/s, turning in rad/s, height in metres. Velocities
are those to the next frame, so decoding restores the motion, from the origin and facing -Y.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..data.features import matrices_from_6d
from ..kinematics.math.rotations import Array, axis_rotation, matrix_from_6d, matrix_to_6d
from ..kinematics.retarget.placement import headings_of_rotations
from ..protocol.style_file import STYLE_FPS
from .skeleton_graph import Body, SkeletalMotion

ROOT_CHANNELS = 4
"""Channels of root motion: left, backwards, turning, height."""


@dataclass(frozen=True)
class FeatureLayout:
    """The channels of a body's features: rotations, then contacts, then root motion."""

    body: Body

    @property
    def rotation_channels(self) -> int:
        return 6 * len(self.body)

    @property
    def contact_slice(self) -> slice:
        return slice(self.rotation_channels, self.rotation_channels + len(self.body.feet))

    @property
    def root_slice(self) -> slice:
        return slice(self.contact_slice.stop, self.channel_count)

    @property
    def channel_count(self) -> int:
        return self.rotation_channels + len(self.body.feet) + ROOT_CHANNELS

    @cached_property
    def node_joints(self) -> tuple[int, ...]:
        """Joint of each node; the nodes are joints, contacts and root motion."""
        return (*range(len(self.body)), *self.body.feet, 0)

    @cached_property
    def node_channels(self) -> tuple[int, ...]:
        return (*[6] * len(self.body), *[1] * len(self.body.feet), ROOT_CHANNELS)

    def encode_motion(self, motion: SkeletalMotion) -> Array:
        """Return the features (T, C) of a motion at `STYLE_FPS`."""
        yaw = np.unwrap(headings_of_rotations(motion.matrices[:, 0]))
        matrices = np.array(motion.matrices)
        matrices[:, 0] = axis_rotation("Z", -yaw) @ matrices[:, 0]
        step = np.diff(motion.root[:, :2], axis=0) * STYLE_FPS
        flat = np.column_stack([step, np.zeros(len(step))])
        velocity = (axis_rotation("Z", -yaw[:-1]) @ flat[..., None])[:, :2, 0]
        root = np.column_stack([velocity, np.diff(yaw) * STYLE_FPS])
        root = np.concatenate([root, root[-1:]]) if len(root) else np.zeros((1, 3))
        rotations = matrix_to_6d(matrices).reshape(len(motion), -1)
        height = motion.root[:, 2:]
        return np.concatenate([rotations, motion.foot_contacts(), root, height], axis=1)

    def decode_features(self, features: Array) -> tuple[SkeletalMotion, Array]:
        """Return the motion of features (T, C), and contacts (T, F) from 0 to 1."""
        frames = len(features)
        matrices = matrix_from_6d(features[:, : self.rotation_channels].reshape(frames, -1, 6))
        root_motion = features[:, self.root_slice]
        yaw = np.concatenate([[0.0], np.cumsum(root_motion[:-1, 2])]) / STYLE_FPS
        spin = axis_rotation("Z", yaw)
        matrices[:, 0] = spin @ matrices[:, 0]
        flat = np.column_stack([root_motion[:-1, :2], np.zeros(frames - 1)])
        step = (spin[:-1] @ flat[..., None])[:, :2, 0] / STYLE_FPS
        root = np.zeros((frames, 3))
        root[1:, :2] = np.cumsum(step, axis=0)
        root[:, 2] = root_motion[:, 3]
        contacts = np.clip(features[:, self.contact_slice], 0.0, 1.0)
        return SkeletalMotion(self.body, matrices, root, STYLE_FPS), contacts

    def foot_speeds(self, features: Tensor, fps: float) -> Tensor:
        """Return the world speeds (B, T-1, F) of feet in m/s, of features (B, T, C)."""
        steps = torch.diff(self._foot_positions(features, fps), dim=1)
        return torch.linalg.vector_norm(steps, dim=-1) * fps

    def _foot_positions(self, features: Tensor, fps: float) -> Tensor:
        """Return foot positions (B, T, F, 3) in metres, from the start of each motion."""
        local = matrices_from_6d(features[..., : self.rotation_channels].unflatten(-1, (-1, 6)))
        root = features[..., self.root_slice]
        yaw = torch.cumsum(root[..., 2], dim=1) / fps
        yaw = torch.cat([torch.zeros_like(yaw[:, :1]), yaw[:, :-1]], dim=1)
        cos, sin = torch.cos(yaw), torch.sin(yaw)

        def turn(x: Tensor, y: Tensor) -> Tensor:
            return torch.stack([cos * x - sin * y, sin * x + cos * y], dim=-1)

        place = torch.cumsum(turn(root[..., 0], root[..., 1]), dim=1) / fps
        place = torch.cat([torch.zeros_like(place[:, :1]), place[:, :-1]], dim=1)
        offsets = torch.as_tensor(self.body.skeleton.offsets).to(features)
        feet = []
        for chain in self.body.foot_chains:
            position, rotation = torch.zeros_like(root[..., :3]), local[..., 0, :, :]
            for joint in chain[1:]:
                position = position + rotation @ offsets[joint]
                rotation = rotation @ local[..., joint, :, :]
            level = turn(position[..., 0], position[..., 1]) + place
            height = position[..., 2] + root[..., 3]
            feet.append(torch.cat([level, height[..., None]], dim=-1))
        return torch.stack(feet, dim=2)
