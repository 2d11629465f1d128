"""Checks of travel: directions, steps, runs, jumps, turns and kinds of walk."""

from itertools import pairwise

import numpy as np

from ...kinematics.math.signals import find_runs
from .body_tracks import ANKLE_HEIGHT, SIDES, STANDING_HEIGHT, BodyTracks, turning_points
from .check import motion_check

_STEP_LIFT = 0.04
"""Metres by which an ankle rises and falls in a step."""
_OFF_FLOOR = 0.03
"""Metres above which a foot is off the floor."""
_LOW_ANKLE = 0.25
"""Metres below which an ankle has arrived on the floor, on the heel or on the toes."""
_STILL_SPEED = 0.25
"""m/s below which somebody stands."""


@motion_check
def goes(
    tracks: BodyTracks, direction: str, least: float, most: float = np.inf, drift: float = 0.7
) -> bool:
    """Check metres of travel "forward", "backward", "left" or "right" of the body's own heading.

    Args:
        drift: Largest travel across the direction, as a fraction of the travel along it.
    """
    left, ahead, _ = tracks.travel[-1]
    along = {"forward": ahead, "backward": -ahead, "left": left, "right": -left}[direction]
    across = ahead if direction in SIDES else left
    return bool(least <= along <= most and abs(across) <= drift * along)


@motion_check
def stays(tracks: BodyTracks, radius: float = 0.6) -> bool:
    """Check that the pelvis stays within metres of its first place."""
    return bool(tracks.displacement.max() <= radius)


@motion_check
def moves(tracks: BodyTracks, least: float) -> bool:
    """Check that the path of the pelvis along the floor has a length in metres."""
    return tracks.path_length >= least


@motion_check
def has_speed(tracks: BodyTracks, least: float = 0.0, most: float = np.inf) -> bool:
    """Check the m/s along the floor in the quicker half of the time."""
    return bool(least <= np.quantile(tracks.ground_speed, 0.7) <= most)


@motion_check
def stands_still(tracks: BodyTracks, seconds: float = 0.4) -> bool:
    """Check that the motion ends on two feet that stay where they are."""
    frames = max(round(seconds * tracks.fps), 2)
    still = tracks.ground_speed[-frames:].mean() < _STILL_SPEED
    return bool(still and tracks.height[-frames:].min() > 0.8 * STANDING_HEIGHT)


@motion_check
def steps(tracks: BodyTracks, least: int, most: int = 1000) -> bool:
    """Check the number of steps."""
    return least <= len(_touchdowns(tracks)) <= most


@motion_check
def alternates(tracks: BodyTracks, least: int) -> bool:
    """Check that at least as many steps follow one of the other foot."""
    return int((np.diff([side for _, side in _touchdowns(tracks)]) != 0).sum()) >= least


@motion_check
def runs(tracks: BodyTracks, fraction: float = 0.1) -> bool:
    """Check that both feet are off the floor for a fraction of the time."""
    airborne = tracks.clearances.min(axis=1) > _OFF_FLOOR
    return bool(airborne.mean() >= fraction)


@motion_check
def has_cadence(tracks: BodyTracks, least: float, most: float = np.inf) -> bool:
    """Check steps per second, from the first step to the last."""
    frames = [frame for frame, _ in _touchdowns(tracks)]
    if len(frames) < 3:
        return False
    return bool(least <= (len(frames) - 1) * tracks.fps / (frames[-1] - frames[0]) <= most)


@motion_check
def jumps(tracks: BodyTracks, least: int = 1, most: int = 1000, height: float = 0.16) -> bool:
    """Check how often both feet are in the air while the pelvis rises and falls by metres."""
    return least <= len(_flights(tracks, height)) <= most


@motion_check
def hops(tracks: BodyTracks, side: str, least: int = 2, most: int = 1000) -> bool:
    """Check how often one foot leaves the floor while the other is up all the time.

    Args:
        side: Side of the hopping foot: "left", "right" or "either".
    """
    return any(least <= _hop_count(tracks, n) <= most for n in _side_indices(side))


@motion_check
def skips(tracks: BodyTracks) -> bool:
    """Check for steps that are followed by a hop on the same foot, with air below it."""
    sides = [side for _, side in _touchdowns(tracks)]
    repeats = np.diff(sides) == 0
    airborne = (tracks.clearances.min(axis=1) > 0.02).mean()
    return len(sides) >= 4 and 0.25 <= repeats.mean() <= 0.8 and airborne >= 0.06


@motion_check
def turns(
    tracks: BodyTracks, side: str = "either", least: float = 40.0, most: float = np.inf
) -> bool:
    """Check the degrees from the first heading to the last."""
    degrees = np.degrees(tracks.headings[-1] - tracks.headings[0])
    return bool(least <= _towards(degrees, side) <= most)


@motion_check
def spins(tracks: BodyTracks, least: float = 300.0, most: float = np.inf) -> bool:
    """Check the degrees of the largest turn in one direction."""
    return bool(least <= np.degrees(np.ptp(tracks.headings)) <= most)


@motion_check
def keeps_heading(tracks: BodyTracks, most: float = 60.0) -> bool:
    """Check that the heading stays within degrees of the first one."""
    return bool(np.degrees(np.abs(tracks.headings - tracks.headings[0])).max() <= most)


@motion_check
def limps(tracks: BodyTracks) -> bool:
    """Check for steps whose time, lift, knee or dip differ between the sides."""
    steps_of = [[f for f, side in _touchdowns(tracks) if side == n] for n in (0, 1)]
    if min(map(len, steps_of)) < 2:
        return False
    return _asymmetry(tracks, steps_of) >= 1.0


@motion_check
def walks_on_tiptoe(tracks: BodyTracks, lift: float = 0.035) -> bool:
    """Check that even the lower heel is metres above its height in a flat stance."""
    heels = [tracks.joint(f"{side}_ankle")[:, 2] - ANKLE_HEIGHT for side in SIDES]
    on_toes = tracks.clearances.min(axis=1) < 0.05
    return bool(on_toes.mean() > 0.7 and np.median(np.minimum(*heels)) >= lift)


@motion_check
def lifts_knees(tracks: BodyTracks, degrees: float = 55.0, least: int = 4) -> bool:
    """Check how many steps have a thigh this far from hanging down ahead of the body."""
    return sum(_thigh_lifts(tracks, side, degrees) for side in SIDES) >= least


@motion_check
def shuffles(tracks: BodyTracks, most: float = 0.085) -> bool:
    """Check that the ankles hardly rise while the body travels."""
    lifts = [np.quantile(tracks.joint(f"{side}_ankle")[:, 2], 0.97) for side in SIDES]
    return bool(max(lifts) - ANKLE_HEIGHT <= most)


@motion_check
def staggers(tracks: BodyTracks) -> bool:
    """Check for a trunk that sways, and a pelvis that drifts, to the sides."""
    sway = np.ptp(np.quantile(tracks.lean, [0.05, 0.95]))
    return bool(sway >= 13.0 and tracks.pelvis_velocity[:, 0].std() >= 0.16)


def _side_indices(side: str) -> tuple[int, ...]:
    return (0, 1) if side == "either" else (SIDES.index(side),)


def _towards(degrees: float, side: str) -> float:
    """Degrees to a side, of an angle to the left."""
    return {"left": degrees, "right": -degrees}.get(side, abs(degrees))


def _touchdowns(tracks: BodyTracks) -> list[tuple[int, int]]:
    """Frame and index of the side of each step's end, in order."""
    found = []
    for n, side in enumerate(SIDES):
        height = tracks.joint(f"{side}_ankle")[:, 2]
        ends = pairwise(turning_points(height, _STEP_LIFT))
        found += [(b, n) for a, b in ends if height[b] < min(height[a], _LOW_ANKLE)]
    return sorted(found)


def _flights(tracks: BodyTracks, height: float) -> list[tuple[int, int]]:
    """First frame and one past the last of each time in the air.

    The pelvis rises by `height` metres from its lowest in the 0.4 s before, and falls again.
    """
    reach = round(0.4 * tracks.fps)
    flights = []
    for first, end in find_runs(tracks.clearances.min(axis=1) > _OFF_FLOOR):
        before = tracks.height[max(first - reach, 0) : first + 1].min()
        after = tracks.height[end - 1 : end + reach].min()
        rise = tracks.height[first:end].max() - max(before, after)
        if rise >= height and 0.1 <= (end - first) / tracks.fps <= 2.0:
            flights.append((int(first), int(end)))
    return flights


def _hop_count(tracks: BodyTracks, foot: int) -> int:
    """Times that one foot leaves the floor for less than 0.8 s while the other one is up."""
    own, other = tracks.clearances[:, foot], tracks.clearances[:, 1 - foot]
    return sum(
        bool(own[first:end].max() >= 0.04 and (other[first:end] > 0.07).all())
        for first, end in find_runs(own > _OFF_FLOOR)
        if first > 0 and end < len(own) and end - first < 0.8 * tracks.fps
    )


def _asymmetry(tracks: BodyTracks, steps_of: list[list[int]]) -> float:
    """Largest difference between the sides as a fraction of a clear limp."""
    ordered = sorted((frame, side) for side, frames in enumerate(steps_of) for frame in frames)
    times: list[list[int]] = [[], []]
    for (first, before), (last, after) in pairwise(ordered):
        if before != after:
            times[after].append(last - first)
    measures = []
    if all(times):
        left, right = (float(np.median(t)) for t in times)
        measures.append((max(left, right) / max(min(left, right), 1.0) - 1.0) / 0.6)
    knees = [np.quantile(tracks.flexion(f"{side}_knee"), 0.95) for side in SIDES]
    measures.append(abs(knees[0] - knees[1]) / 28.0)
    dips = [float(np.median([_dip_after(tracks, f) for f in frames])) for frames in steps_of]
    measures.append(abs(dips[0] - dips[1]) / 0.035)
    leans = [float(np.median(tracks.lean[frames])) for frames in steps_of]
    measures.append(abs(sum(leans)) / 2 / 11.0)
    return max(measures)


def _dip_after(tracks: BodyTracks, frame: int) -> float:
    """Height of the pelvis at its lowest in the 0.35 s after a frame."""
    return float(tracks.height[frame : frame + max(round(0.35 * tracks.fps), 1)].min())


def _thigh_lifts(tracks: BodyTracks, side: str, degrees: float) -> int:
    angle = tracks.thigh(side)
    return sum(angle[point] >= degrees for point in turning_points(angle, 20.0))
