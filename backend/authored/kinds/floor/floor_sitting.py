"""Sitting down on the floor, sitting there, and standing up from it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...floor.floor_kinds import Scene, StepsKind, register_steps
from ...floor.floor_poses import CROSS_LEGGED, LONG_SIT, SIT_BACK, SIT_KNEES_UP, SQUAT
from ...floor.pose_steps import Step
from ...floor.poses import Foot, Hand, Leg, Pose

_REST = (0.5, 1.5)
_HUGGING = Hand((0.06, -0.34, 0.46), elbow=(1.0, -0.7, -0.1))
"""Hands in front of drawn-up knees."""


def _down(scene: Scene) -> list[Step]:
    return [
        scene.stands(),
        Step(SQUAT, 0.95, passing=True),
        Step(SIT_BACK, 0.55, passing=True),
        Step(SIT_KNEES_UP, 0.45),
    ]


def _down_with_knees_up(scene: Scene) -> list[Step]:
    settled = replace(SIT_KNEES_UP, spine=(30, 0, 0), hands=_HUGGING)
    return [*_down(scene), Step(settled, 0.8, scene.rng.uniform(*_REST))]


def _down_with_long_legs(scene: Scene) -> list[Step]:
    return [*_down(scene), Step(LONG_SIT, 0.8, scene.rng.uniform(*_REST))]


_CROSSING = replace(
    SIT_KNEES_UP,
    body=(-18, 0, 0),
    legs=(
        Leg(flex=112, spread=34, turn=42, knee=118, point=15),
        Leg(flex=106, spread=30, turn=46, knee=124, point=15),
    ),
)
"""Between drawn-up and crossed legs."""


def _down_cross_legged(scene: Scene) -> list[Step]:
    return [
        *_down(scene),
        Step(_CROSSING, 0.45, passing=True),
        Step(CROSS_LEGGED, 0.6, scene.rng.uniform(*_REST)),
    ]


def _sit_cross_legged(scene: Scene) -> list[Step]:
    slouch = replace(CROSS_LEGGED, spine=(20, 0, 3), head=(4, 0, 8))
    hold = scene.rng.uniform(1.0, 2.2)
    return [Step(CROSS_LEGGED, 0.5, hold), Step(slouch, 1.2, hold)]


def _meditate(scene: Scene) -> list[Step]:
    on_knees = Hand(
        (0.3, -0.37, 0.3), elbow=(1.0, -0.6, -0.4), fingers=(0.2, -0.2, 1), palm=(0, 1, 0.1)
    )
    straight = replace(CROSS_LEGGED, spine=(4, 0, 0), head=(2, 0, 0), hands=on_knees)
    return [Step(straight, 0.5, scene.rng.uniform(3.0, 5.5))]


def _sit_with_knees_up(scene: Scene) -> list[Step]:
    feet = Foot((0.12, -0.1))
    settled: Pose = replace(SIT_KNEES_UP, spine=(30, 0, 0), hands=_HUGGING, legs=feet)
    look = replace(settled, spine=(26, 0, 6), head=(2, 0, 22))
    hold = scene.rng.uniform(0.8, 1.8)
    return [Step(settled, 0.5, hold), Step(look, 0.9, hold), Step(settled, 0.9, 0.3)]


def _kind(
    name: str,
    steps: Callable[[Scene], Sequence[Step]],
    templates: tuple[str, ...],
    *,
    action: str = "sit_on_floor",
    weight: float = 1.0,
    reverse: bool = False,
) -> StepsKind:
    return StepsKind(name, action, steps, templates, "floor", weight=weight, reverse=reverse)


_STAND_UP = (
    "a person stands up from the {floor|ground} <pace>",
    "a person who sits on the {floor|ground} {gets|stands} up [<pace>]",
    "a person {gets|stands} up from sitting on the {floor|ground}",
    "a person gets up [from the {floor|ground}]",
    "stand up from the floor",
    "standing up from the {floor|ground}",
)

_SPECS = (
    _kind(
        "sit_down_on_floor",
        _down_with_knees_up,
        (
            "a person sits down on the floor <pace>",
            "a person sits down on the {floor|ground} [with the knees drawn up]",
            "a person {takes a seat|sits} on the {floor|ground} and draws the knees up",
            "a person squats down and sits on the {floor|ground}",
            "sit down on the {floor|ground}",
            "sitting down on the {floor|ground}",
        ),
    ),
    _kind(
        "sit_down_with_long_legs",
        _down_with_long_legs,
        (
            "a person sits down on the floor and stretches out the legs <pace>",
            "a person sits down on the {floor|ground} [with straight legs]",
            "a person sits on the {floor|ground} with the legs stretched out",
            "a person sits down and leans back on the hands",
            "sit down on the {floor|ground}",
        ),
        weight=0.7,
    ),
    _kind(
        "sit_down_cross_legged",
        _down_cross_legged,
        (
            "a person sits down cross-legged <pace>",
            "a person sits down cross-legged [on the {floor|ground}]",
            "a person sits down on the {floor|ground} and crosses the legs",
            "a person {sits|settles} down in a cross-legged {position|seat}",
            "sit down cross-legged",
            "sitting down on the {floor|ground} with crossed legs",
        ),
    ),
    _kind(
        "stand_up_from_floor",
        _down_with_knees_up,
        _STAND_UP,
        action="get_up",
        reverse=True,
    ),
    _kind(
        "stand_up_from_cross_legged",
        _down_cross_legged,
        ("a person who sits cross-legged stands up <pace>", *_STAND_UP),
        action="get_up",
        reverse=True,
    ),
    _kind(
        "sit_cross_legged",
        _sit_cross_legged,
        (
            "a person sits cross-legged on the floor",
            "a person {sits|is sitting} cross-legged",
            "a person sits on the {floor|ground} with crossed legs",
            "a person sits [still] on the {floor|ground}",
            "sit cross-legged",
            "sitting cross-legged",
        ),
        weight=0.7,
    ),
    _kind(
        "meditate",
        _meditate,
        (
            "a person sits cross-legged and meditates",
            "a person {meditates|is meditating}",
            "a person sits on the {floor|ground} in meditation",
            "a person sits cross-legged with the hands on the knees",
            "meditate",
            "meditation",
        ),
        action="meditate",
        weight=0.7,
    ),
    _kind(
        "sit_with_knees_up",
        _sit_with_knees_up,
        (
            "a person sits on the floor with the knees drawn up",
            "a person {sits|is sitting} on the {floor|ground}",
            "a person sits on the {floor|ground} and holds the knees",
            "sit on the {floor|ground}",
            "sitting on the {floor|ground}",
        ),
        weight=0.7,
    ),
)

for _spec in _SPECS:
    register_steps(_spec)
