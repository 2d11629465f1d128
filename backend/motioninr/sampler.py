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
from ..playback.clip import MotionClip
from ..playback.layers import BodyPartLayer
from ..playback.pose_sampling import DecodedPoses, PoseTimes
from ..training.codes import interpolate_codes
from ..training.weight_files import default_device
from .long_motions import (
    ChainedClip,
    LatentSegment,
    pack_segments,
    segment_lengths,
    unpack_segments,
)
from .novelty import COMPARED_FRAMES, JointNovelty
from .weights import ActionStats, MotionInrWeights

DEFAULT_SPREAD = 0.5
"""How far codes are drawn from their components, as a share of the fitted spread, which is 1 in the
paper: drawn in full, motions are half as far again from captures as captures of other people are
(`evaluate action-to-motion`, MMS)."""

_DECODE_FRAMES = 2048
_LENGTH_TOLERANCE = 0.05
"""Seconds that a motion may last beyond what was seen without a word of it."""


class MotionInrSampler:
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
    def known_labels(self) -> tuple[str, ...]:
        """Action labels that the weights know."""
        return tuple(self._numbers)

    def action_stats(self, action: str) -> ActionStats:
        """How much was learnt of an action that is known."""
        return self.weights.actions[self._numbers[action]]

    def typical_length(self, action: str) -> float:
        """Seconds at which there are most captures of an action that is known."""
        spans = self.weights.mixtures.action_bins(self._numbers[action])
        return max(spans, key=lambda span: span.captures).median

    def longest_seconds(self, action: str) -> float:
        """Seconds up to which a motion of an action that is known is one, not several."""
        return self.weights.mixtures.longest_seconds(self._numbers[action])

    def sample_latent(self, action: str, seconds: float, seed: int) -> Tensor:
        """The latent (L,) of an action that is known, for a length; the same for the same seed."""
        longest = self.longest_seconds(action)
        lengths = (
            [seconds]
            if seconds <= longest + _LENGTH_TOLERANCE
            else segment_lengths(seconds, longest)
        )
        return pack_segments(
            [self._sample_segment(action, one, seed, n) for n, one in enumerate(lengths)]
        )

    def _sample_segment(self, action: str, seconds: float, seed: int, part: int) -> LatentSegment:
        """One code; `part` tells those of one seed apart."""
        chance = np.random.default_rng([seed, part])
        number, mixtures = self._numbers[action], self.weights.mixtures
        span = mixtures.bin_for_length(number, seconds)
        own = mixtures.sample_code(span, chance, self.spread)
        mean = self.weights.action_codes.mean[number].detach()
        spread = torch.exp(0.5 * self.weights.action_codes.log_variance[number].detach())
        away = torch.from_numpy(chance.standard_normal(len(mean))).float()
        shared = mean + self.spread * spread * away
        return LatentSegment(torch.cat([torch.from_numpy(own).float(), shared]), span.median)

    def latent_segments(self, latent: Tensor) -> list[LatentSegment]:
        """What a latent (L,) is made of; ValueError if it is none of these weights."""
        return unpack_segments(latent, self.weights.decoder.config.code_size)

    @torch.inference_mode()
    def decode_rows(
        self,
        code: Tensor,
        seconds: float,  # noqa: ARG002
        times: Array,
        layers: Sequence[BodyPartLayer] = (),  # noqa: ARG002
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

    def motion_clip(self, latent: Tensor, seconds: float) -> MotionClip:
        """The motion of a latent (L,), to be looked at or to be a part of a longer one."""
        pieces = self.latent_segments(latent)
        if len(pieces) > 1:
            return ChainedClip(self, latent, pieces, seconds)
        return MotionClip(self, pieces[0].code, seconds)

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
        passage = self.motion_clip(latent, seconds)
        if isinstance(passage, ChainedClip):
            return passage.sequence.to_take(fps, lock_feet, start=start, end=end, speed=speed)
        moments = PoseTimes.for_take(seconds, fps, start, end, speed)
        code = passage.code
        return DecodedPoses.from_decoder(
            moments, lambda times: self.decode_rows(code, seconds, times)
        ).to_take(lock_feet)

    def take(
        self, action: str, seconds: float, fps: float, seed: int, lock_feet: bool = True
    ) -> Take:
        """A new motion of an action that is known, as a take of ``round(seconds * fps)`` frames.

        A length that was never seen is made nevertheless: of a shorter one the beginning of a
        longer, and a longer one of several, each passing into the next. The take has a note then.
        """
        timings: dict[str, float] = {}
        begun = time.perf_counter()
        latent = self.sample_latent(action, seconds, seed)
        timings["draw"] = time.perf_counter() - begun
        begun = time.perf_counter()
        take = self.look(latent, seconds, fps, lock_feet)
        timings["decode"] = time.perf_counter() - begun
        take.metadata = {
            **self.model_metadata(),
            "prompt": "",
            "action": action,
            "seed": seed,
            "seconds": seconds,
            "lock_feet": lock_feet,
            "latent": latent.tolist(),
            **self.motion_metadata(action, latent, seconds),
            "timings": timings,
        }
        return take

    def model_metadata(self) -> dict[str, Any]:
        """What a take says of the weights that made it."""
        return {
            "model": "motioninr",
            "hash": self.weights.digest,
            "licence": self.weights.licence,
        }

    def motion_metadata(self, action: str, latent: Tensor, seconds: float) -> dict[str, Any]:
        """What a take says of one motion: how new it is, and a note where there is one."""
        note = _length_note(
            self.action_stats(action), seconds, several=len(self.latent_segments(latent)) > 1
        )
        novelty = {"novelty": vars(self.measure_novelty(latent, seconds))}
        return {**novelty, "note": note} if note else novelty

    def interpolate_latents(self, first: Tensor, second: Tensor, alpha: float) -> Tensor:
        """The latent (L,) `share` of the way from one to another, and so for how long it lasts.

        Raises:
            ValueError: if one of them is several motions in a row.
        """
        one, other = (self._single_segment(latent) for latent in (first, second))
        cut = self.weights.decoder.config.strides
        strides = torch.lerp(one.code[:cut], other.code[:cut], alpha)
        learnt = interpolate_codes(one.code[cut:], other.code[cut:], alpha)
        seconds = (1 - alpha) * one.seconds + alpha * other.seconds
        return pack_segments([LatentSegment(torch.cat([strides, learnt]), seconds)])

    def _single_segment(self, latent: Tensor) -> LatentSegment:
        pieces = self.latent_segments(latent)
        if len(pieces) > 1:
            raise ValueError(
                "Only takes of one motion each can be blended: generate both again, no longer than "
                "the action's captures."
            )
        return pieces[0]

    def measure_novelty(self, latent: Tensor, seconds: float) -> JointNovelty:
        """How far a motion is from all that was learnt; of several the one that is least new."""
        found = []
        for piece in self.latent_segments(latent):
            lasting = min(seconds, piece.seconds)
            rows, _ = self.decode_rows(
                piece.code, lasting, np.linspace(0, lasting, COMPARED_FRAMES)
            )
            found.append(self.weights.known_motions.measure_novelty(rows))
        return min(found, key=lambda novelty: novelty.distance)


def _length_note(data: ActionStats, seconds: float, several: bool) -> str:
    """What the animator must know of a motion; "" if nothing."""
    said = []
    if several:
        said.append(
            f'Too few captures of "{data.label}" last {seconds:.1f} s, so this is several motions, '
            "each passing into the next."
        )
    elif seconds < data.shortest - _LENGTH_TOLERANCE:
        said.append(
            f'Captures of "{data.label}" last {data.shortest:.1f} s at least, so this is the '
            "beginning of a longer motion."
        )
    if data.captures == 1:
        said.append(f'There is one capture of "{data.label}" alone, so motions stay close to it.')
    return " ".join(said)
