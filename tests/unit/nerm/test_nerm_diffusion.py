"""Stage 2: processes, conditions and guidance."""

import pytest
import torch

from backend.nerm.denoiser import Condition, Denoiser, DenoiserConfig, _DenoiserBlock
from backend.nerm.diffusion import Diffusion, NoiseProcessName, guided_predictor, make_noise_process

CONFIG = DenoiserConfig(
    latent=8, tokens=2, width=32, layers=1, feed_forward=32, actions=("walk", "wave")
)


def _ignore(step: int) -> None:
    pass


def _condition(batch: int = 3, length: int = 5) -> Condition:
    return Condition(
        text=torch.randn(batch, length, 384),
        text_mask=torch.ones(batch, length, dtype=torch.bool),
        label_index=torch.tensor([0, 1, -1])[:batch],
        durations=torch.tensor([1.0, 2.0, 8.0])[:batch],
    )


def _denoiser() -> Denoiser:
    torch.manual_seed(0)
    denoiser = Denoiser(CONFIG).eval()
    torch.nn.init.normal_(denoiser.out.weight, std=0.3)
    return denoiser


NAMES: tuple[NoiseProcessName, ...] = ("flow", "clean", "epsilon")


@pytest.mark.parametrize("name", NAMES)
def test_denoise_perfect_network_samples_data(name: NoiseProcessName) -> None:
    """With all data at one point, what the network should predict is known exactly."""
    torch.manual_seed(1)
    target = torch.randn(8)
    process = make_noise_process(name)
    alphas = Diffusion("epsilon")._scheduler.alphas_cumprod

    def predict(noisy: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        if name != "epsilon":
            return target.expand_as(noisy)
        alpha = alphas[(level * 1000).round().long()][:, None]
        return (noisy - alpha.sqrt() * target) / (1 - alpha).sqrt()

    drawn = process.denoise(predict, torch.randn(4, 8), 25, _ignore)
    # The paper's schedule ends at a little noise (beta 0.00085), not at none.
    torch.testing.assert_close(drawn, target.expand(4, 8), atol=0.1, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_noise_process_loss_perfect_network_is_zero(name: NoiseProcessName) -> None:
    process = make_noise_process(name)
    codes = torch.randn(64, 8)
    chance = torch.Generator().manual_seed(3)
    drawn = torch.rand(64, generator=chance), torch.randn(64, 8, generator=chance)
    blind = process.loss(lambda noisy, level: torch.zeros_like(noisy), codes, *drawn)
    assert blind > 0.5
    if name != "epsilon":
        assert process.loss(lambda noisy, level: codes, codes, *drawn) == 0


def test_denoiser_each_part_of_condition_changes_prediction() -> None:
    denoiser, condition = _denoiser(), _condition()
    noisy, level = torch.randn(3, 8), torch.tensor([0.1, 0.5, 0.9])
    base = denoiser(noisy, level, condition)
    others = {
        "text": Condition(
            torch.randn(3, 5, 384), condition.text_mask, condition.label_index, condition.durations
        ),
        "action": Condition(
            condition.text, condition.text_mask, torch.tensor([1, 0, 0]), condition.durations
        ),
        "durations": Condition(
            condition.text, condition.text_mask, condition.label_index, condition.durations * 2
        ),
    }
    for other in others.values():
        assert ((denoiser(noisy, level, other) - base).abs().amax(1) > 1e-5).all()
    assert ((denoiser(noisy, level * 0.5, condition) - base).abs().amax(1) > 1e-5).all()


def test_denoiser_masked_text_has_no_effect() -> None:
    denoiser, condition = _denoiser(), _condition()
    silent = condition.unconditional()
    hidden = torch.zeros(3, 9, dtype=torch.bool)
    other = Condition(torch.randn(3, 9, 384), hidden, silent.label_index, silent.durations)
    noisy, level = torch.randn(3, 8), torch.full((3,), 0.5)
    torch.testing.assert_close(
        denoiser(noisy, level, silent), denoiser(noisy, level, other), atol=1e-5, rtol=1e-4
    )


def test_denoiser_block_same_weights_matches_torch_decoder_layer() -> None:
    torch.manual_seed(4)
    theirs = torch.nn.TransformerDecoderLayer(
        32, 4, 64, 0.0, activation="gelu", batch_first=True, norm_first=True
    )
    ours = _DenoiserBlock(DenoiserConfig(width=32, heads=4, feed_forward=64))
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    ours.load_state_dict(theirs.state_dict())
    x, memory = torch.randn(3, 9, 32), torch.randn(3, 5, 32)
    mask = torch.ones(3, 5, dtype=torch.bool)
    mask[1, 3:] = False
    torch.testing.assert_close(
        ours(x, *ours.multihead_attn.project(memory, 1, 2), mask[:, None, None]),
        theirs(x, memory, memory_key_padding_mask=~mask),
        atol=1e-4,
        rtol=1e-4,
    )


def test_guidance_predictor_cached_condition_matches_forward() -> None:
    denoiser, condition = _denoiser(), _condition()
    predict = denoiser.guidance_predictor(condition)
    silent = condition.unconditional()
    for noise in (0.9, 0.1):
        noisy, level = torch.randn(3, 8), torch.full((3,), noise)
        worded, free = denoiser(noisy, level, condition), denoiser(noisy, level, silent)
        assert ((worded - free).abs().amax(1)[:2] > 1e-5).all()
        torch.testing.assert_close(predict(noisy, level, False), worded)
        torch.testing.assert_close(predict(noisy, level, True), torch.cat([worded, free]))


@pytest.mark.parametrize("strength", [0.0, 1.0, 3.0])
def test_guided_predictor_above_min_level_is_weighted_sum(strength: float) -> None:
    conditional, unconditional = torch.randn(2, 8), torch.randn(2, 8)

    def predict(noisy: torch.Tensor, level: torch.Tensor, both: bool) -> torch.Tensor:
        return torch.cat([conditional, unconditional]) if both else conditional

    combined = guided_predictor(predict, strength, min_level=0.5)
    result = combined(torch.zeros(2, 8), torch.full((2,), 0.7))
    torch.testing.assert_close(result, strength * conditional + (1 - strength) * unconditional)
    torch.testing.assert_close(combined(torch.zeros(2, 8), torch.full((2,), 0.3)), conditional)


@pytest.mark.parametrize("name", NAMES)
def test_denoise_callback_raises_stops_between_steps(name: NoiseProcessName) -> None:
    seen: list[int] = []

    def stop(step: int) -> None:
        seen.append(step)
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_noise_process(name).denoise(lambda noisy, level: noisy, torch.randn(1, 8), 10, stop)
    assert seen == [0, 1, 2, 3]
