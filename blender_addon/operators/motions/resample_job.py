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
from ...rig.read.animation_source import list_animation_sources
from ...rig.resample.resample import ResampleOptions, ResampleResult, ResampleTask
from ..common.errors import USER_ERRORS, OperatorResult, push_undo
from ..common.generated_motion import START_FRAME_PROPERTY
from ..common.target import MotionTarget
from ..common.wait_for_job import wait_for_job
from ..jobs.run_job import take_from_reply

_MAX_LISTED_RANGES = 3
"""Ranges of frames that a sentence names."""


def run_resample_jobs(
    operator: bpy.types.Operator,
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    options: ResampleOptions,
    *,
    max_error: float,
    strips: bool,
) -> OperatorResult:
    """Resample what an armature plays.

    In a window this only starts the first job, and the timer does the rest; in background mode it
    waits until all are done.

    Args:
        bound: metres, as the backend takes it.
        strips: take the selected NLA strips also if an action plays.

    Raises:
        One of `reporting.USER_ERRORS`; nothing has been changed then.
    """
    found = list_animation_sources(armature, strips=strips)
    motions = [ResampleTask(armature, scene, source, options) for source in found]
    target = MotionTarget.from_armature(armature, scene)
    if options.exact:
        operator.report({"INFO"}, _write_results(target, motions, options))
        return {"FINISHED"}
    chain = _ResampleJobs(target, motions, options, max_error)
    chain.submit_next()
    return _wait_for_jobs(operator, chain) if bpy.app.background else {"FINISHED"}


def _wait_for_jobs(operator: bpy.types.Operator, chain: _ResampleJobs) -> OperatorResult:
    try:
        while chain.is_running:
            session.queue.wait(chain.job)
    except KeyboardInterrupt:
        session.queue.cancel(chain.job)
    return wait_for_job(operator, chain.job)


class _ResampleJobs:
    """The jobs of some motions, one after the other."""

    job: Job
    """The one that is on its way, or was the last."""

    def __init__(
        self,
        target: MotionTarget,
        motions: Sequence[ResampleTask],
        wish: ResampleOptions,
        bound: float,
    ) -> None:
        self._target, self._motions, self._wish, self._bound = target, motions, wish, bound
        self._pieces = [
            (motion, number) for motion in motions for number in range(len(motion.chunks))
        ]
        self._done = 0

    @property
    def is_running(self) -> bool:
        """Whether there is more to wait for."""
        return not self.job.ended

    def submit_next(self) -> None:
        """Read the next piece and have it filled in."""
        motion, number = self._pieces[self._done]
        armature, scene = self._target.resolve()
        sent, seconds = motion.read_chunk(armature, scene, number)
        request = {
            "kind": "resample",
            "fps": self._wish.source_fps,
            "times": seconds,
            "holds": self._wish.holds,
            "bound": self._bound,
        }

        def finish(_job: Job, data: bytes) -> str:
            try:
                return self._receive(motion, number, sent, seconds, take_from_reply(data))
            except USER_ERRORS as error:
                raise JobError(str(error)) from error

        self.job = session.submit(
            request, title=motion.name, finish=finish, takes=(take_to_bytes(sent),)
        )
        self.job.part_index, self.job.part_count = self._done, len(self._pieces)

    def _receive(
        self, motion: ResampleTask, number: int, sent: Take, seconds: list[float], made: Take
    ) -> str:
        armature, _ = self._target.resolve()
        motion.receive_chunk(armature, number, sent, seconds, made)
        self._done += 1
        if self._done < len(self._pieces):
            self.submit_next()
            return f"“{motion.name}”: {self._done} of {len(self._pieces)} parts are filled in."
        return _write_results(self._target, self._motions, self._wish)


def _write_results(
    target: MotionTarget, motions: Sequence[ResampleTask], wish: ResampleOptions
) -> str:
    """Write all that was filled in and push one undo step; the sentences that say so."""
    armature, _ = target.resolve()
    for motion in motions:
        motion.check_writable(armature)
    said = []
    for motion in motions:
        written = motion.write_action(armature)
        begin = written.action.get(START_FRAME_PROPERTY)
        if isinstance(begin, float):
            written.action[START_FRAME_PROPERTY] = motion.retimed_frame(begin)
        said.append(_describe_result(motion, written, wish))
    push_undo(f"Anyframe: Resample {motions[0].name}")
    return " ".join(said)


def _describe_result(motion: ResampleTask, written: ResampleResult, wish: ResampleOptions) -> str:
    """What was done, and where it was not sure."""
    frames = (
        f"{written.frame_count} new frames" if not wish.exact else f"{written.frame_count} keys"
    )
    said = [f"“{written.action.name}” has {frames} at {wish.fps:.5g} fps; “{motion.name}” is kept."]
    if written.spline_ranges:
        named = [
            f"{first:.4g}–{last:.4g}" for first, last in written.spline_ranges[:_MAX_LISTED_RANGES]
        ]
        more = len(written.spline_ranges) - len(named)
        also = f" and {more} more" if more > 0 else ""
        said.append(f"A plain spline on frames {', '.join(named)}{also}.")
    if written.hold_count:
        holds = "hold" if written.hold_count == 1 else "holds"
        kept = "kept; choose Smooth to move through them"
        done = kept if wish.holds == "KEEP" else "moved through where they were short"
        said.append(f"{written.hold_count} {holds} found: {done}.")
    if written.has_other_slots and wish.time_scale != 1.0:
        said.append("What else the old action moves keeps its time, for it has slots of its own.")
    return " ".join(said)
