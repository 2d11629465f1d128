"""Tests of the checks on motion capture: they accept what shows an action and refuse the rest."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...data.motion_set import MotionSet
from ..report.tables import ResultTable
from .body_tracks import BodyTracks
from .groups import list_prompts

_WINDOW_SECONDS = 8.0
"""Length of the pieces in which long captures are judged."""
_MIN_SECONDS = 0.5

CAPTURED_PROMPTS: Mapping[str, str] = {
    "a person walks forward": r"\bwalk",
    "a person runs": r"\b(run|jog|sprint)",
    "a person jumps": r"\b(jump|leap)",
    "a person hops on one leg": r"hop\w* on (one|his|the) ?(left|right)? ?(leg|foot)",
    "a person waves": r"\bwav(es|ing)\b",
    "a person points forward": r"\b(aim|point)s? a (gun|pistol)|\bpoint",
    "a person drinks": r"\b(drink|eat)",
    "a person sits on a chair": r"\b(sit_chair_idle|seated|sits on a|is sitting|sitting idle)\b",
    "a person sits down": r"\bsits? down",
    "a person lies down": r"\blie",
    "a person kneels": r"\bkneel",
    "a person crawls": r"\bcrawl",
    "a person crouches": r"\b(crouch|deep squat)",
    "a person does lunges": r"\blunge",
    "a person does push-ups": r"\bpush-up",
    "a person does jumping jacks": r"\bjumping jack",
    "a person balances on one leg": r"\bbalances on one|on one (leg|foot)",
    "a person raises the left arm sideways": r"raises the left arm sideways",
    "a person raises the right arm sideways": r"raises the right arm sideways",
    "lifts the right knee": r"hurdle with the right leg|raises the straight right leg",
    "lifts the left knee": r"hurdle with the left leg|raises the straight left leg",
    "a person punches": r"\bpunch",
    "a person kicks": r"\bkick",
    "a person throws a ball": r"\bthrows? (a ball|something|an object)",
    "a person climbs a ladder": r"\bclimb",
    "a person sweeps the floor": r"\bsweep",
    "a person washes a window": r"\b(wash|wipe)",
    "a person dribbles a basketball": r"\bdribbl",
    "a person swings a sword": r"\bsword",
    "a person does a cartwheel": r"\bcartwheel",
    "a person rolls on the ground": r"\broll",
    "a person bows": r"\b(bows|takes a bow)\b",
    "a person cheers": r"\bcheer",
    "a person falls down": r"\bfall",
    "a person dances": r"\bdanc",
    "a person stands still": r"\bidle\b",
    "a person turns right": r"turns? (to the )?right on the spot",
    "a person walks like a zombie": r"\bzombie",
    "a person claps": r"\bclap",
    "a person nods": r"\bnods\b",
}
"""Prompt -> pattern of the labels and captions of captures that show it."""


@dataclass(frozen=True)
class _Window:
    """A piece of a capture with its label and captions in one text."""

    text: str
    tracks: BodyTracks


def compare_with_captures(captures: MotionSet) -> ResultTable:
    """Count captures that pass each check: those named like its prompt, and all others."""
    windows = list(_windows(captures))
    checks = {prompt.text: prompt.check for prompt in list_prompts()}
    rows = []
    for text, pattern in CAPTURED_PROMPTS.items():
        passed: dict[bool, list[bool]] = {True: [], False: []}
        for window in windows:
            named = re.search(pattern, window.text) is not None
            passed[named].append(checks[text](window.tracks))
        shown = [f"{sum(hits)} of {len(hits)}" for hits in (passed[True], passed[False])]
        rows.append((text, *shown))
    return ResultTable(
        title="Captures that pass the checks of prompts",
        columns=("prompt", "named so ↑", "others ↓"),
        rows=tuple(rows),
        command="python -m backend evaluate vocabulary --captures DATA",
        order=116,
        notes=(
            f"{len(windows)} pieces of at most {_WINDOW_SECONDS:g} s. A capture of several acts "
            "is named for all of them, and one that is named otherwise may show the act, too.",
        ),
    )


def _windows(captures: MotionSet) -> Iterator[_Window]:
    for clip in captures:
        tracks = BodyTracks.from_take(clip.to_take())
        count = max(int(-(-tracks.seconds // _WINDOW_SECONDS)), 1)
        if tracks.seconds < _MIN_SECONDS:
            continue
        for n in range(count):
            start, end = n / count, (n + 1) / count
            texts = [
                caption.text
                for caption in clip.captions
                if caption.start < end * tracks.seconds and caption.end > start * tracks.seconds
            ]
            yield _Window(" | ".join([clip.action, *texts]), tracks.stretch(start, end))
