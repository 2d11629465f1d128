"""Chairs: sit down, stand up, and what people do with legs and hands while they sit."""

from dataclasses import replace

import numpy as np

from ....kinematics.math.rotations import axis_rotation
from ...body.base_clips import BaseClips
from ...body.limbs import (
    OTHER_SIDE,
    SIDES,
    SIGN,
    ArmGoal,
    foot_goals,
    goal_for,
    place_foot,
    reach,
)
from ...body.motion import JOINT, AuthoredMotion, bend_trunk, turn_head
from ...body.timing import Key, drift, key_track
from ...catalogue import AuthoredClip, authored
from ...draws import draw_tempo
from ...gestures.posing import (
    GAZE_LEADS,
    Pose,
    PoseKey,
    hand_on_thigh,
    hang_arms,
    pose_body,
    pose_track,
    side_pose,
)
from ...wording import write_captions

_GROUP = "chairs"
_SEATED_HEIGHT = (0.52, 0.575)
"""Metres of the pelvis joint above the floor: chairs differ."""
_SEATED_BACK = (0.36, 0.42)
"""Metres of the seated pelvis behind that of somebody who stands on the same feet."""


def _draw_seated_pose(rng: np.random.Generator) -> Pose:
    """Return the pose of somebody who sits, to be added to `STANDING_HEIGHT` less its `down`."""
    slouch = rng.uniform(0.0, 0.2)
    return Pose(
        down=rng.uniform(*_SEATED_HEIGHT),
        back=rng.uniform(*_SEATED_BACK),
        tip=-0.06 - 0.6 * slouch,
        bend=0.04 + slouch,
        head_bend=-0.3 * slouch,
    )


def _sit(
    base: AuthoredMotion,
    seat: Pose,
    down: tuple[float, float] | None = None,
    up: tuple[float, float] | None = None,
) -> tuple[AuthoredMotion, np.ndarray]:
    """Sit down and stand up in spans of seconds; seated from the start or to the end where None.

    Returns:
        The motion, and how much it is seated, (T,) from 0 to 1.
    """
    seat = seat._replace(down=float(base.root[:, 2].mean()) - seat.down)
    keys, seated = [], []
    if down is not None:
        start, end = down
        keys += [PoseKey(start - 0.35), *_lowering(seat, start, end)]
        keys += [PoseKey(end + 0.8, seat)]
        seated += [Key(start + 0.3 * (end - start), 0.0), Key(end, 1.0)]
    if up is not None:
        start, end = up
        keys += [PoseKey(start, seat)]
        # Lean forward first, until the weight is over the feet.
        forward = [
            PoseKey(start + end - key.time, key.pose, key.passing)
            for key in reversed(_lowering(seat, start, end - 0.35 * (end - start)))
        ]
        keys += [*forward, PoseKey(end + 0.3)]
        seated += [Key(start + 0.35 * (end - start), 1.0), Key(end, 0.0)]
    if not keys:
        keys, seated = [PoseKey(0.0, seat)], [Key(0.0, 1.0)]
    motion = pose_body(base, keys, balance=0.0)
    weights = key_track(base.times, seated)
    return hang_arms(motion, base, 0.75 * (1 - weights)), weights


def _lowering(seat: Pose, start: float, end: float) -> list[PoseKey]:
    """Keys from standing to the moment at which the hips are on the seat, trunk forward."""
    bent = Pose(0.05 * seat.down, 0.28 * seat.back, tip=0.28, bend=0.15, head_bend=0.05)
    low = Pose(0.6 * seat.down, 0.72 * seat.back, tip=0.62, bend=0.22, head_bend=-0.2)
    contact = seat._replace(tip=0.5, bend=seat.bend + 0.16, head_bend=-0.15)
    length = end - start
    return [
        PoseKey(start),
        PoseKey(start + 0.3 * length, bent, passing=True),
        PoseKey(start + 0.7 * length, low, passing=True),
        PoseKey(end, contact, passing=True),
    ]


def _rest_hands(
    motion: AuthoredMotion, rng: np.random.Generator, seated: np.ndarray
) -> AuthoredMotion:
    """Put the hands on the thighs, or one of them beside the hip on the seat."""
    on_seat = SIDES[rng.integers(2)] if rng.uniform() < 0.25 else ""
    pelvis = motion.kinematics()[0][:, 0]
    spin = axis_rotation("Z", motion.headings)
    for side in SIDES:
        if side == on_seat:
            beside = np.array([SIGN[side] * 0.25, 0.06, 0.02])
            goal = ArmGoal(pelvis + spin @ beside, frame="world", elbow=(0.7, -0.3, -1.0))
        else:
            goal = hand_on_thigh(motion, side, rng.uniform(0.55, 0.8))
        motion = reach(motion, side, goal, seated)
    return motion


def _draw_seated(rng: np.random.Generator, base_clips: BaseClips, seconds: float) -> AuthoredMotion:
    """Return somebody who sits on a chair with the hands on the thighs: made, or a capture."""
    if base_clips.count("sit") and rng.uniform() < 0.3:
        motion = base_clips.draw("sit", rng, seconds)
        if motion.length_seconds > seconds - 0.05:
            return motion
    base = base_clips.draw_stand(rng, seconds)
    motion, seated = _sit(base, _draw_seated_pose(rng))
    return _rest_hands(motion, rng, seated)


@authored("sit_down", group=_GROUP, action="sit", weight=2.5)
def sit_down(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Sit down on a chair."""
    tempo = draw_tempo(rng)
    start = rng.uniform(0.5, 0.9)
    end = start + rng.uniform(1.0, 1.3) * tempo.duration
    base = base_clips.draw_stand(rng, end + rng.uniform(1.2, 2.4))
    motion, seated = _sit(base, _draw_seated_pose(rng), down=(start, end))
    motion = _rest_hands(motion, rng, seated)
    if rng.uniform() < 0.4:
        motion = _glance_back(motion, rng, start)
    templates = (
        "a person sits down",
        "a person sits down on a {chair|seat|bench|stool} [<speed>]",
        "a person {takes a seat|sits down|has a seat} [<speed>]",
        "a person {lowers themselves|sinks} {onto|into} a {chair|seat} [<speed>]",
        "a person {stands and [then]|} sits down [on a chair]",
        "a person is sitting down [on a chair]",
        "sitting down [on a chair]",
        "{sit down|take a seat}",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


def _glance_back(motion: AuthoredMotion, rng: np.random.Generator, start: float) -> AuthoredMotion:
    """Look for the chair over a shoulder before sitting down."""
    turn = SIGN[SIDES[rng.integers(2)]] * rng.uniform(0.6, 0.9)
    track = key_track(
        motion.times, [Key(start - 0.45, 0.0), Key(start + 0.1, 1.0), Key(start + 0.7, 0.0)]
    )
    motion = bend_trunk(motion, twist=0.3 * turn * track)
    return turn_head(motion, bend=0.25 * track, twist=turn * track)


@authored("stand_up_from_chair", group=_GROUP, action="stand_up", weight=2.5)
def stand_up_from_chair(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Lean forward and stand up from a chair."""
    tempo = draw_tempo(rng)
    start = rng.uniform(0.5, 1.2)
    end = start + rng.uniform(1.3, 1.6) * tempo.duration
    base = base_clips.draw_stand(rng, end + rng.uniform(0.8, 1.4))
    motion, seated = _sit(base, _draw_seated_pose(rng), up=(start, end))
    motion = _rest_hands(motion, rng, seated)
    templates = (
        "a person stands up from a chair",
        "a person {stands|gets} up [<speed>]",
        "a person who is {sitting|seated} {stands|gets} up [<speed>]",
        "a person {rises|gets up|stands up} from {a|the} {chair|seat|bench} [<speed>]",
        "a person sits [on a chair] and {then|} {stands|gets} up",
        "a person is {standing|getting} up [from a chair]",
        "{standing|getting} up from a chair",
        "{stand|get} up",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


@authored("sit_and_stand_up", group=_GROUP, action="sit", weight=1.5)
def sit_and_stand_up(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Sit down on a chair and stand up again."""
    tempo = draw_tempo(rng)
    start = rng.uniform(0.5, 0.8)
    end = start + rng.uniform(1.0, 1.25) * tempo.duration
    rise = end + rng.uniform(0.9, 1.6)
    upright = rise + rng.uniform(1.3, 1.5) * tempo.duration
    base = base_clips.draw_stand(rng, upright + rng.uniform(0.6, 1.0))
    motion, seated = _sit(base, _draw_seated_pose(rng), (start, end), (rise, upright))
    motion = _rest_hands(motion, rng, seated)
    templates = (
        "a person sits down and stands up again",
        "a person sits down [on a {chair|bench|stool}] and {gets|stands} [back] up [<speed>]",
        "a person {takes a seat|sits down} [for a moment] and {gets|stands} up [again]",
        "a person {sits down on|sits on} a chair, then {rises|stands up|gets up}",
        "a person is sitting down and {getting|standing} up [again]",
        "sitting down and standing up",
        "sit down and {stand|get} up [again]",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


@authored("sit_still", group=_GROUP, action="sit")
def sit_still(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Sit on a chair and do little."""
    motion = _draw_seated(rng, base_clips, rng.uniform(2.5, 6.0))
    tracks = drift(rng, motion.times, 4, seconds=1.8)
    motion = bend_trunk(motion, 0.025 * tracks[:, 0], 0.02 * tracks[:, 1])
    motion = turn_head(motion, 0.06 * tracks[:, 2], twist=0.12 * tracks[:, 3])
    templates = (
        "a person sits on a chair",
        "a person sits [{still|quietly|calmly}] [on a {chair|bench|stool}]",
        "a person {is sitting|is seated} [{still|quietly}] [on a {chair|bench}]",
        "a person {rests|waits} on a {chair|seat}",
        "sitting on a chair",
        "sit {still|on a chair}",
    )
    return AuthoredClip(motion, write_captions(templates, rng))


@authored("sit_look_around", group=_GROUP, action="sit")
def sit_look_around(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Sit on a chair and look to one side and the other."""
    time, side = rng.uniform(0.3, 0.8), SIDES[rng.integers(2)]
    keys = [PoseKey(time)]
    for _ in range(rng.integers(2, 5)):
        far = Pose(twist=0.25, head_twist=0.9, head_bend=rng.uniform(-0.2, 0.2), lean=0.03)
        pose = side_pose(far, side, rng.uniform(0.7, 1.05))
        keys.append(PoseKey(time + rng.uniform(0.5, 0.8), pose))
        time = keys[-1].time + rng.uniform(0.3, 0.9)
        keys.append(PoseKey(time, pose.scaled(rng.uniform(0.85, 1.0))))
        side = OTHER_SIDE[side]
    keys.append(PoseKey(time + 0.6))
    motion = _draw_seated(rng, base_clips, time + rng.uniform(1.1, 1.5))
    pose = pose_track(motion, keys, GAZE_LEADS)
    motion = bend_trunk(motion, pose.bend, pose.lean, pose.twist)
    motion = turn_head(motion, pose.head_bend, pose.head_lean, pose.head_twist)
    templates = (
        "a person sits and looks around",
        "a person {sits|is sitting} on a {chair|bench} and looks {around|left and right}",
        "a person looks {around|from side to side} while {sitting|seated}",
        "a person who is {sitting|seated} {looks|glances} around",
        "a person is sitting on a chair, looking around",
        "sitting and looking around",
        "sit and look around",
    )
    return AuthoredClip(motion, write_captions(templates, rng))


@authored("sit_talk", group=_GROUP, action="talk", weight=1.5)
def sit_talk(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Sit on a chair and talk, with hands that beat the stresses and return to the lap."""
    seconds = rng.uniform(4.0, 7.5)
    motion = _draw_seated(rng, base_clips, seconds)
    tracks = drift(rng, motion.times, 5, seconds=0.8)
    motion = bend_trunk(
        motion, 0.06 * tracks[:, 0] + 0.04, 0.03 * tracks[:, 1], 0.06 * tracks[:, 2]
    )
    motion = turn_head(motion, 0.09 * tracks[:, 3], twist=0.16 * tracks[:, 4])
    first = SIDES[rng.integers(2)]
    for side in SIDES if rng.uniform() < 0.6 else (first,):
        start = rng.uniform(0.2, 0.7)
        end = seconds - rng.uniform(0.5, 1.1)
        wrist, time = [], start
        while time < end:
            wrist.append(Key(time, rng.uniform((0.1, -0.34, 0.24), (0.26, -0.14, 0.42))))
            time += rng.uniform(0.28, 0.7)
        goal = ArmGoal(
            key_track(motion.times, wrist),
            elbow=(0.7, -1.0, -0.3),
            fingers=(-0.35, 0.2, 1.0),
            palm=(-0.7, 0.6 * rng.uniform(-1.0, 1.0), 0.2),
        )
        weights = [Key(start, 0.0), Key(start + 0.55, 1.0), Key(end - 0.1, 1.0)]
        weights = key_track(motion.times, [*weights, Key(end + 0.5, 0.0)])
        motion = reach(motion, side, goal_for(side, goal), weights)
    templates = (
        "a person sits and talks",
        "a person {sits|is sitting} on a {chair|bench} and {talks|speaks|chats|tells a story}",
        "a person {talks|speaks|explains something} while {sitting|seated} [on a chair]",
        "a person {gestures|talks with the hands} while {sitting|seated}",
        "a person sits and {talks|gestures} with {the|their} hands",
        "a person is sitting and talking",
        "sitting and talking",
        "sit and talk",
    )
    return AuthoredClip(motion, write_captions(templates, rng))


@authored("sit_cross_legs", group=_GROUP, action="sit", weight=1.5)
def sit_cross_legs(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Lay one thigh over the other while sitting on a chair."""
    tempo, side = draw_tempo(rng), SIDES[rng.integers(2)]
    start = rng.uniform(0.5, 1.0)
    end = start + rng.uniform(1.0, 1.3) * tempo.duration
    base = base_clips.draw_stand(rng, end + rng.uniform(1.2, 2.4))
    motion, seated = _sit(base, _draw_seated_pose(rng))
    crossed = key_track(base.times, [Key(start, 0.0), Key(end, 1.0)])
    away = key_track(
        base.times, [Key(start - 0.1, 0.0), Key(0.5 * (start + end), 1.0), Key(end + 0.4, 0.35)]
    )
    lean = SIGN[side] * away
    motion = bend_trunk(motion, -0.12 * away, -0.1 * lean, -0.05 * lean)
    motion = turn_head(motion, 0.3 * away)
    motion = _cross_leg(motion, side, crossed)
    motion = _rest_hands(motion, rng, seated)
    templates = (
        "a person sits and crosses their legs",
        "a person {sits|is sitting} on a chair and crosses {the|their} legs [<speed>]",
        f"a person crosses the {side} leg over the {OTHER_SIDE[side]} one while {{sitting|seated}}",
        f"a person {{puts|lays|throws}} the {side} leg over the {OTHER_SIDE[side]} [leg]",
        "a person who is {sitting|seated} crosses {the|their} legs",
        "a person is sitting and crossing {the|their} legs",
        "sitting [on a chair] and crossing the legs",
        "cross your legs",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


def _cross_leg(motion: AuthoredMotion, side: str, crossed: np.ndarray) -> AuthoredMotion:
    """Lift the leg of a side over the knee of the other one; `crossed` (T,) is from 0 to 1."""
    positions, _ = motion.kinematics()
    sign = SIGN[side]
    spin = axis_rotation("Z", motion.headings)
    goal = foot_goals(motion)[side]
    start = np.asarray(goal.ankle)
    knee = positions[:, JOINT[f"{OTHER_SIDE[side]}_knee"]]
    final = knee + spin @ np.array([-sign * 0.1, -0.11, -0.27])
    over = 0.5 * (start + final) + spin @ np.array([sign * 0.08, -0.14, 0.2])
    u = crossed[:, None]
    ankle = (1 - u) ** 2 * start + 2 * u * (1 - u) * (2 * over - 0.5 * (start + final))
    ankle = ankle + u**2 * final
    up = spin @ np.array([-sign * 0.15, -0.5, 1.0])
    lifted = replace(
        goal,
        ankle=ankle,
        pitch=np.asarray(goal.pitch) + 0.35 * crossed,
        yaw=np.asarray(goal.yaw) - sign * 0.35 * crossed,
        knee=(1 - u) * np.asarray(goal.knee) + u * up,
    )
    return place_foot(motion, side, lifted)
