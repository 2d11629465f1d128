"""Swings of a club, bat, hammer, axe or rope."""

from ...key_poses.key_poses import Feet, Foot, Hand, KeyPose
from ...key_poses.moves import Move, grip, register_moves

_WIDE: Feet = {"left_foot": Foot(out=0.11, yaw=0.2), "right_foot": Foot(out=0.11, yaw=0.1)}

_GOLF_READY = (
    KeyPose(0.8, hinge=0.34, bend=0.26, dip=0.06, nod=0.5, **_WIDE, **grip(0.0, -0.4, 0.25)),
    KeyPose(0.35, hinge=0.34, bend=0.26, dip=0.06, nod=0.5, weight=0.53, **grip(0.02, -0.4, 0.25)),
)
_GOLF = (
    KeyPose(
        0.75,
        turn=-0.6,
        twist=-0.75,
        hinge=0.3,
        bend=0.24,
        dip=0.06,
        weight=0.3,
        look=0.05,
        nod=0.5,
        **grip(-0.2, 0.16, 0.26, right_elbow=(0.3, -1.0, -0.3), left_elbow=(0.2, -1.0, 0.3)),
    ),
    KeyPose(
        0.24,
        True,
        turn=0.3,
        twist=0.0,
        hinge=0.3,
        bend=0.26,
        dip=0.06,
        weight=0.72,
        nod=0.5,
        **grip(0.02, -0.4, 0.26),
        right_foot=Foot(out=0.11, heel=0.25),
    ),
    KeyPose(
        0.34,
        turn=1.2,
        twist=0.55,
        hinge=0.02,
        bend=-0.08,
        dip=0.0,
        weight=0.92,
        look=1.15,
        nod=0.0,
        **grip(0.22, 0.22, 0.18, right_elbow=(0.4, -0.4, 1.0), left_elbow=(0.5, -1.0, 0.2)),
        right_foot=Foot(out=0.08, yaw=-0.8, heel=1.0),
    ),
    KeyPose(
        0.5,
        turn=1.15,
        twist=0.5,
        hinge=0.02,
        bend=-0.05,
        weight=0.9,
        look=1.2,
        nod=0.0,
        **grip(0.22, 0.14, 0.22, right_elbow=(0.4, -0.4, 1.0), left_elbow=(0.5, -1.0, 0.2)),
    ),
)
_PUTT = (
    KeyPose(
        0.55, twist=-0.18, hinge=0.36, bend=0.34, dip=0.05, nod=0.45, **grip(-0.12, -0.38, 0.26)
    ),
    KeyPose(0.45, twist=0.22, hinge=0.36, bend=0.34, dip=0.05, nod=0.45, **grip(0.14, -0.37, 0.28)),
    KeyPose(
        0.7,
        twist=0.2,
        hinge=0.34,
        bend=0.3,
        dip=0.05,
        look=0.8,
        nod=0.25,
        **grip(0.12, -0.37, 0.28),
    ),
)
_BAT_WIDE: Feet = {"left_foot": Foot(out=0.15, yaw=0.2), "right_foot": Foot(out=0.14, yaw=0.05)}
_BAT_HANDS = grip(-0.17, 0.02, 0.2, right_elbow=(1.0, -0.5, -0.3), left_elbow=(0.3, -1.0, 0.4))
_BAT_READY = (
    KeyPose(
        0.7,
        turn=-0.12,
        twist=-0.3,
        hinge=0.16,
        bend=0.08,
        dip=0.1,
        weight=0.42,
        look=1.0,
        **_BAT_WIDE,
        **_BAT_HANDS,
    ),
    KeyPose(0.4, turn=-0.16, twist=-0.34, dip=0.11, weight=0.38, look=1.0, **_BAT_HANDS),
)
_BAT = (
    KeyPose(
        0.36,
        turn=-0.35,
        twist=-0.5,
        hinge=0.16,
        bend=0.1,
        dip=0.11,
        weight=0.26,
        look=1.0,
        **grip(-0.2, 0.04, 0.14, right_elbow=(1.0, -0.3, -0.5), left_elbow=(0.3, -1.0, 0.4)),
        left_foot=Foot(out=0.28, yaw=0.4),
    ),
    KeyPose(
        0.2,
        True,
        turn=0.7,
        twist=-0.05,
        hinge=0.14,
        bend=0.12,
        dip=0.13,
        weight=0.6,
        look=0.7,
        **grip(0.0, -0.16, 0.38, right_elbow=(0.6, -1.0, 0.0), left_elbow=(0.6, -0.8, 0.0)),
        right_foot=Foot(out=0.14, yaw=-0.6, heel=0.5),
    ),
    KeyPose(
        0.26,
        turn=1.25,
        twist=0.65,
        hinge=0.06,
        bend=0.0,
        dip=0.08,
        weight=0.74,
        look=0.9,
        **grip(0.22, 0.08, 0.22, right_elbow=(0.4, -0.4, 1.0), left_elbow=(0.8, -0.8, -0.2)),
        right_foot=Foot(out=0.12, yaw=-0.9, heel=0.8),
    ),
    KeyPose(
        0.3,
        turn=1.1,
        twist=0.5,
        weight=0.7,
        look=1.0,
        **grip(0.22, 0.0, 0.24, right_elbow=(0.4, -0.4, 1.0), left_elbow=(0.8, -0.8, -0.2)),
    ),
)
_HAMMER = (
    KeyPose(
        0.34, twist=-0.16, bend=0.16, weight=0.45, right=Hand(0.2, 0.2, 0.16, (0.9, -0.6, 0.2))
    ),
    KeyPose(0.17, twist=0.1, bend=0.36, weight=0.6, right=Hand(0.1, -0.26, 0.4, (0.6, -1.0, -0.2))),
    KeyPose(0.13, twist=0.06, bend=0.32, right=Hand(0.11, -0.2, 0.39, (0.6, -1.0, -0.2))),
)
_HAMMER_READY = (
    KeyPose(
        0.6,
        twist=0.0,
        bend=0.26,
        hinge=0.08,
        dip=0.05,
        nod=0.3,
        right=Hand(0.12, -0.22, 0.38, (0.6, -1.0, -0.2)),
        left=Hand(0.0, -0.33, 0.34, (0.6, -1.0, -0.2)),
        left_foot=Foot(out=0.04, forward=0.1),
        right_foot=Foot(out=0.04, forward=-0.1, yaw=0.3),
    ),
)
_AXE_READY = (
    KeyPose(
        0.7, hinge=0.1, bend=0.16, dip=0.06, weight=0.5, nod=0.3, **_WIDE, **grip(0.0, -0.36, 0.28)
    ),
)
_AXE = (
    KeyPose(
        0.6,
        hinge=-0.05,
        bend=-0.16,
        twist=-0.15,
        dip=0.0,
        weight=0.45,
        nod=0.1,
        **grip(-0.05, 0.38, 0.06, right_elbow=(1.0, 0.0, 0.6), left_elbow=(1.0, 0.0, 0.6)),
        left_foot=Foot(out=0.11, yaw=0.2, heel=0.2),
        right_foot=Foot(out=0.11, yaw=0.1, heel=0.2),
    ),
    KeyPose(
        0.17,
        True,
        hinge=0.2,
        bend=0.22,
        twist=0.0,
        dip=0.08,
        **grip(0.0, 0.1, 0.42),
        left_foot=Foot(out=0.11, yaw=0.2),
        right_foot=Foot(out=0.11, yaw=0.1),
    ),
    KeyPose(0.15, hinge=0.55, bend=0.5, twist=0.0, dip=0.2, nod=0.25, **grip(0.0, -0.34, 0.32)),
    KeyPose(0.4, hinge=0.5, bend=0.46, dip=0.19, nod=0.25, **grip(0.0, -0.36, 0.29)),
)
_LASSO = (
    KeyPose(0.14, True, twist=-0.06, right=Hand(0.32, 0.4, -0.06, (1.0, 0.0, 0.2))),
    KeyPose(0.14, True, twist=0.0, right=Hand(0.36, 0.4, 0.12, (1.0, -0.2, 0.0))),
    KeyPose(0.14, True, twist=0.06, right=Hand(0.16, 0.42, 0.16, (1.0, 0.0, 0.3))),
    KeyPose(0.14, True, twist=0.0, right=Hand(0.12, 0.44, -0.02, (1.0, 0.2, 0.5))),
)
_LASSO_READY = (
    KeyPose(
        0.5,
        bend=-0.03,
        dip=0.03,
        weight=0.45,
        right=Hand(0.34, 0.36, 0.0, (1.0, 0.0, 0.0)),
        left=Hand(0.14, -0.24, 0.28, (0.6, -1.0, -0.3)),
        left_foot=Foot(out=0.04, forward=0.1),
        right_foot=Foot(out=0.05, forward=-0.1, yaw=0.4),
    ),
)
_LASSO_THROW = (
    KeyPose(
        0.2,
        turn=-0.25,
        twist=-0.3,
        bend=-0.06,
        weight=0.3,
        right=Hand(0.36, 0.32, -0.16, (1.0, 0.0, 0.0)),
    ),
    KeyPose(
        0.26,
        turn=0.25,
        twist=0.3,
        bend=0.2,
        weight=0.75,
        right=Hand(0.12, 0.08, 0.47, (0.6, -0.8, 0.0)),
        left=Hand(0.24, -0.28, 0.14, (0.7, -1.0, -0.3)),
    ),
    KeyPose(
        0.5,
        turn=0.1,
        twist=0.1,
        bend=0.04,
        weight=0.5,
        right=Hand(0.12, -0.1, 0.34, (0.6, -1.0, -0.1)),
    ),
)

_MOVES = (
    Move(
        "golf_swing",
        "golf",
        (
            "a person swings a golf club",
            "a person {does|makes|takes} a golf swing",
            "a person {plays|is playing} golf",
            "a person {hits|drives|tees off} a golf ball",
            "a <side>-handed golfer swings a club",
            "a golf swing",
            "a golfer {swings the club|tees off}",
            "swing a golf club",
        ),
        _GOLF,
        ready=_GOLF_READY,
        two_handed=True,
        home=1.0,
        weight=1.5,
    ),
    Move(
        "golf_putt",
        "golf",
        (
            "a person putts a golf ball",
            "a person {makes|takes} a putt",
            "a golfer putts [the ball]",
            "a person {plays golf and putts|is putting}",
            "a golf putt",
            "a person swings a golf club {gently|a little}",
        ),
        _PUTT,
        ready=_GOLF_READY,
        two_handed=True,
    ),
    Move(
        "bat_swing",
        "baseball",
        (
            "a person swings a baseball bat",
            "a person {swings a bat|hits a baseball|bats} [<pace>]",
            "a person {plays|is playing} baseball[ and swings the bat]",
            "a batter {swings|hits the ball}",
            "a person is {swinging a bat|batting}",
            "a [baseball] {bat swing|swing of the bat}",
            "swing a [baseball] bat",
        ),
        _BAT,
        ready=_BAT_READY,
        two_handed=True,
        home=0.9,
        weight=1.5,
    ),
    Move(
        "hammer",
        "hammer",
        (
            "a person hammers with the <side> hand <times>",
            (
                "a person {hammers a nail|hits something with a hammer} [with the <side> "
                "{hand|arm}] <times>"
            ),
            "a person {swings|uses} a hammer [<pace>] [with the <side> hand]",
            "a person is hammering",
            "hammering [with the <side> hand]",
            "hammer a nail <times>",
        ),
        _HAMMER,
        ready=_HAMMER_READY,
        counts=(2, 3, 4, 5),
    ),
    Move(
        "chop_wood",
        "chop",
        (
            "a person chops wood with an axe <times>",
            "a person {chops|splits} {wood|a log} [<pace>] <times>",
            "a person {swings|raises} an axe overhead and {chops|brings it down} <times>",
            "a person is chopping wood",
            "chopping wood [with an axe]",
            "a person swings {an axe|a sledgehammer} <times>",
        ),
        _AXE,
        ready=_AXE_READY,
        counts=(1, 2, 3),
        two_handed=True,
    ),
    Move(
        "lasso",
        "throw",
        (
            "a person swings a lasso with the <side> hand",
            (
                "a person {swings|twirls|whirls} a {lasso|rope} {overhead|above the head} "
                "[with the <side> {hand|arm}]"
            ),
            "a {cowboy|person} {throws|swings and throws} a lasso",
            "a person is {swinging a rope|throwing a lasso}",
            "a person circles the <side> {hand|arm} above the head and throws a rope",
            "swing a lasso",
        ),
        _LASSO,
        ready=_LASSO_READY,
        after=_LASSO_THROW,
        counts=(3, 4, 5, 6),
    ),
)
register_moves("swings", _MOVES)
