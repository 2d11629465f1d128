"""At which frame rate stage 1 sees its sequences: their own, one for all, or first one then all.

NeRM's ablation "fixed-framerate train" against "native-framerate train", and its progressive
schedule (Wei et al. 2024).
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Literal

import torch

from ..data.sequences import SequenceSet

FrameRateMode = Literal["native", "fixed", "progressive"]


def resample_sequences(sequences: SequenceSet, fps: float) -> SequenceSet:
    """The same sequences in the same order, each resampled to `fps` frames a second.

    Frames lie at n / fps seconds from each sequence's first, linear between its native ones;
    contact labels come from the nearest. `durations` stay those of the native sequences, so that
    normalised time means the same in both sets.
    """
    made = copy(sequences)
    rows, labels = [], []
    places: dict[tuple[int, int], tuple[int, int]] = {}
    start = 0
    made.spans = []
    for span in sequences.spans:
        key = span.first, span.frames
        if key not in places:
            count = int(span.duration * fps + 1e-6) + 1
            position = torch.arange(count) * (span.fps / fps)
            low = position.floor().long().clamp(max=span.frames - 1)
            high = (low + 1).clamp(max=span.frames - 1)
            share = (position - low)[:, None]
            rows.append(
                torch.lerp(
                    sequences.rows[span.first + low], sequences.rows[span.first + high], share
                )
            )
            labels.append(
                sequences.contacts[span.first + torch.where(share[:, 0] < 0.5, low, high)]
            )
            places[key] = start, count
            start += count
        first, count = places[key]
        made.spans.append(replace(span, first=first, frames=count, fps=fps))
    made.rows, made.contacts = torch.cat(rows), torch.cat(labels)
    made.first = torch.tensor([span.first for span in made.spans], dtype=torch.long)
    made.frames = torch.tensor([span.frames for span in made.spans], dtype=torch.long)
    made.fps = torch.full((len(made.spans),), fps)
    return made
