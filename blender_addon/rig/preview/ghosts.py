"""What a take would look like on an armature, as figures to be drawn: nothing in the file changes.

All of it is worked out once; to show a frame is to look it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.editing.body_parts import BODY_PARTS, blend_motions, blend_weights
from ...backend.kinematics.keyframes.channels import scene_frames
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.preview.figure import Figure, build_figure
from ...backend.kinematics.retarget.placement import take_ground_pose
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.bone_map import BoneMap, MappingError
from ..action.blender_versions import Animation
from ..action.existing_motion import FCurveMap, fcurves_by_channel, read_existing_motion
from ..action.fcurves import POSE_PROPERTIES
from ..action.merging import has_keys_after
from ..apply.keying import world_scale
from ..apply.object_motion import object_matrix_at
from ..apply.options import ApplyOptions
from ..apply.placement import character_placement, retarget_take
from ..armature.checks import check_take_for_armature
from ..armature.mapping import bone_map_for_posing
from ..armature.rest import read_rig
from ..errors import RigError

_FRAME_TOLERANCE = 1e-3
"""Frames by which the last one may be off, with times in single precision."""
_ROW_SPACING_RANGE = (1.1, 2.5)
"""Metres, on a body like the project's own skeleton, from one ghost in a row to the next: at least,
and at most. Ways that lead aside may cross."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """A take on an armature, in armature space."""

    figure: Figure
    frames: Array
    """(T,) scene frames, rising."""
    scene_fps: float
    """Scene frames per second."""
    path: Array
    """(T, 3) the way of the hips, on the ground."""
    start_matrix: Array | None
    """(4, 4) the armature object's own transform where the motion begins; None if no curve moves
    it."""

    def limb_points_at(self, frame: float) -> Array:
        """(P, 3) ends of limbs on a scene frame, held before the first and after the last."""
        return self._interpolate(self.figure.points, frame)

    def path_point_at(self, frame: float) -> Array:
        """(3,) where the hips are above on a scene frame."""
        return self._interpolate(self.path, frame)

    def whole_second_frames(self) -> Array:
        """(S,) the scene frames on which whole seconds of the motion fall, the start left out."""
        return np.arange(
            self.frames[0] + self.scene_fps, self.frames[-1] + _FRAME_TOLERANCE, self.scene_fps
        )

    def pose_frames(self, max_count: int) -> Array:
        """(N,) scene frames for poses along the way, evenly apart, no more than `most`.

        They are some half seconds apart, so that they stay where they are if a motion is a little
        longer.
        """
        half = self.scene_fps / 2
        length = self.frames[-1] + _FRAME_TOLERANCE - self.frames[0]
        apart = half * (length // (half * max_count) + 1)
        return np.arange(self.frames[0], self.frames[-1] + _FRAME_TOLERANCE, apart)

    def world_matrix(self, armature: bpy.types.Object) -> Array:
        """(4, 4) from armature space to the world, as the armature stands now."""
        world: Any = armature.matrix_world
        if self.start_matrix is None:
            return np.array(world)
        return np.array(world @ armature.matrix_basis.inverted_safe()) @ self.start_matrix

    def _interpolate(self, values: Array, frame: float) -> Array:
        """The values (T, ...) on a frame, which may be between two samples."""
        place = np.interp(frame, self.frames, np.arange(len(self.frames)))
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return values[low] + (place - low) * (values[high] - values[low])


def build_ghosts(
    armature: bpy.types.Object,
    takes: Iterable[Take],
    *,
    scene: bpy.types.Scene,
    start_frame: float,
    options: ApplyOptions,
) -> list[Ghost]:
    """The figure, for each take, that `apply_take` with it would have the armature show.

    Constraints, bones that play no part of the body, and how inverse kinematics rolls a limb are
    left out.

    Raises:
        RigError: if a take cannot be put on the armature.
    """
    known = options.moved is not None or not options.where_it_stands
    stands = None if known else character_placement(armature, scene, start_frame)
    ghosts = []
    for take in takes:
        # To look where it stands is to go to that frame: once is enough for all takes.
        own = (
            options if stands is None else replace(options, moved=(take_ground_pose(take), stands))
        )
        ghosts.append(_build_ghost(armature, take, scene, start_frame, own))
    return ghosts


def row_offsets(ghosts: Sequence[Ghost]) -> Array:
    """(N, 3) how far each is moved, in armature space, for all to be seen beside each other.

    They stand in a row across the way that the first one faces, the first one to its right: for
    who looks at its front, from left to right.
    """
    first = ghosts[0].figure
    across = first.left_directions[0]
    reach = 0.0
    for ghost in ghosts:
        aside = (ghost.figure.points - ghost.figure.hip_centers[0]) @ across
        reach = max(reach, float(np.ptp(aside)))
    apart = np.clip(reach, *(first.scale * np.array(_ROW_SPACING_RANGE)))
    return (np.arange(len(ghosts)) - (len(ghosts) - 1) / 2)[:, None] * apart * across


def _build_ghost(
    armature: bpy.types.Object,
    take: Take,
    scene: bpy.types.Scene,
    start_frame: float,
    options: ApplyOptions,
) -> Ghost:
    """The figure of one take."""
    check_take_for_armature(armature, take)
    rig, bone_map = read_rig(armature), bone_map_for_posing(armature)
    rate = scene.render.fps / scene.render.fps_base
    frames = scene_frames(len(take), take.fps, rate, start_frame)
    plain = replace(options, limbs="FK", part="BODY")
    if "pelvis" not in BODY_PARTS[options.part]:
        plain = replace(plain, carrier="HIPS")
    try:
        stage = retarget_take(armature, take, plain, rig, bone_map, scene, start_frame)
    except MappingError as error:
        raise RigError(f"“{armature.name}”: {error}") from error
    playing = Animation.from_data_block(armature)
    curves = fcurves_by_channel(
        playing.channelbag if playing is not None and playing.is_playing else None
    )
    motion = _blend_with_existing(armature, bone_map, stage.motion, curves, frames, options)
    figure = build_figure(motion, rig.rest_pose, bone_map, rig.traits, rig.custom_rest_pose)
    lift = options.ground / world_scale(armature)
    figure = replace(figure, ground=figure.ground + lift * figure.up)
    begins = None
    if stage.object_transforms is not None:
        figure = figure.transformed(
            stage.object_transforms.rotations, stage.object_transforms.translations
        )
        begins = object_matrix_at(armature, curves, start_frame)
    if options.in_place and "pelvis" in BODY_PARTS[options.part]:
        figure = figure.translated(-stage.root_offsets)
    return Ghost(figure, frames, rate, figure.project_to_ground(figure.hip_centers), begins)


def _blend_with_existing(
    armature: bpy.types.Object,
    bone_map: BoneMap,
    motion: RigMotion,
    curves: FCurveMap,
    frames: Array,
    options: ApplyOptions,
) -> RigMotion:
    """The motion where it is the master, and what the armature did before elsewhere."""
    fades = options.fade > 0 and options.destination != "NLA_STRIP"
    if options.part == "BODY" and not fades:
        return motion
    before = read_existing_motion(armature, curves, motion, frames)
    weights = np.ones(len(frames))
    if fades:
        posed = {(bone, path) for bone in motion.bones for path in POSE_PROPERTIES}
        goes_on = has_keys_after(curves, posed, float(frames[-1]))
        weights = blend_weights(frames, options.fade, options.fade if goes_on else 0.0)
    mixed = blend_motions(motion, before, weights)
    played = {bone: joint for joint, bone in bone_map.bones.items()}
    joints = BODY_PARTS[options.part]

    def rules(bones: tuple[str, ...]) -> Array:
        return np.array([played.get(bone, "pelvis") in joints for bone in bones], dtype=bool)

    return replace(
        motion,
        rotations=np.where(rules(motion.bones)[:, None], mixed.rotations, before.rotations),
        locations=np.where(
            rules(motion.translated_bones)[:, None], mixed.locations, before.locations
        ),
    )
