"""Things of everyday use at the head: phone, cup, food, toothbrush, comb, camera."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_PHONE = ArmPose(
    (0.145, -0.04, 0.07), (-0.2, 1.0, -0.35), (-1.0, 0.0, -0.1), (0.8, -1.0, 0.2), "head"
)
_CUP = ArmPose((0.1, -0.2, 0.32), (-0.5, 0.15, 1.0), (-1.0, 0.0, 0.4), (0.5, -1.0, -0.4))
_SIP = ArmPose((0.1, -0.03, 0.18), (-0.85, 0.35, -0.1), (-0.3, 0.1, -1.0), (0.8, -1.0, 0.1), "head")
_SIP_HIGH = ArmPose(
    (0.1, 0.01, 0.185), (-0.85, 0.35, -0.1), (-0.3, 0.1, -1.0), (1.0, -0.7, 0.2), "head"
)
_PLATE = ArmPose((0.12, -0.34, 0.3), (-0.35, -0.45, 1.0), (-0.6, -0.8, 0.0), (0.5, -1.0, -0.5))
_BITE = ArmPose(
    (0.078, -0.05, 0.203), (-0.45, 0.6, -0.5), (-0.3, 0.3, -1.0), (0.7, -1.0, 0.1), "head"
)
_TEETH = ArmPose(
    (0.13, 0.01, 0.17), (-1.0, 0.15, 0.05), (0.0, -0.2, -1.0), (1.0, -0.5, 0.2), "head"
)
_HAIR_TOP = ArmPose(
    (0.13, 0.23, 0.06), (-0.8, 0.2, -0.4), (-0.4, -1.0, 0.0), (1.0, 0.0, 0.3), "head"
)
_HAIR_LOW = ArmPose(
    (0.16, 0.1, -0.08), (-0.6, 0.1, -0.6), (-1.0, 0.0, 0.3), (1.0, 0.1, 0.1), "head"
)
_CAMERA = ArmPose((0.1, 0.0, 0.25), (-0.3, 1.0, 0.1), (-0.9, 0.0, 0.4), (0.7, -1.0, 0.0), "head")
_HAND = "[with the <side> hand]"
_ON_PHONE = Step(_PHONE, move=(0.5, 0.9), hold=(0.3, 0.8))

register_gestures(
    "daily",
    (
        Gesture(
            "phone",
            "phone",
            (
                "talks on the phone",
                "{holds|has} a phone to the <side> ear [and talks]",
                "{makes|takes|answers} a phone call [with the <side> hand]",
                "is on the phone",
                "{speaks|talks} {on|into} the phone [in the <side> hand]",
            ),
            ("talking on the phone", "a phone call", "talk on the phone"),
            raising=(replace(_ON_PHONE, head=(0.02, 0.1, 0.05)),),
            cycle=(
                replace(_ON_PHONE, head=(0.12, 0.08, 0.1), trunk=(0.02, 0.02, 0.05)),
                replace(_ON_PHONE, head=(0.0, 0.12, -0.1), trunk=(0.0, 0.0, -0.06)),
            ),
            cycles=(1, 2),
            adverbs=None,
            within=0.35,
        ),
        Gesture(
            "drink",
            "drink",
            (
                f"drinks {_HAND}",
                "drinks {something|from a cup|from a glass|from a bottle} [with the <side> hand]",
                "{takes|has} a {drink|sip} [{from a cup|from a glass}]",
                "{raises|lifts} a {cup|glass} with the <side> hand and drinks",
            ),
            ("drinking [from a cup]", "a sip from a glass"),
            raising=(
                Step(_CUP, move=(0.5, 0.8), hold=(0.1, 0.5), head=(0.15, 0.0, 0.05)),
                Step(_SIP, move=(0.55, 0.85), hold=(0.05, 0.15), head=(0.05, 0.0, 0.0)),
                Step(
                    _SIP_HIGH,
                    move=(0.35, 0.6),
                    hold=(0.5, 1.5),
                    trunk=(-0.06, 0, 0),
                    head=(-0.35, 0, 0),
                ),
                Step(_SIP, move=(0.3, 0.5), head=(0.0, 0.0, 0.0)),
                Step(_CUP, move=(0.5, 0.8), hold=(0.1, 0.4), head=(0.05, 0.0, 0.0)),
            ),
            adverbs=None,
            jitter=0.007,
        ),
        Gesture(
            "eat",
            "eat",
            (
                f"eats {_HAND}",
                "eats {something|a meal|from a plate} [with the <side> hand]",
                "{brings|puts} food {to|into} the mouth [with the <side> hand]",
                "is eating",
            ),
            ("eating", "eat with the <side> hand"),
            raising=(Step(_PLATE, move=(0.5, 0.8), trunk=(0.12, 0.0, 0.0), head=(0.3, 0.0, 0.03)),),
            cycle=(
                Step(
                    _BITE, move=(0.5, 0.8), hold=(0.15, 0.35), trunk=(0.15, 0, 0), head=(0.12, 0, 0)
                ),
                Step(
                    _PLATE,
                    move=(0.5, 0.8),
                    hold=(0.1, 0.4),
                    trunk=(0.12, 0, 0),
                    head=(0.3, 0, 0.03),
                ),
            ),
            cycles=(1, 3),
            bases=("stand", "sit"),
            base_chances=(("sit", 0.4),),
            jitter=0.007,
        ),
        Gesture(
            "brush_teeth",
            "wash",
            (
                f"brushes {{the|their}} teeth {_HAND}",
                "is brushing {the|their} teeth [with the <side> hand]",
                "cleans the teeth with a toothbrush [in the <side> hand]",
            ),
            ("brushing the teeth", "brush the teeth"),
            raising=(Step(_TEETH, move=(0.5, 0.8), trunk=(0.08, 0, 0), head=(0.1, 0, 0)),),
            cycle=(
                Step(
                    replace(_TEETH, wrist=(0.175, 0.01, 0.165)),
                    move=(0.11, 0.16),
                    trunk=(0.08, 0.0, 0.0),
                    head=(0.1, 0.03, 0.03),
                ),
                Step(_TEETH, move=(0.11, 0.16), trunk=(0.08, 0.0, 0.0), head=(0.1, 0.0, -0.02)),
            ),
            cycles=(6, 14),
            bases=("stand",),
            jitter=0.006,
            within=0.3,
        ),
        Gesture(
            "comb_hair",
            "wash",
            (
                f"combs {{the|their}} hair {_HAND}",
                "{combs|brushes} {the|their} hair [with the <side> hand]",
                "{runs|strokes} the <side> hand through the hair",
            ),
            ("combing the hair", "brush the hair with the <side> hand"),
            raising=(Step(_HAIR_TOP, move=(0.6, 0.9), head=(0.05, -0.08, 0.0)),),
            cycle=(
                Step(_HAIR_LOW, move=(0.4, 0.65), head=(0.02, -0.12, -0.1)),
                Step(_HAIR_TOP, move=(0.35, 0.55), head=(0.06, -0.06, 0.0)),
            ),
            cycles=(1, 3),
            bases=("stand", "sit"),
            jitter=0.008,
        ),
        Gesture(
            "take_photo",
            "gesture",
            (
                "takes a {photo|picture}",
                "takes a {photo|picture} with {a camera|a phone|both hands}",
                "{holds|raises} a camera [to the eyes] and takes a picture",
            ),
            ("taking a {photo|picture}", "photographing something"),
            raising=(
                both_arms(
                    _CAMERA, move=(0.6, 0.9), hold=(0.4, 0.9), trunk=(0.05, 0, 0), head=(0.04, 0, 0)
                ),
                both_arms(
                    _CAMERA,
                    move=(0.3, 0.5),
                    hold=(0.4, 1.0),
                    trunk=(0.08, 0.03, 0.0),
                    head=(0.05, 0.06, 0.0),
                    shift=(0.0, 0.0, -0.02),
                ),
            ),
            bases=("stand",),
            delay=0.0,
            adverbs=None,
        ),
    ),
)
