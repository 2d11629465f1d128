"""Match bones to SMPL joints: by presets (JSON data), then by structure for unknown names.

A preset in ``assets/bone_maps`` names the bones that may play each part of the body. The preset
that fits names *and* anatomy best wins. If none fits as spelt, all are tried again with prefixes,
sides and numbers in any spelling.
"""

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
"""Joints without which a body cannot be posed."""

_LONG_SEGMENT_ENDS = tuple(
    name for name in REQUIRED_JOINTS if name.endswith(("knee", "ankle", "elbow", "wrist"))
)


MANUAL_PRESET = "By hand"
"""Preset of a map in which every bone was chosen by the user."""
STRUCTURE_PRESET = "structure"
"""Preset of a map that was found by structure alone."""


class MappingError(ValueError):
    """The bones cannot be matched to a human body; the text is a sentence for the user."""


@dataclass(frozen=True)
class IkLimb:
    """Controls that pose one limb by the rig's inverse kinematics."""

    joints: tuple[str, ...]
    """SMPL joints of the limb, such as left hip, knee and ankle, with or without toes."""
    control: str
    """Bone that places and orients the limb's end."""
    pole: str
    """Bone that the middle joint points at; "" if there is none."""
    toe_control: str | None
    """Bone that rotates the toes beyond the end; None if there is none."""
    parent: str
    """Bone that control and pole follow with the settings of the rig; "" if none."""
    settings: Mapping[str, Mapping[str, float]]
    """Bone -> custom property -> value for this limb; replaces `BoneMap.settings`."""
    rest_controls: tuple[str, ...]
    """Further controls of the limb that have to stay at rest."""


@dataclass(frozen=True)
class BoneMap:
    """The bones of one rig that play SMPL joints."""

    preset: str
    """Name of the preset, `STRUCTURE_PRESET` or `MANUAL_PRESET`."""
    bones: Mapping[str, str]
    """SMPL joint name -> bone name; joints that the rig lacks are absent."""
    settings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Bone -> custom property -> value that makes a control rig follow these bones."""
    constraint_parents: Mapping[str, str] = field(default_factory=dict)
    """Bone -> bone that it follows through constraints instead of its parent."""
    rest_controls: tuple[str, ...] = ()
    """Other controls of the same parts of the body that have to stay at rest."""
    ik: tuple[IkLimb, ...] = ()
    """Limbs that inverse kinematics can pose instead."""

    @property
    def missing_joints(self) -> tuple[str, ...]:
        return tuple(name for name in SMPL.names if name not in self.bones)

    def joint_bones(self, rest: RestPose) -> list[int]:
        """(24,) index of the bone that plays each SMPL joint, -1 for none."""
        index = rest.bone_indices()
        return [index.get(self.bones.get(joint, ""), -1) for joint in SMPL.names]


def detect_bone_map(rest: RestPose) -> BoneMap:
    """Find the human body in a hierarchy of bones.

    Raises:
        MappingError: Neither names nor structure show two legs, two arms and a trunk, or the body
            stands on all fours.
    """
    detected = _detect_any_body(rest)
    if is_quadruped(detected.bones, rest):
        looks = "" if detected.preset == STRUCTURE_PRESET else f" look like {detected.preset}, but"
        raise MappingError(
            f"The {len(rest)} bones{looks} stand on all fours, and only human bodies can be "
            "animated. Pick another armature."
        )
    return detected


def _detect_any_body(rest: RestPose) -> BoneMap:
    presets = [preset for preset in _presets() if not preset.get("only_to_read")]
    named = [_apply_preset(preset, rest) for preset in presets]
    respelt = (_apply_preset(preset, rest, any_spelling=True) for preset in presets)
    for candidates in (named, respelt):
        if complete := [found for found in candidates if _has_complete_body(found, rest)]:
            # A control rig also contains the bones that it moves; only its controls are animated.
            return max(complete, key=lambda found: (bool(found.settings), len(found.bones)))
    if structural := detect_body_by_structure(rest):
        return BoneMap(STRUCTURE_PRESET, structural)
    best = max(named, key=lambda candidate: len(candidate.bones))
    missing = [name for name in REQUIRED_JOINTS if name not in best.bones]
    if not best.bones or not missing:
        raise MappingError(
            f"None of the {len(rest)} bones could be matched to a human body: it needs a pelvis, "
            "two legs and two arms. Pick another armature."
        )
    raise MappingError(
        f"The bones look like {best.preset}, but no bone was found for "
        f"{', '.join(map(_joint_title, missing))}."
    )


def detect_source_bone_map(rest: RestPose) -> BoneMap:
    """Find the bones to read a motion from: on a control rig, not the ones that are animated.

    Raises:
        MappingError: No body is found (see `detect_bone_map`).
    """
    animated = detect_bone_map(rest)
    source_preset = next(
        (p.get("read_from") for p in _presets() if p["name"] == animated.preset), None
    )
    for preset in _presets():
        if preset["name"] == source_preset and _has_complete_body(
            source := _apply_preset(preset, rest), rest
        ):
            return source
    return animated


def override_bones(
    detected: BoneMap | None, overrides: Mapping[str, str], rest: RestPose
) -> BoneMap:
    """Replace the bones of some joints by ones that the user chose.

    Args:
        detected: Map that was detected; None if none was, so all required joints have to be chosen.
        overrides: SMPL joint name -> bone name.

    Raises:
        MappingError: A chosen bone does not exist or was chosen twice, or the body is incomplete.
    """
    start = BoneMap(MANUAL_PRESET, {}) if detected is None else detected
    if not overrides:
        return start
    chosen: dict[str, str] = {}
    for joint, bone in overrides.items():
        if joint not in SMPL.names:
            raise MappingError(f"A joint must be one of {', '.join(SMPL.names)} (got “{joint}”).")
        if bone not in rest.names:
            raise MappingError(
                f"The bone “{bone}”, chosen for the {_joint_title(joint)}, does not exist: choose "
                "another, or clear the choice."
            )
        if bone in chosen:
            raise MappingError(
                f"The bone “{bone}” was chosen for the {_joint_title(chosen[bone])} and for the "
                f"{_joint_title(joint)}: a bone can play one of them."
            )
        chosen[bone] = joint
    # A chosen bone no longer plays the joint that it was detected for.
    bones = {joint: bone for joint, bone in start.bones.items() if bone not in chosen}
    bones |= overrides
    missing = [name for name in REQUIRED_JOINTS if name not in bones]
    if missing:
        raise MappingError(
            f"The bones chosen by hand leave no bone for the "
            f"{', '.join(map(_joint_title, missing))}: choose those, too."
        )
    result = replace(start, bones=bones)
    if not _has_complete_body(result, rest):
        raise MappingError(
            "With the bones chosen by hand a thigh, shin, upper arm or forearm has no length: two "
            "of its bones sit in the same place."
        )
    return result


def bone_overrides_from_json(text: str) -> dict[str, str]:
    """Read the bones (SMPL joint name -> bone name) of a file of `bone_map_to_json`.

    Raises:
        MappingError: The text is no bone map.
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
    bones = {joint: bone_map.bones[joint] for joint in SMPL.names if joint in bone_map.bones}
    return json.dumps({"name": name, "bones": bones}, indent=2, ensure_ascii=False) + "\n"


def _joint_title(joint: str) -> str:
    return joint.replace("_", " ")


@cache
def _presets() -> tuple[dict[str, Any], ...]:
    return tuple(
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(BONE_MAP_FOLDER.glob("*.json"))
    )


def _apply_preset(
    preset: Mapping[str, Any], rest: RestPose, *, any_spelling: bool = False
) -> BoneMap:
    """Find the bones that a preset names, in its spelling or in `any_spelling`."""
    rig_key, preset_key = _name_keys(preset, rest, any_spelling)
    pattern = re.compile(preset.get("only", ""))
    available: dict[Any, str] = {}
    # Of names with the same key, the shortest one wins.
    for name in sorted(rest.names, key=len) if any_spelling else rest.names:
        if pattern.search(name):
            available.setdefault(rig_key(name), name)

    def find(names: Iterable[str]) -> str | None:
        matches = [available[k] for k in map(preset_key, names) if k in available]
        # Of a limb that is split into bones in line, the first one plays the joint.
        if "split" in preset:
            matches.sort(key=lambda bone: len(rest.ancestors(index[bone])))
        return next(iter(matches), None)

    index = rest.bone_indices()

    bones: dict[str, str | None] = {
        joint: find(names) for joint, names in preset.get("centre", {}).items()
    }
    for side, spelling in preset["sides"].items():
        for joint, names in preset["limbs"].items():
            bones[f"{side}_{joint}"] = find(name.replace("{side}", spelling) for name in names)
    spine = [available[k] for k in map(preset_key, preset.get("spine", ())) if k in available]
    bones |= assign_spine_joints(spine)

    def on_both_sides(part: str) -> Iterator[tuple[str, Any]]:
        for spelling in preset["sides"].values():
            for name, value in preset.get(part, {}).items():
                if bone := find([name.replace("{side}", spelling)]):
                    is_name = isinstance(value, str)
                    yield bone, value.replace("{side}", spelling) if is_name else value

    return BoneMap(
        preset=preset["name"],
        bones={joint: bone for joint, bone in bones.items() if bone},
        settings=dict(on_both_sides("settings")),
        constraint_parents={
            bone: parent for bone, name in on_both_sides("hung_on") if (parent := find([name]))
        },
        rest_controls=tuple(bone for name in preset.get("still", ()) if (bone := find([name]))),
        ik=tuple(_ik_limbs(preset, find)),
    )


def _ik_limbs(
    preset: Mapping[str, Any], find: Callable[[Iterable[str]], str | None]
) -> Iterator[IkLimb]:
    for side, spelling in preset["sides"].items():
        for limb in preset.get("ik", ()):

            def bone(name: str | None, spelling: str = spelling) -> str | None:
                return find([name.replace("{side}", spelling)]) if name else None

            control, pole, parent = (bone(limb[key]) for key in ("control", "pole", "carrier"))
            if control and pole and parent:
                settings = {bone(name): dict(values) for name, values in limb["settings"].items()}
                yield IkLimb(
                    joints=tuple(f"{side}_{joint}" for joint in limb["joints"]),
                    control=control,
                    pole=pole,
                    toe_control=bone(limb.get("tip")),
                    parent=parent,
                    settings={name: values for name, values in settings.items() if name},
                    rest_controls=tuple(filter(None, map(bone, limb["still"]))),
                )


_NameKey = Callable[[str], Any]


def _name_keys(
    preset: Mapping[str, Any], rest: RestPose, any_spelling: bool
) -> tuple[_NameKey, ...]:
    """Functions that map a rig's name and a preset's name to the key by which they are compared."""
    if not any_spelling:
        prefixes = preset.get("prefixes", ())
        return (lambda name: normalize_bone_name(name, prefixes)), normalize_bone_name
    parts = [*preset["centre"].values(), *preset["limbs"].values()]
    prefixes = common_prefix(rest.names), common_prefix([names[0] for names in parts])
    return tuple(partial(split_side, prefix=prefix) for prefix in prefixes)


def _has_complete_body(candidate: BoneMap, rest: RestPose) -> bool:
    """Check that all required bones exist, each once, and that the limbs have a length."""
    if any(name not in candidate.bones for name in REQUIRED_JOINTS):
        return False
    if len(set(candidate.bones.values())) < len(candidate.bones):
        return False
    bones = candidate.joint_bones(rest)
    ends = [bones[SMPL.index(name)] for name in _LONG_SEGMENT_ENDS]
    starts = [bones[SMPL.parents[SMPL.index(name)]] for name in _LONG_SEGMENT_ENDS]
    lengths = np.linalg.norm(rest.positions[ends] - rest.positions[starts], axis=-1)
    return bool(lengths.min() > 1e-9)
