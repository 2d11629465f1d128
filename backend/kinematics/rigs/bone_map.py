"""Which bone plays which SMPL joint: presets as JSON data, then structure for unknown names.

A preset in ``assets/bone_maps`` names, for each part of the body, the bones that may play it. All
presets are tried; the one that fits names *and* anatomy best wins. If none fits as it is spelt, all
are tried once more with prefixes, sides and numbers in any spelling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from ..body.skeleton import SMPL
from .bone_confidence import is_quadruped
from .bone_names import common_prefix, normalize_bone_name, split_side
from .bone_structure import assign_spine_joints, detect_body_by_structure
from .rest_pose import RestPose

BONE_MAP_FOLDER = Path(__file__).parents[3] / "assets" / "bone_maps"

REQUIRED_JOINTS = (
    "pelvis",
    *(f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle")),
    *(f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "wrist")),
)
"""Without these a body cannot be posed."""


MANUAL_PRESET = "By hand"
"""Preset of a map of which nothing was recognised."""
STRUCTURE_PRESET = "structure"
"""Preset of a map for which the names said nothing."""


class MappingError(ValueError):
    """The bones cannot be matched to a human body; the text is a sentence for the user."""


@dataclass(frozen=True)
class IkLimb:
    """The controls by which a rig's inverse kinematics pose one limb."""

    joints: tuple[str, ...]
    """SMPL joints of the limb, such as left hip, knee and ankle, and perhaps toes."""
    control: str
    """The bone that says where the limb's end is, and how it is turned."""
    pole: str
    """The bone that the middle joint points at; "" if there is none."""
    toe_control: str | None
    """The bone that turns what is beyond the end (toes); None if there is none."""
    parent: str
    """The bone that control and pole hang on, as the rig is set; "" if on nothing."""
    settings: Mapping[str, Mapping[str, float]]
    """As those of a `BoneMap`, in their place."""
    rest_controls: tuple[str, ...]
    """Further controls of the limb, which have to be at rest."""


@dataclass(frozen=True)
class BoneMap:
    """The bones of one rig that play SMPL joints."""

    preset: str
    """The preset's name, `STRUCTURE` or `BY_HAND`."""
    bones: Mapping[str, str]
    """SMPL joint name -> bone name; joints that the rig lacks are absent."""
    settings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Bone -> custom property -> value: how a control rig has to be set to follow these bones."""
    constraint_parents: Mapping[str, str] = field(default_factory=dict)
    """Bone -> bone that carries it, where constraints make that another than its parent."""
    rest_controls: tuple[str, ...] = ()
    """Other controls of the same parts of the body, which have to be at rest."""
    ik: tuple[IkLimb, ...] = ()
    """Limbs that can be posed by inverse kinematics, too."""

    @property
    def missing_joints(self) -> tuple[str, ...]:
        """SMPL joints that no bone plays."""
        return tuple(name for name in SMPL.names if name not in self.bones)

    def joint_bones(self, rest: RestPose) -> list[int]:
        """(24,) index of the bone that plays each SMPL joint, -1 where none does."""
        where = rest.bone_indices()
        return [where.get(self.bones.get(joint, ""), -1) for joint in SMPL.names]


def detect_bone_map(rest: RestPose) -> BoneMap:
    """Find the human body in a hierarchy of bones.

    Raises:
        MappingError: if neither names nor structure show two legs, two arms and a trunk, or if
            those stand on all fours.
    """
    found = _recognised(rest)
    if is_quadruped(found.bones, rest):
        looks = "" if found.preset == STRUCTURE_PRESET else f" look like {found.preset}, but"
        raise MappingError(
            f"The {len(rest)} bones{looks} stand on all fours, and only human bodies can be "
            "animated. Pick another armature."
        )
    return found


def _recognised(rest: RestPose) -> BoneMap:
    presets = [preset for preset in _presets() if not preset.get("only_to_read")]
    named = [_apply_preset(preset, rest) for preset in presets]
    for candidates in (named, (_apply_preset(preset, rest, freely=True) for preset in presets)):
        if fitting := [candidate for candidate in candidates if _is_body(candidate, rest)]:
            # A control rig also holds the bones that it moves; only its controls can be animated.
            return max(fitting, key=lambda found: (bool(found.settings), len(found.bones)))
    structural = detect_body_by_structure(rest)
    if structural:
        return BoneMap(STRUCTURE_PRESET, structural)
    best = max(named, key=lambda candidate: len(candidate.bones))
    lacking = [name for name in REQUIRED_JOINTS if name not in best.bones]
    if not best.bones or not lacking:
        raise MappingError(
            f"None of the {len(rest)} bones could be matched to a human body: it needs a pelvis, "
            "two legs and two arms. Pick another armature."
        )
    raise MappingError(
        f"The bones look like {best.preset}, but no bone was found for "
        f"{', '.join(map(_spoken, lacking))}."
    )


def detect_source_bone_map(rest: RestPose) -> BoneMap:
    """The bones that show where a body is: on a control rig not the ones that are animated.

    Raises:
        MappingError: as `recognise`.
    """
    animated = detect_bone_map(rest)
    shown_by = next((p.get("read_from") for p in _presets() if p["name"] == animated.preset), None)
    for preset in _presets():
        if preset["name"] == shown_by and _is_body(shown := _apply_preset(preset, rest), rest):
            return shown
    return animated


def override_bones(
    detected: BoneMap | None, overrides: Mapping[str, str], rest: RestPose
) -> BoneMap:
    """A map in which some joints have the bones that someone chose for them.

    Args:
        found: what was recognised; None if nothing was, and all that is needed has to be chosen.
        corrections: SMPL joint name -> bone name.
        rest: the bones.

    Raises:
        MappingError: if a chosen bone is not there, was chosen twice, or a body is not complete.
    """
    start = BoneMap(MANUAL_PRESET, {}) if detected is None else detected
    if not overrides:
        return start
    chosen: dict[str, str] = {}
    for joint, bone in overrides.items():
        if joint not in SMPL.names:
            raise MappingError(
                f"“{joint}” is no joint of the body: those are {', '.join(SMPL.names)}."
            )
        if bone not in rest.names:
            raise MappingError(
                f"The bone “{bone}”, chosen for the {_spoken(joint)}, is not there (any more): "
                "choose another, or clear the choice."
            )
        if bone in chosen:
            raise MappingError(
                f"The bone “{bone}” was chosen for the {_spoken(chosen[bone])} and for the "
                f"{_spoken(joint)}: a bone can play one of them."
            )
        chosen[bone] = joint
    # A bone that was taken for something else is that no more.
    kept = {joint: bone for joint, bone in start.bones.items() if bone not in chosen}
    bones = {**kept, **overrides}
    lacking = [name for name in REQUIRED_JOINTS if name not in bones]
    if lacking:
        raise MappingError(
            f"With the bones chosen by hand there is none for the "
            f"{', '.join(map(_spoken, lacking))}: choose those, too."
        )
    result = replace(start, bones=bones)
    if not _is_body(result, rest):
        raise MappingError(
            "With the bones chosen by hand a thigh, shin, upper arm or forearm has no length: two "
            "of its bones sit in the same place."
        )
    return result


def bone_overrides_from_json(text: str) -> dict[str, str]:
    """The bones in a file of `write_choices`: SMPL joint name -> bone name.

    Raises:
        MappingError: if it is no such file.
    """
    try:
        bones = json.loads(text)["bones"]
        if all(isinstance(bone, str) and joint in SMPL.names for joint, bone in bones.items()):
            return {joint: bone for joint, bone in bones.items() if bone}
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise MappingError(
        'The file is no bone map: it must be JSON such as {"name": "My rig", "bones": '
        '{"pelvis": "Hips", "left_hip": "Thigh.L"}}, with the names of SMPL joints.'
    )


def bone_map_to_json(bone_map: BoneMap, name: str) -> str:
    """A bone map as JSON, for other armatures with the same bones; `read_choices` reads it."""
    bones = {joint: bone_map.bones[joint] for joint in SMPL.names if joint in bone_map.bones}
    return json.dumps({"name": name, "bones": bones}, indent=2, ensure_ascii=False) + "\n"


def _spoken(joint: str) -> str:
    return joint.replace("_", " ")


@cache
def _presets() -> tuple[dict[str, Any], ...]:
    return tuple(
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(BONE_MAP_FOLDER.glob("*.json"))
    )


def _apply_preset(preset: Mapping[str, Any], rest: RestPose, *, freely: bool = False) -> BoneMap:
    """The bones that a preset names, as it spells them or `freely` in any spelling."""
    of_rig, of_preset = _spellings(preset, rest, freely)
    only = re.compile(preset.get("only", ""))
    available: dict[Any, str] = {}
    # Of two bones that differ in what is left out, the one with less of it is meant.
    for name in sorted(rest.names, key=len) if freely else rest.names:
        if only.search(name):
            available.setdefault(of_rig(name), name)

    def find(names: Iterable[str]) -> str | None:
        found = [available[k] for k in map(of_preset, names) if k in available]
        # Where a limb is split into bones in line, the first of them plays the joint.
        return min(found, key=depth) if found and "split" in preset else next(iter(found), None)

    places = rest.bone_indices()

    def depth(bone: str) -> int:
        return len(rest.ancestors(places[bone]))

    bones: dict[str, str | None] = {
        joint: find(names) for joint, names in preset.get("centre", {}).items()
    }
    for side, spelling in preset["sides"].items():
        for joint, names in preset["limbs"].items():
            bones[f"{side}_{joint}"] = find(name.replace("{side}", spelling) for name in names)
    spine = [available[k] for k in map(of_preset, preset.get("spine", ())) if k in available]
    bones |= assign_spine_joints(spine)

    def on_both_sides(part: str) -> Iterator[tuple[str, Any]]:
        for spelling in preset["sides"].values():
            for name, value in preset.get(part, {}).items():
                if bone := find([name.replace("{side}", spelling)]):
                    own = value.replace("{side}", spelling) if isinstance(value, str) else value
                    yield bone, own

    return BoneMap(
        preset=preset["name"],
        bones={joint: bone for joint, bone in bones.items() if bone},
        settings=dict(on_both_sides("settings")),
        constraint_parents={
            bone: on for bone, name in on_both_sides("hung_on") if (on := find([name]))
        },
        rest_controls=tuple(bone for name in preset.get("still", ()) if (bone := find([name]))),
        ik=tuple(_ik_limbs(preset, find)),
    )


def _ik_limbs(
    preset: Mapping[str, Any], find: Callable[[Iterable[str]], str | None]
) -> Iterator[IkLimb]:
    """The limbs of a preset whose controls are all there."""
    for side, spelling in preset["sides"].items():
        for limb in preset.get("ik", ()):

            def bone(name: str | None, spelling: str = spelling) -> str | None:
                return find([name.replace("{side}", spelling)]) if name else None

            control, pole, carrier = (bone(limb[key]) for key in ("control", "pole", "carrier"))
            if control and pole and carrier:
                settings = {bone(name): dict(values) for name, values in limb["settings"].items()}
                yield IkLimb(
                    joints=tuple(f"{side}_{joint}" for joint in limb["joints"]),
                    control=control,
                    pole=pole,
                    toe_control=bone(limb.get("tip")),
                    parent=carrier,
                    settings={name: values for name, values in settings.items() if name},
                    rest_controls=tuple(found for name in limb["still"] if (found := bone(name))),
                )


_Spelling = Callable[[str], Any]


def _spellings(preset: Mapping[str, Any], rest: RestPose, freely: bool) -> tuple[_Spelling, ...]:
    """What of a rig's name and what of a preset's name have to be the same."""
    if not freely:
        prefixes = preset.get("prefixes", ())
        return (lambda name: normalize_bone_name(name, prefixes)), normalize_bone_name
    own = [*preset["centre"].values(), *preset["limbs"].values()]
    prefixes = common_prefix(rest.names), common_prefix([names[0] for names in own])
    return tuple(partial(split_side, prefix=prefix) for prefix in prefixes)


def _is_body(candidate: BoneMap, rest: RestPose) -> bool:
    """Whether all required bones are there, each once, and the limbs have a length."""
    if any(name not in candidate.bones for name in REQUIRED_JOINTS):
        return False
    index = rest.bone_indices()
    if len(set(candidate.bones.values())) < len(candidate.bones):
        return False
    for side in ("left", "right"):
        hip, knee, ankle, shoulder, elbow, wrist = (
            rest.positions[index[candidate.bones[f"{side}_{part}"]]]
            for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
        )
        segments = (knee - hip, ankle - knee, elbow - shoulder, wrist - elbow)
        if not np.linalg.norm(segments, axis=-1).min() > 1e-9:
            return False
    return True
