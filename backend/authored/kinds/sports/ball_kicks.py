"""Kicks of a ball: the other foot steps beside it, and the leg swings through."""

from ...key_poses.key_poses import Foot, FreeLeg, Hand, KeyPose
from ...key_poses.moves import Move, register_moves


def _ball_kick(power: float) -> tuple[KeyPose, ...]:
    """Return a step of the left foot beside the ball, and the right leg swung through it."""
    plant = Foot(out=0.03, forward=0.38, yaw=0.1)
    return (
        KeyPose(
            0.4,
            turn=-0.25 * power,
            weight=0.85,
            dip=0.05,
            bend=0.08,
            left_foot=plant,
            right_foot=Foot(heel=0.5),
            left=Hand(0.42, -0.22, 0.1, (0.6, -0.8, -0.4)),
            right=Hand(0.36, -0.42, -0.08, (0.3, -0.3, -1.0)),
        ),
        KeyPose(
            0.24,
            turn=-0.45 * power,
            twist=0.3 * power,
            weight=1.0,
            hinge=0.1,
            bend=-0.05,
            dip=0.06,
            right_foot=FreeLeg(0.06, -0.56, -0.42 * power, (0.15, -0.6, 0.8), 0.6),
            left=Hand(0.5, -0.05, 0.15, (0.6, -0.8, -0.4)),
            right=Hand(0.32, -0.44, 0.12, (0.3, -0.3, -1.0)),
        ),
        KeyPose(
            0.17,
            True,
            turn=0.1,
            twist=-0.1,
            weight=1.0,
            hinge=0.05,
            bend=0.12,
            dip=0.06,
            right_foot=FreeLeg(0.0, -0.68, 0.22, (0.1, 0.3, 1.0), 0.5),
            left=Hand(0.3, -0.2, 0.32, (0.6, -0.8, -0.2)),
            right=Hand(0.38, -0.42, -0.05, (0.3, -0.3, -1.0)),
        ),
        KeyPose(
            0.22,
            turn=0.35 * power,
            twist=-0.4 * power,
            weight=1.0,
            hinge=-0.12 * power,
            bend=0.2,
            dip=0.01,
            right_foot=FreeLeg(
                -0.08, -0.72 + 0.5 * power, 0.25 + 0.44 * power, (0.0, 0.5, 1.0), 0.6
            ),
            left=Hand(0.05, -0.25, 0.32, (0.6, -0.8, -0.1)),
            right=Hand(0.42, -0.32, -0.2, (0.3, -0.3, -1.0)),
            left_foot=plant._replace(heel=0.25 * power),
        ),
        KeyPose(
            0.42,
            turn=0.0,
            twist=0.0,
            weight=0.6,
            hinge=0.0,
            bend=0.05,
            dip=0.04,
            right_foot=Foot(out=0.02, forward=0.32),
            left_foot=plant,
            left=Hand(0.3, -0.44, 0.06, (0.3, -0.3, -1.0)),
            right=Hand(0.3, -0.44, 0.02, (0.3, -0.3, -1.0)),
        ),
    )


_MOVES = (
    Move(
        "kick_ball_shot",
        "kick_ball",
        (
            "a person kicks a ball with the <side> foot",
            (
                "a person {kicks|shoots} a {ball|soccer ball|football} [hard] with the "
                "<side> {foot|leg}"
            ),
            "a person {takes|does} a {soccer|football} {shot|kick}",
            "a person steps up and {kicks|shoots} a ball with the <side> foot",
            "a person is {kicking a ball|shooting at the goal}",
            "a {soccer|football|goal} kick with the <side> foot",
            "kick a ball [with the <side> foot]",
        ),
        _ball_kick(1.0),
        weight=1.5,
    ),
    Move(
        "kick_ball_pass",
        "kick_ball",
        (
            "a person passes a ball with the <side> foot",
            (
                "a person {kicks|passes} a {ball|soccer ball|football} "
                "{softly|gently|lightly} with the <side> foot"
            ),
            "a person {plays|makes} a short {soccer|football} pass [with the <side> foot]",
            "a person is passing a soccer ball",
            "a [soccer|football] pass with the <side> foot",
        ),
        _ball_kick(0.6),
    ),
)
register_moves("kicks", _MOVES)
