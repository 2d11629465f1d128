"""What an animator does with a style: labels over time become a take."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..protocol.limits import (
    DEFAULT_OVERLAP,
    DEFAULT_STYLE_ORIGINALITY,
    check_fps,
    check_frames,
    check_originality,
    check_seed,
    frame_count,
)
from .conditioning import Wanted, seconds_wanted, tracks_wanted
from .errors import StyleError
from .features import Layout
from .motion_matching import Memory
from .networks import StyleNetwork
from .playback import Played
from .sampler import Given, draw, frames_for
from .skeleton_graph import RATE, SMPL_BODY, Motion
from .style import Origin, StyleFile, read_style, write_style


@dataclass(frozen=True)
class Coarse:
    """A motion at the coarsest level: few poses, which decide what happens."""

    features: Array
    """(T, C)."""
    seconds: float
    layout: Layout
    drawn: Array | None = None
    """(T, C) as the style made it; None for somebody else's motion."""

    @property
    def times(self) -> Array:
        """(T,) seconds of its poses."""
        return np.linspace(0.0, self.seconds, len(self.features))

    def motion(self) -> Motion:
        """Its poses as a motion, to be looked at."""
        finest = frames_for(self.seconds)
        columns = [
            np.interp(np.linspace(0, self.seconds, finest), self.times, column)
            for column in self.features.T
        ]
        return self.layout.decode(np.stack(columns, axis=1))[0]

    def with_pose(self, seconds: float, pose: Motion, frame: int, reach: float = 0.4) -> Coarse:
        """The same with another body's pose at a moment; poses up to `reach` seconds away lean
        towards it.

        Args:
            seconds: when; the pose of the coarsest level that is nearest becomes the key.
            pose: whose rotations and height are taken.
            frame: which of its frames.
            reach: seconds.

        Raises:
            StyleError: another skeleton.
        """
        _same(pose, self.layout)
        key = int(np.argmin(np.abs(self.times - seconds)))
        wanted = self.layout.encode(pose.part(frame, frame + 1))[0]
        columns = np.r_[0 : self.layout.rotations, self.layout.channels - 1]
        share = np.clip(1 - np.abs(self.times - self.times[key]) / max(reach, 1e-6), 0, 1)
        features = np.array(self.features)
        change = wanted[columns] - features[key, columns]
        features[:, columns] += share[:, None] * change
        return replace(self, features=features)


class Style:
    """What was learnt from some takes."""

    def __init__(
        self, network: StyleNetwork, memory: Memory, origin: Origin, digest: str = ""
    ) -> None:
        self.network, self.memory = network, memory
        self.origin, self.hash = origin, digest

    @classmethod
    def load(cls, path: Path) -> Style:
        """Read a style's file.

        Raises:
            StyleError: there is none, or it is damaged or of another version.
        """
        return cls.of(read_style(path))

    @classmethod
    def of(cls, read: StyleFile) -> Style:
        """A style that was read."""
        return cls(read.network, read.memory, read.origin, read.hash)

    def save(self, path: Path) -> None:
        """Write the style's file."""
        self.hash = write_style(path, self.network, self.memory, self.origin)[:16]

    def to(self, device: torch.device | str) -> Style:
        """The style, its networks on another device."""
        self.network.to(device)
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """What can be asked for."""
        return self.network.config.labels

    @property
    def levels(self) -> int:
        """Resolutions, from coarse to fine."""
        return self.network.config.levels

    def blend(
        self,
        wanted: Wanted,
        fps: float = RATE,
        seed: int = 0,
        *,
        fine: Wanted | None = None,
        fine_levels: int | None = None,
        overlap: float = DEFAULT_OVERLAP,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
        loop: bool = False,
        lock_feet: bool = True,
        coarse: Coarse | None = None,
    ) -> Take:
        """A take in which what is wanted happens.

        Args:
            wanted: labels over time.
            fps: of the take, which has ``round(seconds * fps)`` frames; a loop has one more.
            seed: the same gives the same motion.
            fine: labels over the same time for the finer levels: how it is done.
            fine_levels: how many of the finest those are; half of them if None.
            overlap: seconds in which a label passes into the next.
            originality: from 0, pieces of the takes, to 1, what the networks make alone.
            loop: end as it began.
            lock_feet: hold planted feet.
            coarse: what the coarsest level is to have made.

        Raises:
            StyleError: an unknown label, tracks that do not fit together, or a style of another
                skeleton than takes have.
            LimitError: a rate, length, seed or number of fine levels out of bounds.
        """
        if not self.network.layout.body.same_as(SMPL_BODY):
            raise StyleError(
                "This style moves a skeleton of its own, which takes do not have: write a .bvh."
            )
        begun = time.perf_counter()
        self._check_rate(wanted, coarse, fps)
        played = self.played(
            wanted, seed, fine=fine, fine_levels=fine_levels, overlap=overlap,
            originality=originality, loop=loop, coarse=coarse,
        )  # fmt: skip
        drawn = time.perf_counter()
        take = played.take(fps, lock_feet)
        take.info = {
            "style": self.hash,
            "labels": list(self.labels),
            "wanted": wanted if isinstance(wanted, str) else None,
            "fine": fine if isinstance(fine, str) else None,
            "overlap": overlap,
            "originality": originality,
            "seed": seed,
            "seconds": played.seconds,
            "licence": self.origin.licence,
            "loop": loop,
            "lock_feet": lock_feet,
            "timings": {"draw": drawn - begun, "decode": time.perf_counter() - drawn},
        }
        return take

    def motion(
        self,
        wanted: Wanted,
        fps: float = RATE,
        seed: int = 0,
        *,
        fine: Wanted | None = None,
        overlap: float = DEFAULT_OVERLAP,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
        loop: bool = False,
    ) -> Motion:
        """The same on the style's own skeleton, whichever that is, feet as they are."""
        self._check_rate(wanted, None, fps)
        return self.played(
            wanted, seed, fine=fine, overlap=overlap, originality=originality, loop=loop
        ).motion(fps)

    def _check_rate(self, wanted: Wanted, coarse: Coarse | None, fps: float) -> None:
        """Raise LimitError if there would be too many frames, before anything is drawn."""
        seconds = coarse.seconds if coarse is not None else seconds_wanted(wanted)
        check_fps(fps)
        check_frames(frame_count(seconds, fps))

    def played(
        self,
        wanted: Wanted,
        seed: int = 0,
        *,
        fine: Wanted | None = None,
        fine_levels: int | None = None,
        overlap: float = DEFAULT_OVERLAP,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
        loop: bool = False,
        coarse: Coarse | None = None,
    ) -> Played:
        """The motion as a function of time, on the style's skeleton; arguments as of `blend`."""
        seconds = coarse.seconds if coarse is not None else seconds_wanted(wanted)
        check_frames(frame_count(seconds, RATE))
        tracks = self.tracks(wanted, fine, fine_levels, overlap, loop)
        check_seed(seed)
        check_originality(originality)
        frames = frames_for(seconds, loop)
        given = None if coarse is None else Given(coarse.features, coarse.drawn)
        features = draw(
            self.network, tracks, frames, seed, loop, given,
            memory=self.memory, originality=originality,
        )  # fmt: skip
        return Played(self.network.layout, features, seconds, loop)

    def tracks(
        self,
        wanted: Wanted,
        fine: Wanted | None = None,
        fine_levels: int | None = None,
        overlap: float = DEFAULT_OVERLAP,
        loop: bool = False,
    ) -> list[Array]:
        """(T, K) what is wanted at each level, at `RATE`; arguments as of `blend`."""
        return tracks_wanted(
            wanted, self.labels, self.levels, fine=fine, fine_levels=fine_levels, overlap=overlap,
            loop=loop,
        )  # fmt: skip

    def coarse(
        self,
        wanted: Wanted,
        seed: int = 0,
        overlap: float = DEFAULT_OVERLAP,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
    ) -> Coarse:
        """What the coarsest level makes of it: poses to be changed and given to `blend`."""
        seconds = seconds_wanted(wanted)
        check_frames(frame_count(seconds, RATE))
        tracks = self.tracks(wanted, overlap=overlap)
        check_originality(originality)
        features = draw(
            self.network, tracks, frames_for(seconds), seed, levels=1,
            memory=self.memory, originality=originality,
        )  # fmt: skip
        return Coarse(features, seconds, self.network.layout, features)

    def coarse_of(self, motion: Motion) -> Coarse:
        """Another motion at the coarsest level: given to `blend`, it is done in this style.

        Raises:
            StyleError: another skeleton.
        """
        _same(motion, self.network.layout)
        at_rate = motion.at_rate(RATE).on_floor()
        features = self.network.layout.encode(at_rate)
        length = self.network.config.pyramid.lengths(len(features))[0]
        where = np.linspace(0, len(features) - 1, length)
        own = np.arange(len(features))
        columns = [np.interp(where, own, column) for column in features.T]
        return Coarse(np.stack(columns, axis=1), at_rate.seconds, self.network.layout)


def _same(motion: Motion, layout: Layout) -> None:
    if not motion.body.same_as(layout.body):
        raise StyleError("The motion is on another skeleton than the style.")
