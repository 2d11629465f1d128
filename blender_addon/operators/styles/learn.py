"""A style from a few takes: the list of takes, and *Learn*."""

from __future__ import annotations

from typing import Any

import bpy

from ...backend.kinematics.body.take import take_to_bytes
from ...backend.protocol.limits import LIMITS
from ...link import session
from ...link.errors import JobError
from ...link.http.client import LEARN
from ...link.http.jobs import Job
from ...rig.read.training_takes import list_action_clips, read_clip_take
from ...scene.style_choice import choose_style_if_none, describe_labels
from ...scene.training_takes import (
    TRAINING_STEPS,
    add_training_take,
    check_same_columns,
    check_training_clips,
    list_training_takes,
    parse_training_takes,
    resolve_training_clips,
    training_settings,
)
from ..common.apply_options import ApplyOptionsMixin, copy_apply_settings
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.target import (
    ARMATURE_DESCRIPTION,
    NO_ARMATURE,
    MotionTarget,
    chosen_armature,
    get_armature,
    get_humanoid,
    scene_fps,
    scene_settings,
)
from ..common.wait_for_job import wait_for_job
from ..jobs.run_job import apply_to_target, take_from_reply

_NO_TAKES = "Add a take to the list first."
_NOT_LEARNING = "No style is being learnt that could be looked at yet."


class ANYFRAME_OT_learn(bpy.types.Operator):
    """Learn a style from the takes in the list: a small model of its own, for the panel Blend. \
Motions can be made meanwhile; if it is stopped, it goes on another time with the same takes. \
Without a window, waits until that is done"""

    bl_idname = "anyframe.learn"
    bl_label = "Learn"
    bl_options = {"REGISTER"}

    name: bpy.props.StringProperty(
        name="Name", description="Of the style; its file is called so", options={"SKIP_SAVE"}
    )
    takes: bpy.props.StringProperty(
        name="Takes",
        description="A list of objects in JSON, each with action, and label, markers (true), "
        "sound (true) or control (a file), and if wanted armature, first and last (frames); if "
        "empty, the scene's list",
        options={"SKIP_SAVE"},
    )
    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )
    steps: bpy.props.IntProperty(
        **TRAINING_STEPS, soft_min=LIMITS.learn_steps_min, options={"SKIP_SAVE"}
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="The same takes and seed give the same style",
        soft_min=0,
        options={"SKIP_SAVE"},
    )
    licence: bpy.props.StringProperty(
        name="Licence",
        description="Of the style, kept in its file",
        options={"SKIP_SAVE"},
    )
    overwrite: bpy.props.BoolProperty(
        name="Overwrite",
        description="Replace a style of this name",
        default=False,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There are takes, or some may be given."""
        scene = context.scene
        there = scene is not None and (
            bpy.app.background or len(training_settings(scene).takes) > 0
        )
        return poll_result(cls, there, _NO_TAKES)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings; ask before a style is replaced."""
        learning = training_settings(context.scene)
        self.name, self.steps = learning.name.strip(), learning.steps
        try:
            there = session.style_library().has_style(self.name)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)
        if there:
            self.overwrite = True
            return context.window_manager.invoke_confirm(self, event)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Read the takes and start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)

    def _run(self, context: bpy.types.Context) -> OperatorResult:
        scene, shelf = context.scene, session.style_library()
        assert scene is not None  # by poll
        told = (
            parse_training_takes(self.takes)
            if self.takes
            else list_training_takes(training_settings(scene))
        )
        lessons = resolve_training_clips(context, told, self.armature)
        check_training_clips(self.name, lessons, self.steps, scene_fps(scene))
        shelf.check_not_shipped(self.name)
        if shelf.has_style(self.name) and not self.overwrite:
            raise JobError(
                f"There is a style “{self.name}” already: choose another name, or overwrite it."
            )
        reason = session.not_ready_reason()
        if reason:
            raise JobError(reason)  # before the poses are read, which may take a while
        takes, controls = [], []
        context.window_manager.progress_begin(0, len(lessons))
        try:
            for n, lesson in enumerate(lessons):
                context.window_manager.progress_update(n)
                take = read_clip_take(lesson.armature, scene, lesson.clip)
                takes.append(take_to_bytes(take))
                if lesson.uses_control_track:
                    controls.append(lesson.read_control_track(scene, len(take)))
        finally:
            context.window_manager.progress_end()
        check_same_columns(controls)
        request = {
            "kind": LEARN,
            "name": self.name,
            "takes": [lesson.request_fields for lesson in lessons],
            "steps": self.steps,
            "seed": self.seed,
            "licence": self.licence,
            **({"columns": list(controls[0].columns)} if controls else {}),
        }
        takes += [control.to_bytes() for control in controls]
        overwrite, name, key = self.overwrite, self.name, scene.name

        def finish(_job: Job, data: bytes) -> str:
            try:
                return _save_style(name, data, overwrite=overwrite, scene=key)
            except USER_ERRORS as error:
                raise JobError(f"The style cannot be kept: {error}") from error

        job = session.submit(request, title=name, finish=finish, takes=tuple(takes))
        return wait_for_job(self, job) if bpy.app.background else {"FINISHED"}


def _save_style(name: str, data: bytes, *, overwrite: bool, scene: str) -> str:
    """Keep what was learnt; returns the sentence that says so."""
    shelf = session.style_library()
    name = name if overwrite else shelf.unused_name(name)
    facts = shelf.save_style(name, data)
    choose_style_if_none(bpy.data.scenes.get(scene), name)
    return f"“{name}” is learnt from {facts.seconds:.0f} s of takes: {describe_labels(facts)}."


class _TrainingTakesMixin:
    """Operators that change the scene's list of takes."""

    bl_options = {"REGISTER", "UNDO"}


class ANYFRAME_OT_add_lesson(_TrainingTakesMixin, bpy.types.Operator):
    """Add the action that the armature plays to the takes; if it plays none, the selected NLA \
strips"""

    bl_idname = "anyframe.add_lesson"
    bl_label = "Add Take"

    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )
    strips: bpy.props.BoolProperty(
        name="Selected Strips",
        description="Add the selected NLA strips also if an action plays",
        default=False,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is an armature, or a name may be given."""
        there = bpy.app.background or chosen_armature(context) is not None
        return poll_result(cls, there, NO_ARMATURE)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Add it, or them, and choose the last."""
        learning = training_settings(context.scene)
        try:
            armature = get_humanoid(context, self.armature)
            clips = list_action_clips(armature, strips=self.strips)
        except USER_ERRORS as error:
            return report_error(self, error)
        data = armature.animation_data
        of_strips = self.strips or data is None or data.action is None
        for clip in clips:
            add_training_take(learning, armature, clip, strip=of_strips)
        return {"FINISHED"}


class ANYFRAME_OT_remove_lesson(_TrainingTakesMixin, bpy.types.Operator):
    """Take the chosen take out of the list; its action stays"""

    bl_idname = "anyframe.remove_lesson"
    bl_label = "Remove Take"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is chosen."""
        scene = context.scene
        learning = training_settings(scene) if scene is not None else None
        there = learning is not None and 0 <= learning.index < len(learning.takes)
        return poll_result(cls, there, _NO_TAKES)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remove it."""
        learning = training_settings(context.scene)
        learning.takes.remove(learning.index)
        learning.index = max(min(learning.index, len(learning.takes) - 1), 0)
        return {"FINISHED"}


class ANYFRAME_OT_preview_style(ApplyOptionsMixin, bpy.types.Operator):
    """Put what the style that is being learnt can do so far on the armature, each label for two \
seconds; one undo takes it away again"""

    bl_idname = "anyframe.preview_style"
    bl_label = "Show What Is Learnt"
    bl_options = {"REGISTER"}

    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A style is being learnt, and has something to show."""
        return poll_result(cls, previewable_training_job() is not None, _NOT_LEARNING)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings."""
        copy_apply_settings(self, scene_settings(context.scene))
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Put it there."""
        job, scene = previewable_training_job(), context.scene
        assert job is not None and scene is not None  # by poll
        try:
            target = MotionTarget.from_armature(get_armature(context, self.armature), scene)
            name = f"{job.title} so far"
            message = apply_to_target(
                target, take_from_reply(job.preview), name, self.chosen_apply_options()
            )
        except USER_ERRORS as error:
            return report_error(self, error)
        self.report({"INFO"}, message)
        return {"FINISHED"}


class ANYFRAME_OT_stop_learning(bpy.types.Operator):
    """Stop learning; with the same takes it goes on another time. Motions go on being made"""

    bl_idname = "anyframe.stop_learning"
    bl_label = "Stop Learning"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A style is being learnt."""
        return poll_result(cls, session.queue.learning_job is not None, "No style is being learnt.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Stop it."""
        job = session.queue.learning_job
        assert job is not None  # by poll
        session.queue.cancel(job, "Stopped; Learn goes on with the same takes.")
        session.redraw()
        return {"FINISHED"}


def previewable_training_job() -> Any:
    """The job that learns a style and has something to show; None if there is none."""
    job = session.queue.learning_job
    return job if job is not None and job.preview else None
