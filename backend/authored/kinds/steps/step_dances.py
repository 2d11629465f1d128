"""Simple dances: steps to and fro in rhythm, swaying hips, the twist."""

from dataclasses import dataclass, replace

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN, FootGoal, ankle_over_toe, foot_goals, place_foot
from ...body.motion import JOINT, AuthoredMotion, bend_trunk, tip_pelvis, turn_head
from ...body.timing import pulse
from ...catalogue import AuthoredClip, authored
from ...steps.footfalls import Footprint
from ...steps.pendulum import HeightKey
from ...steps.stepping import StepPlan, StepStyle, follow_steps, rest_stance, swing_arm
from ...steps.walks import Landing, rhythm_plan
from ...wording import write_captions

_HALF = 0.1
"""Metres from the middle of the body to a foot point."""
_BOUNCE = 0.045
"""Metres by which the knees give on each beat."""


@dataclass(frozen=True)
class _StepDance:
    name: str
    pattern: tuple[tuple[int, float], ...]
    """Foot (0 leads, 1 follows) and place in steps to the leading side, of each beat."""
    beat: tuple[float, float]
    templates: tuple[str, ...]


_DANCES = (
    _StepDance(
        "step_touch",
        ((0, 1.0), (1, 1.0), (1, 0.0), (0, 0.0)),
        (0.48, 0.62),
        (
            "a person dances from side to side",
            "a person does a step touch dance",
            "a person steps <side> and <other> to the {music|beat}",
            "a person {is dancing|dances}, stepping side to side",
            "a simple side to side dance",
            "step touch {dance|}",
            "a person {grooves|dances} with {side steps|steps to each side}",
        ),
    ),
    _StepDance(
        "two_step",
        ((0, 1.0), (1, 1.0), (0, 2.0), (1, 2.0), (1, 1.0), (0, 1.0), (1, 0.0), (0, 0.0)),
        (0.42, 0.52),
        (
            "a person dances the two-step",
            "a person does a two step {dance|}",
            "a person dances two steps to the <side> and two to the <other>",
            "a person {is dancing|dances} with two steps to each side",
            "a two-step dance",
            "two-step",
        ),
    ),
)


def _register(dance: _StepDance) -> None:
    @authored(dance.name, group="step_dances", action="dance")
    def author_step_dances_clip(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        """Step from side to side on the beat, with knees that give and arms that swing."""
        lead = int(rng.integers(2))
        beat, length = rng.uniform(*dance.beat), rng.uniform(0.3, 0.42)
        cycles = max(1, round(rng.uniform(3.0, 5.5) / (beat * len(dance.pattern))))
        landings = []
        for number, (foot, place) in enumerate(dance.pattern * cycles):
            side = SIDES[(lead + foot) % 2]
            x = SIGN[SIDES[lead]] * length * place + SIGN[side] * _HALF
            time = 0.9 + number * beat
            at = Footprint((x, 0.0), SIGN[side] * 0.12)
            landings.append(Landing(side, time, at, 0.42 * beat, 0.05, swing_pitch=None))
        landings = _with_long_contacts(landings, beat)
        style = StepStyle(lift_gain=0.6, elbow=rng.uniform(0.8, 1.3), spread=rng.uniform(0.1, 0.3))
        plan = rhythm_plan(rng, landings, style, 0.6 * beat)
        end = landings[-1].time
        plan = replace(plan, heights=_bounces(style.rest, 0.9, end, beat))
        motion = follow_steps(plan, rng, base_clips)
        motion = _groove(motion, rng, 0.6, end + 0.3, 2 * beat)
        captions = write_captions(dance.templates, rng, side=SIDES[lead], other=SIDES[1 - lead])
        return AuthoredClip(motion, captions)


for _dance in _DANCES:
    _register(_dance)


@authored("sway_dance", group="step_dances", action="dance")
def sway_dance(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Shift the weight from foot to foot with the beat, on the spot."""
    beat, count = rng.uniform(0.62, 0.95), 2 * int(rng.integers(3, 5))
    sign = 1.0 if rng.uniform() < 0.5 else -1.0
    amount = rng.uniform(0.4, 0.47)
    beats = 0.9 + beat * np.arange(count)
    shifts = [(float(t), 0.5 + sign * amount * (-1.0) ** n) for n, t in enumerate(beats)]
    end = float(beats[-1])
    style = StepStyle()
    plan = StepPlan(
        (),
        end + rng.uniform(1.2, 1.5),
        rest_stance(rng, width=rng.uniform(0.14, 0.28)),
        style,
        _bounces(style.rest - 0.02, 0.9, end, beat),
        ((0.4, 0.5), *shifts, (end + 0.7, 0.5)),
    )
    motion = follow_steps(plan, rng, base_clips)
    motion = _groove(motion, rng, 0.5, end + 0.5, 2 * beat, elbow=rng.uniform(0.7, 1.3))
    templates = (
        "a person sways from side to side",
        "a person {dances|is dancing} in place, swaying {from side to side|left and right}",
        "a person sways {the hips|} to the music",
        "a person shifts their weight from foot to foot, dancing",
        "a {gentle|slow|simple} swaying dance",
        "sway from side to side",
        "a person {grooves|moves} to the {music|beat} {in place|on the spot}",
    )
    return AuthoredClip(motion, write_captions(templates, rng))


@authored("twist_dance", group="step_dances", action="dance", may_slide=True)
def twist_dance(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Twist on the balls of the feet, the arms against the hips."""
    period, start = rng.uniform(0.6, 0.85), 0.7
    end = start + period * int(rng.integers(5, 8))
    style = StepStyle()
    low = -rng.uniform(0.1, 0.18)
    middle = 0.5 * (start + end)
    heights = (
        HeightKey(start - 0.3, style.rest),
        HeightKey(start + 0.4, 0.7 * low),
        HeightKey(middle, 1.5 * low),
        HeightKey(end - 0.3, 0.7 * low),
        HeightKey(end + 0.4, style.rest),
    )
    stance = rest_stance(rng, width=0.08)
    plan = StepPlan((), end + rng.uniform(0.9, 1.2), stance, style, heights)
    motion = follow_steps(plan, rng, base_clips)
    times = motion.times
    active = pulse(times, start - 0.3, end + 0.3, 0.6, 0.6)
    angle = active * np.sin(2 * np.pi * (times - start) / period)
    hips = rng.uniform(0.28, 0.4) * angle
    goals = foot_goals(motion)
    positions, _ = motion.kinematics()
    motion = tip_pelvis(motion, twist=hips)
    motion = bend_trunk(motion, bend=0.12 * active, twist=-1.9 * hips)
    motion = turn_head(motion, twist=0.8 * hips)
    for side in SIDES:
        # The heels swing about the balls of the feet.
        yaw = np.asarray(goals[side].yaw) + rng.uniform(1.2, 1.5) * hips
        pitch = 0.28 * active
        toe = positions[:, JOINT[f"{side}_foot"]]
        goal = FootGoal(ankle_over_toe(side, toe, yaw, pitch), yaw, pitch)
        motion = place_foot(motion, side, goal)
        forth = SIGN[side] * 0.35 * angle
        motion = swing_arm(motion, side, 0.25 * active + forth, 0.25 * active, 1.25 * active)
    templates = (
        "a person dances the twist",
        "a person does the twist",
        "a person {is dancing|dances}, twisting the hips [from side to side]",
        "a person twists {on the balls of the feet|hips and arms} to the music",
        "the twist, a {sixties|} dance",
        "a person twists the hips left and right",
        "twist dance",
    )
    return AuthoredClip(motion, write_captions(templates, rng))


def _with_long_contacts(landings: list[Landing], beat: float) -> list[Landing]:
    """Let each foot stand until shortly before its next landing."""
    result = []
    for number, landing in enumerate(landings):
        later = [n.time for n in landings[number + 1 :] if n.side == landing.side]
        contact = (later[0] - landing.time if later else beat) - 0.6 * beat
        result.append(replace(landing, contact=max(contact, 0.35 * beat)))
    return result


def _bounces(rest: float, start: float, end: float, beat: float) -> tuple[HeightKey, ...]:
    """Heights of a pelvis that sinks on each beat and rises between them."""
    count = round((end - start) / beat) + 1
    keys = [HeightKey(start - 0.5 * beat, rest)]
    for number in range(count):
        time = start + number * beat
        keys.append(HeightKey(time + 0.08, rest - _BOUNCE))
        keys.append(HeightKey(time + 0.08 + 0.5 * beat, rest - 0.2 * _BOUNCE))
    return (*keys, HeightKey(end + 0.08 + beat, rest))


def _groove(
    motion: AuthoredMotion,
    rng: np.random.Generator,
    start: float,
    end: float,
    period: float,
    elbow: float = 0.0,
) -> AuthoredMotion:
    """Add a trunk that turns and leans with the beat, and arms that swing against it."""
    times = motion.times
    active = pulse(times, start, end, 0.5, 0.5)
    phase = 2 * np.pi * (times - start) / period + rng.uniform(0.0, 2 * np.pi)
    sway, follow = active * np.sin(phase), active * np.sin(phase - 0.7)
    motion = bend_trunk(
        motion,
        bend=0.03 * active * np.cos(2 * phase),
        lean=rng.uniform(0.05, 0.12) * sway,
        twist=rng.uniform(0.1, 0.2) * follow,
    )
    motion = turn_head(motion, bend=0.05 * active * np.cos(2 * phase), lean=0.06 * follow)
    reach = rng.uniform(0.2, 0.4)
    for side in SIDES:
        forth = reach * (0.5 * active + SIGN[side] * follow)
        motion = swing_arm(motion, side, forth, 0.1 * active, elbow * active)
    return motion
