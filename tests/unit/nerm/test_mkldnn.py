"""Packed networks draw what they drew before."""

import platform
from typing import TypeVar

import pytest
import torch
from torch import nn

from backend.nerm import mkldnn
from backend.nerm.denoiser import Condition, Denoiser, DenoiserConfig
from backend.nerm.inr import InrConfig, InrDecoder
from backend.nerm.mkldnn import PackedLinear, pack_linear_layers

_Network = TypeVar("_Network", bound=nn.Module)

needs_one_dnn = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="torch may come without oneDNN"
)


def _shaken(network: _Network) -> _Network:
    """With all numbers drawn: some layers begin at zero."""
    torch.manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.2)
    return network.eval().requires_grad_(False)


def _linears(network: nn.Module) -> int:
    return sum(isinstance(module, PackedLinear) for module in network.modules())


@needs_one_dnn
def test_pack_linear_layers_decoder_decodes_same_rows() -> None:
    decoder = _shaken(InrDecoder(InrConfig(latent=16, width=32, blocks=2, cosines=8, root="own")))
    ours = pack_linear_layers(decoder)
    assert _linears(ours) > 0
    assert _linears(decoder) == 0
    assert ours.basis is decoder.basis  # nothing is there twice but what is packed
    inputs = torch.rand(2, 50), torch.randn(2, 16), torch.tensor([1.0, 4.0])
    for packed, plain in zip(ours(*inputs), decoder(*inputs), strict=True):
        torch.testing.assert_close(packed, plain, atol=1e-4, rtol=1e-4)


@needs_one_dnn
@pytest.mark.parametrize("length", [0, 5])
def test_pack_linear_layers_denoiser_predicts_same_codes(length: int) -> None:
    """Also where there are no words, so nothing to multiply."""
    config = DenoiserConfig(latent=8, tokens=2, width=32, layers=2, feed_forward=32)
    denoiser = _shaken(Denoiser(config))
    condition = Condition(
        text=torch.randn(3, length, 768),
        text_mask=torch.ones(3, length, dtype=torch.bool),
        label_index=torch.full((3,), -1),
        durations=torch.tensor([1.0, 2.0, 8.0]),
    )
    ours, inputs = (
        pack_linear_layers(denoiser),
        (torch.randn(3, 8), torch.full((3,), 0.4), condition),
    )
    assert _linears(ours) > 0
    torch.testing.assert_close(ours(*inputs), denoiser(*inputs), atol=1e-4, rtol=1e-4)


def test_pack_linear_layers_without_onednn_returns_network(monkeypatch: pytest.MonkeyPatch) -> None:
    network = nn.Sequential(nn.Linear(4, 4))
    monkeypatch.setattr(mkldnn, "has_onednn", lambda: False)
    assert pack_linear_layers(network) is network
    monkeypatch.setattr(mkldnn, "has_onednn", lambda: True)
    elsewhere = nn.Sequential(nn.Linear(4, 4, device="meta"))
    assert pack_linear_layers(elsewhere) is elsewhere
