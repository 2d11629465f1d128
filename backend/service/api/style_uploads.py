"""Uploads for styles: training takes, styles and control tracks, checked before the job is queued.

Training takes are cut into the ranges that have labels.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from ...kinematics.body.take import Take, TakeError
from ...kinematics.math.rotations import Array
from ...protocol.control_track import (
    ControlTrack,
    check_control_values,
    check_training_control,
    parse_control_values,
)
from ...protocol.limits import LimitError, check_time_range, check_training_takes
from ...protocol.style_file import STYLE_FPS, StyleError, parse_style_info
from ...protocol.timeline import LabelBlock, group_consecutive
from ..engine.interface import TrainingTake
from ..schema.limits import LIMITS
from ..schema.style_requests import BlendRequest, LearnRequest, LearnTake
from .take_uploads import load_uploaded_take

_TIME_TOLERANCE = 1e-3
"""Frames or seconds: slack for range ends that were rounded on their way here."""


def read_training_takes(
    take_files: Sequence[bytes], request: LearnRequest, control_files: Sequence[bytes] = ()
) -> list[TrainingTake]:
    """Read the takes of a learn request; control tracks, if there are any, replace labels.

    Raises TakeError, StyleError or LimitError for files that the request does not describe or that
    are outside the limits.
    """
    if len(take_files) != len(request.takes):
        raise TakeError(
            f'The number of parts "takes" must be {len(request.takes)}, as the request describes '
            f"(got {len(take_files)})."
        )
    if len(control_files) != (len(take_files) if request.columns else 0):
        raise StyleError(
            f'The number of parts "controls" is {len(control_files)}: send one for each '
            'take and name its "columns", or send none and give the takes labels.'
        )
    training_takes: list[TrainingTake] = []
    frames = 0
    for data, description, control_file in zip(
        take_files, request.takes, control_files or [None] * len(take_files), strict=True
    ):
        try:
            take = load_uploaded_take(data, any_origin=True)
        except (TakeError, LimitError) as error:
            raise type(error)(f'The take "{description.name}": {error}') from error
        # Checked one by one, so that never more is unpacked than the limit allows.
        frames += len(take)
        if frames > LIMITS.learn_frames_max:
            raise LimitError(
                f"The takes must have at most {LIMITS.learn_frames_max} frames together: send "
                "fewer, or at 30 frames per second."
            )
        if control_file is None:
            training_takes += _cut_labelled_ranges(take, description)
        else:
            control = _read_control_track(control_file, description, take, request.columns)
            training_takes.append(TrainingTake(description.name, take, control))
    check_training_takes(
        [item.name for item in training_takes], [item.take.duration for item in training_takes]
    )
    return training_takes


def check_uploaded_style(data: bytes, request: BlendRequest, control: Array | None) -> None:
    """Raise StyleError or LimitError unless a style fits a blend request."""
    if len(data) > LIMITS.style_bytes:
        raise LimitError(
            f"The style must have at most {LIMITS.style_bytes} bytes (got {len(data)}): learn a "
            "smaller one."
        )
    info = parse_style_info(data, request.display_name)
    request.check_style(info.hash, info.labels, info.levels)
    if control is not None:
        check_control_values(control, len(info.labels))


def read_uploaded_control(data: bytes | None, request: BlendRequest) -> Array | None:
    """Read the control track (T, K) or (levels, T, K) of a blend request; None without one.

    Raises StyleError if it is not as the request states.
    """
    if request.control_seconds is None:
        if data is not None:
            raise StyleError(
                'A control track was sent, but the request has no "control_seconds": state its '
                "length."
            )
        return None
    if data is None:
        raise StyleError(
            'The file part "controls" is missing: send the control track in it, as .npz.'
        )
    values = parse_control_values(data, "The part")
    if values.shape[-2] != round(request.control_seconds * STYLE_FPS):
        raise StyleError(
            f"The control track must last {request.control_seconds:g} s, as the request states "
            f"(got {values.shape[-2] / STYLE_FPS:.2f} s in {values.shape[-2]} rows)."
        )
    return values


def _read_control_track(
    data: bytes, description: LearnTake, take: Take, columns: Sequence[str]
) -> ControlTrack:
    values = parse_control_values(data, f'The take "{description.name}"')
    check_training_control(values, (len(take) - 1) / take.fps, f'the take "{description.name}"')
    if values.shape[-1] != len(columns):
        raise StyleError(
            f'The control track of the take "{description.name}" must have {len(columns)} columns, '
            f"as the request names (got {values.shape[-1]})."
        )
    return ControlTrack(values, tuple(columns))


def _cut_labelled_ranges(take: Take, description: LearnTake) -> list[TrainingTake]:
    """Return the parts of a take that have labels; consecutive ranges form one part."""
    if description.label:
        block = LabelBlock(description.label, max(take.duration, _TIME_TOLERANCE))
        return [TrainingTake(description.name, take, (block,))]
    for item in description.ranges:
        check_time_range(item.start, item.end, take.duration)
    groups = group_consecutive([(item.start, item.end) for item in description.ranges])
    return [_cut_group(take, description, group) for group in groups]


def _cut_group(take: Take, description: LearnTake, group: Sequence[int]) -> TrainingTake:
    ranges = [description.ranges[n] for n in group]
    first = math.ceil(ranges[0].start * take.fps - _TIME_TOLERANCE)
    end = min(math.floor(ranges[-1].end * take.fps + _TIME_TOLERANCE) + 1, len(take))
    frames = slice(first, max(end, first + 1))
    part = replace(take, poses=take.poses[frames], trans=take.trans[frames])
    blocks = tuple(LabelBlock(item.label, item.end - item.start) for item in ranges)
    name = description.name
    if len(part) < len(take):
        name = f"{name} ({ranges[0].start:g}–{ranges[-1].end:g} s)"
    return TrainingTake(name, part, blocks)
