"""Several motions in a row, each passing into the next: the list of blocks, and its Generate."""

from __future__ import annotations

import random
from typing import Any

import bpy

from ...backend.protocol.limits import DEFAULT_ORIGINALITY, LIMITS
from ...link import session
from ...link.errors import JobError
from ...rig.action.metadata import read_metadata, read_placement
from ...scene.blocks import (
    block_to_dict,
    check_block_request,
    mark_reused_blocks,
    parse_blocks,
    scene_blocks,
)
from ..common.apply_options import ApplyOptionsMixin, copy_apply_settings
from ..common.errors import USER_ERRORS, OperatorResult, poll_result, report_error
from ..common.generated_motion import find_playing_action, latent_take_bytes, motion_title
from ..common.target import (
    ARMATURE_DESCRIPTION,
    MotionTarget,
    get_humanoid,
    scene_fps,
    scene_settings,
)
from ..jobs.review_state import ReviewMixin
from ..jobs.run_job import run_job
from .generate import LOOP, MAX_SEED, ORIGINALITY_DESCRIPTION

_NO_BLOCKS = "Add a block to the list first."


class ANYFRAME_OT_generate_blocks(ReviewMixin, ApplyOptionsMixin, bpy.types.Operator):
    """Make one motion of all blocks, each passing into the next, and put it on the armature as a \
new action. Without a window, waits until that is done"""

    bl_idname = "anyframe.generate_blocks"
    bl_label = "Generate Blocks"
    bl_options = {"REGISTER"}

    # JSON, because Blender asks a script for all fields of a collection's items.
    blocks: bpy.props.StringProperty(
        name="Blocks",
        description="A list of objects in JSON, each with prompt or action (the label), seconds "
        "and, if wanted, model, blend and seed; if empty, the blocks of the scene's list",
        options={"SKIP_SAVE"},
    )
    again: bpy.props.IntProperty(
        name="Draw Again",
        description="Which block is drawn with a new seed while the others stay as they play, "
        "counted from 0; -1 for none",
        default=-1,
        options={"SKIP_SAVE"},
    )
    loop: bpy.props.BoolProperty(**LOOP, options={"SKIP_SAVE"})
    lock_feet: bpy.props.BoolProperty(
        name="Hold Feet",
        description="Planted feet stay where they stand",
        default=True,
        options={"SKIP_SAVE"},
    )
    originality: bpy.props.FloatProperty(
        name="Originality",
        description=ORIGINALITY_DESCRIPTION,
        default=DEFAULT_ORIGINALITY,
        soft_min=0.0,
        soft_max=1.0,
        options={"SKIP_SAVE"},
    )
    candidates: bpy.props.IntProperty(
        name="Candidates",
        description="How many motions are drawn for each block; 0 for the usual",
        soft_min=0,
        soft_max=LIMITS.candidates_max,
        options={"SKIP_SAVE"},
    )
    armature: bpy.props.StringProperty(
        name="Armature", description=ARMATURE_DESCRIPTION, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There are blocks, or some may be given."""
        scene = context.scene
        there = scene is not None and (bpy.app.background or len(scene_blocks(scene).blocks) > 0)
        return poll_result(cls, there, _NO_BLOCKS)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> OperatorResult:
        """Take the panel's settings; seeds that are not locked are drawn anew."""
        settings = scene_settings(context.scene)
        if self.again < 0 and not settings.lock_seed:
            for block in scene_blocks(context.scene).blocks:
                block.seed = _random_seed()
        self.loop = settings.loop
        self.lock_feet = settings.lock_feet
        self.originality = settings.originality
        self.review = settings.review
        copy_apply_settings(self, settings)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.report_refusal(self.bl_label, str(error))
            return report_error(self, error)

    def _run(self, context: bpy.types.Context) -> OperatorResult:
        scene = context.scene
        assert scene is not None  # by poll
        listed = scene_blocks(scene).blocks
        blocks = (
            parse_blocks(self.blocks) if self.blocks else [block_to_dict(one) for one in listed]
        )
        if not blocks:
            raise JobError(_NO_BLOCKS)
        if not -1 <= self.again < len(blocks):
            raise JobError(
                f"There is no block {self.again} to draw again: of {len(blocks)}, counted from 0, "
                f"the last is {len(blocks) - 1}."
            )
        armature = get_humanoid(context, self.armature)
        playing = find_playing_action(armature)
        action = playing.action
        played = read_metadata(action).get("blocks") if action else None
        played = played if isinstance(played, list) else []
        if self.again >= 0:
            if not played:
                raise JobError(
                    f"“{armature.name}” plays no motion of blocks: generate them all first."
                )
            blocks[self.again]["seed"] = _random_seed()
        drawn = {
            "originality": round(self.originality, 4),
            **({"candidates": self.candidates} if self.candidates else {}),
        }
        check_block_request(blocks, fps=scene_fps(scene), loop=self.loop, **drawn)
        if self.again >= 0 and not self.blocks:
            listed[self.again].seed = blocks[self.again]["seed"]
        blocks = mark_reused_blocks(blocks, played)
        kept = any("kept" in block for block in blocks)
        request: dict[str, Any] = {
            "kind": "sequence",
            "blocks": blocks,
            "fps": scene_fps(scene),
            **drawn,
            **({"loop": True} if self.loop else {}),
            **({} if self.lock_feet else {"lock_feet": False}),
        }
        # What is drawn again in part stays where it plays.
        stays = self.again >= 0
        start = playing.start_frame(scene.frame_current) if stays else None
        return run_job(
            self,
            request,
            title=motion_title({"blocks": blocks}),
            target=MotionTarget.from_armature(armature, scene, start_frame=start),
            apply_options=self.chosen_apply_options(
                moved=read_placement(action) if stays else None
            ),
            takes=(latent_take_bytes(read_metadata(action)),) if kept else (),
            review=self.review,
        )


class _BlockListMixin:
    """Operators that change the scene's list of blocks."""

    bl_options = {"REGISTER", "UNDO"}


class ANYFRAME_OT_add_block(_BlockListMixin, bpy.types.Operator):
    """Add a block behind the chosen one, with the prompt, label and length above"""

    bl_idname = "anyframe.add_block"
    bl_label = "Add Block"

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Add it and choose it."""
        listed, settings = scene_blocks(context.scene), scene_settings(context.scene)
        block = listed.blocks.add()
        block.model, block.prompt, block.action = settings.model, settings.prompt, settings.action
        block.seconds, block.seed = settings.seconds, _random_seed()
        place = min(listed.index + 1, len(listed.blocks) - 1)
        listed.blocks.move(len(listed.blocks) - 1, place)
        listed.index = place
        return {"FINISHED"}


class ANYFRAME_OT_remove_block(_BlockListMixin, bpy.types.Operator):
    """Remove the chosen block"""

    bl_idname = "anyframe.remove_block"
    bl_label = "Remove Block"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is chosen."""
        return poll_result(cls, _chosen_block_index(context) >= 0, _NO_BLOCKS)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Remove it."""
        listed = scene_blocks(context.scene)
        listed.blocks.remove(listed.index)
        listed.index = max(min(listed.index, len(listed.blocks) - 1), 0)
        return {"FINISHED"}


class ANYFRAME_OT_move_block(_BlockListMixin, bpy.types.Operator):
    """Move the chosen block up or down"""

    bl_idname = "anyframe.move_block"
    bl_label = "Move Block"

    up: bpy.props.BoolProperty(name="Up", default=True, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is chosen."""
        return poll_result(cls, _chosen_block_index(context) >= 0, _NO_BLOCKS)

    def execute(self, context: bpy.types.Context) -> OperatorResult:
        """Move it, if it is not at that end already."""
        listed = scene_blocks(context.scene)
        place = listed.index + (-1 if self.up else 1)
        if 0 <= place < len(listed.blocks):
            listed.blocks.move(listed.index, place)
            listed.index = place
        return {"FINISHED"}


def _chosen_block_index(context: bpy.types.Context) -> int:
    """The place of the chosen block; -1 if there is none."""
    if context.scene is None:
        return -1
    listed = scene_blocks(context.scene)
    return listed.index if 0 <= listed.index < len(listed.blocks) else -1


def _random_seed() -> int:
    return random.randint(0, MAX_SEED)  # noqa: S311 not a secret
