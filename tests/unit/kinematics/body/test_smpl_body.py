"""SMPL body arrays: correctives in other axes, serialization, bounds."""

import sys
from pathlib import Path

import numpy as np
import pytest

from backend.kinematics.body.smpl_body import (
    QUATERNION_PRODUCTS,
    SmplBodyError,
    body_from_bytes,
    body_to_bytes,
    check_betas,
    quaternion_correctives,
)
from backend.kinematics.math.rotations import axis_angle_to_matrix, matrix_to_quaternion
from backend.smpl.layer import load_body
from tests.support.smpl_model import write_model


def test_quaternion_correctives_equal_matrix_correctives():
    chance = np.random.default_rng(0)
    correctives = chance.normal(size=(3, 3, 7, 3))
    for turn, axes in axis_angle_to_matrix(chance.normal(size=(20, 2, 3))):
        expected = np.einsum("ab,abvk->vk", turn - np.eye(3), correctives)
        parts = dict(zip("wxyz", matrix_to_quaternion(axes.T @ turn @ axes), strict=True))
        factors = [parts[one] * parts[other] for one, other in QUATERNION_PRODUCTS]
        moves = quaternion_correctives(correctives, axes)
        np.testing.assert_allclose(np.tensordot(factors, moves, 1), expected, atol=1e-12)


def test_body_to_bytes_and_back_is_equal(tmp_path: Path):
    write_model(tmp_path / "SMPL_FEMALE.npz")
    body = load_body(str(tmp_path), "female")
    again = body_from_bytes(body_to_bytes(body))
    assert vars(again).keys() == vars(body).keys()
    for name, value in vars(body).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    assert (again.model, again.gender, again.parents[0]) == ("SMPL", "female", -1)


@pytest.mark.parametrize("data", [b"", b"PK", b'{"error": "no"}'])
def test_body_from_invalid_bytes_raises(data: bytes):
    with pytest.raises(SmplBodyError, match="cannot be read"):
        body_from_bytes(data)


def test_check_betas_out_of_bounds_raises():
    check_betas([10.0, -10.0, 0.0])
    for bad in (10.001, -11.0, float("nan"), float("inf")):
        with pytest.raises(SmplBodyError, match=rf"between -10 and 10 \(got {bad:g}\)"):
            check_betas([0.0, bad])


def test_smpl_models_without_smplx_name_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_model(tmp_path / "SMPL_NEUTRAL.npz")
    monkeypatch.setitem(sys.modules, "smplx", None)
    with pytest.raises(SmplBodyError, match=r"forbids commercial use.*pip install smplx=="):
        load_body(str(tmp_path), "neutral")
