"""Training sequences: captioned spans of clips, each with all its native frames.

A sequence is what one latent describes. Captioned segments are sequences as they stand; what no
caption covers is cut into overlapping windows that go by their clip's description and action.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..kinematics.math.rotations import axis_rotation
from . import features
from .caption_templates import action_captions, mirror_caption, mirror_label
from .motion_captions import MotionDescription, describe_motion, pace_captions, relative_paces
from .motion_set import MocapClip, MotionSet

MIN_SECONDS, MAX_SECONDS = 0.6, 10.0
WINDOW_SECONDS, STRIDE_SECONDS = 6.0, 3.0

DESCRIPTION_FPS = 30.0
"""About the rate at which motions are looked at for captions."""

MAX_JOINT_SPEED = 20.0
"""m/s; where a joint moves faster the capture jumped, and the span is not learnt from."""


@dataclass(frozen=True)
class ClipSpan:
    """A span of one clip, possibly mirrored."""

    name: str
    """The clip's name."""
    first: int
    """Row of its first frame in `SequenceSet.rows`."""
    frames: int
    fps: float
    action: str
    texts: tuple[str, ...]
    mirrored: bool = False
    motion_texts: tuple[str, ...] = ()
    """Those of the texts that were read from the motion and say nothing of its pace."""
    pace: float | None = None
    """Log of its speed over its action's median (`observed.paces`), where that can be said."""

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (self.frames - 1) / self.fps


@dataclass(frozen=True)
class SequenceBatch:
    """Frames of several sequences, heading-aligned at each one's first frame."""

    rows: Tensor
    """(B, M, 135) pose rows."""
    contacts: Tensor
    """(B, M, 4) contact labels."""
    times: Tensor
    """(B, M) seconds from the sequence's first frame."""
    durations: Tensor
    """(B,) seconds."""


class SequenceSet:
    """All frames of a motion set in memory, and the spans that are learnt."""

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
            steady = _glitch_check(joints, clip.fps)
            self.spans += [
                span for span in _spans(clip, start) if steady(span.first - start, span.frames)
            ]
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
        """The same set with sequences that begin at other rows and have other lengths.

        Args:
            first: (N,) row of the first frame of each, within what the sequence was.
            frames: (N,) how many there are from there on.
        """
        other = copy(self)
        other.first, other.frames = first, frames
        other.durations = (frames - 1) / self.fps
        other.spans = [
            replace(span, first=start, frames=count)
            for span, start, count in zip(self.spans, first.tolist(), frames.tolist(), strict=True)
        ]
        return other

    def batch_frames(self, index: Tensor, frame: Tensor) -> SequenceBatch:
        """Frames (B, M) of the sequences `index` (B,), counted from each one's first."""
        first = self.first[index]
        where = first[:, None] + frame
        rows, labels = self.rows[where], self.contacts[where]
        start = self.rows[first]
        flip = self.is_mirrored[index]
        rows = torch.where(flip[:, None, None], features.mirror_rows(rows), rows)
        start = torch.where(flip[:, None], features.mirror_rows(start), start)
        labels = torch.where(flip[:, None, None], features.mirror_contacts(labels), labels)
        origin = start[:, features.ROTATION_CHANNELS : features.ROTATION_CHANNELS + 2]
        return SequenceBatch(
            rows=features.align_heading(rows, features.heading(start), origin),
            contacts=labels,
            times=frame / self.fps[index, None],
            durations=self.durations[index],
        )

    def even_frames(self, index: Tensor, count: int) -> SequenceBatch:
        """`count` frames of each sequence, evenly spread from first to last (nearest native)."""
        share = torch.linspace(0, 1, count)
        frame = torch.round(share * (self.frames[index, None] - 1)).long()
        return self.batch_frames(index, frame)

    def random_clips(self, index: Tensor, count: int, generator: torch.Generator) -> SequenceBatch:
        """A clip of `count` frames from each sequence, at a random whole fraction of its rate."""
        span = self.frames[index]
        most = torch.clamp((span - 1) // (count - 1), min=1)
        # Up to a second at the sequence's own rate and its fractions: 120, 60, 40, 30 ... fps.
        slowest = torch.clamp((self.fps[index] / (count - 1)).long(), min=1)
        most = torch.minimum(most, slowest)
        stride = 1 + (torch.rand(len(index), generator=generator) * most).long()
        room = torch.clamp(span - 1 - stride * (count - 1), min=0)
        start = (torch.rand(len(index), generator=generator) * (room + 1)).long()
        frame = start[:, None] + stride[:, None] * torch.arange(count)
        return self.batch_frames(index, torch.minimum(frame, span[:, None] - 1))

    def random_frames(self, index: Tensor, count: int, generator: torch.Generator) -> SequenceBatch:
        """`count` random frames from each sequence."""
        share = torch.rand(len(index), count, generator=generator)
        return self.batch_frames(index, (share * self.frames[index, None]).long())


def action_balance_weights(spans: Sequence[ClipSpan]) -> Tensor:
    """(N,) sampling weights that grow with the square root of each action's total."""
    total: dict[str, int] = defaultdict(int)
    for span in spans:
        total[span.action] += 1
    return torch.tensor([total[span.action] ** -0.5 for span in spans])


def _spans(clip: MocapClip, start: int) -> Iterable[ClipSpan]:
    """Captioned segments of a clip, and windows over what they leave uncovered."""
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
    for (first, end), words in texts.items():
        yield ClipSpan(
            clip.name, start + first, end - first + 1, clip.fps, clip.action, tuple(words)
        )


def _windows(frames: int, fps: float) -> Iterable[tuple[int, int]]:
    window, stride = round(WINDOW_SECONDS * fps), round(STRIDE_SECONDS * fps)
    if frames <= window + stride:
        if frames - 1 >= MIN_SECONDS * fps:
            yield 0, min(frames - 1, round(MAX_SECONDS * fps))
        return
    for first in range(0, frames - window + 1, stride):
        yield first, first + window - 1


def _glitch_check(joints: Tensor, fps: float) -> Callable[[int, int], bool]:
    """A test whether a span (first frame, frames) of a clip is free of jumps."""
    speed = torch.linalg.vector_norm(torch.diff(joints, dim=0), dim=-1).amax(-1) * fps
    jumps = np.concatenate([[0], np.cumsum((speed > MAX_JOINT_SPEED).numpy())])

    def check(first: int, frames: int) -> bool:
        return bool(jumps[first + frames - 1] == jumps[first])

    return check


def _add_motion_captions(spans: list[ClipSpan], rows: Tensor, positions: Tensor) -> list[ClipSpan]:
    """The spans with captions that are read from their motion added.

    Args:
        spans: unmirrored.
        rows: (F, 135) and
        positions: (F, 22, 3) of all clips, in their own world frames.
    """
    seen = [_describe_span(span, rows, positions) for span in spans]
    pace = relative_paces([s.speed for s in seen], [span.action for span in spans])
    return [
        replace(
            span,
            texts=tuple(
                dict.fromkeys([*span.texts, *s.texts, *(_paced_captions(s.texts, p) if p else ())])
            ),
            motion_texts=s.texts,
            pace=p,
        )
        for span, s, p in zip(spans, seen, pace, strict=True)
    ]


def _describe_span(span: ClipSpan, rows: Tensor, positions: Tensor) -> MotionDescription:
    stride = max(round(span.fps / DESCRIPTION_FPS), 1)
    frames = slice(span.first, span.first + span.frames, stride)
    yaw = np.unwrap(features.heading(rows[frames]).numpy())
    joints = positions[frames].numpy()
    joints = joints - joints[0, 0] * [1.0, 1.0, 0.0]
    facing = axis_rotation("Z", np.array(-yaw[0]))
    return describe_motion(joints @ facing.T, yaw - yaw[0], span.fps / stride, span.action)


def _paced_captions(texts: Sequence[str], pace: float) -> list[str]:
    return [paced for text in texts for paced in pace_captions(text, pace)]


def _mirror_span(span: ClipSpan) -> ClipSpan:
    return replace(
        span,
        action=mirror_label(span.action),
        texts=tuple(mirror_caption(text) for text in span.texts),
        motion_texts=tuple(mirror_caption(text) for text in span.motion_texts),
        mirrored=True,
    )
