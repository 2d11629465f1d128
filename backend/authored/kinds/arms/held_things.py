"""Things that are held and looked at: a phone, a book, a baby, a board."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_SCREEN = ArmPose((0.06, -0.15, 0.28), (-0.4, 0.8, 0.7), (-0.3, 0.6, -0.8), (0.6, -1.0, -0.2))
_TAP = ArmPose((0.08, -0.14, 0.3), (-0.7, 0.2, 0.7), (-0.3, -0.8, 0.3), (0.7, -1.0, -0.2))
_BOOK = ArmPose((0.12, -0.17, 0.29), (-0.35, 0.7, 0.7), (-0.4, 0.6, -0.7), (0.6, -1.0, -0.3))
_PAGE = ArmPose((-0.02, -0.1, 0.33), (-0.6, 0.5, 0.6), (-0.3, 0.3, -0.8), (0.7, -1.0, -0.1))
_CRADLE = ArmPose(
    (-0.03, -0.22, 0.2), (-1.0, 0.1, 0.1), (0.0, 1.0, -0.4), (0.7, -1.0, 0.0), "chest"
)
_CRADLE_FRONT = replace(_CRADLE, wrist=(-0.02, -0.17, 0.26))
_WRITE = ArmPose((0.13, 0.1, 0.42), (-0.4, 0.7, 0.8), (-0.3, -0.7, 0.6), (0.6, -1.0, -0.1))
_DAB = ArmPose((-0.1, 0.08, 0.24), (-1.0, 0.45, 0.1), (0.0, -0.2, -1.0), (0.9, -0.4, 0.6), "chest")
_DAB_OUT = ArmPose(
    (0.58, 0.3, 0.06), (1.0, 0.55, 0.1), (0.0, -0.4, 1.0), (0.2, -1.0, -0.3), "chest"
)
_HAND = "[with the <side> hand]"
_ON_SCREEN = Step(
    _SCREEN, move=(0.5, 0.9), hold=(0.3, 0.8), trunk=(0.05, 0, 0), head=(0.42, 0, 0.05)
)

register_gestures(
    "held",
    (
        Gesture(
            "look_at_phone",
            "phone",
            (
                "looks at {a|the|their} phone",
                "{looks at|reads|checks} {a|the} phone [in the <side> hand]",
                "holds a phone [in the <side> hand] and looks at it",
                "{reads a message|checks messages} on the phone",
            ),
            ("looking at a phone", "check the phone"),
            raising=(_ON_SCREEN,),
            cycle=(
                replace(_ON_SCREEN, move=(0.4, 0.8), head=(0.46, 0.03, 0.0)),
                replace(_ON_SCREEN, move=(0.4, 0.8), trunk=(0.08, 0.02, 0.03)),
            ),
            cycles=(1, 2),
            adverbs=None,
            within=0.4,
        ),
        Gesture(
            "text",
            "phone",
            (
                "texts on {a|the} phone",
                "types on {a|the} phone",
                "{writes|types|sends} a {text|text message|message} [on the phone]",
                "is texting",
            ),
            ("texting", "typing a message on the phone"),
            raising=(
                Step(_TAP, _SCREEN, move=(0.5, 0.9), trunk=(0.05, 0, 0), head=(0.42, 0, -0.03)),
            ),
            cycle=(
                Step(
                    replace(_TAP, wrist=(0.07, -0.155, 0.315)),
                    _SCREEN,
                    move=(0.09, 0.14),
                    trunk=(0.05, 0.0, 0.0),
                    head=(0.44, 0.0, -0.03),
                ),
                Step(_TAP, _SCREEN, move=(0.1, 0.16), trunk=(0.06, 0, 0), head=(0.42, 0, -0.02)),
            ),
            cycles=(6, 12),
            delay=0.0,
            step_jitter=0.006,
            adverbs=None,
            within=0.4,
        ),
        Gesture(
            "read_book",
            "read",
            (
                "reads a book",
                "{holds|opens} a book and reads [it]",
                "reads a {book|newspaper|magazine} [and turns a page]",
                "is reading [a book]",
            ),
            ("reading a book", "read a book", "reading"),
            raising=(
                both_arms(
                    _BOOK, move=(0.6, 0.9), hold=(0.6, 1.2), trunk=(0.04, 0, 0), head=(0.38, 0, 0.1)
                ),
                both_arms(
                    _BOOK,
                    move=(0.5, 0.8),
                    hold=(0.3, 0.8),
                    trunk=(0.05, 0, 0),
                    head=(0.42, 0, -0.1),
                ),
                Step(_PAGE, _BOOK, move=(0.4, 0.6), trunk=(0.05, 0, -0.03), head=(0.4, 0, -0.05)),
                both_arms(
                    _BOOK,
                    move=(0.4, 0.6),
                    hold=(0.5, 1.0),
                    trunk=(0.04, 0, 0),
                    head=(0.38, 0, 0.08),
                ),
            ),
            bases=("stand", "sit"),
            base_chances=(("sit", 0.45),),
            delay=0.0,
            adverbs=None,
            within=0.4,
        ),
        Gesture(
            "rock_baby",
            "carry",
            (
                "{rocks|holds} a baby [in the arms]",
                "{rocks|cradles|carries} a baby [in both arms]",
                "{cradles|rocks} something in the arms",
            ),
            ("rocking a baby", "cradling a baby"),
            raising=(
                Step(
                    _CRADLE, _CRADLE_FRONT, move=(0.6, 0.9), trunk=(-0.03, 0, 0), head=(0.3, 0, 0.1)
                ),
            ),
            cycle=(
                Step(
                    _CRADLE,
                    _CRADLE_FRONT,
                    move=(0.6, 0.9),
                    trunk=(-0.03, 0.06, 0.15),
                    head=(0.3, 0.05, 0.05),
                    shift=(0.045, 0.0, 0.0),
                ),
                Step(
                    _CRADLE,
                    _CRADLE_FRONT,
                    move=(0.6, 0.9),
                    trunk=(-0.03, -0.06, -0.15),
                    head=(0.3, 0.05, 0.1),
                    shift=(-0.045, 0.0, 0.0),
                ),
            ),
            cycles=(1, 3),
            bases=("stand",),
            delay=0.0,
            adverbs=None,
            within=0.6,
        ),
        Gesture(
            "write_on_board",
            "write",
            (
                f"writes on a {{board|blackboard|whiteboard}} {_HAND}",
                "writes something on a wall [with the <side> hand]",
                "draws on a {board|wall} [with the <side> hand]",
                "is {writing|drawing} on a board",
            ),
            ("writing on a board", "write on the board"),
            raising=(Step(_WRITE, move=(0.6, 0.9), trunk=(0.03, 0, -0.08)),),
            cycle=(
                Step(replace(_WRITE, wrist=(0.15, 0.14, 0.42)), move=(0.16, 0.26), passing=True),
                Step(replace(_WRITE, wrist=(0.19, 0.08, 0.42)), move=(0.16, 0.26), passing=True),
                Step(replace(_WRITE, wrist=(0.12, 0.15, 0.43)), move=(0.16, 0.26), passing=True),
                Step(replace(_WRITE, wrist=(0.1, 0.09, 0.43)), move=(0.16, 0.26), passing=True),
            ),
            cycles=(2, 5),
            bases=("stand",),
            step_jitter=0.018,
        ),
        Gesture(
            "dab",
            "dance",
            (
                "dabs",
                "{does|makes|strikes} {a|the} dab [to the <other>]",
                "does the dab [move]",
            ),
            ("a dab", "dab", "the dab dance move"),
            raising=(
                Step(
                    _DAB,
                    _DAB_OUT,
                    move=(0.3, 0.5),
                    hold=(0.5, 1.3),
                    trunk=(0.1, -0.1, -0.12),
                    head=(0.4, -0.1, -0.4),
                    shift=(-0.02, 0.0, -0.03),
                ),
            ),
            bases=("stand",),
            adverbs=None,
        ),
    ),
)
