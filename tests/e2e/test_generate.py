"""Shipped weights: prompts become the motions they describe, on the ground, at any rate."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from backend.kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT
from backend.kinematics.body.take import Take, load_take
from backend.kinematics.mocap.bvh import read_bvh
from backend.kinematics.mocap.read_mocap import take_from_bvh
from backend.service.engine.model_engine import ModelEngine
from backend.service.schema.requests import DecodeRequest, GenerateRequest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def engine() -> ModelEngine:
    return ModelEngine()


def _ignore_progress(step: int, total: int, message: str = "") -> None:
    pass


def _takes(engine: ModelEngine, prompt: str, seconds: float, seeds: int = 5) -> list[Take]:
    return [
        engine.generate_take(
            GenerateRequest(prompt=prompt, seconds=seconds, fps=30.0, seed=seed), _ignore_progress
        )
        for seed in range(seeds)
    ]


def _joint(take: Take, name: str) -> np.ndarray:
    return take.joint_positions()[:, SMPL.index(name)]


def test_generate_walk_moves_forward(engine: ModelEngine) -> None:
    """A generated take starts at the origin facing -Y."""
    paths = [_joint(take, "pelvis") for take in _takes(engine, "a person walks forward", 4.0)]
    ahead = [-(path[-1, 1] - path[0, 1]) for path in paths]
    assert np.median(ahead) > 1.5
    assert all(np.abs(path[0, :2]).max() < 0.15 for path in paths)


def test_generate_jump_leaves_the_ground(engine: ModelEngine) -> None:
    rise = []
    for take in _takes(engine, "a person jumps up", 3.0):
        feet = np.minimum(_joint(take, "left_foot")[:, 2], _joint(take, "right_foot")[:, 2])
        rise.append(feet.max() - TOE_JOINT_HEIGHT)
    assert np.median(rise) > 0.1


def test_generate_wave_raises_a_hand(engine: ModelEngine) -> None:
    raised = []
    for take in _takes(engine, "a person waves", 3.0):
        wrists = np.maximum(_joint(take, "left_wrist")[:, 2], _joint(take, "right_wrist")[:, 2])
        raised.append(np.mean(wrists > _joint(take, "spine3")[:, 2]))
    assert np.median(raised) > 0.2


def test_generate_punch_extends_an_arm(engine: ModelEngine) -> None:
    """A fist shoots out: faster, and farther from its shoulder, than in walking."""
    speeds = []
    for take in _takes(engine, "a person throws a punch", 3.0):
        reach = [
            np.linalg.norm(_joint(take, f"{s}_wrist") - _joint(take, f"{s}_shoulder"), axis=1)
            for s in ("left", "right")
        ]
        speeds.append(max(np.abs(np.diff(r)).max() for r in reach) * take.fps)
    assert np.median(speeds) > 1.5


@pytest.mark.parametrize("prompt", ["a person walks forward", "a person waves", "someone runs"])
def test_generate_keeps_feet_on_the_ground(engine: ModelEngine, prompt: str) -> None:
    for take in _takes(engine, prompt, 4.0, seeds=3):
        feet = np.minimum(_joint(take, "left_foot")[:, 2], _joint(take, "right_foot")[:, 2])
        assert abs(np.percentile(feet, 10) - TOE_JOINT_HEIGHT) < 0.02
        assert feet.min() > -0.1


def test_model_knows_common_labels(engine: ModelEngine) -> None:
    actions = engine.list_models()[0].actions
    assert {"walk", "run", "jump", "punch", "wave", "dance"} <= set(actions)


def test_decode_at_other_rates_gives_the_same_motion(engine: ModelEngine) -> None:
    slow = engine.generate_take(
        GenerateRequest(prompt="a person walks forward", seconds=4.0, fps=24.0, seed=3),
        _ignore_progress,
    )
    for fps in (23.976, 30.0, 60.0, 120.0):
        fast = engine.decode_take(DecodeRequest(fps=fps), slow, _ignore_progress)
        assert len(fast) == round(4.0 * fps)
        at = np.round(np.arange(4) * fps) / fps
        here = fast.joint_positions()[np.round(at * fps).astype(int)]
        there = engine.decode_take(
            DecodeRequest(fps=fps * 2), slow, _ignore_progress
        ).joint_positions()
        np.testing.assert_allclose(here, there[np.round(at * fps * 2).astype(int)], atol=1e-3)


@pytest.mark.parametrize("ending", ["npz", "bvh"])
def test_generate_command_writes_the_requested_frames(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"take.{ending}"
    command = [sys.executable, "-m", "backend", "generate", "a person walks forward"]
    command += ["--seconds", "4", "--fps", "23.976", "--seed", "7", "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    take = load_take(target) if ending == "npz" else take_from_bvh(read_bvh(target))
    assert len(take) == 96
    assert take.fps == pytest.approx(23.976, abs=2e-4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["", "-o", "a.npz"], "prompt is empty"),
        (["x" * 5000, "-o", "a.npz"], "at most 500 characters (got 5000)"),
        (
            ["walk", "--seconds", "0", "-o", "a.npz"],
            "length must be between 0.5 and 10 seconds (got 0)",
        ),
        (["walk", "--seconds", "10000", "-o", "a.npz"], "(got 10000)"),
        (
            ["walk", "--fps", "0", "-o", "a.npz"],
            "frame rate must be between 1 and 1000 fps (got 0)",
        ),
        (["walk", "--fps", "100000", "-o", "a.npz"], "(got 100000)"),
        (["walk", "--fps", "nan", "-o", "a.npz"], "(got nan)"),
        (["walk", "--seed", "-1", "-o", "a.npz"], "(got -1)"),
        (["walk", "-o", "a.txt"], "must end in .npz or .bvh"),
        (["walk", "--action", "wlak", "-o", "a.npz"], "did you mean walk"),
    ],
)
def test_generate_command_with_invalid_request_exits_with_sentence(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    command = [sys.executable, "-m", "backend", "generate", *arguments]
    environment = {"PYTHONPATH": str(ROOT), "COLUMNS": "400"}
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
    )
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
