"""Figure of a rig's motion for previews: joint positions, and limbs with a thickness.

Proportions are those of the rig, so the preview shows what keys would show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..body.skeleton import SMPL
from ..math.rotations import Array, normalize
from ..retarget.rest_alignment import RestAlignment, align_rest_pose
from ..retarget.rig_chains import build_rig_chains
from ..retarget.take_to_rig import Rig, RigMotion
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
"""Metres, on the `SMPL` skeleton, at both ends of the limb that ends in a joint."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A body in each frame of a motion, in the rig's frame and unit."""

    points: Array
    """(T, P, 3) limb ends."""
    limbs: np.ndarray
    """(L, 2) indices in `points` of the ends of each limb."""
    radii: Array
    """(L, 2) radius of each limb at its two ends."""
    hip_centers: Array
    """(T, 3) middle between the hip joints."""
    left_directions: Array
    """(T, 3) unit vectors along the ground to the body's left."""
    up: Array
    """(3,) unit vector."""
    ground: Array
    """(3,) a point on the ground."""
    scale: float
    """Rig units per metre of a body like the `SMPL` skeleton."""

    def translated(self, offsets: Array) -> Figure:
        """Return the figure moved by (T, 3)."""
        points, centers = self.points + offsets[:, None], self.hip_centers + offsets
        return replace(self, points=points, hip_centers=centers)

    def transformed(self, rotations: Array, translations: Array) -> Figure:
        """Return the figure with each point x at rotations (T, 3, 3) @ x + translations (T, 3)."""
        return replace(
            self,
            points=np.einsum("tij,tpj->tpi", rotations, self.points) + translations[:, None],
            hip_centers=np.einsum("tij,tj->ti", rotations, self.hip_centers) + translations,
            left_directions=np.einsum("tij,tj->ti", rotations, self.left_directions),
        )

    def project_to_ground(self, points: Array) -> Array:
        """Project points (..., 3) vertically to the ground."""
        return points - ((points - self.ground) @ self.up)[..., None] * self.up


def build_figure(motion: RigMotion, rig: Rig) -> Figure:
    """Build the figure of a motion of `retarget_to_rig`, without IK controls."""
    rest, standing = rig.rest_pose, rig.standing_pose
    alignment = align_rest_pose(standing, rig.bone_map)
    chains = build_rig_chains(motion, rig)
    displacements = chains.head_displacements(motion)
    index, column = rest.bone_indices(), {bone: n for n, bone in enumerate(motion.bones)}
    joints = {
        joint: (index[bone], column[bone])
        for joint, bone in rig.bone_map.bones.items()
        if bone in column
    }
    points = {joint: rest.positions[n] + displacements[:, c] for joint, (n, c) in joints.items()}
    deltas = chains.rest_deltas(motion.quaternions_by_bone())
    limbs = list(_limbs(points))
    for name, joint, offset in _limb_tips(alignment, standing, points):
        bone, c = joints[joint]
        axes = deltas[:, c] @ rest.rotations[bone]
        points[name] = points[joint] + axes @ (standing.rotations[bone].T @ offset)
        limbs.append((joint, name))
    point_index = {name: n for n, name in enumerate(points)}
    hips = [points[f"{side}_hip"] for side in ("left", "right")]
    up = alignment.body_to_rig[:, 1]
    lateral = hips[0] - hips[1]
    return Figure(
        points=np.stack(list(points.values()), axis=1),
        limbs=np.array([[point_index[name] for name in limb] for limb in limbs]),
        radii=alignment.scale * np.array([_RADII[end.split("_")[-1]] for _, end in limbs]),
        hip_centers=(hips[0] + hips[1]) / 2,
        left_directions=normalize(lateral - (lateral @ up)[:, None] * up),
        up=up,
        ground=alignment.ground_origin,
        scale=alignment.scale,
    )


def _limbs(points: Mapping[str, Array]) -> Iterator[tuple[str, str]]:
    """Pairs of each mapped joint and the nearest mapped joint above it."""
    for joint, name in enumerate(SMPL.names):
        above = SMPL.parents[joint]
        while above >= 0 and SMPL.names[above] not in points:
            above = SMPL.parents[above]
        if above >= 0 and name in points:
            yield SMPL.names[above], name


def _limb_tips(
    alignment: RestAlignment, standing: RestPose, points: Mapping[str, Array]
) -> list[tuple[str, str, Array]]:
    """Name, parent joint and offset (3,) in the standing rig of the points beyond the last joints.

    Tails of bones are not used: those of imported bones point anywhere.
    """
    up, forward = alignment.body_to_rig[:, 1], alignment.body_to_rig[:, 2]
    tips = [("crown", "head", 0.13 * up)] if "head" in points else []
    for side in ("left", "right"):
        elbow, wrist, hand = (f"{side}_{joint}" for joint in ("elbow", "wrist", "hand"))
        if elbow in points and wrist in points:
            bones = [alignment.bones[SMPL.index(joint)] for joint in (elbow, wrist)]
            direction = normalize(standing.positions[bones[1]] - standing.positions[bones[0]])
            end_joint, length = (hand, 0.08) if hand in points else (wrist, 0.16)
            tips.append((f"{side}_fingers", end_joint, length * direction))
        ankle, foot = f"{side}_ankle", f"{side}_foot"
        if foot in points:
            tips.append((f"{side}_toes", foot, 0.06 * forward))
        elif ankle in points:
            tips.append((f"{side}_toes", ankle, 0.16 * forward - 0.05 * up))
    return [(name, joint, alignment.scale * offset) for name, joint, offset in tips]
