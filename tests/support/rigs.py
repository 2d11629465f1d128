"""Rest poses of the kinds of rig that people have, made up here: centimetres, Y up, facing +Z."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.math.rotations import Array
from backend.kinematics.rigs.bone_structure import assign_spine_joints
from backend.kinematics.rigs.rest_pose import RestPose

Bone = tuple[str, str, tuple[float, float, float]]
"""Name, parent ('' for none) and position. Of '{side}' bones the left one; +X is left."""


@dataclass(frozen=True)
class Rig:
    """A rest pose and the joint that each of its bones plays."""

    preset: str
    rest: RestPose
    plays: Mapping[str, str]


def rig(
    preset: str,
    sides: tuple[str, str],
    bones: Iterable[Bone],
    centre: Mapping[str, str],
    spine: Sequence[str],
    limbs: Mapping[str, str],
    tips: Mapping[str, tuple[float, float, float]] | None = None,
) -> Rig:
    """Both sides of a table of bones; `tips` are offsets of bone ends, of the left side too."""
    names: list[str] = []
    parents: list[str] = []
    positions: list[Array] = []
    ends: list[Array] = []
    for name, parent, position in bones:
        sided = "{side}" in name
        for side, mirror in zip(sides, (1, -1), strict=True) if sided else [("", 1)]:
            names.append(name.replace("{side}", side))
            parents.append(parent.replace("{side}", side))
            positions.append(np.array(position) * [mirror, 1, 1])
            offset = np.array((tips or {}).get(name, (np.nan,) * 3))
            ends.append(positions[-1] + offset * [mirror, 1, 1])
    rest = RestPose(
        names=tuple(names),
        parents=tuple(names.index(parent) if parent else -1 for parent in parents),
        positions=np.array(positions, dtype=float),
        rotations=np.broadcast_to(np.eye(3), (len(names), 3, 3)).copy(),
        tails=np.array(ends),
    )
    plays = dict(centre) | assign_spine_joints(list(spine))
    for side, spelling in zip(("left", "right"), sides, strict=True):
        plays |= {f"{side}_{joint}": b.replace("{side}", spelling) for joint, b in limbs.items()}
    return Rig(preset, rest, plays)


def _fingers(pattern: str, hand: str, fingers: Sequence[str], joints: int) -> list[Bone]:
    """Fingers of the left hand that lies at x = 71, y = 145, with a thumb first."""
    bones: list[Bone] = []
    for n, finger in enumerate(fingers):
        parent = hand
        for joint in range(1, joints + 1):
            name = pattern.replace("{finger}", finger).replace("{joint}", str(joint))
            reach = 3.0 if n == 0 else 9.0 - 0.4 * abs(n - 2)
            x = 71.0 + reach + 3.2 * (joint - 1)
            bones.append((name, parent, (x, 145.0 - 0.5 * joint, 4.0 - 2.2 * n)))
            parent = name
    return bones


_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")

SMPL_RIG = Rig(
    "SMPL",
    RestPose(
        SMPL.names, SMPL.parents, SMPL.rest_positions, np.broadcast_to(np.eye(3), (24, 3, 3)).copy()
    ),
    {name: name for name in SMPL.names},
)

_HUMANOID_LIMBS = {
    "hip": "{side}UpLeg",
    "knee": "{side}Leg",
    "ankle": "{side}Foot",
    "foot": "{side}ToeBase",
    "collar": "{side}Shoulder",
    "shoulder": "{side}Arm",
    "elbow": "{side}ForeArm",
    "wrist": "{side}Hand",
}

MIXAMO = rig(
    "Mixamo / MotionBuilder",
    ("Left", "Right"),
    [
        ("Hips", "", (0, 100, 0)),
        ("Spine", "Hips", (0, 110, -1)),
        ("Spine1", "Spine", (0, 122, -1.5)),
        ("Spine2", "Spine1", (0, 135, -2)),
        ("Neck", "Spine2", (0, 150, -2)),
        ("Head", "Neck", (0, 159, 1)),
        ("HeadTop_End", "Head", (0, 178, 4)),
        ("{side}Eye", "Head", (3.2, 167, 9)),
        ("{side}Shoulder", "Spine2", (6, 146, -2)),
        ("{side}Arm", "{side}Shoulder", (18, 145, -3)),
        ("{side}ForeArm", "{side}Arm", (45, 145, -3.5)),
        ("{side}Hand", "{side}ForeArm", (71, 145, -3)),
        *_fingers("{side}Hand{finger}{joint}", "{side}Hand", _FINGERS, 4),
        ("{side}UpLeg", "Hips", (9, 94, 0)),
        ("{side}Leg", "{side}UpLeg", (9.5, 52, 0.5)),
        ("{side}Foot", "{side}Leg", (9.5, 9, -2)),
        ("{side}ToeBase", "{side}Foot", (9.5, 2, 10)),
        ("{side}Toe_End", "{side}ToeBase", (9.5, 1.5, 17)),
    ],
    {"pelvis": "Hips", "neck": "Neck", "head": "Head"},
    ["Spine", "Spine1", "Spine2"],
    _HUMANOID_LIMBS,
)

LAFAN = rig(
    "Mixamo / MotionBuilder",
    ("Left", "Right"),
    [
        ("Hips", "", (0, 93, 0)),
        ("{side}UpLeg", "Hips", (10.5, 91, 0)),
        ("{side}Leg", "{side}UpLeg", (10.5, 47.5, 0.3)),
        ("{side}Foot", "{side}Leg", (10.5, 5.5, -2)),
        ("{side}Toe", "{side}Foot", (10.5, 1, 13)),
        ("Spine", "Hips", (0, 100, -2)),
        ("Spine1", "Spine", (0, 112.5, -2)),
        ("Spine2", "Spine1", (0, 124.5, -2)),
        ("Neck", "Spine2", (0, 150, -2)),
        ("Head", "Neck", (0, 162, 0)),
        ("{side}Shoulder", "Spine2", (6.5, 143.5, -2)),
        ("{side}Arm", "{side}Shoulder", (17.5, 143.5, -3)),
        ("{side}ForeArm", "{side}Arm", (50.5, 143.5, -3.5)),
        ("{side}Hand", "{side}ForeArm", (75.5, 143.5, -3)),
    ],
    {"pelvis": "Hips", "neck": "Neck", "head": "Head"},
    ["Spine", "Spine1", "Spine2"],
    _HUMANOID_LIMBS | {"foot": "{side}Toe"},
)

CMU = rig(
    "CMU (ASF names)",
    ("l", "r"),
    [
        ("root", "", (0, 100, 0)),
        ("{side}hipjoint", "root", (0, 100, 0)),
        ("{side}femur", "{side}hipjoint", (8, 90, 4.7)),
        ("{side}tibia", "{side}femur", (22, 52, 4.7)),
        ("{side}foot", "{side}tibia", (36.5, 12, 4.7)),
        ("{side}toes", "{side}foot", (37.4, 9.5, 18)),
        ("lowerback", "root", (0, 100, 0)),
        ("upperback", "lowerback", (0, 111.5, -1)),
        ("thorax", "upperback", (0, 123, -1.3)),
        ("lowerneck", "thorax", (0, 134.7, -1)),
        ("upperneck", "lowerneck", (-0.3, 144.5, 0)),
        ("head", "upperneck", (0, 154.5, -0.7)),
        ("{side}clavicle", "thorax", (0, 134.7, -1)),
        ("{side}humerus", "{side}clavicle", (20, 141.5, -2.7)),
        ("{side}radius", "{side}humerus", (48, 141.5, -2.7)),
        ("{side}wrist", "{side}radius", (66, 141.5, -2.7)),
        ("{side}hand", "{side}wrist", (75, 141.5, -2.7)),
        ("{side}fingers", "{side}hand", (79, 141.5, -2.7)),
        ("{side}thumb", "{side}wrist", (75, 141.5, -2.7)),
    ],
    {"pelvis": "root", "neck": "lowerneck", "head": "head"},
    ["lowerback", "upperback", "thorax"],
    {
        "hip": "{side}femur",
        "knee": "{side}tibia",
        "ankle": "{side}foot",
        "foot": "{side}toes",
        "collar": "{side}clavicle",
        "shoulder": "{side}humerus",
        "elbow": "{side}radius",
        "wrist": "{side}wrist",
        "hand": "{side}hand",
    },
    {"{side}toes": (0, 0, 7), "{side}fingers": (3, 0, 0), "head": (0, 10, 0)},
)

DAZ = rig(
    "Poser / Daz",
    ("l", "r"),
    [
        ("hip", "", (0, 98, 0)),
        ("abdomen", "hip", (0, 118.7, -0.7)),
        ("chest", "abdomen", (0, 130.4, -1.2)),
        ("neck", "chest", (0, 152.6, -3.4)),
        ("head", "neck", (0, 159.6, -2.2)),
        ("{side}Eye", "head", (3.9, 167.7, 5.9)),
        ("{side}Collar", "chest", (2.7, 149.7, -6)),
        ("{side}Shldr", "{side}Collar", (11.5, 147.7, -4.6)),
        ("{side}ForeArm", "{side}Shldr", (39.6, 146, -4.1)),
        ("{side}Hand", "{side}ForeArm", (62.2, 146.8, 3)),
        *_fingers("{side}{finger}{joint}", "{side}Hand", ("Thumb", "Index", "Mid", "Ring"), 2),
        ("{side}Pinky1", "{side}Hand", (78, 145, -5)),
        ("{side}Pinky2", "{side}Pinky1", (80, 144.5, -5.7)),
        ("{side}Buttock", "hip", (8.8, 102.4, 1.2)),
        ("{side}Thigh", "{side}Buttock", (8.8, 100.7, -1)),
        ("{side}Shin", "{side}Thigh", (8.8, 63.9, -0.3)),
        ("{side}Foot", "{side}Shin", (8.1, 18.8, -5.4)),
    ],
    {"pelvis": "hip", "neck": "neck", "head": "head"},
    ["abdomen", "chest"],
    {
        "hip": "{side}Thigh",
        "knee": "{side}Shin",
        "ankle": "{side}Foot",
        "collar": "{side}Collar",
        "shoulder": "{side}Shldr",
        "elbow": "{side}ForeArm",
        "wrist": "{side}Hand",
    },
    {"{side}Foot": (1.1, -3.7, 12), "{side}Eye": (0, 0, 1), "{side}Pinky2": (1.7, -0.5, -0.6)},
)

UNREAL = rig(
    "Unreal mannequin",
    ("l", "r"),
    [
        ("root", "", (0, 0, 0)),
        ("pelvis", "root", (0, 96, 0)),
        ("spine_01", "pelvis", (0, 99, 0)),
        ("spine_02", "spine_01", (0, 104, -0.5)),
        ("spine_03", "spine_02", (0, 113, -1)),
        ("spine_04", "spine_03", (0, 122, -2)),
        ("spine_05", "spine_04", (0, 138, -4)),
        ("neck_01", "spine_05", (0, 150, -3)),
        ("neck_02", "neck_01", (0, 155.5, -1.5)),
        ("head", "neck_02", (0, 161, 0)),
        ("clavicle_{side}", "spine_05", (1.5, 147, -3)),
        ("upperarm_{side}", "clavicle_{side}", (18, 146, -5)),
        ("upperarm_twist_01_{side}", "upperarm_{side}", (28, 146, -5)),
        ("lowerarm_{side}", "upperarm_{side}", (45, 146, -5)),
        ("lowerarm_twist_01_{side}", "lowerarm_{side}", (60, 146, -4)),
        ("hand_{side}", "lowerarm_{side}", (71, 145, -3)),
        *_fingers("{finger}_0{joint}_{side}", "hand_{side}", _FINGERS, 3),
        ("thigh_{side}", "pelvis", (9.5, 94, 0)),
        ("thigh_twist_01_{side}", "thigh_{side}", (10, 75, 0)),
        ("calf_{side}", "thigh_{side}", (11, 50, 1)),
        ("calf_twist_01_{side}", "calf_{side}", (11.5, 30, 0)),
        ("foot_{side}", "calf_{side}", (12, 8, -3)),
        ("ball_{side}", "foot_{side}", (13, 1.5, 11)),
        ("ik_foot_root", "root", (0, 0, 0)),
        ("ik_foot_{side}", "ik_foot_root", (12, 8, -3)),
        ("ik_hand_root", "root", (0, 0, 0)),
        ("ik_hand_gun", "ik_hand_root", (-71, 145, -3)),
        ("ik_hand_{side}", "ik_hand_gun", (71, 145, -3)),
    ],
    {"pelvis": "pelvis", "neck": "neck_01", "head": "head"},
    ["spine_01", "spine_02", "spine_03", "spine_04", "spine_05"],
    {
        "hip": "thigh_{side}",
        "knee": "calf_{side}",
        "ankle": "foot_{side}",
        "foot": "ball_{side}",
        "collar": "clavicle_{side}",
        "shoulder": "upperarm_{side}",
        "elbow": "lowerarm_{side}",
        "wrist": "hand_{side}",
    },
)

METARIG = rig(
    "Rigify metarig",
    (".L", ".R"),
    [
        ("spine", "", (0, 104, -5)),
        ("pelvis{side}", "spine", (0, 104, -5)),
        ("thigh{side}", "spine", (9.8, 104, 1)),
        ("shin{side}", "thigh{side}", (9.8, 55, 0)),
        ("foot{side}", "shin{side}", (9.8, 8, -2)),
        ("toe{side}", "foot{side}", (9.8, 2, 11)),
        ("heel.02{side}", "foot{side}", (7, 0, -6)),
        ("spine.001", "spine", (0, 115, -3)),
        ("spine.002", "spine.001", (0, 130, -1)),
        ("spine.003", "spine.002", (0, 147, -1)),
        ("spine.004", "spine.003", (0, 164, -3)),
        ("spine.005", "spine.004", (0, 169, -2)),
        ("spine.006", "spine.005", (0, 174, -1)),
        ("shoulder{side}", "spine.003", (1.8, 160, 6)),
        ("upper_arm{side}", "shoulder{side}", (18, 158, 0)),
        ("forearm{side}", "upper_arm{side}", (38, 142, -3)),
        ("hand{side}", "forearm{side}", (55, 128, 0)),
        ("palm.01{side}", "hand{side}", (57, 125, 3)),
        ("palm.02{side}", "hand{side}", (58, 125, 1)),
        ("palm.03{side}", "hand{side}", (58, 125, -1)),
        ("breast{side}", "spine.003", (11, 146, 1)),
    ],
    {"pelvis": "spine", "neck": "spine.004", "head": "spine.006"},
    ["spine.001", "spine.002", "spine.003"],
    {
        "hip": "thigh{side}",
        "knee": "shin{side}",
        "ankle": "foot{side}",
        "foot": "toe{side}",
        "collar": "shoulder{side}",
        "shoulder": "upper_arm{side}",
        "elbow": "forearm{side}",
        "wrist": "hand{side}",
    },
    {"toe{side}": (0, 0, 7), "spine.006": (0, 20, 0), "breast{side}": (0, 0, 12)},
)

CHARACTER_CREATOR = rig(
    "Character Creator",
    ("L", "R"),
    [
        ("CC_Base_BoneRoot", "", (0, 0, 0)),
        ("CC_Base_Hip", "CC_Base_BoneRoot", (0, 100, 0)),
        ("CC_Base_Pelvis", "CC_Base_Hip", (0, 100, 0)),
        ("CC_Base_{side}_Thigh", "CC_Base_Pelvis", (10, 95, 0)),
        ("CC_Base_{side}_Calf", "CC_Base_{side}_Thigh", (11, 50, 0)),
        ("CC_Base_{side}_Foot", "CC_Base_{side}_Calf", (11.5, 9, -3)),
        ("CC_Base_{side}_ToeBase", "CC_Base_{side}_Foot", (12, 2, 10)),
        ("CC_Base_Waist", "CC_Base_Hip", (0, 107, 0)),
        ("CC_Base_Spine01", "CC_Base_Waist", (0, 115, -1)),
        ("CC_Base_Spine02", "CC_Base_Spine01", (0, 130, -2)),
        ("CC_Base_NeckTwist01", "CC_Base_Spine02", (0, 150, -3)),
        ("CC_Base_NeckTwist02", "CC_Base_NeckTwist01", (0, 154, -2)),
        ("CC_Base_Head", "CC_Base_NeckTwist02", (0, 158, -1)),
        ("CC_Base_{side}_Eye", "CC_Base_Head", (3, 165, 7)),
        ("CC_Base_{side}_Clavicle", "CC_Base_Spine02", (3, 146, -3)),
        ("CC_Base_{side}_Upperarm", "CC_Base_{side}_Clavicle", (16, 145, -4)),
        ("CC_Base_{side}_Forearm", "CC_Base_{side}_Upperarm", (42, 143, -5)),
        ("CC_Base_{side}_Hand", "CC_Base_{side}_Forearm", (66, 141, -3)),
        ("CC_Base_{side}_Mid1", "CC_Base_{side}_Hand", (74, 141, -3)),
        ("CC_Base_{side}_Index1", "CC_Base_{side}_Hand", (74, 141, -1)),
    ],
    {"pelvis": "CC_Base_Hip", "neck": "CC_Base_NeckTwist01", "head": "CC_Base_Head"},
    ["CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02"],
    {
        "hip": "CC_Base_{side}_Thigh",
        "knee": "CC_Base_{side}_Calf",
        "ankle": "CC_Base_{side}_Foot",
        "foot": "CC_Base_{side}_ToeBase",
        "collar": "CC_Base_{side}_Clavicle",
        "shoulder": "CC_Base_{side}_Upperarm",
        "elbow": "CC_Base_{side}_Forearm",
        "wrist": "CC_Base_{side}_Hand",
    },
)

RIGS: Mapping[str, Rig] = {
    "smpl": SMPL_RIG,
    "mixamo": MIXAMO,
    "lafan": LAFAN,
    "cmu": CMU,
    "daz": DAZ,
    "unreal": UNREAL,
    "metarig": METARIG,
    "character_creator": CHARACTER_CREATOR,
}
