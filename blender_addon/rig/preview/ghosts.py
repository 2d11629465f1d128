"""Ghosts: figures of a take on an armature, to be drawn without changing the file.

All frames are computed at once; showing a frame only looks it up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.editing.body_parts import BODY_PARTS, blend_motions
from ...backend.kinematics.keyframes.channels import scene_frames
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.preview.figure import Figure, build_figure
from ...backend.kinematics.retarget.placement import take_ground_pose
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.bone_map import BoneMap
from ..action.existing_motion import FCurveMap, playing_fcurves, read_existing_motion
from ..action.fcurves import POSE_PROPERTIES, SAME_FRAME_TOLERANCE, scene_fps
from ..apply.channels import fade_weights
from ..apply.object_motion import object_matrix_at
from ..apply.options import ApplyOptions, world_scale
from ..apply.placement import character_placement, retarget_take
from ..armature.checks import check_take_for_armature
from ..armature.mapping import rig_for_posing

_ROW_SPACING_RANGE = (1.1, 2.5)
"""Smallest and largest distance between ghosts in a row, metres on a body of SMPL's size. Paths
that lead sideways may cross."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """A take on an armature, in armature space."""

    figure: Figure
    frames: Array
    """(T,) scene frames, increasing."""
    scene_fps: float
    path: Array
    """(T, 3) path of the hips on the ground."""
    start_matrix: Array | None
    """(4, 4) transform of the armature object at the start of the motion; None if no F-curve moves
    it."""

    def limb_points_at(self, frame: float) -> Array:
        """Return (P, 3) ends of limbs on a scene frame, clamped to the first and last."""
        return self._interpolate(self.figure.points, frame)

    def path_point_at(self, frame: float) -> Array:
        """Return the point (3,) on the ground below the hips on a scene frame."""
        return self._interpolate(self.path, frame)

    def whole_second_frames(self) -> Array:
        """Return (S,) scene frames of the whole seconds of the motion, without its start."""
        return np.arange(
            self.frames[0] + self.scene_fps, self.frames[-1] + SAME_FRAME_TOLERANCE, self.scene_fps
        )

    def pose_frames(self, max_count: int) -> Array:
        """Return (N,) evenly spaced scene frames for poses along the path.

        Their distance is a multiple of half a second, so that they stay the same if a motion
        becomes a little longer.
        """
        half = self.scene_fps / 2
        length = self.frames[-1] + SAME_FRAME_TOLERANCE - self.frames[0]
        spacing = half * (length // (half * max_count) + 1)
        return np.arange(self.frames[0], self.frames[-1] + SAME_FRAME_TOLERANCE, spacing)

    def world_matrix(self, armature: bpy.types.Object) -> Array:
        world: Any = armature.matrix_world
        if self.start_matrix is None:
            return np.array(world)
        return np.array(world @ armature.matrix_basis.inverted_safe()) @ self.start_matrix

    def _interpolate(self, values: Array, frame: float) -> Array:
        index = np.interp(frame, self.frames, np.arange(len(self.frames)))
        low = int(index)
        high = min(low + 1, len(values) - 1)
        return values[low] + (index - low) * (values[high] - values[low])


def build_ghosts(
    armature: bpy.types.Object,
    takes: Iterable[Take],
    *,
    scene: bpy.types.Scene,
    start_frame: float,
    options: ApplyOptions,
) -> list[Ghost]:
    """Return, for each take, the figure that the armature would show after `apply_take`.

    Constraints, bones that play no joint, and the roll of IK limbs are ignored. Raise RigError if a
    take cannot be applied.
    """
    # Reading where the character stands changes the frame: once is enough for all takes.
    is_placed = options.moved is not None or not options.where_it_stands
    target = None if is_placed else character_placement(armature, scene, start_frame)
    ghosts = []
    for take in takes:
        if target is not None:
            options = replace(options, moved=(take_ground_pose(take), target))
        ghosts.append(_build_ghost(armature, take, scene, start_frame, options))
    return ghosts


def row_offsets(ghosts: Sequence[Ghost]) -> Array:
    """Return (N, 3) offsets in armature space that put the ghosts in a row.

    The row is perpendicular to the direction that the first ghost faces, which stands at its own
    right end: the first from the left for a viewer in front of it.
    """
    first = ghosts[0].figure
    across = first.left_directions[0]
    width = 0.0
    for ghost in ghosts:
        sideways = (ghost.figure.points - ghost.figure.hip_centers[0]) @ across
        width = max(width, float(np.ptp(sideways)))
    spacing = np.clip(width, *(first.scale * np.array(_ROW_SPACING_RANGE)))
    return (np.arange(len(ghosts)) - (len(ghosts) - 1) / 2)[:, None] * spacing * across


def _build_ghost(
    armature: bpy.types.Object,
    take: Take,
    scene: bpy.types.Scene,
    start_frame: float,
    options: ApplyOptions,
) -> Ghost:
    check_take_for_armature(armature, take)
    rig = rig_for_posing(armature)
    fps = scene_fps(scene)
    frames = scene_frames(len(take), take.fps, fps, start_frame)
    moves_hips = "pelvis" in BODY_PARTS[options.part]
    carrier = options.carrier if moves_hips else "HIPS"
    whole_body = replace(options, limbs="FK", part="BODY", carrier=carrier)
    retargeted = retarget_take(armature, take, whole_body, rig, scene, start_frame)
    curves = playing_fcurves(armature)
    motion = _blend_with_existing(
        armature, rig.bone_map, retargeted.motion, curves, frames, options
    )
    figure = build_figure(motion, rig)
    lift = options.ground / world_scale(armature)
    figure = replace(figure, ground=figure.ground + lift * figure.up)
    start_matrix = None
    transforms = retargeted.object_transforms
    if transforms is not None:
        figure = figure.transformed(transforms.rotations, transforms.translations)
        start_matrix = object_matrix_at(armature, curves, start_frame)
    if options.in_place and moves_hips:
        figure = figure.translated(-retargeted.root_offsets)
    return Ghost(figure, frames, fps, figure.project_to_ground(figure.hip_centers), start_matrix)


def _blend_with_existing(
    armature: bpy.types.Object,
    bone_map: BoneMap,
    motion: RigMotion,
    curves: FCurveMap,
    frames: Array,
    options: ApplyOptions,
) -> RigMotion:
    """Return the motion in its body part and the existing motion elsewhere, blended in and out."""
    fades = options.fade > 0 and options.destination != "NLA_STRIP"
    if options.part == "BODY" and not fades:
        return motion
    existing = read_existing_motion(armature, curves, motion, frames)
    weights = np.ones(len(frames))
    if fades:
        posed = {(bone, path) for bone in motion.bones for path in POSE_PROPERTIES}
        weights = fade_weights(curves, posed, frames, options.fade)
    blended = blend_motions(motion, existing, weights)
    joints = {bone: joint for joint, bone in bone_map.bones.items()}

    def is_in_part(bones: tuple[str, ...]) -> Array:
        part = BODY_PARTS[options.part]
        return np.array([joints.get(bone, "pelvis") in part for bone in bones], dtype=bool)[:, None]

    rotates, translates = is_in_part(motion.bones), is_in_part(motion.translated_bones)
    return replace(
        motion,
        rotations=np.where(rotates, blended.rotations, existing.rotations),
        locations=np.where(translates, blended.locations, existing.locations),
    )
