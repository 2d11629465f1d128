"""State that a .blend file stores: every property group, and the functions that read or edit it.

May import `rig`, `link`, `backend.kinematics` and `backend.protocol`.
"""

import bpy

from ..rig.armature import bone_overrides
from . import blocks, history, settings, style_settings, training_takes

_CLASSES = (
    settings.AnyframeSettings,
    bone_overrides.AnyframeBones,
    blocks.AnyframeBlock,
    blocks.AnyframeBlocks,
    style_settings.AnyframeTimelineBlock,
    style_settings.AnyframeStyleSettings,
    training_takes.AnyframeTrainingTake,
    training_takes.AnyframeTrainingSettings,
    history.AnyframeHistoryEntry,
    history.AnyframeHistory,
)
_POINTERS = (
    ("anyframe", settings.AnyframeSettings),
    ("anyframe_blocks", blocks.AnyframeBlocks),
    ("anyframe_blend", style_settings.AnyframeStyleSettings),
    ("anyframe_learning", training_takes.AnyframeTrainingSettings),
    ("anyframe_history", history.AnyframeHistory),
)
"""Properties of each scene; what is in a file stays there while the add-on is disabled."""


def register() -> None:
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    for name, group in _POINTERS:
        setattr(bpy.types.Scene, name, bpy.props.PointerProperty(type=group))
    bone_overrides.register_bone_overrides()
    history.register()


def unregister() -> None:
    history.unregister()
    bone_overrides.unregister_bone_overrides()
    for name, _ in reversed(_POINTERS):
        delattr(bpy.types.Scene, name)
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
