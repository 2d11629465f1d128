"""A rig's motion as a figure to be looked at: where the joints are, and limbs with a thickness.

Proportions are the rig's own, so what is drawn is what keys would show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, normalize
from ..retarget.rest_alignment import RestAlignment, align_rest_pose
from ..retarget.rig_chains import build_rig_chains
from ..retarget.take_to_rig import BoneTraits, RigMotion
from ..rigs.bone_map import BoneMap
from ..rigs.rest_pose import RestPose

_RADII: Mapping[str, tuple[float, float]] = {
    "hip": (0.1, 0.085),
    "knee": (0.08, 0.052),
    "ankle": (0.05, 0.035),
    "foot": (0.035, 0.03),
    "toes": (0.03, 0.022),
    "spine1": (0.105, 0.1),
    "spine2": (0.1, 0.11),
    "spine3": (0.11, 0.115),
    "neck": (0.085, 0.05),
    "head": (0.048, 0.05),
    "crown": (0.08, 0.085),
    "collar": (0.09, 0.06),
    "shoulder": (0.058, 0.05),
    "elbow": (0.046, 0.036),
    "wrist": (0.034, 0.025),
    "hand": (0.026, 0.03),
    "fingers": (0.03, 0.018),
}
"""Metres, on the project's own skeleton, at both ends of the limb that ends in a joint."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A body in each frame of a motion, in the rig's frame and unit."""

    points: Array
    """(T, P, 3) ends of limbs."""
    limbs: np.ndarray
    """(L, 2) the points that each limb joins, as places in `points`."""
    radii: Array
    """(L, 2) how thick each limb is at its two ends."""
    hip_centers: Array
    """(T, 3) middle between the hip joints."""
    left_directions: Array
    """(T, 3) unit vectors along the ground, to the body's left."""
    up: Array
    """(3,) unit vector."""
    ground: Array
    """(3,) a spot on the ground."""
    scale: float
    """Rig units per metre of a body like the project's own skeleton."""

    def translated(self, offsets: Array) -> Figure:
        """The figure moved by (T, 3)."""
        return replace(
            self, points=self.points + offsets[:, None], hip_centers=self.hip_centers + offsets
        )

    def transformed(self, rotations: Array, translations: Array) -> Figure:
        """The figure with each point x at turns (T, 3, 3) @ x + shifts (T, 3)."""
        return replace(
            self,
            points=np.einsum("tij,tpj->tpi", rotations, self.points) + translations[:, None],
            hip_centers=np.einsum("tij,tj->ti", rotations, self.hip_centers) + translations,
            left_directions=np.einsum("tij,tj->ti", rotations, self.left_directions),
        )

    def project_to_ground(self, points: Array) -> Array:
        """Points (..., 3) straight below or above, on the ground."""
        return points - ((points - self.ground) @ self.up)[..., None] * self.up


def build_figure(
    motion: RigMotion,
    rest: RestPose,
    bone_map: BoneMap,
    traits: BoneTraits,
    custom_rest_pose: RestPose | None = None,
) -> Figure:
    """The body that a rig's motion shows.

    Args:
        motion: by `pose_rig`, with the same rest pose, bone map, traits and standing pose; limbs
            posed bone by bone.
        rest: the bones as they are where nothing is keyed.
        bone_map: which of them play the body.
        traits: how they hang on their parents.
        standing: the same bones in a T- or A-pose, for a rig whose rest is no standing body.
    """
    upright = rest if custom_rest_pose is None else custom_rest_pose
    body = align_rest_pose(upright, bone_map)
    chains = build_rig_chains(motion, rest, bone_map, traits)
    quaternions = np.asarray(motion.rotations, dtype=float).swapaxes(0, 1)
    at_rest = np.zeros((len(quaternions), 1, 4))
    at_rest[..., 0] = 1.0
    away = chains.head_positions(quaternions, motion.locations)
    away = away - chains.head_positions(at_rest, np.zeros((1, len(motion.translated_bones), 3)))
    index, place = rest.bone_indices(), {bone: n for n, bone in enumerate(motion.bones)}
    joints = {joint: bone for joint, bone in bone_map.bones.items() if bone in place}
    points = {
        joint: rest.positions[index[bone]] + away[:, place[bone]] for joint, bone in joints.items()
    }
    axes = chains.rest_deltas(quaternions) @ rest.rotations[[index[bone] for bone in motion.bones]]
    limbs = list(_limbs(points))
    for name, joint, way in _tips(body, upright, points):
        bone = joints[joint]
        points[name] = points[joint] + axes[:, place[bone]] @ (
            upright.rotations[index[bone]].T @ way
        )
        limbs.append((joint, name))
    order = {name: n for n, name in enumerate(points)}
    hips = [points[f"{side}_hip"] for side in ("left", "right")]
    up = body.body_to_rig[:, 1]
    lateral = hips[0] - hips[1]
    return Figure(
        points=np.stack(list(points.values()), axis=1),
        limbs=np.array([[order[name] for name in limb] for limb in limbs]),
        radii=body.scale * np.array([_RADII[_part(end)] for _, end in limbs]),
        hip_centers=(hips[0] + hips[1]) / 2,
        left_directions=normalize(lateral - (lateral @ up)[:, None] * up),
        up=up,
        ground=body.ground_origin,
        scale=body.scale,
    )


def _limbs(points: Mapping[str, Array]) -> Iterator[tuple[str, str]]:
    """From each joint that there is to the nearest one above it."""
    for child, parent in enumerate(SMPL.parents):
        above = parent
        while above >= 0 and SMPL.names[above] not in points:
            above = SMPL.parents[above]
        if above >= 0 and SMPL.names[child] in points:
            yield SMPL.names[above], SMPL.names[child]


def _tips(
    body: RestAlignment, upright: RestPose, points: Mapping[str, Array]
) -> list[tuple[str, str, Array]]:
    """What is beyond the last joints: its name, the joint it hangs on and the way from there (3,)
    in the standing rig. Bones' own tails are left aside: imported ones point anywhere."""
    up, forward = body.body_to_rig[:, 1], body.body_to_rig[:, 2]
    found = [("crown", "head", 0.13 * up)] if "head" in points else []
    for side in ("left", "right"):
        elbow, wrist, hand = (f"{side}_{joint}" for joint in ("elbow", "wrist", "hand"))
        if elbow in points and wrist in points:
            ends = [upright.positions[body.bones[SMPL.index(joint)]] for joint in (elbow, wrist)]
            along = normalize(ends[1] - ends[0])
            last, length = (hand, 0.08) if hand in points else (wrist, 0.16)
            found.append((f"{side}_fingers", last, length * along))
        ankle, foot = f"{side}_ankle", f"{side}_foot"
        if foot in points:
            found.append((f"{side}_toes", foot, 0.06 * forward))
        elif ankle in points:
            found.append((f"{side}_toes", ankle, 0.16 * forward - 0.05 * up))
    return [(name, joint, body.scale * way) for name, joint, way in found]


def _part(joint: str) -> str:
    return joint.removeprefix("left_").removeprefix("right_")
