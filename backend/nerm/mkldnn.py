"""Packed linear layers for inference on a CPU.

oneDNN, which comes with torch, packs a weight matrix once into the blocks that it reads, and then
multiplies faster than torch does with the plain matrix.
"""

import copy
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor, nn

_PACKED_ROWS = 256
"""Batch rows that the block layout is chosen for; other numbers work as well."""

_NetworkT = TypeVar("_NetworkT", bound=nn.Module)


class PackedLinear(nn.Module):
    """A linear layer for inference on a CPU."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.bias = None if linear.bias is None else linear.bias.detach()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), _PACKED_ROWS)

    def forward(self, x: Tensor) -> Tensor:
        return torch.ops.mkldnn._linear_pointwise(x, self._packed, self.bias, "none", [], "")


def pack_linear_layers(network: _NetworkT) -> _NetworkT:
    """Return a copy with packed linear layers that shares everything else with `network`.

    On other devices than a CPU, and where torch comes without oneDNN, return `network` itself.
    """
    if (
        any(parameter.device.type != "cpu" for parameter in network.parameters())
        or not has_onednn()
    ):
        return network
    shared = [*network.parameters(), *network.buffers()]
    network = copy.deepcopy(network, {id(tensor): tensor for tensor in shared})
    for module in list(network.modules()):
        for name, child in module.named_children():
            # Subclasses stay: attention in torch reads the weights of one itself.
            if type(child) is nn.Linear:
                setattr(module, name, PackedLinear(child))
    return network


@cache
def has_onednn() -> bool:
    """Return whether torch has oneDNN on this processor and its results are right."""
    linear = nn.Linear(16, 8).requires_grad_(False)
    x = torch.linspace(-1, 1, 32).reshape(2, 16)
    try:
        packed = PackedLinear(linear)(x)
    except (AttributeError, RuntimeError):
        return False
    return torch.allclose(packed, linear(x), atol=1e-5)
