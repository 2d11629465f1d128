"""Chunks of a long motion cover each gap and frame once, with context."""

import numpy as np
import pytest

from backend.kinematics.keyframes.chunks import (
    CONTEXT_KEYS,
    key_rate,
    merge_close_times,
    split_into_chunks,
)
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
def test_split_into_chunks_covers_each_gap_and_frame_once(times, fps):
    pieces = split_into_chunks(times, fps)
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


def test_split_into_chunks_includes_context_keys():
    first, second, *_ = split_into_chunks(np.arange(3000) / 30, 60.0, max_gaps=100)
    assert (first.gaps, first.keys) == (range(100), range(100 + CONTEXT_KEYS + 1))
    assert (second.gaps, second.keys) == (
        range(100, 200),
        range(100 - CONTEXT_KEYS, 200 + CONTEXT_KEYS + 1),
    )


def test_split_into_chunks_with_too_long_gap_raises():
    with pytest.raises(LimitError, match=r"Between 1 s and 90 s.* at 1000 fps: choose a lower"):
        split_into_chunks(np.array([0.0, 1.0, 90.0]), 1000.0)


def test_key_rate_and_merge_close_times_of_uneven_keys():
    assert key_rate(np.array([0.0, 0.1, 0.2, 0.3, 2.0])) == pytest.approx(10)
    assert list(merge_close_times(np.array([3.0, 1.0, 1.0005, 1.002, 3.0]), 1e-3)) == [
        1.0,
        1.002,
        3.0,
    ]
