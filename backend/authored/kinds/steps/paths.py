"""Walks along paths: some steps and a stop, backwards, circles, corners, zigzags."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES
from ...catalogue import AuthoredClip, authored
from ...steps.stepping import StepStyle, follow_steps
from ...steps.walks import Gait, WalkPath, scale_gait, walk_plan
from ...wording import NUMBER_WORDS, speed_word, write_captions

_STEP = 0.62
"""Metres of a step at the usual speed."""
_AHEAD = Gait()
_BACK = Gait(0.6, toe_off=-0.2, strike=0.3, half_width=0.1, style=StepStyle(arm_gain=0.6))
_Piece = tuple[float, float]


@dataclass(frozen=True)
class _PathKind:
    name: str
    pieces: Callable[[np.random.Generator, float], list[_Piece]]
    """Pieces of a `WalkPath`, given 1.0 for the left and -1.0 for the right."""
    templates: tuple[str, ...]
    step: float = 0.55
    """Metres of a step, shorter where the path bends."""


def _circle(rng: np.random.Generator, turn: float) -> list[_Piece]:
    return [(2 * np.pi * rng.uniform(0.55, 0.95), turn * 2 * np.pi)]


def _figure_eight(rng: np.random.Generator, turn: float) -> list[_Piece]:
    length = 2 * np.pi * rng.uniform(0.5, 0.58)
    return [(length, turn * 2 * np.pi), (length, -turn * 2 * np.pi)]


def _zigzag(rng: np.random.Generator, turn: float) -> list[_Piece]:
    angle, straight = np.radians(rng.uniform(48.0, 62.0)), rng.uniform(0.8, 1.1)
    pieces = [(0.35, turn * angle), (straight, 0.0)]
    for number in range(int(rng.integers(2, 4))):
        sign = turn * (-1.0) ** (number + 1)
        pieces += [(0.4, sign * 2 * angle), (straight, 0.0)]
    return pieces


def _corner(rng: np.random.Generator, turn: float) -> list[_Piece]:
    before, after = rng.uniform(1.0, 2.2, 2)
    return [(before, 0.0), (rng.uniform(0.35, 0.6), turn * np.pi / 2), (after, 0.0)]


def _square(rng: np.random.Generator, turn: float) -> list[_Piece]:
    side = rng.uniform(0.85, 1.05)
    return [(side, 0.0), (0.3, turn * np.pi / 2)] * 4


def _there_and_back(rng: np.random.Generator, turn: float) -> list[_Piece]:
    length = rng.uniform(1.2, 2.0)
    return [(length, 0.0), (rng.uniform(0.5, 0.8), turn * np.pi), (length, 0.0)]


_PATHS = (
    _PathKind(
        "walk_circle",
        _circle,
        (
            "a person walks in a circle to the <side> <speed>",
            "a person walks in a circle <speed>",
            "a person walks {once around|a full circle} to the <side>",
            "a person {is walking|walks} <clock> in a circle",
            "walk in a circle to the <side>",
            "a person walks around in a {small|tight|} circle <speed>",
            "walking in circles <clock>",
        ),
        0.5,
    ),
    _PathKind(
        "walk_figure_eight",
        _figure_eight,
        (
            "a person walks in a figure eight <speed>",
            "a person walks a figure of eight",
            "a person walks {two loops|in the shape of an eight}, first to the <side>",
            "walk a figure eight",
            "a figure eight walk, <side> first",
            "a person walks in a circle to the <side>, then in a circle to the <other>",
        ),
        0.52,
    ),
    _PathKind(
        "walk_zigzag",
        _zigzag,
        (
            "a person walks in a zigzag <speed>",
            "a person walks zigzag {forward|ahead}",
            "a person {zigzags|walks in a zigzag line}, going <side> first",
            "a person walks {from side to side|<side> and <other>} as they go forward",
            "walk in zigzags",
            "a zigzag walk",
        ),
    ),
    _PathKind(
        "walk_and_turn",
        _corner,
        (
            "a person walks forward and turns <side> <speed>",
            "a person walks forward, then turns to the <side> and keeps walking",
            "a person walks and {makes|takes} a <side> turn",
            "a person walks around a corner to the <side>",
            "walk forward, turn <side>, walk on",
            "a person {walks ahead|goes straight} and turns 90 degrees to the <side>",
            "a <side> turn while walking",
        ),
        0.6,
    ),
    _PathKind(
        "walk_square",
        _square,
        (
            "a person walks in a square <speed>",
            "a person walks {along|around} a square, turning <side> at each corner",
            "a person walks in a square to the <side>",
            "walk in a square",
            "a person walks {a square|in a square shape} and comes back to where they began",
        ),
        0.56,
    ),
    _PathKind(
        "walk_there_and_back",
        _there_and_back,
        (
            "a person walks forward, turns around and walks back <speed>",
            "a person walks forward, turns around to the <side> and {returns|comes back}",
            "a person walks {ahead|away}, makes a u-turn and walks back",
            "walk forward, turn around, walk back",
            "a person {walks|goes} there and back",
        ),
        0.58,
    ),
)


def _register_path(kind: _PathKind) -> None:
    @authored(kind.name, group="walk_paths", action="walk")
    def author_paths_clip(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        """Walk along the path and stop at its end."""
        number = int(rng.integers(2))
        side, turn = SIDES[number], 1.0 - 2.0 * number
        speed = rng.uniform(0.8, 1.22)
        path = WalkPath(kind.pieces(rng, turn))
        steps = round(path.length / (kind.step * speed**0.5)) + 1
        first = SIDES[rng.integers(2)]
        gait = scale_gait(_AHEAD, speed**0.5)
        plan = walk_plan(rng, gait, path, steps, first, rng.uniform(0.3, 0.6))
        captions = write_captions(
            kind.templates,
            rng,
            side=side,
            other=SIDES[1 - number],
            clock="counterclockwise" if side == "left" else "clockwise",
            speed=speed_word(rng, speed),
        )
        return AuthoredClip(follow_steps(plan, rng, base_clips), captions)


for _kind in _PATHS:
    _register_path(_kind)


@authored("walk_steps", group="walk_paths", action="walk", weight=2.0)
def walk_steps(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Start walking from standing, take some steps and stop."""
    return _straight(
        rng,
        base_clips,
        backwards=False,
        templates=(
            "a person {walks forward <number> steps|takes <number> steps forward} <speed>",
            "a person walks forward and stops <speed>",
            "a person starts walking, takes <number> steps and stops",
            "a person {walks ahead|walks forward}, then stands still",
            "walk forward <number> steps",
            "<number> steps forward <speed>",
            "a person stands, walks forward <speed> and comes to a stop",
            "a person walks straight ahead <speed> and {halts|stops}",
        ),
    )


@authored("walk_steps_backwards", group="walk_paths", action="walk", weight=1.5)
def walk_steps_backwards(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Take some steps backwards and stop."""
    return _straight(
        rng,
        base_clips,
        backwards=True,
        templates=(
            "a person walks {backwards|backward} <number> steps <speed>",
            "a person walks {backwards|backward} <speed>",
            "a person takes <number> steps {back|backwards}",
            "a person {backs up|backs away|walks back} without turning around",
            "walk backwards <number> steps",
            "<number> steps backwards <speed>",
            "a person is walking backwards <speed> and stops",
        ),
    )


def _straight(
    rng: np.random.Generator,
    base_clips: BaseClips,
    *,
    backwards: bool,
    templates: tuple[str, ...],
) -> AuthoredClip:
    steps, speed = int(rng.integers(2, 9)), rng.uniform(0.75, 1.3)
    length = (0.42 if backwards else _STEP) * speed**0.6 * rng.uniform(0.92, 1.05)
    path = WalkPath([(length * (steps - 1), rng.normal(0.0, 0.02))], backwards)
    gait = scale_gait(_BACK if backwards else _AHEAD, speed**0.6)
    plan = walk_plan(rng, gait, path, steps, SIDES[rng.integers(2)], rng.uniform(0.4, 0.9))
    captions = write_captions(
        templates, rng, count=7, number=NUMBER_WORDS[steps], speed=speed_word(rng, speed)
    )
    return AuthoredClip(follow_steps(plan, rng, base_clips), captions)
