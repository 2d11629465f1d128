"""Sample latents for a label and a length, and decode them to takes at any frame rate."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..playback.clip import BodyPartLayer, MotionClip
from ..playback.pose_sampling import DecodedPoses, PoseTimes, decode_in_chunks
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
"""Distance of sampled codes from their component's mean, in units of the fitted spread. The paper
has 1, but then motions are half as far again from captures as captures of other people are
(`evaluate action-to-motion`, MMS)."""

_LENGTH_TOLERANCE = 0.05
"""Seconds by which a motion may miss the lengths of its captures without a note."""


class MotionInrSampler:
    """MotionINR, loaded on one device.

    A *latent* is the code of a label and a length, or several in a row where no capture is as long
    (`long_motions.py`). Labels must be known.
    """

    def __init__(
        self,
        weights: MotionInrWeights,
        device: torch.device | None = None,
        spread: float = DEFAULT_SPREAD,
    ) -> None:
        self.weights = weights
        self.spread = spread
        self.device = default_device() if device is None else device
        self._decoder = weights.decoder.to(self.device)
        self._numbers = {stats.label: n for n, stats in enumerate(weights.actions)}

    @property
    def known_labels(self) -> tuple[str, ...]:
        return tuple(self._numbers)

    def action_stats(self, action: str) -> ActionStats:
        """Return the training data of a label."""
        return self.weights.actions[self._numbers[action]]

    def typical_length(self, action: str) -> float:
        """Return the median length of the bin with most captures."""
        bins = self.weights.mixtures.action_bins(self._numbers[action])
        return max(bins, key=lambda length_bin: length_bin.captures).median

    def longest_seconds(self, action: str) -> float:
        """Return the length above which a motion consists of several segments."""
        return self.weights.mixtures.longest_seconds(self._numbers[action])

    def sample_latent(self, action: str, seconds: float, seed: int) -> Tensor:
        """Sample a latent (L,) for a label and a length."""
        longest = self.longest_seconds(action)
        fits = seconds <= longest + _LENGTH_TOLERANCE
        lengths = [seconds] if fits else segment_lengths(seconds, longest)
        return pack_segments(
            [
                self._sample_segment(action, length, np.random.default_rng([seed, n]))
                for n, length in enumerate(lengths)
            ]
        )

    def _sample_segment(
        self, action: str, seconds: float, rng: np.random.Generator
    ) -> LatentSegment:
        number, mixtures = self._numbers[action], self.weights.mixtures
        length_bin = mixtures.bin_for_length(number, seconds)
        sequence_code = mixtures.sample_code(length_bin, rng, self.spread)
        mean = self.weights.action_codes.mean[number].detach()
        std = torch.exp(0.5 * self.weights.action_codes.log_variance[number].detach())
        offset = torch.from_numpy(rng.standard_normal(len(mean))).float()
        action_code = mean + self.spread * std * offset
        code = torch.cat([torch.from_numpy(sequence_code).float(), action_code])
        return LatentSegment(code, length_bin.median)

    def latent_segments(self, latent: Tensor) -> list[LatentSegment]:
        """Return the segments of a latent (L,); ValueError if its length does not fit."""
        return unpack_segments(latent, self.weights.decoder.config.code_size)

    @torch.inference_mode()
    def decode_rows(
        self,
        code: Tensor,
        seconds: float,  # noqa: ARG002
        times: Array,
        layers: Sequence[BodyPartLayer] = (),  # noqa: ARG002
    ) -> tuple[Tensor, Tensor]:
        """Return pose rows (T, 135) and contact probabilities (T, 4) at `times` (T,) in seconds.

        Implements `ClipDecoder`; the length has no influence and there are no layers.
        """
        z = code.to(self.device, torch.float32).reshape(1, -1)
        return decode_in_chunks(lambda part: self._decoder(part[None].to(self.device), z), times)

    def motion_clip(self, latent: Tensor, seconds: float) -> MotionClip:
        """Return the motion of a latent (L,) as a clip."""
        segments = self.latent_segments(latent)
        if len(segments) > 1:
            return ChainedClip(self, latent, segments, seconds)
        return MotionClip(self, segments[0].code, seconds)

    def decode_take(
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
        """Decode a latent (L,), or a part of it, to a take without metadata.

        Other arguments as of `PoseTimes.for_take`.
        """
        clip = self.motion_clip(latent, seconds)
        if isinstance(clip, ChainedClip):
            return clip.sequence.to_take(fps, lock_feet, start=start, end=end, speed=speed)
        poses = DecodedPoses.from_decoder(
            PoseTimes.for_take(seconds, fps, start, end, speed),
            lambda times: self.decode_rows(clip.code, seconds, times),
        )
        return poses.to_take(lock_feet)

    def sample_take(
        self, action: str, seconds: float, fps: float, seed: int, lock_feet: bool = True
    ) -> Take:
        """Sample a take of ``round(seconds * fps)`` frames.

        Lengths without captures work: a shorter motion is the start of a longer one, a longer one
        has several segments. The take then has a note.
        """
        start = time.perf_counter()
        latent = self.sample_latent(action, seconds, seed)
        sampled = time.perf_counter()
        take = self.decode_take(latent, seconds, fps, lock_feet)
        timings = {"draw": sampled - start, "decode": time.perf_counter() - sampled}
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
        """Return what takes store of the weights."""
        weights = self.weights
        return {"model": "motioninr", "hash": weights.digest, "licence": weights.licence}

    def motion_metadata(self, action: str, latent: Tensor, seconds: float) -> dict[str, Any]:
        """Return the novelty of a motion, and a note if there is one."""
        is_chain = len(self.latent_segments(latent)) > 1
        note = _length_note(self.action_stats(action), seconds, is_chain)
        novelty = {"novelty": vars(self.measure_novelty(latent, seconds))}
        return {**novelty, "note": note} if note else novelty

    def interpolate_latents(self, first: Tensor, second: Tensor, alpha: float) -> Tensor:
        """Interpolate between two latents (L,), and between their lengths.

        Raises:
            ValueError: a latent has several segments.
        """
        a, b = (self._single_segment(latent) for latent in (first, second))
        cut = self.weights.decoder.config.strides
        strides = torch.lerp(a.code[:cut], b.code[:cut], alpha)
        learnt = interpolate_codes(a.code[cut:], b.code[cut:], alpha)
        seconds = (1 - alpha) * a.seconds + alpha * b.seconds
        return pack_segments([LatentSegment(torch.cat([strides, learnt]), seconds)])

    def _single_segment(self, latent: Tensor) -> LatentSegment:
        segments = self.latent_segments(latent)
        if len(segments) > 1:
            raise ValueError(
                "Interpolated takes must be one motion each: generate both again, no longer than "
                "the captures of their label."
            )
        return segments[0]

    def measure_novelty(self, latent: Tensor, seconds: float) -> JointNovelty:
        """Return the novelty of a motion; of several segments, that of the least novel."""
        novelties = []
        for segment in self.latent_segments(latent):
            length = min(seconds, segment.seconds)
            rows, _ = self.decode_rows(
                segment.code, length, np.linspace(0, length, COMPARED_FRAMES)
            )
            novelties.append(self.weights.known_motions.measure_novelty(rows))
        return min(novelties, key=lambda novelty: novelty.distance)


def _length_note(stats: ActionStats, seconds: float, is_chain: bool) -> str:
    """Return a note on the captures behind a motion; "" if there is nothing to say."""
    notes = []
    if is_chain:
        notes.append(
            f'Too few captures of "{stats.label}" last {seconds:.1f} s, so this is several motions '
            "with transitions."
        )
    elif seconds < stats.shortest - _LENGTH_TOLERANCE:
        notes.append(
            f'All captures of "{stats.label}" last at least {stats.shortest:.1f} s, so this is the '
            "start of a longer motion."
        )
    if stats.captures == 1:
        notes.append(f'There is only one capture of "{stats.label}", so motions stay close to it.')
    return " ".join(notes)
