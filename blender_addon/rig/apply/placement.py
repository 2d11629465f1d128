"""From a take to what a rig plays: where it begins, what carries it, and which part it moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.editing.body_parts import PARTS, only_part
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.retarget.ik_controls import ik_limbs_of, with_ik
from ...backend.kinematics.retarget.placement import (
    REST,
    Spot,
    as_seen_from,
    moved,
    spot_of,
    travel_of,
)
from ...backend.kinematics.retarget.rest_alignment import correspond
from ...backend.kinematics.retarget.root_motion import Carriage, carriage, carried_by_root
from ...backend.kinematics.retarget.take_to_rig import RigMotion, pose_rig
from ...backend.kinematics.rigs.bone_map import BoneMap
from ..armature.rest import Rig
from ..errors import RigError
from ..read.armature_motion import take_at
from .keying import world_scale
from .options import Manner


@dataclass(frozen=True)
class Staged:
    """What is to be played."""

    motion: RigMotion
    bone_map: BoneMap
    """The bones that play it: with inverse kinematics not those that were recognised."""
    object_way: Carriage | None
    """How the armature object goes, seen from where it is; None if it stays."""
    travel: Array
    """(T, 3) what of the motion's way is travel, without the sway: in the armature's axes."""
    moved: tuple[Spot, Spot]
    """From where to where the take was moved."""


def staged(
    armature: bpy.types.Object,
    take: Take,
    manner: Manner,
    rig: Rig,
    bone_map: BoneMap,
    scene: bpy.types.Scene,
    start_frame: float,
) -> Staged:
    """A take as a manner wants it on an armature.

    Raises:
        MappingError: if the bones do not hang together, none can carry the motion, or none can
            pose its limbs as they shall be.
    """
    start, to = _move(armature, take, manner, scene, start_frame)
    if start is not to:
        take = moved(take, start, to)
    body = correspond(rig.standing or rig.rest, bone_map)
    if manner.ground:
        height = manner.ground / (body.scale * world_scale(armature))
        take = replace(take, trans=take.trans + np.array([0.0, 0.0, height]))
    travel = travel_of(take)
    by = carriage(body, travel)
    carrier = manner.carrier if "pelvis" in PARTS[manner.part] else "HIPS"
    seen = take if carrier == "HIPS" else as_seen_from(take, travel)
    if carrier == "OBJECT":
        # The object starts from where it is: another motion after this one finds it in its place.
        by = by.from_its_start()
        seen = moved(seen, REST, Spot(travel.places[0], float(travel.headings[0])))
    motion = pose_rig(
        seen,
        rig.rest,
        bone_map,
        rig.traits,
        standing=rig.standing,
        plant_feet=manner.plant_feet,
    )
    if manner.limbs != "FK":
        limbs = ik_limbs_of(bone_map, arms=manner.limbs == "IK")
        motion, bone_map = with_ik(motion, rig.rest, bone_map, rig.traits, limbs)
    if carrier == "ROOT":
        motion = carried_by_root(motion, rig.rest, bone_map, rig.traits, by)
    way = body.placed(np.column_stack([travel.places, np.zeros(len(take))]))
    return Staged(
        motion=only_part(motion, rig.rest, bone_map, manner.part),
        bone_map=bone_map,
        object_way=by if carrier == "OBJECT" else None,
        travel=way - way[0],
        moved=(start, to),
    )


def _move(
    armature: bpy.types.Object,
    take: Take,
    manner: Manner,
    scene: bpy.types.Scene,
    start_frame: float,
) -> tuple[Spot, Spot]:
    """From where to where the take has to be moved; one spot twice if it stays."""
    if manner.moved is not None:
        return manner.moved
    if not manner.where_it_stands:
        return REST, REST
    return spot_of(take), stands_on(armature, scene, start_frame)


def stands_on(armature: bpy.types.Object, scene: bpy.types.Scene, frame: float) -> Spot:
    """Where an armature stands and faces on a frame, in a take's frame of reference."""
    try:
        return spot_of(take_at(armature, scene, frame))
    except RigError:
        return REST  # hidden armatures are not posed: it stands where it does at rest
