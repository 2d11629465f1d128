"""Bones that were chosen for joints by hand, and the file that they are kept in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.kinematics.rigs.bone_map import (
    BY_HAND,
    REQUIRED,
    MappingError,
    corrected,
    read_choices,
    recognise,
    write_choices,
)
from tests.support.rigs import MIXAMO, RIGS


def test_what_was_chosen_by_hand_counts_more_than_what_was_recognised():
    found = recognise(MIXAMO.rest)
    assert corrected(found, {}, MIXAMO.rest) == found
    hand = found.bones["left_wrist"]
    changed = corrected(
        found, {"left_hand": hand, "left_wrist": MIXAMO.rest.names[-1]}, MIXAMO.rest
    )
    assert changed.bones["left_hand"] == hand
    assert changed.bones["left_wrist"] == MIXAMO.rest.names[-1]
    assert len(set(changed.bones.values())) == len(changed.bones)
    taken = corrected(found, {"neck": found.bones["head"]}, MIXAMO.rest)
    assert "head" in taken.missing


def test_a_body_can_be_chosen_wholly_by_hand():
    bones = {joint: recognise(MIXAMO.rest).bones[joint] for joint in REQUIRED}
    whole = corrected(None, bones, MIXAMO.rest)
    assert (whole.preset, dict(whole.bones)) == (BY_HAND, bones)
    del bones["left_knee"]
    with pytest.raises(MappingError, match="none for the left knee: choose"):
        corrected(None, bones, MIXAMO.rest)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"left_hip": "Gone"}, "“Gone”, chosen for the left hip, is not there"),
        ({"tail": "Hips"}, "“tail” is no joint"),
        ({"neck": "mixamorig:Head", "spine1": "mixamorig:Head"}, "for the neck and for the spine1"),
    ],
)
def test_a_choice_that_cannot_be_is_a_sentence(choice, sentence):
    names = tuple(f"mixamorig:{name.split(':')[-1]}" for name in MIXAMO.rest.names)
    rest = replace(MIXAMO.rest, names=names)
    with pytest.raises(MappingError, match=sentence):
        corrected(recognise(rest), choice, rest)


@pytest.mark.parametrize("kind", RIGS)
def test_written_choices_are_read_again(kind):
    rest = RIGS[kind].rest
    found = recognise(rest)
    choices = read_choices(write_choices(found, "mine"))
    assert choices == dict(found.bones)
    assert dict(corrected(None, choices, rest).bones) == choices


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bones": 1}', '{"bones": {"wing": "x"}}'])
def test_what_is_no_file_of_choices_is_a_sentence(text):
    with pytest.raises(MappingError, match=r"no bone map.*joints\."):
        read_choices(text)
