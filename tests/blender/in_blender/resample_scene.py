"""What the checks of *Resample Take* share: a motion in a few keys, and what must stay of it."""

import math

import addon
import bpy
import numpy as np

ops = bpy.ops.anyframe
RATE = 24 / 1.001
KEYS = (10, 14, 20, 21, 22, 29)
SLOTS = bpy.app.version >= (4, 4, 0)


def character():
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def turn(name, frame, *angles, mode="QUATERNION"):
    """Key a bone's rotation, from Euler angles."""
    bone = character().pose.bones[name]
    bone.rotation_mode = "XYZ"
    bone.rotation_euler = angles
    bone.keyframe_insert("rotation_euler", frame=frame)
    if mode == "QUATERNION":
        quaternion = bone.rotation_euler.to_quaternion()
        bone.keyframe_delete("rotation_euler", frame=frame)
        bone.rotation_mode = mode
        bone.rotation_quaternion = quaternion
        bone.keyframe_insert("rotation_quaternion", frame=frame)


def place(name, frame, *where):
    bone = character().pose.bones[name]
    bone.location = where
    bone.keyframe_insert("location", frame=frame)


def posed():
    """A motion in a few keys, and much beside it that is none of the body's."""
    armature = character()
    for n, frame in enumerate(KEYS):
        place("pelvis", frame, 0.1 * n, 0.02 * math.sin(n), 0.3 * n)
        turn("pelvis", frame, 0.1 * n, 0.4 * n, 0.0)
        turn("left_shoulder", frame, 0.2, math.sin(n), 0.3 * n, mode="XYZ")
        turn("right_knee", frame, 0.3 * n, 0.0, 0.0)
    turn("spine2", KEYS[0], 0.0, 0.1, 0.0)
    turn("spine2", KEYS[1], 0.4, -0.1, 0.0)
    turn("spine2", KEYS[-1], -0.4, 0.1, 0.2)
    turn("left_hand", 11, 0.3, 0.2, 0.1)
    turn("left_hand", 23, 0.0, 0.9, 0.1)
    armature["prop"] = 0.0
    armature.keyframe_insert('["prop"]', frame=12)
    armature["prop"] = 3.0
    armature.keyframe_insert('["prop"]', frame=27)
    armature.keyframe_insert("location", frame=12)
    armature.animation_data.action.name = "Mine"
    return addon.keys_of(armature)


def keys_of(path, index=0):
    """(K, 2) frames and values of one curve that plays."""
    return np.array([key[:2] for key in addon.keys_of(character())[path, index]])


def bone(name, path):
    return f'pose.bones["{name}"].{path}'


def fresh():
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.ed.undo_push(message="empty")
    addon.empty_scene()
    ops.add_character()


def values_unchanged(before, after, mapped, slow=1.0, about=10.0):
    """All keys of the old curves are in the new ones, to the last bit."""
    for (path, index), keys in before.items():
        now = {np.float32(key[0]): key for key in after[path, index]}
        for key in keys:
            frame = np.float32(about + (key[0] - about) / slow)
            near = min(now, key=lambda other: abs(other - frame))
            assert abs(near - frame) < 1e-3, (path, key, sorted(now))
            assert now[near][1] == key[1], (path, index, key[1], now[near][1])
        if not mapped(path):
            assert len(after[path, index]) == len(keys), path
            if slow == 1.0:
                assert after[path, index] == keys, path


def of_body(path):
    names = ("pelvis", "left_shoulder", "right_knee", "spine2")
    return any(f'"{name}"' in path for name in names)
