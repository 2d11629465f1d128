"""Requests about styles: to learn one from a few takes, and to have a motion made in one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...protocol.limits import (
    DEFAULT_LEARN_STEPS,
    DEFAULT_OVERLAP_SECONDS,
    DEFAULT_STYLE_ORIGINALITY,
    LimitError,
    check_control_columns,
    check_control_seconds,
    check_equal_length,
    check_fps,
    check_frames,
    check_labels,
    check_learn_steps,
    check_originality,
    check_seed,
    check_style_name,
    check_time_range,
    check_timeline,
    check_variations,
    frame_count,
)
from ...protocol.timeline import LabelBlock, timeline_seconds
from .field_types import Fps, RequestBase, Seed, StrictModel, schema_bounds, schema_max_length
from .limits import LIMITS

Label = Annotated[str, schema_max_length(LIMITS.label_characters)]
_NOTE_CHARACTERS = 200


class LabelRange(StrictModel):
    """What happens in a part of a take."""

    label: Label
    start: Annotated[float, schema_bounds(0, LIMITS.learn_seconds_max)]
    """Seconds into the take."""
    end: Annotated[float, schema_bounds(0, LIMITS.learn_seconds_max)]


class LearnTake(StrictModel):
    """What happens in one of the takes that are sent along."""

    name: Annotated[str, schema_max_length(_NOTE_CHARACTERS)]
    """What refusals and the style's file call it."""
    label: Label = ""
    """Of the whole take; "" where there are `ranges`, or numbers in place of labels."""
    ranges: list[LabelRange] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.timeline_parts_max}
    )
    """Parts in the order of their times; what is in none of them is not learnt."""

    def all_labels(self) -> list[str]:
        """All labels that are named."""
        return [one.label for one in self.ranges] or [self.label]

    def check_labels_or_control(self, *, has_control: bool) -> None:
        """Raise LimitError for ranges that cannot be, whatever the length of the take.

        Args:
            by_numbers: whether a control track stands in place of labels.
        """
        if has_control:
            if self.label or self.ranges:
                raise LimitError(
                    f'The take "{self.name}" has a label and a control track: learn from labels or '
                    "from tracks, not from both."
                )
            return
        if bool(self.label) == bool(self.ranges):
            raise LimitError(
                f'The take "{self.name}" needs one label, or ranges with labels: give it one.'
            )
        if len(self.ranges) > LIMITS.timeline_parts_max:
            raise LimitError(
                f'The take "{self.name}" has {len(self.ranges)} ranges; the limit is '
                f"{LIMITS.timeline_parts_max}."
            )
        done = 0.0
        for one in self.ranges:
            check_time_range(one.start, one.end)
            if one.start < done:
                raise LimitError(
                    f'The take "{self.name}": the range "{one.label}" begins at {one.start:g} s, '
                    "before the one before it ends: put them in order, without overlap."
                )
            done = one.end


class LearnRequest(RequestBase):
    """A style from a few takes; the reply is its file.

    It is learnt in between motions, which come first, and a job that was cancelled goes on where
    it was when the same takes are sent again.
    """

    kind: Literal["learn"] = "learn"
    name: Annotated[str, schema_max_length(LIMITS.style_name_characters)]
    takes: Annotated[
        list[LearnTake],
        Field(json_schema_extra={"minItems": 1, "maxItems": LIMITS.learn_takes_max}),
    ]
    """As many as are sent along, in their order."""
    columns: list[Label] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.control_columns_max}
    )
    """What the columns of the control tracks are, which are sent along in place of labels, one for
    each take; [] where there are labels."""
    steps: Annotated[int, schema_bounds(LIMITS.learn_steps_min, LIMITS.learn_steps_max)] = (
        DEFAULT_LEARN_STEPS
    )
    """Of each two levels."""
    seed: Seed = 0
    """Of the learning: the same takes and seed give the same style."""
    licence: Annotated[str, schema_max_length(_NOTE_CHARACTERS)] = ""
    """Of the style, as whoever has it learnt says."""

    @model_validator(mode="after")
    def _check_learn(self) -> Self:
        check_style_name(self.name)
        if not 1 <= len(self.takes) <= LIMITS.learn_takes_max:
            raise LimitError(
                f"The number of takes is {len(self.takes)}; it must be between 1 and "
                f"{LIMITS.learn_takes_max}."
            )
        for text in (self.licence, *(take.name for take in self.takes)):
            if len(text) > _NOTE_CHARACTERS:
                raise LimitError(
                    f"A name or the licence has {len(text)} characters; the limit is "
                    f"{_NOTE_CHARACTERS}."
                )
        for take in self.takes:
            take.check_labels_or_control(has_control=bool(self.columns))
        if self.columns:
            check_control_columns(self.columns)
        else:
            check_labels(label for take in self.takes for label in take.all_labels())
        check_learn_steps(self.steps)
        check_seed(self.seed)
        return self


class LabelSpan(StrictModel):
    """One label for a while."""

    label: Label
    seconds: Annotated[float, Field(json_schema_extra={"maximum": LIMITS.timeline_seconds_max})]


Timeline = Annotated[
    list[LabelSpan],
    Field(json_schema_extra={"minItems": 1, "maxItems": LIMITS.timeline_parts_max}),
]


class BlendRequest(RequestBase):
    """A motion in a style: labels over time, or numbers that are sent along as a control track.

    The style's file is sent along; without it the one that ships with the backend is meant.
    """

    kind: Literal["blend"] = "blend"
    style: Annotated[str, schema_max_length(LIMITS.style_name_characters)] = ""
    """Its name, for the take to tell."""
    hash: Annotated[str, schema_max_length(64)] = ""
    """Its digest; "" for whichever comes."""
    timeline: list[LabelSpan] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.timeline_parts_max}
    )
    control_seconds: Annotated[float, schema_bounds(0, LIMITS.timeline_seconds_max)] | None = None
    """Length of the control track that is sent along in place of a timeline."""
    fine: Timeline | None = None
    """For the finer levels: how it is done; None as the timeline says."""
    fine_levels: Annotated[int, schema_bounds(1, LIMITS.levels_max)] | None = None
    """How many of the finest those are; None for half of them."""
    grid: list[Timeline] = Field(
        default_factory=list, json_schema_extra={"maxItems": LIMITS.levels_max}
    )
    """A timeline for each level from coarse to fine, in place of `fine`; [] for all alike."""
    overlap: Annotated[float, schema_bounds(0, LIMITS.overlap_max)] = DEFAULT_OVERLAP_SECONDS
    """Seconds in which one label passes into the next."""
    originality: Annotated[float, schema_bounds(0, 1)] = DEFAULT_STYLE_ORIGINALITY
    """From 0, pieces of the takes that the style was learnt from, to 1, its networks alone."""
    fps: Fps
    seed: Seed = 0
    variations: Annotated[int, schema_bounds(1, LIMITS.variations_max)] = 1
    """How many motions are asked for: variation k has the seed ``seed + k``."""
    loop: bool = False
    """Have the motion end as it began; its take then has one frame more, the first one again."""
    lock_feet: bool = True
    """Hold planted feet where they stand."""

    @model_validator(mode="after")
    def _check_blend(self) -> Self:
        if self.style:
            check_style_name(self.style)
        if self.control_seconds is None:
            self._check_timelines()
        else:
            if self.timeline or self.fine or self.grid:
                raise LimitError(
                    "A control track leaves nothing to say in a timeline: leave out one of the two."
                )
            check_control_seconds(self.control_seconds)
        check_fps(self.fps)
        check_frames(self.output_frames)
        check_seed(self.seed)
        check_originality(self.originality)
        check_variations(self.variations, self.output_frames, self.seed)
        return self

    def _check_timelines(self) -> None:
        rows = {"The timeline": self.timeline}
        if self.fine is not None:
            rows["The fine timeline"] = self.fine
        if self.grid and self.fine is not None:
            raise LimitError(
                "A timeline for every level leaves nothing to say about the finer ones: leave out "
                "one of the two."
            )
        if len(self.grid) > LIMITS.levels_max:
            raise LimitError(
                f"There are timelines for {len(self.grid)} levels; the limit is "
                f"{LIMITS.levels_max}."
            )
        rows |= {f"The timeline of level {n}": row for n, row in enumerate(self.grid, start=1)}
        for which, row in rows.items():
            seconds = [span.seconds for span in row]
            check_timeline([span.label for span in row], seconds, self.overlap, subject=which)
            check_equal_length(which, sum(seconds), self.duration)
        if self.fine_levels is not None and not 1 <= self.fine_levels <= LIMITS.levels_max:
            raise LimitError(
                f"The number of fine levels is {self.fine_levels}; it must be between 1 and "
                f"{LIMITS.levels_max}."
            )

    @property
    def display_name(self) -> str:
        """How sentences begin about the style."""
        return f'"{self.style}"' if self.style else "The style"

    @property
    def duration(self) -> float:
        """Length of the motion."""
        if self.control_seconds is not None:
            return self.control_seconds
        return timeline_seconds(timeline_spans(self.timeline))

    @property
    def output_frames(self) -> int:
        """How many frames the take is to have."""
        return frame_count(self.duration, self.fps) + self.loop


def timeline_spans(timeline: Timeline) -> tuple[LabelBlock, ...]:
    """A timeline as the networks take it."""
    return tuple(LabelBlock(one.label, one.seconds) for one in timeline)
