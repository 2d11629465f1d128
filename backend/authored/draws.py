"""Random draws that many kinds make: tempo, counts, and what the body does meanwhile."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .body.base_clips import BaseClips
from .body.motion import AuthoredMotion
from .wording import COUNT_WORDS

_TEMPOS = (0.72, 1.45)
"""Duration relative to the usual one."""
_QUICK, _SLOW = 0.82, 1.25
"""Durations at which captions call a motion quick or slow."""
_SHORTEST = 0.05
"""Seconds by which a base may be shorter than requested."""


class Tempo(NamedTuple):
    """Speed at which a motion is done."""

    duration: float
    """Factor of durations."""
    word: str
    """"quickly", "slowly" or nothing."""


class Base(NamedTuple):
    """Motion of the body during a gesture, with words for it."""

    motion: AuthoredMotion
    phrase: str
    """"while walking", "while sitting" or nothing."""


def draw_tempo(rng: np.random.Generator, slowest: float = _TEMPOS[1]) -> Tempo:
    """Return a tempo, evenly distributed by its logarithm.

    Args:
        slowest: Largest factor of durations, so that many repetitions do not take too long.
    """
    bounds = _TEMPOS[0], np.clip(slowest, _TEMPOS[0], _TEMPOS[1])
    duration = float(np.exp(rng.uniform(*np.log(bounds))))
    word = "quickly" if duration < _QUICK else "slowly" if duration > _SLOW else ""
    return Tempo(duration, word)


def draw_count(rng: np.random.Generator, most: int, weights: Sequence[float] | None = None) -> int:
    """Return a number of repetitions from 1 to `most`."""
    return int(rng.choice(np.arange(1, most + 1), p=weights))


def count_phrase(rng: np.random.Generator, count: int) -> str:
    """Return "twice" and the like; mostly nothing for once."""
    if count == 1 and rng.uniform() < 0.7:
        return ""
    words = COUNT_WORDS[count]
    return words[rng.integers(len(words))]


def draw_base(
    rng: np.random.Generator,
    base_clips: BaseClips,
    seconds: float,
    others: Sequence[str] = ("walk", "sit"),
) -> Base:
    """Return somebody who stands, or does one of `others` half the time where a capture allows."""
    if others and rng.uniform() < 0.5:
        name = others[rng.integers(len(others))]
        if base_clips.count(name):
            motion = base_clips.draw(name, rng, seconds)
            if motion.length_seconds > seconds - _SHORTEST:
                return Base(motion, {"walk": "while walking", "sit": "while sitting"}[name])
    return Base(base_clips.draw_stand(rng, seconds), "")
