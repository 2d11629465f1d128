"""Stage 1: a motion is a function of time, begun at its principal components."""

import pytest
import torch

from backend.data.sequences import SequenceSet
from backend.nerm.inr import InrConfig, InrDecoder, InrEncoder
from backend.training.codes import SequenceCodes, reparameterize
from backend.training.losses import (
    LOSS_WEIGHTS,
    kl_to_standard_normal,
    reconstruction_terms,
    weighted_total,
)
from backend.training.pca_init import cosine_basis, fit_pca_map
from tests.support.motions import motion_set

SMALL = InrConfig(latent=12, width=32, blocks=2, modulation_width=16, encoder_width=16)


@pytest.mark.parametrize("encoding", ["none", "simple", "codebook"])
def test_inr_decoder_any_time_returns_rows_and_logits(encoding: str) -> None:
    decoder = InrDecoder(SMALL.model_copy(update={"time_encoding": encoding}))
    times = torch.rand(3, 7) * torch.tensor([[1.0], [2.0], [5.0]])
    rows, logits = decoder(times, torch.randn(3, 12), torch.tensor([1.0, 2.0, 5.0]))
    assert rows.shape == (3, 7, 135)
    assert logits.shape == (3, 7, 4)


def test_inr_decoder_shared_times_of_two_rates_agree() -> None:
    decoder = InrDecoder(SMALL)
    torch.nn.init.normal_(decoder.pose.weight)
    z, duration = torch.randn(1, 12), torch.tensor([3.0])
    slow = decoder(torch.arange(90)[None] / 30, z, duration)[0]
    fast = decoder(torch.arange(360)[None] / 120, z, duration)[0]
    torch.testing.assert_close(slow, fast[:, ::4], atol=1e-4, rtol=1e-4)
    assert (torch.diff(fast, dim=1).abs().amax()) > 0


def test_inr_decoder_single_motion_matches_batch() -> None:
    torch.manual_seed(2)
    decoder = InrDecoder(InrConfig(latent=16, width=32, blocks=2, cosines=8, root="own"))
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    times, z, durations = torch.rand(3, 20), torch.randn(3, 16), torch.tensor([1.0, 2.0, 5.0])
    together = decoder(times, z, durations)
    for n in range(3):
        alone = decoder(times[n : n + 1], z[n : n + 1], durations[n : n + 1])
        for found, among in zip(alone, together, strict=True):
            torch.testing.assert_close(found[0], among[n], atol=1e-4, rtol=1e-4)


def test_init_from_pca_reconstructs_sequences() -> None:
    sequences = SequenceSet(motion_set())
    index = torch.arange(len(sequences))
    rows = sequences.even_frames(index, SMALL.encoder_frames).rows
    mean, std = rows.mean((0, 1)), rows.std((0, 1)).clamp(min=0.05)
    principal = fit_pca_map((rows - mean) / std, SMALL.latent, SMALL.cosines)
    encoder, decoder = InrEncoder(SMALL), InrDecoder(SMALL)
    for network in (encoder, decoder):
        network.row_mean.copy_(mean)
        network.row_std.copy_(std)
        network.init_from_pca(principal)
    batch = sequences.even_frames(index, SMALL.encoder_frames)
    z, _ = encoder(batch.rows, batch.durations)
    # Evenly spread frames are rounded to native ones, so ask for their nominal times.
    times = batch.durations[:, None] * torch.linspace(0, 1, SMALL.encoder_frames)
    made = decoder(times, z, batch.durations)[0]
    # 12 components hold 12 sequences exactly; what is left is the cosines' smoothing.
    error = ((made - batch.rows) / std).square().mean().sqrt()
    assert error < 0.1
    assert ((batch.rows - mean) / std).square().mean().sqrt() > 0.3


def test_cosine_basis_is_continuous_in_time() -> None:
    t = torch.linspace(-1, 1, 5)
    waves = cosine_basis(t, 4)
    assert waves.shape == (5, 4)
    torch.testing.assert_close(waves[:, 0], torch.ones(5))
    torch.testing.assert_close(waves[:, 1], torch.cos(torch.pi * (t + 1) / 2))


def test_reconstruction_terms_truth_is_zero() -> None:
    sequences = SequenceSet(motion_set())
    index = torch.arange(4)
    batch = sequences.random_clips(index, 5, torch.Generator().manual_seed(0))
    sure = (batch.contacts * 2 - 1) * 50
    terms = reconstruction_terms(batch.rows, sure, batch, torch.ones(135), slice(None))
    assert weighted_total(terms, LOSS_WEIGHTS) < 1e-5
    moved = batch.rows.clone()
    moved[..., 132] += 0.1
    terms = reconstruction_terms(moved, sure, batch, torch.ones(135), slice(None))
    assert terms["root"].item() == pytest.approx(0.1, abs=1e-5)
    assert terms["pose"].item() == pytest.approx(0.0, abs=1e-5)
    assert terms["velocity"].item() == pytest.approx(0.0, abs=1e-4)


def test_kl_to_standard_normal_matches_torch() -> None:
    assert kl_to_standard_normal(torch.zeros(3, 5), torch.zeros(3, 5)) == 0
    mean, log_variance = torch.randn(2, 5), torch.randn(2, 5)
    own = torch.distributions.Normal(mean, torch.exp(0.5 * log_variance))
    expected = torch.distributions.kl_divergence(own, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(kl_to_standard_normal(mean, log_variance), expected.sum(-1).mean())


def test_sequence_codes_unvisited_codes_do_not_move() -> None:
    codes = SequenceCodes(torch.randn(6, 4), torch.zeros(6, 4))
    before = codes.mean.detach().clone()
    optimiser = torch.optim.SparseAdam(list(codes.parameters()), 0.1)
    for _ in range(3):
        optimiser.zero_grad()
        reparameterize(*codes(torch.tensor([1, 4]))).square().sum().backward()
        optimiser.step()
    changed = (codes.mean.detach() != before).any(dim=1)
    assert changed.tolist() == [False, True, False, False, True, False]
