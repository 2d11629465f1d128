"""Lying down, lying, rolling over, and getting up from the floor."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...floor.floor_kinds import Scene, StepsKind, register_steps
from ...floor.floor_poses import (
    ALL_FOURS,
    ALL_FOURS_AHEAD,
    BESIDE_HIPS,
    HALF_KNEEL,
    KNEEL,
    LYING_LEG,
    PRONE_AHEAD,
    RECLINE,
    SIDE,
    SIT_BACK,
    SIT_KNEES_UP,
    SQUAT,
    SUPINE,
    SUPINE_KNEES_UP,
)
from ...floor.pose_steps import Step
from ...floor.poses import Foot, Hand, Leg, Pose, palm_on_floor

_REST = (0.4, 1.5)
"""Seconds of lying after lying down."""
_SIT_ASIDE = Pose(
    (0.08, 0.36, 0.17),
    (-20, 24, 6),
    (24, -4, 0),
    (8, 0, 0),
    (palm_on_floor(0.46, 0.42, (0.9, -0.2)), Hand((0.12, -0.26, 0.34))),
    Foot((0.14, -0.06), -18),
)
"""Sitting, leaning on the left hand."""


_ON_ELBOW = Pose(
    (0.16, 0.38, 0.17),
    (-62, 56, 4),
    (20, -22, 0),
    (6, -14, 0),
    (
        Hand(
            (0.62, 0.62, 0.06),
            "world",
            elbow=(0.6, -1, -0.3),
            fingers=(0.5, -1, 0),
            palm=(0, 0, -1),
        ),
        Hand((0.0, -0.2, 0.36)),
    ),
    Foot((0.2, -0.08), -35),
)
"""Half lying, on the left elbow."""


def _down_to_sit(scene: Scene) -> list[Step]:
    return [
        scene.stands(),
        Step(SQUAT, 1.0, passing=True),
        Step(SIT_BACK, 0.55, passing=True),
        Step(SIT_KNEES_UP, 0.45),
    ]


def _down_to_back(scene: Scene) -> list[Step]:
    return [
        *_down_to_sit(scene),
        Step(RECLINE, 0.75, passing=True),
        Step(SUPINE_KNEES_UP, 0.7),
        Step(_supine(scene), 0.9, scene.rng.uniform(*_REST)),
    ]


def _supine(scene: Scene) -> Pose:
    """Draw how somebody lies on the back: arms at the sides, on the belly or spread."""
    on_belly = Hand((-0.02, -0.36, 0.2), elbow=(1.0, -0.5, -0.6))
    spread = Hand((0.62, -0.25, -0.04), elbow=(0.3, -1.0, -0.3))
    hands = (BESIDE_HIPS, BESIDE_HIPS, on_belly, spread)[scene.rng.integers(4)]
    bent = scene.rng.uniform() < 0.25
    raised = Leg(flex=34, spread=10, turn=14, knee=62, point=10)
    return replace(SUPINE, hands=hands, legs=(raised if bent else LYING_LEG, LYING_LEG))


def _down_to_knees(scene: Scene) -> list[Step]:
    return [
        scene.stands(),
        Step(HALF_KNEEL, 1.1, passing=True),
        Step(KNEEL, 0.7, passing=True),
        Step(ALL_FOURS, 0.8),
    ]


def _down_to_front(scene: Scene) -> list[Step]:
    return [
        *_down_to_knees(scene),
        Step(ALL_FOURS_AHEAD, 0.5, passing=True),
        Step(PRONE_AHEAD, 1.0, scene.rng.uniform(*_REST)),
    ]


def _down_to_side(scene: Scene) -> list[Step]:
    return [
        *_down_to_sit(scene),
        Step(_SIT_ASIDE, 0.6, passing=True),
        Step(_ON_ELBOW, 0.7, passing=True),
        Step(SIDE, 1.1, scene.rng.uniform(*_REST)),
    ]


def _lie_still(scene: Scene, pose: Pose) -> list[Step]:
    return [Step(pose, 0.5, scene.rng.uniform(2.2, 5.0))]


_ON_BACK_AT = (0.0, 0.4, None)
_ROLLED = Pose(
    (0.55, 0.4, None),
    (-90, 180, 0),
    (2, 0, 0),
    (4, 0, -50),
    (
        Hand((0.16, 0.44, 0.06), elbow=(1.0, 0.2, -0.2)),
        Hand((0.33, 0.02, 0.05), elbow=(1.0, -0.5, 0.0), fingers=(-0.2, 1, 0), palm=(0, 0, 1)),
    ),
    Leg(flex=-2, spread=5, knee=4, point=55),
)
"""On the front after a roll to the left from the back."""


def _roll_to_front(scene: Scene) -> list[Step]:
    overhead = Hand((0.14, 0.44, 0.02), elbow=(1.0, 0.2, -0.2))
    supine = replace(SUPINE, pelvis=_ON_BACK_AT, hands=(overhead, BESIDE_HIPS))
    crossing = replace(
        supine,
        pelvis=(0.08, 0.4, None),
        body=(-90, 28, 0),
        spine=(8, 0, 22),
        head=(12, 0, 35),
        hands=(overhead, Hand((0.05, -0.02, 0.42), elbow=(0.6, -0.8, 0.4))),
        legs=(Leg(flex=4, knee=6, point=25), Leg(flex=46, spread=-14, knee=62, point=20)),
    )
    aside = Pose(
        (0.27, 0.4, 0.17),
        (-90, 95, 0),
        (6, -6, 10),
        (4, 4, 20),
        (overhead, Hand((-0.12, -0.1, 0.36), elbow=(0.5, -0.6, 0.5))),
        (Leg(flex=4, knee=10, point=30), Leg(flex=36, knee=50, point=30)),
    )
    return [
        Step(supine, 0.5, scene.rng.uniform(0.3, 1.0)),
        Step(crossing, 0.7, passing=True),
        Step(aside, 0.6, passing=True),
        Step(_ROLLED, 0.8, scene.rng.uniform(0.4, 1.2)),
    ]


def _sleep(scene: Scene) -> list[Step]:
    deeper = replace(SIDE, spine=(18, -8, 3), head=(8, 6, 4))
    hold = scene.rng.uniform(1.2, 3.0)
    return [Step(SIDE, 0.5, hold), Step(deeper, 1.2, hold)]


_STRETCH = Hand((0.3, 0.42, -0.02), elbow=(1.0, 0.1, -0.3), fingers=(0.3, 1, 0), palm=(-0.4, 0, 1))


def _wake_up(scene: Scene) -> list[Step]:
    rng = scene.rng
    stir = replace(SIDE, spine=(8, -8, 10), head=(-4, 8, 14))
    sit = replace(
        SIT_KNEES_UP,
        hands=Hand((0.14, -0.3, 0.4), elbow=(0.8, -1, -0.3)),
        legs=Foot((0.13, -0.1)),
    )
    on_back = replace(SUPINE_KNEES_UP, hands=Hand((0.1, -0.38, 0.2)), legs=sit.legs)
    stretch = Pose(
        (0, 0.36, None), (-16, 0, 0), (-2, 0, 0), (-12, 0, 0), _STRETCH, Foot((0.13, -0.1))
    )
    return [
        Step(SIDE, 0.5, rng.uniform(0.6, 1.4)),
        Step(stir, 0.7, 0.2),
        Step(on_back, 0.9, rng.uniform(0.1, 0.5)),
        Step(RECLINE, 0.8, passing=True),
        Step(sit, 0.8, 0.2),
        Step(stretch, 1.1, rng.uniform(0.3, 0.8)),
        Step(sit, 0.9, 0.4),
    ]


def _kind(
    name: str,
    steps: Callable[[Scene], Sequence[Step]],
    templates: tuple[str, ...],
    *,
    action: str = "lie",
    weight: float = 1.0,
    reverse: bool = False,
) -> StepsKind:
    return StepsKind(
        name, action, steps, templates, "floor", weight=weight, reverse=reverse, sway=0.8
    )


_SPECS = (
    _kind(
        "lie_down_on_back",
        _down_to_back,
        (
            "a person lies down on the back <pace>",
            "a person lies down [on the floor] [<pace>]",
            "a person sits down on the {floor|ground} and lies {back|down}",
            "a person [<pace>] {lies|lays} down on {the|their} back",
            "a person gets down on the {floor|ground} and lies on the back",
            "lie down [on the back]",
            "a person is lying down",
        ),
    ),
    _kind(
        "lie_down_on_front",
        _down_to_front,
        (
            "a person lies down on the {stomach|belly|front} <pace>",
            "a person lies down [on the floor] [face down]",
            "a person kneels, leans on the hands and lies down on the {stomach|belly}",
            "a person [<pace>] {lies|lays} down on {the|their} {stomach|front}",
            "a person gets down on the {floor|ground} and lies face down",
            "lie down on the {stomach|front}",
            "a person goes prone",
        ),
    ),
    _kind(
        "lie_down_on_side",
        _down_to_side,
        (
            "a person lies down on the <side> side <pace>",
            "a person lies down [on the floor] [on the <side> side]",
            "a person sits down on the floor and lies down on the <side> side",
            "a person lies down on the side [to sleep]",
            "lie down on the <side> side",
            "a person lies down to {sleep|rest}",
        ),
    ),
    _kind(
        "get_up_from_back",
        _down_to_back,
        (
            "a person gets up from the floor <pace>",
            "a person who lies on the back {gets|stands} up [<pace>]",
            "a person {gets up|stands up} from lying [on the back]",
            "a person sits up on the floor and stands up",
            "a person {rises|gets up} from the {ground|floor}",
            "get up [from the floor]",
            "getting up from the floor",
        ),
        action="get_up",
        weight=1.3,
        reverse=True,
    ),
    _kind(
        "get_up_from_front",
        _down_to_front,
        (
            "a person gets up from the floor <pace>",
            "a person who lies on the {stomach|front} {gets|stands} up [<pace>]",
            "a person {gets up|stands up} from lying [face down]",
            "a person pushes up to hands and knees and stands up",
            "a person {rises|gets up} from the {ground|floor}",
            "get up [from the floor]",
            "getting up from the floor",
        ),
        action="get_up",
        weight=1.3,
        reverse=True,
    ),
    _kind(
        "get_up_from_side",
        _down_to_side,
        (
            "a person gets up from the floor <pace>",
            "a person who lies on the <side> side sits up and {gets|stands} up",
            "a person {gets up|stands up} from lying [on the <side> side]",
            "a person {rises|gets up} from the {ground|floor}",
            "get up [from the floor]",
        ),
        action="get_up",
        weight=0.7,
        reverse=True,
    ),
    _kind(
        "lie_still_on_back",
        lambda scene: _lie_still(scene, _supine(scene)),
        (
            "a person lies on the back",
            "a person lies [still] on the {floor|ground}",
            "a person is lying [still] on the back",
            "a person rests on the floor, face up",
            "lie still",
            "lying on the back",
        ),
        weight=0.6,
    ),
    _kind(
        "lie_still_on_front",
        lambda scene: _lie_still(scene, PRONE_AHEAD),
        (
            "a person lies on the {stomach|belly|front}",
            "a person lies [still] on the {floor|ground}",
            "a person is lying face down",
            "lie on the {stomach|front}",
            "lying on the {stomach|belly}",
        ),
        weight=0.5,
    ),
    _kind(
        "roll_over",
        _roll_to_front,
        (
            "a person rolls over to the <side> from the back onto the stomach <pace>",
            "a person {rolls|turns} over on the {floor|ground}",
            "a person lies on the back and {rolls|turns} over [to the <side>]",
            "a person rolls over onto the {stomach|belly|front}",
            "roll over [to the <side>]",
            "rolling over on the {floor|ground}",
        ),
        action="roll",
    ),
    _kind(
        "roll_over_to_back",
        _roll_to_front,
        (
            "a person rolls over from the stomach onto the back <pace>",
            "a person {rolls|turns} over on the {floor|ground}",
            "a person lies on the stomach and {rolls|turns} over [onto the back]",
            "a person rolls over onto the back",
            "roll over",
            "rolling over on the {floor|ground}",
        ),
        action="roll",
        weight=0.7,
        reverse=True,
    ),
    _kind(
        "sleep",
        _sleep,
        (
            "a person sleeps on the <side> side",
            "a person {sleeps|is sleeping|is asleep} [on the {floor|ground}]",
            "a person lies curled up on the <side> side",
            "a person lies on the <side> side [and sleeps]",
            "sleep",
            "sleeping",
        ),
        action="sleep",
    ),
    _kind(
        "wake_up",
        _wake_up,
        (
            "a person wakes up and stretches",
            "a person wakes up, sits up and stretches the arms",
            "a person {wakes up|awakes} [from sleep]",
            "a person who sleeps on the <side> side sits up and stretches",
            "wake up",
            "waking up and stretching",
        ),
        action="sleep",
    ),
)

for _spec in _SPECS:
    register_steps(_spec)
