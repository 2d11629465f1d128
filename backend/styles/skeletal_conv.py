"""Convolution over time and over a skeleton: a joint's output depends on the joints near it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

NEIGHBOUR_DISTANCE = 2
"""Largest number of bones between joints that are connected by one layer."""


def node_adjacency(parents: Sequence[int], node_joints: Sequence[int]) -> Tensor:
    """Return (N, N) bool: nodes whose joints are at most `NEIGHBOUR_DISTANCE` bones apart.

    Joints have `parents`, -1 for the root; `node_joints` are the joints of the N nodes.
    """
    near = torch.eye(len(parents), dtype=torch.bool)
    bone = near.clone()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            bone[joint, parent] = bone[parent, joint] = True
    for _ in range(NEIGHBOUR_DISTANCE):
        near = (near.float() @ bone.float()) > 0
    index = torch.tensor(node_joints)
    return near[index][:, index]


class SkeletalConvolution(nn.Module):
    """A dense kernel over time, masked to connected nodes."""

    def __init__(
        self, adjacency: Tensor, inputs: Sequence[int], outputs: Sequence[int], kernel: int
    ) -> None:
        """Initialize as He et al. (2015) for a leaky ReLU with slope 0.2.

        `inputs` and `outputs` are channels of each node; `kernel` is the odd length in frames.
        """
        super().__init__()
        connected = adjacency.repeat_interleave(torch.tensor(outputs), dim=0)
        connected = connected.repeat_interleave(torch.tensor(inputs), dim=1)
        self.mask = nn.Buffer(connected.float()[..., None], persistent=False)
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
        padded = x[:, torch.arange(-half, x.shape[1] + half) % x.shape[1]]
    else:
        padded = torch.cat([x[:, 1 : half + 1].flip(1), x, x[:, -half - 1 : -1].flip(1)], dim=1)
    return padded.unfold(1, kernel, 1).flatten(2)
