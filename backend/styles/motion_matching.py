"""Generative motion matching (Li et al., SIGGRAPH 2023) with a style's training takes.

Networks that saw a minute of motion know what happens, but not the course of each joint. So at
each level, every short patch of their output is replaced by the patch of a training take that is
most like it and has its labels. Patches overlap, and each frame is their weighted mean.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..protocol.style_file import STYLE_FPS
from .conditioning import are_label_weights
from .pyramid import resize_frames

_PATCH_FRAMES = 11
"""Frames of a patch, at most."""
_PATCH_SECONDS = 1.5
"""Length of a patch at coarse levels, where it has fewer frames."""
_LABEL_WEIGHT, _SIGNAL_WEIGHT = 40.0, 7.0
"""Cost of a patch with other labels, and of one with other values of a signal, relative to the
distance of the motion. No patch has exactly the right values of a signal, so its weight is the
lowest with which motions follow a sound; a higher one leaves the seed no influence. Chosen on other
captures than `evaluate few-takes` measures on."""
_UNIT_DISTANCE = 0.1
"""Mean squared distance that costs 1."""
_MAX_COSTS = 2**23
"""Costs computed at once, which bounds the memory for takes of any length."""


class MotionMatcher:
    """The training takes of a style, as a database of patches."""

    def __init__(self, motions: Sequence[Tensor], tracks: Sequence[Tensor]) -> None:
        """Store the takes.

        Args:
            motions: Standardized features (T, C) of each take at `STYLE_FPS`.
            tracks: Control track (T, K) of each take.
        """
        self.motions, self.tracks = tuple(motions), tuple(tracks)
        rows = torch.cat(self.tracks)
        variance = rows.var(dim=0, unbiased=False).sum()
        weight = _LABEL_WEIGHT if are_label_weights(rows.cpu().numpy()) else _SIGNAL_WEIGHT
        # Labels that are the same in all frames distinguish nothing.
        self._track_weight = weight / (2 * float(variance)) if variance > 0 else 0.0
        self._resized: dict[tuple[float, torch.device], list[tuple[Tensor, Tensor]]] = {}

    def match_patches(
        self,
        query: Tensor,
        conditioning: Tensor | None,
        rate: float,
        passes: int,
        loop: bool = False,
        complete: bool = False,
    ) -> Tensor:
        """Return a motion (T, C) of training patches that resembles another one.

        Args:
            query: Motion (T, C) to resemble.
            conditioning: Labels (T, K); None to ignore them.
            rate: Frames per second of the level.
            passes: Number of passes; each matches the result of the one before.
            loop: Whether the motion is a loop.
            complete: Favour training patches that are far from all of the motion, so that every
                part of a take is used. The choice at one time then depends on all others.
        """
        takes = self._takes_at_rate(rate, query.device)
        frames = min(
            _PATCH_FRAMES,
            round(_PATCH_SECONDS * rate) + 1,
            len(query),
            *(len(motion) for motion, _ in takes),
        )
        beyond = frames - 1 if loop else 0
        window = torch.hann_window(frames + 2, periodic=False)[1:-1].to(query)
        database = torch.cat([motion for motion, _ in takes])
        if conditioning is not None:
            conditioning = torch.cat([conditioning, conditioning[:beyond]])
        for _ in range(passes):
            nearest = self._nearest_patches(
                torch.cat([query, query[:beyond]]), conditioning, takes, frames, complete
            )
            total = query.new_zeros(len(query) + beyond, query.shape[1] + 1)
            for number, weight in enumerate(window):
                part = total[number : number + len(nearest)]
                part[:, :-1] += weight * database[nearest + number]
                part[:, -1] += weight
            total[:beyond] += total[len(query) :]
            query = total[: len(query), :-1] / total[: len(query), -1:]
        return query

    def _nearest_patches(
        self,
        query: Tensor,
        conditioning: Tensor | None,
        takes: Sequence[tuple[Tensor, Tensor]],
        frames: int,
        complete: bool,
    ) -> Tensor:
        """Return the first frame (N,), counted over all takes, of the nearest patch to each."""
        count = len(query) - frames + 1
        least = query.new_full((count,), torch.inf)
        nearest = torch.zeros(count, dtype=torch.long, device=query.device)
        columns = max(_MAX_COSTS // len(query), 1)
        offset = 0
        for motion, track in takes:
            for first in range(0, len(motion) - frames + 1, columns):
                part = slice(first, first + columns + frames - 1)
                costs = _patch_distances(query, motion[part], frames) / query.shape[1]
                costs /= _UNIT_DISTANCE + (costs.amin(dim=0) if complete else 0.0)
                if conditioning is not None and self._track_weight:
                    distances = _patch_distances(conditioning, track[part], frames)
                    costs += self._track_weight * distances
                lowest, index = costs.min(dim=1)
                is_lower = lowest < least
                least = torch.where(is_lower, lowest, least)
                nearest = torch.where(is_lower, index + (offset + first), nearest)
            offset += len(motion)
        return nearest

    def _takes_at_rate(self, rate: float, device: torch.device) -> list[tuple[Tensor, Tensor]]:
        """Return the motion and control track of each take at a frame rate."""
        if (rate, device) not in self._resized:
            resized = []
            for motion, track in zip(self.motions, self.tracks, strict=True):
                length = round((len(motion) - 1) * rate / STYLE_FPS) + 1
                resized.append(
                    tuple(resize_frames(t[None].to(device), length)[0] for t in (motion, track))
                )
            self._resized[rate, device] = resized
        return self._resized[rate, device]


def _patch_distances(first: Tensor, second: Tensor, frames: int) -> Tensor:
    """Return the mean squared distances (N, M) between patches of (T, D) and of (R, D)."""
    squares = first.square().sum(1)[:, None] + second.square().sum(1) - 2 * first @ second.T
    rows, columns = (len(motion) - frames + 1 for motion in (first, second))
    total = squares[:rows, :columns].clone()
    for number in range(1, frames):
        total += squares[number : number + rows, number : number + columns]
    return total / frames
