"""Exercises on the floor and on the spot: push-ups, jumping jacks, and others like them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...floor.floor_kinds import Scene, StepsKind, register_steps
from ...floor.floor_poses import (
    BESIDE_HIPS,
    CHEST_DOWN,
    FEET_BACK,
    FEET_FLYING,
    HANDS_DOWN,
    PLANK,
    SUPINE,
    SUPINE_KNEES_UP,
)
from ...floor.pose_steps import Step
from ...floor.poses import Foot, Hand, Leg, Pose

_TO_FLOOR = 0.35
"""Fraction of the exercises in a plank that begin and end standing."""


def _in_plank(scene: Scene, exercise: Sequence[Step]) -> list[Step]:
    """Return an exercise from a plank to a plank, at times with the way down and up."""
    rng = scene.rng
    if rng.uniform() > _TO_FLOOR:
        return [Step(PLANK, 0.5, rng.uniform(0.2, 0.6)), *exercise, Step(PLANK, 0.5, 0.3)]
    return [
        scene.stands((0.15, 0.4)),
        Step(HANDS_DOWN, 0.75),
        Step(FEET_FLYING, 0.26, passing=True),
        Step(PLANK, 0.28, rng.uniform(0.1, 0.3)),
        *exercise,
        Step(PLANK, 0.4, 0.1),
        Step(FEET_FLYING, 0.28, passing=True),
        Step(HANDS_DOWN, 0.28),
        scene.stands((0.2, 0.5), 0.8),
    ]


def _push_ups(scene: Scene) -> list[Step]:
    rng = scene.rng
    down, up = rng.uniform(0.5, 0.75), rng.uniform(0.4, 0.6)
    deep = rng.uniform(-0.02, 0.05)
    x, y, z = CHEST_DOWN.pelvis
    bottom = replace(CHEST_DOWN, pelvis=(x, y, (z or 0.0) + deep))
    steps = []
    for _ in range(scene.count):
        steps += [Step(bottom, down, rng.uniform(0.0, 0.15)), Step(PLANK, up, rng.uniform(0, 0.2))]
    return _in_plank(scene, steps)


def _plank(scene: Scene) -> list[Step]:
    return _in_plank(scene, [Step(PLANK, 0.4, scene.rng.uniform(1.8, 3.5))])


def _mountain_climbers(scene: Scene) -> list[Step]:
    pace = scene.rng.uniform(0.26, 0.42)
    tucked = Foot((0.12, 0.3), pitch=62, height=0.06, knee=(0.25, -1.0, -0.3))
    bounce = replace(PLANK, pelvis=(0.0, 0.02, 0.42), body=(79, 0, 0), spine=(12, 0, 0))
    left = replace(bounce, body=(79, 2, 3), legs=(tucked, FEET_BACK))
    right = replace(bounce, body=(79, -2, -3), legs=(FEET_BACK, tucked))
    steps = []
    for _ in range(int(scene.rng.integers(3, 7))):
        steps += [Step(left, pace), Step(right, pace)]
    return _in_plank(scene, steps)


_JUMP = Pose(
    (0.0, 0.02, 1.2),
    body=(2, 0, 0),
    spine=(-4, 0, 0),
    head=(-8, 0, 0),
    hands=Hand((0.22, 0.47, 0.08), elbow=(1.0, 0.1, -0.2), fingers=(-0.1, 1, 0), palm=(-1, 0, 0.3)),
    legs=Foot((0.12, -0.08), pitch=50, height=0.12),
)
_LAND = Pose(
    (0.0, 0.08, 0.78),
    body=(18, 0, 0),
    spine=(16, 0, 0),
    head=(-10, 0, 0),
    hands=Hand((0.3, -0.36, 0.22)),
    legs=Foot((0.12, -0.1)),
)


def _burpees(scene: Scene) -> list[Step]:
    push_up = scene.rng.uniform() < 0.6
    steps = [scene.stands((0.15, 0.4))]
    for _ in range(scene.count):
        steps += [Step(HANDS_DOWN, 0.6, 0.03), Step(FEET_FLYING, 0.24, passing=True)]
        steps += [Step(PLANK, 0.26, 0.06)]
        if push_up:
            steps += [Step(CHEST_DOWN, 0.45, 0.03), Step(PLANK, 0.38, 0.03)]
        steps += [
            Step(FEET_FLYING, 0.25, passing=True),
            Step(HANDS_DOWN, 0.25, 0.03),
            Step(_JUMP, 0.5),
            Step(_LAND, 0.32),
        ]
    return [*steps, scene.stands((0.3, 0.7), 0.5)]


def _jumping_jacks(scene: Scene) -> list[Step]:
    rng = scene.rng
    half = rng.uniform(0.4, 0.52)
    width, reach = rng.uniform(0.32, 0.42), rng.uniform(0.06, 0.2)
    dip = rng.uniform(0.945, 0.97)
    up = Hand((reach, 0.48, 0.04), elbow=(1.0, 0.0, -0.2))
    side = Hand((0.68, 0.0, 0.04), elbow=(0.1, -1.0, -0.4))
    low = Hand((0.25, -0.47, 0.06), elbow=(1.0, -0.3, -0.4))
    closed = Pose((0, 0.02, dip), (4, 0, 0), (4, 0, 0), (0, 0, 0), low, Foot((0.09, -0.1), 8))
    wide = Pose(
        (0, 0.01, dip - 0.055), (3, 0, 0), (0, 0, 0), (-4, 0, 0), up, Foot((width, -0.1), 18)
    )
    flight = Foot((0.55 * width, -0.09), 14, pitch=40, height=0.05)
    flying = Pose((0, 0.01, 1.1), (2, 0, 0), (-2, 0, 0), (-2, 0, 0), side, flight)
    steps = [scene.stands(), Step(replace(closed, pelvis=(0, 0.03, dip - 0.05)), 0.45)]
    for _ in range(scene.count):
        steps += [
            Step(flying, half / 2, passing=True),
            Step(wide, half / 2),
            Step(flying, half / 2, passing=True),
            Step(closed, half / 2),
        ]
    return [*steps, scene.stands((0.2, 0.6), 0.5)]


def _sit_ups(scene: Scene) -> list[Step]:
    rng = scene.rng
    behind_head = Hand(
        (0.14, 0.2, -0.05), elbow=(1.0, 0.2, 0.1), fingers=(-0.9, 0.3, -0.2), palm=(-0.3, 0.0, 1.0)
    )
    crossed = Hand((-0.06, -0.08, 0.17), elbow=(0.7, -0.7, 0.4))
    hands = behind_head if rng.uniform() < 0.65 else crossed
    feet = Foot((0.12, -0.14))
    down = replace(SUPINE_KNEES_UP, hands=hands, legs=feet, head=(10, 0, 0))
    curl = Pose((0, 0.4, None), (-70, 0, 0), (38, 0, 0), (18, 0, 0), hands, feet)
    up = Pose((0, 0.36, None), (-18, 0, 0), (40, 0, 0), (10, 0, 0), hands, feet)
    rise, fall = rng.uniform(0.35, 0.55), rng.uniform(0.45, 0.65)
    steps = [Step(down, 0.5, rng.uniform(0.2, 0.6))]
    for _ in range(scene.count):
        steps += [
            Step(curl, rise, passing=True),
            Step(up, rise, rng.uniform(0.0, 0.15)),
            Step(curl, fall, passing=True),
            Step(down, fall, rng.uniform(0.0, 0.15)),
        ]
    return [*steps, Step(down, 0.4, 0.2)]


def _leg_raises(scene: Scene) -> list[Step]:
    rng = scene.rng
    high = rng.uniform(76, 90)
    low = replace(SUPINE, legs=Leg(flex=3, spread=2, turn=6, knee=5, point=35))
    near = replace(low, legs=Leg(flex=12, spread=2, turn=6, knee=5, point=35), spine=(3, 0, 0))
    raised = replace(low, legs=Leg(flex=high, spread=2, turn=6, knee=8, point=35), body=(-86, 0, 0))
    steps = [Step(low, 0.5, rng.uniform(0.2, 0.6))]
    for n in range(scene.count):
        last = n == scene.count - 1
        steps += [Step(raised, rng.uniform(0.8, 1.1), rng.uniform(0.0, 0.2))]
        steps += [Step(low if last else near, rng.uniform(0.9, 1.2), 0.1)]
    return [*steps, Step(low, 0.4, 0.2)]


def _bridges(scene: Scene) -> list[Step]:
    rng = scene.rng
    feet = Foot((0.13, -0.05))
    down = replace(SUPINE_KNEES_UP, legs=feet)
    up = Pose((0, 0.43, 0.37), (-122, 0, 0), (8, 0, 0), (22, 0, 0), BESIDE_HIPS, feet)
    steps = [Step(down, 0.5, rng.uniform(0.2, 0.6))]
    for _ in range(scene.count):
        steps += [Step(up, rng.uniform(0.6, 0.9), rng.uniform(0.2, 0.9))]
        steps += [Step(down, rng.uniform(0.7, 1.0), rng.uniform(0.1, 0.3))]
    return steps


def _kind(
    name: str,
    steps: Callable[[Scene], Sequence[Step]],
    templates: tuple[str, ...],
    counts: tuple[int, int] = (1, 1),
    weight: float = 1.0,
) -> StepsKind:
    return StepsKind(name, name, steps, templates, "exercises", counts, weight)


_SPECS = (
    _kind(
        "push_ups",
        _push_ups,
        (
            "a person does <number> push-ups <pace>",
            "a person does push-ups [<pace>]",
            "a person {does|performs} <number> {push-ups|push ups|pushups|press-ups} [<pace>]",
            "a person is doing {push-ups|pushups|push ups}",
            "a person {lowers|bends the arms and lowers} the body and pushes it up again <times>",
            "{push-ups|pushups|push ups|press-ups}",
            "do [<number>] {push-ups|pushups}",
            "a person in a plank position does <number> push-ups",
        ),
        (2, 4),
    ),
    _kind(
        "plank",
        _plank,
        (
            "a person holds a plank",
            "a person {does|holds|is doing} {a|the} plank [{position|exercise}]",
            "a person stays in a {push-up position|high plank}",
            "a plank [hold]",
            "hold a plank",
            "a person {planks|is planking} on straight arms",
        ),
    ),
    _kind(
        "mountain_climbers",
        _mountain_climbers,
        (
            "a person does mountain climbers <pace>",
            "a person {does|performs|is doing} mountain {climbers|climber exercises}",
            "a person in a plank [quickly] pulls the knees to the chest in turn",
            "a person runs with the hands on the floor",
            "mountain climbers",
            "do mountain climbers",
        ),
    ),
    _kind(
        "burpees",
        _burpees,
        (
            "a person does {a burpee|burpees} <pace>",
            "a person {does|performs|makes} a burpee <times>",
            "a person is doing burpees",
            "a person squats, {kicks|jumps} the feet back into a plank, and jumps up",
            "{burpees|a burpee}",
            "do {a burpee|burpees}",
        ),
        (1, 2),
    ),
    _kind(
        "jumping_jacks",
        _jumping_jacks,
        (
            "a person does <number> jumping jacks <pace>",
            "a person does jumping jacks [<pace>]",
            "a person {does|performs} <number> {jumping jacks|star jumps} [<pace>]",
            "a person is doing jumping jacks",
            "a person jumps with legs apart and arms overhead <times>",
            "{jumping jacks|star jumps|side-straddle hops}",
            "do [<number>] jumping jacks",
            "a person hops the feet apart and together and {swings|raises} both arms over the head",
        ),
        (2, 6),
        weight=1.3,
    ),
    _kind(
        "sit_ups",
        _sit_ups,
        (
            "a person does <number> sit-ups <pace>",
            "a person does sit-ups [<pace>]",
            "a person {does|performs} <number> {sit-ups|sit ups|situps} [<pace>]",
            "a person is doing {sit-ups|situps|sit ups}",
            "a person lies on the back with bent knees and sits up <times>",
            "{sit-ups|situps|sit ups}",
            "do [<number>] {sit-ups|situps}",
        ),
        (2, 4),
    ),
    _kind(
        "leg_raises",
        _leg_raises,
        (
            "a person lies on the back and raises both legs <times> <pace>",
            "a person does leg raises [<pace>]",
            "a person {does|performs} <number> {leg raises|lying leg raises|leg lifts} [<pace>]",
            "a person lies on the floor and lifts both legs",
            "{leg raises|lying leg raises|leg lifts}",
            "do leg raises",
        ),
        (2, 3),
    ),
    _kind(
        "glute_bridges",
        _bridges,
        (
            "a person lies on the back and lifts the hips <times> <pace>",
            "a person {does|performs|is doing} {glute bridges|hip thrusts|bridges} [<pace>]",
            "a person lies with bent knees and raises the hips off the floor <times>",
            "{glute bridges|hip bridges|a bridge exercise}",
            "do {a bridge|glute bridges}",
            "a person does <number> {glute bridges|hip bridges}",
        ),
        (2, 3),
    ),
)

for _spec in _SPECS:
    register_steps(_spec)
