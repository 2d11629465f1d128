"""Throws from below and from the side: an underhand throw, bowling, a frisbee."""

from ...key_poses.key_poses import Foot, Hand, KeyPose
from ...key_poses.moves import Move, register_moves

_STRAIGHT = (0.3, -0.3, -1.0)
"""Elbow direction of an arm that hangs or swings."""
_STEP = Foot(out=0.03, forward=0.36, yaw=0.1)
_DRAGGED = Foot(out=0.0, forward=0.02, yaw=0.1, heel=0.8)
_UNDERHAND = (
    KeyPose(
        0.45,
        turn=-0.35,
        twist=-0.3,
        bend=0.15,
        weight=0.3,
        dip=0.05,
        right=Hand(0.24, -0.4, -0.3, (0.3, 0.0, -1.0)),
        left=Hand(0.26, -0.34, 0.22, (0.7, -0.8, -0.2)),
    ),
    KeyPose(
        0.22,
        True,
        turn=-0.05,
        twist=-0.1,
        bend=0.22,
        weight=0.6,
        dip=0.1,
        left_foot=_STEP._replace(forward=0.3),
        right=Hand(0.2, -0.5, 0.04, (0.3, 0.0, -1.0)),
    ),
    KeyPose(
        0.13,
        True,
        turn=0.15,
        twist=0.1,
        bend=0.16,
        weight=0.8,
        dip=0.07,
        right=Hand(0.17, -0.3, 0.4, (0.4, -0.6, -0.6)),
        right_foot=_DRAGGED._replace(heel=0.5),
    ),
    KeyPose(
        0.24,
        turn=0.25,
        twist=0.2,
        bend=0.02,
        weight=0.85,
        dip=0.03,
        right=Hand(0.12, 0.1, 0.46, (0.5, -0.8, 0.0)),
        left=Hand(0.28, -0.42, -0.04, _STRAIGHT),
    ),
)
_BOWL = (
    KeyPose(
        0.5,
        bend=0.15,
        weight=0.5,
        dip=0.04,
        right=Hand(0.1, -0.2, 0.24, (0.6, -1.0, -0.3)),
        left=Hand(0.05, -0.2, 0.25, (0.6, -1.0, -0.3)),
    ),
    KeyPose(
        0.5,
        True,
        bend=0.3,
        twist=-0.1,
        weight=0.35,
        dip=0.08,
        right_foot=Foot(forward=0.22),
        right=Hand(0.22, -0.46, 0.12, (0.3, -0.2, -1.0)),
        left=Hand(0.3, -0.28, 0.24, (0.8, -0.6, -0.2)),
    ),
    KeyPose(
        0.3,
        turn=-0.25,
        twist=-0.25,
        bend=0.5,
        hinge=0.2,
        weight=0.4,
        dip=0.12,
        right=Hand(0.26, -0.3, -0.4, (0.3, 0.3, -1.0)),
        left=Hand(0.46, -0.12, 0.12, (0.8, -0.6, -0.4)),
    ),
    KeyPose(
        0.34,
        True,
        turn=0.0,
        twist=0.0,
        bend=0.6,
        hinge=0.35,
        weight=0.85,
        dip=0.24,
        left_foot=Foot(forward=0.62),
        right=Hand(0.2, -0.48, 0.14, (0.3, -0.2, -1.0)),
        right_foot=Foot(forward=0.22, heel=0.5),
    ),
    KeyPose(
        0.3,
        turn=0.15,
        twist=0.15,
        bend=0.35,
        hinge=0.3,
        weight=0.9,
        dip=0.24,
        right=Hand(0.1, 0.08, 0.45, (0.5, -0.8, 0.0)),
        right_foot=Foot(out=-0.12, forward=0.16, heel=0.9),
        left=Hand(0.5, -0.2, -0.02, (0.6, -0.3, -0.8)),
    ),
    KeyPose(
        0.5,
        turn=0.0,
        twist=0.0,
        bend=0.1,
        hinge=0.05,
        weight=0.6,
        dip=0.06,
        right_foot=Foot(forward=0.48),
        left_foot=Foot(forward=0.62),
        right=Hand(0.24, -0.44, 0.1, _STRAIGHT),
        left=Hand(0.24, -0.46, 0.06, _STRAIGHT),
    ),
)
_FRISBEE = (
    KeyPose(
        0.5,
        turn=0.4,
        twist=0.5,
        bend=0.14,
        weight=0.3,
        dip=0.06,
        right_foot=Foot(out=0.12, forward=0.18, yaw=0.3),
        right=Hand(-0.2, -0.2, 0.28, (0.5, -0.3, 0.8)),
        left=Hand(0.26, -0.4, -0.04, _STRAIGHT),
    ),
    KeyPose(
        0.22,
        True,
        turn=-0.05,
        twist=0.1,
        weight=0.15,
        right=Hand(0.1, -0.18, 0.42, (0.8, -0.3, 0.6)),
    ),
    KeyPose(
        0.11,
        True,
        turn=-0.25,
        twist=-0.2,
        weight=0.12,
        right=Hand(0.42, -0.1, 0.36, (0.8, -0.6, -0.2)),
        left=Hand(0.34, -0.36, -0.1, _STRAIGHT),
        left_foot=Foot(heel=0.5),
    ),
    KeyPose(
        0.26,
        turn=-0.45,
        twist=-0.4,
        bend=0.08,
        weight=0.12,
        right=Hand(0.62, -0.02, 0.06, (0.5, -0.6, -0.8)),
    ),
)
_MOVES = (
    Move(
        "throw_underhand",
        "throw",
        (
            "a person throws a ball underhand with the <side> hand",
            (
                "a person {tosses|throws|lobs} {a ball|something} underhand [with the <side> "
                "{hand|arm}]"
            ),
            "a person swings the <side> arm {from below|back and up} and throws",
            "a person is tossing something underhand",
            "an underhand {throw|toss} with the <side> {hand|arm}",
            "toss a ball [with the <side> hand]",
        ),
        _UNDERHAND,
    ),
    Move(
        "bowl",
        "throw",
        (
            "a person bowls with the <side> hand",
            "a person {rolls|throws} a bowling ball [with the <side> {hand|arm}]",
            "a person {plays bowling|goes bowling}",
            "a person steps forward, bends down and rolls a ball with the <side> hand",
            "a person is bowling",
            "bowling [with the <side> hand]",
        ),
        _BOWL,
        home=1.1,
    ),
    Move(
        "frisbee",
        "throw",
        (
            "a person throws a frisbee with the <side> hand",
            "a person {throws|tosses} a {frisbee|disc} [backhand] [with the <side> {hand|arm}]",
            "a person is {throwing a frisbee|playing frisbee}",
            "a frisbee throw with the <side> {hand|arm}",
            "throw a frisbee",
        ),
        _FRISBEE,
    ),
)
register_moves("throws", _MOVES)
