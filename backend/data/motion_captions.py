"""Captions computed from the motion itself: sides, directions, counts and pace.

Captions of motion capture seldom name the kicking leg or the pace, but the joints show both. Pace
is relative to the label: slow *for a walk*.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..kinematics.body.skeleton import SMPL
from ..kinematics.math.rotations import Array

SLOW_PACE, QUICK_PACE = -0.25, 0.25
"""Pace (log of the speed over the median of its label) below and above which words are used."""

SLOW_WORDS = ("slowly", "at a slow pace")
QUICK_WORDS = ("quickly", "fast")
_PACE_WORDS = ("slow", "quick", "fast", "rapid", "brisk", "hurr", "speed")

_COUNTS = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}
_PELVIS = SMPL.index("pelvis")
_ANKLES = (SMPL.index("left_ankle"), SMPL.index("right_ankle"))
_TOES = (SMPL.index("left_foot"), SMPL.index("right_foot"))
_WRISTS = (SMPL.index("left_wrist"), SMPL.index("right_wrist"))
_SHOULDERS = (SMPL.index("left_shoulder"), SMPL.index("right_shoulder"))
_SIDES = ("left", "right")

_GAIT_VERBS = {"walk": "walks", "run": "runs", "crawl": "crawls", "jump": "jumps", "tired": "walks"}
_TURNING_FORMS = {
    60: (
        "{verb} in a curve to the {side}",
        "veers {side} while {verbing}",
        "{verb} forward and veers to the {side}",
    ),
    140: (
        "{verb} and turns {side}",
        "{verb} forward and turns to the {side}",
        "turns {side} while {verbing}",
    ),
    270: ("{verb} and turns around to the {side}", "{verb} forward and turns around"),
    math.inf: ("{verb} in a circle {spin}", "{verb} in a {spin} circle"),
}
"""Captions of paths that end in another direction, by the largest angle turned in degrees."""
_STRAIGHT_FORMS = {
    25: ("{verb} forward", "{verb} forwards", "{verb} straight ahead"),
    60: ("{verb} diagonally to the {side}", "{verb} forward, drifting to the {side}"),
    120: ("{verb} to the {side}", "steps sideways to the {side}", "sidesteps {side}"),
    150: ("{verb} diagonally backward to the {side}",),
    math.inf: ("{verb} backward", "{verb} backwards"),
}
"""Captions of straight paths, by the largest angle to the heading in degrees."""
_KICK_ACTIONS = frozenset({"kick", "kick_ball", "karate"})
_TURNING_ACTIONS = frozenset({"turn", "idle", "gesture", "talk", "jump"})
"""Labels whose motion may be a turn; in others (a throw, a dance) a turn is only a part."""
_HAND_PHRASES = {
    "wave": ("waves with the {hand} hand", "waves the {hand} arm"),
    "punch": ("punches with the {hand} hand", "throws a {hand} punch"),
    "throw": ("throws with the {hand} hand",),
    "drink": ("drinks with the {hand} hand",),
    "reach": ("reaches out with the {hand} hand",),
    "wash": ("wipes with the {hand} hand",),
    "swordplay": ("swings a sword with the {hand} hand",),
}

_MIN_TRAVEL = 0.7
"""Length in metres below which a path is no travel."""
_MIN_TURN = math.radians(35)
"""Angle below which a motion is no turn."""


@dataclass(frozen=True)
class MotionDescription:
    """The description of one span."""

    texts: tuple[str, ...]
    """Captions without pace."""
    speed: float
    """Mean speed in m/s: of the body over the ground if it travels, else of its joints."""


def describe_motion(positions: Array, yaw: Array, fps: float, action: str) -> MotionDescription:
    """Describe a span.

    Args:
        positions: (T, 22, 3) joint positions in metres, Z up, facing -Y at the first frame.
        yaw: (T,) heading in radians relative to the first frame, unwrapped, left positive.
        fps: Frames per second.
        action: Label of the clip, or "".
    """
    phrases = [
        *_travel_phrases(positions, yaw, action),
        *_turn_phrases(positions, yaw, action),
        *_kick_phrases(positions, fps, action),
        *_hand_phrases(positions, fps, action),
        *_jump_phrases(positions, fps, action),
        *_raised_arm_phrases(positions, action),
    ]
    texts = tuple(dict.fromkeys(f"a person {phrase}" for phrase in phrases))
    return MotionDescription(texts, _mean_speed(positions, fps, action))


def relative_paces(
    speeds: Sequence[float], actions: Sequence[str], min_spans: int = 8
) -> list[float | None]:
    """Return the log of each span's speed over the median of its label.

    It is None for labels with less than `min_spans` spans.
    """
    by_action: dict[str, list[float]] = defaultdict(list)
    for speed, action in zip(speeds, actions, strict=True):
        by_action[action].append(speed)
    median = {a: float(np.median(v)) for a, v in by_action.items() if a and len(v) >= min_spans}
    return [
        math.log(max(speed, 1e-3) / max(median[action], 1e-3)) if action in median else None
        for speed, action in zip(speeds, actions, strict=True)
    ]


def pace_captions(text: str, pace: float) -> tuple[str, ...]:
    """Return the caption with words for its pace; none if it is neither slow nor quick."""
    if SLOW_PACE < pace < QUICK_PACE:
        return ()
    return tuple(f"{text} {word}" for word in (SLOW_WORDS if pace <= SLOW_PACE else QUICK_WORDS))


def mentions_pace(text: str) -> bool:
    return any(word in text.lower() for word in _PACE_WORDS)


def _travel_phrases(positions: Array, yaw: Array, action: str) -> list[str]:
    """Describe the path relative to the initial heading."""
    verb = _GAIT_VERBS.get(action)
    if verb is None:
        return []
    root = positions[:, _PELVIS, :2] - positions[0, _PELVIS, :2]
    length = float(np.linalg.norm(np.diff(root[:: max(len(root) // 60, 1)], axis=0), axis=1).sum())
    if length < _MIN_TRAVEL:
        return [f"{verb} in place", f"{verb} on the spot"]
    angle, table = math.degrees(float(yaw[-1])), _TURNING_FORMS
    if abs(angle) <= 60 and float(np.linalg.norm(root[-1])) < 0.5 * length:
        return []
    if abs(angle) <= 18:
        # The body faces -Y in the world, its left is +X.
        angle, table = math.degrees(math.atan2(root[-1, 0], -root[-1, 1])), _STRAIGHT_FORMS
    forms = next(forms for limit, forms in table.items() if abs(angle) <= limit)
    side, spin = ("left", "counterclockwise") if angle > 0 else ("right", "clockwise")
    verbing = "running" if verb == "runs" else verb.removesuffix("s") + "ing"
    return [form.format(verb=verb, verbing=verbing, side=side, spin=spin) for form in forms]


def _turn_phrases(positions: Array, yaw: Array, action: str) -> list[str]:
    """Describe a turn on the spot."""
    if action not in _TURNING_ACTIONS:
        return []
    root = positions[:, _PELVIS, :2]
    turned = float(yaw[-1])
    if abs(turned) < _MIN_TURN or float(np.ptp(root, axis=0).max()) > 1.0:
        return []
    side = "left" if turned > 0 else "right"
    if abs(turned) > math.radians(140):
        return [f"turns around to the {side}", "turns around"]
    return [f"turns to the {side}", f"turns {side}"]


def _kick_phrases(positions: Array, fps: float, action: str) -> list[str]:
    if action not in _KICK_ACTIONS:
        return []
    feet = positions[:, list(_ANKLES)] - positions[:, [_PELVIS]]
    speed = _peak_speeds(feet, fps)
    height = (positions[:, list(_TOES), 2]).max(axis=0)
    lead = speed * (0.3 + np.maximum(height, 0))
    weak, strong = sorted((0, 1), key=lambda side: lead[side])
    if speed[strong] < 3.0 or height[strong] < 0.25:
        return []
    if lead[weak] > 0.75 * lead[strong]:
        return ["kicks with both legs", "kicks with one leg and then the other"]
    side = _SIDES[strong]
    phrases = [f"kicks with the {side} leg", f"kicks with the {side} foot", f"does a {side} kick"]
    if action == "kick_ball":
        phrases.append(f"kicks a ball with the {side} foot")
    return phrases


def _hand_phrases(positions: Array, fps: float, action: str) -> list[str]:
    """Name the hand of a label that uses one."""
    forms = _HAND_PHRASES.get(action)
    if forms is None:
        return []
    hands = positions[:, list(_WRISTS)] - positions[:, list(_SHOULDERS)]
    raised = np.clip(hands[..., 2] + 0.35, 0, None)
    velocity = np.linalg.norm(np.diff(hands, axis=0), axis=-1) * fps
    work = (velocity * (0.1 + raised[1:])).mean(axis=0)
    weak, strong = sorted((0, 1), key=lambda side: work[side])
    if work[weak] > 0.6 * work[strong]:
        return [form.replace("the {hand}", "both").replace("hand", "hands") for form in forms[:1]]
    return [form.format(hand=_SIDES[strong]) for form in forms]


def _jump_phrases(positions: Array, fps: float, action: str) -> list[str]:
    """Count how often both feet leave the ground."""
    if action != "jump":
        return []
    lowest = positions[:, list(_TOES), 2].min(axis=1)
    air = lowest > np.quantile(lowest, 0.1) + 0.08
    starts = np.flatnonzero(np.diff(air.astype(int)) == 1)
    count = sum(1 for s in starts if air[s + 1 : s + 1 + max(round(0.1 * fps), 1)].all())
    return [f"jumps {_COUNTS[count]}"] if count in _COUNTS else []


def _raised_arm_phrases(positions: Array, action: str) -> list[str]:
    """Describe arms held above the head, for labels that do not imply it."""
    if action in ("climb", "swim", "dance", "cartwheel", "flip", "roll"):
        return []
    above = positions[:, list(_WRISTS), 2] - positions[:, [SMPL.index("head")], 2]
    up = (above > 0.02).mean(axis=0) > 0.2
    if up.all():
        return ["raises both arms", "lifts both hands up"]
    if up.any():
        side = _SIDES[int(up[1])]
        return [f"raises the {side} arm", f"lifts the {side} hand up"]
    return []


def _mean_speed(positions: Array, fps: float, action: str) -> float:
    step = max(round(fps / 20), 1)
    spaced = positions[::step]
    if len(spaced) < 2:
        return 0.0
    root = spaced[:, [_PELVIS]]
    if action in ("walk", "run", "crawl"):
        moves = np.linalg.norm(np.diff(root[:, 0, :2], axis=0), axis=-1)
    else:
        moves = np.linalg.norm(np.diff(spaced - root, axis=0), axis=-1).mean(axis=-1)
    return float(moves.mean() * fps / step)


def _peak_speeds(points: Array, fps: float) -> Array:
    """Return the highest speed (N,) of points (T, N, 3), over steps of 1/30 s."""
    step = max(round(fps / 30), 1)
    spaced = points[::step]
    if len(spaced) < 2:
        return np.zeros(points.shape[1])
    return np.linalg.norm(np.diff(spaced, axis=0), axis=-1).max(axis=0) * fps / step
