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
    DEFAULT_OVERLAP_SECONDS,
    DEFAULT_STYLE_ORIGINALITY,
    check_fps,
    check_frames,
    check_originality,
    check_seed,
    frame_count,
)
from .conditioning import Conditioning, conditioning_seconds, level_control_tracks
from .errors import StyleError
from .features import FeatureLayout
from .motion_matching import MotionMatcher
from .networks import StyleNetwork
from .playback import StyleMotion
from .sampler import CoarseOverride, frame_count_at_rate, sample_features
from .skeleton_graph import SMPL_BODY, STYLE_FPS, SkeletalMotion
from .style import StyleFile, StyleOrigin, read_style, write_style


@dataclass(frozen=True)
class CoarseMotion:
    """A motion at the coarsest level: few poses, which decide what happens."""

    features: Array
    """(T, C)."""
    seconds: float
    layout: FeatureLayout
    generated: Array | None = None
    """(T, C) as the style made it; None for somebody else's motion."""

    @property
    def times(self) -> Array:
        """(T,) seconds of its poses."""
        return np.linspace(0.0, self.seconds, len(self.features))

    def preview_motion(self) -> SkeletalMotion:
        """Its poses as a motion, to be looked at."""
        finest = frame_count_at_rate(self.seconds)
        columns = [
            np.interp(np.linspace(0, self.seconds, finest), self.times, column)
            for column in self.features.T
        ]
        return self.layout.decode_features(np.stack(columns, axis=1))[0]

    def with_pose(
        self, seconds: float, pose: SkeletalMotion, frame: int, falloff: float = 0.4
    ) -> CoarseMotion:
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
        _check_same_skeleton(pose, self.layout)
        key = int(np.argmin(np.abs(self.times - seconds)))
        wanted = self.layout.encode_motion(pose.slice_frames(frame, frame + 1))[0]
        columns = np.r_[0 : self.layout.rotation_channels, self.layout.channel_count - 1]
        share = np.clip(1 - np.abs(self.times - self.times[key]) / max(falloff, 1e-6), 0, 1)
        features = np.array(self.features)
        change = wanted[columns] - features[key, columns]
        features[:, columns] += share[:, None] * change
        return replace(self, features=features)


class Style:
    """What was learnt from some takes."""

    def __init__(
        self, network: StyleNetwork, matcher: MotionMatcher, origin: StyleOrigin, digest: str = ""
    ) -> None:
        self.network, self.matcher = network, matcher
        self.origin, self.hash = origin, digest

    @classmethod
    def load(cls, path: Path) -> Style:
        """Read a style's file.

        Raises:
            StyleError: there is none, or it is damaged or of another version.
        """
        return cls.from_file(read_style(path))

    @classmethod
    def from_file(cls, file: StyleFile) -> Style:
        """A style that was read."""
        return cls(file.network, file.matcher, file.origin, file.hash)

    def save(self, path: Path) -> None:
        """Write the style's file."""
        self.hash = write_style(path, self.network, self.matcher, self.origin)[:16]

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

    def generate_take(
        self,
        conditioning: Conditioning,
        fps: float = STYLE_FPS,
        seed: int = 0,
        *,
        fine: Conditioning | None = None,
        fine_levels: int | None = None,
        overlap: float = DEFAULT_OVERLAP_SECONDS,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
        loop: bool = False,
        lock_feet: bool = True,
        coarse: CoarseMotion | None = None,
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
        if not self.network.layout.body.has_same_skeleton(SMPL_BODY):
            raise StyleError(
                "This style moves a skeleton of its own, which takes do not have: write a .bvh."
            )
        begun = time.perf_counter()
        self._check_rate(conditioning, coarse, fps)
        played = self.sample_motion(
            conditioning, seed, fine=fine, fine_levels=fine_levels, overlap=overlap,
            originality=originality, loop=loop, coarse=coarse,
        )  # fmt: skip
        drawn = time.perf_counter()
        take = played.to_take(fps, lock_feet)
        take.metadata = {
            "style": self.hash,
            "labels": list(self.labels),
            "wanted": conditioning if isinstance(conditioning, str) else None,
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

    def generate_motion(
        self,
        conditioning: Conditioning,
        fps: float = STYLE_FPS,
        seed: int = 0,
        *,
        fine: Conditioning | None = None,
        overlap: float = DEFAULT_OVERLAP_SECONDS,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
        loop: bool = False,
    ) -> SkeletalMotion:
        """The same on the style's own skeleton, whichever that is, feet as they are."""
        self._check_rate(conditioning, None, fps)
        return self.sample_motion(
            conditioning, seed, fine=fine, overlap=overlap, originality=originality, loop=loop
        ).to_motion(fps)

    def _check_rate(
        self, conditioning: Conditioning, coarse: CoarseMotion | None, fps: float
    ) -> None:
        """Raise LimitError if there would be too many frames, before anything is drawn."""
        seconds = coarse.seconds if coarse is not None else conditioning_seconds(conditioning)
        check_fps(fps)
        check_frames(frame_count(seconds, fps))

    def sample_motion(
        self,
        conditioning: Conditioning,
        seed: int = 0,
        *,
        fine: Conditioning | None = None,
        fine_levels: int | None = None,
        overlap: float = DEFAULT_OVERLAP_SECONDS,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
        loop: bool = False,
        coarse: CoarseMotion | None = None,
    ) -> StyleMotion:
        """The motion as a function of time, on the style's skeleton; arguments as of `blend`."""
        seconds = coarse.seconds if coarse is not None else conditioning_seconds(conditioning)
        check_frames(frame_count(seconds, STYLE_FPS))
        tracks = self.control_tracks(conditioning, fine, fine_levels, overlap, loop)
        check_seed(seed)
        check_originality(originality)
        frames = frame_count_at_rate(seconds, loop)
        given = None if coarse is None else CoarseOverride(coarse.features, coarse.generated)
        features = sample_features(
            self.network, tracks, frames, seed, loop, given,
            matcher=self.matcher, originality=originality,
        )  # fmt: skip
        return StyleMotion(self.network.layout, features, seconds, loop)

    def control_tracks(
        self,
        conditioning: Conditioning,
        fine: Conditioning | None = None,
        fine_levels: int | None = None,
        overlap: float = DEFAULT_OVERLAP_SECONDS,
        loop: bool = False,
    ) -> list[Array]:
        """(T, K) what is wanted at each level, at `RATE`; arguments as of `blend`."""
        return level_control_tracks(
            conditioning, self.labels, self.levels, fine=fine, fine_levels=fine_levels,
            overlap=overlap, loop=loop,
        )  # fmt: skip

    def sample_coarse_motion(
        self,
        conditioning: Conditioning,
        seed: int = 0,
        overlap: float = DEFAULT_OVERLAP_SECONDS,
        originality: float = DEFAULT_STYLE_ORIGINALITY,
    ) -> CoarseMotion:
        """What the coarsest level makes of it: poses to be changed and given to `blend`."""
        seconds = conditioning_seconds(conditioning)
        check_frames(frame_count(seconds, STYLE_FPS))
        tracks = self.control_tracks(conditioning, overlap=overlap)
        check_originality(originality)
        features = sample_features(
            self.network, tracks, frame_count_at_rate(seconds), seed, levels=1,
            matcher=self.matcher, originality=originality,
        )  # fmt: skip
        return CoarseMotion(features, seconds, self.network.layout, features)

    def coarse_motion_from(self, motion: SkeletalMotion) -> CoarseMotion:
        """Another motion at the coarsest level: given to `blend`, it is done in this style.

        Raises:
            StyleError: another skeleton.
        """
        _check_same_skeleton(motion, self.network.layout)
        at_rate = motion.resampled_at(STYLE_FPS).placed_on_floor()
        features = self.network.layout.encode_motion(at_rate)
        length = self.network.config.pyramid.lengths(len(features))[0]
        where = np.linspace(0, len(features) - 1, length)
        own = np.arange(len(features))
        columns = [np.interp(where, own, column) for column in features.T]
        return CoarseMotion(np.stack(columns, axis=1), at_rate.duration, self.network.layout)


def _check_same_skeleton(motion: SkeletalMotion, layout: FeatureLayout) -> None:
    if not motion.body.has_same_skeleton(layout.body):
        raise StyleError("The motion is on another skeleton than the style.")
