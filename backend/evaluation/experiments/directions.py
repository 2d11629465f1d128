"""Sides and speeds named in prompts, measured from the joints alone.

The side test requests a kick, a wave, a turn or a path to a named side; the speed test the same
motion slowly and quickly, from the same seed.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
import typer
from rich.progress import Progress

from ...console import err, ignore_progress, report_errors
from ...kinematics.body.skeleton import SMPL
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array
from ...service.engine.model_engine import ModelEngine
from ...service.schema.requests import GenerateRequest
from ...training.weight_files import ASSETS
from ..options import Weights
from ..report.tables import Cell, ResultTable, publish_table

GenerateTake = Callable[[str, float, int], Take]
"""(prompt, seconds, seed) -> take."""

FPS = 30.0


def directions(
    weights: Weights = None,
    seeds: Annotated[int, typer.Option(help="Motions of each prompt.", min=1)] = 2,
) -> None:
    """Fraction of prompts whose side or speed is in the motion."""
    with report_errors(), Progress(console=err, transient=True) as bar:
        task = bar.add_task("Generating", total=None)
        engine = ModelEngine(weights or ASSETS)

        def generate(prompt: str, seconds: float, seed: int) -> Take:
            bar.update(task, advance=1, description=prompt)
            request = GenerateRequest(prompt=prompt, seconds=seconds, fps=FPS, seed=seed)
            return engine.generate_take(request, ignore_progress)

        table = measure_directions(generate, range(seeds))
    publish_table("directions", table)


_SIDE_PROMPTS = {
    "kicks": (
        3.0,
        "kicks with the {side} leg",
        "kicks with the {side} foot",
        "does a {side} kick",
        "kicks a ball with the {side} foot",
    ),
    "waves": (
        4.0,
        "waves with the {side} hand",
        "waves the {side} arm",
        "waves hello with the {side} hand",
        "raises the {side} arm",
        "lifts the {side} hand up",
    ),
    "turns": (
        3.0,
        "turns {side}",
        "turns to the {side}",
        "turns around to the {side}",
        "stands and turns to the {side}",
        "turns {side} on the spot",
    ),
    "paths": (
        4.0,
        "walks forward and veers to the {side}",
        "walks in a curve to the {side}",
        "walks and turns {side}",
        "walks diagonally to the {side}",
        "runs in a curve to the {side}",
        "sidesteps to the {side}",
    ),
}
"""Key of `SIDE_CLASSIFIERS` -> seconds, and prompts with a placeholder."""

_SPEED_PROMPTS = (
    ("walks forward", 4.0),
    ("walks", 5.0),
    ("runs", 3.0),
    ("runs forward", 4.0),
    ("turns to the left", 3.0),
    ("waves with the right hand", 4.0),
    ("punches", 3.0),
    ("jumps", 4.0),
    ("climbs", 5.0),
    ("dances", 5.0),
)


def measure_directions(generate: GenerateTake, seeds: Sequence[int]) -> ResultTable:
    """Run both tests, each prompt with each seed."""
    correct = {
        kind: [
            SIDE_CLASSIFIERS[kind](generate(f"a person {text.format(side=side)}", seconds, seed))
            == side
            for text in texts
            for side in ("left", "right")
            for seed in seeds
        ]
        for kind, (seconds, *texts) in _SIDE_PROMPTS.items()
    }
    every = [hit for hits in correct.values() for hit in hits]
    rows = [_row(kind, hits) for kind, hits in {**correct, "all sides": every}.items()]
    ordered = [
        joint_speed(generate(f"a person {text} slowly", seconds, seed))
        < joint_speed(generate(f"a person {text} quickly", seconds, seed))
        for text, seconds in _SPEED_PROMPTS
        for seed in seeds
    ]
    rows.append(_row("slowly before quickly", ordered))
    return ResultTable(
        title="Sides and speeds named in prompts",
        columns=("test", "correct ↑", "of", "fraction ↑"),
        rows=tuple(rows),
        command=f"python -m backend evaluate directions --seeds {len(seeds)}",
        order=110,
        notes=(
            f"{len(every) // len(seeds)} prompts that name a side and {len(_SPEED_PROMPTS)} pairs "
            f"of speeds, {len(seeds)} seeds each, generated as in the service (best of its "
            "candidates).",
            "Decided from the joints: the foot that swings highest and fastest, the hand that is "
            "held higher and moves more, the change of heading, the sideways displacement.",
        ),
    )


def joint_speed(take: Take) -> float:
    """Mean speed of all joints (m/s)."""
    joints = take.joint_positions()[:, :22]
    return float(np.linalg.norm(np.diff(joints, axis=0), axis=-1).mean() * take.fps)


def kicking_side(take: Take) -> str:
    """Side of the foot that swings highest and fastest."""
    joints = take.joint_positions()
    feet = joints[:, [SMPL.index("left_foot"), SMPL.index("right_foot")]]
    swing = np.linalg.norm(np.diff(feet - joints[:, :1], axis=0), axis=-1) * take.fps
    effort = swing * np.clip(feet[1:, :, 2], 0.0, None)
    return _side(np.quantile(effort, 0.98, axis=0))


def waving_side(take: Take) -> str:
    """Side of the hand that is held higher and moves more."""
    joints = take.joint_positions()
    hands = joints[:, [SMPL.index("left_wrist"), SMPL.index("right_wrist")]]
    hips = joints[:, :1, 2]
    height = np.clip(hands[..., 2] - hips, 0.0, None)
    speed = np.linalg.norm(np.diff(hands - joints[:, :1], axis=0), axis=-1) * take.fps
    return _side((height[1:] * (0.2 + speed)).mean(axis=0))


def turning_side(take: Take) -> str:
    """Side to which the hips turn from the first frame to the last; yaw to the left is positive."""
    hips = take.joint_positions()[:, [SMPL.index("left_hip"), SMPL.index("right_hip")], :2]
    across = hips[:, 0] - hips[:, 1]
    yaw = np.unwrap(np.arctan2(across[:, 1], across[:, 0]))
    yaw_change = float(yaw[-1] - yaw[0])
    return _side(np.array([yaw_change, -yaw_change]))


def path_side(take: Take) -> str:
    """Side of the body's displacement, relative to its first heading."""
    joints = take.joint_positions()
    across = joints[0, SMPL.index("left_hip"), :2] - joints[0, SMPL.index("right_hip"), :2]
    offset = float((joints[-1, 0, :2] - joints[0, 0, :2]) @ across)
    return _side(np.array([offset, -offset]))


SIDE_CLASSIFIERS: dict[str, Callable[[Take], str]] = {
    "kicks": kicking_side,
    "waves": waving_side,
    "turns": turning_side,
    "paths": path_side,
}


def _side(pair: Array) -> str:
    return "left" if pair[0] > pair[1] else "right"


def _row(name: str, hits: Sequence[bool]) -> tuple[Cell, ...]:
    return name, str(sum(hits)), str(len(hits)), f"{sum(hits) / len(hits):.0%}"
