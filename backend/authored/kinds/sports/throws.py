"""Throws from above: the step leads, then pelvis, trunk and arm; the hand follows through."""

from ...key_poses.key_poses import Foot, FreeLeg, Hand, Hands, KeyPose
from ...key_poses.moves import Move, register_moves

_STRAIGHT = (0.3, -0.3, -1.0)
"""Elbow direction of an arm that hangs or swings."""
_STEP = Foot(out=0.03, forward=0.36, yaw=0.1)
_BACK = Foot(out=0.04, forward=-0.04, yaw=0.9)
_DRAGGED = Foot(out=0.0, forward=0.02, yaw=0.1, heel=0.8)
_HANDS_TOGETHER: Hands = {
    "right": Hand(0.05, -0.16, 0.26, (0.6, -1.0, 0.0)),
    "left": Hand(0.07, -0.17, 0.26, (0.6, -1.0, 0.0)),
}

_RELEASE = (
    # The elbow leads, the hand lags behind it, then whips forward.
    KeyPose(
        0.16,
        True,
        turn=0.15,
        twist=-0.1,
        weight=0.75,
        hinge=0.0,
        right=Hand(0.38, 0.27, -0.08, (1.0, -0.5, 0.4)),
        left=Hand(0.3, -0.14, 0.26, (0.8, -0.8, -0.2)),
    ),
    KeyPose(
        0.09,
        True,
        turn=0.4,
        twist=0.3,
        weight=0.85,
        hinge=0.1,
        bend=0.12,
        right=Hand(0.3, 0.34, 0.3, (1.0, -0.5, 0.2)),
        left=Hand(0.26, -0.28, 0.1, (0.8, -0.8, -0.5)),
        right_foot=_DRAGGED,
    ),
    KeyPose(
        0.26,
        turn=0.6,
        twist=0.5,
        weight=0.9,
        hinge=0.25,
        bend=0.4,
        side=0.08,
        dip=0.08,
        right=Hand(-0.16, -0.36, 0.26, (0.8, -0.5, 0.0)),
        left=Hand(0.36, -0.42, -0.14, _STRAIGHT),
    ),
)
_OVERHAND = (
    KeyPose(
        0.45, turn=-0.5, twist=-0.2, weight=0.25, dip=0.04, right_foot=_BACK, **_HANDS_TOGETHER
    ),
    KeyPose(
        0.4,
        turn=-0.8,
        twist=-0.4,
        bend=-0.08,
        side=-0.12,
        weight=0.2,
        dip=0.06,
        right=Hand(0.5, -0.02, -0.24, (0.2, -1.0, -0.3)),
        left=Hand(0.32, 0.02, 0.36, (0.8, -0.6, 0.0)),
    ),
    KeyPose(
        0.22,
        True,
        turn=-0.5,
        twist=-0.5,
        bend=-0.1,
        weight=0.5,
        dip=0.1,
        left_foot=_STEP,
        right=Hand(0.38, 0.26, -0.16, (1.0, -0.6, 0.0)),
    ),
    *_RELEASE,
)
_PITCH = (
    KeyPose(0.5, turn=-0.7, twist=-0.1, weight=0.3, look=0.1, right_foot=_BACK, **_HANDS_TOGETHER),
    KeyPose(
        0.55,
        turn=-1.15,
        twist=-0.25,
        weight=0.0,
        dip=0.02,
        bend=0.1,
        right=Hand(0.05, -0.1, 0.27, (0.6, -1.0, 0.0)),
        left=Hand(0.07, -0.11, 0.27, (0.6, -1.0, 0.0)),
        left_foot=FreeLeg(-0.1, -0.38, 0.12, (-0.3, 0.6, 0.8), 0.5),
    ),
    KeyPose(
        0.42,
        turn=-1.0,
        twist=-0.35,
        bend=-0.06,
        weight=0.15,
        dip=0.12,
        right=Hand(0.5, -0.12, -0.24, (0.2, -1.0, -0.3)),
        left=Hand(0.36, 0.0, 0.34, (0.8, -0.6, 0.0)),
        left_foot=FreeLeg(0.0, -0.68, 0.36, (0.3, 0.4, 1.0), 0.1),
    ),
    KeyPose(
        0.2,
        True,
        turn=-0.5,
        twist=-0.55,
        bend=-0.1,
        weight=0.5,
        dip=0.16,
        left_foot=Foot(out=0.03, forward=0.5, yaw=0.1),
        right=Hand(0.38, 0.26, -0.16, (1.0, -0.6, 0.0)),
    ),
    *_RELEASE[:2],
    KeyPose(
        0.28,
        turn=0.7,
        twist=0.5,
        weight=0.95,
        hinge=0.4,
        bend=0.6,
        side=0.08,
        dip=0.14,
        right=Hand(-0.14, -0.4, 0.24, (0.8, -0.5, 0.0)),
        left=Hand(0.38, -0.38, -0.16, _STRAIGHT),
    ),
)
_SHOT_PUT = (
    KeyPose(
        0.6,
        turn=-0.5,
        twist=-0.2,
        weight=0.3,
        dip=0.06,
        right_foot=_BACK,
        right=Hand(0.17, 0.05, 0.12, (1.0, -0.5, 0.0)),
        left=Hand(0.3, 0.02, 0.34, (0.8, -0.6, 0.0)),
    ),
    KeyPose(
        0.55,
        turn=-1.0,
        twist=-0.4,
        bend=0.4,
        side=-0.2,
        weight=0.1,
        dip=0.22,
        right=Hand(0.17, 0.05, 0.12, (1.0, -0.5, -0.1)),
        left=Hand(0.22, -0.08, 0.4, (0.8, -0.6, 0.0)),
        left_foot=Foot(out=0.05, forward=0.34, yaw=0.3),
    ),
    KeyPose(
        0.32,
        True,
        turn=0.1,
        twist=-0.2,
        bend=0.05,
        side=0.0,
        weight=0.6,
        dip=0.1,
        right=Hand(0.18, 0.08, 0.16, (1.0, -0.3, 0.1)),
        left=Hand(0.42, -0.02, 0.16, (0.8, -0.6, -0.2)),
        right_foot=_DRAGGED._replace(heel=0.4),
    ),
    KeyPose(
        0.19,
        turn=0.5,
        twist=0.25,
        bend=-0.12,
        weight=0.85,
        dip=-0.01,
        right=Hand(0.14, 0.36, 0.42, (0.8, -0.6, 0.2)),
        left=Hand(0.3, -0.3, -0.06, _STRAIGHT),
        right_foot=_DRAGGED,
        left_foot=Foot(out=0.05, forward=0.34, yaw=0.3, heel=0.3),
    ),
    KeyPose(
        0.4,
        turn=0.55,
        twist=0.3,
        bend=0.28,
        weight=0.9,
        dip=0.08,
        right=Hand(0.0, -0.1, 0.44, (0.8, -0.6, 0.0)),
    ),
)
_DISCARD = (
    KeyPose(
        0.5,
        turn=-0.1,
        twist=-0.3,
        bend=0.02,
        weight=0.4,
        right=Hand(0.3, 0.12, 0.02, (1.0, -0.3, 0.0)),
    ),
    KeyPose(
        0.19,
        turn=0.1,
        twist=0.25,
        bend=0.14,
        weight=0.6,
        right=Hand(0.12, 0.04, 0.46, (0.6, -0.8, 0.0)),
    ),
    KeyPose(0.2, bend=0.12, right=Hand(0.12, -0.14, 0.42, (0.6, -0.8, 0.0))),
)

_MOVES = (
    Move(
        "throw_overhand",
        "throw",
        (
            "a person throws a ball with the <side> hand",
            "a person throws something [<pace>] with the <side> {hand|arm}",
            (
                "a person {throws|hurls} a {ball|stone|rock|baseball} [overhand|far|forward] "
                "[with the <side> {hand|arm}]"
            ),
            "a person {winds up|steps forward} and throws [a ball] with the <side> {hand|arm}",
            "a person is throwing {a ball|something}",
            "an overhand throw with the <side> {hand|arm}",
            "throw a ball [with the <side> hand]",
            "a person throws",
        ),
        _OVERHAND,
        home=0.9,
        weight=2.0,
    ),
    Move(
        "throw_short",
        "throw",
        (
            "a person tosses something forward with the <side> hand",
            "a person throws something {a short way|lightly|away} with the <side> {hand|arm}",
            "a person {flicks|throws} a {paper ball|dart|small object} with the <side> hand",
            "a short throw with the <side> hand",
        ),
        _DISCARD,
    ),
    Move(
        "pitch",
        "throw",
        (
            "a person pitches a baseball with the <side> hand",
            "a {pitcher|baseball player} {pitches|throws} a {ball|baseball} [with the <side> arm]",
            "a person lifts the <other> leg and {pitches|throws} a ball with the <side> {hand|arm}",
            "a person {winds up and throws|throws} a {fastball|pitch}",
            "a person is pitching [a baseball]",
            "a baseball pitch",
            "pitch a ball with the <side> hand",
        ),
        _PITCH,
        home=1.0,
    ),
    Move(
        "shot_put",
        "throw",
        (
            "a person puts the shot with the <side> hand",
            "a person {throws|does} a shot put [with the <side> {hand|arm}]",
            (
                "an athlete {throws|pushes} a heavy ball [from the {neck|shoulder}] with the "
                "<side> {hand|arm}"
            ),
            "a person is putting the shot",
            "shot put",
        ),
        _SHOT_PUT,
        home=0.9,
    ),
)
register_moves("throws", _MOVES)
