"""Prompts as animators type them, each with the check that its motion has to pass."""

from collections.abc import Callable
from dataclasses import dataclass

from .check import Check


@dataclass(frozen=True)
class PromptSet:
    """Wordings of one motion."""

    seconds: float
    """Length of the motion."""
    check: Check
    wordings: tuple[str, ...]


@dataclass(frozen=True)
class Prompt:
    """One prompt of a group."""

    group: str
    text: str
    seconds: float
    check: Check


def prompts(seconds: float, check: Check, *wordings: str) -> PromptSet:
    """Return wordings of one motion."""
    return PromptSet(seconds, check, wordings)


def sided(seconds: float, check: Callable[[str], Check], *wordings: str) -> tuple[PromptSet, ...]:
    """Return wordings with "{side}" for the left and for the right."""
    return tuple(
        PromptSet(seconds, check(side), tuple(text.format(side=side) for text in wordings))
        for side in ("left", "right")
    )
