"""Punches from a boxing stance: jab, cross, hook, uppercut and others."""

from dataclasses import replace

from ...key_poses.key_poses import Foot, Hand, KeyPose
from ...key_poses.moves import STANCE_FEET, Move, mirror_pose, register_moves

_RIGHT_GUARD = Hand(0.1, 0.08, 0.21, (0.35, -1.0, 0.1))
_LEFT_GUARD = Hand(0.1, 0.09, 0.28, (0.35, -1.0, 0.2))
GUARD = KeyPose(
    0.6,
    turn=-0.35,
    twist=-0.1,
    bend=0.16,
    dip=0.06,
    weight=0.5,
    right=_RIGHT_GUARD,
    left=_LEFT_GUARD,
    **STANCE_FEET,
)
"""The stance of a right-handed boxer, with the left hand and foot ahead."""
_PUSHING_FOOT = STANCE_FEET["right_foot"]._replace(yaw=0.0, heel=0.6)


def _guard(after: float) -> KeyPose:
    return replace(GUARD, after=after)


CROSS = (
    KeyPose(
        0.16,
        turn=-0.5,
        twist=-0.25,
        weight=0.35,
        dip=0.08,
        right=_RIGHT_GUARD._replace(out=0.15, forward=0.17),
        left=_LEFT_GUARD,
    ),
    KeyPose(
        0.22,
        turn=0.4,
        twist=0.35,
        bend=0.2,
        dip=0.07,
        weight=0.78,
        right=Hand(0.0, 1.43, 0.8, (1.0, -0.6, 0.0), "stage"),
        left=Hand(0.08, 0.04, 0.2, (0.4, -1.0, 0.2)),
        right_foot=_PUSHING_FOOT,
    ),
    _guard(0.32),
)
JAB = (
    KeyPose(0.12, turn=-0.28, twist=0.0, weight=0.42, left=_LEFT_GUARD._replace(forward=0.26)),
    KeyPose(
        0.17,
        turn=-0.55,
        twist=-0.35,
        bend=0.14,
        weight=0.65,
        left=Hand(0.02, 1.45, 0.8, (0.9, -0.7, 0.0), "stage"),
        right=_RIGHT_GUARD,
    ),
    _guard(0.28),
)
HOOK = (
    KeyPose(
        0.2,
        turn=-0.5,
        twist=-0.35,
        weight=0.35,
        dip=0.1,
        right=Hand(0.33, -0.06, 0.12, (1.0, -0.5, -0.3)),
    ),
    KeyPose(
        0.15,
        True,
        turn=0.25,
        twist=0.2,
        weight=0.7,
        right=Hand(0.24, 0.03, 0.36, (1.0, 0.0, -0.2)),
        right_foot=_PUSHING_FOOT,
    ),
    KeyPose(
        0.13,
        turn=0.6,
        twist=0.5,
        weight=0.75,
        right=Hand(-0.12, 0.03, 0.34, (1.0, 0.1, 0.2)),
        left=_LEFT_GUARD._replace(forward=0.24),
    ),
    _guard(0.4),
)
UPPERCUT = (
    KeyPose(
        0.24,
        turn=-0.5,
        twist=-0.3,
        bend=0.35,
        side=-0.18,
        dip=0.16,
        weight=0.3,
        right=Hand(0.22, -0.4, 0.12, (0.5, -0.6, -1.0)),
    ),
    KeyPose(
        0.13,
        True,
        turn=0.1,
        twist=0.1,
        bend=0.2,
        dip=0.08,
        weight=0.6,
        right=Hand(0.12, -0.2, 0.37, (0.5, -1.0, -0.3)),
        right_foot=_PUSHING_FOOT,
    ),
    KeyPose(
        0.14,
        turn=0.45,
        twist=0.35,
        bend=-0.02,
        side=0.05,
        dip=0.02,
        weight=0.75,
        right=Hand(0.02, 0.2, 0.36, (0.6, -1.0, 0.3)),
        left=_LEFT_GUARD._replace(forward=0.22),
    ),
    _guard(0.42),
)
ELBOW = (
    KeyPose(
        0.22, turn=-0.5, twist=-0.35, weight=0.35, right=Hand(0.2, 0.02, 0.13, (1.0, 0.0, -0.6))
    ),
    KeyPose(
        0.2,
        turn=0.5,
        twist=0.6,
        weight=0.75,
        right=Hand(0.0, 0.04, 0.17, (0.75, 0.1, 1.0)),
        left=_LEFT_GUARD._replace(forward=0.24),
        right_foot=_PUSHING_FOOT,
    ),
    _guard(0.45),
)
_BODY_SHOT = (
    KeyPose(0.2, turn=-0.5, twist=-0.25, weight=0.35, dip=0.16, bend=0.3, right=_RIGHT_GUARD),
    KeyPose(
        0.25,
        turn=0.35,
        twist=0.35,
        bend=0.45,
        dip=0.2,
        weight=0.75,
        right=Hand(0.0, 1.02, 0.85, (1.0, -0.5, 0.0), "stage"),
        left=_LEFT_GUARD,
        right_foot=_PUSHING_FOOT,
    ),
    _guard(0.42),
)
_BOUNCE = (
    KeyPose(
        0.17,
        dip=0.03,
        weight=0.6,
        bend=0.14,
        left_foot=STANCE_FEET["left_foot"]._replace(heel=0.35),
        right_foot=STANCE_FEET["right_foot"]._replace(heel=0.5),
    ),
    KeyPose(
        0.18,
        dip=0.09,
        weight=0.42,
        bend=0.18,
        left_foot=STANCE_FEET["left_foot"]._replace(heel=0.12),
        right_foot=STANCE_FEET["right_foot"]._replace(heel=0.25),
    ),
    KeyPose(
        0.17,
        dip=0.03,
        weight=0.45,
        twist=-0.16,
        bend=0.14,
        left_foot=STANCE_FEET["left_foot"]._replace(heel=0.35),
        right_foot=STANCE_FEET["right_foot"]._replace(heel=0.5),
    ),
    KeyPose(
        0.18,
        dip=0.09,
        weight=0.55,
        twist=-0.06,
        bend=0.18,
        left_foot=STANCE_FEET["left_foot"]._replace(heel=0.12),
        right_foot=STANCE_FEET["right_foot"]._replace(heel=0.25),
    ),
)
_WEAVE = (
    KeyPose(0.35, side=0.3, lean=0.05, bend=0.4, dip=0.2, weight=0.68, twist=0.05),
    KeyPose(0.35, side=-0.3, lean=-0.05, bend=0.4, dip=0.2, weight=0.3, twist=-0.2),
    _guard(0.3),
)
_STRAIGHT_RIGHT = tuple(replace(pose, left_foot=None, right_foot=None) for pose in CROSS[:2])
_SQUARE = KeyPose(
    0.55,
    dip=0.08,
    bend=0.1,
    right=Hand(0.12, 0.07, 0.23, (0.35, -1.0, 0.1)),
    left=Hand(0.12, 0.07, 0.23, (0.35, -1.0, 0.1)),
    left_foot=Foot(out=0.08, yaw=0.15),
    right_foot=Foot(out=0.08, yaw=0.15),
)
"""Feet side by side."""
_SQUARE_RIGHT = (
    replace(_STRAIGHT_RIGHT[1], after=0.26, right_foot=Foot(out=0.08, yaw=-0.1, heel=0.4)),
    replace(_SQUARE, after=0.2),
)


def _sides(name: str, action: str, stroke: tuple[KeyPose, ...], captions: tuple[str, ...]) -> Move:
    return Move(
        name,
        action,
        captions,
        stroke,
        ready=(_guard(0.6), replace(GUARD, after=0.25)),
        counts=(1, 1, 2, 3),
        home=0.75,
    )


_MOVES = (
    _sides(
        "cross",
        "punch",
        CROSS,
        (
            "a person punches with the <side> hand <times>",
            (
                "a person {punches|throws a punch|strikes} <pace> with the <side> "
                "{hand|fist|arm} <times>"
            ),
            "a person {throws|does} a [straight|hard] <side> {punch|cross} <times>",
            "a person is punching <pace> with the <side> {hand|fist}",
            "punch with the <side> hand <times>",
            "a <side> {punch|cross|straight}",
            "a boxer {throws|punches with} a straight <side> <times>",
            (
                "a person stands in a {boxing|fighting} stance and {punches|hits} with the "
                "<side> hand <times>"
            ),
        ),
    ),
    _sides(
        "body_punch",
        "punch",
        _BODY_SHOT,
        (
            "a person punches low with the <side> hand <times>",
            "a person {throws|does} a [<side>] punch to the {body|stomach} <times>",
            (
                "a person bends the knees and punches [<pace>] at {stomach|belly} height "
                "with the <side> {hand|fist} <times>"
            ),
            "a [<side>] body punch",
            "punch somebody in the {stomach|belly} with the <side> hand <times>",
        ),
    ),
    _sides(
        "jab",
        "punch",
        JAB,
        (
            "a person jabs with the <other> hand <times>",
            "a person {throws|does} a [quick] <other> jab <times>",
            "a person {punches|boxes|jabs} <pace> with the <other> {hand|fist} <times>",
            "a person is jabbing with the <other> hand",
            "jab with the <other> {hand|fist} <times>",
            "a [<other>] jab",
            "a boxer jabs {<times>|with the <other> hand}",
        ),
    ),
    _sides(
        "hook",
        "punch",
        HOOK,
        (
            "a person throws a <side> hook <times>",
            (
                "a person {throws|does|lands} a [hard] hook [punch] <pace> with the <side> "
                "{hand|fist|arm} <times>"
            ),
            "a person punches from the side with the <side> {hand|fist} <times>",
            "a person is throwing <side> hooks",
            "a <side> hook [punch]",
            "hook with the <side> hand <times>",
        ),
    ),
    _sides(
        "uppercut",
        "punch",
        UPPERCUT,
        (
            "a person throws a <side> uppercut <times>",
            (
                "a person {throws|does|lands} an uppercut <pace> with the <side> "
                "{hand|fist|arm} <times>"
            ),
            "a person punches upward with the <side> {hand|fist} <times>",
            "a person dips down and {punches up|throws an uppercut} with the <side> hand <times>",
            "a <side> uppercut",
            "uppercut with the <side> hand <times>",
        ),
    ),
    _sides(
        "elbow_strike",
        "punch",
        ELBOW,
        (
            "a person strikes with the <side> elbow <times>",
            "a person {throws|does} a <side> elbow [strike] <times>",
            "a person {hits|attacks} somebody <pace> with the <side> elbow <times>",
            "a person is elbowing somebody with the <side> arm",
            "an elbow strike with the <side> arm",
            "elbow strike with the <side> elbow <times>",
        ),
    ),
    Move(
        "one_two",
        "punch",
        (
            "a person throws a one-two combo <times>",
            "a person punches with the <other> hand and then with the <side> hand",
            "a person {throws|does} a one-two [punch] [<pace>] <times>",
            "a person {throws|does} a jab and a cross <times>",
            "a person throws two punches, <other> then <side>",
            "a {jab cross|one-two} {combo|combination}",
            "a boxing combination",
        ),
        stroke=(*JAB[:2], replace(CROSS[1], after=0.26), _guard(0.4)),
        ready=(_guard(0.6),),
    ),
    Move(
        "shadow_boxing",
        "punch",
        (
            "a person shadow boxes",
            "a person {boxes|shadow boxes|does shadow boxing} <pace>",
            "a person is {boxing|shadow boxing}",
            "a person throws {several|a series of} punches [with both hands]",
            "a person {spars|fights} like a boxer",
            "[shadow] boxing",
            "a person throws jabs, a cross and a hook",
        ),
        stroke=(
            *_BOUNCE[:2],
            *JAB,
            *JAB[:2],
            replace(CROSS[1], after=0.26),
            replace(_guard(0.3), twist=0.05),
            *HOOK,
            *_WEAVE,
        ),
        ready=(_guard(0.6),),
        weight=1.5,
    ),
    Move(
        "punches_alternating",
        "punch",
        (
            "a person punches with both hands in turn",
            "a person punches {left and right|with alternating {hands|fists}} [<pace>]",
            "a person {throws|does} {alternating punches|punches with both hands}",
            "a person is punching {left and right|again and again}",
            "alternating punches",
            "a person {punches the air|punches repeatedly} with both {hands|fists}",
        ),
        stroke=(*_SQUARE_RIGHT[:1], mirror_pose(_SQUARE_RIGHT[0])),
        ready=(_SQUARE,),
        after=(replace(_SQUARE, after=0.3),),
        counts=(2, 3, 4),
    ),
    Move(
        "boxing_bounce",
        "fight_idle",
        (
            "a person bounces in a boxing stance",
            "a person stands in a {boxing|fighting} stance",
            "a person stands ready to fight[, bouncing on the {feet|toes}]",
            "a person {bounces|hops lightly} {on the toes|in place} with the fists up",
            "a person raises the fists [and is ready to {fight|box}]",
            "a {boxer|fighter} in a guard stance",
            "boxing stance",
        ),
        stroke=_BOUNCE,
        ready=(_guard(0.6),),
        counts=(3, 4, 5, 6),
    ),
    Move(
        "bob_and_weave",
        "duck",
        (
            "a person bobs and weaves <times>",
            "a person dodges punches <times>",
            "a person {ducks|weaves} left and right like a boxer <times>",
            "a person {dodges|ducks} from side to side with the fists up <times>",
            "a person is {bobbing and weaving|dodging punches}",
            "dodge {left and right|punches}",
        ),
        stroke=_WEAVE,
        ready=(_guard(0.6),),
        counts=(1, 2),
    ),
)
register_moves("punches", _MOVES)
