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
from ...rig.read.training_takes import clips_of, read_clip
from ...scene.style_choice import choose_style, labels_told
from ...scene.training_takes import (
    STEPS,
    check_alike,
    check_learning,
    learning_of,
    lessons_of,
    listed_takes,
    put_clip,
    read_takes,
)
from ..common.apply_options import MannerOptions, take_manner_settings
from ..common.errors import USER_ERRORS, Outcome, possible, refuse
from ..common.target import (
    ARMATURE_DESCRIPTION,
    NO_ARMATURE,
    Target,
    armature_called,
    body_called,
    chosen_armature,
    scene_rate,
    settings_of,
)
from ..common.wait_for_job import see_through
from ..jobs.run_job import put_on, take_of

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
    steps: bpy.props.IntProperty(**STEPS, soft_min=LIMITS.learn_steps_min, options={"SKIP_SAVE"})
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
        there = scene is not None and (bpy.app.background or len(learning_of(scene).takes) > 0)
        return possible(cls, there, _NO_TAKES)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Take the panel's settings; ask before a style is replaced."""
        learning = learning_of(context.scene)
        self.name, self.steps = learning.name.strip(), learning.steps
        try:
            there = session.style_shelf().has(self.name)
        except USER_ERRORS as error:
            session.queue.refuse(self.bl_label, str(error))
            return refuse(self, error)
        if there:
            self.overwrite = True
            return context.window_manager.invoke_confirm(self, event)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Read the takes and start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.refuse(self.bl_label, str(error))
            return refuse(self, error)

    def _run(self, context: bpy.types.Context) -> Outcome:
        scene, shelf = context.scene, session.style_shelf()
        assert scene is not None  # by poll
        told = read_takes(self.takes) if self.takes else listed_takes(learning_of(scene))
        lessons = lessons_of(context, told, self.armature)
        check_learning(self.name, lessons, self.steps, scene_rate(scene))
        shelf.check_own(self.name)
        if shelf.has(self.name) and not self.overwrite:
            raise JobError(
                f"There is a style “{self.name}” already: choose another name, or overwrite it."
            )
        reason = session.not_ready()
        if reason:
            raise JobError(reason)  # before the poses are read, which may take a while
        takes, controls = [], []
        context.window_manager.progress_begin(0, len(lessons))
        try:
            for n, lesson in enumerate(lessons):
                context.window_manager.progress_update(n)
                take = read_clip(lesson.armature, scene, lesson.clip)
                takes.append(take_to_bytes(take))
                if lesson.by_numbers:
                    controls.append(lesson.numbers(scene, len(take)))
        finally:
            context.window_manager.progress_end()
        check_alike(controls)
        request = {
            "kind": LEARN,
            "name": self.name,
            "takes": [lesson.told for lesson in lessons],
            "steps": self.steps,
            "seed": self.seed,
            "licence": self.licence,
            **({"columns": list(controls[0].columns)} if controls else {}),
        }
        takes += [control.to_bytes() for control in controls]
        overwrite, name, key = self.overwrite, self.name, scene.name

        def finish(_job: Job, data: bytes) -> str:
            try:
                return _put(name, data, overwrite=overwrite, scene=key)
            except USER_ERRORS as error:
                raise JobError(f"The style cannot be kept: {error}") from error

        job = session.submit(request, title=name, finish=finish, takes=tuple(takes))
        return see_through(self, job) if bpy.app.background else {"FINISHED"}


def _put(name: str, data: bytes, *, overwrite: bool, scene: str) -> str:
    """Keep what was learnt; returns the sentence that says so."""
    shelf = session.style_shelf()
    name = name if overwrite else shelf.free_name(name)
    facts = shelf.put(name, data)
    choose_style(bpy.data.scenes.get(scene), name)
    return f"“{name}” is learnt from {facts.seconds:.0f} s of takes: {labels_told(facts)}."


class _OnList:
    """Operators that change the scene's list of takes."""

    bl_options = {"REGISTER", "UNDO"}


class ANYFRAME_OT_add_lesson(_OnList, bpy.types.Operator):
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
        return possible(cls, there, NO_ARMATURE)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Add it, or them, and choose the last."""
        learning = learning_of(context.scene)
        try:
            armature = body_called(context, self.armature)
            clips = clips_of(armature, strips=self.strips)
        except USER_ERRORS as error:
            return refuse(self, error)
        data = armature.animation_data
        of_strips = self.strips or data is None or data.action is None
        for clip in clips:
            put_clip(learning, armature, clip, strip=of_strips)
        return {"FINISHED"}


class ANYFRAME_OT_remove_lesson(_OnList, bpy.types.Operator):
    """Take the chosen take out of the list; its action stays"""

    bl_idname = "anyframe.remove_lesson"
    bl_label = "Remove Take"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is chosen."""
        scene = context.scene
        learning = learning_of(scene) if scene is not None else None
        there = learning is not None and 0 <= learning.index < len(learning.takes)
        return possible(cls, there, _NO_TAKES)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Remove it."""
        learning = learning_of(context.scene)
        learning.takes.remove(learning.index)
        learning.index = max(min(learning.index, len(learning.takes) - 1), 0)
        return {"FINISHED"}


class ANYFRAME_OT_preview_style(MannerOptions, bpy.types.Operator):
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
        return possible(cls, learning_job() is not None, _NOT_LEARNING)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Take the panel's settings."""
        take_manner_settings(self, settings_of(context.scene))
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Put it there."""
        job, scene = learning_job(), context.scene
        assert job is not None and scene is not None  # by poll
        try:
            target = Target.of(armature_called(context, self.armature), scene)
            name = f"{job.title} so far"
            message = put_on(target, take_of(job.preview), name, self.asked_manner())
        except USER_ERRORS as error:
            return refuse(self, error)
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
        return possible(cls, session.queue.learning is not None, "No style is being learnt.")

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Stop it."""
        job = session.queue.learning
        assert job is not None  # by poll
        session.queue.cancel(job, "Stopped; Learn goes on with the same takes.")
        session.redraw()
        return {"FINISHED"}


def learning_job() -> Any:
    """The job that learns a style and has something to show; None if there is none."""
    job = session.queue.learning
    return job if job is not None and job.preview else None
