"""Metadata of a take, stored on its Action as custom properties."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.retarget.placement import GroundPose
from .root_motion import ROOT_MOTION_PROPERTIES

METADATA_PROPERTY = "anyframe"
"""Property with the whole metadata of a take as JSON, from which the take can be made again."""
SHOWN_KEYS = ("prompt", "action", "seed", "model", "licence", "score", "note")
"""Metadata that is also stored as a property of its own, "anyframe_…", for the user to read."""

_EARLIER_PROPERTY, _PLACEMENT_PROPERTY = "anyframe_earlier", "anyframe_moved"


def write_metadata(
    action: Any, take: Take, placement: tuple[GroundPose, GroundPose], *, keep_earlier: bool = False
) -> None:
    """Write the metadata of a take on its Action, in place of any that is there.

    Args:
        placement: Ground pose in the take, and the one to which it was moved.
        keep_earlier: Also keep the metadata of the motions that the Action held before, and their
            root motion until that of the new motion overwrites it.
    """
    stored, latest = action.get(_EARLIER_PROPERTY), action.get(METADATA_PROPERTY)
    earlier = json.loads(stored) if keep_earlier and isinstance(stored, str) else []
    if keep_earlier and isinstance(latest, str):
        earlier.append(latest)
    preserved = ROOT_MOTION_PROPERTIES if keep_earlier else ()
    for key in list(action.keys()):
        is_ours = key == METADATA_PROPERTY or key.startswith(f"{METADATA_PROPERTY}_")
        if is_ours and key not in preserved:
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
    """Return the ground pose in the take and the one to which it was moved; None if unknown."""
    return placement_from_numbers(action.get(_PLACEMENT_PROPERTY))


def placement_from_numbers(numbers: Sequence[float] | None) -> tuple[GroundPose, GroundPose] | None:
    """Return two ground poses from six numbers (x, y, heading of each); None without six.

    Equal ground poses are one object: then the take stays as it is, to the last bit.
    """
    if numbers is None or len(numbers) != 6:
        return None
    source, target = tuple(map(float, numbers[:3])), tuple(map(float, numbers[3:]))
    start = GroundPose(np.array(source[:2]), source[2])
    return start, start if source == target else GroundPose(np.array(target[:2]), target[2])


def placement_to_numbers(placement: tuple[GroundPose, GroundPose]) -> list[float]:
    return [float(number) for pose in placement for number in (*pose.position, pose.heading)]


def read_metadata(action: Any) -> dict[str, Any]:
    """Return the metadata of the latest take on an Action; {} if Anyframe did not make it."""
    raw = action.get(METADATA_PROPERTY)
    try:
        metadata = json.loads(raw) if isinstance(raw, str) else {}
    except ValueError:
        return {}
    return metadata if isinstance(metadata, dict) else {}


def has_latent(action: Any) -> bool:
    """Check quickly, for draw functions, whether `read_metadata` contains a latent."""
    raw = action.get(METADATA_PROPERTY) if action is not None else None
    return isinstance(raw, str) and '"latent"' in raw


def quality_notes(metadata: dict[str, Any]) -> list[str]:
    """Return sentences for the user on the text match and the novelty of a generated motion."""
    notes = []
    if isinstance(metadata.get("note"), str):
        notes.append(metadata["note"])
    elif isinstance(metadata.get("score"), float):
        notes.append(f"Match with its words: {metadata['score']:.2f}.")
    novelty = metadata.get("novelty")
    if isinstance(novelty, dict):
        distance, typical = novelty.get("distance"), novelty.get("typical")
        if isinstance(distance, float) and isinstance(typical, float):
            notes.append(
                f"Novelty: {distance:.2f}, where recordings differ by {typical:.2f}; "
                f"nearest to “{novelty.get('nearest')}”."
            )
    return notes
