"""Knees that bend over planted feet: squats, lunges, crouches, curtsies, and rises on the toes."""

import numpy as np
from numpy.typing import ArrayLike

from ...body.base_clips import BaseClips
from ...body.limbs import OTHER_SIDE, SIDES, SIGN, ArmGoal, goal_for, reach
from ...body.timing import Key, key_track, pulse
from ...catalogue import AuthoredClip, authored
from ...draws import count_phrase, draw_count, draw_tempo
from ...gestures.posing import (
    Pose,
    PoseKey,
    arm_along,
    hand_on_thigh,
    hang_arms,
    pose_body,
    side_pose,
    step_foot,
    step_offsets,
)
from ...wording import NUMBER_WORDS, write_captions

_GROUP = "squats"
_HIP_HANDS = ArmGoal((0.24, -0.4, -0.02), elbow=(1.0, -0.2, -0.5), fingers=(-0.5, -0.5, 0.7))
"""Goal of the left hand on its hip."""
_HANDS_SECONDS = 0.6
"""Seconds in which hands get ready or sink again."""


@authored("squat", group=_GROUP, action="squat", weight=3.0)
def squat(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Squat a few times: hips back and down, trunk forward, arms in front for balance."""
    count = draw_count(rng, 5, (0.3, 0.2, 0.25, 0.15, 0.1))
    tempo = draw_tempo(rng, slowest=3.5 / count)
    down = rng.uniform(0.3, 0.46)
    pose = Pose(down, 0.0, 0.0, tip=1.3 * down, bend=0.35 * down, head_bend=-0.8 * down)
    time = start = rng.uniform(0.5, 0.9)
    keys, lifts = [PoseKey(time)], [Key(time, 0.0)]
    for number in range(count):
        amount = rng.uniform(0.96, 1.0)
        for scale, lift, seconds in (
            (amount, 1.0, rng.uniform(0.75, 0.95)),
            (amount, 1.0, rng.uniform(0.06, 0.25)),
            (0.0 if number == count - 1 else 0.05, 0.15, rng.uniform(0.65, 0.85)),
        ):
            time += seconds * tempo.duration
            keys.append(PoseKey(time, pose.scaled(scale)))
            lifts.append(Key(time, lift))
    lifts[-1] = Key(time, 0.0)
    base = base_clips.draw_stand(rng, time + rng.uniform(0.5, 0.9))
    motion = pose_body(base, keys)
    style = ("front", "front", "hips", "clasped")[rng.integers(4)]
    lift = key_track(base.times, lifts)
    ready = _span(base.times, start - 0.45, time + 0.45)
    for side in SIDES:
        if style == "hips":
            motion = reach(motion, side, goal_for(side, _HIP_HANDS), ready)
        elif style == "clasped":
            hands = ArmGoal((0.035, -0.14, 0.3), elbow=(0.8, -0.8, 0.0), fingers=(-0.4, 0.6, 0.5))
            motion = reach(motion, side, goal_for(side, hands), ready)
        else:
            front = arm_along(motion, side, (-0.05, -1.0, -0.05), 0.49)
            motion = reach(motion, side, front, lift)
    depth = "deep" if down > 0.42 else "half" if down < 0.335 else ""
    noun = "a <depth> squat" if count == 1 else f"{NUMBER_WORDS[count]} <depth> squats"
    templates = (
        "a person squats <times>",
        "a person {squats|squats down and stands up again} <times> [<speed>]",
        f"a person {{does|performs}} {noun}",
        "a person bends {the|their} knees and {lowers|sinks} into a <depth> squat <times>",
        "a person {goes down into a squat and comes back up|goes down and up in a squat} <times>",
        "a person is {squatting|doing squats}",
        noun,
        "squat <times>",
    )
    captions = write_captions(
        templates, rng, times=count_phrase(rng, count), depth=depth, speed=tempo.word
    )
    return AuthoredClip(motion, captions)


@authored("crouch", group=_GROUP, action="crouch", weight=1.5)
def crouch(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Crouch down low on the balls of the feet, stay there, and get up."""
    tempo = draw_tempo(rng)
    start, there = rng.uniform(0.4, 0.8), rng.uniform(0.7, 1.0) * tempo.duration
    held, back = rng.uniform(1.2, 2.6), rng.uniform(0.8, 1.1) * tempo.duration
    down = rng.uniform(0.42, 0.5)
    pose = Pose(down, -0.06, 0.0, tip=rng.uniform(0.35, 0.6), bend=0.45, head_bend=-0.45)
    times = start, start + there, start + there + held, start + there + held + back
    look = rng.uniform(-0.5, 0.5)
    middle = pose._replace(head_twist=look, twist=0.3 * look, side=0.02 * look)
    keys = [PoseKey(times[0]), PoseKey(times[1], pose)]
    keys += [PoseKey(0.5 * (times[1] + times[2]), middle), PoseKey(times[2], pose)]
    keys += [PoseKey(times[3])]
    base = base_clips.draw_stand(rng, times[3] + rng.uniform(0.5, 0.9))
    depth = key_track(
        base.times, [Key(times[0], 0.0), Key(times[1], 1.0), Key(times[2], 1.0), Key(times[3], 0.0)]
    )
    heel = rng.uniform(0.3, 0.6)
    feet = {side: step_foot(base, side, pitch=heel * depth) for side in SIDES}
    motion = hang_arms(pose_body(base, keys, feet=feet), base, 0.6)
    for side in SIDES:
        if rng.uniform() < 0.75:
            motion = reach(motion, side, hand_on_thigh(motion, side, 0.8), np.clip(depth, 0, 1))
        else:
            # The fingertips touch the floor.
            floor = arm_along(motion, side, (0.05, -0.45, -1.0), 0.5)
            motion = reach(motion, side, floor, depth)
    templates = (
        "a person crouches down",
        "a person {crouches|crouches down|squats down} low {and stays there|for a while} [<speed>]",
        "a person {crouches|hunkers|squats} down [<speed>] and {gets|stands} up again",
        "a person {goes|gets} down into a crouch [and holds it]",
        "a person ducks down [low] {on the balls of the feet|with bent knees}",
        "a person is crouching",
        "a crouch",
        "crouch {down|low}",
    )
    return AuthoredClip(motion, write_captions(templates, rng, speed=tempo.word))


@authored("lunge", group=_GROUP, action="lunge", weight=2.5)
def lunge(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Step forward with one leg, sink until both knees are bent, and push back."""
    count = draw_count(rng, 3, (0.5, 0.35, 0.15))
    tempo = draw_tempo(rng, slowest=2.4 / count)
    side, alternating = SIDES[rng.integers(2)], count > 1 and rng.uniform() < 0.5
    stride, down = rng.uniform(0.62, 0.8), rng.uniform(0.3, 0.4)
    step = rng.uniform(0.45, 0.55) * tempo.duration
    start = rng.uniform(0.5, 0.9)
    legs = [side if not alternating or n % 2 == 0 else OTHER_SIDE[side] for n in range(count)]
    begins, keys, time = [], [PoseKey(start)], start
    for leg in legs:
        bottom = time + rng.uniform(1.0, 1.25) * tempo.duration
        rise = bottom + rng.uniform(0.1, 0.4)
        end = rise + rng.uniform(0.85, 1.05) * tempo.duration
        begins.append((time, rise, end))
        shift = side_pose(Pose(0.03, -0.06, side=-0.06), leg)
        low = Pose(down, -0.46 * stride, tip=0.12, bend=0.05, head_bend=-0.05)
        keys += [PoseKey(time + 0.3 * step, shift)]
        keys += [PoseKey(bottom, low), PoseKey(rise, low.scaled(1.01)), PoseKey(end)]
        time = end + 0.15
        keys.append(PoseKey(time))
    base = base_clips.draw_stand(rng, time + rng.uniform(0.5, 0.8))
    times = base.times
    feet = {}
    for leg in SIDES:
        offset, pitch = np.zeros((len(base), 3)), np.zeros(len(base))
        for moving, (begin, rise, end) in zip(legs, begins, strict=True):
            if moving == leg:
                offset += step_offsets(times, begin + 0.1, step, (0.0, -stride), 0.08)
                offset += _step_back(times, rise, end, (0.0, stride))
            else:
                held = (begin + 0.25 * step, 0.0), (begin + 2.0 * step, 0.95), (rise, 0.95)
                pitch += key_track(times, [Key(*key) for key in (*held, (end - 0.1, 0.0))])
        feet[leg] = step_foot(base, leg, offset, pitch)
    motion = hang_arms(pose_body(base, keys, feet=feet), base, 0.8)
    if rng.uniform() < 0.5:
        ready = _span(times, start - 0.2, begins[-1][2] + 0.3)
        for arm in SIDES:
            motion = reach(motion, arm, goal_for(arm, _HIP_HANDS), ready)
    leg = "alternating legs" if alternating else f"the {side} leg"
    templates = (
        "a person lunges forward" if alternating else f"a person lunges forward with {leg}",
        f"a person {{does|performs}} {{a lunge|lunges}} with {leg} [<speed>]"
        if count == 1
        else f"a person {{does|performs}} {NUMBER_WORDS[count]} lunges with {leg} [<speed>]",
        f"a person {{takes a big step|steps}} forward with {leg} and bends both knees <times>",
        f"a person lunges <times> with {leg}",
        "a person is doing {lunges|a lunge}",
        "a [forward] lunge" if count == 1 else f"{NUMBER_WORDS[count]} [forward] lunges",
        "lunge forward <times>",
    )
    captions = write_captions(templates, rng, times=count_phrase(rng, count), speed=tempo.word)
    return AuthoredClip(motion, captions)


@authored("side_lunge", group=_GROUP, action="lunge")
def side_lunge(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Step to the side and sink over that leg while the other one stays straight."""
    tempo, side = draw_tempo(rng), SIDES[rng.integers(2)]
    stride, down = rng.uniform(0.55, 0.68), rng.uniform(0.26, 0.33)
    start, step = rng.uniform(0.5, 0.9), rng.uniform(0.45, 0.55) * tempo.duration
    bottom = start + rng.uniform(1.1, 1.3) * tempo.duration
    rise = bottom + rng.uniform(0.2, 0.6)
    end = rise + rng.uniform(0.95, 1.15) * tempo.duration
    low = Pose(down, 0.0, 0.88 * stride, tip=0.5, bend=0.12, head_bend=-0.3, pelvis_lean=-0.05)
    low = side_pose(low, side)
    keys = [
        PoseKey(start),
        PoseKey(start + 0.3 * step, side_pose(Pose(0.03, side=-0.06), side)),
        PoseKey(bottom, low),
        PoseKey(rise, low),
        PoseKey(end),
    ]
    base = base_clips.draw_stand(rng, end + rng.uniform(0.5, 0.8))
    move = np.array([SIGN[side] * stride, 0.0])
    offset = step_offsets(base.times, start + 0.1, step, move, 0.07)
    offset = offset + _step_back(base.times, rise, end, -move)
    turn = key_track(offset[:, 0], [Key(-1.0, -0.25), Key(0.0, 0.0), Key(1.0, 0.25)])
    feet = {
        side: step_foot(base, side, offset, yaw=turn),
        OTHER_SIDE[side]: step_foot(base, OTHER_SIDE[side]),
    }
    motion = hang_arms(pose_body(base, keys, feet=feet), base, 0.8)
    depth = key_track(
        base.times, [Key(start, 0.0), Key(bottom, 1.0), Key(rise, 1.0), Key(end, 0.0)]
    )
    for arm in SIDES:
        hands = ArmGoal((0.03, -0.16, 0.3), elbow=(0.8, -0.8, 0.0), fingers=(-0.4, 0.6, 0.5))
        motion = reach(motion, arm, goal_for(arm, hands), depth)
    templates = (
        "a person lunges to the <side>",
        "a person {does|performs} a side lunge to the <side> [<speed>]",
        "a person {steps|takes a wide step} to the <side> and bends the <side> knee",
        "a person {lunges|lunges out} sideways to the <side>",
        "a person is doing a side lunge",
        "a {side|lateral} lunge to the <side>",
        "lunge to the <side>",
    )
    return AuthoredClip(motion, write_captions(templates, rng, side=side, speed=tempo.word))


@authored("calf_raises", group=_GROUP, action="calf_raise", weight=1.5)
def calf_raises(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Rise onto the toes and sink back, a few times or once with a hold."""
    count = draw_count(rng, 6, (0.35, 0.15, 0.2, 0.15, 0.1, 0.05))
    tempo = draw_tempo(rng, slowest=5.0 / count)
    time = start = rng.uniform(0.4, 0.8)
    rises = [(time, 0.0)]
    held = rng.uniform(0.6, 1.6) if count == 1 else rng.uniform(0.05, 0.3)
    for number in range(count):
        for value, seconds in (
            (rng.uniform(0.95, 1.05), 0.5 * tempo.duration),
            (1.0, held),
            (0.0, 0.55 * tempo.duration),
        ):
            time += seconds * rng.uniform(0.9, 1.1)
            rises.append((time, value))
        if number < count - 1:
            time += rng.uniform(0.05, 0.2)
            rises.append((time, 0.0))
    base = base_clips.draw_stand(rng, time + rng.uniform(0.5, 0.9))
    rise = key_track(base.times, [Key(at, amount) for at, amount in rises])
    heel = rng.uniform(0.5, 0.75)
    feet = {side: step_foot(base, side, pitch=heel * rise) for side in SIDES}
    lifted = 0.125 * np.sin(heel)
    # Over the toes, which are in front of the middle of the foot.
    top = Pose(-lifted, -0.055, tip=-0.03, head_bend=-0.05)
    keys = [PoseKey(at, top.scaled(amount)) for at, amount in rises]
    motion = pose_body(base, keys, feet=feet)
    if rng.uniform() < 0.5:
        ready = _span(base.times, start - 0.3, time + 0.4)
        for side in SIDES:
            motion = reach(motion, side, goal_for(side, _HIP_HANDS), ready)
    else:
        for side in SIDES:
            out = arm_along(motion, side, (0.55, -0.1, -1.0), 0.5)
            motion = reach(motion, side, out, 0.6 * rise)
    once = (
        "a person stands on tiptoe",
        "a person rises [up] on {tiptoe|the toes|their toes} [<speed>] [and comes back down]",
        "a person {stands|goes} up on {the|their} toes [and {holds it|balances}]",
        "a person {lifts|raises} {the|both|their} heels off the {floor|ground}",
        "a calf raise",
        "a person is standing on tiptoe",
        "{stand|rise} on {tiptoe|your toes}",
    )
    repeated = (
        "a person does calf raises",
        "a person rises [up] on {tiptoe|the toes|their toes} <times> [<speed>]",
        f"a person does {NUMBER_WORDS[count]} {{calf|heel|toe}} raises [<speed>]",
        "a person {lifts|raises} {the|both|their} heels off the {floor|ground} <times>",
        "a person goes up and down on {the|their} toes",
        "{calf|heel|toe} raises [<speed>]",
        "do calf raises",
    )
    captions = write_captions(
        once if count == 1 else repeated,
        rng,
        times=count_phrase(rng, count),
        speed=tempo.word,
    )
    return AuthoredClip(motion, captions)


@authored("curtsy", group=_GROUP, action="bow")
def curtsy(rng: np.random.Generator, base_clips: BaseClips) -> AuthoredClip:
    """Curtsy: one foot behind the other, knees bent, hands holding the sides of a skirt."""
    tempo, side = draw_tempo(rng), SIDES[rng.integers(2)]
    start, step = rng.uniform(0.5, 0.9), rng.uniform(0.45, 0.55) * tempo.duration
    bottom = start + rng.uniform(0.95, 1.15) * tempo.duration
    rise = bottom + rng.uniform(0.25, 0.6)
    end = rise + rng.uniform(0.85, 1.05) * tempo.duration
    low = Pose(rng.uniform(0.14, 0.22), 0.08, 0.0, tip=0.16, bend=0.16, head_bend=0.25)
    low = low._replace(side=-0.05 * SIGN[side])
    keys = [
        PoseKey(start),
        PoseKey(start + 0.25 * step, side_pose(Pose(0.02, side=-0.05), side)),
        PoseKey(bottom, low),
        PoseKey(rise, low.scaled(0.98)),
        PoseKey(end),
    ]
    base = base_clips.draw_stand(rng, end + rng.uniform(0.5, 0.8))
    times = base.times
    move = np.array([-0.26 * SIGN[side], rng.uniform(0.24, 0.32)])
    offset = step_offsets(times, start + 0.1, step, move, 0.05)
    offset = offset + _step_back(times, rise, end, -move)
    depth = key_track(times, [Key(start, 0.0), Key(bottom, 1.0), Key(rise, 1.0), Key(end, 0.0)])
    feet = {
        side: step_foot(base, side, offset, pitch=0.75 * depth),
        OTHER_SIDE[side]: step_foot(base, OTHER_SIDE[side]),
    }
    motion = pose_body(base, keys, feet=feet)
    skirt = _span(times, start - 0.3, end + 0.4)
    for arm in SIDES:
        out = np.stack([0.6 + 0.35 * depth, -0.1 + 0 * depth, -np.ones_like(depth)], axis=1)
        goal = arm_along(motion, arm, out, 0.45, elbow=(1.0, -0.2, -0.6))
        motion = reach(motion, arm, goal, skirt)
    templates = (
        "a person curtsies",
        "a person {makes|does|drops} a curtsy [<speed>]",
        "a person {puts|places|crosses} the <side> foot behind the other and curtsies",
        "a person curtsies [politely] with the arms held out [to the sides]",
        "a person {greets|thanks} someone with a curtsy",
        "a person is curtsying",
        "a curtsy",
    )
    return AuthoredClip(motion, write_captions(templates, rng, side=side, speed=tempo.word))


def _step_back(times: np.ndarray, rise: float, end: float, move: ArrayLike) -> np.ndarray:
    """Offsets (T, 3) of a foot that pushes off and returns between two times in seconds."""
    seconds = end - rise
    return step_offsets(times, rise + 0.3 * seconds, 0.65 * seconds, move, 0.05)


def _span(times: np.ndarray, start: float, end: float) -> np.ndarray:
    """Weight (T,) of hands that are somewhere between two times in seconds."""
    return pulse(times, start, end, _HANDS_SECONDS, _HANDS_SECONDS)
