"""Bone names of the rigs that people have, whole: what plays a joint, and what must not be taken.

Names alone count here, so each bone that plays a joint sits where that joint of the SMPL body is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.rigs.bone_structure import assign_spine_joints
from backend.kinematics.rigs.rest_pose import RestPose

FINGERS = ("thumb", "index", "middle", "ring", "pinky")


@dataclass(frozen=True)
class Names:
    """One kind of rig; '{side}' stands for its spelling of left and right."""

    preset: str
    sides: tuple[str, str]
    centre: Mapping[str, str]
    spine: Sequence[str]
    limbs: Mapping[str, str]
    """Part of a limb -> bone."""
    others: Sequence[str] = ()
    """Bones that play nothing."""
    above: Mapping[str, str] = field(default_factory=dict)
    """Bone -> bone between it and its parent."""
    below: Mapping[str, str] = field(default_factory=dict)
    """Bone -> bone between it and its children."""

    @property
    def plays(self) -> dict[str, str]:
        """SMPL joint -> bone."""
        found = dict(self.centre) | assign_spine_joints(list(self.spine))
        for side, spelling in zip(("left", "right"), self.sides, strict=True):
            found |= {f"{side}_{p}": n.replace("{side}", spelling) for p, n in self.limbs.items()}
        return found

    def rest(self) -> RestPose:
        """All bones in centimetres, those that play nothing beside the pelvis or in their line."""
        parents, places = dict(self._bones()), {}
        joints = {bone: SMPL.index(joint) for joint, bone in self.plays.items()}
        for bone in parents:
            joint = joints.get(bone, 0)
            places[bone] = 100.0 * SMPL.rest_positions[joint] + (0.0 if bone in joints else 1.0)
        names = list(parents)
        return RestPose(
            names=tuple(names),
            parents=tuple(names.index(p) if p else -1 for p in parents.values()),
            positions=np.array([places[name] for name in names]),
            rotations=np.tile(np.eye(3), (len(names), 1, 1)),
        )

    def _bones(self) -> Iterator[tuple[str, str]]:
        """Each bone and its parent, '' for the root."""
        plays = self.plays
        above, below = (self._sided(table) for table in (self.above, self.below))
        for spine in self.spine:
            if spine not in plays.values():
                yield spine, plays["pelvis"]
        for joint, name in enumerate(SMPL.names):
            if name not in plays:
                continue
            parent = SMPL.parents[joint]
            while parent >= 0 and SMPL.names[parent] not in plays:
                parent = SMPL.parents[parent]
            carrier = plays[SMPL.names[parent]] if parent >= 0 else ""
            carrier = below.get(carrier, carrier)
            if plays[name] in above:
                yield above[plays[name]], carrier
                carrier = above[plays[name]]
            yield plays[name], carrier
            if plays[name] in below:
                yield below[plays[name]], plays[name]
        for other in self.others:
            for side in self.sides if "{side}" in other else ("",):
                yield other.replace("{side}", side), plays["pelvis"]

    def _sided(self, table: Mapping[str, str]) -> dict[str, str]:
        return {
            one.replace("{side}", side): other.replace("{side}", side)
            for one, other in table.items()
            for side in self.sides
        }


def fingers(pattern: str, names: Sequence[str] = FINGERS, count: int = 3) -> list[str]:
    """Names of all joints of all fingers, the first joint called 1."""
    return [pattern.format(f, n, side="{side}") for f in names for n in range(1, count + 1)]


def _limbs(text: str) -> dict[str, str]:
    parts = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist", "hand")
    return dict(zip(parts, text.split(), strict=False))


_SMPL_LIMBS = _limbs(
    "{side}_hip {side}_knee {side}_ankle {side}_foot {side}_collar {side}_shoulder {side}_elbow "
    "{side}_wrist"
)
_TRUNK = {"pelvis": "pelvis", "neck": "neck", "head": "head"}
_HIPS = {"pelvis": "Hips", "neck": "Neck", "head": "Head"}
_HUMANOID = (
    "{side}UpperLeg {side}LowerLeg {side}Foot {side}Toes {side}Shoulder {side}UpperArm "
    "{side}LowerArm {side}Hand"
)
_MANNEQUIN = _limbs(
    "thigh_{side} calf_{side} foot_{side} ball_{side} clavicle_{side} upperarm_{side} "
    "lowerarm_{side} hand_{side}"
)
_ARP_ROOT = {"pelvis": "root.x", "neck": "neck.x", "head": "head.x"}
_ARP_FINGERS = [
    *fingers("c_{0}{1}.{side}"), *fingers("{0}{1}.{side}", count=1),
    *(f"c_{finger}1_base.{{side}}" for finger in FINGERS[1:]),
]  # fmt: skip
_DAZ_FINGERS = [
    *fingers("{side}{0}{1}", ("Thumb", "Index", "Mid", "Ring", "Pinky")),
    *(f"{{side}}Carpal{n}" for n in range(1, 5)),
]
_DAZ_FACE = [
    "upperFaceRig", "lowerFaceRig", "lowerJaw", "tongue01", "tongue02", "{side}Eye", "{side}Ear",
    "{side}EyelidInner", "{side}BrowInner", "{side}Pectoral", "{side}Metatarsals",
    "{side}BigToe", "{side}SmallToe1", "{side}SmallToe2", "{side}Heel",
]  # fmt: skip

NAMES: Mapping[str, Names] = {
    "SMPL-X": Names(
        "SMPL", ("left", "right"), _TRUNK, ["spine1", "spine2", "spine3"], _SMPL_LIMBS,
        ["root", "jaw", "{side}_eye_smplhf", "{side}_eye", "{side}_ear", "nose", "{side}_heel",
         "{side}_big_toe", "{side}_small_toe", *fingers("{side}_{0}{1}")],
    ),
    "SMPL-H": Names(
        "SMPL", ("left", "right"), _TRUNK, ["spine1", "spine2", "spine3"], _SMPL_LIMBS,
        fingers("{side}_{0}{1}"),
    ),
    "SMPL-H in Blender": Names(
        "SMPL (L_/R_ names)", ("L", "R"),
        {"pelvis": "f_avg_Pelvis", "neck": "f_avg_Neck", "head": "f_avg_Head"},
        ["f_avg_Spine1", "f_avg_Spine2", "f_avg_Spine3"],
        _limbs(
            "f_avg_{side}_Hip f_avg_{side}_Knee f_avg_{side}_Ankle f_avg_{side}_Foot "
            "f_avg_{side}_Collar f_avg_{side}_Shoulder f_avg_{side}_Elbow f_avg_{side}_Wrist "
            "f_avg_{side}_Hand"
        ),
        ["f_avg_root", *fingers("{side}{0}{1}", ("Thumb", "Index", "Middle", "Ring", "Pinky"))],
    ),
    "SMPL in simulators": Names(
        "SMPL (L_/R_ names)", ("L", "R"), {"pelvis": "Pelvis", "neck": "Neck", "head": "Head"},
        ["Torso", "Spine", "Chest"],
        _limbs(
            "{side}_Hip {side}_Knee {side}_Ankle {side}_Toe {side}_Thorax {side}_Shoulder "
            "{side}_Elbow {side}_Wrist {side}_Hand"
        ),
    ),
    "MetaHuman body": Names(
        "Unreal mannequin", ("l", "r"),
        {"pelvis": "pelvis", "neck": "neck_01", "head": "head"},
        [f"spine_0{n}" for n in range(1, 6)], _MANNEQUIN,
        ["root", "neck_02", "spine_04_latissimus_{side}", "clavicle_out_{side}",
         "clavicle_scap_{side}", "clavicle_pec_{side}", "upperarm_correctiveRoot_{side}",
         "upperarm_bicep_{side}", "upperarm_tricep_{side}", "lowerarm_correctiveRoot_{side}",
         *(f"upperarm_{axis}_{{side}}" for axis in ("in", "out", "fwd", "bck")),
         *(f"lowerarm_{axis}_{{side}}" for axis in ("in", "out", "fwd", "bck")),
         *(f"{limb}_twist_0{n}_{{side}}" for limb in ("upperarm", "lowerarm", "thigh", "calf")
           for n in (1, 2)),
         *(f"{limb}_twistCor_0{n}_{{side}}" for limb in ("upperarm", "thigh", "calf")
           for n in (1, 2)),
         "wrist_inner_{side}", "wrist_outer_{side}", *fingers("{0}_0{1}_{side}"),
         *(f"{finger}_metacarpal_{{side}}" for finger in FINGERS[1:]),
         "thigh_correctiveRoot_{side}", "thigh_fwd_{side}", "thigh_bck_lwr_{side}",
         "calf_correctiveRoot_{side}", "calf_kneeBack_{side}", "calf_knee_{side}",
         "ankle_bck_{side}", "ankle_fwd_{side}", "bigtoe_01_{side}", "littletoe_01_{side}",
         "ik_foot_root", "ik_foot_{side}", "ik_hand_root", "ik_hand_gun", "ik_hand_{side}",
         "interaction", "center_of_mass", "weapon_{side}"],
    ),
    "Auto-Rig Pro": Names(
        "Auto-Rig Pro FK controls", ("l", "r"),
        {"pelvis": "c_root_master.x", "neck": "c_neck.x", "head": "c_head.x"},
        ["c_spine_01.x", "c_spine_02.x", "c_spine_03.x"],
        _limbs(
            "c_thigh_fk.{side} c_leg_fk.{side} c_foot_fk.{side} c_toes_fk.{side} "
            "c_shoulder.{side} c_arm_fk.{side} c_forearm_fk.{side} c_hand_fk.{side}"
        ),
        ["c_pos", "c_traj", "c_root.x", "c_hand_ik.{side}", "c_foot_ik.{side}", "c_arm_ik.{side}",
         "c_arms_pole.{side}", "c_leg_pole.{side}", "c_thigh_ik.{side}", "c_toes_ik.{side}",
         "c_foot_roll.{side}", "c_foot_01.{side}", "c_thigh_b.{side}", "thigh_fk.{side}",
         "leg_fk.{side}", "foot_fk.{side}", "c_skull_01.x", "c_jawbone.x", "c_eye.{side}",
         "root.x", "spine_01.x", "spine_02.x", "neck.x", "head.x", "thigh_stretch.{side}",
         "thigh_twist.{side}", "leg_stretch.{side}", "leg_twist.{side}", "foot.{side}",
         "toes_01.{side}", "shoulder.{side}", "c_arm_twist_offset.{side}", "arm_stretch.{side}",
         "arm_twist.{side}", "forearm_stretch.{side}", "forearm_twist.{side}", "hand.{side}",
         "root_ref.x", "spine_01_ref.x", "neck_ref.x", "head_ref.x", "thigh_ref.{side}",
         "leg_ref.{side}", "foot_ref.{side}", "shoulder_ref.{side}", "arm_ref.{side}",
         "forearm_ref.{side}", "hand_ref.{side}", *_ARP_FINGERS],
    ),
    "Auto-Rig Pro, exported": Names(
        "Auto-Rig Pro deform bones", ("l", "r"), _ARP_ROOT,
        ["spine_01.x", "spine_02.x", "spine_03.x"],
        _limbs(
            "thigh_twist.{side} leg_stretch.{side} foot.{side} toes_01.{side} shoulder.{side} "
            "c_arm_twist_offset.{side} forearm_stretch.{side} hand.{side}"
        ),
        ["jawbone.x", "c_eye.{side}", "breast.{side}", *_ARP_FINGERS],
        below={
            "thigh_twist.{side}": "thigh_stretch.{side}",
            "leg_stretch.{side}": "leg_twist.{side}",
            "c_arm_twist_offset.{side}": "arm_stretch.{side}",
            "forearm_stretch.{side}": "forearm_twist.{side}",
        },
    ),
    "Auto-Rig Pro, exported for humanoids": Names(
        "Auto-Rig Pro deform bones", ("l", "r"), _ARP_ROOT,
        ["spine_01.x", "spine_02.x", "spine_03.x"],
        _limbs(
            "thigh_stretch.{side} leg_stretch.{side} foot.{side} toes_01.{side} shoulder.{side} "
            "arm_stretch.{side} forearm_stretch.{side} hand.{side}"
        ),
        [*_ARP_FINGERS],
        below={
            "thigh_stretch.{side}": "thigh_twist.{side}",
            "arm_stretch.{side}": "arm_twist.{side}",
        },
    ),
    "Auto-Rig Pro reference bones": Names(
        "Auto-Rig Pro reference bones", ("l", "r"),
        {"pelvis": "root_ref.x", "neck": "neck_ref.x", "head": "head_ref.x"},
        ["spine_01_ref.x", "spine_02_ref.x", "spine_03_ref.x"],
        _limbs(
            "thigh_ref.{side} leg_ref.{side} foot_ref.{side} toes_ref.{side} shoulder_ref.{side} "
            "arm_ref.{side} forearm_ref.{side} hand_ref.{side}"
        ),
        ["foot_heel_ref.{side}", "foot_bank_01_ref.{side}", "jaw_ref.x", "eye_ref.{side}",
         *fingers("{0}{1}_ref.{side}")],
    ),
    "Auto-Rig Pro, exported for Unreal": Names(
        "Unreal mannequin", ("l", "r"), {"pelvis": "pelvis", "neck": "neck_01", "head": "head"},
        ["spine_01", "spine_02", "spine_03"], _MANNEQUIN,
        ["root", *(f"{limb}_twist_01_{{side}}" for limb in ("upperarm", "lowerarm", "thigh",
         "calf")), *fingers("{0}_0{1}_{side}")],
    ),
    "Daz Genesis 3 and 8": Names(
        "Poser / Daz", ("l", "r"), {"pelvis": "hip", "neck": "neckLower", "head": "head"},
        ["abdomenLower", "abdomenUpper", "chestLower", "chestUpper"],
        _limbs(
            "{side}ThighBend {side}Shin {side}Foot {side}Toe {side}Collar {side}ShldrBend "
            "{side}ForearmBend {side}Hand"
        ),
        ["neckUpper", *_DAZ_FACE, *_DAZ_FINGERS],
        above={"{side}ThighBend": "{side}Pelvis"},
        below={
            "{side}ThighBend": "{side}ThighTwist",
            "{side}ShldrBend": "{side}ShldrTwist",
            "{side}ForearmBend": "{side}ForearmTwist",
        },
    ),
    "Daz Genesis 9": Names(
        "Poser / Daz", ("l", "r"), {"pelvis": "hip", "neck": "neck1", "head": "head"},
        ["spine1", "spine2", "spine3", "spine4"],
        _limbs(
            "{side}_thigh {side}_shin {side}_foot {side}_toes {side}_shoulder {side}_upperarm "
            "{side}_forearm {side}_hand"
        ),
        ["pelvis", "neck2", "{side}_pectoral", "{side}_hand_anchor", "{side}_metatarsal",
         *(f"{{side}}_{limb}twist{n}" for limb in ("upperarm", "forearm", "thigh")
           for n in (1, 2)),
         *fingers("{side}_{0}{1}", ("thumb", "index", "mid", "ring", "pinky")),
         *(f"{{side}}_{f}metacarpal" for f in ("index", "mid", "ring", "pinky")),
         *(f"{{side}}_{toe}toe1" for toe in ("big", "index", "mid", "ring", "pinky")),
         "lowerjaw", "{side}_eye", "{side}_ear", "{side}_eyelidupper"],
    ),
    "CMU as BVH (cgspeed)": Names(
        "Mixamo / MotionBuilder", ("Left", "Right"), _HIPS, ["LowerBack", "Spine", "Spine1"],
        _limbs(
            "{side}UpLeg {side}Leg {side}Foot {side}ToeBase {side}Shoulder {side}Arm "
            "{side}ForeArm {side}Hand"
        ),
        ["LHipJoint", "RHipJoint", "Neck1", "{side}FingerBase", "{side}HandIndex1", "LThumb",
         "RThumb"],
    ),
    "Rokoko": Names(
        "Rokoko", ("Left", "Right"), _HIPS, ["Spine1", "Spine2", "Spine3", "Spine4"],
        _limbs(
            "{side}Thigh {side}Shin {side}Foot {side}Toe {side}Shoulder {side}Arm {side}ForeArm "
            "{side}Hand"
        ),
        ["Root", *(f"{{side}}Finger{n}{part}" for n in range(1, 6)
         for part in ("Metacarpal", "Proximal", "Medial", "Distal"))],
    ),
    "Character Creator 3 and 4": Names(
        "Character Creator", ("L", "R"),
        {"pelvis": "CC_Base_Hip", "neck": "CC_Base_NeckTwist01", "head": "CC_Base_Head"},
        ["CC_Base_Waist", "CC_Base_Spine01", "CC_Base_Spine02"],
        _limbs(
            "CC_Base_{side}_Thigh CC_Base_{side}_Calf CC_Base_{side}_Foot CC_Base_{side}_ToeBase "
            "CC_Base_{side}_Clavicle CC_Base_{side}_Upperarm CC_Base_{side}_Forearm "
            "CC_Base_{side}_Hand"
        ),
        ["RL_BoneRoot", "CC_Base_Pelvis", "CC_Base_NeckTwist02", "CC_Base_FacialBone",
         "CC_Base_JawRoot", "CC_Base_UpperJaw", "CC_Base_Tongue01", "CC_Base_Teeth01",
         "CC_Base_{side}_Eye", "CC_Base_{side}_RibsTwist", "CC_Base_{side}_Breast",
         "CC_Base_{side}_ToeBaseShareBone", "CC_Base_{side}_KneeShareBone",
         "CC_Base_{side}_ElbowShareBone",
         *(f"CC_Base_{{side}}_{limb}Twist0{n}" for n in (1, 2)
           for limb in ("Thigh", "Calf", "Upperarm", "Forearm")),
         *(f"CC_Base_{{side}}_{toe}Toe1" for toe in ("Big", "Index", "Mid", "Ring", "Pinky")),
         *fingers("CC_Base_{side}_{0}{1}", ("Thumb", "Index", "Mid", "Ring", "Pinky"))],
    ),
    "VRM from VRoid": Names(
        "VRoid", ("L", "R"),
        {"pelvis": "J_Bip_C_Hips", "neck": "J_Bip_C_Neck", "head": "J_Bip_C_Head"},
        ["J_Bip_C_Spine", "J_Bip_C_Chest", "J_Bip_C_UpperChest"],
        _limbs(
            "J_Bip_{side}_UpperLeg J_Bip_{side}_LowerLeg J_Bip_{side}_Foot J_Bip_{side}_ToeBase "
            "J_Bip_{side}_Shoulder J_Bip_{side}_UpperArm J_Bip_{side}_LowerArm J_Bip_{side}_Hand"
        ),
        ["Root", "J_Adj_{side}_FaceEye", "J_Sec_{side}_Bust1", "J_Sec_{side}_Bust2",
         "J_Sec_Hair1_01", "J_Sec_Hair2_01", "J_Sec_{side}_CoatSkirtBack_01",
         "J_Sec_{side}_CoatSkirtBack_end_01", "J_Sec_{side}_TopsUpperArmInside_01",
         *fingers("J_Bip_{side}_{0}{1}", ("Thumb", "Index", "Middle", "Ring", "Little"))],
    ),
    "VRM humanoid": Names(
        "Mixamo / MotionBuilder", ("left", "right"),
        {"pelvis": "hips", "neck": "neck", "head": "head"}, ["spine", "chest", "upperChest"],
        _limbs(_HUMANOID),
        ["jaw", "{side}Eye", "{side}ThumbMetacarpal", "{side}ThumbProximal", "{side}ThumbDistal",
         *(f"{{side}}{f}{part}" for f in ("Index", "Middle", "Ring", "Little")
           for part in ("Proximal", "Intermediate", "Distal"))],
    ),
    "Mixamo": Names(
        "Mixamo / MotionBuilder", ("Left", "Right"),
        {"pelvis": "mixamorig:Hips", "neck": "mixamorig:Neck", "head": "mixamorig:Head"},
        ["mixamorig:Spine", "mixamorig:Spine1", "mixamorig:Spine2"],
        _limbs(
            " ".join(
                f"mixamorig:{{side}}{part}" for part in
                ("UpLeg", "Leg", "Foot", "ToeBase", "Shoulder", "Arm", "ForeArm", "Hand")
            )
        ),
        ["mixamorig:HeadTop_End", "mixamorig:{side}Eye", "mixamorig:{side}Toe_End",
         *fingers("mixamorig:{side}Hand{0}{1}", [f.title() for f in FINGERS], 4)],
    ),
    "SOMA": Names(
        "SOMA (LeftLeg, LeftShin)", ("Left", "Right"),
        {"pelvis": "Hips", "neck": "Neck1", "head": "Head"}, ["Spine1", "Spine2", "Chest"],
        _limbs(
            "{side}Leg {side}Shin {side}Foot {side}ToeBase {side}Shoulder {side}Arm {side}ForeArm "
            "{side}Hand"
        ),
        ["Root", "Neck2", "HeadEnd", "Jaw", "{side}Eye",
         *fingers("{side}Hand{0}{1}", [f.title() for f in FINGERS], 4)],
    ),
    "Xsens MVN": Names(
        "Mixamo / MotionBuilder", ("Left", "Right"),
        {"pelvis": "Pelvis", "neck": "Neck", "head": "Head"}, ["L5", "L3", "T12", "T8"],
        _limbs(_HUMANOID.replace("Toes", "Toe")),
    ),
}  # fmt: skip
"""What each kind is called -> its bones."""
