"""Bone overrides and their file."""

from dataclasses import replace

import pytest

from backend.kinematics.rigs.bone_map import (
    MANUAL_PRESET,
    REQUIRED_JOINTS,
    MappingError,
    bone_map_to_json,
    bone_overrides_from_json,
    detect_bone_map,
    override_bones,
)
from tests.support.rigs import MIXAMO, RIGS


def test_override_bones_replaces_detected_bones():
    found = detect_bone_map(MIXAMO.rest)
    assert override_bones(found, {}, MIXAMO.rest) == found
    hand = found.bones["left_wrist"]
    changed = override_bones(
        found, {"left_hand": hand, "left_wrist": MIXAMO.rest.names[-1]}, MIXAMO.rest
    )
    assert changed.bones["left_hand"] == hand
    assert changed.bones["left_wrist"] == MIXAMO.rest.names[-1]
    assert len(set(changed.bones.values())) == len(changed.bones)
    taken = override_bones(found, {"neck": found.bones["head"]}, MIXAMO.rest)
    assert "head" in taken.missing_joints


def test_override_bones_without_detected_map_needs_all_joints():
    bones = {joint: detect_bone_map(MIXAMO.rest).bones[joint] for joint in REQUIRED_JOINTS}
    whole = override_bones(None, bones, MIXAMO.rest)
    assert (whole.preset, dict(whole.bones)) == (MANUAL_PRESET, bones)
    del bones["left_knee"]
    with pytest.raises(MappingError, match="no bone for the left knee: choose"):
        override_bones(None, bones, MIXAMO.rest)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"left_hip": "Gone"}, "“Gone”, chosen for the left hip, does not exist"),
        ({"tail": "Hips"}, "got “tail”"),
        ({"neck": "mixamorig:Head", "spine1": "mixamorig:Head"}, "for the neck and for the spine1"),
    ],
)
def test_override_bones_with_invalid_choice_raises(choice, sentence):
    names = tuple(f"mixamorig:{name.split(':')[-1]}" for name in MIXAMO.rest.names)
    rest = replace(MIXAMO.rest, names=names)
    with pytest.raises(MappingError, match=sentence):
        override_bones(detect_bone_map(rest), choice, rest)


@pytest.mark.parametrize("kind", RIGS)
def test_bone_map_to_json_then_read_gives_the_same_bones(kind):
    rest = RIGS[kind].rest
    found = detect_bone_map(rest)
    choices = bone_overrides_from_json(bone_map_to_json(found, "mine"))
    assert choices == dict(found.bones)
    assert dict(override_bones(None, choices, rest).bones) == choices


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bones": 1}', '{"bones": {"wing": "x"}}'])
def test_bone_overrides_from_invalid_json_raises(text):
    with pytest.raises(MappingError, match=r"no bone map.*joints\."):
        bone_overrides_from_json(text)
