"""What the animator sees: the sidebar's panel, the preferences, and the settings behind them.

Draw and state, no work: a draw function reads what is at hand and calls nothing that waits. May
import `operators`, `link` and `rig`; speaks with the backend only through operators.
"""

import bpy

from ..operators.jobs import history_store
from ..rig.armature import bone_overrides
from ..scene import settings
from . import (
    blend,
    blocks,
    bones,
    history,
    keyframing,
    learn,
    main,
    outcome,
    overlay,
    preferences,
    progress,
    resample,
    review,
)

_CLASSES = (
    settings.AnyframeSettings,
    bone_overrides.AnyframeBones,
    history_store.AnyframeHistoryEntry,
    history_store.AnyframeHistory,
    preferences.AnyframePreferences,
    main.ANYFRAME_PT_main,
    review.ANYFRAME_PT_review,
    blocks.ANYFRAME_UL_blocks,
    blocks.ANYFRAME_PT_blocks,
    keyframing.ANYFRAME_PT_placement,
    main.ANYFRAME_PT_generated,
    resample.ANYFRAME_PT_resample,
    learn.ANYFRAME_UL_lessons,
    learn.ANYFRAME_PT_learn,
    blend.ANYFRAME_UL_spans,
    blend.ANYFRAME_PT_blend,
    history.ANYFRAME_UL_history,
    history.ANYFRAME_PT_history,
    bones.ANYFRAME_PT_bones,
    main.ANYFRAME_PT_files,
)


def register() -> None:
    """Make panels, preferences and the scene's settings known to Blender."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    settings.register()
    bone_overrides.register_bone_overrides()
    history_store.register()
    progress.register()
    outcome.register()
    review.register()
    overlay.register()


def unregister() -> None:
    """Take them back; the settings in the file stay for the next time."""
    overlay.unregister()
    review.unregister()
    outcome.unregister()
    progress.unregister()
    history_store.unregister()
    bone_overrides.unregister_bone_overrides()
    settings.unregister()
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
