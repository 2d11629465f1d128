"""Networks that only draw, their weights laid out as the processor multiplies them best.

torch multiplies by plain matrices. oneDNN, which comes with it, packs a matrix once into the blocks
that it reads, and is then quicker, the more so the more there is to multiply.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor, nn

_PACKED_ROWS = 256
"""Rows at a time that the blocks are chosen for; others are multiplied as well."""

_NetworkT = TypeVar("_NetworkT", bound=nn.Module)


class PackedLinear(nn.Module):
    """A linear layer that is not trained any more, on a CPU."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.bias = None if linear.bias is None else linear.bias.detach()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), _PACKED_ROWS)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) to (..., out), without gradients."""
        return torch.ops.mkldnn._linear_pointwise(x, self._packed, self.bias, "none", [], "")


def pack_linear_layers(network: _NetworkT) -> _NetworkT:
    """A network with its linear layers packed, all else shared with `network`.

    It is `network` itself where nothing can be packed: on other devices than a CPU, and on
    processors for which torch comes without oneDNN.
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
            # Not its subclasses: attention reads the weights of one itself.
            if type(child) is nn.Linear:
                setattr(module, name, PackedLinear(child))
    return network


@cache
def has_onednn() -> bool:
    """Whether torch has oneDNN here, and it multiplies rightly."""
    linear = nn.Linear(16, 8).requires_grad_(False)
    x = torch.linspace(-1, 1, 32).reshape(2, 16)
    try:
        found = PackedLinear(linear)(x)
    except (AttributeError, RuntimeError):
        return False
    return torch.allclose(found, linear(x), atol=1e-5)
