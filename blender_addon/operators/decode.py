"""A generated motion again, at another frame rate, from the latent that its action carries."""

from typing import Any

import bpy
import numpy as np

from ..backend.kinematics.limits import check_fps
from ..backend.kinematics.take import Take, take_to_bytes
from ..link import session
from ..link.errors import JobError
from ..rig.provenance import INFO, info_of
from .applying import START, run_job
from .reporting import USER_ERRORS, Outcome, possible, refuse
from .target import (
    ARMATURE_DESCRIPTION,
    Target,
    armature_called,
    body_called,
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
        """The chosen armature plays a generated motion, or a name may be given."""
        there = bpy.app.background or _has_latent(chosen_armature(context))
        return possible(cls, there, "The armature plays no motion that Anyframe generated.")

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.refuse(self.bl_label, str(error))
            return refuse(self, error)

    def _run(self, context: bpy.types.Context) -> Outcome:
        scene = context.scene
        assert scene is not None
        fps = self.fps or scene_rate(scene)
        check_fps(fps)
        armature = body_called(context, self.armature)
        source = armature_called(context, self.source) if self.source else armature
        info = info_of(source)
        if "latent" not in info:
            raise JobError(
                f"“{source.name}” plays no motion that Anyframe generated, so there is none to "
                "sample again. Generate one first."
            )
        start = _action_of(source).get(START, scene.frame_current)
        return run_job(
            self,
            {"kind": "decode", "fps": fps},
            title=str(info.get("prompt") or info.get("action") or source.name),
            target=Target.of(armature, scene, start_frame=float(start)),
            take=_carrier(info),
        )


def _carrier(info: dict[str, Any]) -> bytes:
    """The least take that holds the latent: the service reads nothing else of it."""
    return take_to_bytes(Take(np.zeros((1, 72)), np.zeros((1, 3)), fps=1.0, info=info))


def _action_of(armature: bpy.types.Object | None) -> Any:
    """The action that an armature plays; {} if none."""
    data = armature.animation_data if armature else None
    return data.action if data and data.action else {}


def _has_latent(armature: bpy.types.Object | None) -> bool:
    """Whether `info_of` would give a latent; quick enough for a poll."""
    info = _action_of(armature).get(INFO)
    return isinstance(info, str) and '"latent"' in info
