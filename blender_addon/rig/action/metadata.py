"""Where a motion comes from, written on its action as custom properties."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.retarget.placement import GroundPose
from .root_motion import ROOT_MOTION_PROPERTIES

METADATA_PROPERTY = "anyframe"
"""The property with the whole of a take's info as JSON: what is needed to make it again."""
_EARLIER_PROPERTY, _PLACEMENT_PROPERTY = "anyframe_earlier", "anyframe_moved"
SHOWN_KEYS = ("prompt", "action", "seed", "model", "licence", "score", "note")
"""What of it is also shown by itself, each as the property "anyframe_…"."""


def write_metadata(
    action: Any, take: Take, placement: tuple[GroundPose, GroundPose], *, keep_earlier: bool = False
) -> None:
    """Write a take's info on its action, in place of any from before.

    Args:
        action: that holds it.
        take: where it comes from.
        moved: from where to where it was moved.
        beside_others: whether what the action held before still plays: then its info is kept, too,
            and so is its travel, until the new motion's is written over it.
    """
    earlier = _read_earlier(action) if keep_earlier else []
    kept = ROOT_MOTION_PROPERTIES if keep_earlier else ()
    for key in list(action.keys()):
        if (
            key == METADATA_PROPERTY or key.startswith(f"{METADATA_PROPERTY}_")
        ) and key not in kept:
            del action[key]
    if earlier:
        action[_EARLIER_PROPERTY] = json.dumps(earlier)
    action[_PLACEMENT_PROPERTY] = placement_to_numbers(placement)
    if take.metadata:
        action[METADATA_PROPERTY] = json.dumps(take.metadata)
    action["anyframe_fps"] = take.fps
    for key in SHOWN_KEYS:
        value = take.metadata.get(key)
        if isinstance(value, (str, float)):
            action[f"anyframe_{key}"] = value
        elif isinstance(value, (int, list)):
            # Blender's integers have 32 bits, a seed has 63.
            action[f"anyframe_{key}"] = str(value)


def read_placement(action: Any) -> tuple[GroundPose, GroundPose] | None:
    """From where to where the take on an action was moved; None if that is not known."""
    return placement_from_numbers(action.get(_PLACEMENT_PROPERTY))


def placement_from_numbers(numbers: Sequence[float] | None) -> tuple[GroundPose, GroundPose] | None:
    """Two spots from six numbers (x, y, heading of each); None if there are not as many.

    Equal ones are one spot twice: a take that is not moved is left as it is, to the last digit.
    """
    if numbers is None or len(numbers) != 6:
        return None
    start, to = tuple(map(float, numbers[:3])), tuple(map(float, numbers[3:]))
    spot = GroundPose(np.array(start[:2]), start[2])
    return spot, spot if start == to else GroundPose(np.array(to[:2]), to[2])


def placement_to_numbers(spots: tuple[GroundPose, GroundPose]) -> list[float]:
    """`spots_of` back."""
    return [float(number) for spot in spots for number in (*spot.position, spot.heading)]


def _read_earlier(action: Any) -> list[str]:
    """The infos, as JSON, of the takes that an action holds, the latest last."""
    kept = action.get(_EARLIER_PROPERTY)
    infos = json.loads(kept) if isinstance(kept, str) else []
    return (
        [*infos, action[METADATA_PROPERTY]]
        if isinstance(action.get(METADATA_PROPERTY), str)
        else infos
    )


def read_metadata(action: Any) -> dict[str, Any]:
    """The info of the take that an action holds; {} if it is not of Anyframe's making."""
    raw = action.get(METADATA_PROPERTY)
    try:
        info = json.loads(raw) if isinstance(raw, str) else {}
    except ValueError:
        return {}
    return info if isinstance(info, dict) else {}


def has_latent(action: Any) -> bool:
    """Whether `info_on` would give a latent; quick enough to be asked by a draw function."""
    raw = action.get(METADATA_PROPERTY) if action is not None else None
    return isinstance(raw, str) and '"latent"' in raw


def quality_notes(info: dict[str, Any]) -> list[str]:
    """Sentences for the user on how well a generated motion turned out and how new it is."""
    remarks = []
    if isinstance(info.get("note"), str):
        remarks.append(info["note"])
    elif isinstance(info.get("score"), float):
        remarks.append(f"Match with its words: {info['score']:.2f}.")
    novelty = info.get("novelty")
    if isinstance(novelty, dict):
        far, usual = novelty.get("distance"), novelty.get("typical")
        if isinstance(far, float) and isinstance(usual, float):
            remarks.append(
                f"Novelty: {far:.2f}, where recordings differ by {usual:.2f}; "
                f"nearest to “{novelty.get('nearest')}”."
            )
    return remarks
