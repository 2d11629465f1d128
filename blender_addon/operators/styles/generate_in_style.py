"""*Generate in Style*: a motion in a style from labels or a sound, and the editing of timelines."""

from pathlib import Path
from typing import Any

import bpy

from ...backend.kinematics.body.skeleton import SMPL
from ...backend.protocol.control_track import is_audio_conditioned
from ...backend.protocol.generation_fields import FPS, ORIGINALITY, SEED, STYLE_ORIGINALITY
from ...backend.protocol.limits import (
    LimitError,
    check_fine_levels,
    check_frames,
    check_variations,
    frame_count,
)
from ...backend.protocol.style_file import STYLE_FPS, StyleInfo
from ...backend.protocol.timeline import check_label, parse_timeline
from ...link import session
from ...link.errors import JobError
from ...link.http.client import BLEND
from ...rig.action.fcurves import scene_fps
from ...scene import fields
from ...scene.style_settings import (
    LabelTimelines,
    chosen_style,
    chosen_style_follows_sound,
    parse_grid,
    resolve_control_track,
    scene_label_timelines,
    search_styles,
    style_payload,
    style_settings,
)
from ...scene.target import MotionTarget, get_humanoid, scene_settings
from ..common.errors import OperatorResult, enabled_in_scene, reports_job_errors
from ..common.mixins import (
    ApplyOptionsMixin,
    GenerationMixin,
    MoveItemMixin,
    RemoveItemMixin,
    VariationsMixin,
    argument,
    copy_panel_settings,
    copy_settings,
    insert_item,
    random_seed,
)
from ..jobs.run_job import run_job

_NO_LABELS = "Add a label to the timeline first."


class ANYFRAME_OT_blend(GenerationMixin, VariationsMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Generate a motion in a style, from a timeline of labels or from the scene's sound, and \
apply it to the armature, from the current frame and at the scene's frame rate. Without a window, \
wait until that is done"""

    bl_idname = "anyframe.blend"
    bl_label = "Generate in Style"
    bl_options = {"REGISTER"}

    style: argument(
        "Style",
        "Name of the style; if empty, the one chosen in the panel, or the included one",
        search=search_styles,
    )
    timeline: argument(
        "Timeline",
        "Labels with their seconds, such as walk:3,run:2.5; if empty, the scene's list",
    )
    fine: argument(
        "Fine",
        "Timeline for the finer levels, which decide how it is done; if empty, the same timeline",
    )
    fine_levels: bpy.props.IntProperty(**fields.FINE_LEVELS, options={"SKIP_SAVE"})
    grid: argument(
        "Grid",
        "A timeline for each level, from coarse to fine, instead of fine labels: a list of texts "
        "in JSON",
    )
    sound_seconds: bpy.props.FloatProperty(**fields.SOUND_SECONDS, options={"SKIP_SAVE"})
    control: argument(
        "Control Track",
        "File with numbers that replace labels: an .npz with the array “control”, 30 rows a "
        "second, or a .wav",
        subtype="FILE_PATH",
    )
    overlap: bpy.props.FloatProperty(**fields.LABEL_OVERLAP, options={"SKIP_SAVE"})
    originality: bpy.props.FloatProperty(**fields.STYLE_ORIGINALITY, options={"SKIP_SAVE"})
    seed: bpy.props.IntProperty(**fields.SEED, options={"SKIP_SAVE"})

    # A style that follows sound needs no labels.
    poll = enabled_in_scene(
        lambda scene: (
            style_settings(scene).coarse or chosen_style_follows_sound(style_settings(scene))
        ),
        _NO_LABELS,
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings, with a new seed unless it is locked."""
        settings, style = scene_settings(context.scene), style_settings(context.scene)
        if not settings.lock_seed:
            settings.seed = random_seed()
        copy_panel_settings(self, settings, "seed", "loop", "lock_feet", "variations")
        copy_settings(self, style, "fine_levels", "sound_seconds", "overlap", "originality")
        self.review = settings.review or settings.variations > 1
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
        library = session.style_library()
        name = library.resolve_name(self.style or style_settings(scene).style)
        request: dict[str, Any] = {"kind": BLEND, "style": name, "fps": scene_fps(scene)}
        labels, control = self._given_timelines(scene), None
        if self.control and labels:
            raise JobError("A control track replaces labels: leave out one of them.")
        if labels is None:
            control = resolve_control_track(
                scene, library.find_style(name), name, self.control, self.sound_seconds
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
        request |= self._sampling_fields()
        FPS.check(request["fps"])
        frames = frame_count(seconds, request["fps"]) + self.loop
        check_frames(frames)
        SEED.check(self.seed)
        ORIGINALITY.check(self.originality)
        check_variations(self.variations, frames, self.seed)
        style = library.find_style(name)
        request["hash"] = style.hash
        _check_style(style, name, labels, request.get("fine_levels"))
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

    def _given_timelines(self, scene: bpy.types.Scene) -> LabelTimelines | None:
        """Timelines of a script, completed by the scene's; None if the script gives none."""
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

    def _sampling_fields(self) -> dict[str, Any]:
        """Fields of a request besides labels; those with a default only if they differ from it."""
        # Blender stores 24 bits: rounding gives 0.4 as every other client sends it.
        originality = round(self.originality, 4)
        return {
            "overlap": round(self.overlap, 4),
            "seed": self.seed,
            **({"originality": originality} if originality != STYLE_ORIGINALITY.default else {}),
            **({"variations": self.variations} if self.variations != 1 else {}),
            **self.switch_fields(),
        }


def _check_style(
    style: StyleInfo, name: str, labels: LabelTimelines | None, fine_levels: int | None
) -> None:
    """Raise JobError, LimitError or StyleError unless a style can follow the labels."""
    if set(style.joints) - set(SMPL.names):
        raise JobError(
            f"“{name}” moves another skeleton than a human body: use it on the command line "
            "(python -m backend style)."
        )
    if labels is None:
        return
    if is_audio_conditioned(style.labels):
        raise JobError(f"“{name}” follows a sound and has no labels: leave the timeline out.")
    for row in (labels.timeline, labels.fine, *labels.grid):
        for block in row:
            check_label(block.label, style.labels)
    if labels.grid and len(labels.grid) != style.levels:
        raise LimitError(f"The grid must have {style.levels} levels (got {len(labels.grid)}).")
    if fine_levels is not None:
        check_fine_levels(fine_levels, style.levels)


class _TimelineMixin:
    """Operators that edit one of the scene's timelines."""

    no_item = _NO_LABELS

    fine: argument("Fine", "Edit the fine timeline instead of the main one", False)

    def edited_list(self, context: bpy.types.Context) -> tuple[Any, Any, str]:
        settings = style_settings(context.scene)
        if self.fine:
            return settings, settings.fine, "fine_index"
        return settings, settings.coarse, "coarse_index"


class ANYFRAME_OT_add_span(_TimelineMixin, bpy.types.Operator):
    """Add a label to the timeline after the selected one"""

    bl_idname = "anyframe.add_span"
    bl_label = "Add Label"
    bl_options = {"REGISTER", "UNDO"}

    label: argument("Label", "The label; if empty, the next one of the style")

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        settings, rows, index_name = self.edited_list(context)
        style = chosen_style(settings)
        labels = style.labels if style else ()
        used = [row.label for row in rows]
        unused = next((label for label in labels if label not in used), labels[0] if labels else "")
        insert_item(settings, rows, index_name).label = self.label or unused
        return {"FINISHED"}


class ANYFRAME_OT_remove_span(_TimelineMixin, RemoveItemMixin, bpy.types.Operator):
    """Remove the selected label from the timeline"""

    bl_idname = "anyframe.remove_span"
    bl_label = "Remove Label"


class ANYFRAME_OT_move_span(_TimelineMixin, MoveItemMixin, bpy.types.Operator):
    """Move the selected label earlier or later"""

    bl_idname = "anyframe.move_span"
    bl_label = "Move Label"
