"""Weapons with a blade, a shaft, and the shield."""

from ...key_poses.key_poses import Feet, Foot, Hand, KeyPose
from ...key_poses.moves import STANCE_FEET, Move, register_moves

_STRAIGHT = (0.3, -0.3, -1.0)
_LEAD: Feet = {
    "right_foot": Foot(out=0.02, forward=0.14, yaw=0.1),
    "left_foot": Foot(out=0.05, forward=-0.16, yaw=0.7),
}
"""The right foot leads, as with a sword."""
_SIDE_ARM = Hand(0.34, -0.45, -0.04, _STRAIGHT)
_SWORD_READY = (
    KeyPose(
        0.6,
        turn=0.2,
        bend=0.12,
        dip=0.09,
        right=Hand(0.14, -0.2, 0.36, (0.6, -1.0, -0.2)),
        left=_SIDE_ARM,
        **_LEAD,
    ),
    KeyPose(0.25, dip=0.1, weight=0.52, right=Hand(0.14, -0.18, 0.36, (0.6, -1.0, -0.2))),
)
_SWORD_GUARD = KeyPose(
    0.4,
    turn=0.2,
    twist=0.0,
    hinge=0.0,
    bend=0.12,
    side=0.0,
    dip=0.09,
    weight=0.5,
    right=Hand(0.14, -0.2, 0.36, (0.6, -1.0, -0.2)),
    left=_SIDE_ARM,
    **_LEAD,
)
_DOWNWARD = (
    KeyPose(
        0.38,
        turn=-0.2,
        twist=-0.25,
        bend=-0.14,
        dip=0.04,
        weight=0.75,
        right=Hand(0.26, 0.38, -0.02, (1.0, 0.0, 0.4)),
        left=Hand(0.26, -0.16, 0.26, (0.8, -0.8, -0.2)),
    ),
    KeyPose(
        0.15,
        True,
        turn=0.2,
        twist=0.1,
        bend=0.14,
        weight=0.5,
        right=Hand(0.2, 0.18, 0.43, (1.0, -0.5, 0.0)),
    ),
    KeyPose(
        0.16,
        turn=0.4,
        twist=0.25,
        bend=0.36,
        hinge=0.1,
        dip=0.16,
        weight=0.25,
        right=Hand(0.02, -0.38, 0.32, (0.7, -0.6, -0.4)),
        left=Hand(0.42, -0.4, -0.16, _STRAIGHT),
        right_foot=Foot(out=0.02, forward=0.3, yaw=0.1),
    ),
    _SWORD_GUARD,
)
_SIDEWAYS = (
    KeyPose(
        0.36,
        turn=-0.35,
        twist=-0.45,
        bend=0.04,
        weight=0.7,
        right=Hand(0.52, -0.02, -0.14, (0.4, -1.0, -0.2)),
        left=Hand(0.2, -0.2, 0.26, (0.8, -0.8, -0.2)),
    ),
    KeyPose(
        0.17, True, turn=0.2, twist=0.1, weight=0.4, right=Hand(0.28, -0.06, 0.44, (0.8, -0.8, 0.0))
    ),
    KeyPose(
        0.24,
        turn=0.5,
        twist=0.5,
        bend=0.1,
        dip=0.11,
        weight=0.25,
        right=Hand(-0.2, -0.12, 0.3, (0.9, -0.3, 0.6)),
        left=Hand(0.44, -0.38, -0.18, _STRAIGHT),
    ),
    _SWORD_GUARD,
)
_BACKHANDED = (
    KeyPose(
        0.36,
        turn=0.5,
        twist=0.5,
        bend=0.12,
        weight=0.65,
        right=Hand(-0.22, 0.02, 0.26, (0.9, -0.2, 0.8)),
        left=Hand(0.42, -0.4, -0.14, _STRAIGHT),
    ),
    KeyPose(
        0.22, True, turn=0.1, twist=0.0, weight=0.4, right=Hand(0.26, -0.06, 0.44, (0.8, -0.8, 0.0))
    ),
    KeyPose(
        0.24,
        turn=-0.2,
        twist=-0.3,
        bend=0.1,
        dip=0.11,
        weight=0.3,
        right=Hand(0.6, -0.1, 0.12, (0.5, -0.8, -0.5)),
    ),
    _SWORD_GUARD,
)
_THRUST = (
    KeyPose(
        0.34,
        turn=-0.1,
        twist=-0.2,
        weight=0.75,
        dip=0.1,
        right=Hand(0.24, -0.24, 0.06, (0.4, -0.4, -1.0)),
    ),
    KeyPose(
        0.22,
        turn=0.5,
        twist=0.1,
        bend=0.14,
        hinge=0.1,
        dip=0.18,
        weight=0.3,
        right=Hand(0.1, -0.02, 0.52, (0.8, -0.8, -0.2)),
        left=Hand(0.44, -0.38, -0.18, _STRAIGHT),
        right_foot=Foot(out=0.02, forward=0.38, yaw=0.1),
        left_foot=Foot(out=0.05, forward=-0.16, yaw=0.7, heel=0.3),
    ),
    _SWORD_GUARD,
)
_EN_GARDE = KeyPose(
    0.6,
    turn=0.75,
    twist=0.15,
    bend=0.04,
    dip=0.13,
    weight=0.5,
    right=Hand(0.24, -0.16, 0.36, (0.6, -1.0, -0.2)),
    left=Hand(0.4, 0.12, -0.14, (0.6, -1.0, -0.2)),
    right_foot=Foot(out=-0.02, forward=0.2),
    left_foot=Foot(out=0.0, forward=-0.16, yaw=1.25),
)
_LUNGE = (
    KeyPose(0.24, True, weight=0.7, right=Hand(0.22, -0.04, 0.46, (0.7, -0.9, -0.2))),
    KeyPose(
        0.34,
        turn=0.85,
        twist=0.1,
        bend=0.06,
        hinge=0.14,
        dip=0.24,
        weight=0.3,
        right=Hand(0.24, 0.02, 0.52, (0.8, -0.8, -0.2)),
        left=Hand(0.52, -0.2, -0.2, (0.3, -0.6, -0.8)),
        right_foot=Foot(out=-0.02, forward=0.66),
    ),
    KeyPose(0.3, dip=0.23, weight=0.32, right=Hand(0.24, 0.0, 0.5, (0.8, -0.8, -0.2))),
    KeyPose(
        0.5,
        turn=0.75,
        twist=0.15,
        bend=0.04,
        hinge=0.0,
        dip=0.13,
        weight=0.5,
        right=Hand(0.24, -0.16, 0.36, (0.6, -1.0, -0.2)),
        left=Hand(0.4, 0.12, -0.14, (0.6, -1.0, -0.2)),
        right_foot=Foot(out=-0.02, forward=0.2),
    ),
)
_SPEAR_READY = KeyPose(
    0.7,
    turn=-0.55,
    twist=-0.2,
    bend=0.12,
    dip=0.12,
    weight=0.42,
    right=Hand(0.28, -0.38, 0.02, (0.5, -0.3, -1.0)),
    left=Hand(0.12, -0.22, 0.4, (0.7, -0.9, -0.2)),
    **STANCE_FEET,
)
_SPEAR = (
    KeyPose(
        0.3,
        turn=-0.7,
        twist=-0.35,
        weight=0.25,
        dip=0.14,
        right=Hand(0.3, -0.34, -0.12, (0.5, -0.3, -1.0)),
        left=Hand(0.1, -0.22, 0.34, (0.7, -0.9, -0.2)),
    ),
    KeyPose(
        0.22,
        turn=0.0,
        twist=0.1,
        bend=0.24,
        dip=0.16,
        weight=0.78,
        right=Hand(0.12, -0.28, 0.36, (0.7, -0.8, -0.4)),
        left=Hand(0.12, -0.14, 0.49, (0.8, -0.8, 0.0)),
        left_foot=STANCE_FEET["left_foot"]._replace(forward=0.34),
        right_foot=STANCE_FEET["right_foot"]._replace(yaw=0.3, heel=0.4),
    ),
    KeyPose(
        0.45,
        turn=-0.55,
        twist=-0.2,
        bend=0.12,
        dip=0.12,
        weight=0.42,
        right=Hand(0.28, -0.38, 0.02, (0.5, -0.3, -1.0)),
        left=Hand(0.12, -0.22, 0.4, (0.7, -0.9, -0.2)),
        **STANCE_FEET,
    ),
)
_SHIELD = (
    KeyPose(
        0.5,
        turn=-0.3,
        twist=-0.15,
        bend=0.2,
        dip=0.12,
        weight=0.4,
        nod=0.1,
        left=Hand(-0.02, 0.06, 0.32, (0.9, -0.3, 0.7)),
        right=Hand(0.28, -0.3, 0.06, (0.5, -0.4, -1.0)),
        **STANCE_FEET,
    ),
    KeyPose(0.5, dip=0.14, bend=0.24, left=Hand(-0.02, 0.08, 0.31, (0.9, -0.3, 0.7))),
    KeyPose(0.1, dip=0.17, bend=0.2, weight=0.3, left=Hand(0.0, 0.05, 0.25, (0.9, -0.3, 0.7))),
    KeyPose(0.5, dip=0.13, bend=0.2, weight=0.42, left=Hand(-0.02, 0.06, 0.31, (0.9, -0.3, 0.7))),
)


def _sword(name: str, stroke: tuple[KeyPose, ...], captions: tuple[str, ...]) -> Move:
    return Move(name, "swordplay", captions, stroke, ready=_SWORD_READY, counts=(1, 1, 2, 3))


_MOVES = (
    _sword(
        "sword_overhead",
        _DOWNWARD,
        (
            "a person swings a sword down with the <side> hand <times>",
            "a person {slashes|strikes|swings} [down] from above [the head] with a sword <times>",
            "a person raises a sword [overhead] and {strikes|brings it down} <times>",
            "a person {attacks|strikes} with a sword in the <side> hand",
            "an overhead [sword] {slash|strike|cut}",
            "swing a sword [overhead] <times>",
        ),
    ),
    _sword(
        "sword_side",
        _SIDEWAYS,
        (
            "a person slashes sideways with a sword in the <side> hand <times>",
            "a person swings a sword from {side to side|the <side> to the <other>} <times>",
            "a person {slashes|cuts} [across] with a sword <pace> <times>",
            "a person is {slashing|swinging a sword}",
            "a sideways {slash|cut} with a sword",
            "slash with a sword [from the <side>] <times>",
        ),
    ),
    _sword(
        "sword_thrust",
        _THRUST,
        (
            "a person thrusts a sword with the <side> hand <times>",
            (
                "a person {stabs|thrusts} forward with a {sword|knife|blade} [in the <side> "
                "hand] <times>"
            ),
            "a person steps forward and stabs with the <side> hand",
            "a person is stabbing with a sword",
            "a {sword thrust|stab} with the <side> hand",
            "stab with a {sword|knife} <times>",
        ),
    ),
    Move(
        "sword_combo",
        "swordplay",
        (
            "a person fights with a sword",
            "a person {swings|slashes with} a sword several times [with the <side> hand]",
            "a person {slashes left and right|attacks} with a sword [in the <side> hand]",
            "a {knight|swordsman|warrior} {fights|attacks}",
            "a person is {fighting with a sword|practicing sword fighting}",
            "a sword fight",
            "sword fighting",
        ),
        (*_SIDEWAYS[:3], *_BACKHANDED[1:3], *_DOWNWARD),
        ready=_SWORD_READY,
        weight=1.5,
    ),
    Move(
        "fencing_lunge",
        "swordplay",
        (
            "a person does a fencing lunge with the <side> leg",
            "a {fencer|person} lunges [forward] with {a foil|a sword|the <side> arm} <times>",
            "a person {fences|is fencing}",
            "a person {takes the en garde stance|stands en garde} and lunges",
            "a fencing lunge",
            "fencing",
        ),
        _LUNGE,
        ready=(_EN_GARDE,),
        counts=(1, 1, 2),
    ),
    Move(
        "spear_thrust",
        "swordplay",
        (
            "a person thrusts a spear <times>",
            "a person {stabs|thrusts|attacks} with a {spear|lance|pole|bayonet} <times>",
            "a person {steps forward and thrusts|thrusts forward with} a spear held in both hands",
            "a {warrior|soldier} attacks with a spear",
            "a spear {thrust|attack}",
            "thrust a spear <times>",
        ),
        _SPEAR,
        ready=(_SPEAR_READY,),
        counts=(1, 1, 2),
    ),
    Move(
        "raise_shield",
        "block",
        (
            "a person raises a shield with the <other> arm",
            "a person {blocks|defends} with a shield [on the <other> arm]",
            "a person {holds up|hides behind} a shield",
            "a {knight|warrior} raises the shield",
            "a person takes cover behind a shield",
            "raise a shield [with the <other> arm]",
        ),
        _SHIELD,
    ),
)
register_moves("weapons", _MOVES)
