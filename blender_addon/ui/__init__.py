"""Panels, preferences and the viewport overlay of the review.

A draw function shows state and never waits; it reaches the backend only through operators. May
import `operators`, `scene`, `rig`, `link`, `backend.kinematics` and `backend.protocol`.
"""

import bpy

from . import (
    blocks,
    bones,
    generate_in_style,
    history,
    job_result,
    learn_style,
    main,
    overlay,
    preferences,
    progress,
    resample,
    review,
)

_CLASSES = (
    preferences.AnyframePreferences,
    main.ANYFRAME_PT_main,
    review.ANYFRAME_PT_review,
    blocks.ANYFRAME_UL_blocks,
    blocks.ANYFRAME_PT_blocks,
    main.ANYFRAME_PT_placement,
    resample.ANYFRAME_PT_generated,
    resample.ANYFRAME_PT_resample,
    learn_style.ANYFRAME_UL_lessons,
    learn_style.ANYFRAME_PT_learn,
    generate_in_style.ANYFRAME_UL_spans,
    generate_in_style.ANYFRAME_PT_blend,
    history.ANYFRAME_UL_history,
    history.ANYFRAME_PT_history,
    bones.ANYFRAME_PT_bones,
    main.ANYFRAME_PT_files,
)
"""Classes to register; sub-panels are shown in this order."""
_MODULES = (progress, job_result, review, overlay)
"""Modules with properties and handlers to register."""


def register() -> None:
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    for module in _MODULES:
        module.register()


def unregister() -> None:
    for module in reversed(_MODULES):
        module.unregister()
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
