"""Convolution over time along a skeleton: what a joint does is told by what joints near it do."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

NEIGHBOUR_DISTANCE = 2
"""Bones between two joints that hear of each other in one layer."""


def node_adjacency(
    parents: Sequence[int], node_joints: Sequence[int], distance: int = NEIGHBOUR_DISTANCE
) -> Tensor:
    """(N, N) bool: which nodes hear which.

    Args:
        parents: (J,) of the joints, -1 for the root.
        owners: (N,) the joint that each node belongs to; nodes of one joint hear the same.
        reach: bones from joint to joint.
    """
    near = torch.eye(len(parents), dtype=torch.bool)
    bone = near.clone()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            bone[joint, parent] = bone[parent, joint] = True
    for _ in range(distance):
        near = (near.float() @ bone.float()) > 0
    index = torch.tensor(node_joints)
    return near[index][:, index]


class SkeletalConvolution(nn.Module):
    """A dense kernel over time, of which only what joins neighbours is used."""

    def __init__(
        self,
        adjacency: Tensor,
        in_channels: Sequence[int],
        out_channels: Sequence[int],
        kernel: int,
    ) -> None:
        """Of `kernel` frames, an odd number.

        Args:
            near: (N, N) as `neighbours` gives it.
            sizes: (N,) channels of each node that come in.
            wanted: (N,) channels of each node that go out.
            kernel: frames.
        """
        super().__init__()
        reads = adjacency.repeat_interleave(torch.tensor(out_channels), dim=0)
        reads = reads.repeat_interleave(torch.tensor(in_channels), dim=1)
        self.register_buffer("mask", reads.float()[..., None], persistent=False)
        self.mask: Tensor
        fan = reads.sum(dim=1).clamp(min=1) * kernel
        scale = (2 / (1 + 0.2**2) / fan).sqrt()[:, None, None]
        self.weight = nn.Parameter(torch.randn(*reads.shape, kernel) * scale)
        self.bias = nn.Parameter(torch.zeros(len(reads)))

    def forward(self, x: Tensor, loop: bool = False) -> Tensor:
        """Tracks (B, T, I) to (B, T, O), mirrored at their ends, or going round if they `loop`."""
        windows = unfold_windows(x, self.weight.shape[-1], loop)
        return nn.functional.linear(windows, (self.weight * self.mask).flatten(1), self.bias)


def unfold_windows(x: Tensor, kernel: int, loop: bool = False) -> Tensor:
    """(B, T, C · kernel): each frame of (B, T, C) with those around it."""
    half = kernel // 2
    if loop:
        index = torch.arange(-half, x.shape[1] + half) % x.shape[1]
        padded = x[:, index]
    else:
        padded = torch.cat([x[:, 1 : half + 1].flip(1), x, x[:, -half - 1 : -1].flip(1)], dim=1)
    return padded.unfold(1, kernel, 1).flatten(2)
