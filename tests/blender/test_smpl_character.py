"""SMPL characters on each Blender version, compared with smplx on the same model file."""

from pathlib import Path

import numpy as np
import pytest

from backend.kinematics.body.skeleton import BODY_TO_WORLD
from backend.kinematics.math.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from tests.support.smpl_model import model_arrays, posed_vertices, write_model

IN_BLENDER = Path(__file__).with_name("in_blender")
JOINTS = {"smpl": 24, "smplh": 52, "smplx": 55}
TRANS = np.array([0.4, -0.3, 1.2])
COLUMNS = {"smpl": 72, "smplh": 156, "smplx": 165}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model files, takes with a shape, and the vertices that smplx computes from both."""
    made = tmp_path_factory.mktemp("models")
    rng = np.random.default_rng(5)
    expected = {}
    for model, joints in JOINTS.items():
        write_model(made / model / f"{model.upper()}_NEUTRAL.npz", joints=joints)
        arrays = model_arrays(joints)
        betas = rng.uniform(-3, 3, (1, 10))
        poses = rng.normal(scale=0.7, size=(8, joints, 3))
        poses[0] = 0
        posed = posed_vertices(arrays, np.repeat(betas, 8, 0), poses.reshape(8, -1))
        motion = np.zeros((1, joints, 3))
        motion[:, :22] = rng.normal(scale=0.4, size=(1, 22, 3))
        motion[0, 0] = _stood_up(motion[0, 0])
        for name, shape in (("take", betas[0]), ("mean", np.zeros(16))):
            write_take(made / f"{model}_{name}.npz", motion, COLUMNS[model], shape, "neutral")
        expected |= {
            f"{model}_betas": betas[0],
            f"{model}_poses": poses,
            f"{model}_posed": posed,
            f"{model}_resting": posed[0],
            f"{model}_joints": arrays["J_regressor"] @ posed[0],
            f"{model}_take": posed_vertices(arrays, betas, motion.reshape(1, -1))[0] + TRANS,
            f"{model}_mean": posed_vertices(arrays, 0 * betas, motion.reshape(1, -1))[0],
        }
    write_model(made / "smpl" / "SMPL_FEMALE.npz", seed=1)
    nan = model_arrays()["posedirs"]
    nan[5, 1, 7] = np.nan
    write_model(made / "broken" / "SMPL_NEUTRAL.npz", posedirs=nan)
    (made / "pickled").mkdir()
    (made / "pickled" / "SMPL_NEUTRAL.pkl").write_bytes(b"\x80\x04.")
    still = np.zeros((2, 24, 3))
    write_take(made / "no_shape.npz", still, 72, np.zeros(16), "female")
    write_take(made / "female.npz", still, 72, np.ones(16), "female")
    write_take(made / "huge.npz", still, 72, np.full(10, 11.0), "neutral")
    write_take(made / "long.npz", np.zeros((60, 24, 3)), 72, np.ones(16), "neutral")
    np.savez(made / "expected.npz", **expected)
    return made


def write_take(path: Path, poses: np.ndarray, columns: int, betas: np.ndarray, gender: str) -> None:
    """An AMASS file of poses (T, J, 3) at one place."""
    np.savez(
        path,
        poses=poses.reshape(len(poses), -1)[:, :columns],
        trans=np.tile(TRANS, (len(poses), 1)),
        betas=betas,
        gender=gender,
        mocap_framerate=30.0,
    )


def _stood_up(turn: np.ndarray) -> np.ndarray:
    return matrix_to_axis_angle(BODY_TO_WORLD @ axis_angle_to_matrix(turn))


def test_smpl_characters(
    blender_python: Path, run_in_blender, addon_zip: Path, body_python: Path, folder: Path
) -> None:
    script = IN_BLENDER / "addon/addon_smpl.py"
    done = run_in_blender(blender_python, script, addon_zip, body_python, folder, timeout=300.0)
    print(done.stdout)
    assert "Traceback" not in done.stdout + done.stderr
