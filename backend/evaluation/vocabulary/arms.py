"""Checks of arms and hands: raised, waving, pointing, striking, and beside parts of the body."""

from collections.abc import Mapping

import numpy as np

from ...kinematics.math.rotations import Array
from ...kinematics.math.signals import Mask, find_runs
from .body_tracks import SIDES, BodyTracks, count_peaks, longest_run, turning_points
from .check import motion_check

_REACH = 0.2
"""Metres between the middle of a hand and the point that it touches."""
_HAND = 0.05
"""Metres from a wrist to the middle of the palm."""

BODY_POINTS: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    "head": ("head", (0.0, 0.15, -0.01)),
    "forehead": ("head", (0.0, 0.12, 0.09)),
    "eyes": ("head", (0.0, 0.07, 0.1)),
    "mouth": ("head", (0.0, 0.0, 0.1)),
    "chin": ("head", (0.0, -0.04, 0.09)),
    "left ear": ("head", (0.08, 0.06, 0.0)),
    "right ear": ("head", (-0.08, 0.06, 0.0)),
    "nape": ("head", (0.0, 0.03, -0.1)),
    "chest": ("spine3", (0.0, 0.05, 0.12)),
    "belly": ("spine1", (0.0, 0.02, 0.13)),
    "low back": ("spine1", (0.0, 0.0, -0.12)),
    "left hip": ("pelvis", (0.14, 0.02, 0.02)),
    "right hip": ("pelvis", (-0.14, 0.02, 0.02)),
    "left elbow": ("left_elbow", (0.0, 0.0, 0.0)),
    "right elbow": ("right_elbow", (0.0, 0.0, 0.0)),
    "left knee": ("left_knee", (0.0, 0.0, 0.0)),
    "right knee": ("right_knee", (0.0, 0.0, 0.0)),
    "left foot": ("left_foot", (0.0, 0.0, 0.0)),
    "right foot": ("right_foot", (0.0, 0.0, 0.0)),
}
"""Place -> joint, and metres from it to the left, up and ahead in its own frame."""


@motion_check
def hand_above_head(
    tracks: BodyTracks, side: str = "either", fraction: float = 0.33, margin: float = 0.05
) -> bool:
    """Check that hands are metres above the head joint for a fraction of the time."""
    above = {
        n: tracks.joint(f"{n}_wrist")[:, 2] > tracks.joint("head")[:, 2] + margin for n in SIDES
    }
    return bool(_combine(above, side).mean() >= fraction)


@motion_check
def hand_raised(
    tracks: BodyTracks, side: str = "either", fraction: float = 0.25, level: float = 0.0
) -> bool:
    """Check that wrists are metres above the shoulders for a fraction of the time."""
    above = {n: tracks.offset(f"{n}_wrist", f"{n}_shoulder")[:, 2] > level for n in SIDES}
    return bool(_combine(above, side).mean() >= fraction)


@motion_check
def hand_low(tracks: BodyTracks, side: str = "either", fraction: float = 0.7) -> bool:
    """Check that wrists are below the chest for a fraction of the time."""
    low = {n: tracks.offset(f"{n}_wrist", f"{n}_shoulder")[:, 2] < -0.15 for n in SIDES}
    return bool(_combine(low, side).mean() >= fraction)


@motion_check
def other_hand_low(tracks: BodyTracks, side: str, fraction: float = 0.6) -> bool:
    """Check that the wrist of the other side is below the chest for a fraction of the time."""
    other = SIDES[1 - SIDES.index(side)]
    low = tracks.offset(f"{other}_wrist", f"{other}_shoulder")[:, 2] < -0.1
    return bool(low.mean() >= fraction)


@motion_check
def hand_stays_raised(
    tracks: BodyTracks, side: str = "either", seconds: float = 0.7, level: float = 0.0
) -> bool:
    """Check that a wrist is metres above its shoulder for so long without a break."""
    return any(
        longest_run(tracks.offset(f"{n}_wrist", f"{n}_shoulder")[:, 2] > level)
        >= seconds * tracks.fps
        for n in _sides(side)
    )


@motion_check
def waves(tracks: BodyTracks, side: str = "either", strokes: int = 3, reach: float = 0.08) -> bool:
    """Check for strokes, each in metres, of a hand that is raised beside the head or above."""
    return any(_wave_strokes(tracks, n, reach) >= strokes for n in _sides(side))


@motion_check
def points(tracks: BodyTracks, direction: str, seconds: float = 0.3, side: str = "either") -> bool:
    """Check that one straight arm holds a direction: "forward", "up", "down", "left", "right"."""
    axis = {
        "forward": (0.0, 1.0, 0.0),
        "up": (0.0, 0.0, 1.0),
        "down": (0.0, 0.5, -0.866),
        "left": (1.0, 0.0, 0.0),
        "right": (-1.0, 0.0, 0.0),
    }[direction]
    limit = 0.88 if direction == "down" else 0.72
    for n in _sides(side):
        reach = tracks.reach(n)
        length = np.linalg.norm(reach, axis=1)
        along = reach @ np.array(axis) / length
        still = tracks.speed(f"{n}_wrist", "neck") < 0.7
        held = (length > 0.82) & (along > limit) & still
        if direction == "down":
            held &= reach[:, 1] > 0.25
        if longest_run(held) >= seconds * tracks.fps:
            return True
    return False


@motion_check
def arms_spread(tracks: BodyTracks, fraction: float = 0.2, level: float = 0.6) -> bool:
    """Check that both wrists are far out to their sides, in lengths of the arm."""
    out = {n: sign * tracks.reach(n)[:, 0] > level for n, sign in zip(SIDES, (1, -1), strict=True)}
    return bool(_combine(out, "both").mean() >= fraction)


@motion_check
def hands_ahead(
    tracks: BodyTracks,
    side: str = "both",
    fraction: float = 0.4,
    ahead: float = 0.35,
    level: float = -0.7,
) -> bool:
    """Check that wrists are ahead of and above a level below the shoulders, in arms' lengths."""
    out = {}
    for n in SIDES:
        reach = tracks.reach(n)
        out[n] = (reach[:, 1] > ahead) & (reach[:, 2] > level)
    return bool(_combine(out, side).mean() >= fraction)


@motion_check
def hand_at(
    tracks: BodyTracks,
    place: str,
    side: str = "either",
    fraction: float = 0.15,
    distance: float = _REACH,
) -> bool:
    """Check that a hand is within metres of a place of `BODY_POINTS` for a fraction of the time.

    "own ear" and "own hip" are on the hand's side, "other elbow" on the other one.
    """
    near = {n: _distance(tracks, n, place) < distance for n in SIDES}
    return bool(_combine(near, side).mean() >= fraction)


@motion_check
def hand_visits(
    tracks: BodyTracks, place: str, side: str = "either", distance: float = _REACH
) -> bool:
    """Check that a hand comes from elsewhere to a place, or leaves it."""
    for n in _sides(side):
        gap = _distance(tracks, n, place)
        if gap.min() < distance and gap.max() > distance + 0.12:
            return True
    return False


@motion_check
def hand_rubs(
    tracks: BodyTracks, place: str, strokes: int = 3, reach: float = 0.02, distance: float = _REACH
) -> bool:
    """Check for strokes of a hand, each in metres, while it is at a place."""
    for n in SIDES:
        near = _distance(tracks, n, place) < distance
        track = tracks.offset_in(BODY_POINTS[_place_of(place, n)][0], f"{n}_wrist", "head")
        if near.sum() > 3 and _strokes(track[near], reach) >= strokes:
            return True
    return False


@motion_check
def claps(tracks: BodyTracks, least: int = 2, most: int = 1000, gap: float = 0.26) -> bool:
    """Check how often the hands meet ahead of the body and part."""
    return least <= _clap_count(tracks, gap) <= most


@motion_check
def hands_together(tracks: BodyTracks, fraction: float = 0.25, gap: float = 0.25) -> bool:
    """Check that the wrists are within metres of each other ahead of the chest."""
    close = hand_gap(tracks) < gap
    ahead = (tracks.hand("left")[:, 2] > 0.1) & (tracks.hand("left")[:, 1] > -0.45)
    return bool((close & ahead).mean() >= fraction)


@motion_check
def hands_near(tracks: BodyTracks, fraction: float = 0.6, gap: float = 0.55) -> bool:
    """Check that the hands are within metres of each other, as on one handle."""
    return bool((hand_gap(tracks) < gap).mean() >= fraction)


@motion_check
def crosses_arms(tracks: BodyTracks, fraction: float = 0.3) -> bool:
    """Check that each forearm lies across the chest, with its hand past the middle."""
    left, right = tracks.hand("left"), tracks.hand("right")
    crossed = (left[:, 0] < 0.06) & (right[:, 0] > -0.06) & (right[:, 0] - left[:, 0] > 0.06)
    level = [
        (hand[:, 1] > -0.45) & (hand[:, 1] < 0.02) & (hand[:, 2] > 0.03) for hand in (left, right)
    ]
    return bool((crossed & level[0] & level[1]).mean() >= fraction)


@motion_check
def hands_on_hips(tracks: BodyTracks, side: str = "both", fraction: float = 0.3) -> bool:
    """Check that hands rest at the waist with bent elbows out to the sides."""
    on = {}
    for n, sign in zip(SIDES, (1, -1), strict=True):
        wrist, elbow = tracks.offset(f"{n}_wrist", "pelvis"), tracks.offset(f"{n}_elbow", "pelvis")
        on[n] = (
            (tracks.flexion(f"{n}_elbow") > 45)
            & (sign * (elbow[:, 0] - wrist[:, 0]) > 0.05)
            & (np.abs(wrist[:, 2] - 0.06) < 0.18)
            & (np.linalg.norm(wrist[:, :2], axis=1) < 0.3)
        )
    return bool(_combine(on, side).mean() >= fraction)


@motion_check
def hands_behind_back(tracks: BodyTracks, fraction: float = 0.3) -> bool:
    """Check that both hands are behind the trunk and near each other."""
    behind = [tracks.offset_in("spine1", f"{n}_wrist", "spine1")[:, 2] < -0.04 for n in SIDES]
    return bool((behind[0] & behind[1] & (hand_gap(tracks) < 0.3)).mean() >= fraction)


@motion_check
def strikes(
    tracks: BodyTracks,
    side: str = "either",
    least: int = 1,
    most: int = 1000,
    speed: float = 2.2,
    level: float = -0.45,
) -> bool:
    """Check how often a wrist shoots forward to a nearly straight arm, at m/s.

    Args:
        level: Height of the wrist from the shoulder at the end, in lengths of the arm.
    """
    counts = [_strike_count(tracks, n, speed, level) for n in _sides(side)]
    return least <= sum(counts) <= most


@motion_check
def strikes_more(tracks: BodyTracks, side: str) -> bool:
    """Check that the wrist of a side shoots forward faster than the other one."""
    speeds = {n: _forward_speed(tracks, n).max() for n in SIDES}
    return speeds[side] == max(speeds.values())


@motion_check
def uppercuts(tracks: BodyTracks, speed: float = 2.4) -> bool:
    """Check that a wrist ahead of the body shoots upward with a bent elbow, at m/s."""
    for n in SIDES:
        rise = tracks.velocity(tracks.offset(f"{n}_wrist", "pelvis"))[:, 2]
        bent, ahead = tracks.flexion(f"{n}_elbow") > 50, tracks.reach(n)[:, 1] > 0.25
        if (rise[bent & ahead] > speed).any():
            return True
    return False


@motion_check
def throws(tracks: BodyTracks, side: str = "either", speed: float = 3.2) -> bool:
    """Check that a hand swings forward at m/s, from behind or beside the trunk to ahead of it."""
    for n in _sides(side):
        wrist = tracks.offset(f"{n}_wrist", "pelvis")
        fastest = int(_forward_speed(tracks, n).argmax())
        window = round(0.6 * tracks.fps)
        before = wrist[max(fastest - window, 0) : fastest + 1, 1].min()
        after = wrist[fastest : fastest + window // 2 + 1, 1].max()
        quick = np.linalg.norm(tracks.velocity(wrist), axis=1)[
            max(fastest - 5, 0) : fastest + 6
        ].max()
        if quick >= speed and before < 0.12 and after > 0.25:
            return True
    return False


@motion_check
def swings_across(tracks: BodyTracks, speed: float = 2.5, width: float = 0.6) -> bool:
    """Check that both hands, near each other, sweep metres across the body at m/s."""
    wrists = 0.5 * (tracks.joint("left_wrist") + tracks.joint("right_wrist"))
    relative = np.einsum("ij,tj->ti", tracks.axes[0], wrists - tracks.joint("pelvis"))
    quick = np.linalg.norm(tracks.velocity(relative), axis=1).max()
    return bool(
        quick >= speed and np.ptp(relative[:, 0]) >= width and np.median(hand_gap(tracks)) < 0.4
    )


@motion_check
def swings_arm(
    tracks: BodyTracks, side: str = "either", speed: float = 3.0, least: int = 1
) -> bool:
    """Check how often a wrist moves faster than m/s relative to the pelvis."""
    return any(
        count_peaks(np.minimum(tracks.speed(f"{n}_wrist", "pelvis"), speed), 0.6 * speed) >= least
        for n in _sides(side)
    )


@motion_check
def circles_arms(tracks: BodyTracks, side: str = "both", turns: float = 1.0) -> bool:
    """Check that straight arms turn about the shoulders, in whole turns."""
    counts = {n: _arm_turns(tracks, n) for n in SIDES}
    chosen = [counts[n] for n in _sides(side)]
    return (min if side == "both" else max)(chosen) >= turns


@motion_check
def pumps(
    tracks: BodyTracks,
    side: str = "either",
    strokes: int = 4,
    reach: float = 0.15,
    axis: str = "any",
) -> bool:
    """Check for strokes of a wrist relative to the neck, each in metres.

    Args:
        axis: Direction of the strokes: "across", "ahead", "up", or the "any" with most of them.
    """
    chosen = {"across": [0], "ahead": [1], "up": [2]}.get(axis, [0, 1, 2])
    tracks_of = [tracks.offset(f"{n}_wrist", "neck")[:, chosen] for n in _sides(side)]
    return (min if side == "both" else max)(_strokes(t, reach) for t in tracks_of) >= strokes


@motion_check
def elbows_hang(tracks: BodyTracks, fraction: float = 0.8) -> bool:
    """Check that both upper arms hang down for a fraction of the time."""
    hang = {n: tracks.offset(f"{n}_elbow", f"{n}_shoulder")[:, 2] < -0.17 for n in SIDES}
    return bool(_combine(hang, "both").mean() >= fraction)


@motion_check
def hands_calm(tracks: BodyTracks, speed: float = 0.5) -> bool:
    """Check that the wrists move slowly against the trunk on average, in m/s."""
    return bool(max(tracks.speed(f"{n}_wrist", "neck").mean() for n in SIDES) <= speed)


@motion_check
def works_elbow(
    tracks: BodyTracks, side: str = "either", strokes: int = 4, degrees: float = 25.0
) -> bool:
    """Check for strokes of an elbow, each in degrees."""
    counts = [len(turning_points(tracks.flexion(f"{n}_elbow"), degrees)) - 1 for n in _sides(side)]
    return (min if side == "both" else max)(counts) >= strokes


@motion_check
def raises_arm(tracks: BodyTracks, side: str, direction: str = "any", angle: float = 65.0) -> bool:
    """Check that an arm rises by degrees from hanging: "forward", "sideways" or "any" direction."""
    reach = tracks.reach(side)
    length = np.linalg.norm(reach, axis=1)
    raised = np.degrees(np.arccos(np.clip(-reach[:, 2] / length, -1, 1)))
    top = int(raised.argmax())
    outward = abs(reach[top, 0])
    fits = {
        "any": True,
        "forward": reach[top, 1] > outward or raised[top] > 150,
        "sideways": outward > abs(reach[top, 1]) or raised[top] > 150,
    }[direction]
    return bool(raised[top] >= angle and raised.min() < 50 and fits)


def hand_gap(tracks: BodyTracks) -> Array:
    """(T,) metres between the middles of the hands."""
    return np.linalg.norm(_palm(tracks, "left") - _palm(tracks, "right"), axis=1)


def _sides(side: str) -> tuple[str, ...]:
    return (side,) if side in SIDES else SIDES


def _combine(masks: Mapping[str, Mask], side: str) -> Mask:
    """Join masks (T,) of both sides: one of them, "both", or "either"."""
    if side in SIDES:
        return masks[side]
    return (np.logical_and if side == "both" else np.logical_or)(masks["left"], masks["right"])


def _palm(tracks: BodyTracks, side: str) -> Array:
    """(T, 3) world position of the middle of a hand."""
    wrist, hand = tracks.joint(f"{side}_wrist"), tracks.joint(f"{side}_hand")
    direction = hand - wrist
    return wrist + _HAND * direction / np.linalg.norm(direction, axis=1, keepdims=True)


def _place_of(place: str, side: str) -> str:
    other = SIDES[1 - SIDES.index(side)]
    return place.replace("own", side).replace("other", other)


def _distance(tracks: BodyTracks, side: str, place: str) -> Array:
    """(T,) metres between the middle of a hand, or its wrist, and a place on the body."""
    joint, offset = BODY_POINTS[_place_of(place, side)]
    point = tracks.joint(joint) + tracks.joint_axes(joint) @ np.array(offset)
    palm = np.linalg.norm(_palm(tracks, side) - point, axis=1)
    return np.minimum(palm, np.linalg.norm(tracks.joint(f"{side}_hand") - point, axis=1))


def _strokes(track: Array, reach: float) -> int:
    """Strokes of a track (T, 3) along the axis with most of them."""
    return max(max(len(turning_points(axis, reach)) - 1, 0) for axis in track.T)


def _wave_strokes(tracks: BodyTracks, side: str, reach: float) -> int:
    """Strokes across, or up and down, in one stretch of a raised hand."""
    raised = (tracks.offset(f"{side}_wrist", f"{side}_shoulder")[:, 2] > -0.08) & (
        tracks.offset(f"{side}_wrist", f"{side}_elbow")[:, 2] > 0.03
    )
    hand = tracks.offset(f"{side}_hand", f"{side}_shoulder")[:, [0, 2]]
    runs = find_runs(raised)
    return max((_strokes(hand[first:end], reach) for first, end in runs), default=0)


def _clap_count(tracks: BodyTracks, gap: float) -> int:
    distance = hand_gap(tracks)
    points_of = turning_points(distance, 0.1)
    wrists = tracks.offset("left_wrist", "spine1")
    low = [p for n, p in enumerate(points_of) if n and distance[p] < distance[points_of[n - 1]]]
    return sum(distance[p] < gap and wrists[p, 1] > 0.05 for p in low)


def _forward_speed(tracks: BodyTracks, side: str) -> Array:
    return tracks.velocity(tracks.offset(f"{side}_wrist", "pelvis"))[:, 1]


def _strike_count(tracks: BodyTracks, side: str, speed: float, level: float) -> int:
    ahead = tracks.reach(side)
    fast = _forward_speed(tracks, side)
    extended = turning_points(ahead[:, 1], 0.3)
    count = 0
    for n, end in enumerate(extended):
        start = extended[n - 1] if n else 0
        forward = ahead[end, 1] > max(ahead[start, 1], 0.5) and ahead[end, 2] > level
        count += bool(n and forward and fast[start : end + 1].max() >= speed)
    return count


def _arm_turns(tracks: BodyTracks, side: str) -> float:
    """Turns of the arm about the axis, of the three, about which it turns most."""
    reach = tracks.reach(side)
    best = 0.0
    for a, b in ((0, 2), (1, 2)):
        wide = np.hypot(reach[:, a], reach[:, b]) > 0.35
        angle = np.unwrap(np.arctan2(reach[wide, a], reach[wide, b])) if wide.sum() > 2 else [0.0]
        best = max(best, abs(float(angle[-1] - angle[0])) / (2 * np.pi))
    return best
