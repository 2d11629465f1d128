"""Blocks, dodges and pushes."""

from dataclasses import replace

from ...key_poses.key_poses import Foot, Hand, KeyPose
from ...key_poses.moves import Move, hold_ball, register_moves
from .punches import GUARD

_GUARD = replace(GUARD, after=0.45, side=0.0, hinge=0.0, look=0.0, nod=0.0)
_BLOCK_HIGH = (
    KeyPose(
        0.2,
        turn=-0.2,
        twist=0.05,
        bend=0.05,
        dip=0.1,
        weight=0.42,
        nod=-0.1,
        right=Hand(-0.02, 0.3, 0.24, (1.0, -0.2, 0.2)),
    ),
    KeyPose(0.3, bend=0.05, dip=0.11, right=Hand(-0.02, 0.29, 0.23, (1.0, -0.2, 0.2))),
    _GUARD,
)
_BLOCK_LOW = (
    KeyPose(0.16, turn=-0.3, twist=0.1, right=Hand(-0.12, -0.04, 0.24, (0.8, -0.6, 0.5))),
    KeyPose(
        0.18,
        turn=-0.3,
        twist=-0.05,
        bend=0.26,
        dip=0.16,
        weight=0.45,
        nod=0.15,
        right=Hand(0.2, -0.44, 0.24, (0.8, -0.2, -0.4)),
    ),
    KeyPose(0.25, dip=0.16, bend=0.26, right=Hand(0.2, -0.43, 0.24, (0.8, -0.2, -0.4))),
    _GUARD,
)
_COVER = (
    KeyPose(
        0.18,
        bend=0.36,
        dip=0.16,
        weight=0.38,
        nod=0.25,
        right=Hand(0.06, 0.14, 0.22, (0.5, -1.0, 0.5)),
        left=Hand(0.06, 0.14, 0.26, (0.5, -1.0, 0.5)),
    ),
    KeyPose(
        0.45,
        bend=0.4,
        dip=0.18,
        weight=0.34,
        nod=0.3,
        right=Hand(0.06, 0.15, 0.21, (0.5, -1.0, 0.5)),
        left=Hand(0.06, 0.15, 0.25, (0.5, -1.0, 0.5)),
    ),
    _GUARD,
)
_SLIP = (
    KeyPose(0.24, turn=-0.3, twist=-0.15, lean=-0.1, side=-0.38, bend=0.22, dip=0.14, weight=0.2),
    KeyPose(0.2, side=-0.36, dip=0.13),
    _GUARD,
)
_LEAN_BACK = (
    KeyPose(
        0.24,
        hinge=-0.22,
        bend=-0.3,
        dip=0.06,
        weight=0.1,
        nod=0.1,
        left=Hand(0.12, 0.02, 0.32, (0.6, -1.0, 0.1)),
        right=Hand(0.12, 0.02, 0.28, (0.6, -1.0, 0.1)),
    ),
    KeyPose(0.22, hinge=-0.2, bend=-0.28),
    _GUARD,
)
_PUSH_READY = hold_ball(
    -0.1, 0.2, out=0.17, elbow=(0.8, -1.0, -0.4), fingers=(0.0, 1.0, 0.25), palm=(0.0, -0.1, 1.0)
)
_PUSH_OUT = hold_ball(
    -0.06, 0.48, out=0.17, elbow=(0.8, -0.9, 0.0), fingers=(0.0, 1.0, 0.25), palm=(0.0, -0.1, 1.0)
)
_SHOVE = (
    KeyPose(
        0.5,
        bend=0.04,
        hinge=-0.05,
        dip=0.07,
        weight=0.25,
        right_foot=Foot(out=0.04, forward=-0.08, yaw=0.3),
        **_PUSH_READY,
    ),
    KeyPose(
        0.22,
        bend=0.18,
        hinge=0.16,
        dip=0.1,
        weight=0.8,
        left_foot=Foot(out=0.03, forward=0.3),
        right_foot=Foot(out=0.04, forward=-0.08, yaw=0.2, heel=0.6),
        **_PUSH_OUT,
    ),
    KeyPose(0.35, bend=0.16, hinge=0.12, dip=0.09, weight=0.75, **_PUSH_OUT),
)
_HEAVY = (
    KeyPose(
        0.8,
        bend=0.16,
        hinge=0.22,
        dip=0.16,
        weight=0.6,
        nod=0.1,
        left_foot=Foot(out=0.03, forward=0.22),
        right_foot=Foot(out=0.04, forward=-0.3, yaw=0.2, heel=0.4),
        **hold_ball(
            0.04,
            0.4,
            out=0.17,
            elbow=(0.8, -0.9, -0.1),
            fingers=(0.0, 1.0, 0.25),
            palm=(0.0, -0.1, 1.0),
        ),
    ),
    KeyPose(
        1.0,
        bend=0.2,
        hinge=0.32,
        dip=0.18,
        weight=0.7,
        nod=0.2,
        **hold_ball(
            0.07,
            0.44,
            out=0.17,
            elbow=(0.8, -0.9, -0.1),
            fingers=(0.0, 1.0, 0.25),
            palm=(0.0, -0.1, 1.0),
        ),
    ),
    KeyPose(
        0.7,
        bend=0.18,
        hinge=0.28,
        dip=0.2,
        weight=0.66,
        nod=0.25,
        **hold_ball(
            0.06,
            0.41,
            out=0.17,
            elbow=(0.8, -0.9, -0.1),
            fingers=(0.0, 1.0, 0.25),
            palm=(0.0, -0.1, 1.0),
        ),
    ),
)


def _guarded(
    name: str, action: str, stroke: tuple[KeyPose, ...], captions: tuple[str, ...]
) -> Move:
    return Move(name, action, captions, stroke, ready=(GUARD,), counts=(1, 1, 2))


_MOVES = (
    _guarded(
        "block_high",
        "block",
        _BLOCK_HIGH,
        (
            "a person blocks high with the <side> arm <times>",
            (
                "a person {blocks|parries} a {blow|punch} to the head with the <side> "
                "{arm|forearm} <times>"
            ),
            "a person raises the <side> {arm|forearm} to {block|protect the head}",
            "a person {does|performs} a [karate] high block",
            "a high block with the <side> arm",
            "block with the <side> arm <times>",
        ),
    ),
    _guarded(
        "block_low",
        "block",
        _BLOCK_LOW,
        (
            "a person blocks low with the <side> arm <times>",
            "a person {blocks|parries} a {low blow|kick} with the <side> {arm|forearm} <times>",
            "a person {does|performs} a [karate] low block",
            "a low block with the <side> arm",
            "block a low attack [with the <side> arm]",
        ),
    ),
    _guarded(
        "cover_up",
        "block",
        _COVER,
        (
            "a person blocks with both arms <times>",
            "a person {covers|protects|shields} the {face|head} with both arms <times>",
            "a boxer {covers up|blocks [punches]}",
            "a person raises both arms to {block|defend}",
            "a person blocks {an attack|a punch}",
            "block with both arms",
        ),
    ),
    _guarded(
        "slip_punch",
        "duck",
        _SLIP,
        (
            "a person dodges a punch to the <side> <times>",
            "a person {leans|slips|ducks} to the <side> to {dodge|avoid} a punch <times>",
            "a person {dodges|slips} [<pace>] to the <side>",
            "a boxer slips a punch",
            "dodge to the <side> <times>",
        ),
    ),
    _guarded(
        "lean_back",
        "duck",
        _LEAN_BACK,
        (
            "a person leans back to dodge a punch <times>",
            "a person {dodges|avoids} a {punch|blow} by leaning back",
            "a person {jerks|leans} [the head] back to {avoid|dodge} a punch <times>",
            "dodge backwards <times>",
        ),
    ),
    Move(
        "shove",
        "push",
        (
            "a person pushes somebody with both hands",
            "a person {shoves|pushes} someone [away|back] [with both {hands|arms}]",
            "a person steps forward and {pushes|shoves}",
            "a person gives a [hard] {push|shove}",
            "a person is pushing someone away",
            "a {push|shove} with both hands",
            "push somebody [away]",
        ),
        _SHOVE,
    ),
    Move(
        "push_wall",
        "push",
        (
            "a person pushes against a wall",
            "a person pushes something heavy [with both hands]",
            "a person {leans|strains} against a {heavy object|wall} [and pushes]",
            "a person is pushing [hard] against something",
            "push [against] a {wall|heavy door|heavy box}",
        ),
        _HEAVY,
    ),
)
register_moves("defence", _MOVES)
