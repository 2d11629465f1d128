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
from ...backend.kinematics.editing.body_parts import PARTS, blend_weights, blended
from ...backend.kinematics.keyframes.channels import frame_numbers
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.preview.figure import Figure, figure_of
from ...backend.kinematics.retarget.placement import spot_of
from ...backend.kinematics.retarget.take_to_rig import RigMotion
from ...backend.kinematics.rigs.bone_map import BoneMap, MappingError
from ..action.blender_versions import Animation
from ..action.existing_motion import Curves, curves_by_channel, motion_before
from ..action.fcurves import TRANSFORMS
from ..action.merging import goes_on_after
from ..apply.keying import world_scale
from ..apply.object_motion import object_matrix
from ..apply.options import Manner
from ..apply.placement import staged, stands_on
from ..armature.checks import check_armature
from ..armature.mapping import bone_map_of
from ..armature.rest import rig_of
from ..errors import RigError

_EDGE = 1e-3
"""Frames by which the last one may be off, with times in single precision."""
_APART = (1.1, 2.5)
"""Metres, on a body like the project's own skeleton, from one ghost in a row to the next: at least,
and at most. Ways that lead aside may cross."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """A take on an armature, in armature space."""

    figure: Figure
    frames: Array
    """(T,) scene frames, rising."""
    rate: float
    """Scene frames per second."""
    path: Array
    """(T, 3) the way of the hips, on the ground."""
    begins: Array | None
    """(4, 4) the armature object's own transform where the motion begins; None if no curve moves
    it."""

    def points_at(self, frame: float) -> Array:
        """(P, 3) ends of limbs on a scene frame, held before the first and after the last."""
        return self._between(self.figure.points, frame)

    def path_at(self, frame: float) -> Array:
        """(3,) where the hips are above on a scene frame."""
        return self._between(self.path, frame)

    def seconds(self) -> Array:
        """(S,) the scene frames on which whole seconds of the motion fall, the start left out."""
        return np.arange(self.frames[0] + self.rate, self.frames[-1] + _EDGE, self.rate)

    def poses(self, most: int) -> Array:
        """(N,) scene frames for poses along the way, evenly apart, no more than `most`.

        They are some half seconds apart, so that they stay where they are if a motion is a little
        longer.
        """
        half = self.rate / 2
        length = self.frames[-1] + _EDGE - self.frames[0]
        apart = half * (length // (half * most) + 1)
        return np.arange(self.frames[0], self.frames[-1] + _EDGE, apart)

    def matrix(self, armature: bpy.types.Object) -> Array:
        """(4, 4) from armature space to the world, as the armature stands now."""
        world: Any = armature.matrix_world
        if self.begins is None:
            return np.array(world)
        return np.array(world @ armature.matrix_basis.inverted_safe()) @ self.begins

    def _between(self, values: Array, frame: float) -> Array:
        """The values (T, ...) on a frame, which may be between two samples."""
        place = np.interp(frame, self.frames, np.arange(len(self.frames)))
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return values[low] + (place - low) * (values[high] - values[low])


def ghosts_of(
    armature: bpy.types.Object,
    takes: Iterable[Take],
    *,
    scene: bpy.types.Scene,
    start_frame: float,
    manner: Manner,
) -> list[Ghost]:
    """The figure, for each take, that `apply_take` with it would have the armature show.

    Constraints, bones that play no part of the body, and how inverse kinematics rolls a limb are
    left out.

    Raises:
        RigError: if a take cannot be put on the armature.
    """
    known = manner.moved is not None or not manner.where_it_stands
    stands = None if known else stands_on(armature, scene, start_frame)
    ghosts = []
    for take in takes:
        # To look where it stands is to go to that frame: once is enough for all takes.
        own = manner if stands is None else replace(manner, moved=(spot_of(take), stands))
        ghosts.append(_ghost(armature, take, scene, start_frame, own))
    return ghosts


def side_by_side(ghosts: Sequence[Ghost]) -> Array:
    """(N, 3) how far each is moved, in armature space, for all to be seen beside each other.

    They stand in a row across the way that the first one faces, the first one to its right: for
    who looks at its front, from left to right.
    """
    first = ghosts[0].figure
    across = first.lateral[0]
    reach = 0.0
    for ghost in ghosts:
        aside = (ghost.figure.points - ghost.figure.hips[0]) @ across
        reach = max(reach, float(np.ptp(aside)))
    apart = np.clip(reach, *(first.size * np.array(_APART)))
    return (np.arange(len(ghosts)) - (len(ghosts) - 1) / 2)[:, None] * apart * across


def _ghost(
    armature: bpy.types.Object,
    take: Take,
    scene: bpy.types.Scene,
    start_frame: float,
    manner: Manner,
) -> Ghost:
    """The figure of one take."""
    check_armature(armature, take)
    rig, bone_map = rig_of(armature), bone_map_of(armature)
    rate = scene.render.fps / scene.render.fps_base
    frames = frame_numbers(len(take), take.fps, rate, start_frame)
    plain = replace(manner, limbs="FK", part="BODY")
    if "pelvis" not in PARTS[manner.part]:
        plain = replace(plain, carrier="HIPS")
    try:
        stage = staged(armature, take, plain, rig, bone_map, scene, start_frame)
    except MappingError as error:
        raise RigError(f"“{armature.name}”: {error}") from error
    playing = Animation.of(armature)
    curves = curves_by_channel(playing.curves if playing is not None and playing.plays else None)
    motion = _beside_what_was(armature, bone_map, stage.motion, curves, frames, manner)
    figure = figure_of(motion, rig.rest, bone_map, rig.traits, rig.standing)
    lift = manner.ground / world_scale(armature)
    figure = replace(figure, ground=figure.ground + lift * figure.up)
    begins = None
    if stage.object_way is not None:
        figure = figure.carried(stage.object_way.turns, stage.object_way.shifts)
        begins = object_matrix(armature, curves, start_frame)
    if manner.in_place and "pelvis" in PARTS[manner.part]:
        figure = figure.shifted(-stage.travel)
    return Ghost(figure, frames, rate, figure.on_ground(figure.hips), begins)


def _beside_what_was(
    armature: bpy.types.Object,
    bone_map: BoneMap,
    motion: RigMotion,
    curves: Curves,
    frames: Array,
    manner: Manner,
) -> RigMotion:
    """The motion where it is the master, and what the armature did before elsewhere."""
    fades = manner.fade > 0 and manner.destination != "NLA_STRIP"
    if manner.part == "BODY" and not fades:
        return motion
    before = motion_before(armature, curves, motion, frames)
    weights = np.ones(len(frames))
    if fades:
        posed = {(bone, path) for bone in motion.bones for path in TRANSFORMS}
        goes_on = goes_on_after(curves, posed, float(frames[-1]))
        weights = blend_weights(frames, manner.fade, manner.fade if goes_on else 0.0)
    mixed = blended(motion, before, weights)
    played = {bone: joint for joint, bone in bone_map.bones.items()}
    joints = PARTS[manner.part]

    def rules(bones: tuple[str, ...]) -> Array:
        return np.array([played.get(bone, "pelvis") in joints for bone in bones], dtype=bool)

    return replace(
        motion,
        rotations=np.where(rules(motion.bones)[:, None], mixed.rotations, before.rotations),
        locations=np.where(rules(motion.located)[:, None], mixed.locations, before.locations),
    )
