"""Gestures of the arms over somebody who stands: salute, and others like it."""

import numpy as np

from ..base_clips import BaseClips
from ..catalogue import AuthoredClip, authored
from ..limbs import SIDES, ArmGoal, goal_for, reach
from ..motion import bend_trunk, turn_head
from ..timing import Key, key_track
from ..wording import write_captions


@authored("salute", group="gestures", action="gesture")
def salute(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Raise the flat hand to the brow, hold it, and lower it."""
    side = SIDES[rng.integers(2)]
    raised, held = rng.uniform(0.45, 0.8), rng.uniform(0.6, 1.8)
    start = rng.uniform(0.2, 0.8)
    motion = base_clips.draw_stand(rng, start + 2 * raised + held + rng.uniform(0.3, 0.9))
    weights = key_track(
        motion.times,
        [
            Key(start, 0.0),
            Key(start + raised, 1.0),
            Key(start + raised + held, 1.0),
            Key(start + 2 * raised + held, 0.0),
        ],
    )
    jitter = rng.normal(0.0, 0.012, 3)
    goal = ArmGoal(
        wrist=np.array([0.16, 0.2, 0.13]) + jitter,
        elbow=(1.0, rng.uniform(-0.6, -0.2), 0.1),
        fingers=(-0.75, 0.55, -0.1),
        palm=(-0.2, -0.75, 0.5),
    )
    motion = bend_trunk(motion, bend=-0.05 * weights)
    motion = turn_head(motion, bend=-0.04 * weights)
    motion = reach(motion, side, goal_for(side, goal), weights)
    templates = (
        "a person salutes with the <side> hand",
        "a person {gives|makes|performs} a [military] salute [with the <side> hand]",
        "a person {raises|brings} the <side> hand to the {forehead|brow} and salutes",
        "a [military] salute with the <side> {hand|arm}",
        "a person stands {straight|at attention} and salutes [with the <side> hand]",
    )
    return AuthoredClip(motion, write_captions(templates, rng, side=side))
