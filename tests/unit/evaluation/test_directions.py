"""Side classifiers: on motions whose side is known, and on their mirrors."""

from dataclasses import replace

import numpy as np
import pytest

from backend.data import features
from backend.evaluation.experiments.directions import (
    SIDE_CLASSIFIERS,
    joint_speed,
    measure_directions,
)
from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import axis_angle_to_matrix, axis_rotation
from tests.support.motions import STANDING

FPS = 30.0


def left_sided(kind: str) -> Take:
    """Two seconds of doing it with, or to, the left."""
    times = np.arange(60) / FPS
    angles = np.zeros((60, 24, 3))
    swing = np.clip(np.sin(np.pi * times), 0, None)
    if kind == "kicks":
        angles[:, SMPL.index("left_hip"), 0] = -1.5 * swing
    if kind == "waves":
        angles[:, SMPL.index("left_shoulder"), 2] = 1.0 + 0.4 * np.sin(6 * times)
        angles[:, SMPL.index("right_shoulder"), 2] = 1.2
    turns = axis_angle_to_matrix(angles)
    yaw = 1.0 * times if kind == "turns" else 0 * times
    turns[:, 0] = axis_rotation("Z", yaw) @ BODY_TO_WORLD
    sideways = 0.5 * times if kind == "paths" else 0 * times
    root = np.stack([sideways, -times, np.full(60, STANDING)], axis=1)
    return Take.from_matrices(turns, root, FPS)


def mirrored(take: Take) -> Take:
    matrices = take.local_matrices()[:, :22]
    six = np.concatenate([matrices[..., 0], matrices[..., 1]], axis=-1).reshape(len(take), -1)
    rows = np.concatenate([six, take.root_positions()], axis=1).astype(np.float32)
    import torch

    turned, root = features.rows_to_matrices(features.mirror_rows(torch.from_numpy(rows)))
    return Take.from_matrices(turned, root, take.fps)


@pytest.mark.parametrize("kind", SIDE_CLASSIFIERS)
def test_side_classifiers_of_mirrored_take_give_other_side(kind: str) -> None:
    take = left_sided(kind)
    assert SIDE_CLASSIFIERS[kind](take) == "left"
    assert SIDE_CLASSIFIERS[kind](mirrored(take)) == "right"


def test_joint_speed_of_a_faster_motion_is_higher() -> None:
    take = left_sided("paths")
    assert joint_speed(replace(take, fps=2 * take.fps)) == pytest.approx(2 * joint_speed(take))


def test_measure_directions_of_left_only_generator_is_half_correct() -> None:
    def generate(prompt: str, seconds: float, seed: int) -> Take:
        kind = "kicks" if "kick" in prompt else "turns" if "turns" in prompt else "waves"
        take = left_sided("paths" if "walks" in prompt or "runs" in prompt else kind)
        return replace(take, fps=2 * FPS) if "quickly" in prompt else take

    rows = {row[0]: row for row in measure_directions(generate, [0]).rows}
    assert rows["all sides"][2] == "40"
    assert rows["kicks"][3] == rows["turns"][3] == "50%"
    assert rows["slowly before quickly"][3] == "100%"
