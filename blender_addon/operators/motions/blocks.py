"""*Generate Blocks*: several motions in a row, and the operators that edit the list of blocks."""

from typing import Any

import bpy

from ...link.errors import JobError
from ...rig.action.fcurves import scene_fps
from ...rig.action.metadata import read_metadata, read_placement
from ...scene.blocks import (
    block_to_dict,
    check_block_request,
    mark_reused_blocks,
    parse_blocks,
    scene_blocks,
)
from ...scene.target import MotionTarget, get_humanoid, scene_settings
from ..common.errors import OperatorResult, enabled_in_scene, reports_job_errors
from ..common.generated_motion import find_playing_action, latent_take_bytes, motion_title
from ..common.mixins import (
    ApplyOptionsMixin,
    CandidatesMixin,
    MoveItemMixin,
    RemoveItemMixin,
    ReviewMixin,
    SelectedItemMixin,
    argument,
    copy_panel_settings,
    copy_settings,
    insert_item,
    random_seed,
)
from ..jobs.run_job import run_job

_NO_BLOCKS = "Add a block to the list first."


class ANYFRAME_OT_generate_blocks(
    CandidatesMixin, ReviewMixin, ApplyOptionsMixin, bpy.types.Operator
):
    """Generate one motion from all blocks, with a transition from each to the next, and apply it \
to the armature. Without a window, wait until that is done"""

    bl_idname = "anyframe.generate_blocks"
    bl_label = "Generate Blocks"
    bl_options = {"REGISTER"}

    # JSON, because Blender asks a script for all properties of a collection's items.
    blocks: argument(
        "Blocks",
        "A list of objects in JSON, each with prompt or action (the label), seconds and optionally "
        "model, blend (the transition) and seed; if empty, the scene's list",
    )
    again: argument(
        "Regenerate Block",
        "Block that gets a new seed while the others stay as they are, counted from 0; -1 for none",
        -1,
    )

    poll = enabled_in_scene(lambda scene: scene_blocks(scene).blocks, _NO_BLOCKS)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Use the panel's settings, with new seeds unless they are locked."""
        settings = scene_settings(context.scene)
        if self.again < 0 and not settings.lock_seed:
            for block in scene_blocks(context.scene).blocks:
                block.seed = random_seed()
        copy_panel_settings(self, settings, "loop", "lock_feet", "originality", "review")
        return self.execute(context)

    @reports_job_errors
    def execute(self, context: bpy.types.Context) -> OperatorResult:
        scene: Any = context.scene
        items = scene_blocks(scene).blocks
        blocks = parse_blocks(self.blocks) if self.blocks else [block_to_dict(b) for b in items]
        if not blocks:
            raise JobError(_NO_BLOCKS)
        if not -1 <= self.again < len(blocks):
            raise JobError(
                f"The block to regenerate must be between 0 and {len(blocks) - 1} (got "
                f"{self.again})."
            )
        armature = get_humanoid(context, self.armature)
        playing = find_playing_action(armature)
        metadata = read_metadata(playing.action) if playing.action else {}
        stored = metadata.get("blocks")
        previous = stored if isinstance(stored, list) else []
        regenerate = self.again >= 0
        if regenerate:
            if not previous:
                raise JobError(
                    f"“{armature.name}” plays no motion of blocks: generate them all first."
                )
            blocks[self.again]["seed"] = random_seed()
        sampling = self.sampling_fields()
        check_block_request(blocks, fps=scene_fps(scene), loop=self.loop, **sampling)
        if regenerate and not self.blocks:
            items[self.again].seed = blocks[self.again]["seed"]
        blocks = mark_reused_blocks(blocks, previous)
        reuses_blocks = any("kept" in block for block in blocks)
        request: dict[str, Any] = {
            "kind": "sequence",
            "blocks": blocks,
            "fps": scene_fps(scene),
            **sampling,
            **self.switch_fields(),
        }
        # A motion that is regenerated in part stays at its place.
        start = playing.start_frame(scene.frame_current) if regenerate else None
        placement = read_placement(playing.action) if regenerate else None
        return run_job(
            self,
            request,
            title=motion_title({"blocks": blocks}),
            target=MotionTarget.from_armature(armature, scene, start),
            apply_options=self.chosen_apply_options(moved=placement),
            takes=(latent_take_bytes(metadata),) if reuses_blocks else (),
            review=self.review,
        )


class ANYFRAME_OT_add_block(bpy.types.Operator):
    """Add a block after the selected one, with the prompt, label and length above"""

    bl_idname = "anyframe.add_block"
    bl_label = "Add Block"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        blocks, settings = scene_blocks(context.scene), scene_settings(context.scene)
        block = insert_item(blocks, blocks.blocks, "index")
        copy_settings(block, settings, "model", "prompt", "action", "seconds")
        block.seed = random_seed()
        return {"FINISHED"}


class _BlockListMixin(SelectedItemMixin):
    """The scene's list of blocks."""

    no_item = _NO_BLOCKS

    @staticmethod
    def edited_list(context: bpy.types.Context) -> tuple[Any, Any, str]:
        blocks = scene_blocks(context.scene)
        return blocks, blocks.blocks, "index"


class ANYFRAME_OT_remove_block(_BlockListMixin, RemoveItemMixin, bpy.types.Operator):
    """Remove the selected block"""

    bl_idname = "anyframe.remove_block"
    bl_label = "Remove Block"


class ANYFRAME_OT_move_block(_BlockListMixin, MoveItemMixin, bpy.types.Operator):
    """Move the selected block up or down"""

    bl_idname = "anyframe.move_block"
    bl_label = "Move Block"
