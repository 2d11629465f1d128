"""The shape that a take brings, on the SMPL character that it is put on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ...backend.kinematics.body.take import Take
from ...rig.errors import RigError
from ...rig.smpl.native_take import compensate_retargeting
from ...rig.smpl.shape import read_smpl_shape, set_smpl_shape, take_betas_for


@contextmanager
def apply_take_shape(
    context: bpy.types.Context, armature: bpy.types.Object, take: Take
) -> Iterator[tuple[Take, tuple[str, ...]]]:
    """Give an SMPL character the take's shape while its motion is put on; back if that fails.

    Other armatures, and takes without a shape, are left alone.

    Yields:
        The take to put on, which on its own body is another, and a sentence where the shape cannot
        be this character's or not now, else none.
    """
    before = read_smpl_shape(armature)
    try:
        betas = take_betas_for(armature, take)
        if betas is not None:
            set_smpl_shape(context, armature, betas)
    except RigError as error:
        yield take, (str(error),)
        return
    try:
        yield take if betas is None else compensate_retargeting(armature, take), ()
    except Exception:
        if betas is not None and before is not None:
            set_smpl_shape(context, armature, before.betas)
        raise
