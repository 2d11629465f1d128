"""A generated motion again, at another frame rate, from the latent that its action carries."""

import bpy
import numpy as np

from ..backend.kinematics.limits import check_fps
from ..backend.kinematics.take import Take, take_to_bytes
from ..link import session
from ..link.errors import JobError
from ..link.jobs import Job
from ..rig.mapping import rig_summary
from ..rig.provenance import info_of
from .generate import apply_motion, wait_for
from .reporting import USER_ERRORS, Outcome, possible, refuse
from .target import (
    ARMATURE_DESCRIPTION,
    NO_ARMATURE,
    Target,
    armature_called,
    chosen_armature,
    scene_rate,
)


class ANYFRAME_OT_decode(bpy.types.Operator):
    """Look at the same generated motion at the scene's present frame rate, or any other: every \
pose is computed anew, none is interpolated. Without a window, waits until that is done"""

    bl_idname = "anyframe.decode"
    bl_label = "Sample Again"
    bl_options = {"REGISTER"}  # noqa: RUF012 Blender's way

    source: bpy.props.StringProperty(
        name="Source",
        description="Name of the armature that plays the motion; if empty, the one it goes to",
        options={"SKIP_SAVE"},
    )
    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )
    fps: bpy.props.FloatProperty(
        name="Frame Rate",
        description="Keys per second; 0 for the rate of the scene",
        default=0.0,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is an armature, or a name may be given."""
        armature = bpy.app.background or chosen_armature(context) is not None
        return possible(cls, armature, NO_ARMATURE)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Start the job; in background mode also finish it."""
        try:
            job = self._start(context)
        except USER_ERRORS as error:
            return refuse(self, error)
        return wait_for(self, job) if bpy.app.background else {"FINISHED"}

    def _start(self, context: bpy.types.Context) -> Job:
        scene = context.scene
        assert scene is not None  # an armature is in one
        armature = armature_called(context, self.armature)
        source = armature_called(context, self.source) if self.source else armature
        fps = self.fps or scene_rate(scene)
        check_fps(fps)
        info = info_of(source)
        if "latent" not in info:
            raise JobError(
                f"“{source.name}” plays no motion that Anyframe generated, so there is none to "
                "sample again. Generate one first."
            )
        problem = rig_summary(armature).problem
        if problem:
            raise JobError(problem)
        # The service asks for a take, and reads nothing of it but its info.
        carrier = Take(np.zeros((1, 72)), np.zeros((1, 3)), fps, info=info)
        target = Target.of(armature, scene)
        title = str(info.get("prompt") or info.get("action") or source.name)
        return session.submit(
            {"kind": "decode", "fps": fps},
            title=title,
            finish=lambda _job, data: apply_motion(target, data, title),
            take=take_to_bytes(carrier),
        )
