"""Motions longer than any capture: several, each passing into the next, told as one latent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..kinematics.editing.transitions import Frames
from ..kinematics.math.rotations import Array
from ..playback.clip import Decodes, Passage
from ..playback.sequence import Performance
from ..playback.transition_search import SLACK, begun, following, halves
from ..protocol.limits import DEFAULT_BLEND


@dataclass(frozen=True)
class Piece:
    """A code, and for how long its motion is known to last."""

    code: Tensor
    """(strides + sequence_code + action_code,)."""
    seconds: float


def latent_of(pieces: Sequence[Piece]) -> Tensor:
    """(P · (1 + D),) pieces in a row: the seconds of each, then its code."""
    return torch.cat([torch.cat([torch.tensor([p.seconds]), p.code]) for p in pieces])


def pieces_of(latent: Tensor, size: int) -> list[Piece]:
    """The inverse of `latent_of`, of codes of `size` numbers; ValueError if it cannot be one."""
    if not len(latent) or len(latent) % (1 + size):
        raise ValueError(f"{len(latent)} numbers are no pieces of {1 + size}.")
    return [Piece(part[1:], float(part[0])) for part in latent.split(1 + size)]


def lengths_of_pieces(seconds: float, longest: float) -> list[float]:
    """For how long each piece is drawn of a motion of `seconds`, none longer than `longest`."""
    if seconds <= longest:
        return [seconds]
    shown = max(longest - DEFAULT_BLEND - SLACK, 0.5 * longest)
    count = max(int(np.ceil(seconds / shown)), 2)
    return [min(seconds / count + DEFAULT_BLEND + SLACK, longest)] * count


def chained(decodes: Decodes, pieces: Sequence[Piece], seconds: float) -> Performance:
    """Pieces one after the other, each where it is most like the end of the one before."""
    shown = seconds / len(pieces)
    blend = min(DEFAULT_BLEND, 0.5 * shown)
    passages = [Passage(decodes, piece.code, piece.seconds) for piece in pieces]
    reach = halves([blend] * len(passages), loops=False)
    played = [begun(passages[0], shown, reach[0])]
    for passage, ends in zip(passages[1:], reach[1:], strict=True):
        played.append(following(played[-1], begun(passage, shown, ends))[0])
    return Performance(played)


class Chain(Passage):
    """Several motions in a row, to be looked at as one."""

    def __init__(self, decodes: Decodes, latent: Tensor, pieces: Sequence[Piece], seconds: float):
        """Arguments as of `chained`, and the latent that they were read from."""
        super().__init__(decodes, latent, seconds)
        self.performance = chained(decodes, pieces, seconds)

    def at(self, times: Array) -> Frames:
        """The motion at `times` (T,) in seconds; feet are on the floor, but not held yet."""
        return self.performance.at(np.asarray(times, float))
