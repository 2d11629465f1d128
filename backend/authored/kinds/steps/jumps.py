"""Jumps with both feet and hops on one: up, ahead, aside, around, over."""

from dataclasses import dataclass, replace

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES
from ...catalogue import AuthoredClip, authored
from ...steps.jumps import Jump, hop_plan, jump_plan, swing_jump_arms
from ...steps.stepping import follow_steps
from ...wording import COUNT_WORDS, NUMBER_WORDS, write_captions

_Range = tuple[float, float]


@dataclass(frozen=True)
class _JumpKind:
    name: str
    counts: tuple[int, ...]
    """Numbers of jumps to draw from."""
    templates: tuple[str, ...]
    """Captions for any count; <often> is empty for one jump."""
    flight: _Range
    """Seconds in the air."""
    contact: _Range = (0.5, 0.75)
    """Seconds on the ground between jumps."""
    ahead: _Range = (0.0, 0.0)
    """Metres that a jump goes ahead."""
    aside: _Range = (0.0, 0.0)
    """Metres that it goes to the drawn side."""
    returns: bool = False
    """Whether every second jump goes back."""
    turn: float = 0.0
    """Radians of a turn to the drawn side in the air."""
    tuck: _Range = (0.02, 0.05)
    """Metres by which the feet are pulled up."""
    spread: _Range = (0.0, 0.0)
    """Metres by which each foot goes outward in the air."""
    arms: float = 1.0
    """Swing of the arms relative to that of a high jump."""
    arm_spread: float = 0.0
    """Radians by which the arms go up sideways."""
    elbow: float = 0.12
    noun: str = "jump"
    weight: float = 1.0


_KINDS = (
    _JumpKind(
        "jump_in_place",
        (1, 1, 2, 3, 4, 5),
        (
            "a person jumps <often>",
            "a person jumps {up|in place|on the spot} <often>",
            "a person {does|makes} <number> [with both feet]",
            "jump <often>",
            "<number> {in place|on the spot|}",
            "a person {hops|jumps} with both feet <often>",
            "a person crouches and jumps {into the air|straight up} <often>",
            "a person {is jumping|leaps up} <often>",
        ),
        flight=(0.36, 0.56),
        contact=(0.42, 0.75),
        weight=2.0,
    ),
    _JumpKind(
        "jump_forward",
        (1, 1, 2, 3),
        (
            "a person jumps forward <often>",
            "a person {jumps|hops} {ahead|forwards} with both feet <often>",
            "a person {does|makes} <number> forward",
            "jump forward <often>",
            "<number> {forward|ahead}",
            "a person {is jumping|leaps} forward <often>",
        ),
        flight=(0.36, 0.46),
        ahead=(0.45, 0.75),
    ),
    _JumpKind(
        "long_jump",
        (1,),
        (
            "a person jumps far forward",
            "a person does a standing long jump",
            "a person {swings the arms and|crouches and} jumps {far|a long distance} forward",
            "a long jump from standing",
            "a person takes a big jump forward",
            "jump far forward",
        ),
        flight=(0.46, 0.56),
        ahead=(1.15, 1.7),
        tuck=(0.1, 0.15),
        arms=1.1,
    ),
    _JumpKind(
        "jump_backward",
        (1, 1, 2, 3),
        (
            "a person jumps {backwards|backward|back} <often>",
            "a person {does|makes} <number> backwards",
            "a person {hops|jumps} back with both feet <often>",
            "jump back <often>",
            "<number> backwards",
        ),
        flight=(0.32, 0.42),
        ahead=(-0.5, -0.3),
        arms=0.55,
    ),
    _JumpKind(
        "jump_sideways",
        (1, 1, 2, 3),
        (
            "a person jumps to the <side> <often>",
            "a person {jumps|hops} sideways to the <side> <often>",
            "a person {does|makes} <number> to the <side>",
            "jump to the <side> <often>",
            "<number> to the <side>",
            "a person {jumps|leaps} <side> with both feet <often>",
        ),
        flight=(0.34, 0.44),
        aside=(0.4, 0.65),
        arms=0.6,
    ),
    _JumpKind(
        "jump_side_to_side",
        (4, 6, 8),
        (
            "a person jumps from side to side",
            "a person hops {from side to side|left and right} with both feet",
            "a person jumps <side> and <other>, {again and again|several times}",
            "jump side to side",
            "side to side jumps",
            "a person {does|makes} side to side hops over a line",
        ),
        flight=(0.24, 0.3),
        contact=(0.26, 0.34),
        aside=(0.32, 0.48),
        returns=True,
        arms=0.25,
        elbow=0.9,
    ),
    _JumpKind(
        "jump_half_turn",
        (1,),
        (
            "a person jumps and turns around to the <side>",
            "a person jumps with a half turn to the <side>",
            "a person jumps and {spins|turns} 180 degrees to the <side>",
            "a person jumps up and lands facing {backwards|the other direction}",
            "a 180 degree jump to the <side>",
            "jump and turn around",
        ),
        flight=(0.46, 0.56),
        turn=np.pi,
        arms=0.5,
    ),
    _JumpKind(
        "jump_spin",
        (1,),
        (
            "a person jumps and spins all the way around to the <side>",
            "a person does a 360 degree jump",
            "a person jumps with a full {turn|spin} to the <side>",
            "a spinning jump to the <side>",
            "a person {leaps up|jumps} and spins in the air",
            "jump and spin",
        ),
        flight=(0.56, 0.62),
        turn=2 * np.pi,
        arms=0.4,
        elbow=0.5,
    ),
    _JumpKind(
        "jump_over",
        (1,),
        (
            "a person jumps over something",
            "a person jumps over {an obstacle|a box|a puddle|a log}",
            "a person jumps forward over something, pulling up the legs",
            "a jump over an obstacle",
            "jump over something",
            "a person {hops|leaps} over something with both feet",
        ),
        flight=(0.5, 0.58),
        ahead=(0.8, 1.2),
        tuck=(0.2, 0.28),
    ),
    _JumpKind(
        "tuck_jump",
        (1, 2, 3),
        (
            "a person does <number>",
            "a person {jumps|jumps up} and {pulls|brings} the knees up <often>",
            "a person jumps with the knees to the chest <often>",
            "<number>",
            "a person {leaps|jumps} up high, tucking the legs <often>",
        ),
        flight=(0.52, 0.6),
        contact=(0.65, 0.8),
        tuck=(0.32, 0.38),
        noun="tuck jump",
        arms=0.7,
    ),
    _JumpKind(
        "star_jump",
        (1, 2, 3),
        (
            "a person does <number>",
            "a person jumps up with arms and legs spread <often>",
            "a person jumps {into a star|like a star} <often>",
            "<number>",
            "a person {leaps up|jumps} and spreads arms and legs in the air <often>",
        ),
        flight=(0.46, 0.56),
        contact=(0.6, 0.75),
        spread=(0.28, 0.36),
        noun="star jump",
        arms=1.0,
        arm_spread=2.1,
    ),
    _JumpKind(
        "bunny_hops",
        (3, 4, 5, 6),
        (
            "a person hops forward like a bunny",
            "a person does bunny hops",
            "a person {hops|jumps} forward like a rabbit",
            "bunny hops",
            "a person {takes|does} <number> forward with both feet",
            "a person {is hopping|hops} forward with both feet",
        ),
        flight=(0.22, 0.28),
        contact=(0.26, 0.34),
        ahead=(0.25, 0.36),
        tuck=(0.04, 0.08),
        noun="small jump",
        arms=0.12,
        elbow=1.5,
    ),
)


def _register(kind: _JumpKind) -> None:
    @authored(kind.name, group="jumps", action="jump", weight=kind.weight)
    def author_jumps_clip(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        """Crouch, jump and land softly."""
        number = int(rng.integers(2))
        sign = 1.0 - 2.0 * number
        count = int(rng.choice(kind.counts))
        jumps = _draw_jumps(kind, sign, count, rng)
        plan = jump_plan(rng, jumps, rng.uniform(1.05, 1.5))
        plan = replace(plan, style=replace(plan.style, elbow=kind.elbow))
        motion = follow_steps(plan, rng, base_clips)
        motion = swing_jump_arms(
            motion, plan, rng, kind.arms * rng.uniform(0.8, 1.1), kind.arm_spread
        )
        captions = write_captions(
            kind.templates,
            rng,
            count=7,
            side=SIDES[number],
            other=SIDES[1 - number],
            **_count_fields(count, kind.noun, rng),
        )
        return AuthoredClip(motion, captions)


def _draw_jumps(kind: _JumpKind, sign: float, count: int, rng: np.random.Generator) -> list[Jump]:
    ahead, aside = rng.uniform(*kind.ahead), rng.uniform(*kind.aside)
    places = [n % 2 if kind.returns else n for n in range(1, count + 1)]
    return [
        Jump(
            (sign * place * aside, -place * ahead),
            rng.uniform(*kind.flight),
            yaw=sign * kind.turn,
            contact=rng.uniform(*kind.contact),
            tuck=rng.uniform(*kind.tuck),
            spread=rng.uniform(*kind.spread),
        )
        for place in places
    ]


def _count_fields(count: int, noun: str, rng: np.random.Generator) -> dict[str, str]:
    often = "" if count == 1 else str(rng.choice(COUNT_WORDS.get(count, ("",))))
    plural = f"a {noun}" if count == 1 else f"{NUMBER_WORDS[count]} {noun}s"
    return {"often": often, "number": plural}


for _kind in _KINDS:
    _register(_kind)


@authored("hop_on_one_leg", group="hops", action="hop", weight=2.0)
def hop_on_one_leg(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Lift a foot and hop on the other one, in place or ahead."""
    side, count = SIDES[rng.integers(2)], int(rng.integers(1, 7))
    ahead = rng.uniform(0.3, 0.5) if rng.uniform() < 0.5 else 0.0
    jumps = [
        Jump((0.0, -ahead * n), rng.uniform(0.22, 0.3), contact=rng.uniform(0.26, 0.36))
        for n in range(1, count + 1)
    ]
    plan = hop_plan(rng, jumps, side, rng.uniform(1.2, 1.6))
    motion = follow_steps(plan, rng, base_clips)
    motion = swing_jump_arms(motion, plan, rng, rng.uniform(0.15, 0.3))
    where = "forward" if ahead else "{in place|on the spot|}"
    templates = (
        f"a person hops {'forward ' if ahead else ''}on the <side> {{leg|foot}} <often>",
        f"a person {{jumps|hops}} {where} on the <side> {{leg|foot}} <often>",
        f"a person hops {where} on one {{leg|foot}} <often>",
        f"a person {{lifts the <other> foot|bends the <other> leg}} and hops {where} <often>",
        f"hop on the <side> foot {where} <often>",
        f"<number> {where} on the <side> {{leg|foot}}",
        f"a person {{does|takes}} <number> {where} on one leg",
    )
    captions = write_captions(
        templates,
        rng,
        count=7,
        side=side,
        other=SIDES[1 - SIDES.index(side)],
        **_count_fields(count, "hop", rng),
    )
    return AuthoredClip(motion, captions)
