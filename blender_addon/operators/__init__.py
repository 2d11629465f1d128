"""One file per thing an animator wants. Each is an operator that also works without a window.

May import `link`, `rig` and `backend.kinematics`. An error is one sentence in a report.
"""

import bpy

from . import (
    add_character,
    add_smpl_character,
    blend,
    block_list,
    blocks,
    bones,
    cancel,
    decode,
    export_take,
    generate,
    history,
    import_take,
    interpolate,
    learn,
    lesson_list,
    own_meshes,
    remote,
    resample,
    review,
    reviewing,
    setup,
    stance,
    style_files,
    timeline_list,
    travel,
)

_CLASSES = (
    add_character.ANYFRAME_OT_add_character,
    add_smpl_character.ANYFRAME_OT_add_smpl_character,
    timeline_list.AnyframeSpan,
    timeline_list.AnyframeBlend,
    blend.ANYFRAME_OT_blend,
    blend.ANYFRAME_OT_add_span,
    blend.ANYFRAME_OT_remove_span,
    blend.ANYFRAME_OT_move_span,
    block_list.AnyframeBlock,
    block_list.AnyframeBlocks,
    blocks.ANYFRAME_OT_generate_blocks,
    blocks.ANYFRAME_OT_add_block,
    blocks.ANYFRAME_OT_remove_block,
    blocks.ANYFRAME_OT_move_block,
    bones.ANYFRAME_OT_assign_bone,
    bones.ANYFRAME_OT_reset_bones,
    bones.ANYFRAME_OT_export_bones,
    bones.ANYFRAME_OT_import_bones,
    cancel.ANYFRAME_OT_cancel,
    decode.ANYFRAME_OT_decode,
    export_take.ANYFRAME_OT_export_take,
    generate.ANYFRAME_OT_generate,
    history.ANYFRAME_OT_use_settings,
    history.ANYFRAME_OT_regenerate,
    history.ANYFRAME_OT_remove_entry,
    history.ANYFRAME_OT_clear_history,
    import_take.ANYFRAME_OT_import_take,
    interpolate.ANYFRAME_OT_interpolate,
    lesson_list.AnyframeLesson,
    lesson_list.AnyframeLearning,
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
    stance.ANYFRAME_OT_pose_is_rest,
    stance.ANYFRAME_OT_own_rest,
    stance.ANYFRAME_OT_ground_at_cursor,
    style_files.ANYFRAME_OT_import_style,
    style_files.ANYFRAME_OT_export_style,
    style_files.ANYFRAME_OT_delete_style,
    travel.ANYFRAME_OT_set_in_place,
)


def register() -> None:
    """Make the operators known to Blender."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    block_list.attach()
    lesson_list.attach()
    timeline_list.attach()
    reviewing.register()
    own_meshes.register()


def unregister() -> None:
    """Take them back."""
    reviewing.unregister()
    own_meshes.unregister()
    timeline_list.detach()
    lesson_list.detach()
    block_list.detach()
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
