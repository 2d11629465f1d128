"""Requests for styles: learn one from a few takes, and generate motion in one."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...protocol import generation_fields as fields
from ...protocol.limits import (
    LimitError,
    check_control_columns,
    check_control_seconds,
    check_equal_length,
    check_fine_levels,
    check_frames,
    check_labels,
    check_length,
    check_range,
    check_style_name,
    check_time_range,
    check_timeline,
    check_variations,
    frame_count,
)
from ...protocol.style_file import StyleError
from ...protocol.timeline import LabelBlock, check_label
from . import field_types as types
from .field_types import RequestBase, StrictModel, schema_bounds, schema_lengths
from .limits import LIMITS

_NOTE_CHARACTERS = 200
_Note = Annotated[str, schema_lengths(maxLength=_NOTE_CHARACTERS)]
_StyleName = Annotated[str, schema_lengths(maxLength=LIMITS.style_name_characters)]
_TakeSeconds = Annotated[float, schema_bounds(0, LIMITS.learn_seconds_max)]


class LabelRange(StrictModel):
    """A label for a range of a take, in seconds into the take."""

    label: types.StyleLabel
    start: _TakeSeconds
    end: _TakeSeconds


class LearnTake(StrictModel):
    """Labels of one of the uploaded takes."""

    name: _Note
    """Name in error sentences and in the style's file."""
    label: types.StyleLabel = ""
    """Label of the whole take; "" with `ranges` or with a control track."""
    ranges: list[LabelRange] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.timeline_parts_max}
    )
    """Labelled ranges in the order of their times; the rest of the take is not learnt."""

    def check_labels_or_control(self, *, has_control: bool) -> None:
        """Raise LimitError for invalid labels or ranges, or for any beside a control track."""
        if has_control:
            if self.label or self.ranges:
                raise LimitError(
                    f'The take "{self.name}" has a label and a control track: learn from labels or '
                    "from tracks, not from both."
                )
            return
        if bool(self.label) == bool(self.ranges):
            raise LimitError(f'The take "{self.name}" needs one label, or ranges with labels.')
        count = f'The number of ranges of the take "{self.name}"'
        check_range(count, len(self.ranges), 0, LIMITS.timeline_parts_max)
        last_end = 0.0
        for item in self.ranges:
            check_time_range(item.start, item.end)
            if item.start < last_end:
                raise LimitError(
                    f'The ranges of the take "{self.name}" must be in order and must not overlap '
                    f'(got "{item.label}" at {item.start:g} s, before {last_end:g} s).'
                )
            last_end = item.end


class LearnRequest(RequestBase):
    """A style from a few takes; the reply is its file.

    Training yields to other jobs. A cancelled job resumes when the same takes are sent again.
    """

    kind: Literal["learn"] = "learn"
    name: _StyleName
    takes: Annotated[list[LearnTake], schema_lengths(minItems=1, maxItems=LIMITS.learn_takes_max)]
    """One entry for each uploaded take, in the same order."""
    columns: list[types.StyleLabel] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.control_columns_max}
    )
    """Names of the columns of the uploaded control tracks, one track for each take; [] with
    labels."""
    steps: types.LearnSteps = fields.LEARN_STEPS.default
    seed: types.Seed = 0
    licence: _Note = ""
    """Licence of the style, as stated by the user."""

    @model_validator(mode="after")
    def _check_learn(self) -> Self:
        check_style_name(self.name)
        check_range("The number of takes", len(self.takes), 1, LIMITS.learn_takes_max)
        check_length("The licence", self.licence, _NOTE_CHARACTERS)
        for take in self.takes:
            check_length("The name of a take", take.name, _NOTE_CHARACTERS)
            take.check_labels_or_control(has_control=bool(self.columns))
        if self.columns:
            check_control_columns(self.columns)
        else:
            check_labels(item.label for take in self.takes for item in take.ranges or [take])
        fields.LEARN_STEPS.check(self.steps)
        fields.SEED.check(self.seed)
        return self


class LabelSpan(StrictModel):
    """A label of a timeline with its length in seconds."""

    label: types.StyleLabel
    seconds: Annotated[float, Field(json_schema_extra={"maximum": LIMITS.timeline_seconds_max})]


Timeline = Annotated[
    list[LabelSpan], schema_lengths(minItems=1, maxItems=LIMITS.timeline_parts_max)
]


class BlendRequest(RequestBase):
    """A motion in a style, along a label timeline or an uploaded control track.

    The style's file is uploaded; without it, the style that comes with the backend is used.
    """

    kind: Literal["blend"] = "blend"
    style: _StyleName = ""
    """Name of the style, stored in the take."""
    hash: Annotated[str, schema_lengths(maxLength=64)] = ""
    """Required digest of the style; "" accepts any."""
    timeline: list[LabelSpan] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.timeline_parts_max}
    )
    control_seconds: Annotated[float, schema_bounds(0, LIMITS.timeline_seconds_max)] | None = None
    """Length of the uploaded control track, which replaces the timeline."""
    fine: Timeline | None = None
    """Timeline of the fine levels, which decide on details; None to use `timeline`."""
    fine_levels: Annotated[int, schema_bounds(1, LIMITS.levels_max)] | None = None
    """Number of fine levels; None for half of all levels."""
    grid: list[Timeline] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.levels_max}
    )
    """A timeline for each level from coarse to fine, instead of `fine`; [] for none."""
    overlap: types.Overlap = fields.OVERLAP.default
    originality: types.StyleOriginality = fields.STYLE_ORIGINALITY.default
    fps: types.Fps
    seed: types.Seed = 0
    variations: types.Variations = 1
    """Number of takes; variation k has the seed ``seed + k``."""
    loop: types.Loop = False
    lock_feet: types.LockFeet = True

    @model_validator(mode="after")
    def _check_blend(self) -> Self:
        if self.style:
            check_style_name(self.style)
        if self.control_seconds is None:
            self._check_timelines()
        else:
            if self.timeline or self.fine or self.grid:
                raise LimitError(
                    "A control track and a timeline exclude each other: leave out one of the two."
                )
            check_control_seconds(self.control_seconds)
        fields.FPS.check(self.fps)
        check_frames(self.output_frames)
        fields.SEED.check(self.seed)
        fields.STYLE_ORIGINALITY.check(self.originality)
        check_variations(self.variations, self.output_frames, self.seed)
        return self

    def _check_timelines(self) -> None:
        rows = {"The timeline": self.timeline}
        if self.fine is not None:
            rows["The fine timeline"] = self.fine
        if self.grid and self.fine is not None:
            raise LimitError(
                "A timeline for every level and a fine timeline exclude each other: leave out one "
                "of the two."
            )
        check_range("The number of timelines for levels", len(self.grid), 0, LIMITS.levels_max)
        rows |= {f"The timeline of level {n}": row for n, row in enumerate(self.grid, start=1)}
        for subject, row in rows.items():
            seconds = [span.seconds for span in row]
            check_timeline([span.label for span in row], seconds, self.overlap, subject=subject)
            check_equal_length(subject, sum(seconds), self.duration)
        if self.fine_levels is not None:
            check_range("The number of fine levels", self.fine_levels, 1, LIMITS.levels_max)

    def check_style(self, digest: str, labels: Sequence[str], levels: int) -> None:
        """Raise StyleError or LimitError unless a style with this digest has all that it needs."""
        if self.hash and self.hash != digest:
            raise StyleError(
                f"The style must be {self.hash[:8]} (got {digest[:8]}): send the file of that "
                "style, or generate the motion again."
            )
        for row in (self.timeline, self.fine or [], *self.grid):
            for span in row:
                check_label(span.label, labels)
        if self.grid and len(self.grid) != levels:
            raise LimitError(
                f"The number of timelines must be {levels}, one for each level of the style (got "
                f"{len(self.grid)})."
            )
        if self.fine is not None and self.fine_levels is not None:
            check_fine_levels(self.fine_levels, levels)

    @property
    def display_name(self) -> str:
        """Subject of sentences about the style."""
        return f'"{self.style}"' if self.style else "The style"

    @property
    def duration(self) -> float:
        """Length of the motion in seconds."""
        if self.control_seconds is not None:
            return self.control_seconds
        return sum(span.seconds for span in self.timeline)

    @property
    def output_frames(self) -> int:
        """Number of frames of each take."""
        return frame_count(self.duration, self.fps) + self.loop


def timeline_spans(timeline: Timeline) -> tuple[LabelBlock, ...]:
    """Return a timeline as the styles' generators take it."""
    return tuple(LabelBlock(span.label, span.seconds) for span in timeline)
