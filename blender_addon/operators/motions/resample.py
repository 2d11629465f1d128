"""*Resample Take*: an armature's animation at another frame rate.

There is one job for each chunk of a motion, submitted when the previous one is done. Poses are read
on the main thread, a chunk at a time. So Blender stays usable, and a long capture can be cancelled
as quickly as a short one. Keys are written once all chunks have arrived.
"""

from collections.abc import Sequence
from typing import Any

import bpy

from ...backend.kinematics.body.take import Take, take_to_bytes
from ...backend.protocol.generation_fields import MAX_KEY_ERROR
from ...backend.protocol.limits import LIMITS
from ...link import session
from ...link.errors import JobError
from ...link.http.jobs import Job
from ...rig.action.fcurves import scene_fps
from ...rig.read.animation_source import list_animation_sources, selected_strips
from ...rig.resample.resample import ResampleOptions, ResampleResult, ResampleTask
from ...scene import fields
from ...scene.target import MotionTarget, chosen_armature, get_humanoid, scene_settings
from ..common.errors import (
    USER_ERRORS,
    OperatorResult,
    enabled_if,
    push_undo,
    report_message,
    reports_job_errors,
    wait_for_job,
)
from ..common.generated_motion import START_FRAME_PROPERTY, active_action
from ..common.mixins import ArmatureMixin, argument
from ..jobs.run_job import take_from_reply


class ANYFRAME_OT_resample(ArmatureMixin, bpy.types.Operator):
    """Generate the motion between the keys of the armature's Action, or of the selected NLA \
strips, at any frame rate. Keys keep their values, and other channels stay as they are. Without a \
window, wait until that is done"""

    bl_idname = "anyframe.resample"
    bl_label = "Resample Take"
    bl_options = {"REGISTER"}

    strips: argument(
        "Selected Strips", "Resample the selected NLA strips also if an Action plays", False
    )
    fps: bpy.props.FloatProperty(**fields.RESAMPLE_FPS, options={"SKIP_SAVE"})
    slow: bpy.props.FloatProperty(**fields.TIME_SCALE, options={"SKIP_SAVE"})
    holds: bpy.props.EnumProperty(**fields.HOLDS, options={"SKIP_SAVE"})
    bound: bpy.props.FloatProperty(**fields.MAX_ERROR, options={"SKIP_SAVE"})
    exact: bpy.props.BoolProperty(**fields.EXACT, options={"SKIP_SAVE"})

    # A script may name an armature.
    poll = enabled_if(
        lambda context: bpy.app.background or has_animation(context),
        "Choose an armature that plays an Action, or select strips in the NLA editor.",
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings."""
        settings = scene_settings(context.scene)
        for name in ("fps", "slow", "holds", "bound", "exact"):
            setattr(self, name, getattr(settings, f"resample_{name}"))
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
        MAX_KEY_ERROR.check(self.bound)
        options = ResampleOptions(
            fps=self.fps or scene_fps(scene),
            # Blender stores 24 bits: rounding gives 0.1 as every other client sends it.
            time_scale=round(self.slow, 6),
            holds=self.holds,
            exact=self.exact,
        )
        armature = get_humanoid(context, self.armature)
        max_error = min(round(self.bound, 6), LIMITS.bound_max)
        return run_resample_jobs(
            self, armature, scene, options, max_error=max_error, strips=self.strips
        )


def has_animation(context: bpy.types.Context) -> bool:
    """Return whether the chosen armature has animation to resample; fast enough for polls."""
    armature = chosen_armature(context)
    if armature is None:
        return False
    return active_action(armature) is not None or bool(selected_strips(armature))


_MAX_LISTED_RANGES = 3
"""Ranges of frames that a message lists."""


def run_resample_jobs(
    operator: bpy.types.Operator,
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    options: ResampleOptions,
    *,
    max_error: float,
    strips: bool,
) -> OperatorResult:
    """Resample the animation of an armature, within an error in metres (`ResampleRequest`).

    In a window this only submits the first job, and the timer does the rest; in background mode it
    waits until all are done. Raises one of `USER_ERRORS` if nothing has been changed.
    """
    sources = list_animation_sources(armature, strips=strips)
    tasks = [ResampleTask(armature, scene, source, options) for source in sources]
    target = MotionTarget.from_armature(armature, scene)
    if options.exact:
        return report_message(operator, _write_results(target, tasks, options))
    jobs = _ResampleJobs(target, tasks, options, max_error)
    jobs.submit_next()
    return _wait_for_jobs(operator, jobs) if bpy.app.background else {"FINISHED"}


class _ResampleJobs:
    """The jobs of one or more tasks, one after the other."""

    current_job: Job

    def __init__(
        self,
        target: MotionTarget,
        tasks: Sequence[ResampleTask],
        options: ResampleOptions,
        max_error: float,
    ) -> None:
        self._target, self._tasks = target, tasks
        self._options, self._max_error = options, max_error
        self._chunks = [(task, number) for task in tasks for number in range(len(task.chunks))]
        self._done = 0

    def submit_next(self) -> None:
        """Read the poses of the next chunk and submit its job."""
        task, number = self._chunks[self._done]
        armature, scene = self._target.resolve()
        keys, seconds = task.read_chunk(armature, scene, number)
        request = {
            "kind": "resample",
            "fps": self._options.source_fps,
            "times": seconds,
            "holds": self._options.holds,
            "bound": self._max_error,
        }

        def finish(_job: Job, data: bytes) -> str:
            try:
                return self._receive(task, number, keys, seconds, take_from_reply(data))
            except USER_ERRORS as error:
                raise JobError(str(error)) from error

        self.current_job = session.submit(
            request, title=task.name, finish=finish, takes=(take_to_bytes(keys),)
        )
        self.current_job.part_index, self.current_job.part_count = self._done, len(self._chunks)

    def _receive(
        self, task: ResampleTask, number: int, keys: Take, seconds: list[float], result: Take
    ) -> str:
        armature, _ = self._target.resolve()
        task.receive_chunk(armature, number, keys, seconds, result)
        self._done += 1
        if self._done < len(self._chunks):
            self.submit_next()
            return f"“{task.name}”: {self._done} of {len(self._chunks)} parts are resampled."
        return _write_results(self._target, self._tasks, self._options)


def _wait_for_jobs(operator: bpy.types.Operator, jobs: _ResampleJobs) -> OperatorResult:
    try:
        while not jobs.current_job.ended:
            session.queue.wait(jobs.current_job)
    except KeyboardInterrupt:
        session.queue.cancel(jobs.current_job)
    return wait_for_job(operator, jobs.current_job)


def _write_results(
    target: MotionTarget, tasks: Sequence[ResampleTask], options: ResampleOptions
) -> str:
    """Write the Actions of all tasks, push one undo step and return the message."""
    armature, _ = target.resolve()
    for task in tasks:
        task.check_writable(armature)
    sentences = []
    for task in tasks:
        result = task.write_action(armature)
        start = result.action.get(START_FRAME_PROPERTY)
        if isinstance(start, float):
            result.action[START_FRAME_PROPERTY] = task.retimed_frame(start)
        sentences += _describe_result(task, result, options)
    push_undo(f"Anyframe: Resample {tasks[0].name}")
    return " ".join(sentences)


def _describe_result(
    task: ResampleTask, result: ResampleResult, options: ResampleOptions
) -> list[str]:
    frames = f"{result.frame_count} {'keys' if options.exact else 'new frames'}"
    sentences = [
        f"“{result.action.name}” has {frames} at {options.fps:.5g} fps; “{task.name}” stays."
    ]
    if result.spline_ranges:
        listed = [f"{a:.4g}–{b:.4g}" for a, b in result.spline_ranges[:_MAX_LISTED_RANGES]]
        more = len(result.spline_ranges) - len(listed)
        rest = f" and {more} more" if more > 0 else ""
        sentences.append(f"A plain spline on frames {', '.join(listed)}{rest}.")
    if result.hold_count:
        keep = "they stay; choose Smooth to move through them"
        done = keep if options.holds == "KEEP" else "the short ones are smoothed"
        plural = "s" * (result.hold_count != 1)
        sentences.append(f"{result.hold_count} hold{plural} found: {done}.")
    if result.has_other_slots and options.time_scale != 1.0:
        sentences.append("Other slots of the old Action keep their timing.")
    return sentences
