"""The motions under review.

They are in memory alone: the file, its saved copies and undo steps have nothing of them. Armatures
are stored by name, so any change to them in the meantime ends with an error sentence.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import bpy

from ...backend.kinematics.body.take import Take
from ...link import session
from ...link.errors import JobError
from ...rig.apply.options import ApplyOptions
from ...rig.preview.ghosts import Ghost, build_ghosts
from ...scene.request_record import RequestRecord
from ...scene.target import MotionTarget


@dataclass(frozen=True, eq=False)
class Variation:
    """A motion that may be applied to its target."""

    title: str
    """Name of the Action and of the undo step."""
    take: Take
    target: MotionTarget
    apply_options: ApplyOptions
    record: RequestRecord
    ghost: Ghost

    @property
    def request(self) -> Mapping[str, Any]:
        """The request that the backend got."""
        return self.record.request

    @property
    def seed(self) -> int | None:
        """The seed of the motion; None if it was not sampled from one seed."""
        seed = self.take.metadata.get("seed")
        return seed if self.request["kind"] == "generate" and isinstance(seed, int) else None

    @property
    def problem(self) -> str:
        """Reason why the motion cannot be applied now, as a sentence; "" if it can."""
        try:
            self.target.resolve()
        except JobError as error:
            return str(error)
        return ""


class ReviewState:
    """The motions under review, the chosen one, and how they are shown; changed by `update`."""

    def __init__(self) -> None:
        self.variations: tuple[Variation, ...] = ()
        self.chosen_index = 0
        self.side_by_side = False
        """True if all alternatives are shown beside each other."""
        self.draw_error = ""
        """Reason why the motions are not drawn, as a sentence; "" if they are."""
        self.on_change: list[Callable[[], None]] = []
        """Functions to call after each change."""

    def update(self, **values: Any) -> None:
        """Set attributes and call `on_change`."""
        vars(self).update(values)
        for call in self.on_change:
            call()

    @property
    def chosen_variation(self) -> Variation | None:
        return self.variations[self.chosen_index] if self.variations else None

    def alternatives(self, variation: Variation) -> tuple[Variation, ...]:
        """All variations for the same frame of the same armature, with the given one."""
        return tuple(v for v in self.variations if v.target == variation.target)

    def add_variations(self, variations: Iterable[Variation]) -> None:
        """Add variations and choose the first of them."""
        added, count = tuple(variations), len(self.variations)
        self.variations += added
        side_by_side = len(self.alternatives(added[0])) > 1
        self.update(chosen_index=count, side_by_side=side_by_side, draw_error="")

    def discard_alternatives(self, variation: Variation) -> None:
        """Discard a variation and its alternatives, because one of them was applied."""
        remaining = tuple(v for v in self.variations if v.target != variation.target)
        error = self.draw_error if remaining else ""
        self.update(variations=remaining, chosen_index=0, draw_error=error)

    def discard_all(self) -> None:
        self.update(variations=(), chosen_index=0, side_by_side=False, draw_error="")


review_state = ReviewState()


def add_to_review(
    target: MotionTarget,
    takes: Iterable[Take],
    title: str,
    apply_options: ApplyOptions,
    record: RequestRecord,
) -> str:
    """Add takes to the review and return a message about it.

    JobError if the armature or the scene is gone, RigError if a take does not fit the armature.
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
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    bpy.app.handlers.load_pre.remove(_before_load)
    review_state.discard_all()
