"""Yoga poses that are held: downward dog, tree, warrior, cobra, child's pose."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...floor.floor_kinds import Scene, StepsKind, register_steps
from ...floor.floor_poses import ALL_FOURS, HANDS_DOWN, PRONE
from ...floor.pose_steps import Step
from ...floor.poses import Foot, Hand, Knee, Leg, Pose, palm_on_floor

_HOLD = (1.5, 3.0)
"""Seconds for which a pose is held."""

_DOG = Pose(
    (0.0, 0.2, 0.8),
    (128, 0, 0),
    (8, 0, 0),
    (12, 0, 0),
    palm_on_floor(0.2, -0.5),
    Foot((0.12, 0.6), 0, pitch=10),
)
_COBRA = Pose(
    (0.0, 0.02, 0.13),
    (76, 0, 0),
    (-46, 0, 0),
    (-18, 0, 0),
    palm_on_floor(0.22, -0.42),
    Leg(flex=-16, spread=4, knee=2, point=55),
)
_CHILD = Pose(
    (0.0, 0.38, 0.28),
    (58, 0, 0),
    (58, 0, 0),
    (12, 0, 0),
    palm_on_floor(0.16, -0.62),
    Knee((0.16, 0.1), yaw=8),
)


def _walk_feet(before: Pose, after: Pose) -> list[Step]:
    """Return one step of each foot from pose to pose, with the hips between them in the middle."""
    assert isinstance(before.legs, Foot) and isinstance(after.legs, Foot)
    middle = replace(_DOG, pelvis=(0.0, 0.18, 0.7), body=(96, 0, 0), spine=(22, 0, 0))
    middle = replace(middle, legs=(after.legs, before.legs))
    return [Step(middle, 0.6), Step(after, 0.6)]


def _downward_dog(scene: Scene) -> list[Step]:
    return [
        scene.stands((0.1, 0.3)),
        Step(HANDS_DOWN, 0.9, 0.1),
        *_walk_feet(HANDS_DOWN, _DOG),
        Step(_DOG, 0.2, scene.rng.uniform(1.3, 2.4)),
        *_walk_feet(_DOG, HANDS_DOWN),
        scene.stands((0.2, 0.4), 0.9),
    ]


def _cobra(scene: Scene) -> list[Step]:
    prone = Pose(
        PRONE.pelvis, (90, 0, 0), (-2, 0, 0), (4, 0, 0), palm_on_floor(0.22, -0.4), PRONE.legs
    )
    hold = scene.rng.uniform(*_HOLD)
    return [Step(prone, 0.5, 0.5), Step(_COBRA, 1.2, hold), Step(prone, 1.2, 0.5)]


def _child(scene: Scene) -> list[Step]:
    hold = scene.rng.uniform(*_HOLD)
    return [Step(ALL_FOURS, 0.5, 0.4), Step(_CHILD, 1.3, hold), Step(ALL_FOURS, 1.2, 0.4)]


def _tree(scene: Scene) -> list[Step]:
    rng = scene.rng
    overhead = rng.uniform() < 0.55
    prayer = Hand(
        (0.03, -0.13, 0.24), elbow=(1.0, -0.6, -0.2), fingers=(0, 1, 0.1), palm=(-1, 0, 0)
    )
    above = Hand((0.03, 0.46, 0.08), elbow=(1.0, 0.1, -0.1), fingers=(0, 1, 0), palm=(-1, 0, 0))
    legs = (Leg(flex=48, spread=58, turn=48, knee=122, point=32), Foot((0.07, -0.1), 4))
    shift = Pose(
        (-0.075, 0.0, 0.97),
        (0, -2, 0),
        (0, 3, 0),
        (0, 0, 0),
        prayer,
        (Foot((0.12, -0.1), 12, pitch=25), Foot((0.07, -0.1), 4)),
    )
    low = Pose((-0.085, 0.0, 0.975), (0, -2, 0), (0, 4, 0), (0, 0, 0), prayer, legs)
    high = Pose((-0.085, 0.0, 0.98), (0, -2, 0), (-4, 4, 0), (-4, 0, 0), above, legs)
    steps = [scene.stands(), Step(shift, 0.8, passing=True), Step(low, 0.9, 0.3)]
    if overhead:
        steps += [Step(high, 1.1, rng.uniform(*_HOLD)), Step(low, 0.9)]
    else:
        steps += [Step(low, 0.3, rng.uniform(*_HOLD))]
    return [*steps, Step(shift, 0.8, passing=True), scene.stands((0.2, 0.5))]


_OUTWARD = Hand((0.7, 0.02, 0.0), elbow=(0.0, -0.6, -1.0), fingers=(1, 0, 0), palm=(0, -1, 0))
_RAISED = Hand((0.15, 0.48, 0.02), elbow=(1.0, 0.2, -0.1), fingers=(0, 1, 0), palm=(-1, 0, 0))


def _warrior_two(scene: Scene) -> list[Step]:
    feet = (Foot((0.68, 0.02), 80), Foot((0.5, -0.08), 8))
    wide = Pose((0.04, 0.02, 0.82), (2, 0, 0), (0, 0, 0), (0, 0, 0), _OUTWARD, feet)
    deep = Pose((0.17, 0.02, 0.68), (2, 0, 14), (0, 0, -14), (0, 0, 72), _OUTWARD, feet)
    hold = scene.rng.uniform(*_HOLD)
    return [
        scene.stands(),
        Step(wide, 1.1),
        Step(deep, 1.0, hold),
        Step(wide, 0.9),
        scene.stands((0.2, 0.5), 1.0),
    ]


def _warrior_one(scene: Scene) -> list[Step]:
    feet = (Foot((0.1, -0.62)), Foot((0.12, 0.32), 30))
    split = Pose((0.0, -0.12, 0.82), (4, 0, 0), (2, 0, 0), hands=Hand((0.3, -0.4, 0.1)), legs=feet)
    lunge = Pose((0.0, -0.2, 0.68), (4, 0, 0), (-10, 0, 0), (-8, 0, 0), _RAISED, feet)
    hold = scene.rng.uniform(*_HOLD)
    return [
        scene.stands(),
        Step(split, 1.0, passing=True),
        Step(lunge, 1.0, hold),
        Step(split, 1.0, passing=True),
        scene.stands((0.2, 0.5), 0.9),
    ]


def _kind(
    name: str, steps: Callable[[Scene], Sequence[Step]], templates: tuple[str, ...]
) -> StepsKind:
    return StepsKind(name, "yoga", steps, templates, "yoga", weight=0.8)


_SPECS = (
    _kind(
        "downward_dog",
        _downward_dog,
        (
            "a person does the downward dog yoga pose",
            "a person {does|holds|goes into} {a|the} {downward dog|downward-facing dog}",
            "a person puts hands and feet on the floor and lifts the hips high",
            "{a|the} downward dog [yoga pose]",
            "do the downward dog",
            "a person is doing yoga",
        ),
    ),
    _kind(
        "cobra_pose",
        _cobra,
        (
            "a person lies on the stomach and lifts the chest in a cobra pose",
            "a person {does|holds} {a|the} cobra [yoga] {pose|stretch}",
            "a person lies on the front and pushes the upper body up off the floor",
            "the cobra [yoga] pose",
            "do the cobra pose",
            "a person is doing yoga on the floor",
        ),
    ),
    _kind(
        "child_pose",
        _child,
        (
            "a person goes from hands and knees into child's pose",
            "a person {does|rests in} the child's pose",
            "a person on hands and knees sits back on the heels and stretches the arms forward",
            "{the|a} child's pose [in yoga]",
            "do the child's pose",
            "a person is doing yoga on the floor",
        ),
    ),
    _kind(
        "tree_pose",
        _tree,
        (
            "a person does the tree yoga pose on the <other> leg",
            "a person {does|holds|stands in} {a|the} tree pose [on the <other> leg]",
            "a person stands on the <other> leg with the <side> foot against the other thigh",
            "a person balances on the <other> leg with the palms together",
            "the tree [yoga] pose",
            "do the tree pose",
            "a person is doing yoga",
        ),
    ),
    _kind(
        "warrior_two",
        _warrior_two,
        (
            "a person does the warrior yoga pose to the <side>",
            "a person {does|holds|goes into} {a|the} warrior {two|2|II} pose",
            "a person steps wide, bends the <side> knee and stretches both arms out to the sides",
            "a warrior [yoga] pose",
            "do the warrior pose",
            "a person is doing yoga",
        ),
    ),
    _kind(
        "warrior_one",
        _warrior_one,
        (
            "a person does the warrior one yoga pose with the <side> leg in front",
            "a person {does|holds} {a|the} warrior {one|1|I} pose",
            "a person lunges with the <side> leg in front and raises both arms overhead",
            "a warrior [yoga] pose [with raised arms]",
            "do the warrior pose",
            "a person is doing yoga",
        ),
    ),
)

for _spec in _SPECS:
    register_steps(_spec)
