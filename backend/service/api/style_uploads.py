"""The takes that come with a request to learn, cut into the parts whose labels are told; the style
that comes with a request to blend; and the numbers that come with either in place of labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...kinematics.body.take import Take, TakeError
from ...kinematics.math.rotations import Array
from ...protocol.control_track import (
    ControlTrack,
    check_control_values,
    check_training_control,
    parse_control_values,
)
from ...protocol.limits import LimitError, check_fine_levels, check_time_range, check_training_takes
from ...protocol.style_file import STYLE_FPS, StyleError, parse_style_info
from ...protocol.timeline import LabelBlock, check_label, group_consecutive
from ..schema.limits import LIMITS
from ..schema.style_requests import BlendRequest, LearnRequest, LearnTake
from .take_uploads import load_uploaded_take

_TIME_TOLERANCE = 1e-3
"""Frames, or seconds, by which the ends of a range may be off."""


@dataclass(frozen=True)
class TrainingTake:
    """A motion and what happens in it."""

    name: str
    take: Take
    conditioning: tuple[LabelBlock, ...] | ControlTrack
    """Labels of the whole take, of which the last goes on to its end; or numbers."""


def read_training_takes(
    take_files: Sequence[bytes], request: LearnRequest, control_files: Sequence[bytes] = ()
) -> list[TrainingTake]:
    """The takes that came with a request to learn.

    Args:
        parts: the takes.
        tracks: and their control tracks, where those stand in place of labels.

    Raises:
        TakeError: one cannot be read, or there are more or fewer than the request tells of.
        StyleError: a control track cannot be read or is not as told, or one is missing.
        LimitError: they are too long, too many or too short.
    """
    if len(take_files) != len(request.takes):
        raise TakeError(
            f'The number of parts "takes" is {len(take_files)}, but the request tells of '
            f"{len(request.takes)}: send each take that it tells of."
        )
    if len(control_files) != (len(take_files) if request.columns else 0):
        raise StyleError(
            f'The number of parts "controls" is {len(control_files)}: send one for each '
            'take and name its "columns", or send none and give the takes labels.'
        )
    lessons: list[TrainingTake] = []
    frames = 0
    for data, told, track in zip(
        take_files, request.takes, control_files or [None] * len(take_files), strict=True
    ):
        try:
            take = load_uploaded_take(data, any_origin=True)
        except (TakeError, LimitError) as error:
            raise type(error)(f'The take "{told.name}": {error}') from error
        frames += len(take)
        if frames > LIMITS.learn_frames_max:
            raise LimitError(
                f"The takes have more than {LIMITS.learn_frames_max} frames together, which is the "
                "limit: send fewer, or at 30 frames per second."
            )
        if track is None:
            lessons += _cut_labelled_ranges(take, told)
        else:
            # One by one, so that no more is unpacked than there are frames.
            lessons.append(
                TrainingTake(
                    told.name, take, _read_control_track(track, told, take, request.columns)
                )
            )
    check_training_takes([one.name for one in lessons], [one.take.duration for one in lessons])
    return lessons


def read_uploaded_style(data: bytes, request: BlendRequest, control: Array | None) -> bytes:
    """The style that came with a request to blend.

    Args:
        data: of its file.
        request: that it came with.
        control: the track that came along.

    Raises:
        StyleError: it is damaged, not the one that is asked for, or knows a label not.
        LimitError: it is too large, or has another number of levels.
    """
    if len(data) > LIMITS.style_bytes:
        raise LimitError(
            f"The style has {len(data)} bytes; the limit is {LIMITS.style_bytes}: learn a smaller "
            "one."
        )
    facts = parse_style_info(data, request.display_name)
    check_style_supports(request, facts.hash, facts.labels, facts.levels)
    if control is not None:
        check_control_values(control, len(facts.labels))
    return data


def read_uploaded_control(data: bytes | None, request: BlendRequest) -> Array | None:
    """The control track (T, K) or (levels, T, K) that came with a request to blend, if it says so.

    Raises:
        StyleError: there is none, or one that the request does not tell of, or of another length.
    """
    if request.control_seconds is None:
        if data is not None:
            raise StyleError(
                'A control track was sent along, but the request has no "control_seconds": say how '
                "long it is."
            )
        return None
    if data is None:
        raise StyleError(
            'The file part "controls" is missing: send the control track in it, as .npz.'
        )
    track = parse_control_values(data, "The part")
    if track.shape[-2] != round(request.control_seconds * STYLE_FPS):
        raise StyleError(
            f"The control track must last {request.control_seconds:g} s, as the request states "
            f"(got {track.shape[-2] / STYLE_FPS:.2f} s in {track.shape[-2]} rows)."
        )
    return track


def check_style_supports(
    request: BlendRequest, digest: str, labels: Sequence[str], levels: int
) -> None:
    """Raise StyleError or LimitError unless a style has what a request asks for.

    Args:
        digest: of the style,
        labels: that it knows,
        levels: that it has.
    """
    if request.hash and request.hash != digest:
        raise StyleError(
            f"The style is {digest[:8]} and not {request.hash[:8]}, which was asked for: send that "
            "one's file, or have the motion made anew."
        )
    for row in (request.timeline, request.fine or [], *request.grid):
        for span in row:
            check_label(span.label, labels)
    if request.grid and len(request.grid) != levels:
        raise LimitError(
            f"There are timelines for {len(request.grid)} levels; the style has {levels}."
        )
    if request.fine is not None and request.fine_levels is not None:
        check_fine_levels(request.fine_levels, levels)


def _read_control_track(
    data: bytes, description: LearnTake, take: Take, columns: Sequence[str]
) -> ControlTrack:
    """The control track that came with a take; StyleError if it does not go with it."""
    track = parse_control_values(data, f'The take "{description.name}"')
    check_training_control(track, (len(take) - 1) / take.fps, f'the take "{description.name}"')
    if track.shape[-1] != len(columns):
        raise StyleError(
            f'The control track of the take "{description.name}" must have {len(columns)} columns, '
            f"as the request names (got {track.shape[-1]})."
        )
    return ControlTrack(track, tuple(columns))


def _cut_labelled_ranges(take: Take, description: LearnTake) -> list[TrainingTake]:
    """The parts of a take that are to be learnt: ranges that follow each other are one."""
    if description.label:
        return [
            TrainingTake(
                description.name,
                take,
                (LabelBlock(description.label, max(take.duration, _TIME_TOLERANCE)),),
            )
        ]
    for one in description.ranges:
        check_time_range(one.start, one.end, take.duration)
    groups = group_consecutive([(one.start, one.end) for one in description.ranges])
    return [_cut_group(take, description, group) for group in groups]


def _cut_group(take: Take, description: LearnTake, group: Sequence[int]) -> TrainingTake:
    ranges = [description.ranges[n] for n in group]
    first = math.ceil(ranges[0].start * take.fps - _TIME_TOLERANCE)
    end = min(math.floor(ranges[-1].end * take.fps + _TIME_TOLERANCE) + 1, len(take))
    cut = slice(first, max(end, first + 1))
    piece = replace(take, poses=take.poses[cut], trans=take.trans[cut])
    spans = tuple(LabelBlock(one.label, one.end - one.start) for one in ranges)
    whole = len(piece) == len(take)
    name = (
        description.name
        if whole
        else f"{description.name} ({ranges[0].start:g}–{ranges[-1].end:g} s)"
    )
    return TrainingTake(name, piece, spans)
