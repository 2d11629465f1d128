"""Resampling as jobs: one for each piece of a motion, each begun when the one before is done.

Poses are read on the main thread, a piece at a time, so that Blender can be used in between, and a
capture of any length is stopped as quickly as a short one. Nothing is written until all is there.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...backend.kinematics.body.take import Take, take_to_bytes
from ...link import session
from ...link.errors import JobError
from ...link.http.jobs import Job
from ...rig.read.animation_source import sources_of
from ...rig.resample.resample import Resampled, Resampling, Wish
from ..common.errors import USER_ERRORS, Outcome, push_undo
from ..common.generated_motion import START
from ..common.target import Target
from ..common.wait_for_job import see_through
from ..jobs.run_job import take_of

_LISTED = 3
"""Ranges of frames that a sentence names."""


def resample(
    operator: bpy.types.Operator,
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    wish: Wish,
    *,
    bound: float,
    strips: bool,
) -> Outcome:
    """Resample what an armature plays.

    In a window this only starts the first job, and the timer does the rest; in background mode it
    waits until all are done.

    Args:
        bound: metres, as the backend takes it.
        strips: take the selected NLA strips also if an action plays.

    Raises:
        One of `reporting.USER_ERRORS`; nothing has been changed then.
    """
    found = sources_of(armature, strips=strips)
    motions = [Resampling(armature, scene, source, wish) for source in found]
    target = Target.of(armature, scene)
    if wish.exact:
        operator.report({"INFO"}, _write(target, motions, wish))
        return {"FINISHED"}
    chain = _Chain(target, motions, wish, bound)
    chain.begin()
    return _see_through(operator, chain) if bpy.app.background else {"FINISHED"}


def _see_through(operator: bpy.types.Operator, chain: _Chain) -> Outcome:
    try:
        while chain.goes_on:
            session.queue.wait(chain.job)
    except KeyboardInterrupt:
        session.queue.cancel(chain.job)
    return see_through(operator, chain.job)


class _Chain:
    """The jobs of some motions, one after the other."""

    job: Job
    """The one that is on its way, or was the last."""

    def __init__(
        self, target: Target, motions: Sequence[Resampling], wish: Wish, bound: float
    ) -> None:
        self._target, self._motions, self._wish, self._bound = target, motions, wish, bound
        self._pieces = [
            (motion, number) for motion in motions for number in range(len(motion.pieces))
        ]
        self._done = 0

    @property
    def goes_on(self) -> bool:
        """Whether there is more to wait for."""
        return not self.job.ended

    def begin(self) -> None:
        """Read the next piece and have it filled in."""
        motion, number = self._pieces[self._done]
        armature, scene = self._target.find()
        sent, seconds = motion.piece(armature, scene, number)
        request = {
            "kind": "resample",
            "fps": self._wish.source_fps,
            "times": seconds,
            "holds": self._wish.holds,
            "bound": self._bound,
        }

        def finish(_job: Job, data: bytes) -> str:
            try:
                return self._take_in(motion, number, sent, seconds, take_of(data))
            except USER_ERRORS as error:
                raise JobError(str(error)) from error

        self.job = session.submit(
            request, title=motion.name, finish=finish, takes=(take_to_bytes(sent),)
        )
        self.job.part, self.job.parts = self._done, len(self._pieces)

    def _take_in(
        self, motion: Resampling, number: int, sent: Take, seconds: list[float], made: Take
    ) -> str:
        armature, _ = self._target.find()
        motion.take_in(armature, number, sent, seconds, made)
        self._done += 1
        if self._done < len(self._pieces):
            self.begin()
            return f"“{motion.name}”: {self._done} of {len(self._pieces)} parts are filled in."
        return _write(self._target, self._motions, self._wish)


def _write(target: Target, motions: Sequence[Resampling], wish: Wish) -> str:
    """Write all that was filled in and push one undo step; the sentences that say so."""
    armature, _ = target.find()
    for motion in motions:
        motion.check(armature)
    said = []
    for motion in motions:
        written = motion.write(armature)
        begin = written.action.get(START)
        if isinstance(begin, float):
            written.action[START] = motion.retimed(begin)
        said.append(_sentences(motion, written, wish))
    push_undo(f"Anyframe: Resample {motions[0].name}")
    return " ".join(said)


def _sentences(motion: Resampling, written: Resampled, wish: Wish) -> str:
    """What was done, and where it was not sure."""
    frames = f"{written.frames} new frames" if not wish.exact else f"{written.frames} keys"
    said = [f"“{written.action.name}” has {frames} at {wish.fps:.5g} fps; “{motion.name}” is kept."]
    if written.spline:
        named = [f"{first:.4g}–{last:.4g}" for first, last in written.spline[:_LISTED]]
        more = len(written.spline) - len(named)
        also = f" and {more} more" if more > 0 else ""
        said.append(f"A plain spline on frames {', '.join(named)}{also}.")
    if written.holds:
        holds = "hold" if written.holds == 1 else "holds"
        kept = "kept; choose Smooth to move through them"
        done = kept if wish.holds == "KEEP" else "moved through where they were short"
        said.append(f"{written.holds} {holds} found: {done}.")
    if written.others and wish.slow != 1.0:
        said.append("What else the old action moves keeps its time, for it has slots of its own.")
    return " ".join(said)
