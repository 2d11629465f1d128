"""Which bone plays which SMPL joint: presets as JSON data, then structure for unknown names.

A preset in ``assets/bone_maps`` names, for each part of the body, the bones that may play it. All
presets are tried; the one that fits names *and* anatomy best wins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .rest_pose import RestPose
from .skeleton import SMPL

PRESET_FOLDER = Path(__file__).parents[2] / "assets" / "bone_maps"

LIMBS: Mapping[str, tuple[str, ...]] = {
    "leg": ("hip", "knee", "ankle", "foot"),
    "arm": ("collar", "shoulder", "elbow", "wrist", "hand"),
}
"""Joints of one side from the trunk outwards, without their side."""

REQUIRED = (
    "pelvis",
    *(f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle")),
    *(f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "wrist")),
)
"""Without these a body cannot be posed."""


class MappingError(ValueError):
    """The bones cannot be matched to a human body; the text is a sentence for the user."""


@dataclass(frozen=True)
class BoneMap:
    """The bones of one rig that play SMPL joints."""

    preset: str
    """The preset's name, or "structure" where the names said nothing."""
    bones: Mapping[str, str]
    """SMPL joint name -> bone name; joints that the rig lacks are absent."""

    @property
    def missing(self) -> tuple[str, ...]:
        """SMPL joints that no bone plays."""
        return tuple(name for name in SMPL.names if name not in self.bones)

    def indices(self, rest: RestPose) -> list[int]:
        """(24,) index of the bone that plays each SMPL joint, -1 where none does."""
        where = {name: i for i, name in enumerate(rest.names)}
        return [where.get(self.bones.get(joint, ""), -1) for joint in SMPL.names]


def recognise(rest: RestPose) -> BoneMap:
    """Find the human body in a hierarchy of bones.

    Raises:
        MappingError: if neither names nor structure show two legs, two arms and a trunk.
    """
    named = [_apply_preset(preset, rest) for preset in _presets()]
    fitting = [candidate for candidate in named if _is_body(candidate, rest)]
    if fitting:
        return max(fitting, key=lambda candidate: len(candidate.bones))
    structural = _by_structure(rest)
    if structural and _is_body(structural, rest):
        return structural
    best = max(named, key=lambda candidate: len(candidate.bones))
    lacking = [name for name in REQUIRED if name not in best.bones]
    if not best.bones or not lacking:
        raise MappingError(
            f"None of the {len(rest)} bones could be matched to a human body: it needs a pelvis, "
            "two legs and two arms. Pick another armature."
        )
    raise MappingError(
        f"The bones look like {best.preset}, but no bone was found for "
        f"{', '.join(name.replace('_', ' ') for name in lacking)}."
    )


def normal_name(name: str, prefixes: Iterable[str] = ()) -> str:
    """A bone name without namespace, preset prefix, case and punctuation: 'm:Left_Leg' -> 'leftleg'."""
    name = re.split(r"[:|]", name)[-1]
    for prefix in prefixes:
        name = name.removeprefix(prefix)
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _presets() -> tuple[dict[str, Any], ...]:
    return tuple(
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(PRESET_FOLDER.glob("*.json"))
    )


def _apply_preset(preset: Mapping[str, Any], rest: RestPose) -> BoneMap:
    prefixes = preset.get("prefixes", ())
    only = re.compile(preset.get("only", ""))
    available: dict[str, str] = {}
    for name in rest.names:
        if only.search(name):
            available.setdefault(normal_name(name, prefixes), name)

    def find(names: Iterable[str]) -> str | None:
        return next((available[n] for n in map(normal_name, names) if n in available), None)

    bones: dict[str, str | None] = {
        joint: find(names) for joint, names in preset.get("centre", {}).items()
    }
    for side, spelling in preset["sides"].items():
        for joint, names in preset["limbs"].items():
            bones[f"{side}_{joint}"] = find(name.replace("{side}", spelling) for name in names)
    spine = [available[n] for n in map(normal_name, preset.get("spine", ())) if n in available]
    bones |= _spread_spine(spine)
    return BoneMap(preset["name"], {joint: bone for joint, bone in bones.items() if bone})


def _spread_spine(chain: list[str]) -> dict[str, str]:
    """SMPL's three spine joints on a chain of n bones; the last one carries the shoulders."""
    if not chain:
        return {}
    if len(chain) == 1:
        return {"spine3": chain[0]}
    if len(chain) == 2:
        return {"spine1": chain[0], "spine3": chain[1]}
    picks = np.round(np.linspace(0, len(chain) - 1, 3)).astype(int)
    return {f"spine{n + 1}": chain[i] for n, i in enumerate(picks)}


def _is_body(candidate: BoneMap, rest: RestPose) -> bool:
    """Whether all required bones are there and each limb runs outwards in the hierarchy."""
    if any(name not in candidate.bones for name in REQUIRED):
        return False
    index = {name: i for i, name in enumerate(rest.names)}
    if len(set(candidate.bones.values())) < len(candidate.bones):
        return False
    for side in ("left", "right"):
        hip, knee, ankle, shoulder, elbow, wrist = (
            rest.positions[index[candidate.bones[f"{side}_{part}"]]]
            for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
        )
        segments = (knee - hip, ankle - knee, elbow - shoulder, wrist - elbow)
        if min(float(np.linalg.norm(segment)) for segment in segments) < 1e-9:
            return False
    return True


def _by_structure(rest: RestPose) -> BoneMap | None:
    """Find legs, arms and trunk from topology and rest positions alone.

    The pelvis is the deepest bone from which two long, mirrored chains go down; the chest is the
    first bone above it where two mirrored chains go sideways.
    """
    chains = _long_chains(rest)
    if len(chains) < 4:
        return None
    tips = np.array([rest.positions[chain[-1]] for chain in chains])
    centre = rest.positions.mean(axis=0)
    up_axis = int(np.argmax(np.ptp(rest.positions, axis=0) * (1 - _lateralness(rest))))
    pairs = _mirrored_pairs(tips - centre, up_axis)
    if len(pairs) < 2:
        return None
    pairs.sort(key=lambda pair: tips[list(pair), up_axis].mean())
    legs, arms = pairs[0], pairs[-1]
    trunk = _common(chains[legs[0]], chains[legs[1]])
    if not trunk:
        return None
    pelvis = trunk[-1]
    chest_path = _common(chains[arms[0]], chains[arms[1]])
    spine = [bone for bone in chest_path if bone not in trunk]
    lateral = _lateral_axis(tips, legs, up_axis)
    forward = _forward_axis(rest, chains, legs, up_axis)
    left_sign = float(np.sign(np.cross(np.eye(3)[up_axis], forward)[lateral]))

    bones: dict[str, str] = {"pelvis": rest.names[pelvis]}
    bones |= _spread_spine([rest.names[bone] for bone in spine])
    for pair, parts, base in ((legs, LIMBS["leg"], trunk), (arms, LIMBS["arm"], chest_path)):
        for chain_index in pair:
            side = "left" if (tips[chain_index] - centre)[lateral] * left_sign > 0 else "right"
            limb = _limb_joints(rest, [b for b in chains[chain_index] if b not in base])
            if len(limb) < 3:
                return None
            # Three bones are hip-knee-ankle or shoulder-elbow-wrist; a collar needs one more.
            names = parts if parts[0] == "hip" or len(limb) > 3 else parts[1:]
            bones |= {f"{side}_{n}": rest.names[b] for n, b in zip(names, limb, strict=False)}
    head = [c for c in chains if not set(c[-1:]) & {chains[i][-1] for i in (*legs, *arms)}]
    above = [c for c in head if spine and spine[-1] in c]
    if above:
        neck = [b for b in max(above, key=len) if b not in chest_path]
        bones |= {n: rest.names[b] for n, b in zip(("neck", "head"), neck, strict=False)}
    return BoneMap("structure", bones)


def _long_chains(rest: RestPose) -> list[list[int]]:
    """Root-to-leaf paths; of the leaves that share a hand or foot, the longest path only."""
    leaves = [i for i in range(len(rest)) if not rest.children(i)]
    paths = [[*reversed(rest.ancestors(leaf)), leaf] for leaf in leaves]
    reach = np.linalg.norm(np.ptp(rest.positions, axis=0))
    kept: list[list[int]] = []
    for path in sorted(paths, key=lambda p: -float(np.linalg.norm(rest.positions[p[-1]]))):
        tip = rest.positions[path[-1]]
        if all(np.linalg.norm(tip - rest.positions[other[-1]]) > 0.13 * reach for other in kept):
            kept.append(path)
    return kept


def _lateralness(rest: RestPose) -> np.ndarray:
    """(3,) for each axis how mirror-symmetric the bones are across it, 0 to 1."""
    centred = rest.positions - np.median(rest.positions, axis=0)
    scale = np.linalg.norm(np.ptp(rest.positions, axis=0)) + 1e-9
    scores = []
    for axis in range(3):
        mirrored = centred.copy()
        mirrored[:, axis] *= -1
        gap = np.linalg.norm(centred[:, None] - mirrored[None], axis=-1).min(axis=1).mean()
        scores.append(np.ptp(centred[:, axis]) / scale * np.exp(-gap / (0.02 * scale)))
    return np.array(scores)


def _mirrored_pairs(tips: np.ndarray, up_axis: int) -> list[tuple[int, int]]:
    reach = np.linalg.norm(np.ptp(tips, axis=0))
    pairs: list[tuple[int, int]] = []
    for i in range(len(tips)):
        for j in range(i + 1, len(tips)):
            difference = tips[i] - tips[j]
            sideways = np.delete(difference, up_axis)
            level = abs(difference[up_axis]) < 0.05 * reach
            straight = np.abs(sideways).min() < 0.25 * np.abs(sideways).max()
            if level and straight and np.abs(sideways).max() > 0.05 * reach:
                pairs.append((i, j))
    return pairs


def _common(a: list[int], b: list[int]) -> list[int]:
    return [x for x, y in zip(a, b, strict=False) if x == y]


def _lateral_axis(tips: np.ndarray, legs: tuple[int, int], up_axis: int) -> int:
    difference = np.abs(tips[legs[0]] - tips[legs[1]])
    difference[up_axis] = 0
    return int(np.argmax(difference))


def _forward_axis(
    rest: RestPose, chains: list[list[int]], legs: tuple[int, int], up_axis: int
) -> np.ndarray:
    """Where the feet point: from the ankle to the last bone or tip of each leg, level."""
    forward = np.zeros(3)
    for leg in legs:
        chain = chains[leg]
        tip = rest.positions[chain[-1]]
        if rest.tips is not None and np.isfinite(rest.tips[chain[-1]]).all():
            tip = rest.tips[chain[-1]]
        forward += tip - rest.positions[chain[-2]]
    forward[up_axis] = 0
    return forward / (np.linalg.norm(forward) + 1e-9)


def _limb_joints(rest: RestPose, chain: list[int]) -> list[int]:
    """A limb's joints without bones of no length (helpers that sit where the next one does)."""
    reach = np.linalg.norm(np.ptp(rest.positions, axis=0))
    kept: list[int] = []
    for i, bone in enumerate(chain):
        following = chain[i + 1 :]
        gap = (
            np.linalg.norm(rest.positions[following[0]] - rest.positions[bone]) if following else 1
        )
        if gap > 0.01 * reach or not following:
            kept.append(bone)
    return kept
