"""Motion of an armature as a take: evaluated poses, with constraints and drivers."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import MAX_FRAMES, Take
from ...backend.kinematics.math.rotations import Array, normalize
from ...backend.kinematics.retarget.rig_to_take import retarget_to_take
from ...backend.kinematics.rigs.rest_pose import RestPose
from ..action.fcurves import read_items, scene_fps
from ..armature.checks import check_armature_readable
from ..armature.mapping import bone_map_for_reading
from ..armature.rest import read_rig
from ..errors import RigError
from .preserve_unkeyed import preserve_unkeyed


def read_armature_take(
    armature: bpy.types.Object, scene: bpy.types.Scene, frame_start: int, frame_end: int
) -> Take:
    """Read the evaluated pose on each frame from the first to the last, at the scene's rate.

    The take is in armature space: the transform of the object is ignored. The scene is played
    through and set back to its frame; values that are not keyed stay.

    Raises:
        RigError: The armature cannot be read, or there are no frames.
    """
    count = frame_end - frame_start + 1
    if not 0 < count <= MAX_FRAMES:
        raise RigError(
            f"The last frame must be between {frame_start} and {frame_start + MAX_FRAMES - 1} "
            f"(got {frame_end})."
        )
    return read_armature_frames(armature, scene, [float(frame_start + n) for n in range(count)])


def read_armature_frames(
    armature: bpy.types.Object, scene: bpy.types.Scene, frames: Sequence[float]
) -> Take:
    """Read the evaluated pose on some frames, whole or not; see `read_armature_take`.

    The frame rate of the take is the scene's, whatever the distances between the frames.
    """
    check_armature_readable(armature)
    layer = next((layer for layer in scene.view_layers if armature.name in layer.objects), None)
    if layer is None:
        raise RigError(f"“{armature.name}” is not in the scene “{scene.name}”.")
    bone_map = bone_map_for_reading(armature)
    rest = read_rig(armature).standing_pose
    bones = [bone for bone in bone_map.joint_bones(rest) if bone >= 0]
    rotations = np.empty((len(frames), len(bones), 3, 3))
    positions = np.empty((len(frames), len(bones), 3))
    with _restore_frame(scene, layer):
        for n, frame in enumerate(frames):
            # Of several frames the current one, too, is read as it is keyed, not as it is posed.
            _go_to_frame(scene, layer, frame, force=len(frames) > 1)
            pose = evaluated_bone_matrices(armature, layer)[bones]
            positions[n] = pose[:, :3, 3]
            rotations[n] = _orthonormalize(pose[:, :3, :3])
    return retarget_to_take(
        _rest_subset(rest, bones), rotations, positions, bone_map, scene_fps(scene)
    )


@contextmanager
def _restore_frame(scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> Iterator[None]:
    frame = scene.frame_current + scene.frame_subframe
    with preserve_unkeyed(scene):
        try:
            yield
        finally:
            _go_to_frame(scene, layer, frame)


def _go_to_frame(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frame: float, *, force: bool = False
) -> None:
    """Set the current frame. `force` sets it again, which discards values that are not keyed."""
    if force or abs(frame - scene.frame_current - scene.frame_subframe) > 1e-6:
        whole = math.floor(frame)
        scene.frame_set(whole, subframe=frame - whole)
    else:
        layer.update()


def evaluated_bone_matrices(armature: bpy.types.Object, layer: Any) -> Array:
    """Return (N, 4, 4) matrices of all bones in armature space; RigError if it is hidden."""
    evaluated = armature.evaluated_get(layer.depsgraph)
    if not evaluated.is_evaluated:
        raise RigError(
            f"“{armature.name}” is hidden, and Blender does not pose hidden objects. Show it and "
            "its collection, then try again."
        )
    matrices = read_items(evaluated.pose.bones, "matrix", 16)
    return matrices.reshape(-1, 4, 4).transpose(0, 2, 1).astype(float)


def _orthonormalize(m: Array) -> Array:
    """Return rotations of matrices (..., 3, 3) with scale or shear; the bone's axis Y stays."""
    y = normalize(m[..., :, 1])
    x = m[..., :, 0]
    x = normalize(x - np.sum(x * y, axis=-1, keepdims=True) * y)
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _rest_subset(rest: RestPose, bones: list[int]) -> RestPose:
    names, parents = tuple(rest.names[bone] for bone in bones), (-1,) * len(bones)
    tails = None if rest.tails is None else rest.tails[bones]
    return RestPose(names, parents, rest.positions[bones], rest.rotations[bones], tails)
