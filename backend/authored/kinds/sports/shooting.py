"""Aiming and shooting a bow, a pistol or a rifle."""

from ...key_poses.key_poses import Feet, Foot, Hand, KeyPose
from ...key_poses.moves import STANCE_FEET, Move, register_moves

_ARCHER_FEET: Feet = {
    "left_foot": Foot(out=-0.04, forward=0.14, yaw=-0.9),
    "right_foot": Foot(out=-0.02, forward=-0.16, yaw=1.25),
}
_ARCHERY = (
    KeyPose(
        0.9,
        turn=-1.0,
        twist=-0.2,
        bend=0.05,
        nod=0.1,
        right=Hand(0.05, -0.3, 0.3, (0.7, -0.8, -0.3)),
        left=Hand(0.2, -0.3, 0.32, (0.5, -0.9, -0.2)),
        **_ARCHER_FEET,
    ),
    KeyPose(
        0.6,
        turn=-1.1,
        twist=-0.3,
        bend=0.0,
        nod=0.0,
        right=Hand(-0.2, 0.02, 0.32, (0.9, 0.1, 0.6)),
        left=Hand(0.0, 1.44, 0.62, (0.3, -0.8, -0.6), "stage"),
    ),
    KeyPose(
        0.75,
        turn=-1.15,
        twist=-0.35,
        bend=-0.03,
        weight=0.46,
        right=Hand(0.1, 0.06, 0.15, (1.0, 0.1, -0.3)),
        left=Hand(0.0, 1.46, 0.62, (0.3, -0.8, -0.6), "stage"),
    ),
    KeyPose(
        0.7,
        right=Hand(0.11, 0.06, 0.145, (1.0, 0.1, -0.3)),
        left=Hand(0.0, 1.46, 0.62, (0.3, -0.8, -0.6), "stage"),
    ),
    KeyPose(
        0.12,
        twist=-0.38,
        right=Hand(0.26, 0.08, 0.06, (1.0, -0.2, -0.3)),
        left=Hand(0.02, 1.43, 0.62, (0.3, -0.8, -0.6), "stage"),
    ),
    KeyPose(
        0.5,
        twist=-0.35,
        right=Hand(0.32, 0.0, 0.08, (1.0, -0.5, -0.3)),
        left=Hand(0.02, 1.4, 0.62, (0.3, -0.8, -0.6), "stage"),
    ),
)
_AIM_RIGHT = Hand(0.03, 0.04, 0.49, (0.7, -0.9, -0.2))
_AIM_LEFT = Hand(0.03, -0.01, 0.46, (0.7, -0.9, -0.1))
_PISTOL_AIM = (
    KeyPose(
        0.45,
        bend=0.08,
        dip=0.06,
        right=Hand(0.1, -0.2, 0.26, (0.6, -1.0, -0.3)),
        left=Hand(0.06, -0.22, 0.26, (0.6, -1.0, -0.3)),
        left_foot=Foot(out=0.07, forward=0.06),
        right_foot=Foot(out=0.08, forward=-0.06, yaw=0.3),
    ),
    KeyPose(0.35, bend=0.1, dip=0.08, right=_AIM_RIGHT, left=_AIM_LEFT),
    KeyPose(0.6, bend=0.11, dip=0.08, right=_AIM_RIGHT, left=_AIM_LEFT),
)
_PISTOL_SHOT = (
    KeyPose(
        0.07,
        bend=0.03,
        right=Hand(0.03, 0.11, 0.43, (0.8, -0.9, -0.2)),
        left=Hand(0.03, 0.06, 0.41, (0.8, -0.9, -0.1)),
    ),
    KeyPose(0.28, bend=0.1, right=_AIM_RIGHT, left=_AIM_LEFT),
    KeyPose(0.25, bend=0.11),
)
_ONE_HANDED_AIM = (
    KeyPose(
        0.55,
        turn=0.5,
        twist=0.25,
        weight=0.45,
        right=Hand(0.26, 0.0, 0.47, (0.7, -0.9, -0.2)),
        left=Hand(0.3, -0.44, -0.04, (0.3, -0.3, -1.0)),
        right_foot=Foot(out=0.02, forward=0.1),
        left_foot=Foot(out=0.05, forward=-0.1, yaw=0.5),
    ),
    KeyPose(0.6, turn=0.5, twist=0.26, right=Hand(0.26, 0.01, 0.47, (0.7, -0.9, -0.2))),
)
_ONE_HANDED_SHOT = (
    KeyPose(0.07, twist=0.22, right=Hand(0.26, 0.1, 0.43, (0.8, -0.9, -0.2))),
    KeyPose(0.28, twist=0.26, right=Hand(0.26, 0.01, 0.47, (0.7, -0.9, -0.2))),
    KeyPose(0.25, twist=0.25),
)
_RIFLE_RIGHT = Hand(0.14, -0.06, 0.24, (1.0, -0.4, 0.0))
_RIFLE_LEFT = Hand(0.12, -0.03, 0.44, (0.4, -1.0, 0.2))
_RIFLE_AIM = (
    KeyPose(
        0.5,
        turn=-0.4,
        twist=-0.1,
        bend=0.06,
        dip=0.05,
        right=Hand(0.16, -0.36, 0.16, (0.8, -0.6, -0.5)),
        left=Hand(0.08, -0.26, 0.34, (0.5, -1.0, -0.1)),
        **STANCE_FEET,
    ),
    KeyPose(
        0.45,
        turn=-0.5,
        twist=-0.2,
        bend=0.14,
        dip=0.07,
        weight=0.6,
        nod=0.12,
        right=_RIFLE_RIGHT,
        left=_RIFLE_LEFT,
    ),
    KeyPose(0.7, bend=0.15, nod=0.13, right=_RIFLE_RIGHT, left=_RIFLE_LEFT),
)
_RIFLE_SHOT = (
    KeyPose(
        0.07,
        twist=-0.26,
        bend=0.07,
        weight=0.5,
        right=_RIFLE_RIGHT._replace(forward=0.21),
        left=_RIFLE_LEFT._replace(forward=0.4, up=0.0),
    ),
    KeyPose(0.3, twist=-0.2, bend=0.14, weight=0.6, right=_RIFLE_RIGHT, left=_RIFLE_LEFT),
    KeyPose(0.3, bend=0.15, right=_RIFLE_RIGHT),
)

_MOVES = (
    Move(
        "archery",
        "archery",
        (
            "a person shoots an arrow with a bow",
            "a person {draws|pulls} a bow and {shoots|releases} [an arrow]",
            "an archer {draws the bow|aims} and shoots",
            "a person {does archery|uses a bow and arrow}",
            "a person is shooting {arrows|with a bow}",
            "archery",
            "shoot a bow [and arrow]",
        ),
        _ARCHERY,
        home=1.1,
        weight=1.5,
    ),
    Move(
        "aim_pistol",
        "aim",
        (
            "a person aims a pistol with both hands",
            "a person {points|aims|raises} a {gun|pistol|handgun} [forward|ahead]",
            "a {police officer|person} {draws|raises} a gun and aims",
            "a person is aiming a {gun|pistol}",
            "aim a {gun|pistol}",
            "a person holds a gun at arm's length",
        ),
        _PISTOL_AIM[2:],
        ready=_PISTOL_AIM[:2],
        counts=(2, 3),
    ),
    Move(
        "shoot_pistol",
        "aim",
        (
            "a person shoots a pistol <times>",
            (
                "a person {aims and shoots|fires|shoots} a {gun|pistol|handgun} [with both "
                "hands] <times>"
            ),
            "a person raises a gun and {shoots|fires} <times>",
            "a person is shooting [with] a {gun|pistol}",
            "shoot a {gun|pistol} <times>",
            "a pistol shot",
        ),
        _PISTOL_SHOT,
        ready=_PISTOL_AIM,
        counts=(1, 2, 3, 4),
    ),
    Move(
        "shoot_pistol_one_handed",
        "aim",
        (
            "a person shoots a pistol with the <side> hand <times>",
            "a person {points|aims} a {gun|pistol} with the <side> hand and {shoots|fires} <times>",
            "a person {fires|shoots} a {gun|pistol} held in the <side> hand",
            "shoot a {gun|pistol} with the <side> hand",
        ),
        _ONE_HANDED_SHOT,
        ready=_ONE_HANDED_AIM,
        counts=(1, 2, 3),
    ),
    Move(
        "shoot_rifle",
        "aim",
        (
            "a person aims and shoots a rifle <times>",
            "a person {shoots|fires} a {rifle|shotgun|gun} [from the <side> shoulder] <times>",
            "a {soldier|hunter|person} raises a rifle[, aims] and {shoots|fires} <times>",
            "a person is {aiming|shooting} a rifle",
            "shoot a rifle <times>",
            "a rifle shot",
        ),
        _RIFLE_SHOT,
        ready=_RIFLE_AIM,
        counts=(1, 1, 2, 3),
    ),
)
register_moves("weapons", _MOVES)
