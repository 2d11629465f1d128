"""Armatures like those of users, built from scratch; runs in Blender."""

import math
from collections.abc import Mapping
from pathlib import Path

import bpy
import numpy as np
from anyframe.backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from anyframe.backend.kinematics.math.rotations import axis_rotation
from mathutils import Matrix, Vector

MIXAMO = {
    # Bone: parent, head in centimetres; Y up, facing +Z, T-pose, legs a little apart.
    "Hips": (None, (0.0, 99.8, 0.2)),
    "Spine": ("Hips", (0.0, 109.9, -1.0)),
    "Spine1": ("Spine", (0.0, 121.6, -2.0)),
    "Spine2": ("Spine1", (0.0, 135.1, -3.2)),
    "Neck": ("Spine2", (0.0, 150.3, -4.5)),
    "Head": ("Neck", (0.0, 160.6, -1.3)),
    "HeadTop_End": ("Head", (0.0, 180.0, 3.0)),
    "LeftShoulder": ("Spine2", (6.1, 144.3, -4.2)),
    "LeftArm": ("LeftShoulder", (18.7, 143.5, -6.0)),
    "LeftForeArm": ("LeftArm", (46.1, 143.5, -6.0)),
    "LeftHand": ("LeftForeArm", (73.7, 143.5, -6.0)),
    "LeftHandIndex1": ("LeftHand", (83.0, 143.0, -3.0)),
    "LeftUpLeg": ("Hips", (9.1, 93.2, 0.0)),
    "LeftLeg": ("LeftUpLeg", (10.2, 52.6, 0.5)),
    "LeftFoot": ("LeftLeg", (11.0, 10.6, -3.8)),
    "LeftToeBase": ("LeftFoot", (13.0, 2.3, 8.6)),
    "LeftToe_End": ("LeftToeBase", (14.0, 2.3, 16.0)),
}
UNREAL = {
    # Z up, facing +X here (left is +Y), A-pose, centimetres, twist bones and five spine bones.
    "root": (None, (0.0, 0.0, 0.0)),
    "pelvis": ("root", (-1.0, 0.0, 96.8)),
    "spine_01": ("pelvis", (-0.3, 0.0, 100.0)),
    "spine_02": ("spine_01", (0.5, 0.0, 106.0)),
    "spine_03": ("spine_02", (0.8, 0.0, 113.0)),
    "spine_04": ("spine_03", (0.2, 0.0, 124.0)),
    "spine_05": ("spine_04", (-1.5, 0.0, 138.0)),
    "neck_01": ("spine_05", (-4.0, 0.0, 149.0)),
    "head": ("neck_01", (-2.0, 0.0, 159.0)),
    "clavicle_l": ("spine_05", (-2.0, 3.0, 145.0)),
    "upperarm_l": ("clavicle_l", (-5.0, 18.0, 143.5)),
    "upperarm_twist_01_l": ("upperarm_l", (-5.4, 24.0, 137.0)),
    "lowerarm_l": ("upperarm_l", (-6.3, 37.5, 122.0)),
    "lowerarm_twist_01_l": ("lowerarm_l", (-1.0, 46.0, 111.0)),
    "hand_l": ("lowerarm_l", (3.0, 54.5, 101.5)),
    "index_01_l": ("hand_l", (8.0, 57.5, 93.0)),
    "thigh_l": ("pelvis", (-0.5, 9.5, 95.0)),
    "thigh_twist_01_l": ("thigh_l", (0.0, 11.0, 75.0)),
    "calf_l": ("thigh_l", (0.5, 13.5, 53.0)),
    "foot_l": ("calf_l", (-5.0, 16.5, 12.5)),
    "ball_l": ("foot_l", (9.0, 18.0, 2.0)),
    "ik_foot_root": ("root", (0.0, 0.0, 0.0)),
    "ik_foot_l": ("ik_foot_root", (-5.0, 16.5, 12.5)),
}

Bones = Mapping[str, tuple[str | None, tuple[float, float, float]]]


def smpl(heading: float = 0.0, place: tuple[float, float] = (0.0, 0.0)) -> bpy.types.Object:
    """SMPL names, in metres, on the ground, turned and placed in armature space."""
    turn = axis_rotation("Z", heading) @ BODY_TO_WORLD
    offset = np.array([*place, 1.21])
    heads = SMPL.rest_positions @ turn.T + offset
    parents = (None if p < 0 else SMPL.names[p] for p in SMPL.parents)
    bones = {
        name: (parent, tuple(head))
        for name, parent, head in zip(SMPL.names, parents, heads, strict=True)
    }
    return make("SMPL", bones)


def mixamo(namespace: str = "mixamorig:") -> bpy.types.Object:
    """Mixamo's FBX as Blender imports it: centimetres, Y up, in a turned, scaled object."""
    bones = _mirrored(MIXAMO, lambda name: name.replace("Left", "Right"), axis=0)
    armature = make("Armature", bones, namespace=namespace)
    armature.rotation_euler = (math.pi / 2, 0.0, 0.0)
    armature.scale = (0.01, 0.01, 0.01)
    return armature


def unreal() -> bpy.types.Object:
    """Unreal's bones as Blender imports them: they do not point at their children."""
    bones = _mirrored(UNREAL, lambda name: name.removesuffix("_l") + "_r", axis=1)
    armature = make("root", bones, aimless=True)
    armature.scale = (0.01, 0.01, 0.01)
    return armature


def metarig() -> bpy.types.Object:
    """Rigify's human metarig."""
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_human_metarig_add()
    return bpy.context.object


def rigify() -> bpy.types.Object:
    """The control rig that Rigify generates from it; cached, because generating takes long."""
    cache = Path("rigify.blend").resolve()  # each run has an empty folder
    if not cache.exists():
        metarig()
        bpy.ops.pose.rigify_generate()
        bpy.context.object.name = "Rigify"
        bpy.ops.wm.save_as_mainfile(filepath=str(cache))
    else:
        bpy.ops.wm.open_mainfile(filepath=str(cache))
    return bpy.data.objects["Rigify"]


def make(
    name: str, bones: Bones, *, namespace: str = "", aimless: bool = False, rolled: bool = True
) -> bpy.types.Object:
    """An armature whose bones point at their first child, with odd rolls as in real rigs."""
    rng = np.random.default_rng(7)
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    for other in bpy.context.view_layer.objects:
        other.select_set(False)
    bpy.context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    made = {}
    size = max((float(abs(c)) for _, head in bones.values() for c in head), default=1.0)
    for bone, (parent, head) in bones.items():
        made[bone] = edit = armature.data.edit_bones.new(namespace + bone)
        edit.head = head
        children = [h for p, h in bones.values() if p == bone]
        away = [h for h in children if (Vector(h) - Vector(head)).length > 1e-3 * size]
        if aimless or not away:
            direction = rng.normal(size=3) if aimless else (0.0, 0.0, 1.0)
            edit.tail = (
                Vector(head) + 0.05 * size * Vector([float(d) for d in direction]).normalized()
            )
        else:
            edit.tail = away[0]
        if rolled:
            edit.roll = rng.uniform(-3.0, 3.0)
        if parent is not None:
            edit.parent = made[parent]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def move(armature: bpy.types.Object) -> None:
    """Give the object a transform that is not applied."""
    armature.matrix_world = (
        Matrix.Translation((3.0, -2.0, 0.5))
        @ Matrix.Rotation(2.1, 4, "Z")
        @ armature.matrix_basis
        @ Matrix.Scale(1.7, 4)
    )
    bpy.context.view_layer.update()


def _mirrored(bones: Bones, counterpart, axis: int) -> Bones:
    both = dict(bones)
    for name, (parent, head) in bones.items():
        other = counterpart(name)
        if head[axis] != 0 and other not in both:
            opposite = counterpart(parent)
            mirrored = [-c if n == axis else c for n, c in enumerate(head)]
            both[other] = (opposite if opposite in both else parent, tuple(mirrored))
    return both
