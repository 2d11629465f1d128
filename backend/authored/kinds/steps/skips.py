"""Gaits of children and dancers: skip, gallop, leap."""

import numpy as np

from ...body.base_clips import BaseClips
from ...body.limbs import SIDES, SIGN
from ...body.timing import Key, key_track
from ...catalogue import AuthoredClip, authored
from ...steps.footfalls import Footprint
from ...steps.stepping import StepStyle, follow_steps, swing_arm
from ...steps.walks import Landing, rhythm_plan
from ...wording import NUMBER_WORDS, write_captions

_HALF = 0.08
"""Metres from the line of travel to a foot point."""


def _print_at(side: str, ahead: float) -> Footprint:
    return Footprint((SIGN[side] * _HALF, -ahead), SIGN[side] * 0.08)


@authored("skip", group="skips", action="skip", weight=1.5)
def skip(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Step and hop on each foot in turn, the other knee high."""
    number, count = int(rng.integers(2)), int(rng.integers(3, 8))
    beat, length = rng.uniform(0.58, 0.7), rng.uniform(0.6, 0.85)
    contact, flight = 0.3 * beat, 0.36 * beat
    knee = (0.09, -rng.uniform(0.08, 0.16), -rng.uniform(0.5, 0.58))
    landings, time, ahead = [], 1.0, 0.4 * length
    for n in range(count):
        side = SIDES[(number + n) % 2]
        landings.append(
            Landing(side, time, _print_at(side, ahead), contact, 0.1, carry=knee if n else None)
        )
        hop = _print_at(side, ahead + 0.35 * length)
        landings.append(Landing(side, time + contact + flight, hop, 0.2 * beat, 0.03))
        time, ahead = time + beat, ahead + length
    ahead -= 0.5 * length
    for n in range(2):
        side = SIDES[(number + count + n) % 2]
        landings.append(Landing(side, time, _print_at(side, ahead), 0.3))
        time += 0.45
    style = StepStyle(arm_gain=0.5, lift_gain=1.3, elbow=0.6, spread=0.12, spring=0.6)
    motion = follow_steps(rhythm_plan(rng, landings, style, 0.45), rng, base_clips)
    templates = (
        "a person skips [forward]",
        "a person {is skipping|skips} {ahead|along|happily}",
        "a person skips like a child",
        "a person skips forward, {lifting|raising} the knees",
        "skip forward",
        "a person {does|takes} <number> skips",
        "skipping {ahead|along}",
    )
    return AuthoredClip(motion, write_captions(templates, rng, number=NUMBER_WORDS[count]))


@authored("gallop", group="skips", action="gallop")
def gallop(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Run with one foot always ahead of the other."""
    number, count = int(rng.integers(2)), int(rng.integers(4, 8))
    lead, trail = SIDES[number], SIDES[1 - number]
    beat, length = rng.uniform(0.46, 0.55), rng.uniform(0.55, 0.8)
    apart = rng.uniform(0.26, 0.34)
    landings = [Landing(lead, 0.9, _print_at(lead, 0.45), 0.48 * beat, 0.1)]
    time, ahead = 0.9 + 0.66 * beat, 0.2
    for _ in range(count):
        landings.append(Landing(trail, time, _print_at(trail, ahead), 0.44 * beat, 0.08))
        time += 0.34 * beat
        front = _print_at(lead, ahead + apart + 0.2)
        landings.append(Landing(lead, time, front, 0.48 * beat, 0.14))
        time, ahead = time + 0.66 * beat, ahead + length
    ahead += apart + 0.2 - length
    landings.append(Landing(trail, time + 0.05, _print_at(trail, ahead), 0.3))
    style = StepStyle(arm_gain=0.45, lift_gain=0.6, elbow=0.8, bend=0.06)
    motion = follow_steps(rhythm_plan(rng, landings, style, 0.45), rng, base_clips)
    templates = (
        "a person gallops [forward]",
        "a person gallops like a horse",
        "a person gallops with the <side> foot {in front|leading|ahead}",
        "a person {is galloping|gallops} {along|ahead}",
        "gallop forward",
        "a gallop with the <side> foot first",
    )
    return AuthoredClip(motion, write_captions(templates, rng, side=lead))


@authored("leap", group="skips", action="jump")
def leap(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Run up, leap from one foot to the other, and run out."""
    number = int(rng.integers(2))
    near, far = SIDES[number], SIDES[1 - number]
    flight, distance = rng.uniform(0.4, 0.5), rng.uniform(1.25, 1.7)
    step, run = rng.uniform(0.36, 0.42), rng.uniform(0.6, 0.75)
    takeoff = 0.85 + step
    lands = takeoff + 0.2 + flight
    spots = (0.5 * run, 1.4 * run, 1.4 * run + distance, 2.3 * run + distance)
    split = (0.0, -rng.uniform(0.12, 0.22))
    landings = (
        Landing(far, 0.85, _print_at(far, spots[0]), step - 0.06, 0.08),
        Landing(near, takeoff, _print_at(near, spots[1]), 0.2, 0.12),
        Landing(far, lands, _print_at(far, spots[2]), 0.26, 0.38, split),
        Landing(near, lands + step + 0.05, _print_at(near, spots[3]), 0.4, 0.32, (0.03, 0.22)),
        Landing(far, lands + 2 * step + 0.2, _print_at(far, spots[3]), 0.3),
    )
    style = StepStyle(arm_gain=0.6, lift_gain=0.5, elbow=0.5, spring=0.5)
    motion = follow_steps(rhythm_plan(rng, landings, style, 0.33), rng, base_clips)
    keys = [
        Key(takeoff - 0.2, 0.0),
        Key(takeoff + 0.2 + 0.4 * flight, rng.uniform(0.7, 1.1)),
        Key(lands + 0.35, 0.0),
    ]
    for side in SIDES:
        motion = swing_arm(motion, side, spread=key_track(motion.times, keys))
    templates = (
        "a person leaps forward",
        "a person runs and leaps",
        "a person takes a {big|long} leap off the <near> foot",
        "a person runs up and leaps from the <near> foot to the <far> one",
        "a leap over a {puddle|gap|ditch}",
        "a person {leaps|jumps} over a {puddle|gap|ditch} with a run-up",
        "leap forward",
    )
    return AuthoredClip(motion, write_captions(templates, rng, near=near, far=far))
