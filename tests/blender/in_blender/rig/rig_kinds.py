"""The kinds of rig that a motion has to look alike on, by name; runs in Blender.

Made from nothing, in the proportions, rest poses, axes, units and hierarchies that each kind has.
"""

import math
from collections.abc import Callable, Mapping

import bpy
import numpy as np
import rig_builders
from anyframe.backend.kinematics.math.rotations import axis_rotation
from mathutils import Matrix
from rig_builders import MIXAMO, Bones, make

VRM = {
    # Metres, Y up, facing +Z, T-pose; spring bones must not be mapped.
    "Root": (None, (0.0, 0.0, 0.0)),
    "J_Bip_C_Hips": ("Root", (0.0, 0.87, 0.0)),
    "J_Bip_C_Spine": ("J_Bip_C_Hips", (0.0, 0.93, 0.01)),
    "J_Bip_C_Chest": ("J_Bip_C_Spine", (0.0, 1.04, 0.01)),
    "J_Bip_C_UpperChest": ("J_Bip_C_Chest", (0.0, 1.16, -0.01)),
    "J_Bip_C_Neck": ("J_Bip_C_UpperChest", (0.0, 1.29, -0.02)),
    "J_Bip_C_Head": ("J_Bip_C_Neck", (0.0, 1.37, 0.0)),
    "J_Adj_L_FaceEye": ("J_Bip_C_Head", (0.02, 1.43, 0.02)),
    "J_Sec_Hair1_01": ("J_Bip_C_Head", (0.0, 1.5, -0.09)),
    "J_Sec_Hair2_01": ("J_Sec_Hair1_01", (0.0, 1.25, -0.13)),
    "J_Sec_Hair3_01": ("J_Sec_Hair2_01", (0.0, 0.95, -0.14)),
    "J_Sec_L_Bust1": ("J_Bip_C_UpperChest", (0.03, 1.16, 0.06)),
    "J_Sec_L_Bust2": ("J_Sec_L_Bust1", (0.06, 1.15, 0.11)),
    "J_Sec_L_CoatSkirtBack_01": ("J_Bip_C_Hips", (0.07, 0.85, -0.08)),
    "J_Sec_L_CoatSkirtBack_end_01": ("J_Sec_L_CoatSkirtBack_01", (0.09, 0.5, -0.12)),
    "J_Bip_L_Shoulder": ("J_Bip_C_UpperChest", (0.02, 1.25, -0.01)),
    "J_Bip_L_UpperArm": ("J_Bip_L_Shoulder", (0.1, 1.24, -0.02)),
    "J_Bip_L_LowerArm": ("J_Bip_L_UpperArm", (0.31, 1.24, -0.02)),
    "J_Bip_L_Hand": ("J_Bip_L_LowerArm", (0.52, 1.24, -0.02)),
    "J_Bip_L_Middle1": ("J_Bip_L_Hand", (0.6, 1.24, -0.02)),
    "J_Bip_L_Thumb1": ("J_Bip_L_Hand", (0.54, 1.23, 0.02)),
    "J_Bip_L_UpperLeg": ("J_Bip_C_Hips", (0.08, 0.83, 0.0)),
    "J_Bip_L_LowerLeg": ("J_Bip_L_UpperLeg", (0.09, 0.46, 0.0)),
    "J_Bip_L_Foot": ("J_Bip_L_LowerLeg", (0.1, 0.09, -0.03)),
    "J_Bip_L_ToeBase": ("J_Bip_L_Foot", (0.1, 0.02, 0.09)),
}
DAZ = {
    # Genesis 8: centimetres, Y up, facing +Z, A-pose, thighs and arms of two bones in line.
    "hip": (None, (0.0, 104.0, -1.0)),
    "pelvis": ("hip", (0.0, 105.0, -1.0)),
    "abdomenLower": ("hip", (0.0, 107.0, -1.0)),
    "abdomenUpper": ("abdomenLower", (0.0, 115.0, 0.0)),
    "chestLower": ("abdomenUpper", (0.0, 123.0, 0.0)),
    "chestUpper": ("chestLower", (0.0, 136.0, -2.0)),
    "lPectoral": ("chestLower", (7.0, 128.0, 8.0)),
    "neckLower": ("chestUpper", (0.0, 147.0, -5.0)),
    "neckUpper": ("neckLower", (0.0, 151.0, -3.0)),
    "head": ("neckUpper", (0.0, 155.0, -2.0)),
    "lEye": ("head", (3.0, 163.0, 5.0)),
    "lCollar": ("chestUpper", (4.0, 144.0, -3.0)),
    "lShldrBend": ("lCollar", (14.0, 143.0, -4.0)),
    "lShldrTwist": ("lShldrBend", (23.0, 134.0, -4.5)),
    "lForearmBend": ("lShldrTwist", (32.0, 125.0, -5.0)),
    "lForearmTwist": ("lForearmBend", (40.0, 117.0, -2.5)),
    "lHand": ("lForearmTwist", (48.0, 109.0, 0.0)),
    "lCarpal1": ("lHand", (49.0, 108.0, 1.5)),
    "lIndex1": ("lCarpal1", (54.0, 103.0, 4.0)),
    "lThumb1": ("lHand", (49.0, 107.0, 3.0)),
    "lThighBend": ("pelvis", (8.0, 98.0, 0.0)),
    "lThighTwist": ("lThighBend", (9.5, 77.0, 0.5)),
    "lShin": ("lThighTwist", (11.0, 56.0, 1.0)),
    "lFoot": ("lShin", (13.0, 10.0, -3.0)),
    "lMetatarsals": ("lFoot", (13.5, 6.0, 1.0)),
    "lToe": ("lMetatarsals", (14.5, 2.0, 10.0)),
}


def smpl() -> bpy.types.Object:
    """SMPL names, in metres, facing sideways in its armature."""
    return rig_builders.smpl(heading=0.9)


def mixamo_a_pose() -> bpy.types.Object:
    """Mixamo's names with an importer's namespace, arms lowered by 50 degrees."""
    bones = both_sides(hanging(MIXAMO, "LeftArm", 50.0), "Left", "Right")
    return y_up(make("Armature", bones, namespace="Hero:mixamorig1:"), 0.01)


def unreal() -> bpy.types.Object:
    """Unreal's mannequin: aimless, rolled bones, twist bones, A-pose, Z up, facing +X."""
    return rig_builders.unreal()


def vrm() -> bpy.types.Object:
    """VRoid's names and springs."""
    bones = both_sides(VRM, "_L_", "_R_")
    return y_up(make("VRM", bones, aimless=True, rolled=False), 1.0)


def daz() -> bpy.types.Object:
    """Daz Genesis 8, whose thighs and arms are split in line."""
    sided = {name for name in DAZ if name[0] == "l" and name[1].isupper()}
    bones = both_sides(DAZ, "l", "r", sided)
    return y_up(make("Genesis 8", bones), 0.01)


def on_an_empty() -> bpy.types.Object:
    """Mixamo's names, the armature turned, placed and scaled, under an empty that is, too."""
    armature = rig_builders.mixamo("")
    empty = bpy.data.objects.new("Empty", None)
    bpy.context.scene.collection.objects.link(empty)
    empty.matrix_world = (
        Matrix.Translation((1.0, 2.0, 0.3)) @ Matrix.Rotation(2.0, 4, "Z") @ Matrix.Scale(0.7, 4)
    )
    armature.parent = empty
    armature.matrix_parent_inverse = Matrix.Rotation(0.4, 4, "Y") @ Matrix.Scale(1.9, 4)
    bpy.context.view_layer.update()
    return armature


def unknown() -> bpy.types.Object:
    """Names without meaning; limbs of two bones in line, a tail, wings."""
    bones = split(MIXAMO, "LeftUpLeg", "LeftArm", "LeftForeArm")
    x, y, z = MIXAMO["Spine2"][1]
    wing = [("Spine2", (x + 5, y + 8, z - 8)), ("Left0", (x + 60, y + 35, z - 30)),
            ("Left1", (x + 130, y + 20, z - 50))]  # fmt: skip
    bones |= {f"Left{n}": link for n, link in enumerate(wing)}
    tail = [(0.0, 96.0 - 7 * n, -8.0 - 9 * n) for n in range(5)]
    bones |= {f"Tail{n}": (f"Tail{n - 1}" if n else "Hips", at) for n, at in enumerate(tail)}
    bones = both_sides(bones, "Left", "Right")
    called = {name: f"Bone.{n:03d}" for n, name in enumerate(bones)}
    nameless = {
        called[name]: (parent and called[parent], at) for name, (parent, at) in bones.items()
    }
    return y_up(make("Creature", nameless), 0.01)


def without_toes_and_collars() -> bpy.types.Object:
    """A simple biped: arms are children of the chest, feet have no toes."""
    gone = ("LeftShoulder", "LeftToeBase", "LeftToe_End", "HeadTop_End", "LeftHandIndex1")
    bones = {name: link for name, link in MIXAMO.items() if name not in gone}
    bones["LeftArm"] = ("Spine2", MIXAMO["LeftArm"][1])
    return y_up(make("Biped", both_sides(bones, "Left", "Right"), rolled=False), 0.01)


KINDS: Mapping[str, tuple[Callable[[], bpy.types.Object], str, int]] = {
    "SMPL": (smpl, "SMPL", 24),
    "Mixamo, A-pose": (mixamo_a_pose, "Mixamo / MotionBuilder", 22),
    "Unreal, rolled": (unreal, "Unreal mannequin", 22),
    "VRM": (vrm, "VRoid", 22),
    "Daz, split limbs": (daz, "Poser / Daz", 22),
    "on an empty": (on_an_empty, "Mixamo / MotionBuilder", 22),
    "unknown names": (unknown, "structure", 24),
    "no toes, collars": (without_toes_and_collars, "Mixamo / MotionBuilder", 18),
    "Rigify metarig": (rig_builders.metarig, "Rigify metarig", 22),
    "Rigify": (rig_builders.rigify, "Rigify FK controls", 22),
}
"""Name of a kind -> its builder, its preset, the number of its joints."""


def y_up(armature: bpy.types.Object, scale: float) -> bpy.types.Object:
    """Turn and scale an object so that an armature whose bones have Y up stands upright."""
    armature.rotation_euler = (math.pi / 2, 0.0, 0.0)
    armature.scale = (scale,) * 3
    bpy.context.view_layer.update()
    return armature


def both_sides(bones: Bones, left: str, right: str, sided: set[str] | None = None) -> Bones:
    """Add the right bones to a table of left and middle ones; +X is left."""
    sided = {name for name in bones if left in name} if sided is None else sided
    other = {name: name.replace(left, right, 1) for name in sided}
    mirrored = {
        other[name]: (other.get(parent, parent), (-at[0], *at[1:]))
        for name, (parent, at) in bones.items()
        if name in sided
    }
    return {**bones, **mirrored}


def hanging(bones: Bones, shoulder: str, degrees: float) -> Bones:
    """Return the same bones with the left arm lowered."""
    turned, pivot = dict(bones), np.array(bones[shoulder][1])
    down = axis_rotation("Z", -math.radians(degrees))
    below = {shoulder}
    for name, (parent, at) in bones.items():
        if parent in below:
            below.add(name)
            turned[name] = (parent, tuple(down @ (np.array(at) - pivot) + pivot))
    return turned


def split(bones: Bones, *names: str) -> Bones:
    """Return the same bones with some split in two, in line."""
    parts = dict(bones)
    for name in names:
        child = next(c for c, (parent, _) in bones.items() if parent == name)
        middle = np.mean([bones[name][1], bones[child][1]], axis=0)
        parts[f"{name}Half"] = (name, tuple(middle))
        parts[child] = (f"{name}Half", bones[child][1])
    order = sorted(parts, key=lambda name: _depth(parts, name))
    return {name: parts[name] for name in order}


def _depth(bones: Bones, name: str) -> int:
    parent = bones[name][0]
    return 0 if parent is None else 1 + _depth(bones, parent)
