"""An SMPL body from model files that the user has downloaded."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import bpy

from ...backend.kinematics.body.smpl_body import GENDERS, SHAPE_COUNT, body_from_bytes, check_betas
from ...link import session
from ...link.errors import JobError
from ...link.http.client import BODY
from ...rig.smpl.bones import move_to_scene, preserve_mode_and_selection
from ...rig.smpl.free_location import find_free_location
from ...rig.smpl.smpl_character import add_smpl_character
from ..common.errors import USER_ERRORS, OperatorResult, push_undo, report_error
from ..common.target import find_data_block, session_uid_of
from ..common.wait_for_job import wait_for_job


class ANYFRAME_OT_add_smpl_character(bpy.types.Operator):
    """Add an SMPL, SMPL-H or SMPL-X body, with its shape and pose correctives, from the folder \
that holds its model files (.npz). Without a window, waits until that is done"""

    bl_idname = "anyframe.add_smpl_character"
    bl_label = "Add SMPL Character"
    bl_options = {"REGISTER"}

    directory: bpy.props.StringProperty(
        name="Folder",
        description="The folder that holds the model files, or the one that they were unpacked in",
        subtype="DIR_PATH",
    )
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    gender: bpy.props.EnumProperty(
        name="Gender",
        description="Which of the models",
        items=tuple((gender, gender.title(), "") for gender in GENDERS),
    )
    # No hard limits: a value out of bounds is to be refused with a sentence, not bent in silence.
    betas: bpy.props.FloatVectorProperty(
        name="Betas",
        description="The body's shape: how far along each of the model's first components it is",
        size=SHAPE_COUNT,
        default=(0.0,) * SHAPE_COUNT,
        soft_min=-5.0,
        soft_max=5.0,
    )
    correctives: bpy.props.BoolProperty(
        name="Pose Correctives",
        description="Shape keys, driven by the bones, that keep joints in shape as they bend. "
        "Without them the character plays faster",
        default=True,
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Ask for the folder."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the job; in background mode also finish it."""
        betas = tuple(self.betas)
        place: Any = context.scene.cursor.location.copy()
        asked = _Moment.of(context)
        request = {
            "kind": BODY,
            "folder": bpy.path.abspath(self.directory),
            "gender": self.gender,
            "correctives": self.correctives,
        }
        try:
            check_betas(betas)
            job = session.submit(
                request,
                title=self.bl_label,
                finish=lambda _job, data: _add(data, betas, place, asked),
            )
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)
        return wait_for_job(self, job) if bpy.app.background else {"FINISHED"}


@dataclass(frozen=True)
class _Moment:
    """What a user has before them, remembered without pointers."""

    scene: str
    scene_uid: int
    mode: str
    active: str
    selected: frozenset[str]

    @classmethod
    def of(cls, context: bpy.types.Context) -> _Moment:
        scene: Any = context.scene
        objects = context.view_layer.objects
        active = objects.active
        return cls(
            scene=scene.name,
            scene_uid=session_uid_of(scene),
            mode=active.mode if active is not None else "OBJECT",
            active=active.name if active is not None else "",
            selected=frozenset(item.name for item in objects.selected),
        )


def _add(data: bytes, betas: tuple[float, ...], place: Any, asked: _Moment) -> str:
    """Put the body that has come into the scene that it was asked for, as one undo step.

    Who has been waiting for it finds it selected and active, as if it had been added at once; who
    is posing, or has gone on to something else, is left at that.
    """
    scene = find_data_block(bpy.data.scenes, asked.scene, asked.scene_uid)
    if scene is None:
        raise JobError(
            f"The scene “{asked.scene}” was deleted or renamed meanwhile, so the body was not "
            "added."
        )
    context = bpy.context
    waited = asked.mode == "OBJECT" and asked == _Moment.of(context)
    try:
        body = body_from_bytes(data)
        with nullcontext() if waited else preserve_mode_and_selection(context):
            layer = context.view_layer if scene == context.scene else scene.view_layers[0]
            armature = add_smpl_character(context, body, betas, find_free_location(layer, place))
            if scene != context.scene:
                move_to_scene(armature, scene)
    except USER_ERRORS as error:
        raise JobError(str(error)) from error
    push_undo("Anyframe: Add SMPL Character")
    where = f" to the scene “{scene.name}”" if scene != context.scene else ""
    return f"Added “{armature.name}”{where}: {body.model}, {len(body.vertices)} vertices."
