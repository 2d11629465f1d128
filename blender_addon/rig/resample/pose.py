"""A take as what the keyed bones of a rig do: the body's own bones, and controls of its limbs.

What hangs between two bones and has curves of its own is counted in, so that bones which are not
the body's may move as they like.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.keyframes.keyed_motion import LocalPoses, to_parent_space
from ...backend.kinematics.math.rigid_transform import RigidTransform
from ...backend.kinematics.math.rotations import Array, quaternion_to_matrix
from ...backend.kinematics.retarget.ik_controls import pose_by_ik_controls
from ...backend.kinematics.retarget.rig_chains import build_rig_chains
from ...backend.kinematics.retarget.take_to_rig import (
    RigMotion,
    location_axes,
    retarget_to_rig,
    with_constraint_parents,
)
from ...backend.kinematics.rigs.bone_map import BoneMap, IkLimb
from ..action.existing_motion import (
    FCurveMap,
    read_existing_rotations,
    read_existing_values,
    rotation_property,
)
from ..armature.bone_overrides import ASSIGNABLE_JOINTS
from ..armature.mapping import bone_map_for_posing
from ..armature.rest import read_rig

_LIMB_CHAINS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))


class KeyedBody:
    """The keyed bones of an armature by which a motion of its body is told."""

    def __init__(self, armature: bpy.types.Object, curves: FCurveMap) -> None:
        """Nothing of the armature is kept but its bones at rest.

        Args:
            armature: with a human body.
            curves: the F-curves that have keys (`Source.curves`).

        Raises:
            RigError: if no body is found.
        """
        self._rig = read_rig(armature)
        self._map = bone_map_for_posing(armature)
        self._limbs = tuple(_ik_keyed_limbs(armature, self._map, curves))
        names = self._standing_motion()
        # What lies beyond the wrists goes with the fingers, which keep their curves.
        fingers = {
            bone for joint, bone in self._map.bones.items() if joint not in ASSIGNABLE_JOINTS
        }
        modes = {
            bone: armature.pose.bones[bone].rotation_mode
            for bone in names.bones
            if bone not in fingers
        }
        self.rotation_modes = {
            bone: mode
            for bone, mode in modes.items()
            if any((bone, rotation_property(mode), index) in curves for index in range(4))
        }
        """Bone -> rotation mode, of the body's bones whose rotation has keys."""
        self.translated_bones = tuple(
            bone
            for bone in names.translated_bones
            if any((bone, "location", index) in curves for index in range(3))
        )
        """The bones that carry it and whose location has keys."""

    @property
    def rotated_bones(self) -> tuple[str, ...]:
        """The bones of `modes`."""
        return tuple(self.rotation_modes)

    @property
    def keyed_properties(self) -> set[tuple[str, str]]:
        """(bone, path) of all properties that tell of the motion."""
        turned = {(bone, rotation_property(mode)) for bone, mode in self.rotation_modes.items()}
        return turned | {(bone, "location") for bone in self.translated_bones}

    def local_motion(
        self, take: Take, armature: Any, curves: FCurveMap, frames: Array
    ) -> LocalPoses:
        """What the bones `turned` and `located` do for a take.

        Args:
            take: the motion.
            armature: whose other bones count with what their curves do.
            curves: the F-curves of its action.
            frames: (T,) of the action, one for each of the take's.
        """
        played, motion = self._fk_and_ik_motion(take)
        turns = {bone: motion.rotations[:, n] for n, bone in enumerate(motion.bones)}
        places = {bone: motion.locations[:, n] for n, bone in enumerate(motion.translated_bones)}
        spaces = _ParentTransforms(self, played, armature, curves, frames)
        rest, where = self._rig.rest_pose, self._rig.rest_pose.bone_indices()
        for bone in {*self.rotated_bones, *self.translated_bones}:
            space = spaces.parent_transform(bone, is_control=bone not in played.bones)
            if space is None:
                continue
            if bone in self.rotation_modes:
                own = rest.rotations[where[bone]]
                turns[bone] = to_parent_space(turns[bone], own, space.rotations)
            if bone in self.translated_bones:
                axes = location_axes(rest, where[bone], self._rig.traits)
                head = rest.positions[where[bone]]
                location = space.inverse().apply(head + places[bone] @ axes.T)
                places[bone] = (location - head) @ axes
        count = len(take)
        return LocalPoses(
            _stacked([turns[bone] for bone in self.rotated_bones], (count, 0, 4)),
            _stacked([places[bone] for bone in self.translated_bones], (count, 0, 3)),
        )

    def _standing_motion(self) -> RigMotion:
        """The motion of a body that stands: for the names of its bones."""
        standing = Take(np.zeros((1, 72)), np.zeros((1, 3)), 1.0)
        return self._fk_and_ik_motion(standing)[1]

    def _fk_and_ik_motion(self, take: Take) -> tuple[RigMotion, RigMotion]:
        """Bone by bone, and the same with controls of limbs besides."""
        rig = self._rig
        played = retarget_to_rig(
            take, rig.rest_pose, self._map, rig.traits, custom_rest_pose=rig.custom_rest_pose
        )
        if not self._limbs:
            return played, played
        posed, _ = pose_by_ik_controls(played, rig.rest_pose, self._map, rig.traits, self._limbs)
        both = dict.fromkeys([*posed.bones, *played.bones])
        rotations = {b: posed.rotations[:, n] for n, b in enumerate(posed.bones)}
        rotations |= {b: played.rotations[:, n] for n, b in enumerate(played.bones)}
        stacked = np.stack([rotations[bone] for bone in both], axis=1)
        return played, replace(posed, bones=tuple(both), rotations=stacked)


def _stacked(tracks: list[Array], empty: tuple[int, ...]) -> Array:
    return np.stack(tracks, axis=1) if tracks else np.zeros(empty)


class _ParentTransforms:
    """What carries the bones of a body, beyond what their own motion reckons with."""

    def __init__(
        self, body: KeyedBody, played: RigMotion, armature: Any, curves: FCurveMap, frames: Array
    ) -> None:
        self._rig, self._played = body._rig, played
        hung = dict(body._map.constraint_parents)
        for limb in body._limbs:
            if limb.parent:
                hung |= {bone: limb.parent for bone in (limb.control, limb.pole) if bone}
            if limb.toe_control:
                hung[limb.toe_control] = limb.control
        self._rest = with_constraint_parents(
            body._rig.rest_pose, replace(body._map, constraint_parents=hung)
        )
        self._where = self._rest.bone_indices()
        self._controls = {
            bone for limb in body._limbs for bone in (limb.control, limb.toe_control) if bone
        }
        self._armature, self._curves, self._frames = armature, curves, frames
        self._moving = {bone for bone, _, _ in curves}
        self._known: dict[int, RigidTransform | None] = {}
        self._chains = build_rig_chains(played, body._rig.rest_pose, body._map, body._rig.traits)

    def parent_transform(self, bone: str, *, is_control: bool) -> RigidTransform | None:
        """What carries a bone; None if nothing does.

        Args:
            bone: of the body, whose motion is told against the next of its bones above it, or a
                control, whose motion is told as if nothing carried it.
            is_control: which of both it is.
        """
        space: RigidTransform | None = None
        for above in self._rest.ancestors(self._where[bone]):
            name = self._rest.names[above]
            if name in self._played.bones:
                if is_control:
                    space = _compose_optional(self._body_bone_transform(name), space)
                break
            if name in self._controls:
                break
            space = _compose_optional(self._cached_curve_transform(above), space)
        return space

    def _cached_curve_transform(self, bone: int) -> RigidTransform | None:
        """Where a bone that is none of the body's takes what hangs on it, by its own curves."""
        if bone not in self._known:
            self._known[bone] = self._curve_transform(bone)
        return self._known[bone]

    def _curve_transform(self, bone: int) -> RigidTransform | None:
        name = self._rest.names[bone]
        pose_bone = self._armature.pose.bones[name]
        if any(not one.mute and one.influence > 0 for one in pose_bone.constraints):
            return None
        frames = self._frames if name in self._moving else self._frames[:1]
        turned = read_existing_rotations(self._armature, self._curves, name, frames)
        shifted = read_existing_values(self._armature, self._curves, name, "location", frames)
        if len(frames) == 1 and np.allclose(turned, [1, 0, 0, 0]) and np.allclose(shifted, 0):
            return None
        own, head = self._rest.rotations[bone], self._rest.positions[bone]
        turns = own @ quaternion_to_matrix(turned) @ own.T
        axes = location_axes(self._rig.rest_pose, bone, self._rig.traits)
        space = RigidTransform(turns, shifted @ axes.T + head - turns @ head)
        count = len(self._frames)
        return RigidTransform(
            np.broadcast_to(space.rotations, (count, 3, 3)),
            np.broadcast_to(space.translations, (count, 3)),
        )

    def _body_bone_transform(self, name: str) -> RigidTransform:
        """Where a bone of the body takes what hangs on it."""
        rotations = np.asarray(self._played.rotations, dtype=float).swapaxes(0, 1)
        n = self._played.bones.index(name)
        still = np.zeros((len(rotations), 1, 4))
        still[..., 0] = 1.0
        at_rest = np.zeros((1, len(self._played.translated_bones), 3))
        away = self._chains.head_positions(
            rotations, self._played.locations
        ) - self._chains.head_positions(still, at_rest)
        turns, head = (
            self._chains.rest_deltas(rotations)[:, n],
            self._rest.positions[self._where[name]],
        )
        return RigidTransform(turns, head + away[:, n] - turns @ head)


def _compose_optional(
    outer: RigidTransform | None, inner: RigidTransform | None
) -> RigidTransform | None:
    if outer is None or inner is None:
        return outer or inner
    return outer.compose(inner)


def _ik_keyed_limbs(
    armature: bpy.types.Object, bone_map: BoneMap, curves: FCurveMap
) -> Iterator[IkLimb]:
    """The limbs whose end is keyed by a control."""
    placed = {bone for bone, path, _ in curves if path == "location"}
    known = [limb for limb in bone_map.ik if limb.control in placed]
    yield from known
    done = {joint for limb in known for joint in limb.joints}
    for side in ("left", "right"):
        for chain in _LIMB_CHAINS:
            joints = tuple(f"{side}_{joint}" for joint in chain)
            if not done.intersection(joints):
                limb = _limb_from_constraint(armature, bone_map.bones, joints)
                if limb is not None and {limb.control, limb.pole} & placed:
                    yield limb


def _limb_from_constraint(
    armature: bpy.types.Object, played: Mapping[str, str], joints: tuple[str, ...]
) -> IkLimb | None:
    """The limb if an IK constraint has it reach for a bone of the same armature."""
    chain = [played.get(joint, "") for joint in joints]
    if not all(chain):
        return None
    bones = armature.pose.bones
    for name in chain[1:]:
        for found in bones[name].constraints:
            ik: Any = found
            if ik.type != "IK" or ik.mute or ik.target != armature:
                continue
            control = bones.get(ik.subtarget)
            if control is None or control.name in chain:
                continue
            own_pole = ik.pole_target == armature and ik.pole_subtarget in bones
            return IkLimb(
                joints=joints,
                control=control.name,
                pole=ik.pole_subtarget if own_pole else "",
                toe_control=None,
                parent=control.parent.name if control.parent else "",
                settings={},
                rest_controls=(),
            )
    return None
