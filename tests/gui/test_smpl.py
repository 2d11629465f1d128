"""An SMPL character in a real window: added by the timer, shaped, undone."""

from pathlib import Path

import numpy as np

from backend.kinematics.body.take import Take, save_take
from tests.support.smpl_model import write_model

SESSION = Path(__file__).with_name("sessions") / "smpl_session.py"


def test_an_smpl_character_in_a_window(
    run_in_window, addon_zip: Path, body_python: Path, tmp_path: Path
) -> None:
    write_model(tmp_path / "models" / "SMPL_NEUTRAL.npz")
    still = Take(np.zeros((5, 72)), np.zeros((5, 3)), 24.0, betas=np.full(10, 0.5))
    save_take(still, tmp_path / "models" / "take.npz")
    found, printed = run_in_window(SESSION, addon_zip, body_python, tmp_path / "models")
    assert "Traceback" not in printed, printed
    assert found["asks_for_a_folder"]
    assert found["job"] == ["DONE", "Added “SMPL neutral”: SMPL, 288 vertices."]
    assert found["added"] == ["SMPL neutral", "ARMATURE", "OBJECT"]
    assert found["betas"] == [1.0] + [0.0] * 9
    assert found["shaped"] == [0.5] * 10
    assert found["unshaped"] == found["betas"], "the shape is part of the motion's undo step"
    assert found["undone"] == ["Cube"]
