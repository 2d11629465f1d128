"""From an action and a length to a take: draw codes, then look at them at any times."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..nerm.sampler import Sampler as NermSampler
from ..nerm.weights import default_device
from ..playback.clip import Passage
from ..playback.layers import Layer
from ..playback.pose_sampling import Decoded, Moments
from .long_motions import Chain, Piece, latent_of, lengths_of_pieces, pieces_of
from .novelty import MOMENTS, Novelty
from .weights import ActionData, MotionInrWeights

DEFAULT_SPREAD = 0.5
"""How far codes are drawn from their components, as a share of the fitted spread, which is 1 in the
paper: drawn in full, motions are half as far again from captures as captures of other people are
(`evaluate action-to-motion`, MMS)."""

_DECODE_FRAMES = 2048
_SLACK = 0.05
"""Seconds that a motion may last beyond what was seen without a word of it."""


class Sampler:
    """MotionINR, loaded and ready on one device.

    A *latent* is what one motion is drawn as: the code of its action and length, or several where
    no capture lasts as long (`chain.py`).
    """

    def __init__(
        self,
        weights: MotionInrWeights,
        device: torch.device | None = None,
        spread: float = DEFAULT_SPREAD,
    ) -> None:
        """On a device, the best there is unless named; `spread` is 1 in the paper."""
        self.weights = weights
        self.spread = spread
        self.device = default_device() if device is None else device
        self._decoder = weights.decoder.to(self.device)
        self._numbers = {data.label: n for n, data in enumerate(weights.actions)}

    @property
    def actions(self) -> tuple[str, ...]:
        """Action labels that the weights know."""
        return tuple(self._numbers)

    def data(self, action: str) -> ActionData:
        """How much was learnt of an action that is known."""
        return self.weights.actions[self._numbers[action]]

    def usual_length(self, action: str) -> float:
        """Seconds at which there are most captures of an action that is known."""
        spans = self.weights.mixtures.of(self._numbers[action])
        return max(spans, key=lambda span: span.captures).median

    def longest(self, action: str) -> float:
        """Seconds up to which a motion of an action that is known is one, not several."""
        return self.weights.mixtures.longest(self._numbers[action])

    def draw(self, action: str, seconds: float, seed: int) -> Tensor:
        """The latent (L,) of an action that is known, for a length; the same for the same seed."""
        longest = self.longest(action)
        lengths = [seconds] if seconds <= longest + _SLACK else lengths_of_pieces(seconds, longest)
        return latent_of([self._piece(action, one, seed, n) for n, one in enumerate(lengths)])

    def _piece(self, action: str, seconds: float, seed: int, part: int) -> Piece:
        """One code; `part` tells those of one seed apart."""
        chance = np.random.default_rng([seed, part])
        number, mixtures = self._numbers[action], self.weights.mixtures
        span = mixtures.for_length(number, seconds)
        own = mixtures.draw(span, chance, self.spread)
        mean = self.weights.action_codes.mean[number].detach()
        spread = torch.exp(0.5 * self.weights.action_codes.log_variance[number].detach())
        away = torch.from_numpy(chance.standard_normal(len(mean))).float()
        shared = mean + self.spread * spread * away
        return Piece(torch.cat([torch.from_numpy(own).float(), shared]), span.median)

    def pieces(self, latent: Tensor) -> list[Piece]:
        """What a latent (L,) is made of; ValueError if it is none of these weights."""
        return pieces_of(latent, self.weights.decoder.config.code)

    @torch.inference_mode()
    def decode(
        self,
        code: Tensor,
        seconds: float,  # noqa: ARG002
        times: Array,
        over: Sequence[Layer] = (),  # noqa: ARG002
    ) -> tuple[Tensor, Tensor]:
        """Pose rows (T, 135) and contact probabilities (T, 4) at `times` (T,) in seconds.

        What `nerm.passage.Passage` asks. The decoder does not see how long the motion is, and there
        is nothing to lay over.
        """
        z = code.to(self.device, torch.float32).reshape(1, -1)
        rows, touching = [], []
        for part in torch.from_numpy(np.asarray(times, dtype=np.float32)).split(_DECODE_FRAMES):
            row, logits = self._decoder(part[None].to(self.device), z)
            rows.append(row[0].cpu())
            touching.append(torch.sigmoid(logits[0]).cpu())
        return torch.cat(rows), torch.cat(touching)

    def passage(self, latent: Tensor, seconds: float) -> Passage:
        """The motion of a latent (L,), to be looked at or to be a part of a longer one."""
        pieces = self.pieces(latent)
        if len(pieces) > 1:
            return Chain(self, latent, pieces, seconds)
        return Passage(self, pieces[0].code, seconds)

    def look(
        self,
        latent: Tensor,
        seconds: float,
        fps: float,
        lock_feet: bool = True,
        *,
        start: float = 0.0,
        end: float | None = None,
        speed: float = 1.0,
    ) -> Take:
        """The motion of a latent (L,) or a part of it as a take, with nothing told of it yet.

        Other arguments as of `nerm.sample.Sampler.look`.
        """
        passage = self.passage(latent, seconds)
        if isinstance(passage, Chain):
            return passage.performance.take(fps, lock_feet, start=start, end=end, speed=speed)
        moments = Moments.of(seconds, fps, start, end, speed)
        code = passage.code
        return Decoded.at(moments, lambda times: self.decode(code, seconds, times)).take(lock_feet)

    def take(
        self, action: str, seconds: float, fps: float, seed: int, lock_feet: bool = True
    ) -> Take:
        """A new motion of an action that is known, as a take of ``round(seconds * fps)`` frames.

        A length that was never seen is made nevertheless: of a shorter one the beginning of a
        longer, and a longer one of several, each passing into the next. The take has a note then.
        """
        timings: dict[str, float] = {}
        begun = time.perf_counter()
        latent = self.draw(action, seconds, seed)
        timings["draw"] = time.perf_counter() - begun
        begun = time.perf_counter()
        take = self.look(latent, seconds, fps, lock_feet)
        timings["decode"] = time.perf_counter() - begun
        take.info = {
            **self.origin(),
            "prompt": "",
            "action": action,
            "seed": seed,
            "seconds": seconds,
            "lock_feet": lock_feet,
            "latent": latent.tolist(),
            **self.told(action, latent, seconds),
            "timings": timings,
        }
        return take

    def origin(self) -> dict[str, Any]:
        """What a take says of the weights that made it."""
        return {
            "model": "motioninr",
            "hash": self.weights.hash,
            "licence": self.weights.licence,
        }

    def told(self, action: str, latent: Tensor, seconds: float) -> dict[str, Any]:
        """What a take says of one motion: how new it is, and a note where there is one."""
        note = _note(self.data(action), seconds, several=len(self.pieces(latent)) > 1)
        novelty = {"novelty": vars(self.novelty(latent, seconds))}
        return {**novelty, "note": note} if note else novelty

    def between(self, first: Tensor, second: Tensor, share: float) -> Tensor:
        """The latent (L,) `share` of the way from one to another, and so for how long it lasts.

        Raises:
            ValueError: if one of them is several motions in a row.
        """
        one, other = (self._single(latent) for latent in (first, second))
        cut = self.weights.decoder.config.strides
        strides = torch.lerp(one.code[:cut], other.code[:cut], share)
        learnt = NermSampler.between(one.code[cut:], other.code[cut:], share)
        seconds = (1 - share) * one.seconds + share * other.seconds
        return latent_of([Piece(torch.cat([strides, learnt]), seconds)])

    def _single(self, latent: Tensor) -> Piece:
        pieces = self.pieces(latent)
        if len(pieces) > 1:
            raise ValueError(
                "Only takes of one motion each can be blended: generate both again, no longer than "
                "the action's captures."
            )
        return pieces[0]

    def novelty(self, latent: Tensor, seconds: float) -> Novelty:
        """How far a motion is from all that was learnt; of several the one that is least new."""
        found = []
        for piece in self.pieces(latent):
            lasting = min(seconds, piece.seconds)
            rows, _ = self.decode(piece.code, lasting, np.linspace(0, lasting, MOMENTS))
            found.append(self.weights.known.novelty(rows))
        return min(found, key=lambda novelty: novelty.distance)


def _note(data: ActionData, seconds: float, several: bool) -> str:
    """What the animator must know of a motion; "" if nothing."""
    said = []
    if several:
        said.append(
            f'Too few captures of "{data.label}" last {seconds:.1f} s, so this is several motions, '
            "each passing into the next."
        )
    elif seconds < data.shortest - _SLACK:
        said.append(
            f'Captures of "{data.label}" last {data.shortest:.1f} s at least, so this is the '
            "beginning of a longer motion."
        )
    if data.captures == 1:
        said.append(f'There is one capture of "{data.label}" alone, so motions stay close to it.')
    return " ".join(said)
