"""Errors and warnings about an armature are sentences."""

from pathlib import Path

import bpy
import numpy as np
import rig_builders
from anyframe.rig.action import fcurves
from anyframe.rig.apply import apply
from rig_measure import errors
from rig_on_actions import curves_of, put
from rig_runner import refusal
from rig_takes import tumble, walk


def check_apply_take_failure_leaves_nothing_changed():
    armature = rig_builders.smpl()
    write = fcurves.write_fcurves

    def fails(holder, channels):
        write(holder, channels[:5])
        raise MemoryError

    apply.write_fcurves = fails
    try:
        for animated in (False, True):
            if animated:
                armature.keyframe_insert("location", frame=1)
            actions = list(bpy.data.actions)
            try:
                put(armature)
            except MemoryError:
                pass
            else:
                raise AssertionError("it did not fail")
            assert list(bpy.data.actions) == actions
            assert (armature.animation_data is not None) == animated
        assert armature.animation_data.action == actions[0] and not actions[0].use_fake_user
        assert curves_of(armature)
    finally:
        apply.write_fcurves = write


def check_apply_take_invalid_input_raises_and_changes_nothing():
    armature = rig_builders.smpl()
    broken = walk(12)
    broken.poses = np.full_like(broken.poses, np.nan)
    sentences = {
        "must consist of finite numbers": lambda: put(armature, broken),
        "Blender's last": lambda: put(armature, start=1_048_570.0),
        "is not an armature": lambda: put(bpy.data.objects.new("Empty", None)),
        "has no bones": lambda: put(_bones("Nothing", {})),
        "could be matched": lambda: put(_bones("Chair", {"leg": (None, (0.0, 0.0, 1.0))})),
    }
    for words, action in sentences.items():
        sentence = refusal(action)
        assert words in sentence and sentence.endswith("."), sentence
    layer = bpy.context.view_layer
    layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    assert "is in Edit Mode. Leave it" in refusal(lambda: put(armature))
    bpy.ops.object.mode_set(mode="OBJECT")
    assert len(bpy.data.actions) == 0 and armature.animation_data is None


def _bones(name: str, bones):
    return rig_builders.make(name, bones)


def check_apply_take_linked_armature_raises_and_override_works():
    rig_builders.smpl()
    library = str(Path("library.blend").resolve())
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(library, link=True) as (_, loaded):
        loaded.objects = ["SMPL"]
    linked = loaded.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    assert "is linked from another file" in refusal(lambda: put(linked))
    override = linked.override_create(remap_local_usages=True)
    override.override_library.is_system_override = True
    assert "is a library override that is not editable" in refusal(lambda: put(override))
    override.override_library.is_system_override = False
    put(override, tumble(9, 24.0))
    assert errors(override, tumble(9, 24.0)).turns < 0.1


def check_playback_warnings_describe_disturbing_settings():
    armature = rig_builders.unreal()
    assert put(armature).warnings == ()
    armature.data.pose_position = "REST"
    armature.pose.bones["foot_l"].constraints.new("LIMIT_ROTATION")
    armature.pose.bones["root"].keyframe_insert("location", frame=1)
    notes = put(armature).warnings
    assert len(notes) == 3
    assert all(note.endswith(".") for note in notes)
    assert "rest position" in notes[0] and "“foot_l”" in notes[1] and "“root”" in notes[2]
