"""Motions that wait to be chosen from.

They are in memory alone: nothing of them is in the file, in what is saved or in an undo step, and
armatures are remembered by name, so whatever happens to those meanwhile ends with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import bpy

from ...backend.kinematics.body.take import Take
from ...backend.protocol.limits import LIMITS
from ...link import session
from ...link.errors import JobError
from ...rig.apply.options import ApplyOptions
from ...rig.preview.ghosts import Ghost, build_ghosts
from ..common.target import MotionTarget
from .request_record import RequestRecord

REVIEW: dict[str, Any] = {
    "name": "Review",
    "description": "Look at the motion in the viewport before it lands on the armature. Several "
    "variations are always looked at first",
    "default": False,
}
"""A BoolProperty, as an operator has it and as the panel does."""
VARIATIONS: dict[str, Any] = {
    "name": "Variations",
    "description": "How many motions are made at once, with this seed and those after it, to "
    "choose from",
    "default": 1,
    "soft_max": LIMITS.variations_max,
}
"""An IntProperty likewise."""


class ReviewMixin:
    """Whether a motion is looked at before it lands. Beside, not above, `bpy.types.Operator` in a
    class' bases: there Blender does not look for properties."""

    review: bpy.props.BoolProperty(**REVIEW, options={"SKIP_SAVE"})


class VariationsMixin(ReviewMixin):
    """How many motions are made, and which of them lands. As `ReviewOption`."""

    variations: bpy.props.IntProperty(**VARIATIONS, soft_min=1, options={"SKIP_SAVE"})
    pick: bpy.props.IntProperty(
        name="Pick",
        description="Which variation is taken if they are not reviewed, counted from 0",
        soft_min=0,
        options={"SKIP_SAVE"},
    )

    def check_pick(self) -> None:
        """Raise JobError if there is no such variation."""
        if not 0 <= self.pick < self.variations:
            raise JobError(
                f"There is no variation {self.pick}: of {self.variations}, counted from 0, the "
                f"last is {self.variations - 1}."
            )

    def should_review(self) -> bool:
        """Whether to review, also if it was not said: in a window one chooses from several."""
        operator: Any = self
        if operator.properties.is_property_set("review"):
            return self.review
        return self.variations > 1 and not bpy.app.background


@dataclass(frozen=True, eq=False)
class Variation:
    """One motion that may be put on its armature."""

    title: str
    """Names the action and the undo step."""
    take: Take
    target: MotionTarget
    apply_options: ApplyOptions
    record: RequestRecord
    """What it was asked for with."""
    ghost: Ghost

    @property
    def request(self) -> Mapping[str, Any]:
        """What the backend was asked for."""
        return self.record.request

    @property
    def seed(self) -> int | None:
        """Which makes the same motion again; None for one that was not drawn from a seed."""
        seed = self.take.metadata.get("seed")
        return seed if self.request["kind"] == "generate" and isinstance(seed, int) else None

    @property
    def problem(self) -> str:
        """Why it cannot be put on its armature now, as a sentence; "" if it can."""
        try:
            self.target.resolve()
        except JobError as error:
            return str(error)
        return ""


class ReviewState:
    """The motions that wait, which of them is chosen, and how they are shown."""

    def __init__(self) -> None:
        self.variations: tuple[Variation, ...] = ()
        self.draw_error = ""
        """Why they are not drawn, as a sentence; "" if they are."""
        self.on_change: list[Callable[[], None]] = []
        """Called whenever something of this has changed."""
        self._chosen = 0
        self._beside = False

    @property
    def chosen_index(self) -> int:
        """The place of the one that is looked at."""
        return self._chosen

    @chosen_index.setter
    def chosen_index(self, place: int) -> None:
        self._chosen = place
        self._changed()

    @property
    def side_by_side(self) -> bool:
        """Whether all are shown beside each other."""
        return self._beside

    @side_by_side.setter
    def side_by_side(self, beside: bool) -> None:
        self._beside = beside
        self._changed()

    @property
    def chosen_variation(self) -> Variation | None:
        """The one that is looked at."""
        return self.variations[self._chosen] if self.variations else None

    def alternatives(self, variation: Variation) -> tuple[Variation, ...]:
        """All for the same frame of the same armature, itself included: one of them may land."""
        return tuple(v for v in self.variations if v.target == variation.target)

    def add_variations(self, variations: Iterable[Variation]) -> None:
        """Show these, too, and choose the first of them."""
        added = tuple(variations)
        self._chosen = len(self.variations)
        self.variations += added
        self.draw_error = ""
        self._beside = len(self.alternatives(added[0])) > 1
        self._changed()

    def discard_alternatives(self, variation: Variation) -> None:
        """Let go of a variation and its rivals: one of them has landed."""
        gone = self.alternatives(variation)
        self.variations = tuple(v for v in self.variations if v not in gone)
        self._chosen = 0
        if not self.variations:
            self.draw_error = ""
        self._changed()

    def discard_all(self) -> None:
        """Let go of all."""
        self.variations, self.draw_error = (), ""
        self._chosen, self._beside = 0, False
        self._changed()

    def set_draw_error(self, note: str) -> None:
        """Show a sentence beside the variations."""
        self.draw_error = note
        self._changed()

    def _changed(self) -> None:
        for call in self.on_change:
            call()


review_state = ReviewState()


def add_to_review(
    target: MotionTarget,
    takes: Iterable[Take],
    title: str,
    apply_options: ApplyOptions,
    record: RequestRecord,
) -> str:
    """Add takes to what is reviewed; returns the sentence that says so.

    Raises:
        JobError: the armature or the scene is gone.
        RigError: a take cannot be put on the armature.
    """
    armature, scene = target.resolve()
    takes = list(takes)
    ghosts = build_ghosts(
        armature, takes, scene=scene, start_frame=target.start_frame, options=apply_options
    )
    review_state.add_variations(
        Variation(title, take, target, apply_options, record, ghost)
        for take, ghost in zip(takes, ghosts, strict=True)
    )
    if len(takes) == 1:
        return f"“{title}” is shown in the viewport: accept or discard it under Review."
    return f"{len(takes)} variations of “{title}” are shown in the viewport: choose under Review."


@bpy.app.handlers.persistent
def _before_load(*_: object) -> None:
    if review_state.variations:
        review_state.discard_all()
        sentence = "Another file was opened, so the motions under review were discarded."
        session.queue.report_refusal("", sentence)


def register() -> None:
    """Hook into Blender: a review ends with the file that it is for."""
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    """Unhook, and let go of what is under review."""
    bpy.app.handlers.load_pre.remove(_before_load)
    review_state.discard_all()
