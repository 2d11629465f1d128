"""The takes that come with a request to learn, cut into the parts whose labels are told; and the
style that comes with a request to blend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..kinematics.limits import LimitError, check_fine_levels, check_learn_takes, check_part
from ..kinematics.styles import StyleError, facts_of
from ..kinematics.take import Take, TakeError
from ..kinematics.timelines import Span, check_label, in_a_row
from .parts import take_in
from .service_limits import LIMITS
from .style_requests import BlendRequest, LearnRequest, LearnTake

_CLOSE = 1e-3
"""Frames, or seconds, by which the ends of a range may be off."""


@dataclass(frozen=True)
class Lesson:
    """A motion and what happens in it."""

    name: str
    take: Take
    spans: tuple[Span, ...]
    """Of the whole take; the last goes on to its end."""


def lessons_of(parts: Sequence[bytes], request: LearnRequest) -> list[Lesson]:
    """The takes that came with a request to learn.

    Raises:
        TakeError: one cannot be read, or there are more or fewer than the request tells of.
        LimitError: they are too long, too many or too short.
    """
    if len(parts) != len(request.takes):
        raise TakeError(
            f'The number of parts "takes" is {len(parts)}, but the request tells of '
            f"{len(request.takes)}: send each take that it tells of."
        )
    lessons: list[Lesson] = []
    frames = 0
    for data, told in zip(parts, request.takes, strict=True):
        try:
            take = take_in(data, any_origin=True)
        except (TakeError, LimitError) as error:
            raise type(error)(f'The take "{told.name}": {error}') from error
        frames += len(take)
        if frames > LIMITS.learn_frames_max:
            raise LimitError(
                f"The takes have more than {LIMITS.learn_frames_max} frames together, which is the "
                "limit: send fewer, or at 30 frames per second."
            )
        lessons += _cut(take, told)
    check_learn_takes([one.name for one in lessons], [one.take.duration for one in lessons])
    return lessons


def checked_style(data: bytes, request: BlendRequest) -> bytes:
    """The style that came with a request to blend.

    Raises:
        StyleError: it is damaged, not the one that is asked for, or knows a label not.
        LimitError: it is too large, or has another number of levels.
    """
    if len(data) > LIMITS.style_bytes:
        raise LimitError(
            f"The style has {len(data)} bytes; the limit is {LIMITS.style_bytes}: learn a smaller "
            "one."
        )
    facts = facts_of(data, request.called)
    check_wanted(request, facts.hash, facts.labels, facts.levels)
    return data


def check_wanted(request: BlendRequest, digest: str, labels: Sequence[str], levels: int) -> None:
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


def _cut(take: Take, told: LearnTake) -> list[Lesson]:
    """The parts of a take that are to be learnt: ranges that follow each other are one."""
    if told.label:
        return [Lesson(told.name, take, (Span(told.label, max(take.duration, _CLOSE)),))]
    for one in told.ranges:
        check_part(one.start, one.end, take.duration)
    groups = in_a_row([(one.start, one.end) for one in told.ranges])
    return [_piece(take, told, group) for group in groups]


def _piece(take: Take, told: LearnTake, group: Sequence[int]) -> Lesson:
    ranges = [told.ranges[n] for n in group]
    first = math.ceil(ranges[0].start * take.fps - _CLOSE)
    end = min(math.floor(ranges[-1].end * take.fps + _CLOSE) + 1, len(take))
    cut = slice(first, max(end, first + 1))
    piece = replace(take, poses=take.poses[cut], trans=take.trans[cut])
    spans = tuple(Span(one.label, one.end - one.start) for one in ranges)
    whole = len(piece) == len(take)
    name = told.name if whole else f"{told.name} ({ranges[0].start:g}–{ranges[-1].end:g} s)"
    return Lesson(name, piece, spans)
