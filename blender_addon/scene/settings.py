"""The panel's properties, stored in each scene."""

from typing import Any

import bpy

from ..backend.protocol.limits import LIMITS, frame_count
from ..link import session
from ..rig.action.fcurves import scene_fps
from ..rig.action.metadata import has_latent
from . import fields
from .prompt_suggestions import search_motion_labels, search_prompts
from .target import is_in_scene


def _is_armature_in_scene(settings: Any, item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE" and is_in_scene(settings.id_data, item)


def _warm_up_backend(_settings: Any, _context: bpy.types.Context) -> None:
    # The backend takes seconds to start: begin as soon as it is clear that it will be used.
    session.warm_up()


def _get_frames(settings: Any) -> int:
    return frame_count(settings.seconds, scene_fps(settings.id_data))


def _set_frames(settings: Any, frames: int) -> None:
    settings.seconds = frames / scene_fps(settings.id_data)


def search_generated_actions(_owner: Any, _context: bpy.types.Context, text: str) -> list[str]:
    """Names of Actions with a generated motion, for the `search` of a property."""
    names = (action.name for action in bpy.data.actions if has_latent(action))
    return sorted(name for name in names if text.lower() in name.lower())


class AnyframeSettings(bpy.types.PropertyGroup):
    """The properties of the panel and its sub-panels, but for lists."""

    model: bpy.props.EnumProperty(**fields.MODEL_CHOICE, update=_warm_up_backend)
    prompt: bpy.props.StringProperty(
        **fields.PROMPT,
        update=_warm_up_backend,
        search=search_prompts,
        search_options={"SUGGESTION"},
    )
    action: bpy.props.StringProperty(
        **fields.LABEL, search=search_motion_labels, search_options={"SUGGESTION"}
    )
    seconds: bpy.props.FloatProperty(**fields.SECONDS, step=50, precision=2)
    # The seconds are stored, so a new frame rate of the scene leaves the length as it is.
    frames: bpy.props.IntProperty(
        name="Frames",
        description="Length of the motion in frames of the scene",
        get=_get_frames,
        set=_set_frames,
    )
    seed: bpy.props.IntProperty(**fields.SEED)
    lock_seed: bpy.props.BoolProperty(
        name="Lock Seed", description="Keep the seed; otherwise each motion gets a new one"
    )
    originality: bpy.props.FloatProperty(**fields.ORIGINALITY, min=0.0, max=1.0, subtype="FACTOR")
    lock_feet: bpy.props.BoolProperty(**fields.FOOT_LOCK)
    loop: bpy.props.BoolProperty(**fields.LOOP)
    every: bpy.props.BoolProperty(**fields.ALL_SELECTED)
    variations: bpy.props.IntProperty(**fields.VARIATIONS, min=1, max=LIMITS.variations_max)
    review: bpy.props.BoolProperty(**fields.REVIEW)
    keying: bpy.props.EnumProperty(**fields.KEYING)
    key_step: bpy.props.IntProperty(**fields.KEY_STEP, min=1)
    key_distance: bpy.props.FloatProperty(**fields.KEY_DISTANCE, min=1e-5)
    key_angle: bpy.props.FloatProperty(**fields.KEY_ANGLE, min=1e-4)
    destination: bpy.props.EnumProperty(**fields.DESTINATION)
    part: bpy.props.EnumProperty(**fields.BODY_PART)
    fade: bpy.props.IntProperty(**fields.BLEND_FRAMES, min=0)
    carrier: bpy.props.EnumProperty(**fields.ROOT_MOTION)
    limbs: bpy.props.EnumProperty(**fields.LIMBS)
    in_place: bpy.props.BoolProperty(**fields.IN_PLACE)
    plant_feet: bpy.props.BoolProperty(**fields.MATCH_FOOT_CONTACTS)
    ground: bpy.props.FloatProperty(**fields.GROUND)
    where_it_stands: bpy.props.BoolProperty(**fields.CONTINUE_FROM_POSE)
    asset: bpy.props.BoolProperty(**fields.MARK_AS_ASSET)
    armature: bpy.props.PointerProperty(
        name="Armature",
        description="Armature that receives the motion; the active one if empty",
        type=bpy.types.Object,
        poll=_is_armature_in_scene,
    )
    speed: bpy.props.FloatProperty(**fields.SPEED, step=10, precision=2)
    part_start: bpy.props.FloatProperty(**fields.RANGE_START, step=10, precision=2)
    part_end: bpy.props.FloatProperty(**fields.RANGE_END, step=10, precision=2)
    feet_again: bpy.props.EnumProperty(**fields.FOOT_LOCK_AGAIN)
    # A name: a pointer would be the Action's only user, and take the Action with it when changed.
    blend_with: bpy.props.StringProperty(
        name="Interpolate With",
        description="An Action with another generated motion",
        search=search_generated_actions,
    )
    share: bpy.props.FloatProperty(**fields.INTERPOLATION, min=0.0, max=1.0, subtype="FACTOR")
    resample_fps: bpy.props.FloatProperty(**fields.RESAMPLE_FPS, min=0.0)
    resample_slow: bpy.props.FloatProperty(**fields.TIME_SCALE)
    resample_holds: bpy.props.EnumProperty(**fields.HOLDS)
    resample_bound: bpy.props.FloatProperty(**fields.MAX_ERROR, min=0.0)
    resample_exact: bpy.props.BoolProperty(**fields.EXACT)
