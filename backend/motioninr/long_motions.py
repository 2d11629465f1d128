"""Motions longer than any capture: several, each passing into the next, told as one latent."""

from __future__ import annotations

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
from ..protocol.limits import DEFAULT_BLEND_SECONDS


@dataclass(frozen=True)
class LatentSegment:
    """A code, and for how long its motion is known to last."""

    code: Tensor
    """(strides + sequence_code + action_code,)."""
    seconds: float


def pack_segments(segments: Sequence[LatentSegment]) -> Tensor:
    """(P · (1 + D),) pieces in a row: the seconds of each, then its code."""
    return torch.cat([torch.cat([torch.tensor([p.seconds]), p.code]) for p in segments])


def unpack_segments(latent: Tensor, code_size: int) -> list[LatentSegment]:
    """The inverse of `latent_of`, of codes of `size` numbers; ValueError if it cannot be one."""
    if not len(latent) or len(latent) % (1 + code_size):
        raise ValueError(f"{len(latent)} numbers are no pieces of {1 + code_size}.")
    return [LatentSegment(part[1:], float(part[0])) for part in latent.split(1 + code_size)]


def segment_lengths(seconds: float, longest: float) -> list[float]:
    """For how long each piece is drawn of a motion of `seconds`, none longer than `longest`."""
    if seconds <= longest:
        return [seconds]
    shown = max(longest - DEFAULT_BLEND_SECONDS - TRANSITION_SLACK, 0.5 * longest)
    count = max(int(np.ceil(seconds / shown)), 2)
    return [min(seconds / count + DEFAULT_BLEND_SECONDS + TRANSITION_SLACK, longest)] * count


def chain_segments(
    decodes: ClipDecoder, segments: Sequence[LatentSegment], seconds: float
) -> MotionSequence:
    """Pieces one after the other, each where it is most like the end of the one before."""
    shown = seconds / len(segments)
    blend = min(DEFAULT_BLEND_SECONDS, 0.5 * shown)
    passages = [MotionClip(decodes, piece.code, piece.seconds) for piece in segments]
    reach = half_blends([blend] * len(passages), loop=False)
    played = [first_clip_range(passages[0], shown, reach[0])]
    for passage, ends in zip(passages[1:], reach[1:], strict=True):
        played.append(find_transition(played[-1], first_clip_range(passage, shown, ends))[0])
    return MotionSequence(played)


class ChainedClip(MotionClip):
    """Several motions in a row, to be looked at as one."""

    def __init__(
        self,
        decodes: ClipDecoder,
        latent: Tensor,
        segments: Sequence[LatentSegment],
        seconds: float,
    ):
        """Arguments as of `chained`, and the latent that they were read from."""
        super().__init__(decodes, latent, seconds)
        self.sequence = chain_segments(decodes, segments, seconds)

    def frames_at(self, times: Array) -> MotionFrames:
        """The motion at `times` (T,) in seconds; feet are on the floor, but not held yet."""
        return self.sequence.frames_at(np.asarray(times, float))
