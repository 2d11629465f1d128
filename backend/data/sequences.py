"""Training sequences: captioned spans of clips, each with all its native frames.

Captioned segments are sequences as they are. The rest of a clip is cut into overlapping windows,
captioned with the clip's description and label.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import axis_rotation
from . import features
from .caption_templates import action_captions, mirror_caption, mirror_label
from .motion_captions import MotionDescription, describe_motion, pace_captions, relative_paces
from .motion_set import AUTHORED_SOURCE, MocapClip, MotionSet

MIN_SECONDS, MAX_SECONDS = 0.6, 10.0
WINDOW_SECONDS, STRIDE_SECONDS = 6.0, 3.0

DESCRIPTION_FPS = 30.0
"""Approximate frame rate at which motions are described."""

MAX_JOINT_SPEED = 20.0
"""Speed in m/s above which the capture has a glitch, and the span is left out."""


@dataclass(frozen=True)
class ClipSpan:
    """A span of one clip, possibly mirrored."""

    name: str
    """Name of the clip."""
    first: int
    """Row of the first frame in `SequenceSet.rows`."""
    frames: int
    fps: float
    action: str
    texts: tuple[str, ...]
    mirrored: bool = False
    motion_texts: tuple[str, ...] = ()
    """Those of the texts that describe the motion itself, without its pace."""
    pace: float | None = None
    """Log of the speed over the median of its label; None where few spans have the label."""
    source: str = ""
    """Source of the clip."""

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.frames - 1) / self.fps


@dataclass(frozen=True)
class SequenceBatch:
    """Frames of several sequences, heading-aligned at the first frame of each."""

    rows: Tensor
    """(B, M, 135) pose rows."""
    contacts: Tensor
    """(B, M, 4) contact labels."""
    times: Tensor
    """(B, M) seconds from the first frame of the sequence."""
    durations: Tensor
    """(B,) length of each sequence in seconds."""

    def select(self, index: Tensor) -> SequenceBatch:
        """Return the sequences at positions `index` (b,) of the batch."""
        return SequenceBatch(*(tensor[index] for tensor in vars(self).values()))

    def to(self, device: torch.device) -> SequenceBatch:
        return SequenceBatch(*(tensor.to(device) for tensor in vars(self).values()))


class SequenceSet:
    """All frames of a motion set in memory, and the training spans."""

    def __init__(self, motions: MotionSet, split: str = "train", mirrored: bool = True) -> None:
        clips = [clip for clip in motions if clip.split == split]
        rows = [features.pose_rows_of_clip(clip) for clip in clips]
        positions = [features.joint_positions(r) for r in rows]
        self.rows = torch.cat(rows) if rows else torch.zeros(0, features.ROW_CHANNELS)
        """(F, 135) pose rows of all clips, in their own world frames."""
        labels = [features.foot_contacts(p, c.fps) for p, c in zip(positions, clips, strict=True)]
        self.contacts = torch.cat(labels) if labels else torch.zeros(0, 4)
        self.spans: list[ClipSpan] = []
        start = 0
        for clip, joints in zip(clips, positions, strict=True):
            self.spans += _spans(clip, joints, start)
            start += len(clip)
        self.spans = _add_motion_captions(
            self.spans, self.rows, torch.cat(positions or [self.rows])
        )
        if mirrored:
            self.spans += [_mirror_span(span) for span in self.spans]
        self.first = torch.tensor([span.first for span in self.spans], dtype=torch.long)
        self.frames = torch.tensor([span.frames for span in self.spans], dtype=torch.long)
        self.fps = torch.tensor([span.fps for span in self.spans])
        self.durations = (self.frames - 1) / self.fps
        self.is_mirrored = torch.tensor([span.mirrored for span in self.spans], dtype=torch.bool)

    def __len__(self) -> int:
        return len(self.spans)

    def with_ranges(self, first: Tensor, frames: Tensor) -> SequenceSet:
        """Return a copy whose sequences start at rows `first` (N,) and have `frames` (N,)."""
        other = copy(self)
        other.first, other.frames = first, frames
        other.durations = (frames - 1) / self.fps
        other.spans = [
            replace(span, first=start, frames=count)
            for span, start, count in zip(self.spans, first.tolist(), frames.tolist(), strict=True)
        ]
        return other

    def batch_frames(self, index: Tensor, frame: Tensor) -> SequenceBatch:
        """Return frames (B, M) of sequences (B,), counted from the first frame of each."""
        first = self.first[index]
        row = first[:, None] + frame
        rows, labels = self.rows[row], self.contacts[row]
        start = self.rows[first]
        flip = self.is_mirrored[index]
        rows = torch.where(flip[:, None, None], features.mirror_rows(rows), rows)
        start = torch.where(flip[:, None], features.mirror_rows(start), start)
        labels = torch.where(flip[:, None, None], labels[..., [1, 0, 3, 2]], labels)
        origin = start[:, features.ROTATION_CHANNELS : features.ROTATION_CHANNELS + 2]
        return SequenceBatch(
            rows=features.align_heading(rows, features.heading(start), origin),
            contacts=labels,
            times=frame / self.fps[index, None],
            durations=self.durations[index],
        )

    def even_frames(self, index: Tensor, count: int) -> SequenceBatch:
        """Return `count` evenly spaced frames of each sequence, first and last included."""
        frame = torch.round(torch.linspace(0, 1, count) * (self.frames[index, None] - 1)).long()
        return self.batch_frames(index, frame)

    def random_clips(self, index: Tensor, count: int, generator: torch.Generator) -> SequenceBatch:
        """Return a clip of `count` frames of each sequence, at a random fraction of its rate.

        Rates are 120, 60, 40, 30 ... fps, such that a clip lasts up to a second.
        """
        length = self.frames[index]
        max_stride = torch.minimum(
            torch.clamp((length - 1) // (count - 1), min=1),
            torch.clamp((self.fps[index] / (count - 1)).long(), min=1),
        )
        stride = 1 + (torch.rand(len(index), generator=generator) * max_stride).long()
        room = torch.clamp(length - 1 - stride * (count - 1), min=0)
        start = (torch.rand(len(index), generator=generator) * (room + 1)).long()
        frame = start[:, None] + stride[:, None] * torch.arange(count)
        return self.batch_frames(index, torch.minimum(frame, length[:, None] - 1))

    def random_frames(self, index: Tensor, count: int, generator: torch.Generator) -> SequenceBatch:
        """Return `count` random frames of each sequence."""
        fraction = torch.rand(len(index), count, generator=generator)
        return self.batch_frames(index, (fraction * self.frames[index, None]).long())

    def random_frames_and_clips(
        self, index: Tensor, frames: int, clip: int, generator: torch.Generator
    ) -> SequenceBatch:
        """Return `frames` random frames of each sequence, then a clip of `clip` frames."""
        scattered = self.random_frames(index, frames, generator)
        clips = self.random_clips(index, clip, generator)
        return SequenceBatch(
            rows=torch.cat([scattered.rows, clips.rows], dim=1),
            contacts=torch.cat([scattered.contacts, clips.contacts], dim=1),
            times=torch.cat([scattered.times, clips.times], dim=1),
            durations=scattered.durations,
        )


def action_balance_weights(spans: Sequence[ClipSpan]) -> Tensor:
    """Return sampling weights (N,): the total of a label is the square root of its spans."""
    total: dict[str, int] = defaultdict(int)
    for span in spans:
        total[span.action] += 1
    return torch.tensor([total[span.action] ** -0.5 for span in spans])


def scale_authored_weights(
    weights: Tensor, sources: Sequence[str], fraction: float | None
) -> Tensor:
    """Scale sampling weights (N,) so that authored motion has a fraction of their total.

    Args:
        sources: Source of each of the N examples.
        fraction: From 0 to 1; None to return the weights as they are.

    Raises:
        ValueError: there is no authored motion or nothing else, or the fraction is 0 or 1.
    """
    if fraction is None:
        return weights
    is_authored = torch.tensor([source == AUTHORED_SOURCE for source in sources], dtype=torch.bool)
    authored, captured = weights[is_authored].sum(), weights[~is_authored].sum()
    if not (0 < fraction < 1 and authored > 0 and captured > 0):
        raise ValueError(
            "A fraction of authored motion must be between 0 and 1, of data that has authored "
            f"motion and captures (got {fraction:g}, {int(is_authored.sum())} authored of "
            f"{len(weights)} examples)."
        )
    return weights * torch.where(is_authored, fraction / authored, (1 - fraction) / captured)


def _spans(clip: MocapClip, joints: Tensor, start: int) -> Iterable[ClipSpan]:
    """Yield the captioned segments of a clip, and windows over the rest, all without glitches."""
    speed = torch.linalg.vector_norm(torch.diff(joints, dim=0), dim=-1).amax(-1) * clip.fps
    glitches = np.concatenate([[0], np.cumsum((speed > MAX_JOINT_SPEED).numpy())])
    last = len(clip) - 1
    texts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for caption in clip.captions:
        first = max(round(caption.start * clip.fps), 0)
        end = min(round(min(caption.end, caption.start + MAX_SECONDS) * clip.fps), last)
        if end - first >= MIN_SECONDS * clip.fps:
            texts[first, end].append(caption.text)
    covered = np.zeros(len(clip), dtype=bool)
    for first, end in texts:
        covered[first : end + 1] = True
    general = [*([clip.description] if clip.description else []), *action_captions(clip.action)]
    for first, end in _windows(len(clip), clip.fps):
        if covered[first : end + 1].mean() < 0.5:
            texts.setdefault((first, end), []).extend(general)
    for (first, end), captions in texts.items():
        if glitches[first] == glitches[end]:
            yield ClipSpan(
                clip.name,
                start + first,
                end - first + 1,
                clip.fps,
                clip.action,
                tuple(captions),
                source=clip.source,
            )


def _windows(frames: int, fps: float) -> Iterable[tuple[int, int]]:
    window, stride = round(WINDOW_SECONDS * fps), round(STRIDE_SECONDS * fps)
    if frames <= window + stride:
        if frames - 1 >= MIN_SECONDS * fps:
            yield 0, min(frames - 1, round(MAX_SECONDS * fps))
        return
    for first in range(0, frames - window + 1, stride):
        yield first, first + window - 1


def _add_motion_captions(spans: list[ClipSpan], rows: Tensor, positions: Tensor) -> list[ClipSpan]:
    """Add captions of the motion to unmirrored spans of rows (F, 135) and joints (F, 22, 3)."""
    described = [_describe_span(span, rows, positions) for span in spans]
    paces = relative_paces([d.speed for d in described], [span.action for span in spans])
    captioned = []
    for span, description, pace in zip(spans, described, paces, strict=True):
        texts = [*span.texts, *description.texts]
        if pace:
            texts += [paced for text in description.texts for paced in pace_captions(text, pace)]
        texts = tuple(dict.fromkeys(texts))
        captioned.append(replace(span, texts=texts, motion_texts=description.texts, pace=pace))
    return captioned


def _describe_span(span: ClipSpan, rows: Tensor, positions: Tensor) -> MotionDescription:
    stride = max(round(span.fps / DESCRIPTION_FPS), 1)
    frames = slice(span.first, span.first + span.frames, stride)
    yaw = np.unwrap(features.heading(rows[frames]).numpy())
    joints = positions[frames].numpy()
    joints = joints - joints[0, 0] * [1.0, 1.0, 0.0]
    facing = axis_rotation("Z", np.array(-yaw[0]))
    return describe_motion(joints @ facing.T, yaw - yaw[0], span.fps / stride, span.action)


def _mirror_span(span: ClipSpan) -> ClipSpan:
    return replace(
        span,
        action=mirror_label(span.action),
        texts=tuple(mirror_caption(text) for text in span.texts),
        motion_texts=tuple(mirror_caption(text) for text in span.motion_texts),
        mirrored=True,
    )
