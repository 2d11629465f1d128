"""The bounds of a request, and the sentence for each one that is broken.

The add-on asks before it starts a job and the service asks again when one arrives: one place, one
wording.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class LimitError(ValueError):
    """A request is outside the limits; the text is a sentence with the field and its bounds."""


@dataclass(frozen=True)
class Limits:
    """What one request may ask for; both ends of every range are allowed."""

    prompt_characters: int = 500
    seconds_min: float = 0.5
    seconds_max: float = 10.0
    fps_min: float = 1.0
    fps_max: float = 1000.0
    frames_max: int = 20_000
    seed_max: int = 2**63 - 1
    candidates_max: int = 16
    variations_max: int = 16
    blocks_max: int = 16
    blend_max: float = 2.0
    bound_max: float = 1.0
    speed_min: float = 0.1
    speed_max: float = 10.0
    body_bytes: int = 64 * 2**20
    learn_takes_max: int = 64
    learn_seconds_max: float = 600.0
    """Of all takes of a style together."""
    learn_take_min: float = 1.5
    """Seconds of the shortest take that a style can be learnt from: half of what its critics see
    at once, at the coarsest level."""
    learn_steps_min: int = 10
    learn_steps_max: int = 20_000
    labels_max: int = 32
    label_characters: int = 40
    style_name_characters: int = 60
    style_bytes: int = 32 * 2**20
    control_columns_max: int = 1024
    """Of the numbers that stand in place of labels."""
    timeline_seconds_max: float = 300.0
    timeline_parts_max: int = 200
    overlap_max: float = 10.0
    levels_max: int = 16


LIMITS = Limits()

DEFAULT_ORIGINALITY = 0.35
"""From 0, near the captures that were learnt, to 1, drawn freely: here generated motions are about
as far from the nearest capture as captures are from each other."""

DEFAULT_BLEND_SECONDS = 0.4
"""Seconds in which one block of a motion passes into the next."""

DEFAULT_OVERLAP_SECONDS = 0.5
"""Seconds in which one label of a style passes into the next."""

DEFAULT_STYLE_ORIGINALITY = 0.0
"""From 0, pieces of the takes that a style was learnt from, to 1, what its networks make alone."""

DEFAULT_LEARN_STEPS = 600
"""Of each two levels of a style."""

DEFAULT_ERROR_BOUND = 0.02
"""Metres of mean joint error up to which what is put between keys is trusted."""

MODEL_NAMES = ("nerm", "motioninr")
"""What makes motions: from a prompt, and from an action label alone."""

_MAX_FRAME_COUNT = 1e15
"""Frames; there are fewer of anything. What has more than numbers can hold counts as this many."""
_TIME_TOLERANCE = 1e-3
_TIMELINE_TOLERANCE = 1 / 60
"""Seconds: half a frame of what a style draws."""
_STYLE_NAME = re.compile(r"[\w][\w \-]*(?<! )")


def frame_count(seconds: float, fps: float) -> int:
    """How many frames a take of this length has; frame n is at n / fps seconds."""
    return round(min(seconds * fps, _MAX_FRAME_COUNT))


def resampled_frames(end: float, fps: float) -> int:
    """How many frames at n / fps seconds there are from 0 up to `end` seconds, with it."""
    return math.floor(min(end * fps, _MAX_FRAME_COUNT) + 1e-6) + 1


def time_range_frames(
    seconds: float, fps: float, start: float | None, end: float | None, speed: float
) -> int:
    """How many frames a part of a motion of this length has, played `speed` times as fast."""
    span = (seconds if end is None else min(end, seconds)) - (start or 0.0)
    return frame_count(span / speed, fps)


def check_prompt(prompt: str, action: str | None = None) -> None:
    """Raise LimitError if the prompt is too long, or blank with no action label in its place."""
    if len(prompt) > LIMITS.prompt_characters:
        raise LimitError(
            f"The prompt has {len(prompt)} characters; the limit is {LIMITS.prompt_characters}."
        )
    if not prompt.strip() and not action:
        raise LimitError("The prompt is empty: write what the character does, or choose a label.")


def check_model(model: str, prompt: str, action: str | None) -> None:
    """Raise LimitError if there is no such model, or if it is not told what it goes by."""
    if model not in MODEL_NAMES:
        raise LimitError(f'There is no model "{model}": choose {" or ".join(MODEL_NAMES)}.')
    if model == "motioninr":
        if not action:
            raise LimitError("No action is named: choose the label of a kind of motion.")
        if prompt.strip():
            raise LimitError(
                "A motion by its action goes by the label alone: leave out the prompt, or have "
                "the motion made from the prompt."
            )


def check_seconds(seconds: float) -> None:
    """Raise LimitError if a motion cannot be this long."""
    _check_range("The length", seconds, LIMITS.seconds_min, LIMITS.seconds_max, " seconds")


def check_fps(fps: float) -> None:
    """Raise LimitError if a motion cannot be sampled at this many frames per second."""
    _check_range("The frame rate", fps, LIMITS.fps_min, LIMITS.fps_max, " fps")


def check_frames(frames: int) -> None:
    """Raise LimitError if a take cannot have this many frames."""
    _check_range("The number of frames", frames, 1, LIMITS.frames_max, "")


def check_seed(seed: int) -> None:
    """Raise LimitError if this number cannot be a seed."""
    _check_range("The seed", seed, 0, LIMITS.seed_max, "")


def check_generate(
    *,
    prompt: str,
    action: str | None,
    seconds: float,
    fps: float,
    seed: int,
    candidates: int | None = None,
    variations: int = 1,
    originality: float | None = None,
    model: str = "nerm",
) -> None:
    """Raise LimitError for the first field of a generate request that is outside the limits."""
    check_model(model, prompt, action)
    check_prompt(prompt, action)
    check_seconds(seconds)
    check_fps(fps)
    check_frames(frame_count(seconds, fps))
    check_seed(seed)
    if candidates is not None:
        _check_range("The number of candidates", candidates, 1, LIMITS.candidates_max, "")
    if originality is not None:
        check_originality(originality)
    check_variations(variations, frame_count(seconds, fps), seed)


def check_blocks(seconds: Sequence[float], blends: Sequence[float], *, loop: bool) -> None:
    """Raise LimitError if motions of these lengths cannot pass into each other.

    Args:
        seconds: of each block, at least one.
        blends: seconds that each takes to pass into from the one before.
        loops: whether the first is passed into from the last.
    """
    _check_range("The number of blocks", len(seconds), 1, LIMITS.blocks_max, "")
    for n, (length, blend) in enumerate(zip(seconds, blends, strict=True)):
        which = f"Block {n + 1}'s"
        _check_range(f"{which} length", length, LIMITS.seconds_min, LIMITS.seconds_max, " seconds")
        _check_range(f"{which} blend", blend, 0, LIMITS.blend_max, " seconds")
        following = blends[(n + 1) % len(blends)] if loop or n + 1 < len(blends) else 0.0
        own = blend if loop or n else 0.0
        if (own + following) / 2 > length:
            raise LimitError(
                f"{which} {length:g} s are shorter than the halves of its blends together "
                f"({(own + following) / 2:g} s): make it longer, or blend for a shorter time."
            )


def check_error_bound(bound: float) -> None:
    """Raise LimitError if this cannot be how far motion between keys is trusted, in metres."""
    _check_range("The bound", bound, 0, LIMITS.bound_max, " metres")


def check_key_times(times: Sequence[float]) -> None:
    """Raise LimitError unless these can be the times of keys, in seconds."""
    if len(times) < 2:
        raise LimitError(f"There are {len(times)} key times; there must be at least 2.")
    check_frames(len(times))
    if times[0] != 0 or not all(math.isfinite(time) for time in times):
        raise LimitError("Key times are seconds, and the first is 0.")
    late = next((n for n in range(1, len(times)) if not times[n] > times[n - 1]), None)
    if late is not None:
        raise LimitError(
            f"Key times must increase; the {late + 1}th ({times[late]:g} s) does not come after "
            f"the one before ({times[late - 1]:g} s)."
        )


def check_speed(speed: float) -> None:
    """Raise LimitError if a motion cannot be played this many times as fast."""
    _check_range("The speed", speed, LIMITS.speed_min, LIMITS.speed_max, "")


def check_interpolation_factor(factor: float) -> None:
    """Raise LimitError if a motion between two cannot have this share of the second."""
    _check_range("The share of the second motion", factor, 0, 1, "")


def check_time_range(start: float | None, end: float | None, seconds: float | None = None) -> None:
    """Raise LimitError if there is no such part of a motion.

    Args:
        start: seconds into the motion; None for its beginning.
        end: seconds into the motion; None for its end.
        seconds: how long the motion is; None if that is not known yet.
    """
    begin = 0.0 if start is None else start
    if not 0 <= begin < math.inf:  # NaN is outside of every range
        raise LimitError(f"The part begins at {_format_number(begin)} s; a motion begins at 0 s.")
    if end is not None and not begin < end < math.inf:
        raise LimitError(
            f"The part from {_format_number(begin)} s to {_format_number(end)} s is empty: "
            "it must end after it begins."
        )
    if seconds is None:
        return
    if begin >= seconds:
        raise LimitError(
            f"The part begins at {_format_number(begin)} s, but the motion ends at {_format_number(seconds)} s."
        )
    # A length typed into Blender comes back with 24 bits.
    if end is not None and end > seconds + _TIME_TOLERANCE:
        raise LimitError(
            f"The part ends at {_format_number(end)} s, but the motion ends at {_format_number(seconds)} s."
        )


def check_style_name(name: str) -> None:
    """Raise LimitError if a style cannot be called this: its file has the same name."""
    if not name.strip():
        raise LimitError("The style has no name: give it one.")
    _check_characters("The style's name", name, LIMITS.style_name_characters)
    if not _STYLE_NAME.fullmatch(name):
        raise LimitError(
            f'A style cannot be called "{name}": use letters, digits, spaces, - and _, and begin '
            "with a letter or a digit."
        )


def check_labels(labels: Iterable[str]) -> None:
    """Raise LimitError if a style cannot learn these labels, each of which may come often."""
    known = set()
    for label in labels:
        known.add(label)
        if not label.strip():
            raise LimitError("A label is empty: name what happens in the take.")
        _check_characters(f'The label "{label[:20]}"', label, LIMITS.label_characters)
        if ":" in label or "," in label:
            raise LimitError(
                f'The label "{label}" has a colon or a comma, which divide the labels of a '
                "timeline: leave them out."
            )
    _check_range("The number of labels", len(known), 1, LIMITS.labels_max, "")


def check_control_columns(columns: Sequence[str]) -> None:
    """Raise LimitError if a style cannot be learnt from numbers that are called so."""
    _check_range("The number of columns", len(columns), 1, LIMITS.control_columns_max, "")
    for column in columns:
        if not column.strip():
            raise LimitError("A column of the control track has no name: give it one.")
        _check_characters(f'The column "{column[:20]}"', column, LIMITS.label_characters)
    if len(set(columns)) < len(columns):
        raise LimitError("Two columns of the control track have one name: give each its own.")


def check_control_seconds(seconds: float) -> None:
    """Raise LimitError if a motion cannot follow numbers for so long."""
    low, high = LIMITS.seconds_min, LIMITS.timeline_seconds_max
    _check_range("The control track's length", seconds, low, high, " seconds")


def check_training_takes(names: Sequence[str], seconds: Sequence[float]) -> None:
    """Raise LimitError if a style cannot be learnt from takes of these names and lengths."""
    if not names:
        raise LimitError("There are no takes to learn from: add one or more.")
    _check_range("The number of takes", len(names), 1, LIMITS.learn_takes_max, "")
    for name, length in zip(names, seconds, strict=True):
        if not length >= LIMITS.learn_take_min - _TIME_TOLERANCE:
            raise LimitError(
                f'The take "{name}" lasts {length:.2f} s, which is shorter than the patch that is '
                f"learnt ({_format_number(LIMITS.learn_take_min)} s): choose a longer take."
            )
    total = sum(seconds)
    if not total <= LIMITS.learn_seconds_max:
        raise LimitError(
            f"The takes last {_format_number(total)} seconds together; the limit is "
            f"{_format_number(LIMITS.learn_seconds_max)} seconds."
        )


def check_learn_steps(steps: int) -> None:
    """Raise LimitError if a style cannot be learnt in this many steps of each two levels."""
    low, high = LIMITS.learn_steps_min, LIMITS.learn_steps_max
    _check_range("The number of steps", steps, low, high, "")


def check_originality(originality: float) -> None:
    """Raise LimitError if it is no share of what networks make by themselves."""
    _check_range("The originality", originality, 0, 1, "")


def check_timeline(
    labels: Sequence[str],
    seconds: Sequence[float],
    overlap: float,
    *,
    subject: str = "The timeline",
) -> None:
    """Raise LimitError if labels with these lengths cannot be what is wanted of a motion.

    Args:
        overlap: seconds in which one label passes into the next.
        which: begins the sentences.
    """
    if not labels:
        raise LimitError(f"{subject} is empty: name a label and its seconds.")
    _check_range(f"{subject}: the number of parts", len(labels), 1, LIMITS.timeline_parts_max, "")
    check_labels(labels)
    for label, length in zip(labels, seconds, strict=True):
        if not 0 < length <= LIMITS.timeline_seconds_max:  # NaN is neither
            raise LimitError(
                f'{subject} has the label "{label}" for {_format_number(length)} s; it must be more than 0 '
                f"and at most {_format_number(LIMITS.timeline_seconds_max)} s."
            )
    low, high = LIMITS.seconds_min, LIMITS.timeline_seconds_max
    _check_range(f"{subject}: the length", sum(seconds), low, high, " seconds")
    _check_range("The overlap", overlap, 0, LIMITS.overlap_max, " seconds")


def check_fine_levels(count: int, levels: int) -> None:
    """Raise LimitError if this many of a style's levels cannot be the fine ones."""
    if not 1 <= count < levels:
        raise LimitError(f"There can be 1 to {levels - 1} fine levels of {levels}, not {count}.")


def check_equal_length(subject: str, seconds: float, expected: float) -> None:
    """Raise LimitError unless a timeline for some levels is as long as the one for the others."""
    if abs(seconds - expected) > _TIMELINE_TOLERANCE:
        raise LimitError(
            f"{subject} lasts {_format_number(seconds)} s and the timeline {_format_number(expected)} s: make them as "
            "long."
        )


def check_variations(variations: int, frames: int, seed: int) -> None:
    """Raise LimitError if this many takes of `frames` cannot be made from seeds from `seed` on."""
    _check_range("The number of variations", variations, 1, LIMITS.variations_max, "")
    if variations > 1:
        total = frames * variations
        _check_range("The number of frames of all variations", total, 1, LIMITS.frames_max, "")
        _check_range(
            "The seed of the last variation", seed + variations - 1, 0, LIMITS.seed_max, ""
        )


def _check_characters(subject: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise LimitError(f"{subject} has {len(text)} characters; the limit is {limit}.")


def _check_range(subject: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:  # NaN is outside of every range
        raise LimitError(
            f"{subject} is {_format_number(value)}{unit}; "
            f"it must be between {_format_number(low)} and {_format_number(high)}{unit}."
        )


def _format_number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"
