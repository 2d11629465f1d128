"""Sampling without float64, which Apple's GPUs do not have."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from backend.styles.features import FeatureLayout
from backend.styles.motion_matching import MotionMatcher
from backend.styles.networks import StyleConfig, StyleNetwork
from backend.styles.skeleton_graph import SMPL_BODY

DEVICE = torch.device("meta")
"""Stands in for such a GPU on any computer."""


class NoDoubles(TorchDispatchMode):
    """Rejects float64 tensors on the device."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for one in tree_leaves(made):
            if isinstance(one, torch.Tensor) and one.device == DEVICE:
                assert one.dtype != torch.float64, f"{func} makes doubles"
        return made


def test_no_doubles_mode_detects_float64():
    with NoDoubles(), pytest.raises(AssertionError, match="makes doubles"):
        torch.zeros(3, dtype=torch.float64, device=DEVICE)


@pytest.mark.parametrize("loop", [False, True])
def test_sampling_uses_no_float64_on_device(loop: bool):
    config = StyleConfig(labels=("walk", "run"), levels=4, widths=(1, 1))
    network = StyleNetwork(config, FeatureLayout(SMPL_BODY)).requires_grad_(False)
    channels = network.layout.channel_count
    memory = MotionMatcher([torch.randn(90, channels)], [torch.eye(2)[:1].expand(90, -1)])
    network = network.to(DEVICE)
    lengths = config.pyramid.lengths(60, loop)
    with NoDoubles():
        noise = [torch.randn(1, n, channels, device=DEVICE) for n in lengths]
        conditioning = [torch.ones(1, n, 2, device=DEVICE) for n in lengths]
        made = network(noise, conditioning, loop)
        for level, own in enumerate(made):
            rate = config.pyramid.rates[level]
            memory.match_patches(own[0], conditioning[level][0], rate, 1, loop)
    assert made[-1].shape == (1, 60, channels)
