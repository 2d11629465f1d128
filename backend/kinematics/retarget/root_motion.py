"""Root motion on a bone above the hips, or on the whole rig.

`placement` splits a take into its root motion and the motion relative to it. The rig plays the
relative motion; a root bone or the object plays the root motion.
"""

from dataclasses import replace

import numpy as np

from ..math.rigid_transform import RigidTransform
from ..math.rotations import axis_rotation, matrix_to_quaternion, quaternion_to_matrix
from ..rigs.bone_map import MappingError
from ..rigs.rest_pose import RestPose
from .placement import REST_GROUND_POSE, RootMotion
from .rest_alignment import RestAlignment
from .take_to_rig import BoneTraits, Rig, RigMotion, location_axes, with_constraint_parents


def rig_root_transform(alignment: RestAlignment, root_motion: RootMotion) -> RigidTransform:
    """Transform of a rig that follows a root motion; the identity at `REST_GROUND_POSE`."""
    frame = alignment.body_to_rig
    rotations = frame @ axis_rotation("Y", root_motion.headings) @ frame.T
    start = alignment.ground_to_rig_frame(REST_GROUND_POSE.position[None])[0]
    path = alignment.ground_to_rig_frame(root_motion.positions)
    return RigidTransform(rotations, path - rotations @ start)


def move_to_root_bone(motion: RigMotion, rig: Rig, transform: RigidTransform) -> RigMotion:
    """Let the topmost bone carry a motion of `retarget_to_rig`; MappingError if it cannot."""
    rest = with_constraint_parents(rig.rest_pose, rig.bone_map)
    index = rest.bone_indices()
    root = index[motion.root_bone]
    top = (rest.ancestors(root) or [root])[-1]
    if motion.root_bone in motion.bones and top == root:
        raise MappingError(
            f"There is no bone above {motion.root_bone} to carry the root motion: choose the hips "
            "or the object."
        )
    head, rest_rotation = rest.positions[top], rest.rotations[top]
    axes = location_axes(rest, top, rig.traits)
    translated, locations, root_offset = motion.translated_bones, motion.locations, np.zeros(3)
    if top == root:  # it already carries a bone that is connected to its parent
        root_offset = locations[:, 0] @ axes.T
        translated, locations = translated[1:], locations[:, 1:]
    offsets = transform.apply(head + root_offset) - head
    rotations = np.array(motion.rotations)
    for n in _independent_bones(motion, rest, rig.traits, index, top):
        own = rest.rotations[index[motion.bones[n]]]
        delta = own.T @ transform.rotations @ own
        rotations[:, n] = matrix_to_quaternion(delta @ quaternion_to_matrix(rotations[:, n]))
    root_rotations = matrix_to_quaternion(rest_rotation.T @ transform.rotations @ rest_rotation)
    return replace(
        motion,
        bones=(rest.names[top], *motion.bones),
        rotations=np.concatenate([root_rotations[:, None], rotations], axis=1),
        translated_bones=(rest.names[top], *translated),
        locations=np.concatenate([(offsets @ axes)[:, None], locations], axis=1),
    )


def _independent_bones(
    motion: RigMotion, rest: RestPose, traits: BoneTraits, index: dict[str, int], top: int
) -> list[int]:
    """Indices in `motion.bones` of those that rotate with neither the top bone nor another one."""
    independent = []
    for n, name in enumerate(motion.bones):
        bone = index[name]
        while bone != top and rest.names[bone] not in traits.no_inherit_rotation:
            bone = rest.parents[bone]
            if rest.names[bone] in motion.bones:
                bone = top
        if bone == top:
            continue
        if rest.names[bone] not in motion.bones:
            raise MappingError(
                f"The bone {rest.names[bone]} does not inherit rotation, so {rest.names[top]} "
                "cannot carry the root motion: choose the hips or the object."
            )
        independent.append(n)
    return independent
