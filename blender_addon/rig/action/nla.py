"""Strips of the NLA editor: those that play, and new ones on top of them."""

import math
from typing import Any

import bpy

from .blender_versions import HAS_SLOTS, Animation


def playing_strips(armature: bpy.types.Object) -> list[Any]:
    """Return the strips that play an Action, from the lowest track to the topmost."""
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
    """Add a track with one strip on top, and push down the Action that plays.

    Args:
        animation: Action of the strip, with its keys on scene frames.
        fade: Frames over which it blends in and out.
    """
    data = armature.animation_data_create()
    existing = Animation.from_data_block(armature)
    if existing is not None:
        if existing.is_playing and len(existing.channelbag.fcurves):
            frames = existing.action.frame_range
            _move_mixing(data, _new_strip(data, existing, existing.action.name, *frames))
        elif existing.action.library is None:
            existing.action.use_fake_user = True
        data.action = None
    has_strips_below = any(track.strips for track in data.nla_tracks)
    strip = _new_strip(data, animation, name, first, last)
    strip.extrapolation = "NOTHING" if has_strips_below else "HOLD"
    strip.use_auto_blend = False
    length = strip.frame_end - strip.frame_start
    if has_strips_below and fade:
        strip.blend_in = strip.blend_out = min(fade, length / 2)


def _move_mixing(data: Any, strip: Any) -> None:
    """Move the blending settings of the Action to its strip; reset them for the next Action."""
    strip.blend_type = data.action_blend_type
    strip.extrapolation = data.action_extrapolation
    if data.action_influence != 1.0:
        strip.influence = data.action_influence
        # Without this Blender resets the influence to 1. It adds an F-curve with the value.
        strip.use_animated_influence = True
    data.action_blend_type, data.action_extrapolation = "REPLACE", "HOLD"
    data.action_influence = 1.0


def _new_strip(data: Any, animation: Animation, name: str, first: float, last: float) -> Any:
    """Add a track with a strip that plays an Action on the frames of its keys."""
    track = data.nla_tracks.new()
    track.name = name
    strip = track.strips.new(name, math.floor(first), animation.action)
    if HAS_SLOTS:
        strip.action_slot = animation.slot
    strip.action_frame_start = first
    strip.action_frame_end = strip.frame_end = max(last, first + 1.0)
    strip.frame_start = first
    return strip
