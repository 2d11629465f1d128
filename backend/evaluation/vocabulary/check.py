"""Checks of a motion: predicates on its tracks that combine with `&`, `|` and `~`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from .body_tracks import BodyTracks

P = ParamSpec("P")


@dataclass(frozen=True)
class Check:
    """A predicate that names what a motion lacks."""

    find_faults: Callable[[BodyTracks], tuple[str, ...]]
    """Returns the first part of the check that a motion does not pass; nothing if it passes."""

    def __call__(self, tracks: BodyTracks) -> bool:
        return not self.find_faults(tracks)

    def __and__(self, other: Check) -> Check:
        return Check(lambda tracks: self.find_faults(tracks) or other.find_faults(tracks))

    def __or__(self, other: Check) -> Check:
        def find_faults(tracks: BodyTracks) -> tuple[str, ...]:
            first = self.find_faults(tracks)
            second = other.find_faults(tracks) if first else ()
            return (" or ".join((" and ".join(first), " and ".join(second))),) if second else ()

        return Check(find_faults)

    def __invert__(self) -> Check:
        return Check(lambda tracks: () if self.find_faults(tracks) else ("the opposite",))


def motion_check(test: Callable[Concatenate[BodyTracks, P], bool]) -> Callable[P, Check]:
    """Make a predicate on tracks and options a function of the options that returns a check."""

    @wraps(test)
    def build(*args: P.args, **options: P.kwargs) -> Check:
        values = [str(value) for value in args]
        values += [f"{name} {value}" for name, value in options.items()]
        name = " ".join([test.__name__.replace("_", " "), ", ".join(values)]).strip()
        return Check(lambda tracks: () if test(tracks, *args, **options) else (name,))

    return build


def then(first: Check, second: Check) -> Check:
    """Check that a motion passes `first` up to some moment and `second` from there on."""

    def find_faults(tracks: BodyTracks) -> tuple[str, ...]:
        cuts = (0.3, 0.4, 0.5, 0.6, 0.7)
        parts = [tracks.split(cut) for cut in cuts]
        faults = [first.find_faults(a) + second.find_faults(b) for a, b in parts]
        return min(faults, key=len)

    return Check(find_faults)


def part(start: float, end: float, check: Check) -> Check:
    """Check the stretch between two fractions of the motion's length."""
    return Check(lambda tracks: check.find_faults(tracks.stretch(start, end)))
