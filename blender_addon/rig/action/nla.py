"""A motion as a strip in the NLA editor, above what played so far."""

from __future__ import annotations

import math
from typing import Any

import bpy

from .blender_versions import HAS_SLOTS, Animation


def playing_strips(armature: bpy.types.Object) -> list[Any]:
    """The strips of an armature that play an action, from the lowest track to the topmost."""
    data: Any = armature.animation_data
    if data is None or not data.use_nla:
        return []
    solo = [track for track in data.nla_tracks if track.is_solo]
    tracks = solo or [track for track in data.nla_tracks if not track.mute]
    return [
        strip
        for track in tracks
        for strip in track.strips
        if strip.type == "CLIP" and not strip.mute and strip.action is not None
    ]


def add_strip(
    armature: bpy.types.Object,
    animation: Animation,
    name: str,
    first: float,
    last: float,
    fade: float,
) -> None:
    """Add a track with one strip on top; what the armature played is pushed down below it.

    Args:
        made: the action of the strip; its keys are on the frames where they are to play.
        first: frame of its first key.
        last: frame of its last key.
        fade: frames over which it takes over from what is below, and gives back to it.
    """
    data = armature.animation_data_create()
    before = Animation.from_data_block(armature)
    if before is not None:
        if before.is_playing and len(before.channelbag.fcurves):
            start, end = before.action.frame_range
            _copy_action_mixing(data, _new_strip(data, before, before.action.name, start, end))
        elif before.action.library is None:
            before.action.use_fake_user = True
        data.action = None
    below = any(track.strips for track in data.nla_tracks)
    strip = _new_strip(data, animation, name, first, last)
    strip.extrapolation = "NOTHING" if below else "HOLD"
    strip.use_auto_blend = False
    length = strip.frame_end - strip.frame_start
    if below and fade:
        strip.blend_in = strip.blend_out = min(fade, length / 2)


def _copy_action_mixing(data: Any, strip: Any) -> None:
    """Have a strip play as the action did that was pushed down into it.

    What an animation data-block says of that is then as on a new one, for the next action.
    """
    strip.blend_type = data.action_blend_type
    strip.extrapolation = data.action_extrapolation
    if data.action_influence != 1.0:
        strip.influence = data.action_influence
        # Without it Blender sets the influence back to 1. It makes a curve of what there is.
        strip.use_animated_influence = True
    data.action_blend_type, data.action_extrapolation = "REPLACE", "HOLD"
    data.action_influence = 1.0


def _new_strip(data: Any, animation: Animation, name: str, first: float, last: float) -> Any:
    """A new track with a strip that plays an action on the frames of its keys."""
    track = data.nla_tracks.new()
    track.name = name
    strip = track.strips.new(name, math.floor(first), animation.action)
    if HAS_SLOTS:
        strip.action_slot = animation.slot
    strip.action_frame_start, strip.action_frame_end = first, max(last, first + 1.0)
    strip.frame_end = max(last, first + 1.0)
    strip.frame_start = first
    return strip
