"""Compositions of all other kinds: arms of one over the legs of another, and one after another.

Whatever is registered can be a part, so new kinds are composed as well; what a composition draws
thus depends on which kinds there are.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...data.caption_templates import caption_predicate
from ...data.verb_forms import imperative_predicate, participle_predicate
from ..body.base_clips import BaseClips, NoBaseClipError
from ..body.joining import SeamError, join_motions, start_gait, stop_gait
from ..body.motion import AuthoredMotion
from ..body.overlaying import Gesture, find_gesture, overlay_gesture
from ..catalogue import AuthoredClip, AuthoredKind, authored, registered_kinds

_GROUP = "compositions"
_LONGEST = 9.8
"""Seconds of a composition; training cuts longer ones."""
_MOST_WORDS = 24
"""Words of a caption; the text model reads few more."""
_ATTEMPTS = 24
"""Draws of parts that fit each other."""
_JOGGING_SPEED = 3.2
"""m/s below which somebody who runs jogs."""
_STRIDE_SECONDS = 0.6
"""Seconds of most of a stride: a walk and a run are joined at the same phase."""
_CAPTURE_CHANCE = 0.25
"""Chance that a part of a sequence is a capture."""
_CLUMSY = re.compile(r"^is |\b(?:then|while|before|after|is)\b|\.", re.IGNORECASE)
"""What makes a predicate hard to read as a part of another sentence."""
_LEGS = re.compile(r"\b(?:stand|sit|walk|seat|step|run)", re.IGNORECASE)
"""Words of captions that say what the legs do during a gesture."""


@dataclass(frozen=True)
class _Part:
    """A motion, and what a person does in it, in the third person."""

    motion: AuthoredMotion
    predicates: tuple[str, ...]


_DrawPart = Callable[[np.random.Generator, BaseClips], _Part]


def _draw_kind(kind: AuthoredKind) -> _DrawPart:
    def draw(rng: np.random.Generator, base_clips: BaseClips) -> _Part:
        clip = kind.author(rng, base_clips)
        return _Part(clip.motion, _predicates(clip.captions))

    return draw


def _predicates(captions: Sequence[str]) -> tuple[str, ...]:
    """Return those predicates of captions that fit into others, the plain one first."""
    found = [caption_predicate(text) or "" for text in captions]
    return tuple(
        p
        for p in found
        if not _CLUMSY.search(p) and participle_predicate(p) and imperative_predicate(p)
    )


def _draw_gait(name: str, starts: bool, stops: bool) -> _DrawPart:
    """Return a function that draws a captured walk or run; a run starts and stops with a walk."""

    def draw(rng: np.random.Generator, base_clips: BaseClips) -> _Part:
        motion = base_clips.draw(name, rng, rng.uniform(2.2, 3.6))
        speed = _mean_speed(motion)
        if name == "walk":
            motion = start_gait(motion) if starts else motion
            motion = stop_gait(motion) if stops else motion
        else:
            if starts:
                walk = start_gait(base_clips.draw("walk", rng, 2.4))
                walk = walk.crop(0.0, rng.uniform(1.2, 1.6))
                motion = join_motions(walk, motion, 0.35, _STRIDE_SECONDS)
            if stops:
                walk = stop_gait(base_clips.draw("walk", rng, 2.4))
                walk = walk.crop(
                    max(walk.length_seconds - rng.uniform(1.2, 1.6), 0.0), walk.length_seconds
                )
                motion = join_motions(motion, walk, 0.35, _STRIDE_SECONDS)
        verb = "walks" if name == "walk" else "jogs" if speed < _JOGGING_SPEED else "runs"
        ends = ("away", "off") if starts else ("forward", "ahead", "forwards")
        return _Part(motion, tuple(f"{verb} {end}" for end in ends))

    return draw


def _mean_speed(motion: AuthoredMotion) -> float:
    return float(np.linalg.norm((motion.root[-1] - motion.root[0])[:2]) / motion.length_seconds)


def _draw_stop(rng: np.random.Generator, base_clips: BaseClips) -> _Part:
    motion = base_clips.draw_stand(rng, rng.uniform(1.2, 2.4))
    return _Part(motion, ("stops", "comes to a stop", "stands still", "halts", "stops and waits"))


def _draw_capture(rng: np.random.Generator, base_clips: BaseClips) -> _Part:
    motion, captions = base_clips.draw_captioned(rng)
    predicates = _predicates(sorted(captions, key=len))
    return _Part(motion, predicates)


def _kinds(actions: Sequence[str] = ()) -> list[AuthoredKind]:
    """Return the kinds other than compositions, of some labels or of all."""
    return [
        kind
        for kind in registered_kinds()
        if kind.group != _GROUP and (not actions or kind.action in actions)
    ]


def _choose_kind(rng: np.random.Generator, kinds: Sequence[AuthoredKind]) -> AuthoredKind:
    """Return a random kind.

    Raises:
        NoBaseClipError: there is none.
    """
    if not kinds:
        raise NoBaseClipError("No kind of motion fits.")
    weights = np.array([kind.weight for kind in kinds])
    return kinds[rng.choice(len(kinds), p=weights / weights.sum())]


# --- One after the other -----------------------------------------------------------------------

_SEQUENCES = (
    "a person {first} and then {second}",
    "a person {first}, then {second}",
    "a person {first} and {second}",
    "a person first {first} and then {second}",
    "a person {first} before {second_ing}",
    "after {first_ing}, a person {second}",
    "a person is {first_ing} and then {second_ing}",
    "{first_do}, then {second_do}",
    "{first_do} and then {second_do}",
    "{first_ing} and then {second_ing}",
)


def _sequence(
    rng: np.random.Generator, base_clips: BaseClips, first: _DrawPart, second: _DrawPart
) -> AuthoredClip:
    """Return one part after another.

    Raises:
        NoBaseClipError: no two draws of them fit.
    """
    for _ in range(_ATTEMPTS):
        try:
            one, other = first(rng, base_clips), second(rng, base_clips)
            if not one.predicates or not other.predicates:
                continue
            if one.motion.length_seconds + other.motion.length_seconds > _LONGEST:
                continue
            motion = join_motions(one.motion, other.motion, rng.uniform(0.4, 0.6))
        except (SeamError, NoBaseClipError):
            continue
        return AuthoredClip(motion, _join_captions(rng, _SEQUENCES, one, other))
    raise NoBaseClipError("No two motions follow each other.")


def _join_captions(
    rng: np.random.Generator, templates: Sequence[str], one: _Part, other: _Part
) -> tuple[str, ...]:
    """Return captions of two parts; the first is of the plain predicates and the first template."""
    captions: dict[str, None] = {}
    for attempt in range(30):
        first, second = (
            part.predicates[0 if attempt == 0 else rng.integers(len(part.predicates))]
            for part in (one, other)
        )
        template = templates[0 if attempt == 0 else rng.integers(len(templates))]
        text = template.format(
            first=first,
            second=second,
            first_ing=participle_predicate(first),
            second_ing=participle_predicate(second),
            first_do=imperative_predicate(first),
            second_do=imperative_predicate(second),
        )
        if attempt == 0 or len(text.split()) <= _MOST_WORDS:
            captions[text] = None
        if len(captions) == 8:
            break
    return tuple(captions)


@authored("sequence", group=_GROUP, action="", weight=10.0)
def sequence(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Do any two things in a row."""

    def draw(rng: np.random.Generator, base_clips: BaseClips) -> _Part:
        if rng.uniform() < _CAPTURE_CHANCE:
            return _draw_capture(rng, base_clips)
        # Sentences of three parts are hard to read.
        base_clips = base_clips.stands_only() if rng.uniform() < 0.8 else base_clips
        return _draw_kind(_choose_kind(rng, _kinds()))(rng, base_clips)

    return _sequence(rng, base_clips, draw, draw)


@dataclass(frozen=True)
class _Pair:
    """Two things that are often done in a row, by the labels of kinds or as a gait."""

    name: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    weight: float = 1.0
    may_slide: bool = False
    """True for a captured run alone, which slides a little at every contact."""


_PAIRS = (
    _Pair("walk_and_stop", ("<walk",), ("stop",), 2.0),
    _Pair("run_and_stop", ("<run",), ("stop",), 2.0, may_slide=True),
    _Pair("stand_and_leave", ("look", "wave", "nod", "turn", "shake_head"), ("walk>", "run>"), 2.0),
    _Pair("walk_and_sit", ("<walk", "walk"), ("sit",), 2.0),
    _Pair("walk_and_gesture", ("<walk", "walk", "<run"), ("wave", "bow", "look", "clap", "point")),
    _Pair("gesture_and_bow", ("wave", "clap", "salute", "gesture"), ("bow",)),
    _Pair("squat_and_jump", ("squat", "crouch"), ("jump", "hop"), 1.5),
    _Pair("pick_up_and_carry", ("pick_up",), ("carry",), 1.5),
    _Pair("turn_and_walk", ("turn",), ("walk>", "run>", "walk"), 2.0),
    _Pair("stand_up_and_walk", ("stand_up", "get_up"), ("walk>", "walk"), 1.5),
    _Pair("walk_and_kick", ("<walk", "<run"), ("kick", "punch", "throw", "kick_ball")),
    _Pair("fight_combination", ("punch", "kick", "block"), ("kick", "punch", "duck", "dodge")),
)
"""A sign before or after a gait says that it slows down, or starts."""


def _draw_action(actions: Sequence[str]) -> _DrawPart:
    """Return a function that draws one of some actions: a gait, a stop, or kinds of a label."""

    def draw(rng: np.random.Generator, base_clips: BaseClips) -> _Part:
        known = {kind.action for kind in _kinds()}
        possible = [a for a in actions if a in known or a == "stop" or {"<", ">"} & set(a)]
        if not possible:
            raise NoBaseClipError(f"No kind has one of the labels {', '.join(actions)}.")
        action = possible[rng.integers(len(possible))]
        if action == "stop":
            return _draw_stop(rng, base_clips)
        if {"<", ">"} & set(action):
            gait = _draw_gait(action.strip("<>"), ">" in action, "<" in action)
            return gait(rng, base_clips)
        return _draw_kind(_choose_kind(rng, _kinds([action])))(rng, base_clips.stands_only())

    return draw


def _register_pair(pair: _Pair) -> None:
    @authored(pair.name, group=_GROUP, action="", weight=pair.weight, may_slide=pair.may_slide)
    def draw_pair(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        return _sequence(rng, base_clips, _draw_action(pair.first), _draw_action(pair.second))


for _pair in _PAIRS:
    _register_pair(_pair)


# --- Arms of one over the legs of another ------------------------------------------------------

_OVERLAYS = (
    "a person {first} and {second}",
    "a person {first} while {second_ing}",
    "a person {second} while {first_ing}",
    "a person is {first_ing} and {second_ing}",
    "while {first_ing}, a person {second}",
    "{first_ing} and {second_ing}",
    "{first_do} and {second_do}",
    "{first_do} while {second_ing}",
    "{second_do} while {first_ing}",
    "{second_ing} while {first_ing}",
)
_LEG_GROUPS = ("walk_paths", "side_steps", "walks_in_place", "speeds of gait")
"""Groups in which the legs do something that leaves the arms free."""
_GAIT_PREDICATES = {
    "walk": ("walks", "walks forward", "walks ahead"),
    "jog": ("jogs", "jogs forward"),
    "run": ("runs", "runs forward"),
    "sit": ("sits", "sits on a chair"),
}


def _draw_gesture(
    rng: np.random.Generator, base_clips: BaseClips
) -> tuple[Gesture, tuple[str, ...]]:
    """Return a gesture of any kind that has one.

    Raises:
        NoBaseClipError: none was found.
    """
    stands = base_clips.stands_only()
    for _ in range(_ATTEMPTS):
        try:
            part = _draw_kind(_choose_kind(rng, _kinds()))(rng, stands)
        except NoBaseClipError:
            continue
        predicates = tuple(p for p in part.predicates if not _LEGS.search(p))
        gesture = find_gesture(part.motion) if predicates else None
        if gesture is not None:
            return gesture, predicates
    raise NoBaseClipError("No kind is a gesture.")


def _draw_base(name: str, rng: np.random.Generator, base_clips: BaseClips, seconds: float) -> _Part:
    """Return somebody who walks, runs, sits or does another thing with the legs."""
    if name != "legs":
        motion = base_clips.draw(name, rng, seconds)
        verb = "jog" if name == "run" and _mean_speed(motion) < _JOGGING_SPEED else name
        return _Part(motion, _GAIT_PREDICATES[verb])
    kinds = [kind for kind in _kinds() if kind.group in _LEG_GROUPS]
    for _ in range(_ATTEMPTS):
        try:
            return _draw_kind(_choose_kind(rng, kinds))(rng, base_clips)
        except NoBaseClipError:
            continue
    raise NoBaseClipError("No kind leaves the arms free.")


def _register_overlay(name: str, weight: float) -> None:
    @authored(
        f"gesture_over_{name}", group=_GROUP, action="", weight=weight, may_slide=name == "run"
    )
    def draw_overlay(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
        for _ in range(_ATTEMPTS):
            gesture, predicates = _draw_gesture(rng, base_clips)
            seconds = gesture.motion.length_seconds + rng.uniform(0.3, 1.2)
            base = _draw_base(name, rng, base_clips, seconds)
            room = base.motion.length_seconds - gesture.motion.length_seconds
            if room < 0.1 or not base.predicates or base.motion.length_seconds > _LONGEST:
                continue
            motion = overlay_gesture(base.motion, gesture, rng.uniform(0.05, room - 0.05))
            other = _Part(gesture.motion, predicates)
            return AuthoredClip(motion, _join_captions(rng, _OVERLAYS, base, other))
        raise NoBaseClipError("No gesture fits the legs.")


for _name, _weight in {"walk": 6.0, "run": 4.0, "sit": 3.0, "legs": 3.0}.items():
    _register_overlay(_name, _weight)
