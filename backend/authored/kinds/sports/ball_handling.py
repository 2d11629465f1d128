"""Balls held, caught, dribbled, juggled and thrown with both hands."""

from ...key_poses.key_poses import Feet, Foot, Hand, KeyPose
from ...key_poses.moves import Move, hold_ball, mirror_pose, register_moves

_READY_FEET: Feet = {
    "left_foot": Foot(out=0.07, yaw=0.1),
    "right_foot": Foot(out=0.07, yaw=0.1),
}
_CHEST = hold_ball(-0.2, 0.25)
_STEP = Foot(out=0.05, forward=0.28)

_HOLD = (KeyPose(0.6, bend=0.1, dip=0.06, **_READY_FEET, **_CHEST),)
_CHEST_PASS = (
    KeyPose(
        0.3, bend=0.04, dip=0.09, weight=0.35, **hold_ball(-0.17, 0.17, elbow=(1.0, -0.8, -0.3))
    ),
    KeyPose(
        0.22,
        bend=0.26,
        dip=0.1,
        weight=0.75,
        left_foot=_STEP,
        right_foot=Foot(out=0.06, yaw=0.1, heel=0.5),
        **hold_ball(-0.04, 0.49, out=0.13),
    ),
    KeyPose(0.4, bend=0.16, dip=0.06, weight=0.65, **hold_ball(-0.12, 0.44, out=0.14)),
)
_THROW_IN = (
    KeyPose(
        0.5,
        bend=-0.2,
        hinge=-0.06,
        dip=0.06,
        weight=0.35,
        nod=-0.05,
        left_foot=Foot(out=0.03, forward=0.14),
        right_foot=Foot(out=0.04, forward=-0.14, yaw=0.3),
        **hold_ball(0.36, -0.06, out=0.09, elbow=(1.0, 0.2, 0.8), fingers=(0.0, 0.3, -1.0)),
    ),
    KeyPose(
        0.24,
        True,
        bend=0.0,
        hinge=0.05,
        weight=0.7,
        **hold_ball(0.42, 0.24, out=0.09, elbow=(1.0, 0.0, 0.6), fingers=(0.0, 1.0, 0.1)),
        right_foot=Foot(out=0.02, forward=-0.1, yaw=0.2, heel=0.5),
    ),
    KeyPose(
        0.22,
        bend=0.34,
        hinge=0.14,
        dip=0.05,
        weight=0.9,
        **hold_ball(0.02, 0.47, out=0.12, elbow=(1.0, -0.6, 0.2), fingers=(0.0, 0.0, 1.0)),
        right_foot=Foot(out=0.0, forward=-0.06, yaw=0.1, heel=0.9),
    ),
    KeyPose(0.3, bend=0.2, hinge=0.08, **hold_ball(-0.2, 0.38, out=0.16, fingers=(0.0, -0.2, 1.0))),
)
_OVERHEAD = hold_ball(
    0.36, 0.12, out=0.09, elbow=(1.0, 0.0, 0.8), fingers=(0.0, 1.0, 0.2), palm=(-0.7, 0.0, 0.7)
)
_SHOOTING = (
    KeyPose(0.35, bend=0.22, dip=0.2, weight=0.5, nod=-0.1, **hold_ball(-0.26, 0.24)),
    KeyPose(
        0.26,
        True,
        bend=0.0,
        dip=0.02,
        nod=-0.25,
        right_foot=Foot(out=0.07, yaw=0.1, heel=0.5),
        left_foot=Foot(out=0.07, yaw=0.1, heel=0.5),
        **_OVERHEAD,
    ),
    KeyPose(
        0.17,
        bend=-0.04,
        dip=0.0,
        nod=-0.28,
        jump=0.2,
        right=Hand(
            0.14, 0.47, 0.2, (1.0, -0.2, 0.6), fingers=(0.0, 0.8, 1.0), palm=(-0.2, -0.7, 0.7)
        ),
        left=Hand(0.14, 0.36, 0.2, (1.0, 0.0, 0.6), fingers=(0.0, 1.0, 0.2)),
    ),
    KeyPose(
        0.34,
        bend=0.14,
        dip=0.13,
        nod=-0.2,
        right_foot=Foot(out=0.07, yaw=0.1),
        left_foot=Foot(out=0.07, yaw=0.1),
        right=Hand(
            0.14, 0.4, 0.28, (1.0, -0.2, 0.6), fingers=(0.0, 0.0, 1.0), palm=(0.0, -1.0, 0.0)
        ),
        left=Hand(0.18, 0.12, 0.32, (1.0, -0.6, 0.2), fingers=(0.0, 1.0, 0.4)),
    ),
    KeyPose(
        0.45,
        bend=0.04,
        dip=0.03,
        nod=-0.15,
        right=Hand(
            0.16, 0.2, 0.36, (0.9, -0.6, 0.2), fingers=(0.0, -0.2, 1.0), palm=(0.0, -1.0, 0.0)
        ),
        left=Hand(0.22, -0.28, 0.26, fingers=(0.0, 0.2, 1.0)),
    ),
)
_AWAIT = hold_ball(-0.2, 0.34, out=0.14, fingers=(0.0, 0.8, 1.0), palm=(-0.5, 0.0, 1.0))
_CATCH_CHEST = (
    KeyPose(
        0.35,
        bend=0.12,
        dip=0.07,
        **hold_ball(-0.06, 0.45, out=0.12, fingers=(0.0, 1.0, 0.6), palm=(-0.6, 0.0, 1.0)),
    ),
    KeyPose(0.12, bend=0.05, dip=0.1, weight=0.4, **hold_ball(-0.14, 0.3, out=0.09)),
    KeyPose(0.35, bend=0.1, dip=0.06, weight=0.5, **hold_ball(-0.22, 0.22, out=0.09)),
)
_CATCH_HIGH = (
    KeyPose(
        0.4,
        bend=-0.08,
        dip=0.0,
        nod=-0.4,
        right_foot=Foot(out=0.07, heel=0.5),
        left_foot=Foot(out=0.07, heel=0.5),
        **hold_ball(
            0.46, 0.16, elbow=(1.0, 0.0, 0.6), fingers=(0.0, 1.0, 0.0), palm=(-0.6, 0.0, 1.0)
        ),
    ),
    KeyPose(
        0.22,
        bend=0.0,
        dip=0.04,
        nod=-0.1,
        right_foot=Foot(out=0.07),
        left_foot=Foot(out=0.07),
        **hold_ball(0.2, 0.26, elbow=(1.0, -0.6, 0.3), fingers=(0.0, 1.0, 0.2)),
    ),
    KeyPose(0.35, bend=0.1, dip=0.08, nod=0.0, **_CHEST),
)
_CATCH_LOW = (
    KeyPose(
        0.42,
        hinge=0.35,
        bend=0.4,
        dip=0.26,
        nod=0.2,
        **hold_ball(-0.38, 0.3, out=0.08, fingers=(-0.1, -1.0, 0.3), palm=(-0.4, 0.2, 1.0)),
    ),
    KeyPose(
        0.3,
        hinge=0.25,
        bend=0.34,
        dip=0.2,
        nod=0.15,
        **hold_ball(-0.3, 0.24, out=0.08, fingers=(-0.2, -0.2, 1.0), palm=(-0.8, 0.5, 0.0)),
    ),
    KeyPose(0.45, hinge=0.0, bend=0.08, dip=0.04, nod=0.0, **_CHEST),
)


def _palm_down(up: float, forward: float) -> Hand:
    return Hand(
        0.3, up, forward, (0.8, -0.8, -0.6), fingers=(0.1, -0.2, 1.0), palm=(0.0, -1.0, 0.0)
    )


_DRIBBLE_READY = (
    KeyPose(
        0.6,
        hinge=0.12,
        bend=0.2,
        dip=0.12,
        nod=0.15,
        weight=0.52,
        right=_palm_down(-0.2, 0.26),
        left=Hand(0.26, -0.26, 0.24, (0.9, -0.6, -0.4), fingers=(-0.3, 0.0, 1.0)),
        left_foot=Foot(out=0.05, forward=0.12),
        right_foot=Foot(out=0.06, forward=-0.08, yaw=0.2),
    ),
)
_DRIBBLE = (
    KeyPose(0.2, bend=0.26, dip=0.13, right=_palm_down(-0.4, 0.24)),
    KeyPose(0.26, bend=0.2, dip=0.11, right=_palm_down(-0.16, 0.28)),
)


def _juggled(out: float, up: float) -> Hand:
    return Hand(out, up, 0.3, (0.5, -1.0, -0.3), fingers=(-0.1, 0.2, 1.0), palm=(-0.1, 1.0, 0.2))


_JUGGLE = (
    KeyPose(0.15, True, twist=0.03, right=_juggled(0.1, -0.28), left=_juggled(0.27, -0.26)),
    KeyPose(0.13, True, right=_juggled(0.15, -0.14), left=_juggled(0.2, -0.36)),
)
_JUGGLE = (*_JUGGLE, *(mirror_pose(pose) for pose in _JUGGLE))
_JUGGLE_READY = (
    KeyPose(
        0.6,
        dip=0.03,
        nod=-0.12,
        right=_juggled(0.2, -0.32),
        left=_juggled(0.22, -0.3),
        left_foot=Foot(out=0.04),
        right_foot=Foot(out=0.04),
    ),
)
_TOSS_UP = (
    KeyPose(0.3, bend=0.08, dip=0.06, nod=0.05, right=_juggled(0.16, -0.38)),
    KeyPose(0.2, bend=-0.02, dip=0.0, nod=-0.25, right=_juggled(0.15, -0.04)),
    KeyPose(0.3, nod=-0.3, right=_juggled(0.16, -0.16)),
    KeyPose(0.22, bend=0.04, dip=0.04, nod=0.05, right=_juggled(0.16, -0.3)),
)
_READY_CATCH = (
    KeyPose(0.6, bend=0.12, dip=0.08, **_READY_FEET, **_AWAIT),
    KeyPose(0.3, bend=0.14, dip=0.09),
)

_MOVES = (
    Move(
        "chest_pass",
        "basketball",
        (
            "a person passes a ball with both hands",
            "a person throws a {ball|basketball} with both hands",
            "a person {makes|throws|does} a chest pass",
            "a {basketball player|person} passes the ball [forward] [from the chest]",
            "a person is passing a {ball|basketball}",
            "a [basketball] chest pass",
            "throw a ball with both hands",
        ),
        _CHEST_PASS,
        ready=_HOLD,
    ),
    Move(
        "throw_in",
        "throw",
        (
            "a person throws a ball with both hands from above the head",
            "a person {throws|hurls} a ball overhead with both {hands|arms}",
            "a {soccer|football} player {throws the ball in|takes a throw-in}",
            "a person raises a ball over the head and throws it",
            "a [soccer] throw-in",
            "throw a ball over the head with both hands",
        ),
        _THROW_IN,
        ready=_HOLD,
    ),
    Move(
        "basketball_shot",
        "basketball",
        (
            "a person shoots a basketball",
            "a person {jumps and shoots|shoots} a {basketball|ball at a basket}",
            "a basketball player {takes a shot|shoots|makes a jump shot}",
            "a person {plays basketball and shoots|is shooting hoops}",
            "a person jumps and throws a ball {up|into the basket}",
            "a [basketball] {jump shot|free throw|shot}",
            "shoot a {basketball|basket}",
        ),
        _SHOOTING,
        ready=_HOLD,
        weight=1.5,
    ),
    Move(
        "catch_chest",
        "catch",
        (
            "a person catches a ball with both hands",
            "a person catches {something|a ball} [at chest height]",
            "a person {reaches out|gets ready} and catches a ball",
            "a person is catching a ball",
            "catch a ball [with both hands]",
            "a catch with both hands",
        ),
        _CATCH_CHEST,
        ready=_READY_CATCH,
    ),
    Move(
        "catch_high",
        "catch",
        (
            "a person catches a ball above the head",
            "a person {reaches up|stretches up} and catches {something|a ball} [with both hands]",
            "a person catches a high ball [with both hands]",
            "a high catch [with both hands]",
            "catch a ball {overhead|high up}",
        ),
        _CATCH_HIGH,
        ready=_READY_CATCH,
    ),
    Move(
        "catch_low",
        "catch",
        (
            "a person bends down and catches a low ball",
            "a person {catches|stops} a {low|rolling} ball [with both hands]",
            "a person crouches and catches {something|a ball} near the ground",
            "a low catch [with both hands]",
            "catch a low ball",
        ),
        _CATCH_LOW,
        ready=_READY_CATCH,
    ),
    Move(
        "dribble",
        "basketball",
        (
            "a person dribbles a basketball with the <side> hand",
            "a person {bounces|dribbles} a {ball|basketball} [with the <side> hand] [<times>]",
            "a person is {dribbling|bouncing} a {ball|basketball}",
            "a basketball player dribbles [the ball] [in place]",
            "a person {plays basketball|plays with a basketball}",
            "dribble a {ball|basketball} [with the <side> hand]",
            "dribbling with the <side> hand",
        ),
        _DRIBBLE,
        ready=_DRIBBLE_READY,
        counts=(3, 4, 5, 6),
        weight=1.5,
    ),
    Move(
        "juggle",
        "juggle",
        (
            "a person juggles",
            "a person juggles [{three|several}] balls [with both hands]",
            "a person is juggling [balls]",
            "a {juggler|person} {throws and catches|juggles} balls",
            "juggling [balls]",
            "juggle [three balls]",
        ),
        _JUGGLE,
        ready=_JUGGLE_READY,
        counts=(4, 5, 6),
    ),
    Move(
        "toss_up",
        "throw",
        (
            "a person tosses a ball up and catches it with the <side> hand <times>",
            (
                "a person throws something {up|into the air} and catches it [with the <side> "
                "hand] <times>"
            ),
            "a person {flips a coin|tosses a coin} [with the <side> hand] <times>",
            "a person is {tossing|throwing} a ball up [and down]",
            "toss a ball up [with the <side> hand] <times>",
        ),
        _TOSS_UP,
        counts=(1, 2, 3),
    ),
)
register_moves("ball_handling", _MOVES)
