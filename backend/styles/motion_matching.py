"""The takes themselves, kept with a style: what is drawn is put together of pieces of them.

Networks that saw a minute of motion know what happens, but not each joint's way there. So at each
level every short piece of what they drew is replaced by the piece of a take that is most like it
and does what is wanted; pieces overlap, and each frame is the mean of those over it. That is
generative motion matching (Li et al., SIGGRAPH 2023), told by labels, and led by the networks
instead of noise. How much of each is `originality`, as it is of prompts.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .label_tracks import are_label_weights
from .pyramid import resize_frames
from .skeleton_graph import STYLE_FPS

_PATCH_FRAMES = 11
"""Frames of a piece..."""
_PATCH_SECONDS = 1.5
"""...which at coarse levels are fewer: this long together."""
_LABEL_WEIGHT, _SIGNAL_WEIGHT = 40.0, 7.0
"""How much a piece of another label counts, beside how unlike the motion is; and a piece that goes
with other numbers of a signal. No piece has just the right ones, so where a label decides, these
are weighed against the motion: as little as leaves a sound followed, for what they decide the seed
does not. Chosen on other captures than `evaluate few-takes` measures on."""
_UNIT_DISTANCE = 0.1
"""Mean square distance that counts as one."""
_MAX_COSTS = 2**23
"""Costs that are looked at together, at most: their memory is bounded, however long takes are."""


class MotionMatcher:
    """What a style was learnt from."""

    def __init__(self, motions: Sequence[Tensor], tracks: Sequence[Tensor]) -> None:
        """Of takes.

        Args:
            motions: (T, C) of each at `RATE`, as the networks have them.
            tracks: (T, K) how much of each label there is in them.
        """
        self.motions, self.tracks = tuple(motions), tuple(tracks)
        every = torch.cat(self.tracks)
        spread = every.var(dim=0, unbiased=False).sum()
        counts = _LABEL_WEIGHT if are_label_weights(every.cpu().numpy()) else _SIGNAL_WEIGHT
        # Labels that are the same in all frames tell nothing.
        self._fits = counts / (2 * float(spread)) if spread > 0 else 0.0
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
        """(T, C) of pieces of the takes, like a motion.

        Args:
            drawn: (T, C).
            wanted: (T, K) labels; None where they do not count.
            rate: its frames per second, a level's.
            passes: how often it is done, each time like what came of it.
            loop: whether the motion goes round.
            all_of_it: whether pieces that nothing is like count as nearer than they are, so that
                all of a take comes up. What becomes of one moment then depends on all others.
        """
        takes = self._takes_at_rate(rate, query.device)
        frames = min(
            _PATCH_FRAMES,
            round(_PATCH_SECONDS * rate) + 1,
            len(query),
            *(len(own) for own, _ in takes),
        )
        beyond = frames - 1 if loop else 0
        window = torch.hann_window(frames + 2, periodic=False)[1:-1].to(query)
        every = torch.cat([own for own, _ in takes])
        if conditioning is not None:
            conditioning = torch.cat([conditioning, conditioning[:beyond]])
        for _ in range(passes):
            chosen = self._nearest_patches(
                torch.cat([query, query[:beyond]]), conditioning, takes, frames, complete
            )
            total = query.new_zeros(len(query) + beyond, query.shape[1] + 1)
            for number, weight in enumerate(window):
                here = total[number : number + len(chosen)]
                here[:, :-1] += weight * every[chosen + number]
                here[:, -1] += weight
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
        """(N,) for each piece of a motion the first frame, counted over all takes, of the piece
        that fits best."""
        count = len(query) - frames + 1
        least = query.new_full((count,), torch.inf)
        chosen = torch.zeros(count, dtype=torch.long, device=query.device)
        columns = max(_MAX_COSTS // len(query), 1)
        offset = 0
        for motion, track in takes:
            for first in range(0, len(motion) - frames + 1, columns):
                part = slice(first, first + columns + frames - 1)
                costs = _patch_distances(query, motion[part], frames) / query.shape[1]
                costs /= _UNIT_DISTANCE + (costs.amin(dim=0) if complete else 0.0)
                if conditioning is not None and self._fits:
                    costs += self._fits * _patch_distances(conditioning, track[part], frames)
                lowest, where = costs.min(dim=1)
                nearer = lowest < least
                least = torch.where(nearer, lowest, least)
                chosen = torch.where(nearer, where + (offset + first), chosen)
            offset += len(motion)
        return chosen

    def _takes_at_rate(self, rate: float, device: torch.device) -> list[tuple[Tensor, Tensor]]:
        """Each take and its labels at a rate."""
        if (rate, device) not in self._resized:
            found = []
            for motion, track in zip(self.motions, self.tracks, strict=True):
                length = round((len(motion) - 1) * rate / STYLE_FPS) + 1
                found.append(
                    tuple(resize_frames(t[None].to(device), length)[0] for t in (motion, track))
                )
            self._resized[rate, device] = found
        return self._resized[rate, device]


def _patch_distances(one: Tensor, other: Tensor, frames: int) -> Tensor:
    """(N, M) mean squared distance of each piece of frames (T, D) from each of (R, D)."""
    squares = one.square().sum(1)[:, None] + other.square().sum(1) - 2 * one @ other.T
    rows, columns = (len(own) - frames + 1 for own in (one, other))
    total = squares[:rows, :columns].clone()
    for number in range(1, frames):
        total += squares[number : number + rows, number : number + columns]
    return total / frames
