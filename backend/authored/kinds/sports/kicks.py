"""Kicks by kind, height and side: the knee leads, the shin whips out and folds again."""

from dataclasses import dataclass

from ...key_poses.key_poses import FreeLeg, Hand, Hands, KeyPose
from ...key_poses.moves import STANCE_FEET, Move, register_moves
from .punches import GUARD

_UP_ARMS: Hands = {
    "right": Hand(0.2, -0.12, 0.2, (0.6, -1.0, -0.1)),
    "left": Hand(0.1, 0.0, 0.28, (0.4, -1.0, 0.1)),
}
_SWUNG_ARMS: Hands = {
    "right": Hand(0.36, -0.36, -0.02, (0.8, -0.6, -0.6)),
    "left": Hand(0.06, -0.05, 0.26, (0.5, -1.0, 0.0)),
}
"""The arm of the kicking side swings back."""
_FLAT = STANCE_FEET["right_foot"]
_TURNED_FOOT = STANCE_FEET["left_foot"]._replace(yaw=1.3)
"""The standing foot has turned its heel to the target."""


@dataclass(frozen=True)
class _Height:
    words: str
    rise: float
    """Metres from hip to ankle of the front kick, like `forward`."""
    forward: float
    bend: float
    """Radians by which the trunk leans away."""


_HEIGHTS = {
    "low": _Height("{low|at knee height}", -0.5, 0.62, 0.02),
    "middle": _Height("[at waist height]", -0.02, 0.79, 0.16),
    "high": _Height("high [up]", 0.5, 0.62, 0.34),
}


def _front_kick(height: _Height) -> tuple[KeyPose, ...]:
    knee = (0.05, 0.7 + 0.5 * height.rise, 1.0)
    chamber = FreeLeg(0.02, -0.34 + 0.35 * max(height.rise, -0.2), 0.36, knee, 0.2)
    return (
        KeyPose(
            0.16, weight=0.75, dip=0.05, turn=-0.3, right_foot=_FLAT._replace(heel=0.5), **_UP_ARMS
        ),
        KeyPose(
            0.26,
            True,
            weight=1.0,
            dip=0.02,
            turn=0.0,
            twist=0.0,
            hinge=-height.bend * 0.6,
            right_foot=chamber,
        ),
        KeyPose(
            0.2,
            weight=1.0,
            turn=0.3,
            twist=-0.25,
            hinge=-height.bend,
            bend=0.05,
            right_foot=FreeLeg(
                -0.02, height.rise, height.forward, (0.05, 1.0, 0.3 - 0.9 * height.rise), -0.1
            ),
            **_SWUNG_ARMS,
        ),
        KeyPose(
            0.22,
            True,
            weight=1.0,
            turn=0.1,
            twist=-0.05,
            hinge=-height.bend * 0.4,
            right_foot=chamber,
        ),
        KeyPose(
            0.34,
            weight=0.6,
            turn=-0.35,
            twist=-0.1,
            hinge=0.0,
            bend=0.14,
            dip=0.06,
            right_foot=_FLAT,
            right=GUARD.right,
            left=GUARD.left,
        ),
    )


def _side_kick(height: _Height) -> tuple[KeyPose, ...]:
    # The body turns its right hip to the target and leans away.
    tip = 0.35 + 0.55 * max(height.rise, -0.2)
    chamber = FreeLeg(0.06, -0.3, 0.22, (0.6, 0.9, 0.5), -0.1)
    return (
        KeyPose(
            0.18, weight=0.75, dip=0.05, turn=-0.2, right_foot=_FLAT._replace(heel=0.5), **_UP_ARMS
        ),
        KeyPose(
            0.28,
            True,
            weight=1.0,
            turn=0.75,
            twist=-0.1,
            right_foot=chamber,
            left_foot=_TURNED_FOOT,
        ),
        KeyPose(
            0.25,
            weight=1.0,
            turn=1.35,
            twist=-0.35,
            hinge=-tip,
            bend=0.05,
            right_foot=FreeLeg(0.0, height.rise, height.forward, (0.6, 0.9, 0.0), -0.15),
            **_SWUNG_ARMS,
        ),
        KeyPose(0.24, True, weight=1.0, turn=0.9, twist=-0.1, hinge=-0.5 * tip, right_foot=chamber),
        KeyPose(
            0.4,
            weight=0.6,
            turn=-0.35,
            twist=-0.1,
            hinge=0.0,
            bend=0.14,
            dip=0.06,
            right_foot=_FLAT,
            left_foot=STANCE_FEET["left_foot"],
            right=GUARD.right,
            left=GUARD.left,
        ),
    )


def _roundhouse(height: _Height) -> tuple[KeyPose, ...]:
    tip = 0.22 + 0.5 * max(height.rise, -0.2)
    up = height.rise
    return (
        KeyPose(
            0.18,
            weight=0.75,
            dip=0.07,
            turn=-0.45,
            twist=-0.1,
            right_foot=_FLAT._replace(heel=0.5),
            **_UP_ARMS,
        ),
        KeyPose(
            0.26,
            True,
            weight=1.0,
            turn=0.35,
            twist=0.0,
            hinge=-0.4 * tip,
            right_foot=FreeLeg(0.3, -0.36 + 0.5 * max(up, 0.0), 0.0, (1.0, 0.5, 0.7), 0.5),
            left_foot=_TURNED_FOOT._replace(yaw=0.7),
        ),
        KeyPose(
            0.22,
            True,
            weight=1.0,
            turn=1.0,
            twist=-0.1,
            hinge=-tip,
            right_foot=FreeLeg(0.14, up - 0.03, 0.68, (0.4, 0.9, -0.2), 0.7),
            left_foot=_TURNED_FOOT,
            **_SWUNG_ARMS,
        ),
        KeyPose(
            0.17,
            weight=1.0,
            turn=1.4,
            twist=-0.2,
            hinge=-tip,
            right_foot=FreeLeg(-0.25, up - 0.08, 0.6, (-0.1, 0.9, -0.1), 0.7),
        ),
        KeyPose(
            0.28,
            True,
            weight=1.0,
            turn=0.9,
            twist=-0.1,
            hinge=-0.4 * tip,
            right_foot=FreeLeg(-0.02, -0.4, 0.28, (0.1, 0.5, 1.0), 0.4),
        ),
        KeyPose(
            0.4,
            weight=0.6,
            turn=-0.35,
            twist=-0.1,
            hinge=0.0,
            bend=0.14,
            dip=0.06,
            right_foot=_FLAT,
            left_foot=STANCE_FEET["left_foot"],
            right=GUARD.right,
            left=GUARD.left,
        ),
    )


_KNEE = (
    KeyPose(
        0.2,
        weight=0.75,
        turn=-0.4,
        bend=0.05,
        right=Hand(0.12, 0.1, 0.4, (0.7, -1.0, 0.2)),
        left=Hand(0.12, 0.1, 0.4, (0.7, -1.0, 0.2)),
        right_foot=_FLAT._replace(heel=0.5),
    ),
    KeyPose(
        0.26,
        weight=1.0,
        turn=0.25,
        hinge=-0.1,
        bend=0.25,
        right=Hand(0.2, -0.3, 0.24, (0.7, -0.8, -0.3)),
        left=Hand(0.2, -0.3, 0.24, (0.7, -0.8, -0.3)),
        right_foot=FreeLeg(0.02, -0.3, 0.2, (0.0, 0.75, 1.0), 0.6),
    ),
    KeyPose(
        0.4,
        weight=0.6,
        turn=-0.35,
        hinge=0.0,
        bend=0.14,
        dip=0.06,
        right_foot=_FLAT,
        right=GUARD.right,
        left=GUARD.left,
    ),
)


def _fight_kick(name: str, stroke: tuple[KeyPose, ...], captions: tuple[str, ...]) -> Move:
    return Move(name, "kick", captions, stroke, ready=(GUARD,), counts=(1, 1, 2, 3), home=0.75)


def _captions(kick: str, verb: str, words: str) -> tuple[str, ...]:
    """Templates of a kind of kick, "front kick", with a verb phrase for it and its height."""
    return (
        f"a person {{does|throws}} a {kick} {words} with the <side> leg <times>",
        f"a person {verb} {words} with the <side> {{leg|foot}} <times>",
        f"a person {{performs|does|throws}} a [karate|martial arts] {kick} {words} <pace> <times>",
        f"a person is doing a {kick} {words}",
        f"a {kick} {words} with the <side> {{leg|foot}}",
        f"{kick} with the <side> {{leg|foot}} {words} <times>",
        f"a person stands in a fighting stance and {verb} {words} with the <side> leg <times>",
    )


def _kicks() -> tuple[Move, ...]:
    moves = []
    for name, height in _HEIGHTS.items():
        front = (f"a person kicks {height.words} with the <side> {{leg|foot}} <times>",)
        if name == "middle":
            front = (
                "a person kicks with the <side> leg <times>",
                "a person kicks [forward|to the front] with the <side> {leg|foot} <times>",
                "a person kicks <pace> <times>",
                "a person is kicking with the <side> leg",
            )
        moves += [
            _fight_kick(
                f"front_kick_{name}",
                _front_kick(height),
                front + _captions("front kick", "kicks forward", height.words),
            ),
            _fight_kick(
                f"roundhouse_{name}",
                _roundhouse(height),
                _captions("roundhouse [kick]", "kicks in a circle", height.words),
            ),
        ]
        if name != "low":
            moves.append(
                _fight_kick(
                    f"side_kick_{name}",
                    _side_kick(height),
                    _captions("side kick", "kicks sideways", height.words),
                )
            )
    return tuple(moves)


_OTHERS = (
    _fight_kick(
        "knee_strike",
        _KNEE,
        (
            "a person strikes with the <side> knee <times>",
            "a person {does|throws|lands} a [<side>] knee strike <times>",
            "a person {drives|thrusts|rams} the <side> knee up [<pace>] <times>",
            "a person {knees somebody|hits with the <side> knee} <times>",
            "a knee strike with the <side> {leg|knee}",
            "knee strike <times>",
        ),
    ),
)
register_moves("kicks", (*_kicks(), *_OTHERS))
