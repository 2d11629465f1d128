"""Registry of the kinds of authored motion."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .body.base_clips import BaseClips
from .body.motion import AuthoredMotion


@dataclass(frozen=True)
class AuthoredClip:
    """One drawn motion with its captions."""

    motion: AuthoredMotion
    captions: tuple[str, ...]
    """Whole captions, such as "a person salutes with the right hand" or "a golf swing"."""


Author = Callable[[np.random.Generator, BaseClips], AuthoredClip]


@dataclass(frozen=True)
class AuthoredKind:
    """A kind of motion, and the function that draws one."""

    name: str
    group: str
    """Table row and contact sheet that the kind belongs to."""
    action: str
    """Label of the clips."""
    author: Author
    weight: float
    """Clips of this kind relative to a kind of weight 1."""
    may_slide: bool
    """Whether feet may move along the floor."""


_KINDS: dict[str, AuthoredKind] = {}


def authored(
    name: str, *, group: str, action: str, weight: float = 1.0, may_slide: bool = False
) -> Callable[[Author], Author]:
    """Register a function as the author of a kind.

    Raises:
        ValueError: the name is taken.
    """

    def register(author: Author) -> Author:
        if name in _KINDS:
            raise ValueError(f"Names of kinds must be unique ({name!r} is taken).")
        _KINDS[name] = AuthoredKind(name, group, action, author, weight, may_slide)
        return author

    return register


def registered_kinds() -> tuple[AuthoredKind, ...]:
    """Return the kinds that are registered so far, by group and name; see `kinds` for all."""
    return tuple(sorted(_KINDS.values(), key=lambda kind: (kind.group, kind.name)))
