"""*Add Character* and *Add SMPL Character*."""

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
from ...rig.smpl.default_character import add_default_character
from ...rig.smpl.free_location import find_free_location
from ...rig.smpl.smpl_character import add_smpl_character
from ...scene.target import find_data_block, session_uid_of
from ..common.errors import (
    USER_ERRORS,
    OperatorResult,
    finish_job,
    push_undo,
    reports_errors,
    reports_job_errors,
)
from ..common.mixins import OpenFileMixin


class ANYFRAME_OT_add_character(bpy.types.Operator):
    """Add a neutral human character with an armature that is ready to be animated, at the 3D \
cursor or beside what is there"""

    bl_idname = "anyframe.add_character"
    bl_label = "Add Character"
    bl_options = {"REGISTER"}

    @reports_errors
    def execute(self, context: bpy.types.Context) -> str:
        location = find_free_location(context.view_layer, context.scene.cursor.location)
        armature = add_default_character(context, location)
        push_undo("Anyframe: Add Character")
        return f"Added “{armature.name}”"


class ANYFRAME_OT_add_smpl_character(OpenFileMixin, bpy.types.Operator):
    """Add an SMPL, SMPL-H or SMPL-X body, with its shape and pose correctives, from the folder \
with its model files (.npz). Without a window, wait until that is done"""

    bl_idname = "anyframe.add_smpl_character"
    bl_label = "Add SMPL Character"
    bl_options = {"REGISTER"}

    directory: bpy.props.StringProperty(
        name="Folder",
        description="Folder with the model files, or with their unpacked archive",
        subtype="DIR_PATH",
    )
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    gender: bpy.props.EnumProperty(
        name="Gender",
        description="Gender of the model",
        items=tuple((gender, gender.title(), "") for gender in GENDERS),
    )
    # No hard limits: a value out of bounds is refused with a sentence.
    betas: bpy.props.FloatVectorProperty(
        name="Betas",
        description="Shape of the body: weights of the model's first components",
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

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        betas = tuple(self.betas)
        location: Any = context.scene.cursor.location.copy()
        selection = _Selection.read(context)
        check_betas(betas)
        request = {
            "kind": BODY,
            "folder": bpy.path.abspath(self.directory),
            "gender": self.gender,
            "correctives": self.correctives,
        }
        job = session.submit(
            request,
            title=self.bl_label,
            finish=lambda _job, data: _add_body(data, betas, location, selection),
        )
        return finish_job(self, job)


@dataclass(frozen=True)
class _Selection:
    """Scene, mode and selection of a user, stored without pointers."""

    scene: str
    scene_uid: int
    mode: str
    active: str
    selected: frozenset[str]

    @classmethod
    def read(cls, context: bpy.types.Context) -> _Selection:
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


def _add_body(data: bytes, betas: tuple[float, ...], location: Any, selection: _Selection) -> str:
    """Add a body to the scene of its request, as one undo step, and return a message.

    If the user's mode and selection are as they were at the request, in Object Mode, the body
    becomes the selected and active object; otherwise mode and selection stay as they are.
    """
    scene = find_data_block(bpy.data.scenes, selection.scene, selection.scene_uid)
    if scene is None:
        raise JobError(
            f"The scene “{selection.scene}” was deleted or renamed meanwhile, so the body was not "
            "added."
        )
    context = bpy.context
    unchanged = selection.mode == "OBJECT" and selection == _Selection.read(context)
    try:
        body = body_from_bytes(data)
        with nullcontext() if unchanged else preserve_mode_and_selection(context):
            layer = context.view_layer if scene == context.scene else scene.view_layers[0]
            armature = add_smpl_character(context, body, betas, find_free_location(layer, location))
            if scene != context.scene:
                move_to_scene(armature, scene)
    except USER_ERRORS as error:
        raise JobError(str(error)) from error
    push_undo("Anyframe: Add SMPL Character")
    suffix = f" to the scene “{scene.name}”" if scene != context.scene else ""
    return f"Added “{armature.name}”{suffix}: {body.model}, {len(body.vertices)} vertices."
