"""Find an SMPL model file in a folder, read it and check it."""

import itertools
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..kinematics.body.smpl_body import SHAPE_COUNT, SmplBodyError
from ..kinematics.math.rotations import Array

_FLOAT_ARRAYS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights")
MODEL_ARRAYS = (*_FLOAT_ARRAYS, "kintree_table", "f")
"""Arrays of a model file, by SMPL's own names."""
SMPL_MODELS = {24: "SMPL", 52: "SMPL-H", 55: "SMPL-X"}
"""Model name by number of joints."""
MAX_BYTES = 2**29
"""Limit of the unpacked arrays; SMPL-X, the largest model, has about half of it."""
MAX_VERTICES = 20_000
DOWNLOAD_SITES = (
    "https://smpl.is.tue.mpg.de, https://mano.is.tue.mpg.de or https://smpl-x.is.tue.mpg.de"
)
"""Download pages of SMPL, SMPL-H and SMPL-X."""

_SUBFOLDERS = ("", "smpl", "smplh", "smplx", "models/smpl", "models/smplh", "models/smplx")
_ROOT_PARENTS = (-1, 2**32 - 1)
"""Values for the parent of the root: some files have unsigned numbers."""
_SHOWN_CHARACTERS = 40
"""Characters of a path, from its end, that an error shows."""


def find_model_file(folder: str, gender: str) -> Path:
    """Find the model file of a gender in a folder, or in the subfolders of the downloads.

    Raises:
        SmplBodyError: there is no folder, no such file or only a pickled one.
    """
    if not (os.path.isabs(folder) and os.path.isdir(folder)):  # noqa: PTH112, PTH117 any text is taken
        raise SmplBodyError(
            f"There is no folder “{_path_tail(folder)}”: name the one that holds the model files."
        )
    names = [f"{stem}_{gender.upper()}.npz" for stem in ("SMPL", "SMPLH", "SMPLX")]
    names.append(f"{gender}/model.npz")
    for place, name in itertools.product(_SUBFOLDERS, names):
        path = Path(folder, place, name)
        if path.is_file():
            return path
    shown = f"The folder “{_path_tail(folder)}”"
    pickles = [p.name for s in _SUBFOLDERS for p in sorted(Path(folder, s).glob("*.pkl"))]
    if pickles:
        raise SmplBodyError(
            f"{shown} has {pickles[0]}, but a pickle could run code, so none is ever opened: "
            "download the .npz of SMPL-H or SMPL-X, or save the arrays with numpy.savez as "
            f"{names[0]}."
        )
    raise SmplBodyError(
        f"{shown} has none of {', '.join(names)}, also not in smpl, smplh or smplx: get one at "
        f"{DOWNLOAD_SITES}."
    )


def read_model_arrays(path: Path) -> dict[str, Array]:
    """Read the arrays of a model file, by the names of `MODEL_ARRAYS`.

    V vertices, J joints, F triangles: v_template (V, 3), shapedirs (V, 3, 10), posedirs
    (V, 3, 9 (J - 1)) and J_regressor (J, V) in float32, metres, body frame; weights (V, J);
    kintree_table (2, J) with -1 as the root's parent; f (F, 3).

    Raises:
        SmplBodyError: the file is no valid model.
    """
    name = f"The file “{_path_tail(str(path))}”"
    arrays = _read_arrays(path, name)
    vertices, joints = _sizes(arrays, name)
    shapes: dict[str, tuple[int, ...]] = {
        "v_template": (vertices, 3),
        "shapedirs": (vertices, 3, SHAPE_COUNT),
        "posedirs": (vertices, 3, 9 * (joints - 1)),
        "J_regressor": (joints, vertices),
        "weights": (vertices, joints),
        "kintree_table": (2, joints),
    }
    # In SMPL-X, expressions follow the shapes.
    if arrays["shapedirs"].ndim == 3:
        arrays["shapedirs"] = arrays["shapedirs"][:, :, :SHAPE_COUNT]
    for key, shape in shapes.items():
        if arrays[key].shape != shape:
            raise SmplBodyError(
                f"{name} must have {key} of shape {shape} for {vertices} vertices and {joints} "
                f"joints (got {arrays[key].shape})."
            )
    arrays["kintree_table"] = _kinematic_tree(arrays["kintree_table"], name)
    faces, weights = arrays["f"], arrays["weights"]
    triangles = faces.ndim == 2 and faces.shape[1] == 3 and len(faces) <= 4 * MAX_VERTICES
    if not triangles or faces.dtype.kind == "f":
        raise SmplBodyError(f"{name} must have triangles, (F, 3) (got f of shape {faces.shape}).")
    if faces.size == 0 or faces.min() < 0 or faces.max() >= vertices:
        raise SmplBodyError(f"{name} has faces between vertices that it does not have.")
    if not ((weights >= 0).all() and np.allclose(weights.sum(1), 1, atol=1e-3)):
        raise SmplBodyError(f"{name} must have weights that add up to 1 for each vertex.")
    return arrays | {key: arrays[key].astype(np.float32) for key in _FLOAT_ARRAYS}


def _read_arrays(path: Path, name: str) -> dict[str, Array]:
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        total = sum(sizes.get(f"{key}.npy", 0) for key in MODEL_ARRAYS)
        if total > MAX_BYTES:
            raise SmplBodyError(
                f"{name} must unpack to at most {MAX_BYTES >> 20} MB (it unpacks to "
                f"{total >> 20} MB)."
            )
        with np.load(path, allow_pickle=False) as archive:
            for key in MODEL_ARRAYS:
                if key not in archive.files:
                    raise SmplBodyError(
                        f"{name} has no {key}, which SMPL, SMPL-H and SMPL-X models must have."
                    )
                arrays[key] = _numeric_array(archive, key, name)
    except SmplBodyError:
        raise
    except Exception as error:  # of damaged files numpy and zipfile raise a dozen kinds
        raise SmplBodyError(
            f"{name} is not a readable .npz file (it may be cut short): download it again."
        ) from error
    return arrays


def _numeric_array(archive: Any, key: str, name: str) -> Array:
    try:
        array = np.asarray(archive[key])
    except ValueError as error:
        if "pickle" not in str(error).lower():
            raise
        raise SmplBodyError(
            f"{name} has {key} as a pickled object, which could run code and is never opened: "
            "save it as a plain array with numpy.savez."
        ) from error
    if array.dtype.kind not in "fiu":
        raise SmplBodyError(f"{name} has {key} that are not numbers.")
    if not np.isfinite(array).all():
        raise SmplBodyError(f"{name} has values in {key} that are not finite numbers (NaN).")
    return array


def _sizes(arrays: dict[str, Array], name: str) -> tuple[int, int]:
    template, tree = arrays["v_template"], arrays["kintree_table"]
    if template.ndim != 2 or not 3 <= len(template) <= MAX_VERTICES:
        raise SmplBodyError(
            f"{name} must have 3 to {MAX_VERTICES} vertices (got v_template of shape "
            f"{template.shape})."
        )
    joints = tree.shape[-1] if tree.ndim else 0
    if joints not in SMPL_MODELS:
        known = ", ".join(f"{model} has {count}" for count, model in SMPL_MODELS.items())
        raise SmplBodyError(f"{name} must be a known model: {known} (got {joints} joints).")
    return len(template), joints


def _kinematic_tree(table: Array, name: str) -> np.ndarray:
    parents = table[0].astype(np.int64)
    joints = np.arange(len(parents))
    is_ordered = (parents[1:] >= 0).all() and (parents[1:] < joints[1:]).all()
    if parents[0] not in _ROOT_PARENTS or not is_ordered:
        raise SmplBodyError(f"{name} must have a kintree_table with parents before children.")
    parents[0] = -1
    return np.stack([parents, joints])


def _path_tail(path: str) -> str:
    return path if len(path) <= _SHOWN_CHARACTERS else "…" + path[-_SHOWN_CHARACTERS:]
