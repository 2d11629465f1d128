"""What a motion must be for it to be resampled, and its curves for others to be merged into them.

All of it is looked at before any change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.math.rotations import Array
from ..action.existing_motion import FCurveMap
from ..action.fcurves import LAST_FRAME, OBJECT
from ..errors import RigError
from ..read.animation_source import SAME_FRAME_TOLERANCE, AnimationSource, read_key_points

_VALUE_TOLERANCE = 1e-7
"""By how much values may differ and be the same."""
_RATE_TOLERANCE = 1e-3
"""Share by which a rate may be below another and be the same."""
_BAKE_HINT = "Bake the curve, or mute its modifier, in the Graph Editor."


def check_body_is_keyed(
    armature: bpy.types.Object, source: AnimationSource, body_curves: FCurveMap, frames: Array
) -> None:
    """Raise RigError if there is no motion in keys.

    Args:
        armature: whose they are.
        source: that has them.
        mine: the curves of the body.
        frames: (K,) on which these have keys.
    """
    if not body_curves:
        others = sorted({bone for bone, _, _ in source.keyed_curves() if bone})
        if others:
            raise RigError(
                f"“{source.name}” keys no bone of the body that was found in “{armature.name}”, "
                f"but others, such as “{others[0]}”. Choose the bones that are keyed in the panel "
                "Bones."
            )
        raise RigError(f"“{source.name}” has no keys on bones of “{armature.name}”.")
    if len(frames) < 2:
        raise RigError(
            f"“{source.name}” has keys on one frame only, so there is nothing between them. Set "
            "keys on at least two."
        )
    if all(
        np.ptp(read_key_points(curve, "co")[:, 1]) < _VALUE_TOLERANCE
        for curve in body_curves.values()
    ):
        raise RigError(
            f"Nothing moves in “{source.name}”: all keys of the body have the same values. Choose "
            "an action with a motion."
        )


def check_no_modifiers(curves: FCurveMap, frames: Array) -> None:
    """Raise RigError if a curve shows something else than its keys, on frames (K,)."""
    for curve, modifier, told in _active_modifiers(curves):
        keys = read_key_points(curve, "co")[:, 0]
        whole = np.abs(keys[[0, -1]] - frames[[0, -1]]).max() <= SAME_FRAME_TOLERANCE
        if modifier.type == "CYCLES" and whole:
            continue
        raise RigError(f"{told}, so its keys do not say how it moves. {_BAKE_HINT}")


def check_curves_mergeable(curves: FCurveMap) -> None:
    """Raise RigError if keys added to a curve would change it on other frames as well."""
    for _, _, told in _active_modifiers(curves):
        raise RigError(
            f"{told}, so keys added to its curve would change it on other frames, too. {_BAKE_HINT}"
        )


def _active_modifiers(curves: FCurveMap) -> Iterator[tuple[Any, Any, str]]:
    """Each curve with each modifier of it that is not muted, and how a sentence on them begins."""
    for (bone, path, _), curve in curves.items():
        whose = f"the bone “{bone}”" if bone != OBJECT else "the armature object"
        for modifier in curve.modifiers:
            if not modifier.mute:
                kind = modifier.type.replace("FNGENERATOR", "BUILT-IN FUNCTION").title()
                what = path.replace("_", " ")
                yield curve, modifier, f"A modifier ({kind}) changes the {what} of {whose}"


def check_rate_increases(name: str, key_rate: float, fps: float, time_scale: float) -> None:
    """Raise RigError if there is nothing to fill in.

    Args:
        name: of the motion.
        there: its keys per second.
        fps: keys per second that it is to have,
        slow: played so many times as fast.
    """
    if key_rate * time_scale > fps * (1 + _RATE_TOLERANCE):
        slowly = f", played {time_scale:g} times as fast," if time_scale != 1.0 else ""
        raise RigError(
            f"The frame rate must be at least the {key_rate * time_scale:.4g} keys per second of "
            f"“{name}”{slowly} (got {fps:.4g} fps). Choose a higher rate, or turn on Exact to thin "
            "out the keys."
        )


def check_can_retime(source: AnimationSource, time_scale: float) -> None:
    """Raise RigError if something else has the say in how fast it plays."""
    if source.strip is not None and time_scale != 1.0:
        raise RigError(
            f"The strip “{source.strip.name}” is not retimed here: set its Playback Scale in the "
            "NLA editor, and resample it with a Time Scale of 1."
        )


def check_last_frame(frames: Array) -> None:
    """Raise RigError if Blender has no such frames."""
    if not (np.abs(frames) <= LAST_FRAME).all():
        raise RigError(f"The motion would end after frame {LAST_FRAME:,}, Blender's last.")
