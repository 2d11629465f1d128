"""What the panel asks for, kept in each scene and saved with the file."""

from typing import Any

import bpy

from ..backend.kinematics.limits import LIMITS
from ..link import session


def _is_armature(_settings: Any, item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE"


def _prompt_typed(_settings: Any, _context: bpy.types.Context) -> None:
    # The backend takes seconds to start: begin as soon as it is clear that it will be asked.
    session.warm_up()


def _action_labels(_settings: Any, _context: bpy.types.Context, text: str) -> list[str]:
    models = session.queue.capabilities.get("models", [])
    labels = {label for model in models for label in model.get("actions", [])}
    return sorted(label for label in labels if text.lower() in label.lower())


class AnyframeSettings(bpy.types.PropertyGroup):
    """The panel's fields."""

    prompt: bpy.props.StringProperty(
        name="Prompt",
        description="What the character does, in English, such as “a person walks forward”",
        update=_prompt_typed,
    )
    action: bpy.props.StringProperty(
        name="Action",
        description="Kind of motion, in place of a prompt or along with it",
        search=_action_labels,
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
    seed: bpy.props.IntProperty(
        name="Seed",
        description="The same prompt and seed give the same motion",
        soft_min=0,
    )
    lock_seed: bpy.props.BoolProperty(
        name="Lock Seed",
        description="Keep the seed; if not locked, each motion gets a new one",
    )
    armature: bpy.props.PointerProperty(
        name="Armature",
        description="The armature that the motion is for; the active one if empty",
        type=bpy.types.Object,
        poll=_is_armature,
    )


def _progress(_manager: Any) -> float:
    job = session.queue.current
    return 100.0 * job.progress if job else 0.0


def attach() -> None:
    """Add the settings to every scene."""
    scene: Any = bpy.types.Scene
    scene.anyframe = bpy.props.PointerProperty(type=AnyframeSettings)
    # A slider that only shows: before 4.0 there is no progress bar.
    manager: Any = bpy.types.WindowManager
    manager.anyframe_progress = bpy.props.FloatProperty(
        name="Progress", subtype="PERCENTAGE", min=0.0, max=100.0, precision=0, get=_progress
    )


def detach() -> None:
    """Take the settings away from Blender; their values stay in the file."""
    scene: Any = bpy.types.Scene
    manager: Any = bpy.types.WindowManager
    del manager.anyframe_progress
    del scene.anyframe
