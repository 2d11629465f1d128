"""Frame rates of stage 1 training: each sequence's own, one for all, or first one, then all.

NeRM's ablation of "fixed-framerate train" against "native-framerate train", and its progressive
schedule (Wei et al. 2024).
"""

from copy import copy
from dataclasses import replace
from typing import Literal

import torch

from ..data.sequences import SequenceSet

FrameRateMode = Literal["native", "fixed", "progressive"]


def resample_sequences(sequences: SequenceSet, fps: float) -> SequenceSet:
    """Return the same sequences in the same order, each resampled to `fps` frames per second.

    Frames are n / fps seconds from each sequence's first, interpolated linearly; contact labels are
    those of the nearest native frame. `durations` stay those of the native sequences, so that
    normalised time means the same in both sets.
    """
    resampled = copy(sequences)
    rows, labels = [], []
    ranges: dict[tuple[int, int], tuple[int, int]] = {}
    start = 0
    resampled.spans = []
    for span in sequences.spans:
        key = span.first, span.frames
        if key not in ranges:
            count = int(span.duration * fps + 1e-6) + 1
            position = torch.arange(count) * (span.fps / fps)
            low = position.floor().long().clamp(max=span.frames - 1)
            high = (low + 1).clamp(max=span.frames - 1)
            alpha = (position - low)[:, None]
            native = sequences.rows[span.first : span.first + span.frames]
            rows.append(torch.lerp(native[low], native[high], alpha))
            nearest = torch.where(alpha[:, 0] < 0.5, low, high)
            labels.append(sequences.contacts[span.first + nearest])
            ranges[key] = start, count
            start += count
        first, count = ranges[key]
        resampled.spans.append(replace(span, first=first, frames=count, fps=fps))
    resampled.rows, resampled.contacts = torch.cat(rows), torch.cat(labels)
    resampled.first = torch.tensor([span.first for span in resampled.spans], dtype=torch.long)
    resampled.frames = torch.tensor([span.frames for span in resampled.spans], dtype=torch.long)
    resampled.fps = torch.full((len(resampled.spans),), fps)
    return resampled
