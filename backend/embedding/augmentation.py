"""Augmented views of training sequences: random stretches and rates, clean or corrupted."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..data import features
from ..data.sequences import SequenceSet
from ..kinematics.body.skeleton import MIRRORED_JOINTS
from .frame_features import MAX_FRAMES, FrameNeighbourhoods

LOWEST_FPS = 15.0
"""Lowest frame rate of a view."""

_MAX_TIME_STRETCH = 0.08
"""Largest relative change of a view's speed."""
_CHUNK = 16384
"""Rows whose joints are computed at once."""
_MIRRORED_JOINTS = torch.tensor(MIRRORED_JOINTS[: features.ROTATION_CHANNELS // 6])


@dataclass(frozen=True)
class AugmentedView:
    """A stretch of each sequence, with a frame rate and a speed."""

    start: Tensor
    """(B,) first frame, counted from the start of the sequence."""
    frames: Tensor
    """(B,) native frames covered, at least 2."""
    stride: Tensor
    """(B,) native frames from one frame of the view to the next."""
    stretch: Tensor
    """(B,) factor on the duration."""


class ViewSampler:
    """Samples and renders views; joints of all sequences are computed once."""

    def __init__(self, sequences: SequenceSet) -> None:
        self._sequences = sequences
        parts = sequences.rows.split(_CHUNK)
        self._joints = torch.cat([features.joint_positions(part) for part in parts])

    def whole_sequences(self, index: Tensor, fps: float) -> FrameNeighbourhoods:
        """Return all frames of sequences (B,), decimated to about `fps`."""
        frames = self._sequences.frames[index]
        stride = torch.round(self._sequences.fps[index] / fps).long().clamp(min=1)
        return self.render_view(
            index, AugmentedView(torch.zeros_like(frames), frames, stride, torch.ones(len(index)))
        )

    def render_view(
        self, index: Tensor, view: AugmentedView, max_frames: int = MAX_FRAMES
    ) -> FrameNeighbourhoods:
        """Return the frames of a view of sequences (B,), at most `max_frames` of each."""
        source = self._sequences
        count = torch.div(view.frames - 1, view.stride, rounding_mode="floor") + 1
        rendered = count.clamp(max=max_frames)
        fraction = torch.arange(int(rendered.max())) / (rendered[:, None] - 1).clamp(min=1)
        current = torch.round(fraction.clamp(max=1) * (count[:, None] - 1)).long()
        around = torch.stack([current - 1, current, current + 1], dim=-1).clamp(min=0)
        around = torch.minimum(around, count[:, None, None] - 1)
        frame = view.start[:, None, None] + view.stride[:, None, None] * around
        row = source.first[index, None, None] + frame
        flip = source.is_mirrored[index]
        rows, joints = source.rows[row[..., 1]], self._joints[row]
        rows = torch.where(flip[:, None, None], features.mirror_rows(rows), rows)
        swapped = joints[..., _MIRRORED_JOINTS, :] * torch.tensor([-1.0, 1.0, 1.0])
        joints = torch.where(flip[:, None, None, None, None], swapped, joints)
        seconds = (frame - view.start[:, None, None]) / source.fps[index, None, None]
        mask = torch.arange(rows.shape[1]) < rendered[:, None]
        return FrameNeighbourhoods(rows, joints, seconds * view.stretch[:, None, None], mask)

    def sample_long_view(self, index: Tensor, generator: torch.Generator) -> AugmentedView:
        """Sample views of whole sequences, or, for half of them, of at least three fifths."""
        fraction = 0.6 + 0.4 * torch.rand(len(index), generator=generator)
        is_cut = torch.rand(len(index), generator=generator) < 0.5
        fraction = torch.where(is_cut, fraction, 1.0)
        return self._view(index, fraction * self._sequences.durations[index], generator)

    def sample_short_view(self, index: Tensor, generator: torch.Generator) -> AugmentedView:
        """Sample views of 0.3 to 1.5 seconds."""
        seconds = 0.3 + 1.2 * torch.rand(len(index), generator=generator)
        return self._view(index, seconds, generator)

    def _view(self, index: Tensor, seconds: Tensor, generator: torch.Generator) -> AugmentedView:
        fps, available = self._sequences.fps[index], self._sequences.frames[index]
        random = torch.rand(3, len(index), generator=generator)
        frames = torch.minimum(torch.round(seconds * fps).long() + 1, available).clamp(min=2)
        start = (random[0] * (available - frames + 1)).long()
        coarsest = torch.clamp((fps / LOWEST_FPS).long(), min=1)
        stride = 1 + (random[1] * coarsest).long()
        return AugmentedView(start, frames, stride, 1 + _MAX_TIME_STRETCH * (2 * random[2] - 1))


def corrupt_motion(batch: FrameNeighbourhoods, generator: torch.Generator) -> FrameNeighbourhoods:
    """Add the typical errors of generated motions, each of random strength.

    Half of the motions jitter: each joint moves by up to some millimetres in each frame. The other
    half slide: the whole body drifts over the floor at up to 1 m/s.
    """
    size, _, _, joints, _ = batch.joints.shape
    random = torch.rand(4, size, generator=generator)
    # Logarithmic from 0.3 to 8 mm.
    jitter = 3e-4 * torch.exp(random[0] * 3.3) * (random[1] < 0.5)
    noise = torch.randn(*batch.joints.shape[:3], joints, 3, generator=generator)
    direction = 2 * torch.pi * random[2]
    velocity = torch.stack([torch.cos(direction), torch.sin(direction)], dim=-1)
    velocity = velocity * (random[3] * (random[1] >= 0.5))[:, None]
    drift = torch.nn.functional.pad(velocity[:, None, None] * batch.times[..., None], (0, 1))
    moved = batch.joints + jitter[:, None, None, None, None] * noise + drift[..., None, :]
    rows = batch.rows.clone()
    rows[..., features.ROTATION_CHANNELS :] = moved[..., 1, 0, :]
    return FrameNeighbourhoods(rows, moved, batch.times, batch.mask)
