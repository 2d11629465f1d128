"""Convolution over time and over a skeleton: a joint's output depends on the joints near it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

NEIGHBOUR_DISTANCE = 2
"""Largest number of bones between joints that are connected by one layer."""


def node_adjacency(
    parents: Sequence[int], node_joints: Sequence[int], distance: int = NEIGHBOUR_DISTANCE
) -> Tensor:
    """Return (N, N) bool: the nodes whose joints are at most `distance` bones apart.

    Args:
        parents: Parent of each joint, -1 for the root.
        node_joints: Joint of each of the N nodes.
        distance: Largest number of bones.
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
    """A dense kernel over time, masked to connected nodes."""

    def __init__(
        self,
        adjacency: Tensor,
        in_channels: Sequence[int],
        out_channels: Sequence[int],
        kernel: int,
    ) -> None:
        """Initialize as He et al. (2015) for a leaky ReLU with slope 0.2.

        Channels are those of each node; `kernel` is the length in frames, an odd number.
        """
        super().__init__()
        connected = adjacency.repeat_interleave(torch.tensor(out_channels), dim=0)
        connected = connected.repeat_interleave(torch.tensor(in_channels), dim=1)
        self.register_buffer("mask", connected.float()[..., None], persistent=False)
        self.mask: Tensor
        fan_in = connected.sum(dim=1).clamp(min=1) * kernel
        scale = (2 / (1 + 0.2**2) / fan_in).sqrt()[:, None, None]
        self.weight = nn.Parameter(torch.randn(*connected.shape, kernel) * scale)
        self.bias = nn.Parameter(torch.zeros(len(connected)))

    def forward(self, x: Tensor, loop: bool = False) -> Tensor:
        """Map (B, T, I) to (B, T, O), padded by reflection, or circularly in a loop."""
        windows = unfold_windows(x, self.weight.shape[-1], loop)
        return nn.functional.linear(windows, (self.weight * self.mask).flatten(1), self.bias)


def unfold_windows(x: Tensor, kernel: int, loop: bool = False) -> Tensor:
    """Return (B, T, C · kernel): each frame of (B, T, C) with its neighbours."""
    half = kernel // 2
    if loop:
        index = torch.arange(-half, x.shape[1] + half) % x.shape[1]
        padded = x[:, index]
    else:
        padded = torch.cat([x[:, 1 : half + 1].flip(1), x, x[:, -half - 1 : -1].flip(1)], dim=1)
    return padded.unfold(1, kernel, 1).flatten(2)
