"""One file per thing an animator wants. Each is an operator that also works without a window.

May import `link`, `rig` and `backend.kinematics`. An error is one sentence in a report.
"""

import bpy

from ..scene import blocks as scene_blocks
from ..scene import timeline, training_takes
from .armature import add_character, add_smpl_character, bones, custom_meshes, in_place, rest_pose
from .backend import cancel, remote, setup
from .jobs import review_state
from .motions import (
    blocks,
    export_take,
    generate,
    history,
    import_take,
    interpolate,
    resample,
    review,
    sample_again,
)
from .styles import generate_in_style, learn, style_files

_CLASSES = (
    add_character.ANYFRAME_OT_add_character,
    add_smpl_character.ANYFRAME_OT_add_smpl_character,
    timeline.AnyframeTimelineBlock,
    timeline.AnyframeStyleSettings,
    generate_in_style.ANYFRAME_OT_blend,
    generate_in_style.ANYFRAME_OT_add_span,
    generate_in_style.ANYFRAME_OT_remove_span,
    generate_in_style.ANYFRAME_OT_move_span,
    scene_blocks.AnyframeBlock,
    scene_blocks.AnyframeBlocks,
    blocks.ANYFRAME_OT_generate_blocks,
    blocks.ANYFRAME_OT_add_block,
    blocks.ANYFRAME_OT_remove_block,
    blocks.ANYFRAME_OT_move_block,
    bones.ANYFRAME_OT_assign_bone,
    bones.ANYFRAME_OT_reset_bones,
    bones.ANYFRAME_OT_export_bones,
    bones.ANYFRAME_OT_import_bones,
    cancel.ANYFRAME_OT_cancel,
    sample_again.ANYFRAME_OT_decode,
    export_take.ANYFRAME_OT_export_take,
    generate.ANYFRAME_OT_generate,
    history.ANYFRAME_OT_use_settings,
    history.ANYFRAME_OT_regenerate,
    history.ANYFRAME_OT_remove_entry,
    history.ANYFRAME_OT_clear_history,
    import_take.ANYFRAME_OT_import_take,
    interpolate.ANYFRAME_OT_interpolate,
    training_takes.AnyframeTrainingTake,
    training_takes.AnyframeTrainingSettings,
    learn.ANYFRAME_OT_learn,
    learn.ANYFRAME_OT_add_lesson,
    learn.ANYFRAME_OT_remove_lesson,
    learn.ANYFRAME_OT_preview_style,
    learn.ANYFRAME_OT_stop_learning,
    remote.ANYFRAME_OT_forget_backend,
    remote.ANYFRAME_OT_release_memory,
    remote.ANYFRAME_OT_test_backend,
    resample.ANYFRAME_OT_resample,
    review.ANYFRAME_OT_accept_variation,
    review.ANYFRAME_OT_again_with_seed,
    review.ANYFRAME_OT_copy_seed,
    review.ANYFRAME_OT_discard_review,
    review.ANYFRAME_OT_step_variation,
    setup.ANYFRAME_OT_setup_backend,
    setup.ANYFRAME_OT_allow_online_access,
    setup.ANYFRAME_OT_repair_backend,
    setup.ANYFRAME_OT_check_backend,
    setup.ANYFRAME_OT_cancel_setup,
    setup.ANYFRAME_OT_remove_backend,
    setup.ANYFRAME_OT_open_backend_folder,
    setup.ANYFRAME_OT_download_wheels,
    setup.ANYFRAME_OT_show_preferences,
    rest_pose.ANYFRAME_OT_pose_is_rest,
    rest_pose.ANYFRAME_OT_own_rest,
    rest_pose.ANYFRAME_OT_ground_at_cursor,
    style_files.ANYFRAME_OT_import_style,
    style_files.ANYFRAME_OT_export_style,
    style_files.ANYFRAME_OT_delete_style,
    in_place.ANYFRAME_OT_set_in_place,
)


def register() -> None:
    """Make the operators known to Blender."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    scene_blocks.register()
    training_takes.register()
    timeline.register()
    review_state.register()
    custom_meshes.register()


def unregister() -> None:
    """Take them back."""
    review_state.unregister()
    custom_meshes.unregister()
    timeline.unregister()
    training_takes.unregister()
    scene_blocks.unregister()
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
