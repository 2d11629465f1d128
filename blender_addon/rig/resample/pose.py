"""A take as values of the keyed bones of a rig: the body's bones and the IK controls of its limbs.

Other bones between them may have F-curves of their own; those are compensated for.
"""

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
    Rig,
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
from ..armature.mapping import rig_for_posing
from ..armature.playback_warnings import is_constrained

_LIMB_CHAINS = tuple(
    tuple(f"{side}_{joint}" for joint in chain)
    for side in ("left", "right")
    for chain in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
)


class KeyedBody:
    """The keyed bones of an armature that define the motion of its body."""

    def __init__(self, armature: bpy.types.Object, curves: FCurveMap) -> None:
        """Find the bones with keys (`AnimationSource.keyed_curves`); RigError if there is no body.

        Only the bones at rest are stored, nothing of Blender's.
        """
        self._rig = rig_for_posing(armature)
        bone_map = self._rig.bone_map
        self._limbs = tuple(_ik_keyed_limbs(armature, bone_map, curves))
        _, motion = self._fk_and_ik_motion(Take(np.zeros((1, 72)), np.zeros((1, 3)), 1.0))
        # Bones beyond the wrists belong to the fingers, whose F-curves stay as they are.
        fingers = {bone for joint, bone in bone_map.bones.items() if joint not in ASSIGNABLE_JOINTS}
        keyed = {(bone, path) for bone, path, _ in curves}
        modes = {bone: armature.pose.bones[bone].rotation_mode for bone in motion.bones}
        self.rotation_modes = {
            bone: mode
            for bone, mode in modes.items()
            if bone not in fingers and (bone, rotation_property(mode)) in keyed
        }
        """Bone -> rotation mode, of the bones whose rotation has keys."""
        self.translated_bones = tuple(
            bone for bone in motion.translated_bones if (bone, "location") in keyed
        )
        """Bones whose location has keys and moves the body."""

    @property
    def keyed_properties(self) -> set[tuple[str, str]]:
        """(bone, path) of all properties that define the motion."""
        rotations = {(bone, rotation_property(mode)) for bone, mode in self.rotation_modes.items()}
        return rotations | {(bone, "location") for bone in self.translated_bones}

    def curves_in(self, curves: FCurveMap) -> FCurveMap:
        keyed = self.keyed_properties
        return {channel: curve for channel, curve in curves.items() if channel[:2] in keyed}

    def local_motion(
        self, take: Take, armature: Any, curves: FCurveMap, frames: Array
    ) -> LocalPoses:
        """Return rotations and locations of the keyed bones that show a take.

        Args:
            armature: The armature object, for bones that do not belong to the body.
            curves: F-curves of its Action.
            frames: (T,) Action frames, one for each frame of the take.
        """
        fk_motion, motion = self._fk_and_ik_motion(take)
        rotations, locations = motion.rotations_by_bone(), motion.locations_by_bone()
        transforms = _ParentTransforms(self._rig, self._limbs, fk_motion, armature, curves, frames)
        rest, indices = self._rig.rest_pose, self._rig.rest_pose.bone_indices()
        for bone in {*self.rotation_modes, *self.translated_bones}:
            transform = transforms.parent_transform(bone)
            if transform is None:
                continue
            index = indices[bone]
            if bone in self.rotation_modes:
                rotations[bone] = to_parent_space(
                    rotations[bone], rest.rotations[index], transform.rotations
                )
            if bone in self.translated_bones:
                axes = location_axes(rest, index, self._rig.traits)
                head = rest.positions[index]
                position = transform.inverse().apply(head + locations[bone] @ axes.T)
                locations[bone] = (position - head) @ axes
        return LocalPoses(
            _stack([rotations[bone] for bone in self.rotation_modes], (len(take), 0, 4)),
            _stack([locations[bone] for bone in self.translated_bones], (len(take), 0, 3)),
        )

    def _fk_and_ik_motion(self, take: Take) -> tuple[RigMotion, RigMotion]:
        """Return the motion by FK, and the same with the IK controls of limbs added."""
        fk_motion = retarget_to_rig(take, self._rig)
        if not self._limbs:
            return fk_motion, fk_motion
        ik_motion, _ = pose_by_ik_controls(fk_motion, self._rig, self._limbs)
        rotations = ik_motion.rotations_by_bone() | fk_motion.rotations_by_bone()
        stacked = np.stack(list(rotations.values()), axis=1)
        return fk_motion, replace(ik_motion, bones=tuple(rotations), rotations=stacked)


def _stack(tracks: list[Array], empty: tuple[int, ...]) -> Array:
    return np.stack(tracks, axis=1) if tracks else np.zeros(empty)


class _ParentTransforms:
    """Transforms of the parents of a body's bones that the motion of the body leaves out."""

    def __init__(
        self,
        rig: Rig,
        limbs: tuple[IkLimb, ...],
        fk_motion: RigMotion,
        armature: Any,
        curves: FCurveMap,
        frames: Array,
    ) -> None:
        self._rig, self._fk_motion = rig, fk_motion
        parents = dict(rig.bone_map.constraint_parents)
        self._controls: set[str] = set()
        for limb in limbs:
            self._controls |= {bone for bone in (limb.control, limb.toe_control) if bone}
            if limb.parent:
                parents |= {bone: limb.parent for bone in (limb.control, limb.pole) if bone}
            if limb.toe_control:
                parents[limb.toe_control] = limb.control
        self._rest = with_constraint_parents(
            rig.rest_pose, replace(rig.bone_map, constraint_parents=parents)
        )
        self._indices = self._rest.bone_indices()
        self._armature, self._curves, self._frames = armature, curves, frames
        self._animated = {bone for bone, _, _ in curves}
        self._cache: dict[int, RigidTransform | None] = {}
        self._chains = build_rig_chains(fk_motion, rig)

    def parent_transform(self, bone: str) -> RigidTransform | None:
        """Return the transform of a bone's parent relative to rest; None for the identity.

        The motion of a bone of the body is relative to the next of the body's bones above it, that
        of a control to the armature.
        """
        is_control = bone not in self._fk_motion.bones
        transform: RigidTransform | None = None
        for ancestor in self._rest.ancestors(self._indices[bone]):
            name = self._rest.names[ancestor]
            if name in self._fk_motion.bones:
                if is_control:
                    transform = _compose_optional(self._body_bone_transform(name), transform)
                break
            if name in self._controls:
                break
            if ancestor not in self._cache:
                self._cache[ancestor] = self._curve_transform(ancestor)
            transform = _compose_optional(self._cache[ancestor], transform)
        return transform

    def _curve_transform(self, bone: int) -> RigidTransform | None:
        """Return the transform (T,) of a bone that is none of the body's, by its F-curves."""
        name = self._rest.names[bone]
        if is_constrained(self._armature.pose.bones[name]):
            return None
        frames = self._frames if name in self._animated else self._frames[:1]
        quaternions = read_existing_rotations(self._armature, self._curves, name, frames)
        locations = read_existing_values(self._armature, self._curves, name, "location", frames)
        is_at_rest = np.allclose(quaternions, [1, 0, 0, 0]) and np.allclose(locations, 0)
        if len(frames) == 1 and is_at_rest:
            return None
        to_rig, head = self._rest.rotations[bone], self._rest.positions[bone]
        rotations = to_rig @ quaternion_to_matrix(quaternions) @ to_rig.T
        axes = location_axes(self._rig.rest_pose, bone, self._rig.traits)
        translations = locations @ axes.T + head - rotations @ head
        count = len(self._frames)
        return RigidTransform(
            np.broadcast_to(rotations, (count, 3, 3)), np.broadcast_to(translations, (count, 3))
        )

    def _body_bone_transform(self, name: str) -> RigidTransform:
        index = self._fk_motion.bones.index(name)
        rotations = self._chains.rest_deltas(self._fk_motion.quaternions_by_bone())[:, index]
        head = self._rest.positions[self._indices[name]]
        moved = head + self._chains.head_displacements(self._fk_motion)[:, index]
        return RigidTransform(rotations, moved - rotations @ head)


def _compose_optional(
    outer: RigidTransform | None, inner: RigidTransform | None
) -> RigidTransform | None:
    if outer is None or inner is None:
        return outer or inner
    return outer.compose(inner)


def _ik_keyed_limbs(
    armature: bpy.types.Object, bone_map: BoneMap, curves: FCurveMap
) -> Iterator[IkLimb]:
    translated = {bone for bone, path, _ in curves if path == "location"}
    mapped = [limb for limb in bone_map.ik if limb.control in translated]
    yield from mapped
    done = {joint for limb in mapped for joint in limb.joints}
    for joints in _LIMB_CHAINS:
        if not done.intersection(joints):
            limb = _limb_from_constraint(armature, bone_map.bones, joints)
            if limb is not None and {limb.control, limb.pole} & translated:
                yield limb


def _limb_from_constraint(
    armature: bpy.types.Object, bones: Mapping[str, str], joints: tuple[str, ...]
) -> IkLimb | None:
    """Return the limb if an IK constraint targets a bone of the same armature."""
    chain = [bones.get(joint, "") for joint in joints]
    if not all(chain):
        return None
    pose_bones = armature.pose.bones
    for name in chain[1:]:
        for constraint in pose_bones[name].constraints:
            ik: Any = constraint
            if ik.type != "IK" or ik.mute or ik.target != armature:
                continue
            control = pose_bones.get(ik.subtarget)
            if control is None or control.name in chain:
                continue
            has_pole = ik.pole_target == armature and ik.pole_subtarget in pose_bones
            pole = ik.pole_subtarget if has_pole else ""
            parent = control.parent.name if control.parent else ""
            return IkLimb(joints, control.name, pole, None, parent, settings={}, rest_controls=())
    return None
