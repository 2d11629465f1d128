"""Checks of trunk, head, legs and pelvis: bends, looks, seats, floors, squats and kicks."""

import numpy as np

from ...kinematics.math.rotations import Array, matrix_to_axis_angle
from ...kinematics.math.signals import Mask, find_runs
from .body_tracks import (
    ANKLE_HEIGHT,
    SIDES,
    STANDING_HEIGHT,
    BodyTracks,
    count_peaks,
    longest_run,
    turning_points,
)
from .check import motion_check

_LYING_HEIGHT = 0.6
"""Metres of pelvis and chest above the floor, at most, in lying."""
_SEAT = (0.2, 0.78)
"""Metres of the pelvis above the floor on a chair, at least and at most."""


@motion_check
def stands(tracks: BodyTracks, fraction: float = 0.6) -> bool:
    """Check for an upright body on nearly straight legs for a fraction of the time."""
    upright = (tracks.height > 0.86 * STANDING_HEIGHT) & (tracks.tilt < 30)
    return bool(upright.mean() >= fraction)


@motion_check
def stays_calm(tracks: BodyTracks, speed: float = 0.25) -> bool:
    """Check that hands and feet move slowly on average, in m/s."""
    names = [f"{side}_{joint}" for side in SIDES for joint in ("wrist", "ankle")]
    return bool(max(tracks.speed(name).mean() for name in names) <= speed)


@motion_check
def is_active(tracks: BodyTracks, speed: float = 0.4) -> bool:
    """Check the mean speed of wrists and ankles in m/s."""
    names = [f"{side}_{joint}" for side in SIDES for joint in ("wrist", "ankle")]
    return bool(np.mean([tracks.speed(name) for name in names]) >= speed)


@motion_check
def bends(
    tracks: BodyTracks, least: float = 30.0, most: float = 180.0, seconds: float = 0.15
) -> bool:
    """Check the degrees of the deepest bend forward, held so long, from a straighter trunk."""
    held = longest_run(tracks.bend >= least) >= seconds * tracks.fps
    return bool(held and tracks.bend.max() <= most and np.ptp(tracks.bend) >= 0.6 * least)


@motion_check
def stays_bent(tracks: BodyTracks, least: float = 15.0, fraction: float = 0.7) -> bool:
    """Check that the trunk is bent forward by degrees for a fraction of the time."""
    return bool((tracks.bend >= least).mean() >= fraction)


@motion_check
def straightens(tracks: BodyTracks, most: float = 15.0) -> bool:
    """Check that the trunk ends near the vertical, within degrees."""
    return bool(tracks.tilt[-3:].min() <= most)


@motion_check
def leans(tracks: BodyTracks, side: str = "either", least: float = 15.0) -> bool:
    """Check the degrees of the largest lean of the trunk to a side."""
    lean = {"left": tracks.lean, "right": -tracks.lean}.get(side, np.abs(tracks.lean))
    return bool(lean.max() >= least)


@motion_check
def sways(tracks: BodyTracks, strokes: int = 3, degrees: float = 12.0) -> bool:
    """Check for leans of the trunk from side to side."""
    return len(turning_points(tracks.lean, degrees)) - 1 >= strokes


@motion_check
def twists(tracks: BodyTracks, strokes: int = 3, degrees: float = 30.0) -> bool:
    """Check for twists of the shoulders against the pelvis."""
    across = tracks.offset("left_shoulder", "right_shoulder")
    angle = np.degrees(np.arctan2(-across[:, 1], across[:, 0]))
    return len(turning_points(angle, degrees)) - 1 >= strokes


@motion_check
def looks(tracks: BodyTracks, direction: str, degrees: float = 25.0, seconds: float = 0.2) -> bool:
    """Check that the head turns "left", "right", "up" or "down" by degrees, for so long.

    Left and right are measured from the chest, up and down from the first pose or the horizontal.
    """
    turn = tracks.head_turn
    pitch = tracks.head_pitch
    angle = {"left": turn, "right": -turn, "up": -pitch, "down": pitch}[direction]
    return longest_run(angle >= degrees) >= seconds * tracks.fps


@motion_check
def hangs_head(tracks: BodyTracks, degrees: float = 20.0, fraction: float = 0.6) -> bool:
    """Check that the head looks down by degrees for a fraction of the time."""
    return bool((tracks.head_pitch >= degrees).mean() >= fraction)


@motion_check
def nods(tracks: BodyTracks, least: int = 2, most: int = 1000, degrees: float = 6.0) -> bool:
    """Check how often the head dips relative to the chest and comes up."""
    return least <= count_peaks(_nod_angle(tracks), degrees) <= most


@motion_check
def shakes_head(tracks: BodyTracks, strokes: int = 3, degrees: float = 10.0) -> bool:
    """Check for turns of the head from side to side relative to the chest."""
    return len(turning_points(_shake_angle(tracks), degrees)) - 1 >= strokes


@motion_check
def squats(tracks: BodyTracks, least: int = 1, most: int = 1000, depth: float = 0.25) -> bool:
    """Check how often the pelvis goes down and up by metres over feet that stay on the floor."""
    dips = count_peaks(-tracks.height, depth)
    on_floor = (tracks.clearances < 0.08).all(axis=1).mean() > 0.85
    return least <= dips <= most and bool(on_floor)


@motion_check
def sinks(tracks: BodyTracks, depth: float = 0.25, to: float = np.inf) -> bool:
    """Check that the pelvis ends metres lower than it was, and at most at a height `to`."""
    end = float(np.median(tracks.height[-5:]))
    return bool(tracks.height.max() - end >= depth and end <= to)


@motion_check
def rises(tracks: BodyTracks, height: float = 0.25) -> bool:
    """Check that the pelvis ends metres higher than it was, at a standing height."""
    end = float(np.median(tracks.height[-5:]))
    low = float(np.quantile(tracks.height[: max(len(tracks) // 2, 2)], 0.2))
    return bool(end - low >= height and end > 0.84 * STANDING_HEIGHT)


@motion_check
def stays_low(tracks: BodyTracks, most: float = 0.85, fraction: float = 0.6) -> bool:
    """Check that the pelvis is below a fraction of its standing height, most of the time."""
    return bool((tracks.height <= most * STANDING_HEIGHT).mean() >= fraction)


@motion_check
def crouches(tracks: BodyTracks, most: float = 0.78, seconds: float = 0.3) -> bool:
    """Check for a low pelvis on bent knees, over the feet, for so long."""
    low = (tracks.height < most * STANDING_HEIGHT) & (_knee_flexion(tracks) > 50)
    return longest_run(low & _on_feet(tracks)) >= seconds * tracks.fps


@motion_check
def sits(tracks: BodyTracks, fraction: float = 0.2) -> bool:
    """Check for a pelvis at the height of a chair behind both feet, with knees bent."""
    low, high = _SEAT
    behind = np.mean([tracks.offset(f"{side}_ankle", "pelvis")[:, 1] for side in SIDES], axis=0)
    thighs = np.mean([tracks.thigh(side) for side in SIDES], axis=0)
    seated = (tracks.height > low) & (tracks.height < high) & (behind > 0.12)
    return bool((seated & (thighs > 50) & (tracks.tilt < 50)).mean() >= fraction)


@motion_check
def sits_on_floor(tracks: BodyTracks, fraction: float = 0.2) -> bool:
    """Check for a pelvis on the floor below an upright trunk."""
    low = (tracks.height < 0.32) & (tracks.joint("neck")[:, 2] - tracks.height > 0.25)
    return bool(low.mean() >= fraction)


@motion_check
def kneels(tracks: BodyTracks, knees: int = 1, fraction: float = 0.2) -> bool:
    """Check for knees on the floor below an upright trunk."""
    down = np.stack([tracks.joint(f"{side}_knee")[:, 2] < 0.2 for side in SIDES], axis=1)
    kneeling = (down.sum(axis=1) >= knees) & (tracks.tilt < 50) & (tracks.height > 0.25)
    return bool(kneeling.mean() >= fraction)


@motion_check
def lies(tracks: BodyTracks, fraction: float = 0.2) -> bool:
    """Check for pelvis and chest near the floor, with a level trunk."""
    return bool(_lying(tracks).mean() >= fraction)


@motion_check
def ends_lying(tracks: BodyTracks) -> bool:
    """Check that the motion ends on the floor."""
    return bool(_lying(tracks)[-max(len(tracks) // 10, 2) :].mean() > 0.5)


@motion_check
def starts_upright(tracks: BodyTracks) -> bool:
    """Check that somebody stands within the first fifth of the motion."""
    start = slice(0, max(len(tracks) // 5, 2))
    return bool((tracks.height[start] > 0.84 * STANDING_HEIGHT).any())


@motion_check
def on_all_fours(tracks: BodyTracks, fraction: float = 0.5) -> bool:
    """Check for hands near the floor ahead of a low, level trunk."""
    hands = np.mean([tracks.joint(f"{side}_wrist")[:, 2] for side in SIDES], axis=0)
    fours = (hands < 0.25) & (tracks.height < 0.75) & (tracks.bend > 45)
    return bool(fours.mean() >= fraction)


@motion_check
def planks(tracks: BodyTracks, fraction: float = 0.4) -> bool:
    """Check for a straight body, nearly level, face down over hands on the floor."""
    return bool(_planking(tracks).mean() >= fraction)


@motion_check
def pushes_up(tracks: BodyTracks, least: int = 2, depth: float = 0.1) -> bool:
    """Check how often the chest rises and falls by metres over hands on the floor."""
    face_down = _planking(tracks)
    if face_down.mean() < 0.4:
        return False
    chest = tracks.joint("neck")[face_down][:, 2]
    return count_peaks(chest, depth) + count_peaks(-chest, depth) >= 2 * least - 1


@motion_check
def sits_up(tracks: BodyTracks, least: int = 2) -> bool:
    """Check how often the trunk rises from lying while the pelvis stays on the floor."""
    low = tracks.height < 0.4
    return bool(low.mean() > 0.8 and count_peaks(tracks.joint("neck")[:, 2], 0.2) >= least)


@motion_check
def rolls(tracks: BodyTracks, degrees: float = 270.0) -> bool:
    """Check that the body turns over itself, about an axis near the level."""
    return _tumble(tracks) >= degrees


@motion_check
def is_upside_down(tracks: BodyTracks, seconds: float = 0.1, height: float = 0.6) -> bool:
    """Check that the feet are above the head for so long, and the pelvis at a height in metres."""
    feet = np.mean([tracks.joint(f"{side}_ankle")[:, 2] for side in SIDES], axis=0)
    over = (feet > tracks.joint("head")[:, 2] + 0.1) & (tracks.height > height)
    return longest_run(over) >= seconds * tracks.fps


@motion_check
def hands_on_floor(tracks: BodyTracks, side: str = "either", height: float = 0.2) -> bool:
    """Check that a wrist comes within metres of the floor."""
    lows = [tracks.joint(f"{n}_wrist")[:, 2].min() < height for n in SIDES]
    return bool(all(lows) if side == "both" else any(lows))


@motion_check
def hand_reaches_down(tracks: BodyTracks, height: float = 0.5) -> bool:
    """Check that a wrist goes below metres above the floor, and comes up again or was up."""
    lowest = [tracks.joint(f"{side}_wrist")[:, 2] for side in SIDES]
    return any(wrist.min() < height and wrist.max() > height + 0.2 for wrist in lowest)


@motion_check
def kicks(
    tracks: BodyTracks,
    side: str = "either",
    height: float = 0.3,
    speed: float = 2.0,
    least: int = 1,
    most: int = 1000,
) -> bool:
    """Check how often an ankle rises metres above its stance while the foot swings at m/s."""
    chosen = (side,) if side in SIDES else SIDES
    return least <= sum(_kick_count(tracks, n, height, speed) for n in chosen) <= most


@motion_check
def kicks_more(tracks: BodyTracks, side: str) -> bool:
    """Check that the foot of a side rises higher and faster than the other one."""
    effort = {n: (_foot_speed(tracks, n) * tracks.joint(f"{n}_foot")[:, 2]).max() for n in SIDES}
    return effort[side] == max(effort.values())


@motion_check
def lifts_knee(tracks: BodyTracks, side: str = "either", degrees: float = 65.0) -> bool:
    """Check that a thigh rises ahead of the body by degrees from hanging."""
    chosen = (side,) if side in SIDES else SIDES
    return any(tracks.thigh(n).max() >= degrees for n in chosen)


@motion_check
def stands_on_one_leg(tracks: BodyTracks, side: str = "either", seconds: float = 1.0) -> bool:
    """Check that one foot is up for so long while the other stays on the floor.

    Args:
        side: Side of the standing leg.
    """
    clear = tracks.clearances
    for n, name in enumerate(SIDES):
        if side in (name, "either"):
            mask = (clear[:, n] < 0.06) & (clear[:, 1 - n] > 0.08)
            if longest_run(mask) >= seconds * tracks.fps:
                return True
    return False


@motion_check
def lunges(tracks: BodyTracks, least: int = 1) -> bool:
    """Check how often the body sinks over feet that are wide apart, one knee well bent."""
    apart = np.linalg.norm(tracks.offset("left_ankle", "right_ankle")[:, :2], axis=1)
    bent = np.maximum(*(tracks.flexion(f"{side}_knee") for side in SIDES))
    deep = (apart > 0.55) & (bent > 50) & (tracks.height < 0.9 * STANDING_HEIGHT)
    edges = np.diff(np.concatenate([[0], deep.astype(int)]))
    return int((edges > 0).sum()) >= least and longest_run(deep) >= 0.15 * tracks.fps


@motion_check
def jumping_jacks(tracks: BodyTracks, least: int = 2) -> bool:
    """Check how often feet and arms part and come together, in step."""
    feet = np.abs(tracks.offset("left_ankle", "right_ankle")[:, 0])
    arms = np.mean([tracks.reach(side)[:, 2] for side in SIDES], axis=0)
    together = np.corrcoef(feet, arms)[0, 1] if np.ptp(feet) > 0 and np.ptp(arms) > 0 else 0.0
    return bool(
        count_peaks(feet, 0.2) >= least and count_peaks(arms, 0.9) >= least and together > 0.3
    )


@motion_check
def climbs_up(tracks: BodyTracks, height: float = 0.4) -> bool:
    """Check that the pelvis ends metres higher than it started, above standing height."""
    start, end = tracks.height[0], float(np.quantile(tracks.height, 0.97))
    return bool(end - start >= height and end > STANDING_HEIGHT + 0.6 * height)


@motion_check
def shrugs(tracks: BodyTracks, height: float = 0.02) -> bool:
    """Check that both shoulders rise towards the head by metres and fall again."""
    up = [tracks.offset_in("spine3", f"{side}_shoulder", "spine3")[:, 1] for side in SIDES]
    return count_peaks(np.minimum(*up), height) >= 1


def _knee_flexion(tracks: BodyTracks) -> Array:
    return np.maximum(*(tracks.flexion(f"{side}_knee") for side in SIDES))


def _on_feet(tracks: BodyTracks) -> Mask:
    """(T,) mask of a pelvis above feet on the floor, with the knees off it."""
    knees = np.minimum(*(tracks.joint(f"{side}_knee")[:, 2] for side in SIDES))
    return (tracks.clearances.min(axis=1) < 0.1) & (knees > 0.15) & (tracks.height > 0.25)


def _lying(tracks: BodyTracks) -> Mask:
    chest = tracks.joint("spine3")[:, 2]
    return (tracks.height < _LYING_HEIGHT) & (chest < _LYING_HEIGHT) & (tracks.tilt > 60)


def _planking(tracks: BodyTracks) -> Mask:
    hands = np.mean([tracks.joint(f"{side}_wrist")[:, 2] for side in SIDES], axis=0)
    knees = np.mean([tracks.flexion(f"{side}_knee") for side in SIDES], axis=0)
    front_down = tracks.rotations[:, 0, 2, 2] < -0.5
    return (hands < 0.3) & (tracks.height < 0.65) & front_down & (tracks.tilt > 50) & (knees < 60)


def _tumble(tracks: BodyTracks) -> float:
    """Degrees by which the pelvis turns about a level axis of the world, at most."""
    pelvis = tracks.joint_axes("pelvis")
    steps = matrix_to_axis_angle(pelvis[1:] @ np.swapaxes(pelvis[:-1], 1, 2))[:, :2]
    return float(np.degrees(np.linalg.norm(np.cumsum(steps, axis=0), axis=1).max()))


def _foot_speed(tracks: BodyTracks, side: str) -> Array:
    return tracks.speed(f"{side}_foot", "pelvis")


def _kick_count(tracks: BodyTracks, side: str, height: float, speed: float) -> int:
    """Times that a leg is shot out, ahead or to its side, while the other one stands."""
    other = tracks.clearance(SIDES[1 - SIDES.index(side)])
    lift = tracks.joint(f"{side}_ankle")[:, 2] - ANKLE_HEIGHT
    foot = tracks.offset(f"{side}_ankle", f"{side}_hip")
    aside = foot[:, 0] if side == "left" else -foot[:, 0]
    out = np.maximum(foot[:, 1], aside) > 0.3
    straight = tracks.flexion(f"{side}_knee") < 88
    fast = _foot_speed(tracks, side)
    frames = round(0.3 * tracks.fps)
    count = last = 0
    for first, end in find_runs((lift >= height) & out & straight):
        start = max(first - frames, 0)
        shot = fast[start : end + 1].max() >= speed and other[first:end].min() < 0.12
        apart = not count or lift[last : first + 1].min() < 0.7 * height
        count, last = count + bool(shot and apart), end - 1
    return count


def _nod_angle(tracks: BodyTracks) -> Array:
    """(T,) degrees by which the head is tipped down relative to the chest."""
    gaze = np.einsum("tji,tj->ti", tracks.joint_axes("spine3"), tracks.joint_axes("head")[:, :, 2])
    return -np.degrees(np.arcsin(np.clip(gaze[:, 1], -1.0, 1.0)))


def _shake_angle(tracks: BodyTracks) -> Array:
    """(T,) degrees by which the head is turned to the left of the chest."""
    gaze = np.einsum("tji,tj->ti", tracks.joint_axes("spine3"), tracks.joint_axes("head")[:, :, 2])
    return np.degrees(np.unwrap(np.arctan2(gaze[:, 0], gaze[:, 2])))
