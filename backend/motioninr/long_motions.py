"""Motions longer than any capture: several with transitions between them, in one latent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.editing.transitions import MotionFrames
from ..kinematics.math.rotations import Array
from ..playback.clip import ClipDecoder, MotionClip
from ..playback.sequence import MotionSequence
from ..playback.transition_search import (
    TRANSITION_SLACK,
    find_transition,
    first_clip_range,
    half_blends,
)
from ..protocol.generation_fields import TRANSITION


@dataclass(frozen=True)
class LatentSegment:
    """The code of one motion, and the length that its training captures have."""

    code: Tensor
    """(strides + sequence_code + action_code,)."""
    seconds: float


def pack_segments(segments: Sequence[LatentSegment]) -> Tensor:
    """Concatenate P segments to a latent (P · (1 + D),): seconds and code of each."""
    return torch.cat([torch.cat([torch.tensor([s.seconds]), s.code]) for s in segments])


def unpack_segments(latent: Tensor, code_size: int) -> list[LatentSegment]:
    """Split a latent into its segments; ValueError if its length fits no number of them."""
    if not len(latent) or len(latent) % (1 + code_size):
        raise ValueError(
            f"A latent must have a multiple of {1 + code_size} numbers (got {len(latent)})."
        )
    return [LatentSegment(part[1:], float(part[0])) for part in latent.split(1 + code_size)]


def segment_lengths(seconds: float, longest: float) -> list[float]:
    """Return the length of each segment of a motion of `seconds`, none above `longest`."""
    if seconds <= longest:
        return [seconds]
    visible = max(longest - TRANSITION.default - TRANSITION_SLACK, 0.5 * longest)
    count = max(int(np.ceil(seconds / visible)), 2)
    return [min(seconds / count + TRANSITION.default + TRANSITION_SLACK, longest)] * count


class ChainedClip(MotionClip):
    """Several segments as one clip."""

    def __init__(
        self,
        decoder: ClipDecoder,
        latent: Tensor,
        segments: Sequence[LatentSegment],
        seconds: float,
    ):
        """Play segments in a row, each from where it resembles the end of the one before."""
        super().__init__(decoder, latent, seconds)
        each = seconds / len(segments)
        clips = [MotionClip(decoder, segment.code, segment.seconds) for segment in segments]
        overlaps = half_blends([min(TRANSITION.default, 0.5 * each)] * len(clips), loop=False)
        ranges = [first_clip_range(clips[0], each, overlaps[0])]
        for clip, overlap in zip(clips[1:], overlaps[1:], strict=True):
            ranges.append(find_transition(ranges[-1], first_clip_range(clip, each, overlap))[0])
        self.sequence = MotionSequence(ranges)

    def frames_at(self, times: Array) -> MotionFrames:
        """Return the motion at `times` (T,) in seconds, before foot lock."""
        return self.sequence.frames_at(np.asarray(times, float))
