"""The armature and the scene of a motion, as the panel has them and as a job finds them again.

While a job runs the user may undo, rename, delete or open another file. A pointer that is used
after that crashes Blender, so names and session IDs are stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ..link.errors import JobError
from ..rig.armature.mapping import summarize_rig

NO_ARMATURE = "Choose an armature to animate, or press Add Character."


def scene_settings(scene: Any) -> Any:
    """The panel's properties of a scene (`settings.AnyframeSettings`)."""
    return scene.anyframe


def scene_frame(scene: bpy.types.Scene) -> float:
    """The current frame with its fraction."""
    return scene.frame_current + scene.frame_subframe


def chosen_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature chosen in the panel, else the active one or that of the active mesh.

    The panel's pointer keeps a deleted armature in the file; that one does not count.
    """
    scene: Any = context.scene
    chosen = scene_settings(scene).armature if scene else None
    if chosen is not None and is_in_scene(scene, chosen):
        return chosen
    active = context.view_layer.objects.active if context.view_layer else None
    if active is None or active.type == "ARMATURE":
        return active
    armature = active.find_armature()
    return armature or (active.parent if _is_armature(active.parent) else None)


def has_several_selected_armatures(context: bpy.types.Context) -> bool:
    selected = context.selected_objects or ()
    return sum(item.type == "ARMATURE" for item in selected) > 1


def get_armature(context: bpy.types.Context, name: str) -> bpy.types.Object:
    """The armature of this name, or the chosen one if the name is ""; JobError if there is none."""
    if not name:
        armature = chosen_armature(context)
        if armature is None:
            raise JobError(NO_ARMATURE)
        return armature
    armature = bpy.data.objects.get(name)
    if armature is None:
        raise JobError(f"There is no object called “{name}”. {NO_ARMATURE}")
    if not _is_armature(armature):
        raise JobError(f"“{name}” is not an armature. {NO_ARMATURE}")
    return armature


def get_humanoid(context: bpy.types.Context, name: str) -> bpy.types.Object:
    """As `get_armature`; JobError also if no human body was found in its bones."""
    armature = get_armature(context, name)
    problem = summarize_rig(armature).error
    if problem:
        raise JobError(problem)
    return armature


@dataclass(frozen=True)
class MotionTarget:
    """An armature, a scene and a start frame, stored without pointers."""

    armature: str
    armature_uid: int
    scene: str
    scene_uid: int
    start_frame: float

    @classmethod
    def from_armature(
        cls,
        armature: bpy.types.Object,
        scene: bpy.types.Scene,
        start_frame: float | None = None,
    ) -> MotionTarget:
        """Target an armature from a frame on; from the scene's current one if none is given."""
        return cls(
            armature=armature.name,
            armature_uid=session_uid_of(armature),
            scene=scene.name,
            scene_uid=session_uid_of(scene),
            start_frame=scene_frame(scene) if start_frame is None else start_frame,
        )

    def resolve(self) -> tuple[bpy.types.Object, bpy.types.Scene]:
        """The armature and the scene, also if renamed since; JobError if one is gone."""
        gone = "was deleted or renamed meanwhile, so the motion was not applied."
        armature = find_data_block(bpy.data.objects, self.armature, self.armature_uid)
        if armature is None or not _is_armature(armature):
            raise JobError(f"The armature “{self.armature}” {gone}")
        scene = self.resolve_scene()
        if scene is None:
            raise JobError(f"The scene “{self.scene}” {gone}")
        # A pointer somewhere may keep a deleted object in the file, where nobody sees it.
        if not any(is_in_scene(other, armature) for other in (scene, *bpy.data.scenes)):
            raise JobError(f"The armature “{self.armature}” {gone}")
        if armature.mode == "EDIT":
            raise JobError(f"“{armature.name}” is in Edit Mode. Leave it, then try again.")
        return armature, scene

    def resolve_scene(self) -> bpy.types.Scene | None:
        """The scene, also if renamed since; None if it is gone."""
        return find_data_block(bpy.data.scenes, self.scene, self.scene_uid)


def is_in_scene(scene: bpy.types.Scene, item: bpy.types.Object) -> bool:
    """Return whether an object is in any collection of a scene; cheap enough for draw functions."""
    named = scene.objects.get(item.name)
    # An object that is linked from another file may have the same name.
    return named == item or (named is not None and item in scene.objects.values())


def find_data_block(collection: Any, name: str, uid: int) -> Any:
    """The data-block with this session ID, or of this name if the ID is 0; None if it is gone."""
    named = collection.get(name)
    if uid and (named is None or named.session_uid != uid):
        return next((item for item in collection if item.session_uid == uid), None)
    return named


def session_uid_of(item: Any) -> int:
    """Blender's number of a data-block for this session; 0 before 4.1, which has none."""
    return getattr(item, "session_uid", 0)


def _is_armature(item: bpy.types.Object | None) -> bool:
    return item is not None and item.type == "ARMATURE"
