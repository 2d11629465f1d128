"""Generate motion in a style: labels over time become a take."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..protocol.generation_fields import FPS, ORIGINALITY, OVERLAP, SEED, STYLE_ORIGINALITY
from ..protocol.limits import check_fine_levels, check_frames, frame_count
from ..protocol.style_file import STYLE_FPS, StyleError
from .conditioning import (
    Conditioning,
    conditioning_seconds,
    control_values,
    frame_count_at_rate,
)
from .playback import StyleMotion
from .sampler import sample_features
from .skeleton_graph import SMPL_BODY, SkeletalMotion
from .style import StyleFile, read_style


@dataclass(frozen=True)
class StyleSpec:
    """A motion to generate in a style."""

    conditioning: Conditioning
    seed: int = 0
    fine: Conditioning | None = None
    """Conditioning of the fine levels (how something is done); None for the same."""
    fine_levels: int | None = None
    """Number of fine levels; half of all levels if None."""
    overlap: float = OVERLAP.default
    """Seconds in which one label fades into the next."""
    originality: float = STYLE_ORIGINALITY.default
    """Weight of the networks, from 0 (pieces of the training takes only) to 1."""
    loop: bool = False

    @property
    def seconds(self) -> float:
        """Length of the motion; StyleError if the conditioning has none."""
        return conditioning_seconds(self.conditioning)

    def check_frame_count(self, fps: float) -> None:
        """Raise LimitError if the frame rate or the number of frames is out of bounds."""
        FPS.check(fps)
        check_frames(frame_count(self.seconds, fps))

    def control_tracks(self, labels: tuple[str, ...], levels: int) -> list[Array]:
        """Return a control track (T, K) at `STYLE_FPS` for each level, from coarse to fine.

        Raises:
            StyleError: a label is unknown, or the tracks do not fit together.
            LimitError: `fine_levels` is out of bounds.
        """
        coarse = control_values(self.conditioning, labels, self.overlap, self.loop)
        if coarse.ndim == 3:
            if self.fine is not None:
                raise StyleError(
                    "Fine labels cannot be combined with labels for every level: leave out one of "
                    "the two."
                )
            if len(coarse) != levels:
                raise StyleError(f"The style has {levels} levels (got labels for {len(coarse)}).")
            return list(coarse)
        if self.fine is None:
            return [coarse] * levels
        seconds = [conditioning_seconds(one) for one in (self.fine, self.conditioning)]
        if abs(seconds[0] - seconds[1]) > 0.5 / STYLE_FPS:
            raise StyleError(
                "The fine and the coarse timeline must have the same length (got "
                f"{seconds[0]:g} s and {seconds[1]:g} s)."
            )
        count = levels // 2 if self.fine_levels is None else self.fine_levels
        check_fine_levels(count, levels)
        fine = control_values(self.fine, labels, self.overlap, self.loop)
        return [coarse] * (levels - count) + [fine] * count


class Style(StyleFile):
    """A style with its networks, ready to generate."""

    @classmethod
    def load(cls, path: Path) -> Style:
        """Read a style's file.

        Raises:
            StyleError: the file is missing, damaged or of another version.
        """
        return cls(**vars(read_style(path)))

    @property
    def labels(self) -> tuple[str, ...]:
        return self.network.config.labels

    @property
    def levels(self) -> int:
        """Number of resolutions."""
        return self.network.config.levels

    def generate_take(
        self, spec: StyleSpec, fps: float = STYLE_FPS, lock_feet: bool = True
    ) -> Take:
        """Generate a take of ``round(seconds * fps)`` frames; a loop has one more.

        Raises:
            StyleError: a label is unknown, tracks do not fit together, or the style has another
                skeleton than takes have.
            LimitError: a rate, length, seed or number of fine levels is out of bounds.
        """
        if not self.network.layout.body.has_same_skeleton(SMPL_BODY):
            raise StyleError("A take needs a style of the SMPL skeleton: write a .bvh instead.")
        start = time.perf_counter()
        spec.check_frame_count(fps)
        motion = self.sample_motion(spec)
        sampled = time.perf_counter()
        take = motion.to_take(fps, lock_feet)
        take.metadata = {
            "style": self.hash,
            "labels": list(self.labels),
            # Numbers and blocks are not stored.
            "wanted": spec.conditioning if isinstance(spec.conditioning, str) else None,
            "fine": spec.fine if isinstance(spec.fine, str) else None,
            "overlap": spec.overlap,
            "originality": spec.originality,
            "seed": spec.seed,
            "loop": spec.loop,
            "seconds": motion.seconds,
            "licence": self.origin.licence,
            "lock_feet": lock_feet,
            "timings": {"draw": sampled - start, "decode": time.perf_counter() - sampled},
        }
        return take

    def generate_motion(self, spec: StyleSpec, fps: float = STYLE_FPS) -> SkeletalMotion:
        """Generate a motion on the style's own skeleton, without foot lock."""
        spec.check_frame_count(fps)
        return self.sample_motion(spec).to_motion(fps)

    def sample_motion(self, spec: StyleSpec) -> StyleMotion:
        """Sample a motion as a function of time, on the style's skeleton."""
        spec.check_frame_count(STYLE_FPS)
        SEED.check(spec.seed)
        ORIGINALITY.check(spec.originality)
        features = sample_features(
            self.network,
            spec.control_tracks(self.labels, self.levels),
            frame_count_at_rate(spec.seconds, spec.loop),
            spec.seed,
            spec.loop,
            self.matcher,
            spec.originality,
        )
        return StyleMotion(self.network.layout, features, spec.seconds, spec.loop)
