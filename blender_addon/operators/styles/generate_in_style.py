"""A motion in a style: labels over time or a sound, and *Blend*."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import bpy

from ...backend.kinematics.body.skeleton import SMPL
from ...backend.protocol.control_track import is_audio_conditioned
from ...backend.protocol.limits import (
    DEFAULT_STYLE_ORIGINALITY,
    LimitError,
    check_fine_levels,
    check_fps,
    check_frames,
    check_originality,
    check_seed,
    check_variations,
    frame_count,
)
from ...backend.protocol.style_file import STYLE_FPS, StyleInfo
from ...backend.protocol.timeline import check_label, parse_timeline
from ...link import session
from ...link.errors import JobError
from ...link.http.client import BLEND
from ...scene.label_timelines import LabelTimelines, parse_grid, scene_label_timelines
from ...scene.sound_control import SOUND_SECONDS, resolve_control_track
from ...scene.style_choice import (
    chosen_style,
    chosen_style_follows_sound,
    search_styles,
    style_payload,
    style_settings,
)
from ...scene.timeline import FINE_LEVELS, LABEL_OVERLAP, STYLE_ORIGINALITY
from ..common.apply_options import ApplyOptionsMixin, copy_apply_settings
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.target import (
    ARMATURE_DESCRIPTION,
    MotionTarget,
    get_humanoid,
    scene_fps,
    scene_settings,
)
from ..jobs.review_state import VariationsMixin
from ..jobs.run_job import run_job
from ..motions.generate import LOOP, MAX_SEED

_NO_LABELS = "Add a label to the timeline first."


class ANYFRAME_OT_blend(VariationsMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Make a motion in a style from labels over time, or from the scene's sound if it was learnt \
from sound, and put it on the armature as a new action, from the current frame on and at the \
scene's frame rate. Without a window, waits until that is done"""

    bl_idname = "anyframe.blend"
    bl_label = "Blend"
    bl_options = {"REGISTER"}

    style: bpy.props.StringProperty(
        name="Style",
        description="Name of the style; if empty, the one chosen in the panel, or the one that "
        "ships",
        search=search_styles,
        options={"SKIP_SAVE"},
    )
    timeline: bpy.props.StringProperty(
        name="Timeline",
        description="What happens, such as walk:3,run:2.5; if empty, the scene's list",
        options={"SKIP_SAVE"},
    )
    fine: bpy.props.StringProperty(
        name="Fine",
        description="How it is done: labels of the finer levels over the same time; if empty, as "
        "the timeline",
        options={"SKIP_SAVE"},
    )
    fine_levels: bpy.props.IntProperty(**FINE_LEVELS, soft_min=0, options={"SKIP_SAVE"})
    grid: bpy.props.StringProperty(
        name="Grid",
        description="In place of fine labels a timeline for each level, from coarse to fine: a "
        "list of texts in JSON",
        options={"SKIP_SAVE"},
    )
    sound_seconds: bpy.props.FloatProperty(**SOUND_SECONDS, soft_min=0.0, options={"SKIP_SAVE"})
    control: bpy.props.StringProperty(
        name="Control Track",
        description="In place of labels a file with numbers: an .npz with the array “control”, "
        "30 rows a second, or a .wav",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    overlap: bpy.props.FloatProperty(**LABEL_OVERLAP, soft_min=0.0, options={"SKIP_SAVE"})
    originality: bpy.props.FloatProperty(**STYLE_ORIGINALITY, soft_min=0.0, options={"SKIP_SAVE"})
    seed: bpy.props.IntProperty(
        name="Seed",
        description="The same labels and seed give the same motion",
        soft_min=0,
        options={"SKIP_SAVE"},
    )
    loop: bpy.props.BoolProperty(**LOOP, options={"SKIP_SAVE"})
    lock_feet: bpy.props.BoolProperty(
        name="Hold Feet",
        description="Planted feet stay where they stand",
        default=True,
        options={"SKIP_SAVE"},
    )
    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There are labels or a style that needs none, or some may be given."""
        scene = context.scene
        there = scene is not None and (
            bpy.app.background
            or len(style_settings(scene).coarse) > 0
            or chosen_style_follows_sound(style_settings(scene))
        )
        return poll_result(cls, there, _NO_LABELS)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings; a seed that is not locked is drawn anew."""
        settings, blend = scene_settings(context.scene), style_settings(context.scene)
        if not settings.lock_seed:
            settings.seed = random.randint(0, MAX_SEED)  # noqa: S311 not a secret
        self.seed = settings.seed
        self.fine_levels = blend.fine_levels
        self.sound_seconds = blend.sound_seconds
        self.overlap = blend.overlap
        self.originality = blend.originality
        self.loop = settings.loop
        self.lock_feet = settings.lock_feet
        self.variations = settings.variations
        self.review = settings.review or settings.variations > 1
        copy_apply_settings(self, settings)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)

    def _run(self, context: bpy.types.Context) -> OperatorResult:
        scene, shelf = context.scene, session.style_library()
        assert scene is not None  # by poll
        name = shelf.resolve_name(self.style or style_settings(scene).style)
        request: dict[str, Any] = {"kind": BLEND, "style": name, "fps": scene_fps(scene)}
        labels, control = self._labels(scene), None
        if self.control and labels:
            raise JobError("A control track leaves nothing to say in labels: leave out one.")
        if labels is None:
            control = resolve_control_track(
                scene, shelf.find_style(name), name, self.control, self.sound_seconds
            )
        if control is None:
            labels = labels or scene_label_timelines(style_settings(scene))
            labels.check_timelines(self.overlap)
            request |= labels.request_fields(self.fine_levels)
            title, seconds = labels.title, labels.duration
        else:
            seconds = control.values.shape[-2] / STYLE_FPS
            request["control_seconds"] = seconds
            title = f"{name}: {Path(self.control).stem or 'sound'}"
        request |= self._options()
        check_fps(request["fps"])
        frames = frame_count(seconds, request["fps"]) + self.loop
        check_frames(frames)
        check_seed(self.seed)
        check_originality(self.originality)
        check_variations(self.variations, frames, self.seed)
        facts = shelf.find_style(name)
        request["hash"] = facts.hash
        _check_style(facts, name, labels, request.get("fine_levels"))
        self.check_pick()
        return run_job(
            self,
            request,
            title=title,
            target=MotionTarget.from_armature(get_humanoid(context, self.armature), scene),
            apply_options=self.chosen_apply_options(),
            takes=(*style_payload(request), *([control.to_bytes()] if control else [])),
            review=self.should_review(),
            pick=self.pick,
        )

    def _labels(self, scene: bpy.types.Scene) -> LabelTimelines | None:
        """What is said here of labels, and what is not as the scene has it; None if nothing is."""
        if not (self.timeline or self.fine or self.grid):
            return None
        listed = scene_label_timelines(style_settings(scene))
        timeline = parse_timeline(self.timeline) if self.timeline else listed.timeline
        fine = () if self.timeline or self.grid else listed.fine
        return LabelTimelines(
            timeline,
            parse_timeline(self.fine) if self.fine else fine,
            parse_grid(self.grid) if self.grid else (),
        )

    def _options(self) -> dict[str, Any]:
        """What of a request is not about labels; what is as usual need not be said."""
        originality = round(self.originality, 4)
        return {
            "overlap": round(self.overlap, 4),
            "seed": self.seed,
            **({"originality": originality} if originality != DEFAULT_STYLE_ORIGINALITY else {}),
            **({"variations": self.variations} if self.variations != 1 else {}),
            **({"loop": True} if self.loop else {}),
            **({} if self.lock_feet else {"lock_feet": False}),
        }


def _check_style(
    facts: StyleInfo, name: str, labels: LabelTimelines | None, fine_levels: int | None
) -> None:
    """Raise JobError, LimitError or StyleError unless a style can do what is asked for."""
    if set(facts.joints) - set(SMPL.names):
        raise JobError(
            f"“{name}” moves a skeleton of its own, which is no human body: use it on the command "
            "line (python -m backend blend)."
        )
    if labels is None:
        return
    if is_audio_conditioned(facts.labels):
        raise JobError(f"“{name}” follows a sound and knows no labels: leave the timeline out.")
    for row in (labels.timeline, labels.fine, *labels.grid):
        for span in row:
            check_label(span.label, facts.labels)
    if labels.grid and len(labels.grid) != facts.levels:
        raise LimitError(f"The grid has {len(labels.grid)} levels; the style has {facts.levels}.")
    if fine_levels is not None:
        check_fine_levels(fine_levels, facts.levels)


_FINE: dict[str, Any] = {
    "name": "Fine",
    "description": "Of the fine labels instead of the timeline",
    "default": False,
    "options": {"SKIP_SAVE"},
}


class _TimelineMixin:
    """Operators that change the scene's timelines. Beside, not above, `bpy.types.Operator` in a
    class' bases: there Blender does not look for properties."""

    bl_options = {"REGISTER", "UNDO"}

    fine: bpy.props.BoolProperty(**_FINE)

    def _edited_timeline(self, context: bpy.types.Context) -> tuple[Any, Any, str]:
        """The scene's fields, the list that is meant, and the name of its index."""
        blend = style_settings(context.scene)
        return (blend, blend.fine, "fine_index") if self.fine else (
            blend, blend.coarse, "coarse_index"
        )  # fmt: skip


class ANYFRAME_OT_add_span(_TimelineMixin, bpy.types.Operator):
    """Add a label to the timeline behind the chosen one"""

    bl_idname = "anyframe.add_span"
    bl_label = "Add Label"

    label: bpy.props.StringProperty(
        name="Label",
        description="If empty, the next one that the style knows",
        options={"SKIP_SAVE"},
    )

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Add it and choose it."""
        blend, rows, index = self._edited_timeline(context)
        facts = chosen_style(blend)
        known = facts.labels if facts else ()
        used = [row.label for row in rows]
        fresh = next((label for label in known if label not in used), known[0] if known else "")
        row = rows.add()
        row.label = self.label or fresh
        place = min(getattr(blend, index) + 1, len(rows) - 1)
        rows.move(len(rows) - 1, place)
        setattr(blend, index, place)
        return {"FINISHED"}


class ANYFRAME_OT_remove_span(_TimelineMixin, bpy.types.Operator):
    """Remove the chosen label from the timeline"""

    bl_idname = "anyframe.remove_span"
    bl_label = "Remove Label"

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remove it, if one is chosen."""
        blend, rows, index = self._edited_timeline(context)
        if not 0 <= getattr(blend, index) < len(rows):
            return report_error(self, _NO_LABELS)
        rows.remove(getattr(blend, index))
        setattr(blend, index, max(min(getattr(blend, index), len(rows) - 1), 0))
        return {"FINISHED"}


class ANYFRAME_OT_move_span(_TimelineMixin, bpy.types.Operator):
    """Move the chosen label earlier or later"""

    bl_idname = "anyframe.move_span"
    bl_label = "Move Label"

    up: bpy.props.BoolProperty(name="Up", default=True, options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Move it, if it is not at that end already."""
        blend, rows, index = self._edited_timeline(context)
        now = getattr(blend, index)
        place = now + (-1 if self.up else 1)
        if 0 <= now < len(rows) and 0 <= place < len(rows):
            rows.move(now, place)
            setattr(blend, index, place)
        return {"FINISHED"}
