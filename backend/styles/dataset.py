"""The takes that a style is learnt from, at every resolution, and windows of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import Array
from .errors import StyleError
from .features import Layout
from .label_tracks import are_shares
from .networks import StyleConfig
from .pyramid import at_places, resized
from .skeleton_graph import RATE, Motion

_LEAST_TURN = 0.05
"""Spread of 6D numbers below which a joint counts as still."""
_LEAST_WAY = 0.05
"""The same of the root's way, in m/s, rad/s and metres."""
_CONTACT_SPREAD = 0.5
_LEAST_SPREAD = 0.1
"""Share of all takes' spread below which a label's own counts as none."""
_LEAST_HEARD = 0.05
"""Share of the widest spread of a signal's columns below which another's counts as none."""


@dataclass(frozen=True)
class Labelled:
    """A motion and what happens in it."""

    motion: Motion
    """At any rate."""
    track: Array
    """(T, K) how much of each label there is in each of its frames."""
    name: str = "The take"
    """What refusals call it."""


class Examples:
    """All takes of a style, standardised."""

    def __init__(self, takes: Sequence[Labelled], config: StyleConfig) -> None:
        """Takes are brought to `RATE` and onto the floor.

        Raises:
            StyleError: a take is too short or on another skeleton.
        """
        _check(takes, config)
        self.config, self.pyramid = config, config.pyramid
        self.layout = Layout(takes[0].motion.body)
        features = [self.layout.encode(take.motion.at_rate(RATE).on_floor()) for take in takes]
        self.mean, self.std = _spread(features, self.layout)
        self.real = [
            (torch.from_numpy(f).float() - self.mean) / self.std for f in features
        ]  # fmt: skip
        """(T, C) of each take."""
        self.wanted = [_track(take, len(f)) for take, f in zip(takes, features, strict=True)]
        """(T, K) of each take."""
        self.centres, self.spreads = self._usual()
        """(K, C) mean and spread of what has each label."""
        self.chances = self._chances()
        self._levels = [
            [resized(motion[None], length)[0] for length in self.pyramid.lengths(len(motion))]
            for motion in self.real
        ]
        self._tracks = [
            [resized(track[None], len(own))[0] for own in levels]
            for track, levels in zip(self.wanted, self._levels, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.real)

    @property
    def seconds(self) -> float:
        """Of all takes together."""
        return sum(len(motion) - 1 for motion in self.real) / RATE

    @property
    def digest(self) -> str:
        """Of what is learnt: a run goes on with the same takes only."""
        told = hashlib.sha256()
        for motion, track in zip(self.real, self.wanted, strict=True):
            told.update(motion.numpy().tobytes())
            told.update(track.numpy().tobytes())
        return told.hexdigest()[:16]

    @property
    def _shares(self) -> bool:
        """Whether tracks are shares of a whole, as labels are, and no numbers of a signal."""
        return are_shares(torch.cat(self.wanted).numpy())

    @property
    def heard(self) -> tuple[Tensor, Tensor]:
        """(K,) middle and (K,) spread of what networks are told: 0 and 1 of labels, so that these
        are heard as they are."""
        tracks = torch.cat(self.wanted)
        spread = tracks.std(dim=0, unbiased=False)
        if self._shares or not spread.any():
            return torch.zeros_like(spread), torch.ones_like(spread)
        return tracks.mean(dim=0), spread.clamp(min=_LEAST_HEARD * float(spread.max()))

    def _chances(self) -> Tensor:
        """(N,) of each take: labels come up alike, or else moments."""
        if not self._shares:
            return torch.tensor([float(len(motion)) for motion in self.real])
        totals = torch.stack([track.sum(0) for track in self.wanted])
        return (totals / totals.sum(0)).sum(1)

    def _usual(self) -> tuple[Tensor, Tensor]:
        """(K, C) mean, and how far from it, of the features of each label; of all of them where
        labels do not count, or are no shares of a whole but a signal's numbers."""
        rows, tracks = torch.cat(self.real), torch.cat(self.wanted)
        if not (self.config.film and self._shares):
            tracks = torch.ones_like(tracks)
        weight = (tracks / tracks.sum(0)).T
        centres = weight @ rows
        squares = [
            (own @ (rows - centre).square()) for own, centre in zip(weight, centres, strict=True)
        ]
        spreads = torch.stack(squares)
        turns = spreads[:, : self.layout.rotations].unflatten(1, (-1, 6)).mean(2, keepdim=True)
        spreads[:, : self.layout.rotations] = turns.expand(-1, -1, 6).flatten(1)
        return centres, spreads.sqrt().clamp(min=_LEAST_SPREAD)

    def at_level(self, take: int, level: int) -> Tensor:
        """(T, C) of a take at one resolution."""
        return self._levels[take][level]

    def track_at_level(self, take: int, level: int) -> Tensor:
        """(T, K) of a take at one resolution."""
        return self._tracks[take][level]

    def detail(self, level: int, spread: Callable[[Tensor], Tensor]) -> float:
        """Root mean square of what a level has that the next coarser one lacks; 1 at the coarsest,
        where motions begin.

        Args:
            level: a level's number.
            spread: of labels (T, K) the (T, C) by which features are divided.
        """
        if level == 0:
            return 1.0
        lacking = []
        for own, track in zip(self._levels, self._tracks, strict=True):
            below = resized(own[level - 1][None], len(own[level]))[0]
            lacking.append(((own[level] - below) / spread(track[level])).square())
        return float(torch.cat(lacking).mean().sqrt())

    def chosen(self, count: int, generator: torch.Generator) -> list[int]:
        """Numbers of random takes, as often as `chances` says."""
        found = torch.multinomial(self.chances, count, replacement=True, generator=generator)
        return found.tolist()

    def windows(
        self, level: int, count: int, frames: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Random windows of takes at a level: motions (B, W, C) and labels (B, W, K).

        They have `frames` frames, or as many as the shortest take that was drawn.
        """
        takes = self.chosen(count, generator)
        frames = min(frames, *(len(self.at_level(take, level)) for take in takes))
        motions, labels = [], []
        for take in takes:
            own = self.at_level(take, level)
            start = _start(len(own) - frames, generator)
            motions.append(own[start : start + frames])
            labels.append(self.track_at_level(take, level)[start : start + frames])
        return torch.stack(motions), torch.stack(labels)

    def labels(self, level: int, count: int, frames: int, generator: torch.Generator) -> Tensor:
        """Labels (B, frames, K) of random stretches at a level, held where a take ends."""
        found = []
        for take in self.chosen(count, generator):
            track = self.track_at_level(take, level)
            length = len(track)
            start = _start(max(length - frames, 0), generator)
            found.append(track[(start + torch.arange(frames)).clamp(max=length - 1)])
        return torch.stack(found)

    def between(self, take: int, level: int, start: int, end: int, frames: int) -> Tensor:
        """(frames, C) of a take, evenly from one frame of a level to another."""
        length = len(self.at_level(take, level))
        scale = (len(self.real[take]) - 1) / max(length - 1, 1)
        where = torch.linspace(start, end, frames, dtype=torch.float64) * scale
        return at_places(self.real[take][None], where)[0]


def _start(last: int, generator: torch.Generator) -> int:
    return int(torch.randint(last + 1, (), generator=generator))


def _check(takes: Sequence[Labelled], config: StyleConfig) -> None:
    if not takes:
        raise StyleError("There are no takes to learn from: name one or more.")
    body = takes[0].motion.body
    for take in takes:
        if not take.motion.body.same_as(body):
            raise StyleError(
                f"{take.name} is on another skeleton than {takes[0].name}: all takes of a style "
                "must be on the same one."
            )
        if take.motion.seconds < config.shortest:
            raise StyleError(
                f"{take.name} lasts {take.motion.seconds:.2f} s, which is shorter than the patch "
                f"that is learnt ({config.shortest:.2f} s): choose a longer take."
            )
        if take.track.shape != (len(take.motion), len(config.labels)):
            raise StyleError(
                f"{take.name} has {len(take.motion)} frames and the style {len(config.labels)} "
                f"labels, but its control track has the shape {take.track.shape}: both must agree."
            )


def _track(take: Labelled, frames: int) -> Tensor:
    """(frames, K) at `RATE`."""
    where = np.arange(frames) * (take.motion.fps / RATE)
    own = np.arange(len(take.track))
    track = np.stack([np.interp(where, own, column) for column in take.track.T], axis=1)
    return torch.from_numpy(track).float()


def _spread(features: Sequence[Array], layout: Layout) -> tuple[Tensor, Tensor]:
    """(C,) mean, and (C,) what to divide by: joints and each part of the way count alike."""
    rows = np.concatenate(list(features))
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    turns = std[: layout.rotations].reshape(-1, 6)
    alike = np.sqrt((turns**2).mean(axis=1, keepdims=True)).clip(min=_LEAST_TURN)
    std[: layout.rotations] = np.repeat(alike, 6)
    std[layout.contacts] = _CONTACT_SPREAD
    std[layout.way] = std[layout.way].clip(min=_LEAST_WAY)
    return torch.from_numpy(mean).float(), torch.from_numpy(std).float()
