"""Candidate ranking."""

import pytest
import torch

from backend.data.features import ROTATION_CHANNELS, ROW_CHANNELS
from backend.service.engine.ranking import CandidateMotion, foot_skate_speeds


def _sliding(speed: float, moments: int, touching: tuple[float, ...]) -> CandidateMotion:
    """A stiff body that glides along X, with the given contact probabilities."""
    times = torch.arange(moments) / 20.0
    rows = torch.zeros(moments, ROW_CHANNELS)
    rows[:, :ROTATION_CHANNELS] = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).repeat(
        ROTATION_CHANNELS // 6
    )
    rows[:, ROTATION_CHANNELS] = speed * times
    return CandidateMotion(rows, torch.tensor(touching).expand(moments, -1), times)


def test_foot_skate_speeds_of_gliding_planted_feet_is_their_speed() -> None:
    """Motions of different lengths are measured separately; free feet do not count."""
    seen = [
        _sliding(0.5, 12, (1.0, 1.0, 1.0, 1.0)),
        _sliding(2.0, 30, (0.0, 1.0, 0.0, 0.0)),
        _sliding(3.0, 2, (0.0, 0.0, 0.0, 0.0)),
        _sliding(0.0, 7, (1.0, 0.0, 1.0, 0.0)),
    ]
    assert foot_skate_speeds(seen) == pytest.approx([0.5, 2.0, 0.0, 0.0], abs=1e-4)
