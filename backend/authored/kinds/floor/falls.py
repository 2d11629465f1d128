"""Falling down: forward, backward, to the side, fainting and collapsing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...floor.floor_kinds import Scene, StepsKind, register_steps
from ...floor.floor_poses import BESIDE_HIPS, LYING_LEG, PRONE, SIDE, SQUAT, SUPINE
from ...floor.pose_steps import Step
from ...floor.poses import Foot, Hand, Knee, Leg, Pose, forearm_on_floor, palm_on_floor

_LYING = (0.7, 1.6)
"""Seconds of lying after a fall."""


def _forward(scene: Scene) -> list[Step]:
    """Topple over the toes, and catch the fall with the hands."""
    trip = Pose(
        (0.0, -0.14, 0.94),
        (14, 0, 0),
        (10, 0, 0),
        (-14, 0, 0),
        Hand((0.3, -0.16, 0.38), elbow=(0.8, -0.7, -0.3)),
        (Foot((0.11, -0.1), pitch=20), Foot((0.11, -0.04), pitch=36)),
    )
    catching = Hand(
        (0.24, -0.02, 0.5), elbow=(0.8, -0.7, -0.3), fingers=(0, 0.7, 0.7), palm=(0, -0.6, 1)
    )
    topple = Pose(
        (0.0, -0.46, 0.72),
        (48, 0, 0),
        (6, 0, 0),
        (-28, 0, 0),
        catching,
        Foot((0.11, -0.06), pitch=50),
    )
    caught = Pose(
        (0.0, -0.74, 0.34),
        (80, 0, 0),
        (-8, 0, 0),
        (-24, 0, 0),
        palm_on_floor(0.26, -1.26),
        Foot((0.11, -0.06), pitch=68),
    )
    down = replace(PRONE, pelvis=(0.0, -0.93, None))
    return [
        scene.stands(),
        Step(trip, 0.42, passing=True),
        Step(topple, 0.34, passing=True),
        Step(caught, 0.27, passing=True),
        Step(down, 0.42, scene.rng.uniform(*_LYING)),
    ]


def _backward(scene: Scene) -> list[Step]:
    """Lose balance backward, sit down hard and roll onto the back."""
    tip = Pose(
        (0.0, 0.14, 0.86),
        (-10, 0, 0),
        (16, 0, 0),
        (8, 0, 0),
        Hand((0.42, -0.04, 0.36), elbow=(0.8, -0.7, -0.3)),
        Foot((0.12, -0.1)),
    )
    seat = Pose(
        (0.0, 0.46, 0.19),
        (-26, 0, 0),
        (40, 0, 0),
        (18, 0, 0),
        palm_on_floor(0.34, 0.66, (0.7, -0.3)),
        Foot((0.12, -0.1)),
    )
    rolled = Pose(
        (0.0, 0.56, None),
        (-96, 0, 0),
        (18, 0, 0),
        (28, 0, 0),
        Hand((0.5, -0.2, 0.1), elbow=(0.6, -0.8, -0.4)),
        Leg(flex=62, spread=10, turn=8, knee=58, point=10),
    )
    arms = scene.rng.choice(2)
    hands = (BESIDE_HIPS, Hand((0.55, -0.3, -0.02), elbow=(0.3, -1.0, -0.3)))[arms]
    down = replace(SUPINE, pelvis=(0.0, 0.54, None), hands=hands)
    return [
        scene.stands(),
        Step(tip, 0.42, passing=True),
        Step(seat, 0.4, passing=True),
        Step(rolled, 0.4),
        Step(down, 0.6, scene.rng.uniform(*_LYING)),
    ]


def _sideways(scene: Scene) -> list[Step]:
    """Tip to the left over the left foot, and land on hip, hand and shoulder."""
    tip = Pose(
        (0.2, 0.04, 0.86),
        (6, 16, 0),
        (6, -14, 0),
        (0, -12, 0),
        Hand((0.48, -0.02, 0.2), elbow=(0.6, -0.8, -0.3)),
        (Foot((0.14, -0.1), 6), Foot((0.1, -0.1), pitch=24)),
    )
    hip = Pose(
        (0.55, 0.1, 0.3),
        (-6, 52, 0),
        (16, -22, 0),
        (4, -18, 0),
        (palm_on_floor(1.16, -0.02, (0.9, -0.4)), Hand((0.3, -0.2, 0.34))),
        (Foot((0.14, -0.1), 6), Foot((0.02, -0.12), 4, pitch=46)),
    )
    arm = forearm_on_floor(1.22, -0.26, (0.1, -1.0, 0.3), (0.2, -1.0))
    down = replace(SIDE, pelvis=(0.85, 0.1, 0.17), body=(0, 87, 0), hands=(arm, _hands(SIDE)[1]))
    return [
        scene.stands(),
        Step(tip, 0.42, passing=True),
        Step(hip, 0.42, passing=True),
        Step(down, 0.5, scene.rng.uniform(*_LYING)),
    ]


def _hands(pose: Pose) -> tuple[Hand, Hand]:
    return pose.hands if isinstance(pose.hands, tuple) else (pose.hands, pose.hands)


_LIMP_ARM = Hand((0.25, -0.47, 0.08), elbow=(0.6, -0.8, -0.4))
_AT_FOREHEAD = Hand(
    (-0.05, 0.16, 0.2), elbow=(1.0, -0.5, 0.1), fingers=(0.6, 0.7, 0), palm=(0, 0, -1)
)
_SWAYING = Pose(
    (0.03, 0.03, 0.95),
    (0, 3, 4),
    (4, 5, 4),
    (16, 10, 6),
    (
        _LIMP_ARM,
        Hand((-0.05, 0.16, 0.2), elbow=(1.0, -0.5, 0.1), fingers=(0.6, 0.7, 0), palm=(0, 0, -1)),
    ),
)
"""A dizzy person, the right hand at the forehead."""
_BUCKLED = replace(
    SQUAT,
    pelvis=(0.05, 0.1, 0.62),
    body=(8, 4, 4),
    spine=(26, 6, 4),
    head=(26, 8, 4),
    hands=_LIMP_ARM,
)
_KNEELING = Pose(
    (0.03, 0.06, 0.42),
    (2, 4, 4),
    (30, 8, 4),
    (30, 10, 4),
    _LIMP_ARM,
    Knee((0.12, -0.14), tucked=True),
)


def _faint(scene: Scene) -> list[Step]:
    """Sway, buckle, and sink backward and down onto the back."""
    rng = scene.rng
    other = replace(_SWAYING, pelvis=(-0.03, -0.02, 0.95), body=(3, -3, -3), spine=(2, -6, -3))
    seat = Pose(
        (0.02, 0.36, 0.19),
        (-24, 2, 0),
        (42, 4, 0),
        (30, 8, 0),
        Hand((0.34, -0.4, 0.1)),
        Foot((0.13, -0.1)),
    )
    bent = Leg(flex=42, spread=16, turn=10, knee=74, point=15)
    down = replace(
        SUPINE,
        pelvis=(0.0, 0.42, None),
        head=(2, 0, 38),
        hands=(Hand((0.5, -0.28, -0.04), elbow=(0.3, -1, -0.3)), Hand((0.4, 0.2, -0.04))),
        legs=(bent if rng.uniform() < 0.5 else LYING_LEG, LYING_LEG),
    )
    sway = [Step(_SWAYING, 0.8, passing=True), Step(other, 0.7), Step(_SWAYING, 0.6)]
    return [
        scene.stands(),
        *(sway if rng.uniform() < 0.7 else sway[:1]),
        Step(_BUCKLED, 0.42, passing=True),
        Step(seat, 0.36, passing=True),
        Step(down, 0.5, rng.uniform(*_LYING)),
    ]


def _collapse(scene: Scene) -> list[Step]:
    """Sink on the knees, and slump forward onto the chest."""
    rng = scene.rng
    slump = Pose(
        (0.0, -0.37, 0.38),
        (62, 3, 0),
        (30, 4, 0),
        (10, 0, 24),
        Hand((0.3, -0.1, 0.3), elbow=(0.8, -0.6, -0.2)),
        Knee((0.12, -0.14), tucked=True),
    )
    down = replace(PRONE, pelvis=(0.0, -0.58, None))
    return [
        scene.stands(),
        Step(replace(_BUCKLED, pelvis=(0.02, 0.06, 0.66)), 0.5, passing=True),
        Step(_KNEELING, 0.34, rng.uniform(0.0, 0.5)),
        Step(slump, 0.45, passing=True),
        Step(down, 0.42, rng.uniform(*_LYING)),
    ]


def _kind(
    name: str,
    steps: Callable[[Scene], Sequence[Step]],
    templates: tuple[str, ...],
    action: str = "fall",
) -> StepsKind:
    return StepsKind(name, action, steps, templates, "falls", tempo_spread=0.08)


_SPECS = (
    _kind(
        "fall_forward",
        _forward,
        (
            "a person falls forward onto the floor",
            "a person {falls|falls down|drops} [forward] [to the {floor|ground}]",
            "a person {trips|stumbles} and falls [forward]",
            "a person falls on the {face|stomach|front} and catches the fall with the hands",
            "{a fall forward|falling forward|falling down}",
            "fall [forward|down]",
        ),
    ),
    _kind(
        "fall_backward",
        _backward,
        (
            "a person falls backward onto the floor",
            "a person {falls|falls down|falls over} [backward|backwards]",
            "a person {loses balance|slips} and falls on the {back|bottom}",
            "a person falls on the back",
            "{a fall backward|falling backwards|falling down}",
            "fall [backward|down]",
        ),
    ),
    _kind(
        "fall_sideways",
        _sideways,
        (
            "a person falls to the <side>",
            "a person {falls|falls down|falls over} [to the <side> side]",
            "a person loses balance and falls over to the <side>",
            "a person falls on the <side> side",
            "{falling to the <side>|falling over}",
            "fall [over] to the <side>",
        ),
    ),
    _kind(
        "faint",
        _faint,
        (
            "a person faints",
            "a person {faints|passes out|loses consciousness} [and falls to the {floor|ground}]",
            "a person feels {dizzy|faint} and falls down",
            "a person becomes unconscious and drops to the {floor|ground}",
            "{fainting|passing out}",
            "faint",
        ),
        "faint",
    ),
    _kind(
        "collapse",
        _collapse,
        (
            "a person collapses",
            "a person {collapses|breaks down} [to the {floor|ground}]",
            "a person {falls|sinks} to the knees and {collapses|falls on the face}",
            "a person drops to the knees and then lies still, face down",
            "{collapsing|a collapse}",
            "collapse",
        ),
    ),
)

for _spec in _SPECS:
    register_steps(_spec)
