"""From a take to what a rig plays: where it begins, what carries it, and which part it moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.editing.body_parts import BODY_PARTS, extract_body_part
from ...backend.kinematics.math.rigid_transform import RigidTransform
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.retarget.ik_controls import find_ik_limbs, pose_by_ik_controls
from ...backend.kinematics.retarget.placement import (
    REST_GROUND_POSE,
    GroundPose,
    extract_root_motion,
    move_take,
    relative_to_root_motion,
    take_ground_pose,
)
from ...backend.kinematics.retarget.rest_alignment import align_rest_pose
from ...backend.kinematics.retarget.root_motion import (
    move_to_root_bone,
    rig_root_transform,
)
from ...backend.kinematics.retarget.take_to_rig import RigMotion, retarget_to_rig
from ...backend.kinematics.rigs.bone_map import BoneMap
from ..armature.rest import Rig
from ..errors import RigError
from ..read.armature_motion import read_armature_pose
from .keying import world_scale
from .options import ApplyOptions


@dataclass(frozen=True)
class RetargetedTake:
    """What is to be played."""

    motion: RigMotion
    bone_map: BoneMap
    """The bones that play it: with inverse kinematics not those that were recognised."""
    object_transforms: RigidTransform | None
    """How the armature object goes, seen from where it is; None if it stays."""
    root_offsets: Array
    """(T, 3) what of the motion's way is travel, without the sway: in the armature's axes."""
    placement: tuple[GroundPose, GroundPose]
    """From where to where the take was moved."""


def retarget_take(
    armature: bpy.types.Object,
    take: Take,
    options: ApplyOptions,
    rig: Rig,
    bone_map: BoneMap,
    scene: bpy.types.Scene,
    start_frame: float,
) -> RetargetedTake:
    """A take as a manner wants it on an armature.

    Raises:
        MappingError: if the bones do not hang together, none can carry the motion, or none can
            pose its limbs as they shall be.
    """
    start, to = _choose_placement(armature, take, options, scene, start_frame)
    if start is not to:
        take = move_take(take, start, to)
    body = align_rest_pose(rig.custom_rest_pose or rig.rest_pose, bone_map)
    if options.ground:
        height = options.ground / (body.scale * world_scale(armature))
        take = replace(take, trans=take.trans + np.array([0.0, 0.0, height]))
    travel = extract_root_motion(take)
    by = rig_root_transform(body, travel)
    carrier = options.carrier if "pelvis" in BODY_PARTS[options.part] else "HIPS"
    seen = take if carrier == "HIPS" else relative_to_root_motion(take, travel)
    if carrier == "OBJECT":
        # The object starts from where it is: another motion after this one finds it in its place.
        by = by.relative_to_start()
        seen = move_take(
            seen, REST_GROUND_POSE, GroundPose(travel.positions[0], float(travel.headings[0]))
        )
    motion = retarget_to_rig(
        seen,
        rig.rest_pose,
        bone_map,
        rig.traits,
        custom_rest_pose=rig.custom_rest_pose,
        match_feet=options.plant_feet,
    )
    if options.limbs != "FK":
        limbs = find_ik_limbs(bone_map, include_arms=options.limbs == "IK")
        motion, bone_map = pose_by_ik_controls(motion, rig.rest_pose, bone_map, rig.traits, limbs)
    if carrier == "ROOT":
        motion = move_to_root_bone(motion, rig.rest_pose, bone_map, rig.traits, by)
    way = body.to_rig_frame(np.column_stack([travel.positions, np.zeros(len(take))]))
    return RetargetedTake(
        motion=extract_body_part(motion, rig.rest_pose, bone_map, options.part),
        bone_map=bone_map,
        object_transforms=by if carrier == "OBJECT" else None,
        root_offsets=way - way[0],
        placement=(start, to),
    )


def _choose_placement(
    armature: bpy.types.Object,
    take: Take,
    options: ApplyOptions,
    scene: bpy.types.Scene,
    start_frame: float,
) -> tuple[GroundPose, GroundPose]:
    """From where to where the take has to be moved; one spot twice if it stays."""
    if options.moved is not None:
        return options.moved
    if not options.where_it_stands:
        return REST_GROUND_POSE, REST_GROUND_POSE
    return take_ground_pose(take), character_placement(armature, scene, start_frame)


def character_placement(
    armature: bpy.types.Object, scene: bpy.types.Scene, frame: float
) -> GroundPose:
    """Where an armature stands and faces on a frame, in a take's frame of reference."""
    try:
        return take_ground_pose(read_armature_pose(armature, scene, frame))
    except RigError:
        return REST_GROUND_POSE  # hidden armatures are not posed: it stands where it does at rest
