"""Pieces of a long motion: each gap and each frame once, with what is around it in sight."""

from __future__ import annotations

import numpy as np
import pytest

from backend.kinematics.keyframes.chunks import AROUND, merged_times, pieces_of, source_rate
from backend.protocol.limits import LIMITS, LimitError


@pytest.mark.parametrize(
    ("times", "fps"),
    [
        (np.arange(5000) / 30, 60.0),
        (np.arange(1703) / 24, 24000 / 1001),
        (np.cumsum([0.0, *np.random.default_rng(0).uniform(0.01, 0.4, 2000)]), 120.0),
        (np.array([0.0, 1.0]), 24.0),
        (np.arange(60) * 2.0, 1000.0),
    ],
)
def test_every_gap_and_frame_once(times, fps):
    pieces = pieces_of(times, fps)
    assert [gap for piece in pieces for gap in piece.gaps] == list(range(len(times) - 1))
    frames = [frame for piece in pieces for frame in piece.frames]
    assert frames == list(range(int(times[-1] * fps + 1e-6) + 1))
    for piece in pieces:
        assert len(piece.keys) < LIMITS.frames_max
        assert (times[piece.keys[-1]] * fps - piece.first_frame) < LIMITS.frames_max
        assert piece.first_frame <= times[piece.keys[0]] * fps + 1e-6 < piece.first_frame + 1
        assert piece.keys.start <= piece.gaps.start and piece.gaps.stop < piece.keys.stop
        for frame in piece.frames:
            assert times[piece.gaps.start] - 1e-6 <= frame / fps <= times[piece.gaps.stop] + 1e-6


def test_what_is_around_is_seen():
    first, second, *_ = pieces_of(np.arange(3000) / 30, 60.0, most=100)
    assert (first.gaps, first.keys) == (range(100), range(100 + AROUND + 1))
    assert (second.gaps, second.keys) == (range(100, 200), range(100 - AROUND, 200 + AROUND + 1))


def test_a_gap_of_too_many_frames_is_refused():
    with pytest.raises(LimitError, match=r"Between 1 s and 90 s.* at 1000 fps: choose a lower"):
        pieces_of(np.array([0.0, 1.0, 90.0]), 1000.0)


def test_rate_and_merging():
    assert source_rate(np.array([0.0, 0.1, 0.2, 0.3, 2.0])) == pytest.approx(10)
    assert list(merged_times(np.array([3.0, 1.0, 1.0005, 1.002, 3.0]), 1e-3)) == [1.0, 1.002, 3.0]
