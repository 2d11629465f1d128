"""Motion matching with patches of training takes."""

import pytest
import torch
from torch import Tensor

from backend.styles.motion_matching import MotionMatcher

RATE = 10.0


def take(number: int, frames: int = 90) -> Tensor:
    """Return a motion (T, 3) at 30 fps whose frames all differ."""
    generator = torch.Generator().manual_seed(number)
    steps = torch.randn(frames, 3, generator=generator)
    return steps.cumsum(0) / 10 + number


def labels(number: int, frames: int, known: int = 2) -> Tensor:
    """Return the control track (T, K) of one label."""
    return torch.eye(known)[[number]].expand(frames, -1)


@pytest.fixture
def memory() -> MotionMatcher:
    return MotionMatcher([take(0), take(1, 60)], [labels(0, 90), labels(1, 60)])


def thirds(motion: Tensor) -> Tensor:
    """Return a motion of 3n + 1 frames, decimated to every third."""
    return torch.nn.functional.interpolate(
        motion.T[None], size=round((len(motion) - 1) / 3) + 1, mode="linear", align_corners=True
    )[0].T


def test_match_patches_of_training_motion_returns_it(memory: MotionMatcher):
    own = thirds(take(0))[5:25]
    for passes in (1, 3):
        again = memory.match_patches(own, labels(0, 20), RATE, passes)
        assert torch.allclose(again, own, atol=1e-4)
    shaken = own + 0.05 * torch.randn(own.shape, generator=torch.Generator().manual_seed(0))
    nearer = memory.match_patches(shaken, labels(0, 20), RATE, 2)
    assert torch.allclose(nearer, own, atol=1e-4)


def test_match_patches_chooses_take_by_label(memory: MotionMatcher):
    own = thirds(take(0))[5:25]
    other = memory.match_patches(own, labels(1, 20), RATE, 3)
    for made, whose in ((other, 1), (own, 0)):
        far = [torch.cdist(made, thirds(take(n, 90 - 30 * n))).amin(1).mean() for n in range(2)]
        assert far[whose] < 0.5 * far[1 - whose]
    alone = memory.match_patches(own, None, RATE, 3)
    assert torch.allclose(alone, own, atol=1e-4)


def test_match_patches_weighs_signal_less_than_label():
    """One of two takes moves like the query, the other has the values of the conditioning."""
    here, there = torch.zeros(60, 3), torch.ones(60, 3)
    drawn = 0.1 + torch.zeros(20, 3)
    tracks = [labels(0, 60), labels(1, 60)]
    label = MotionMatcher([here, there], tracks)
    # Twice as much of everything is a signal, and as far apart for its spread.
    signal = MotionMatcher([here, there], [2 * track for track in tracks])
    assert label.match_patches(drawn, labels(1, 20), RATE, 1).min() == 1
    # What is wanted is nearer to the other: not by much, and by as much as can be.
    nearly, wholly = torch.tensor([[0.9, 1.1]]).expand(20, -1), 2 * labels(1, 20)
    assert signal.match_patches(drawn, nearly, RATE, 1).max() == 0
    assert label.match_patches(drawn, nearly / 2, RATE, 1).min() == 1
    assert signal.match_patches(drawn, wholly, RATE, 1).min() == 1


def test_match_patches_follows_change_of_label(memory: MotionMatcher):
    conditioning = torch.cat([labels(0, 20), labels(1, 20)])
    drawn = torch.cat([thirds(take(0))[5:25], thirds(take(1, 60))[:20]])
    made = memory.match_patches(drawn, conditioning, RATE, 2)
    assert torch.allclose(made[:8], drawn[:8], atol=1e-4)
    assert torch.allclose(made[-8:], drawn[-8:], atol=1e-4)
    jumps = made.diff(dim=0).abs().amax(dim=1)
    assert jumps.max() < 0.7 * (drawn[20] - drawn[19]).abs().max()


def test_match_patches_of_loop_has_no_seam(memory: MotionMatcher):
    drawn = torch.randn(24, 3, generator=torch.Generator().manual_seed(1))
    conditioning = labels(0, 24)
    made = memory.match_patches(drawn, conditioning, RATE, 3, loop=True)
    for by in (1, 7, 23):
        turned = memory.match_patches(drawn.roll(by, 0), conditioning, RATE, 3, loop=True)
        assert torch.allclose(turned, made.roll(by, 0), atol=1e-4)
    once = memory.match_patches(drawn, conditioning, RATE, 3)
    assert not torch.allclose(once, made, atol=1e-2)


def test_match_patches_complete_uses_whole_take():
    own = torch.cat([torch.zeros(30, 3), torch.ones(30, 3)])
    memory = MotionMatcher([own], [labels(0, 60, 1)])
    drawn = 0.1 + 0.3 * torch.arange(40)[:, None].div(40).expand(-1, 3)
    nearest = memory.match_patches(drawn, labels(0, 40, 1), 30.0, 1)
    assert nearest.max() < 0.5
    everything = memory.match_patches(drawn, labels(0, 40, 1), 30.0, 1, complete=True)
    assert everything.max() == 1.0
    assert everything.min() == 0.0


def test_match_patches_of_long_take_is_independent_of_chunks(
    memory: MotionMatcher, monkeypatch: pytest.MonkeyPatch
):
    noise = 0.1 * torch.randn(20, 3, generator=torch.Generator().manual_seed(2))
    drawn, conditioning = thirds(take(0))[10:30] + noise, labels(0, 20)
    whole = memory.match_patches(drawn, conditioning, RATE, 2)
    monkeypatch.setattr("backend.styles.motion_matching._MAX_COSTS", 20 * 4)
    assert torch.equal(memory.match_patches(drawn, conditioning, RATE, 2), whole)


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("frames", [1, 2, 5, 11])
def test_match_patches_of_few_frames_keeps_length(memory: MotionMatcher, frames: int, loop: bool):
    drawn = torch.zeros(frames, 3)
    made = memory.match_patches(drawn, labels(0, frames), 30.0, 2, loop)
    assert made.shape == (frames, 3)
    assert torch.isfinite(made).all()
