"""Several motions in a row, each passing into the next: the list of blocks, and its Generate."""

from __future__ import annotations

import random
from typing import Any

import bpy

from ...backend.protocol.limits import DEFAULT_ORIGINALITY, LIMITS
from ...link import session
from ...link.errors import JobError
from ...rig.action.metadata import info_on, moved_on
from ...scene.blocks import block_fields, blocks_of, check_request, read_blocks, with_kept
from ..common.apply_options import MannerOptions, take_manner_settings
from ..common.errors import USER_ERRORS, Outcome, possible, refuse
from ..common.generated_motion import carrier, played_by, words_of
from ..common.target import ARMATURE_DESCRIPTION, Target, body_called, scene_rate, settings_of
from ..jobs.review_state import ReviewOption
from ..jobs.run_job import run_job
from .generate import LARGEST_SEED, LOOP, ORIGINALITY_DESCRIPTION

_NO_BLOCKS = "Add a block to the list first."


class ANYFRAME_OT_generate_blocks(ReviewOption, MannerOptions, bpy.types.Operator):
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
        there = scene is not None and (bpy.app.background or len(blocks_of(scene).blocks) > 0)
        return possible(cls, there, _NO_BLOCKS)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Outcome:
        """Take the panel's settings; seeds that are not locked are drawn anew."""
        settings = settings_of(context.scene)
        if self.again < 0 and not settings.lock_seed:
            for block in blocks_of(context.scene).blocks:
                block.seed = _new_seed()
        self.loop = settings.loop
        self.lock_feet = settings.lock_feet
        self.originality = settings.originality
        self.review = settings.review
        take_manner_settings(self, settings)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Start the job; in background mode also finish it."""
        try:
            return self._run(context)
        except USER_ERRORS as error:
            session.queue.refuse(self.bl_label, str(error))
            return refuse(self, error)

    def _run(self, context: bpy.types.Context) -> Outcome:
        scene = context.scene
        assert scene is not None  # by poll
        listed = blocks_of(scene).blocks
        blocks = read_blocks(self.blocks) if self.blocks else [block_fields(one) for one in listed]
        if not blocks:
            raise JobError(_NO_BLOCKS)
        if not -1 <= self.again < len(blocks):
            raise JobError(
                f"There is no block {self.again} to draw again: of {len(blocks)}, counted from 0, "
                f"the last is {len(blocks) - 1}."
            )
        armature = body_called(context, self.armature)
        playing = played_by(armature)
        action = playing.action
        played = info_on(action).get("blocks") if action else None
        played = played if isinstance(played, list) else []
        if self.again >= 0:
            if not played:
                raise JobError(
                    f"“{armature.name}” plays no motion of blocks: generate them all first."
                )
            blocks[self.again]["seed"] = _new_seed()
        drawn = {
            "originality": round(self.originality, 4),
            **({"candidates": self.candidates} if self.candidates else {}),
        }
        check_request(blocks, fps=scene_rate(scene), loop=self.loop, **drawn)
        if self.again >= 0 and not self.blocks:
            listed[self.again].seed = blocks[self.again]["seed"]
        blocks = with_kept(blocks, played)
        kept = any("kept" in block for block in blocks)
        request: dict[str, Any] = {
            "kind": "sequence",
            "blocks": blocks,
            "fps": scene_rate(scene),
            **drawn,
            **({"loop": True} if self.loop else {}),
            **({} if self.lock_feet else {"lock_feet": False}),
        }
        # What is drawn again in part stays where it plays.
        stays = self.again >= 0
        start = playing.start(scene.frame_current) if stays else None
        return run_job(
            self,
            request,
            title=words_of({"blocks": blocks}),
            target=Target.of(armature, scene, start_frame=start),
            manner=self.asked_manner(moved=moved_on(action) if stays else None),
            takes=(carrier(info_on(action)),) if kept else (),
            review=self.review,
        )


class _OnList:
    """Operators that change the scene's list of blocks."""

    bl_options = {"REGISTER", "UNDO"}


class ANYFRAME_OT_add_block(_OnList, bpy.types.Operator):
    """Add a block behind the chosen one, with the prompt, label and length above"""

    bl_idname = "anyframe.add_block"
    bl_label = "Add Block"

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Add it and choose it."""
        listed, settings = blocks_of(context.scene), settings_of(context.scene)
        block = listed.blocks.add()
        block.model, block.prompt, block.action = settings.model, settings.prompt, settings.action
        block.seconds, block.seed = settings.seconds, _new_seed()
        place = min(listed.index + 1, len(listed.blocks) - 1)
        listed.blocks.move(len(listed.blocks) - 1, place)
        listed.index = place
        return {"FINISHED"}


class ANYFRAME_OT_remove_block(_OnList, bpy.types.Operator):
    """Remove the chosen block"""

    bl_idname = "anyframe.remove_block"
    bl_label = "Remove Block"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is chosen."""
        return possible(cls, _chosen(context) >= 0, _NO_BLOCKS)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Remove it."""
        listed = blocks_of(context.scene)
        listed.blocks.remove(listed.index)
        listed.index = max(min(listed.index, len(listed.blocks) - 1), 0)
        return {"FINISHED"}


class ANYFRAME_OT_move_block(_OnList, bpy.types.Operator):
    """Move the chosen block up or down"""

    bl_idname = "anyframe.move_block"
    bl_label = "Move Block"

    up: bpy.props.BoolProperty(name="Up", default=True, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is chosen."""
        return possible(cls, _chosen(context) >= 0, _NO_BLOCKS)

    def execute(self, context: bpy.types.Context) -> Outcome:
        """Move it, if it is not at that end already."""
        listed = blocks_of(context.scene)
        place = listed.index + (-1 if self.up else 1)
        if 0 <= place < len(listed.blocks):
            listed.blocks.move(listed.index, place)
            listed.index = place
        return {"FINISHED"}


def _chosen(context: bpy.types.Context) -> int:
    """The place of the chosen block; -1 if there is none."""
    if context.scene is None:
        return -1
    listed = blocks_of(context.scene)
    return listed.index if 0 <= listed.index < len(listed.blocks) else -1


def _new_seed() -> int:
    return random.randint(0, LARGEST_SEED)  # noqa: S311 not a secret
