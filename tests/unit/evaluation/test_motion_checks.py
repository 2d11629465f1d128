"""Checks of motions: they accept what shows an action and refuse standing, walking and others."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backend.evaluation.vocabulary.arms import (
    arms_spread,
    claps,
    hand_above_head,
    hand_raised,
    hands_ahead,
    points,
    pumps,
    strikes,
    strikes_more,
    waves,
)
from backend.evaluation.vocabulary.body_tracks import (
    BodyTracks,
)
from backend.evaluation.vocabulary.check import Check
from backend.evaluation.vocabulary.gait import (
    alternates,
    goes,
    has_cadence,
    hops,
    jumps,
    keeps_heading,
    lifts_knees,
    moves,
    shuffles,
    spins,
    stands_still,
    stays,
    steps,
    turns,
    walks_on_tiptoe,
)
from backend.evaluation.vocabulary.posture import (
    bends,
    crouches,
    ends_lying,
    hangs_head,
    is_upside_down,
    kicks,
    kicks_more,
    leans,
    lies,
    looks,
    lunges,
    nods,
    rises,
    rolls,
    shakes_head,
    sinks,
    sits,
    squats,
    stands,
    stands_on_one_leg,
    stays_bent,
    stays_calm,
    stays_low,
    twists,
)
from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL, forward_kinematics
from backend.kinematics.math.rotations import Array, axis_angle_to_matrix, axis_rotation
from tests.support.motions import STANDING

FPS = 30.0
SECONDS = 4.0
TIMES = np.arange(round(SECONDS * FPS) + 1) / FPS
THIGH, SHANK = 0.39, 0.425
Angles = dict[str, tuple[Any, Any, Any]]
"""Joint -> axis-angle in degrees: about left, up and ahead, each a number or (T,)."""


def hanging() -> Angles:
    return {
        "left_shoulder": (0.0, 0.0, -72.0),
        "right_shoulder": (0.0, 0.0, 72.0),
    }


def tracks(
    angles: Angles | None = None,
    root: Array | None = None,
    heading: Array | float = 0.0,
    tip: Array | float = 0.0,
) -> BodyTracks:
    """A body with hanging arms; its root is at (T, 3) metres from standing at the origin.

    Args:
        heading: Degrees to the left.
        tip: Degrees by which the pelvis tips forward.
    """
    turns_of = np.zeros((len(TIMES), 24, 3))
    for name, axes in {**hanging(), **(angles or {})}.items():
        for n, degrees in enumerate(axes):
            turns_of[:, SMPL.index(name), n] = np.radians(degrees)
    matrices = axis_angle_to_matrix(turns_of)
    spin = axis_rotation("Z", np.radians(np.broadcast_to(heading, TIMES.shape)))
    nod = axis_rotation("X", np.radians(np.broadcast_to(tip, TIMES.shape)))
    matrices[:, 0] = spin @ BODY_TO_WORLD @ nod
    place = np.zeros((len(TIMES), 3)) if root is None else root
    joints, rotations = forward_kinematics(SMPL, matrices, place + np.array([0.0, 0.0, STANDING]))
    return BodyTracks(joints, rotations, FPS)


def path(ahead: Array | float = 0.0, left: Array | float = 0.0, up: Array | float = 0.0) -> Array:
    """(T, 3) metres from the origin for a body that faces -Y."""
    return np.stack(
        [np.broadcast_to(axis, TIMES.shape) for axis in (left, -np.asarray(ahead), up)], axis=1
    )


def wave_of(per_second: float, phase: float = 0.0) -> Array:
    return np.asarray(np.sin(2 * np.pi * (per_second * TIMES + phase)), dtype=float)


def pulse(start: float, end: float) -> Array:
    """(T,) 0 outside of two times, with a soft rise to 1 and fall between."""
    u = np.clip((TIMES - start) / (end - start), 0.0, 1.0)
    return np.asarray(np.sin(np.pi * u) ** 2, dtype=float)


def ramp(start: float, end: float) -> Array:
    u = np.clip((TIMES - start) / (end - start), 0.0, 1.0)
    return u * u * (3 - 2 * u)


def standing() -> BodyTracks:
    return tracks()


def walking(speed: float = 1.2, lift: float = 50.0, swing: float = 25.0) -> BodyTracks:
    """Steps of both legs, by a swing of the thighs and a bend of the knee that comes forward."""
    gait = wave_of(0.9)
    knees = {
        "left_knee": (lift * np.clip(wave_of(0.9, -0.25), 0, 1), 0.0, 0.0),
        "right_knee": (lift * np.clip(-wave_of(0.9, -0.25), 0, 1), 0.0, 0.0),
    }
    arms = {
        "left_shoulder": (0.0, -swing * gait, -72.0),
        "right_shoulder": (0.0, -swing * gait, 72.0),
    }
    legs = {"left_hip": (-swing * gait, 0.0, 0.0), "right_hip": (swing * gait, 0.0, 0.0)}
    return tracks({**knees, **arms, **legs}, path(speed * TIMES))


def bent_knees(degrees: Array | float) -> tuple[Angles, Array]:
    """Hips, knees and ankles of a squat, and the height (T,) that the pelvis loses."""
    angle = np.radians(np.broadcast_to(degrees, TIMES.shape))
    legs: Angles = {}
    for side in ("left", "right"):
        legs[f"{side}_hip"] = (-np.degrees(angle), 0.0, 0.0)
        legs[f"{side}_knee"] = (2 * np.degrees(angle), 0.0, 0.0)
        legs[f"{side}_ankle"] = (-np.degrees(angle), 0.0, 0.0)
    return legs, (THIGH + SHANK) * (np.cos(angle) - 1.0)


def squatting(times: int) -> BodyTracks:
    depth = 30.0 * (1 - np.cos(2 * np.pi * times * TIMES / SECONDS))
    legs, drop = bent_knees(depth)
    return tracks(legs, path(up=drop))


def crouching() -> BodyTracks:
    legs, drop = bent_knees(60.0)
    return tracks(legs, path(up=drop))


def seated() -> BodyTracks:
    legs: Angles = {}
    for side in ("left", "right"):
        legs |= {f"{side}_hip": (-85.0, 0.0, 0.0), f"{side}_knee": (85.0, 0.0, 0.0)}
    return tracks(legs, path(up=-0.42))


def sitting_down() -> BodyTracks:
    u = ramp(0.8, 2.0)
    legs: Angles = {}
    for side in ("left", "right"):
        legs |= {f"{side}_hip": (-85.0 * u, 0.0, 0.0), f"{side}_knee": (85.0 * u, 0.0, 0.0)}
    return tracks(legs, path(ahead=-0.3 * u, up=-0.42 * u))


def lying_down() -> BodyTracks:
    u = ramp(0.5, 2.0)
    return tracks(root=path(up=(0.12 - STANDING) * u), tip=-88.0 * u)


def arm(side: str, raised: Array | float, ahead: Array | float = 0.0) -> Angles:
    """A straight arm, raised by degrees from hanging to its side, or turned ahead."""
    sign = 1.0 if side == "left" else -1.0
    return {f"{side}_shoulder": (0.0, -sign * np.asarray(ahead), sign * (np.asarray(raised) - 90))}


def waving(side: str) -> BodyTracks:
    sign = 1.0 if side == "left" else -1.0
    raised = arm(side, 90.0)
    elbow = {f"{side}_elbow": (0.0, 0.0, sign * (80.0 + 25.0 * wave_of(1.5)))}
    return tracks({**raised, **elbow})


def one_leg(side: str, hops_of: int = 0) -> BodyTracks:
    """Standing on the leg of a side, or hopping on it."""
    other = "right" if side == "left" else "left"
    lifted: Angles = {f"{other}_hip": (-20.0, 0.0, 0.0), f"{other}_knee": (80.0, 0.0, 0.0)}
    up = 0.0 * TIMES
    for n in range(hops_of):
        up += 0.1 * pulse(0.5 + n, 0.9 + n)
    return tracks(lifted, path(up=up))


def jumping(times: int) -> BodyTracks:
    up = 0.0 * TIMES
    bend = 0.0 * TIMES
    for n in range(times):
        start = 0.3 + n * SECONDS / times * 0.9
        bend += 35.0 * pulse(start, start + 0.5)
        up += 0.2 * pulse(start + 0.45, start + 0.85)
    legs, drop = bent_knees(bend)
    return tracks(legs, path(up=up + drop))


def kicking(side: str) -> BodyTracks:
    return tracks({f"{side}_hip": (-80.0 * pulse(1.0, 1.6), 0.0, 0.0)})


def punching(side: str) -> BodyTracks:
    """An arm that shoots from a bent guard to straight ahead, once."""
    sign = 1.0 if side == "left" else -1.0
    u = pulse(1.0, 1.4)
    return tracks(
        {
            f"{side}_shoulder": (0.0, -sign * 85.0 * u, sign * (-80.0 + 78.0 * u)),
            f"{side}_elbow": (0.0, -sign * 110.0 * (1 - u), 0.0),
        }
    )


def clapping(times: int) -> BodyTracks:
    open_by = 20.0 - 20.0 * np.cos(2 * np.pi * times * TIMES / SECONDS + np.pi)
    angles: Angles = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        angles[f"{side}_shoulder"] = (0.0, -sign * (107.0 - open_by), -sign * 10.0)
    return tracks(angles)


def turning(degrees: float) -> BodyTracks:
    return tracks(heading=degrees * ramp(0.5, 3.0))


def head(nod: Array | float = 0.0, turn: Array | float = 0.0) -> BodyTracks:
    return tracks({"head": (nod, 0.0, 0.0), "neck": (0.0, turn, 0.0)})


def bowing() -> BodyTracks:
    return tracks({"spine1": (50.0 * pulse(0.8, 2.8), 0.0, 0.0)})


ACCEPTED: list[tuple[str, Check, Callable[[], BodyTracks]]] = [
    ("walk", goes("forward", 1.0) & alternates(3) & steps(4) & moves(2.0), walking),
    ("backward", goes("backward", 1.0), lambda: walking(-0.8)),
    ("sideways", goes("left", 0.5), lambda: tracks(root=path(left=0.3 * TIMES))),
    ("in place", stays() & alternates(4) & has_cadence(1.0), lambda: walking(0.0)),
    ("knees", lifts_knees(60, 4), lambda: walking(0.0, 90.0, 70.0)),
    ("shuffle", shuffles() & goes("forward", 0.4), lambda: walking(0.5, 10.0, 8.0)),
    (
        "tiptoe",
        walks_on_tiptoe(),
        lambda: tracks(
            {
                "left_ankle": (40.0, 0, 0),
                "right_ankle": (40.0, 0, 0),
                "left_foot": (-40.0, 0, 0),
                "right_foot": (-40.0, 0, 0),
            },
            path(up=0.07),
        ),
    ),
    ("still", stands() & stands_still() & stays_calm() & keeps_heading(), standing),
    ("jump", jumps(1, 1), lambda: jumping(1)),
    ("jump twice", jumps(2, 2), lambda: jumping(2)),
    ("hop left", hops("left", 3, 3), lambda: one_leg("left", 3)),
    ("hop right", hops("right", 2, 2), lambda: one_leg("right", 2)),
    ("one leg", stands_on_one_leg("left"), lambda: one_leg("left")),
    ("turn left", turns("left", 60, 120), lambda: turning(90.0)),
    ("turn right", turns("right", 60, 120), lambda: turning(-90.0)),
    ("spin", spins(300), lambda: turning(360.0)),
    ("wave left", waves("left"), lambda: waving("left")),
    ("wave right", waves("right"), lambda: waving("right")),
    (
        "hands up",
        hand_above_head("both") & hand_raised("both"),
        lambda: tracks({**arm("left", 165.0), **arm("right", 165.0)}),
    ),
    ("spread", arms_spread(), lambda: tracks({**arm("left", 90.0), **arm("right", 90.0)})),
    (
        "point forward",
        points("forward") & hands_ahead("either"),
        lambda: tracks(arm("right", 90.0, 88.0)),
    ),
    ("point left", points("left"), lambda: tracks(arm("left", 90.0))),
    ("point up", points("up"), lambda: tracks(arm("right", 175.0))),
    ("clap", claps(3, 4), lambda: clapping(4)),
    ("punch left", strikes("left", 1, 1) & strikes_more(side="left"), lambda: punching("left")),
    ("punch right", strikes("right", 1, 1) & strikes_more(side="right"), lambda: punching("right")),
    ("kick left", kicks("left", 0.3) & kicks_more(side="left"), lambda: kicking("left")),
    ("kick right", kicks("right", 0.3) & kicks_more(side="right"), lambda: kicking("right")),
    ("nod", nods(3, 4), lambda: head(nod=12.0 - 12.0 * np.cos(2 * np.pi * TIMES))),
    ("shake", shakes_head(3), lambda: head(turn=20.0 * wave_of(1.0))),
    ("look left", looks("left"), lambda: head(turn=50.0 * pulse(1.0, 3.0))),
    ("look right", looks("right"), lambda: head(turn=-50.0 * pulse(1.0, 3.0))),
    ("look up", looks("up", 20), lambda: head(nod=-40.0 * pulse(1.0, 3.0))),
    ("hang head", hangs_head(), lambda: head(nod=40.0)),
    ("bow", bends(30), bowing),
    ("bent", stays_bent(20), lambda: tracks({"spine1": (35.0, 0.0, 0.0)})),
    ("lean", leans("left", 15), lambda: tracks({"spine1": (0.0, 0.0, -25.0 * pulse(1, 3))})),
    ("twist", twists(3), lambda: tracks({"spine1": (0.0, 30.0 * wave_of(0.8), 0.0)})),
    ("squat thrice", squats(3, 3), lambda: squatting(3)),
    ("crouch", crouches() & stays_low(0.85), crouching),
    ("sit", sits(), seated),
    ("sit down", sits() & sinks(0.25), sitting_down),
    ("lie", lies() & ends_lying(), lying_down),
    ("stand up", rises(0.25), lambda: tracks(root=path(up=-0.4 * (1 - ramp(1.5, 3.0))))),
    ("roll", rolls(300), lambda: tracks(root=path(up=-0.5), tip=360.0 * ramp(0.5, 3.0))),
    ("handstand", is_upside_down(), lambda: tracks(root=path(up=0.3), tip=180.0)),
    (
        "lunge",
        lunges(),
        lambda: tracks(
            {"left_hip": (-80.0, 0, 0), "left_knee": (80.0, 0, 0), "right_hip": (40.0, 0, 0)},
            path(up=-0.35),
        ),
    ),
    (
        "pump",
        pumps("left", 4, 0.15) & stays(),
        lambda: tracks({"left_elbow": (0.0, -60.0 - 50.0 * wave_of(1.0), 0.0)}),
    ),
]
SHOWN_WHEN_STANDING = {"still"}
SHOWN_WHEN_WALKING = {"walk"}


@pytest.mark.parametrize("name, check, motion", ACCEPTED, ids=[name for name, _, _ in ACCEPTED])
def test_check_of_motion_that_shows_it_accepts(
    name: str, check: Check, motion: Callable[[], BodyTracks]
) -> None:
    assert check.find_faults(motion()) == ()


@pytest.mark.parametrize("name, check, motion", ACCEPTED, ids=[name for name, _, _ in ACCEPTED])
def test_check_of_standing_and_walking_refuses(
    name: str, check: Check, motion: Callable[[], BodyTracks]
) -> None:
    assert check(standing()) == (name in SHOWN_WHEN_STANDING)
    assert check(walking()) == (name in SHOWN_WHEN_WALKING)
