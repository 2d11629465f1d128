"""Where a motion comes from, written on its action as custom properties."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.retarget.placement import Spot
from .root_motion import TRAVEL_PROPERTIES

INFO = "anyframe"
"""The property with the whole of a take's info as JSON: what is needed to make it again."""
_EARLIER, _MOVED = "anyframe_earlier", "anyframe_moved"
SHOWN = ("prompt", "action", "seed", "model", "licence", "score", "note")
"""What of it is also shown by itself, each as the property "anyframe_…"."""


def describe(
    action: Any, take: Take, moved: tuple[Spot, Spot], *, beside_others: bool = False
) -> None:
    """Write a take's info on its action, in place of any from before.

    Args:
        action: that holds it.
        take: where it comes from.
        moved: from where to where it was moved.
        beside_others: whether what the action held before still plays: then its info is kept, too,
            and so is its travel, until the new motion's is written over it.
    """
    earlier = _earlier(action) if beside_others else []
    kept = TRAVEL_PROPERTIES if beside_others else ()
    for key in list(action.keys()):
        if (key == INFO or key.startswith(f"{INFO}_")) and key not in kept:
            del action[key]
    if earlier:
        action[_EARLIER] = json.dumps(earlier)
    action[_MOVED] = numbers_of(moved)
    if take.info:
        action[INFO] = json.dumps(take.info)
    action["anyframe_fps"] = take.fps
    for key in SHOWN:
        value = take.info.get(key)
        if isinstance(value, (str, float)):
            action[f"anyframe_{key}"] = value
        elif isinstance(value, (int, list)):
            # Blender's integers have 32 bits, a seed has 63.
            action[f"anyframe_{key}"] = str(value)


def moved_on(action: Any) -> tuple[Spot, Spot] | None:
    """From where to where the take on an action was moved; None if that is not known."""
    return spots_of(action.get(_MOVED))


def spots_of(numbers: Sequence[float] | None) -> tuple[Spot, Spot] | None:
    """Two spots from six numbers (x, y, heading of each); None if there are not as many.

    Equal ones are one spot twice: a take that is not moved is left as it is, to the last digit.
    """
    if numbers is None or len(numbers) != 6:
        return None
    start, to = tuple(map(float, numbers[:3])), tuple(map(float, numbers[3:]))
    spot = Spot(np.array(start[:2]), start[2])
    return spot, spot if start == to else Spot(np.array(to[:2]), to[2])


def numbers_of(spots: tuple[Spot, Spot]) -> list[float]:
    """`spots_of` back."""
    return [float(number) for spot in spots for number in (*spot.place, spot.heading)]


def _earlier(action: Any) -> list[str]:
    """The infos, as JSON, of the takes that an action holds, the latest last."""
    kept = action.get(_EARLIER)
    infos = json.loads(kept) if isinstance(kept, str) else []
    return [*infos, action[INFO]] if isinstance(action.get(INFO), str) else infos


def info_on(action: Any) -> dict[str, Any]:
    """The info of the take that an action holds; {} if it is not of Anyframe's making."""
    raw = action.get(INFO)
    try:
        info = json.loads(raw) if isinstance(raw, str) else {}
    except ValueError:
        return {}
    return info if isinstance(info, dict) else {}


def has_latent(action: Any) -> bool:
    """Whether `info_on` would give a latent; quick enough to be asked by a draw function."""
    raw = action.get(INFO) if action is not None else None
    return isinstance(raw, str) and '"latent"' in raw


def remarks_on(info: dict[str, Any]) -> list[str]:
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
