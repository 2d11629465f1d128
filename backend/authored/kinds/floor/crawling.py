"""Crawling on hands and knees or on the forearms, and rolling forward."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...floor.floor_kinds import Scene, StepsKind, register_steps
from ...floor.floor_poses import HALF_KNEEL, HANDS_DOWN, KNEEL
from ...floor.pose_steps import Step
from ...floor.poses import Foot, Hand, Knee, Leg, Pose, forearm_on_floor, move_solved, palm_on_floor


def _crawl_steps(scene: Scene, start: float = 0.08) -> list[Step]:
    """Return the steps of crawling from all fours: hand and opposite knee move together."""
    rng = scene.rng
    half, pace = rng.uniform(0.15, 0.22), rng.uniform(0.42, 0.6)
    steps = []
    cycles = int(rng.integers(2, 5))
    for n in range(2 * cycles + 1):
        phase = 1.0 if n % 2 else -1.0
        y = start - half * n
        # At the ends the body has not gone on yet, or no longer.
        spread = 0.5 * half * phase * (0.0 if n in {0, 2 * cycles} else 1.0)
        left_hand, right_hand = y - 0.54 - spread, y - 0.54 + spread
        left_knee, right_knee = y + 0.02 + spread, y + 0.02 - spread
        pose = Pose(
            (0.012 * phase, y, 0.455),
            (84, -2.5 * phase, 4 * phase),
            (2, 3 * phase, -6 * phase),
            (-28, 0, 4 * phase),
            (palm_on_floor(0.18, left_hand), palm_on_floor(0.18, right_hand)),
            (Knee((0.1, left_knee)), Knee((0.1, right_knee))),
        )
        steps.append(Step(pose, pace, passing=n not in {0, 2 * cycles}))
    return steps


def _crawl(scene: Scene) -> list[Step]:
    first, *others = _crawl_steps(scene)
    *others, last = others
    hold = scene.rng.uniform(0.1, 0.4)
    return [replace(first, hold=hold), *others, replace(last, hold=hold)]


def _get_down_and_crawl(scene: Scene) -> list[Step]:
    first, *others = _crawl_steps(scene)
    return [
        scene.stands((0.1, 0.4)),
        Step(HALF_KNEEL, 1.0, passing=True),
        Step(KNEEL, 0.6, passing=True),
        replace(first, seconds=0.8),
        *others,
        replace(others[-1], seconds=0.3, passing=False),
    ]


def _army_crawl(scene: Scene) -> list[Step]:
    rng = scene.rng
    half, pace = rng.uniform(0.15, 0.24), rng.uniform(0.5, 0.7)
    straight = Leg(flex=0, spread=8, turn=15, knee=6, point=45)
    drawn_up = Leg(flex=48, spread=52, turn=38, knee=88, point=20)
    steps = []
    for n in range(int(rng.integers(5, 9))):
        phase = 1.0 if n % 2 else -1.0
        y = -half * n
        left, right = y - 0.62 - 0.5 * half * phase, y - 0.62 + 0.5 * half * phase
        pose = Pose(
            (0.03 * phase, y, None),
            (84, -8 * phase, 8 * phase),
            (-22, -6 * phase, -12 * phase),
            (-14, 0, 5 * phase),
            (
                forearm_on_floor(0.14, left, (0.8, -0.6, 0.6), (-0.2, -1.0)),
                forearm_on_floor(0.14, right, (0.8, -0.6, 0.6), (-0.2, -1.0)),
            ),
            (straight, drawn_up) if phase > 0 else (drawn_up, straight),
        )
        steps.append(Step(pose, pace, 0.0 if n else 0.3))
    return [*steps, replace(steps[-1], seconds=0.3)]


def _forward_roll(scene: Scene) -> list[Step]:
    far = scene.rng.uniform(-1.95, -1.75)
    tucked = Leg(flex=118, spread=8, knee=118, point=15)
    opened = Leg(flex=110, spread=10, knee=70, point=25)
    arms_ahead = Hand((0.2, -0.18, 0.42), elbow=(1.0, -0.6, 0.0))
    on_shins = Hand((0.22, -0.3, 0.4), elbow=(1.0, -0.6, 0.0))
    push = Pose(
        (0.0, -0.34, 0.62),
        (104, 0, 0),
        (62, 0, 0),
        (40, 0, 0),
        Hand((0.24, 0.16, 0.2), elbow=(1.0, -0.4, 0.1)),
        Foot((0.11, -0.06), pitch=66),
    )
    on_neck = Pose((0.0, far + 1.1, 0.5), (186, 0, 0), (58, 0, 0), (48, 0, 0), arms_ahead, opened)
    on_back = Pose((0.0, far + 0.72, None), (248, 0, 0), (50, 0, 0), (44, 0, 0), on_shins, tucked)
    on_seat = Pose((0.0, far + 0.4, None), (316, 0, 0), (52, 0, 0), (30, 0, 0), on_shins, tucked)
    squat = Pose(
        (0.0, far + 0.14, 0.42),
        (382, 0, 0),
        (38, 0, 0),
        (-8, 0, 0),
        Hand((0.22, -0.2, 0.46)),
        Foot((0.12, far - 0.1)),
    )
    pace = 0.3
    return [
        scene.stands(),
        Step(HANDS_DOWN, 0.8, passing=True),
        Step(push, 0.45, passing=True),
        Step(on_neck, pace + 0.05, passing=True),
        Step(on_back, pace, passing=True),
        Step(on_seat, pace, passing=True),
        Step(squat, pace, passing=True),
        Step(move_solved(scene.stand, (0.0, far, 0.0), 1), 0.9, 0.4),
    ]


def _kind(
    name: str,
    action: str,
    steps: Callable[[Scene], Sequence[Step]],
    templates: tuple[str, ...],
    weight: float = 1.0,
) -> StepsKind:
    return StepsKind(name, action, steps, templates, "floor", weight=weight, sway=0.6)


_SPECS = (
    _kind(
        "crawl_forward",
        "crawl",
        _crawl,
        (
            "a person crawls forward on hands and knees <pace>",
            "a person crawls [forward] [on the {floor|ground}] [<pace>]",
            "a person {crawls|is crawling} on {all fours|hands and knees}",
            "a person moves along on hands and knees",
            "crawl [forward]",
            "crawling on {all fours|hands and knees}",
        ),
        1.4,
    ),
    _kind(
        "get_down_and_crawl",
        "crawl",
        _get_down_and_crawl,
        (
            "a person gets down on hands and knees and crawls forward",
            "a person kneels down and {crawls|starts to crawl} [on {all fours|hands and knees}]",
            "a person goes down on all fours and crawls",
            "get down and crawl",
        ),
    ),
    _kind(
        "army_crawl",
        "crawl",
        _army_crawl,
        (
            "a person crawls on the stomach like a soldier <pace>",
            "a person {does|performs} an army crawl",
            "a person army crawls [forward]",
            "a person crawls on the {belly|stomach|forearms} [<pace>]",
            "a person creeps along the ground on the {elbows|forearms}",
            "{an army crawl|a low crawl|army crawling}",
            "army crawl",
        ),
    ),
    _kind(
        "forward_roll",
        "roll",
        _forward_roll,
        (
            "a person does a forward roll <pace>",
            "a person {does|makes} a {forward roll|somersault} [on the {floor|ground}]",
            "a person rolls forward [over the shoulders] and stands up",
            "a person {rolls|tumbles} forward [head over heels]",
            "a {forward roll|somersault}",
            "do a {forward roll|somersault}",
        ),
        1.2,
    ),
)

for _spec in _SPECS:
    register_steps(_spec)
