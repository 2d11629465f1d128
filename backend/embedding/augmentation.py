"""What training shows of a sequence: any stretch of it, at any rate, whole or broken."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data import features
from ..data.sequences import SequenceSet
from ..kinematics.body.skeleton import MIRRORED_JOINTS
from .frame_features import MAX_FRAMES, FrameNeighbourhoods

LOWEST_FPS = 15.0
"""Frames per second; nothing is shown more coarsely."""

_MAX_TIME_STRETCH = 0.08
_CHUNK = 16384
_MIRRORED_JOINTS = torch.tensor(MIRRORED_JOINTS[: features.ROTATION_CHANNELS // 6])


@dataclass(frozen=True)
class AugmentedView:
    """Which part of each sequence is shown, and how."""

    start: Tensor
    """(B,) first frame, counted from the sequence's own."""
    frames: Tensor
    """(B,) how many native frames it stretches over, at least 2."""
    stride: Tensor
    """(B,) every how many native frames one is seen."""
    stretch: Tensor
    """(B,) how many times as long it lasts."""


class ViewSampler:
    """Looks at sequences without computing joints again and again."""

    def __init__(self, sequences: SequenceSet) -> None:
        self._sequences = sequences
        parts = sequences.rows.split(_CHUNK)
        self._joints = torch.cat([features.joint_positions(part) for part in parts])

    def whole_sequences(self, index: Tensor, fps: float) -> FrameNeighbourhoods:
        """All of the sequences (B,), at the whole fraction of their rates that is nearest `fps`."""
        frames = self._sequences.frames[index]
        stride = torch.round(self._sequences.fps[index] / fps).long().clamp(min=1)
        return self.render_view(
            index, AugmentedView(torch.zeros_like(frames), frames, stride, torch.ones(len(index)))
        )

    def render_view(
        self, index: Tensor, view: AugmentedView, max_frames: int = MAX_FRAMES
    ) -> FrameNeighbourhoods:
        """The frames that a view shows of the sequences (B,), at most `most` of each."""
        own = self._sequences
        count = torch.div(view.frames - 1, view.stride, rounding_mode="floor") + 1
        shown = count.clamp(max=max_frames)
        share = torch.arange(int(shown.max())) / (shown[:, None] - 1).clamp(min=1)
        at = torch.round(share.clamp(max=1) * (count[:, None] - 1)).long()
        around = torch.stack([at - 1, at, at + 1], dim=-1).clamp(min=0)
        around = torch.minimum(around, count[:, None, None] - 1)
        frame = view.start[:, None, None] + view.stride[:, None, None] * around
        where = own.first[index, None, None] + frame
        flip = own.is_mirrored[index]
        rows, joints = own.rows[where[..., 1]], self._joints[where]
        rows = torch.where(flip[:, None, None], features.mirror_rows(rows), rows)
        swapped = joints[..., _MIRRORED_JOINTS, :] * torch.tensor([-1.0, 1.0, 1.0])
        joints = torch.where(flip[:, None, None, None, None], swapped, joints)
        seconds = (frame - view.start[:, None, None]) / own.fps[index, None, None]
        mask = torch.arange(rows.shape[1]) < shown[:, None]
        return FrameNeighbourhoods(rows, joints, seconds * view.stretch[:, None, None], mask)

    def sample_long_view(self, index: Tensor, generator: torch.Generator) -> AugmentedView:
        """All of each sequence, or every second time at least three fifths of it."""
        share = torch.rand(len(index), generator=generator)
        part = torch.where(
            torch.rand(len(index), generator=generator) < 0.5, 0.6 + 0.4 * share, 1.0
        )
        return self._view(index, part * self._sequences.durations[index], generator)

    def sample_short_view(self, index: Tensor, generator: torch.Generator) -> AugmentedView:
        """A clip of 0.3 to 1.5 seconds of each sequence."""
        seconds = 0.3 + 1.2 * torch.rand(len(index), generator=generator)
        return self._view(index, seconds, generator)

    def _view(self, index: Tensor, seconds: Tensor, generator: torch.Generator) -> AugmentedView:
        fps, available = self._sequences.fps[index], self._sequences.frames[index]
        chance = torch.rand(3, len(index), generator=generator)
        frames = torch.minimum(torch.round(seconds * fps).long() + 1, available).clamp(min=2)
        start = (chance[0] * (available - frames + 1)).long()
        coarsest = torch.clamp((fps / LOWEST_FPS).long(), min=1)
        stride = 1 + (chance[1] * coarsest).long()
        return AugmentedView(start, frames, stride, 1 + _MAX_TIME_STRETCH * (2 * chance[2] - 1))


def corrupt_motion(batch: FrameNeighbourhoods, generator: torch.Generator) -> FrameNeighbourhoods:
    """The motions with what generated ones suffer from, each to a random degree.

    Half tremble: every joint is off by up to some millimetres, anew in each frame. Half slide: the
    whole body drifts over the floor at up to one metre a second.
    """
    size, _, _, joints, _ = batch.joints.shape
    chance = torch.rand(4, size, generator=generator)
    # Logarithmic from 0.3 to 8 mm.
    tremble = 3e-4 * torch.exp(chance[0] * 3.3) * (chance[1] < 0.5)
    noise = torch.randn(*batch.joints.shape[:3], joints, 3, generator=generator)
    direction = 2 * torch.pi * chance[2]
    velocity = torch.stack([torch.cos(direction), torch.sin(direction)], dim=-1)
    velocity = velocity * (chance[3] * (chance[1] >= 0.5))[:, None]
    drift = torch.nn.functional.pad(velocity[:, None, None] * batch.times[..., None], (0, 1))
    moved = batch.joints + tremble[:, None, None, None, None] * noise + drift[..., None, :]
    rows = batch.rows.clone()
    rows[..., features.ROTATION_CHANNELS :] = moved[..., 1, 0, :]
    return FrameNeighbourhoods(rows, moved, batch.times, batch.mask)
