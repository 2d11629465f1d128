"""Load a model file as a body, with the smplx package."""

import sys
from typing import Any

import numpy as np

from ..kinematics.body.skeleton import SMPL
from ..kinematics.body.smpl_body import SHAPE_COUNT, SmplBody, SmplBodyError
from .files import SMPL_MODELS, find_model_file, read_model_arrays

_PACKAGE = "smplx==0.1.28"
"""Pinned as in pyproject.toml."""


def load_body(folder: str, gender: str, *, correctives: bool = True) -> SmplBody:
    """Load the body of a gender from the model files in a folder, an absolute path.

    Raises:
        SmplBodyError: a file or the smplx package is missing, or the file is no valid model.
    """
    arrays = read_model_arrays(find_model_file(folder, gender))
    try:
        from smplx import SMPLLayer  # torch takes seconds
        from smplx.joint_names import JOINT_NAMES, SMPLH_JOINT_NAMES
        from smplx.lbs import vertices2joints
        from smplx.utils import Struct
    except ImportError as error:
        raise SmplBodyError(
            "SMPL bodies need the package smplx, which is not installed. Its licence forbids "
            f"commercial use. If you accept that: {sys.executable} -m pip install {_PACKAGE}"
        ) from error
    # SMPL's layer serves its successors as well: theirs add expressions, hand components and
    # landmarks, but skin the body in the same way.
    layer: Any = SMPLLayer("", data_struct=Struct(**arrays), num_betas=SHAPE_COUNT, gender=gender)
    joints = len(arrays["weights"].T)
    names = {24: SMPL.names, 52: SMPLH_JOINT_NAMES, 55: JOINT_NAMES}[joints]
    shapes = layer.shapedirs.permute(2, 0, 1)
    moves = layer.posedirs.reshape(joints - 1, 3, 3, -1, 3)
    return SmplBody(
        model=SMPL_MODELS[joints],
        gender=gender,
        names=tuple(names[:joints]),
        parents=tuple(layer.parents.tolist()),
        vertices=layer.v_template.numpy(),
        faces=layer.faces_tensor.numpy().astype(np.int32),
        shapes=shapes.contiguous().numpy(),
        joints=vertices2joints(layer.J_regressor, layer.v_template[None])[0].numpy(),
        joint_shapes=vertices2joints(layer.J_regressor, shapes).numpy(),
        weights=layer.lbs_weights.numpy(),
        correctives=(moves if correctives else moves[:0]).numpy(),
    )
