"""Limits of requests, and one error sentence for each.

The add-on checks before it starts a job; the service checks again when a request arrives.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import generation_fields as fields
from .generation_fields import LimitError, check_range, format_number


@dataclass(frozen=True)
class Limits:
    """Limits of one request; both ends of every range are allowed.

    The service publishes them by these names.
    """

    prompt_characters: int = fields.PROMPT.max_length
    seconds_min: float = fields.SECONDS.low
    seconds_max: float = fields.SECONDS.high
    fps_min: float = fields.FPS.low
    fps_max: float = fields.FPS.high
    frames_max: int = 20_000
    seed_max: int = fields.SEED.high
    candidates_max: int = fields.CANDIDATES.high
    variations_max: int = fields.VARIATIONS.high
    blocks_max: int = 16
    blend_max: float = fields.TRANSITION.high
    bound_max: float = fields.MAX_KEY_ERROR.high
    speed_min: float = fields.SPEED.low
    speed_max: float = fields.SPEED.high
    body_bytes: int = 64 * 2**20
    """Bytes of an HTTP request with its files."""
    learn_takes_max: int = 64
    learn_seconds_max: float = 600.0
    """Seconds of all training takes of a style together."""
    learn_take_min: float = 1.5
    """Seconds of the shortest training take: half of the critics' receptive field at the coarsest
    level."""
    learn_steps_min: int = fields.LEARN_STEPS.low
    learn_steps_max: int = fields.LEARN_STEPS.high
    labels_max: int = 32
    label_characters: int = 40
    style_name_characters: int = 60
    style_bytes: int = 32 * 2**20
    control_columns_max: int = 1024
    timeline_seconds_max: float = 300.0
    timeline_parts_max: int = 200
    overlap_max: float = fields.OVERLAP.high
    levels_max: int = 16


LIMITS = Limits()

MODEL_NAMES = ("nerm", "motioninr")
"""Models that generate from a prompt, and from a label alone."""

_MAX_FRAME_COUNT = 1e15
"""Frames; larger counts (of infinite or absurd lengths) are clipped so that they fit an int64."""
_TIME_TOLERANCE = 1e-3
"""Seconds: Blender stores a length in 24 bits, so it comes back slightly off."""
_TIMELINE_TOLERANCE = 1 / 60
"""Seconds: half a frame at the 30 fps of a style."""
_STYLE_NAME = re.compile(r"[\w][\w \-]*(?<! )")


def frame_count(seconds: float, fps: float) -> int:
    """Return the number of frames of a take; frame n is at n / fps seconds."""
    return round(min(seconds * fps, _MAX_FRAME_COUNT))


def resampled_frames(end: float, fps: float) -> int:
    """Return the number of frames at n / fps seconds from 0 to `end` seconds, both included."""
    return math.floor(min(end * fps, _MAX_FRAME_COUNT) + 1e-6) + 1


def time_range_frames(
    seconds: float, fps: float, start: float | None, end: float | None, speed: float
) -> int:
    """Return the number of frames of a range of a motion, played `speed` times as fast."""
    span = (seconds if end is None else min(end, seconds)) - (start or 0.0)
    return frame_count(span / speed, fps)


def check_frames(frames: int) -> None:
    """Raise LimitError if a take of `frames` frames is too long or empty."""
    check_range("The number of frames", frames, 1, LIMITS.frames_max)


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
    if model not in MODEL_NAMES:
        raise LimitError(f'The model must be {" or ".join(MODEL_NAMES)} (got "{model}").')
    if model == "motioninr":
        if not action:
            raise LimitError("The model motioninr needs a label: choose a kind of motion.")
        if prompt.strip():
            raise LimitError(
                "The model motioninr takes a label only: remove the prompt, or use the model nerm."
            )
    check_length("The prompt", prompt, LIMITS.prompt_characters)
    if not prompt.strip() and not action:
        raise LimitError("The prompt is empty: write what the character does, or choose a label.")
    fields.SECONDS.check(seconds)
    fields.FPS.check(fps)
    check_frames(frame_count(seconds, fps))
    fields.SEED.check(seed)
    fields.CANDIDATES.check(candidates)
    fields.ORIGINALITY.check(originality)
    check_variations(variations, frame_count(seconds, fps), seed)


def check_variations(variations: int, frames: int, seed: int) -> None:
    """Raise LimitError if takes of `frames` frames with seeds from `seed` on are too many."""
    fields.VARIATIONS.check(variations)
    if variations > 1:
        total = frames * variations
        check_range("The number of frames of all variations", total, 1, LIMITS.frames_max)
        last = seed + variations - 1
        check_range("The seed of the last variation", last, 0, LIMITS.seed_max)


def check_blocks(seconds: Sequence[float], blends: Sequence[float], *, loop: bool) -> None:
    """Raise LimitError if a block is too short for its transitions, each from the block before."""
    check_range("The number of blocks", len(seconds), 1, LIMITS.blocks_max)
    for n, (length, blend) in enumerate(zip(seconds, blends, strict=True)):
        name = f"Block {n + 1}'s"
        fields.SECONDS.check(length, f"{name} length")
        fields.TRANSITION.check(blend, f"{name} transition")
        blend_out = blends[(n + 1) % len(blends)] if loop or n + 1 < len(blends) else 0.0
        blend_in = blend if loop or n else 0.0
        if (blend_in + blend_out) / 2 > length:
            raise LimitError(
                f"{name} length must be at least half of its transitions, "
                f"{(blend_in + blend_out) / 2:g} s (got {length:g} s): lengthen the block or "
                "shorten the transitions."
            )


def check_key_times(times: Sequence[float]) -> None:
    """Raise LimitError unless `times` (seconds) begin at 0 and increase."""
    if len(times) < 2:
        raise LimitError(f"There must be at least 2 key times (got {len(times)}).")
    check_frames(len(times))
    if times[0] != 0 or not all(math.isfinite(time) for time in times):
        raise LimitError("Key times must be finite seconds that begin at 0.")
    late = next((n for n in range(1, len(times)) if not times[n] > times[n - 1]), None)
    if late is not None:
        raise LimitError(
            f"Key times must increase (got {times[late]:g} s as number {late + 1} after "
            f"{times[late - 1]:g} s)."
        )


def check_time_range(start: float | None, end: float | None, seconds: float | None = None) -> None:
    """Raise LimitError if a range, in seconds of a motion, is empty or outside of the motion.

    `seconds` is the length of the motion; None if it is not known yet.
    """
    begin = 0.0 if start is None else start
    if not 0 <= begin < math.inf:  # NaN is outside of every range
        raise LimitError(f"The range must start at 0 s or later (got {format_number(begin)} s).")
    if end is not None and not begin < end < math.inf:
        raise LimitError(
            f"The range must end after its start (got {format_number(begin)} s to "
            f"{format_number(end)} s)."
        )
    if seconds is None:
        return
    length = format_number(seconds)
    if begin >= seconds:
        raise LimitError(
            f"The range must start before the motion ends at {length} s "
            f"(got {format_number(begin)} s)."
        )
    if end is not None and end > seconds + _TIME_TOLERANCE:
        raise LimitError(
            f"The range must end within the motion, which ends at {length} s "
            f"(got {format_number(end)} s)."
        )


def check_style_name(name: str) -> None:
    """Raise LimitError if a style cannot have this name, which is also its file's name."""
    if not name.strip():
        raise LimitError("The style needs a name.")
    check_length("The style's name", name, LIMITS.style_name_characters)
    if not _STYLE_NAME.fullmatch(name):
        raise LimitError(
            "A style's name must begin with a letter or a digit and contain only letters, digits, "
            f'spaces, - and _ (got "{name}").'
        )


def check_labels(labels: Iterable[str]) -> None:
    """Raise LimitError if a style cannot learn these labels; each may occur several times."""
    different = set()
    for label in labels:
        different.add(label)
        if not label.strip():
            raise LimitError("A label must not be empty: name what happens in the take.")
        check_length(f'The label "{label[:20]}"', label, LIMITS.label_characters)
        if ":" in label or "," in label:
            raise LimitError(
                "A label must not contain a colon or a comma, which separate the parts of a "
                f'timeline (got "{label}").'
            )
    check_range("The number of labels", len(different), 1, LIMITS.labels_max)


def check_control_columns(columns: Sequence[str]) -> None:
    """Raise LimitError if a style cannot learn from control tracks with these columns."""
    check_range("The number of columns", len(columns), 1, LIMITS.control_columns_max)
    for column in columns:
        if not column.strip():
            raise LimitError("Every column of a control track needs a name.")
        check_length(f'The column "{column[:20]}"', column, LIMITS.label_characters)
    if len(set(columns)) < len(columns):
        raise LimitError("The columns of a control track must have different names.")


def check_control_seconds(seconds: float) -> None:
    """Raise LimitError if a control track is too short or too long."""
    low, high = LIMITS.seconds_min, LIMITS.timeline_seconds_max
    check_range("The control track's length", seconds, low, high, "seconds")


def check_training_takes(names: Sequence[str], seconds: Sequence[float]) -> None:
    """Raise LimitError if a style cannot be learnt from takes of these lengths."""
    if not names:
        raise LimitError("A style needs at least one training take.")
    check_range("The number of takes", len(names), 1, LIMITS.learn_takes_max)
    for name, length in zip(names, seconds, strict=True):
        if not length >= LIMITS.learn_take_min - _TIME_TOLERANCE:
            raise LimitError(
                f"A training take must last at least {format_number(LIMITS.learn_take_min)} s "
                f'("{name}" lasts {length:.2f} s).'
            )
    total = sum(seconds)
    if not total <= LIMITS.learn_seconds_max:
        raise LimitError(
            f"The training takes must last at most {format_number(LIMITS.learn_seconds_max)} "
            f"seconds together (got {format_number(total)})."
        )


def check_timeline(
    labels: Sequence[str],
    seconds: Sequence[float],
    overlap: float,
    *,
    subject: str = "The timeline",
) -> None:
    """Raise LimitError if labels with these lengths are not a valid timeline."""
    if not labels:
        raise LimitError(f"{subject} is empty: name a label and its seconds.")
    check_range(f"{subject}: the number of parts", len(labels), 1, LIMITS.timeline_parts_max)
    check_labels(labels)
    low, high = LIMITS.seconds_min, LIMITS.timeline_seconds_max
    for label, length in zip(labels, seconds, strict=True):
        if not 0 < length <= high:  # NaN is neither
            raise LimitError(
                f'{subject}: the label "{label}" must last more than 0 s and at most '
                f"{format_number(high)} s (got {format_number(length)} s)."
            )
    check_range(f"{subject}: the length", sum(seconds), low, high, "seconds")
    fields.OVERLAP.check(overlap)


def check_fine_levels(count: int, levels: int) -> None:
    """Raise LimitError unless at least one of a style's levels is fine and one is coarse."""
    check_range("The number of fine levels", count, 1, levels - 1)


def check_equal_length(subject: str, seconds: float, expected: float) -> None:
    """Raise LimitError unless a timeline is as long as the main one."""
    if abs(seconds - expected) > _TIMELINE_TOLERANCE:
        raise LimitError(
            f"{subject} must be as long as the main timeline, {format_number(expected)} s "
            f"(got {format_number(seconds)} s)."
        )


def check_length(subject: str, text: str, limit: int) -> None:
    """Raise LimitError if `text` has more than `limit` characters."""
    if len(text) > limit:
        raise LimitError(f"{subject} must have at most {limit} characters (got {len(text)}).")
