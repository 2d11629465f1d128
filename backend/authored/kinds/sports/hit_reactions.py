"""Reactions to a blow: head first, then the trunk, then a step that catches the balance."""

from ...key_poses.key_poses import Foot, Hand, KeyPose
from ...key_poses.moves import Move, hold_ball, register_moves

_FLUNG = Hand(0.42, -0.24, 0.14, (0.7, -0.7, -0.4))
_HIT_FACE = (
    KeyPose(0.12, True, look=0.0, nod=-0.3, bend=-0.06),
    KeyPose(
        0.12, hinge=-0.12, bend=-0.3, nod=-0.6, weight=0.3, dip=0.04, left=_FLUNG, right=_FLUNG
    ),
    KeyPose(
        0.3,
        hinge=-0.08,
        bend=-0.16,
        nod=-0.2,
        weight=0.3,
        dip=0.12,
        right_foot=Foot(out=0.05, forward=-0.34, yaw=0.4),
        left=Hand(0.36, -0.3, 0.2, (0.7, -0.7, -0.4)),
        right=Hand(0.26, 0.0, 0.26, (0.8, -0.8, 0.0)),
    ),
    KeyPose(
        0.45,
        hinge=0.04,
        bend=0.24,
        nod=0.3,
        weight=0.35,
        dip=0.1,
        right=Hand(0.07, 0.12, 0.21, (0.7, -1.0, 0.3)),
        left=Hand(0.26, -0.34, 0.2, (0.7, -0.7, -0.4)),
    ),
    KeyPose(
        0.6,
        hinge=0.02,
        bend=0.2,
        nod=0.25,
        weight=0.45,
        dip=0.08,
        right=Hand(0.07, 0.11, 0.21, (0.7, -1.0, 0.3)),
    ),
)
_HIT_SIDE = (
    # A blow from the right turns the head and then the trunk to the left.
    KeyPose(0.12, look=0.7, nod=0.05, side=0.12, twist=0.1),
    KeyPose(
        0.2,
        look=1.0,
        nod=0.2,
        twist=0.45,
        turn=0.25,
        side=0.25,
        bend=0.12,
        dip=0.08,
        weight=0.75,
        left_foot=Foot(out=0.2, forward=0.04, yaw=0.4),
        left=_FLUNG,
        right=Hand(0.3, -0.28, 0.22, (0.7, -0.7, -0.4)),
    ),
    KeyPose(
        0.45,
        look=0.7,
        nod=0.3,
        twist=0.35,
        turn=0.25,
        side=0.15,
        bend=0.25,
        dip=0.1,
        weight=0.66,
        right=Hand(0.08, 0.1, 0.22, (0.7, -1.0, 0.3)),
        left=Hand(0.3, -0.38, 0.14, (0.4, -0.4, -0.8)),
    ),
    KeyPose(
        0.5,
        look=0.1,
        nod=0.15,
        twist=0.1,
        turn=0.1,
        bend=0.16,
        dip=0.06,
        weight=0.55,
        right=Hand(0.08, 0.1, 0.22, (0.7, -1.0, 0.3)),
    ),
)
_BELLY = hold_ball(
    -0.3, 0.28, out=0.04, elbow=(1.0, -0.3, -0.3), fingers=(-1.0, 0.0, 0.1), palm=(0.0, 0.0, -1.0)
)
_HIT_STOMACH = (
    KeyPose(
        0.14,
        hinge=0.2,
        bend=0.5,
        dip=0.06,
        weight=0.45,
        nod=0.1,
        **hold_ball(-0.28, 0.32, out=0.12, fingers=(-0.5, 0.0, 1.0)),
    ),
    KeyPose(
        0.26,
        hinge=0.32,
        bend=0.75,
        dip=0.16,
        weight=0.35,
        nod=0.35,
        right_foot=Foot(out=0.04, forward=-0.26, yaw=0.3),
        **_BELLY,
    ),
    KeyPose(0.8, hinge=0.3, bend=0.7, dip=0.17, weight=0.42, nod=0.35, twist=0.06, **_BELLY),
    KeyPose(0.6, hinge=0.12, bend=0.36, dip=0.08, weight=0.48, nod=0.2, twist=0.0, **_BELLY),
)

_MOVES = (
    Move(
        "hit_face",
        "hit_reaction",
        (
            "a person gets hit in the face",
            "a person {is|gets} {hit|punched} in the {head|face} [and staggers back]",
            "a person {staggers|stumbles} back after a {punch|blow} [to the {head|face}]",
            "a person takes a punch to the {face|head|nose}",
            "a hit reaction to the head",
            "get hit in the face",
        ),
        _HIT_FACE,
        home=1.0,
    ),
    Move(
        "hit_side",
        "hit_reaction",
        (
            "a person gets hit on the <side> side of the head",
            "a person {is|gets} {slapped|punched|hit} {from|on} the <side> [side]",
            "a person takes a {hook|slap} {from|on} the <side> [side] and {staggers|reels}",
            "a person's head is knocked to the <other> by a {blow|punch}",
            "a hit reaction from the <side>",
        ),
        _HIT_SIDE,
        home=1.0,
    ),
    Move(
        "hit_stomach",
        "hit_reaction",
        (
            "a person gets hit in the stomach",
            "a person {is|gets} {hit|punched|kicked} in the {stomach|belly} [and doubles over]",
            "a person doubles over [in pain] [holding the {stomach|belly}]",
            "a person takes a {punch|kick} to the {stomach|gut}",
            "a hit reaction to the {body|stomach}",
            "get punched in the {stomach|belly}",
        ),
        _HIT_STOMACH,
        home=1.0,
    ),
)
register_moves("defence", _MOVES)
