"""What the panel asks for, kept in each scene and saved with the file."""

from typing import Any

import bpy

from ..backend.protocol.limits import DEFAULT_ORIGINALITY, LIMITS, frame_count
from ..link import session
from ..operators.common.apply_options import (
    BLEND_FRAMES,
    BODY_PART,
    CONTINUE_FROM_POSE,
    DESTINATION,
    GROUND,
    IN_PLACE,
    LIMBS,
    MARK_AS_ASSET,
    MATCH_FOOT_CONTACTS,
    ROOT_MOTION,
)
from ..operators.common.generated_motion import FOOT_LOCK_ITEMS, search_generated_actions
from ..operators.common.keying_options import KEY_ANGLE, KEY_DISTANCE, KEY_STEP, KEYING
from ..operators.common.model_choice import MODEL_CHOICE
from ..operators.common.target import is_in_scene, scene_fps
from ..operators.jobs.prompt_suggestions import search_motion_labels, search_prompts
from ..operators.jobs.review_state import REVIEW, VARIATIONS
from ..operators.motions.generate import ALL_SELECTED, LOOP, ORIGINALITY_DESCRIPTION
from ..operators.motions.resample import EXACT, HOLDS, MAX_ERROR, RESAMPLE_FPS, TIME_SCALE
from ..ui.progress import progress_fraction


def _is_armature_in_scene(settings: Any, item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE" and is_in_scene(settings.id_data, item)


def _warm_up_backend(_settings: Any, _context: bpy.types.Context) -> None:
    # The backend takes seconds to start: begin as soon as it is clear that it will be asked.
    session.warm_up()


def _get_frames(settings: Any) -> int:
    return frame_count(settings.seconds, scene_fps(settings.id_data))


def _set_frames(settings: Any, frames: int) -> None:
    settings.seconds = frames / scene_fps(settings.id_data)


class AnyframeSettings(bpy.types.PropertyGroup):
    """The panel's fields."""

    model: bpy.props.EnumProperty(**MODEL_CHOICE, update=_warm_up_backend)
    prompt: bpy.props.StringProperty(
        name="Prompt",
        description="What the character does, in English, such as “a person walks forward”",
        update=_warm_up_backend,
        search=search_prompts,
        search_options={"SUGGESTION"},
    )
    action: bpy.props.StringProperty(
        name="Label",
        description="Label of the kind of motion, such as “walk”, in place of a prompt or along "
        "with it",
        search=search_motion_labels,
        search_options={"SUGGESTION"},
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="Length of the motion",
        default=4.0,
        soft_min=LIMITS.seconds_min,
        soft_max=LIMITS.seconds_max,
        step=50,
        precision=2,
    )
    # The same length once more: what is kept is the seconds, so a new frame rate changes nothing.
    frames: bpy.props.IntProperty(
        name="Frames",
        description="Length of the motion in frames of the scene",
        get=_get_frames,
        set=_set_frames,
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="The same prompt and seed give the same motion",
        soft_min=0,
    )
    lock_seed: bpy.props.BoolProperty(
        name="Lock Seed",
        description="Keep the seed; if not locked, each motion gets a new one",
    )
    originality: bpy.props.FloatProperty(
        name="Originality",
        description=ORIGINALITY_DESCRIPTION,
        default=DEFAULT_ORIGINALITY,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    lock_feet: bpy.props.BoolProperty(
        name="Hold Feet",
        description="Planted feet stay where they stand; without, they go as the model has them",
        default=True,
    )
    loop: bpy.props.BoolProperty(**LOOP)
    every: bpy.props.BoolProperty(**ALL_SELECTED)
    variations: bpy.props.IntProperty(**VARIATIONS, min=1, max=LIMITS.variations_max)
    review: bpy.props.BoolProperty(**REVIEW)
    keying: bpy.props.EnumProperty(**KEYING)
    key_step: bpy.props.IntProperty(**KEY_STEP, min=1)
    key_distance: bpy.props.FloatProperty(**KEY_DISTANCE, min=1e-5)
    key_angle: bpy.props.FloatProperty(**KEY_ANGLE, min=1e-4)
    destination: bpy.props.EnumProperty(**DESTINATION)
    part: bpy.props.EnumProperty(**BODY_PART)
    fade: bpy.props.IntProperty(**BLEND_FRAMES, min=0)
    carrier: bpy.props.EnumProperty(**ROOT_MOTION)
    limbs: bpy.props.EnumProperty(**LIMBS)
    in_place: bpy.props.BoolProperty(**IN_PLACE)
    plant_feet: bpy.props.BoolProperty(**MATCH_FOOT_CONTACTS)
    ground: bpy.props.FloatProperty(**GROUND)
    where_it_stands: bpy.props.BoolProperty(**CONTINUE_FROM_POSE)
    asset: bpy.props.BoolProperty(**MARK_AS_ASSET)
    armature: bpy.props.PointerProperty(
        name="Armature",
        description="The armature that the motion is for; the active one if empty",
        type=bpy.types.Object,
        poll=_is_armature_in_scene,
    )
    speed: bpy.props.FloatProperty(
        name="Speed",
        description="How many times as fast as it was generated the motion is sampled again",
        default=1.0,
        soft_min=LIMITS.speed_min,
        soft_max=LIMITS.speed_max,
        step=10,
        precision=2,
    )
    part_start: bpy.props.FloatProperty(
        name="From",
        description="Seconds into the motion, as it was generated, at which the part begins",
        soft_min=0.0,
        soft_max=LIMITS.seconds_max,
        step=10,
        precision=2,
    )
    part_end: bpy.props.FloatProperty(
        name="To",
        description="Seconds into the motion at which the part ends; 0 for the motion's end",
        soft_min=0.0,
        soft_max=LIMITS.seconds_max,
        step=10,
        precision=2,
    )
    feet_again: bpy.props.EnumProperty(
        name="Planted Feet",
        description="Whether planted feet are held where they stand",
        items=FOOT_LOCK_ITEMS,
    )
    # A name: a pointer would be the action's only user, and take the action with it when changed.
    blend_with: bpy.props.StringProperty(
        name="Blend With",
        description="An action with another generated motion",
        search=search_generated_actions,
    )
    share: bpy.props.FloatProperty(
        name="Share",
        description="How much of the other motion: 0 is the armature's, 1 the other",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    resample_fps: bpy.props.FloatProperty(**RESAMPLE_FPS, min=0.0)
    resample_slow: bpy.props.FloatProperty(**TIME_SCALE)
    resample_holds: bpy.props.EnumProperty(**HOLDS)
    resample_bound: bpy.props.FloatProperty(**MAX_ERROR, min=0.0)
    resample_exact: bpy.props.BoolProperty(**EXACT)


def _progress(_manager: Any) -> float:
    job = session.queue.current
    return 100.0 * progress_fraction(job) if job else 0.0


def register() -> None:
    """Add the settings to every scene."""
    scene: Any = bpy.types.Scene
    scene.anyframe = bpy.props.PointerProperty(type=AnyframeSettings)
    # A slider that only shows: before 4.0 there is no progress bar.
    manager: Any = bpy.types.WindowManager
    manager.anyframe_progress = bpy.props.FloatProperty(
        name="Progress", subtype="PERCENTAGE", min=0.0, max=100.0, precision=0, get=_progress
    )


def unregister() -> None:
    """Take the settings away from Blender; their values stay in the file."""
    scene: Any = bpy.types.Scene
    manager: Any = bpy.types.WindowManager
    del manager.anyframe_progress
    del scene.anyframe
