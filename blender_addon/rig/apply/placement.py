"""Retargeting of a take to a rig: its placement, its root motion, and the body part it moves."""

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
from ...backend.kinematics.retarget.root_motion import move_to_root_bone, rig_root_transform
from ...backend.kinematics.retarget.take_to_rig import Rig, RigMotion, retarget_to_rig
from ...backend.kinematics.rigs.bone_map import MappingError
from ..errors import RigError
from ..read.armature_motion import read_armature_frames
from .options import ApplyOptions, world_scale


@dataclass(frozen=True)
class RetargetedTake:
    """A take as the motion of a rig."""

    motion: RigMotion
    rig: Rig
    """The rig, with the bones that play it: with IK the controls."""
    object_transforms: RigidTransform | None
    """Motion of the armature object relative to where it is; None if it does not move."""
    root_offsets: Array
    """(T, 3) root motion in armature space, relative to the first frame, without sway."""
    placement: tuple[GroundPose, GroundPose]
    """Ground pose in the take, and the one to which it was moved; one object if it was not."""


def retarget_take(
    armature: bpy.types.Object,
    take: Take,
    options: ApplyOptions,
    rig: Rig,
    scene: bpy.types.Scene,
    start_frame: float,
) -> RetargetedTake:
    """Retarget a take to an armature; RigError if its bones cannot play it as the options say."""
    source = target = REST_GROUND_POSE
    try:
        if options.moved is not None:
            source, target = options.moved
        elif options.where_it_stands:
            source = take_ground_pose(take)
            target = character_placement(armature, scene, start_frame)
        if source is not target:
            take = move_take(take, source, target)
        return _retarget(armature, take, options, rig, (source, target))
    except MappingError as error:
        raise RigError(f"“{armature.name}”: {error}") from error


def _retarget(
    armature: bpy.types.Object,
    take: Take,
    options: ApplyOptions,
    rig: Rig,
    placement: tuple[GroundPose, GroundPose],
) -> RetargetedTake:
    body = align_rest_pose(rig.standing_pose, rig.bone_map)
    if options.ground:
        height = options.ground / (body.scale * world_scale(armature))
        take = replace(take, trans=take.trans + np.array([0.0, 0.0, height]))
    root_motion = extract_root_motion(take)
    transforms = rig_root_transform(body, root_motion)
    carrier = options.carrier if "pelvis" in BODY_PARTS[options.part] else "HIPS"
    posed = take if carrier == "HIPS" else relative_to_root_motion(take, root_motion)
    if carrier == "OBJECT":
        # The object starts from where it is, so that consecutive motions chain.
        transforms = transforms.relative_to_start()
        start = GroundPose(root_motion.positions[0], float(root_motion.headings[0]))
        posed = move_take(posed, REST_GROUND_POSE, start)
    motion = retarget_to_rig(posed, rig, match_feet=options.plant_feet)
    if options.limbs != "FK":
        limbs = find_ik_limbs(rig.bone_map, include_arms=options.limbs == "IK")
        motion, rig = pose_by_ik_controls(motion, rig, limbs)
    if carrier == "ROOT":
        motion = move_to_root_bone(motion, rig, transforms)
    path = body.ground_to_rig_frame(root_motion.positions)
    return RetargetedTake(
        motion=extract_body_part(motion, rig, options.part),
        rig=rig,
        object_transforms=transforms if carrier == "OBJECT" else None,
        root_offsets=path - path[0],
        placement=placement,
    )


def character_placement(
    armature: bpy.types.Object, scene: bpy.types.Scene, frame: float
) -> GroundPose:
    """Return where a character stands and faces on a frame, in a take's frame of reference."""
    try:
        return take_ground_pose(read_armature_frames(armature, scene, [frame]))
    except RigError:
        return REST_GROUND_POSE  # Blender does not pose hidden armatures: it stands at rest
