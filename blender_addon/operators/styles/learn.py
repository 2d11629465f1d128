"""*Learn Style*: a style from training takes, and the operators that edit their list."""

from typing import Any

import bpy

from ...backend.kinematics.body.take import take_to_bytes
from ...backend.protocol.control_track import ControlTrack
from ...link import session
from ...link.errors import JobError
from ...link.http.client import LEARN
from ...link.http.jobs import Job
from ...rig.action.fcurves import scene_fps
from ...rig.read.training_takes import list_action_clips, read_clip_take
from ...scene import fields
from ...scene.style_settings import choose_style_if_none, describe_labels
from ...scene.target import MotionTarget, get_armature, get_humanoid, scene_settings
from ...scene.training_takes import (
    TrainingClip,
    add_training_take,
    check_same_columns,
    check_training_clips,
    list_training_takes,
    parse_training_takes,
    resolve_training_clips,
    training_settings,
)
from ..common.errors import (
    USER_ERRORS,
    OperatorResult,
    enabled_if,
    enabled_in_scene,
    finish_job,
    report_error,
    reports_errors,
    reports_job_errors,
)
from ..common.generated_motion import active_action
from ..common.mixins import (
    ApplyOptionsMixin,
    ArmatureMixin,
    RemoveItemMixin,
    SelectedItemMixin,
    argument,
    copy_panel_settings,
)
from ..jobs.run_job import apply_to_target, take_from_reply

_NO_TAKES = "Add a take to the list first."


class ANYFRAME_OT_learn(ArmatureMixin, bpy.types.Operator):
    """Learn a style, a small model of its own, from the takes in the list. Motions can be \
generated meanwhile. If it is stopped, learning again from the same takes resumes it. Without a \
window, wait until that is done"""

    bl_idname = "anyframe.learn"
    bl_label = "Learn Style"
    bl_options = {"REGISTER"}

    name: argument("Name", "Name of the style and of its file")
    takes: argument(
        "Takes",
        "A list of objects in JSON, each with action (an Action) and one of label, markers (true), "
        "sound (true) or control (a file), and optionally armature, first and last (frames); if "
        "empty, the scene's list",
    )
    steps: bpy.props.IntProperty(**fields.TRAINING_STEPS, options={"SKIP_SAVE"})
    seed: bpy.props.IntProperty(
        **{**fields.SEED, "description": "The same takes and seed give the same style"},
        options={"SKIP_SAVE"},
    )
    licence: argument("Licence", "Licence of the style, stored in its file")
    overwrite: argument("Overwrite", "Replace a style of this name", False)

    poll = enabled_in_scene(lambda scene: training_settings(scene).takes, _NO_TAKES)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings; ask before a style is replaced."""
        settings = training_settings(context.scene)
        self.name, self.steps = settings.name.strip(), settings.steps
        try:
            self.overwrite = session.style_library().has_style(self.name)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)
        if self.overwrite:
            return context.window_manager.invoke_confirm(self, event)
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
        library = session.style_library()
        if self.takes:
            takes = parse_training_takes(self.takes)
        else:
            takes = list_training_takes(training_settings(scene))
        clips = resolve_training_clips(context, takes, self.armature)
        check_training_clips(self.name, clips, self.steps, scene_fps(scene))
        library.check_not_shipped(self.name)
        if library.has_style(self.name) and not self.overwrite:
            raise JobError(
                f"There is a style “{self.name}” already: choose another name, or overwrite it."
            )
        reason = session.not_ready_reason()
        if reason:
            raise JobError(reason)  # before the poses are read, which may take a while
        files, controls = _read_clips(context, scene, clips)
        check_same_columns(controls)
        request = {
            "kind": LEARN,
            "name": self.name,
            "takes": [clip.request_fields for clip in clips],
            "steps": self.steps,
            "seed": self.seed,
            "licence": self.licence,
            **({"columns": list(controls[0].columns)} if controls else {}),
        }
        files += [control.to_bytes() for control in controls]
        overwrite, name, scene_name = self.overwrite, self.name, scene.name

        def finish(_job: Job, data: bytes) -> str:
            try:
                chosen = name if overwrite else library.unused_name(name)
                style = library.save_style(chosen, data)
            except USER_ERRORS as error:
                raise JobError(f"The style cannot be saved: {error}") from error
            choose_style_if_none(bpy.data.scenes.get(scene_name), chosen)
            seconds, labels = f"{style.seconds:.0f} s", describe_labels(style)
            return f"“{chosen}” is learnt from {seconds} of takes: {labels}."

        job = session.submit(request, title=name, finish=finish, takes=tuple(files))
        return finish_job(self, job)


def _read_clips(
    context: bpy.types.Context, scene: bpy.types.Scene, clips: list[TrainingClip]
) -> tuple[list[bytes], list[ControlTrack]]:
    """The takes of clips as files, and their control tracks, while the cursor shows progress."""
    takes, controls = [], []
    context.window_manager.progress_begin(0, len(clips))
    try:
        for n, clip in enumerate(clips):
            context.window_manager.progress_update(n)
            take = read_clip_take(clip.armature, scene, clip.clip)
            takes.append(take_to_bytes(take))
            if clip.uses_control_track:
                controls.append(clip.read_control_track(scene, len(take)))
    finally:
        context.window_manager.progress_end()
    return takes, controls


class ANYFRAME_OT_add_lesson(ArmatureMixin, bpy.types.Operator):
    """Add the Action that the armature plays to the takes; if it plays none, the selected NLA \
strips"""

    bl_idname = "anyframe.add_lesson"
    bl_label = "Add Take"
    bl_options = {"REGISTER", "UNDO"}

    strips: argument(
        "Selected Strips", "Add the selected NLA strips also if an Action plays", False
    )

    @reports_errors
    def execute(self, context: bpy.types.Context) -> None:
        armature = get_humanoid(context, self.armature)
        clips = list_action_clips(armature, strips=self.strips)
        are_strips = self.strips or active_action(armature) is None
        for clip in clips:
            add_training_take(training_settings(context.scene), armature, clip, strip=are_strips)


class ANYFRAME_OT_remove_lesson(SelectedItemMixin, RemoveItemMixin, bpy.types.Operator):
    """Remove the selected take from the list; its Action stays"""

    bl_idname = "anyframe.remove_lesson"
    bl_label = "Remove Take"
    no_item = _NO_TAKES

    @staticmethod
    def edited_list(context: bpy.types.Context) -> tuple[Any, Any, str]:
        settings = training_settings(context.scene)
        return settings, settings.takes, "index"


class ANYFRAME_OT_preview_style(ApplyOptionsMixin, bpy.types.Operator):
    """Apply a preview of the style that is being learnt to the armature, two seconds for each \
label. Undo removes it"""

    bl_idname = "anyframe.preview_style"
    bl_label = "Preview Style"
    bl_options = {"REGISTER"}

    poll = enabled_if(
        lambda _: previewable_training_job(), "No style is being learnt that has a preview yet."
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings."""
        copy_panel_settings(self, scene_settings(context.scene))
        return self.execute(context)

    @reports_errors
    def execute(self, context: Any) -> str:
        job = previewable_training_job()
        target = MotionTarget.from_armature(get_armature(context, self.armature), context.scene)
        take, options = take_from_reply(job.preview), self.chosen_apply_options()
        return apply_to_target(target, take, f"{job.title} so far", options)


class ANYFRAME_OT_stop_learning(bpy.types.Operator):
    """Stop learning; learning again from the same takes resumes it. Other jobs go on"""

    bl_idname = "anyframe.stop_learning"
    bl_label = "Stop Learning"
    bl_options = {"INTERNAL"}

    poll = enabled_if(lambda _: session.queue.learning_job, "No style is being learnt.")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        job: Any = session.queue.learning_job
        session.queue.cancel(job, "Stopped. Learn Style with the same takes resumes it.")
        session.redraw()
        return {"FINISHED"}


def previewable_training_job() -> Any:
    """The job that learns a style, once it has a preview; otherwise None."""
    job = session.queue.learning_job
    return job if job is not None and job.preview else None
