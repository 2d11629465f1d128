"""Checks of an animation before it is resampled."""

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ..action.existing_motion import FCurveMap
from ..action.fcurves import SAME_FRAME_TOLERANCE, read_key_points
from ..action.merging import BAKE_HINT, active_modifiers
from ..errors import RigError
from ..read.animation_source import AnimationSource

_VALUE_TOLERANCE = 1e-7
"""Metres or radians. Keys whose values differ by less are equal: F-curves have single precision."""
_RATE_TOLERANCE = 1e-3
"""Relative difference. Rates that differ by less are equal: 23.976 and 24000 / 1001."""


def check_body_is_keyed(
    armature: bpy.types.Object, source: AnimationSource, body_curves: FCurveMap, frames: Array
) -> None:
    """Raise RigError if no keys move the body.

    Args:
        body_curves: F-curves of the body.
        frames: (K,) Action frames of their keys.
    """
    if not body_curves:
        others = sorted({bone for bone, _, _ in source.keyed_curves() if bone})
        if others:
            raise RigError(
                f"“{source.name}” must key bones of the body that was found in “{armature.name}” "
                f"(it keys others, such as “{others[0]}”). Choose the keyed bones in the panel "
                "Bones."
            )
        raise RigError(f"“{source.name}” has no keys on bones of “{armature.name}”.")
    if len(frames) < 2:
        raise RigError(f"“{source.name}” must have keys on at least two frames (it has one).")
    points = [read_key_points(curve, "co") for curve in body_curves.values()]
    if all(np.ptp(point[:, 1]) < _VALUE_TOLERANCE for point in points):
        raise RigError(
            f"Nothing moves in “{source.name}”: all keys of the body have the same values. Choose "
            "an Action with a motion."
        )


def check_no_modifiers(curves: FCurveMap, frames: Array) -> None:
    """Raise RigError if a modifier changes an F-curve between the first and last of its keys.

    Args:
        frames: (K,) Action frames of their keys. A Cycles modifier repeats an F-curve that has keys
            on the first and on the last of them, and does not change it in between.
    """
    for curve, modifier, sentence in active_modifiers(curves):
        keys = read_key_points(curve, "co")[:, 0]
        spans_all = np.abs(keys[[0, -1]] - frames[[0, -1]]).max() <= SAME_FRAME_TOLERANCE
        if modifier.type != "CYCLES" or not spans_all:
            raise RigError(f"{sentence}, so its motion is not that of its keys. {BAKE_HINT}")


def check_rate_increases(name: str, key_rate: float, fps: float, time_scale: float) -> None:
    """Raise RigError if the new rate is below the rate of the keys.

    Args:
        key_rate: Keys per second of the motion.
        fps: Keys per second of the new motion.
        time_scale: Speed of the new motion relative to the old one.
    """
    rate = key_rate * time_scale
    if rate > fps * (1 + _RATE_TOLERANCE):
        speed = f", played {time_scale:g} times as fast," if time_scale != 1.0 else ""
        raise RigError(
            f"The frame rate must be at least the {rate:.4g} keys per second of “{name}”{speed} "
            f"(got {fps:.4g} fps). Choose a higher rate, or turn on Exact to thin out the keys."
        )


def check_can_retime(source: AnimationSource, time_scale: float) -> None:
    """Raise RigError if a strip, which has a speed of its own, would be retimed."""
    if source.strip is not None and time_scale != 1.0:
        raise RigError(
            f"Time Scale must be 1 for the strip “{source.strip.name}” (got {time_scale:g}). Set "
            "the strip's Playback Scale in the NLA editor instead."
        )
