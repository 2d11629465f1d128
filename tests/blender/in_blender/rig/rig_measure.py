"""Distance of the pose that Blender shows from a take; runs in Blender."""

from dataclasses import dataclass

import bpy
import numpy as np
from anyframe.backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from anyframe.backend.kinematics.body.take import Take
from anyframe.backend.kinematics.math.rotations import angle_between, normalize
from anyframe.backend.kinematics.retarget.rest_alignment import align_rest_pose
from anyframe.backend.kinematics.rigs.bone_map import BoneMap
from anyframe.rig.armature.mapping import bone_map_for_reading
from anyframe.rig.armature.rest import read_rig

LIMBS = [
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("hip", "knee"),
        ("knee", "ankle"),
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
    )
]


@dataclass
class Errors:
    """Largest errors over all frames; lengths as on a body of SMPL's size."""

    limbs: float
    """Degrees between the limbs of the rig and of the take."""
    turns: float
    """Degrees between the rotations of bones and of joints from rest."""
    hips: float
    """Centimetres along the ground between the hips and their expected position."""
    ankles: float
    """Centimetres between the heights of planted ankles and their height at rest."""

    def __str__(self) -> str:
        return (
            f"limbs {self.limbs:.3f} deg, turns {self.turns:.3f} deg, "
            f"hips {self.hips:.3f} cm, ankles {self.ankles:.3f} cm"
        )


def errors(
    armature: bpy.types.Object, take: Take, start: float = 1.0, bone_map: BoneMap | None = None
) -> Errors:
    """Play the scene and compare; only frames of the take that fall on whole scene frames."""
    scene = bpy.context.scene
    bone_map = bone_map or bone_map_for_reading(armature)
    rest = read_rig(armature).rest_pose
    body = align_rest_pose(rest, bone_map)
    to_rig = body.body_to_rig @ BODY_TO_WORLD.T
    rate = scene.render.fps / scene.render.fps_base
    joints, world = forward_kinematics(SMPL, take.local_matrices(), take.root_positions())
    mapped = [joint for joint, bone in enumerate(body.bones) if bone >= 0]
    worst = Errors(0.0, 0.0, 0.0, 0.0)
    for n in range(len(take)):
        frame = start + n * rate / take.fps
        if abs(frame - round(frame)) > 1e-6:
            continue
        scene.frame_set(round(frame))
        pose = evaluated(armature)
        heads = {joint: pose[body.bones[joint], :3, 3] for joint in mapped}
        for limb in LIMBS:
            one, other = (SMPL.index(name) for name in limb)
            on_rig = normalize(heads[other] - heads[one])
            of_take = normalize(to_rig @ (joints[n, other] - joints[n, one]))
            worst.limbs = max(worst.limbs, np.degrees(np.arccos(np.clip(on_rig @ of_take, -1, 1))))
        for joint in mapped:
            bone = body.bones[joint]
            delta = _orthonormalize(pose[bone, :3, :3]) @ rest.rotations[bone].T
            turned = to_rig @ world[n, joint] @ body.limb_alignments[joint].T @ body.body_to_rig.T
            worst.turns = max(worst.turns, np.degrees(angle_between(delta, turned)))
        hips = (heads[1] + heads[2]) / 2
        expected = body.ground_origin + body.scale * to_rig @ (joints[n, 1] + joints[n, 2]) / 2
        up = body.body_to_rig[:, 1]
        aside = np.linalg.norm(np.cross(hips - expected, up))
        worst.hips = max(worst.hips, 100 * aside / body.scale)
        for ankle in (SMPL.index("left_ankle"), SMPL.index("right_ankle")):
            if joints[n, ankle, 2] > 0.10:
                continue
            above_rest = (heads[ankle] - rest.positions[body.bones[ankle]]) @ up / body.scale
            worst.ankles = max(worst.ankles, 100 * abs(above_rest - (joints[n, ankle, 2] - 0.085)))
    return worst


def evaluated(armature: bpy.types.Object) -> np.ndarray:
    """Return the evaluated pose matrices (N, 4, 4) in armature space."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    bones = armature.evaluated_get(depsgraph).pose.bones
    return np.array([bone.matrix for bone in bones])


def _orthonormalize(m: np.ndarray) -> np.ndarray:
    y = normalize(m[:, 1])
    x = normalize(m[:, 0] - y * (y @ m[:, 0]))
    return np.stack([x, y, np.cross(x, y)], axis=1)
