"""Hands at the body and the clothes: tie, sleeve, watch, hat, pockets, stomach."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_WATCH = ArmPose((0.02, -0.1, 0.29), (-1.0, 0.15, 0.1), (-0.1, -1.0, 0.25), (0.8, -0.8, 0.1))
_SLEEVE = ArmPose((0.08, -0.13, 0.31), (-0.7, 0.1, 0.4), (-0.3, -1.0, 0.0), (0.8, -1.0, -0.2))
_TIE = ArmPose(
    (0.06, -0.04, 0.185), (-0.7, 0.9, -0.3), (-0.4, 0.0, -1.0), (0.9, -1.0, 0.1), "chest"
)
_TIE_LOW = replace(_TIE, wrist=(0.05, -0.16, 0.2))
_BELLY = ArmPose(
    (0.03, 0.15, 0.2), (-1.0, 0.05, 0.05), (0.0, 0.0, -1.0), (1.0, -0.5, -0.4), "pelvis"
)
_BELLY_LOW = replace(_BELLY, wrist=(0.04, 0.07, 0.19))
_POCKET = ArmPose(
    (0.195, -0.02, 0.05), (-0.15, -1.0, 0.15), (-1.0, 0.0, -0.1), (0.5, -0.1, -1.0), "pelvis"
)
_HAT = ArmPose((0.14, 0.2, 0.08), (-0.7, 0.6, -0.2), (-0.8, -0.6, 0.0), (0.9, -0.3, 0.4), "head")
_HAT_LOW = ArmPose((0.15, -0.14, 0.3), (-0.5, 0.3, 1.0), (-1.0, 0.0, 0.2), (0.6, -1.0, -0.4))
_YAWN = ArmPose(
    (0.085, -0.02, 0.165), (-0.8, 0.6, -0.1), (-0.1, 0.0, -1.0), (1.0, -0.8, 0.2), "head"
)
_STRETCH = ArmPose((0.42, 0.3, -0.02), (0.4, 1.0, -0.1), (-0.2, 0.0, 1.0), (1.0, -0.4, -0.2))
_IN_POCKETS = both_arms(_POCKET, move=(0.7, 1.1), hold=(0.6, 1.3), trunk=(-0.02, 0.0, 0.0))

_RUB_FRONT = ArmPose((0.035, -0.15, 0.3), (-0.1, 0.35, 1.0), (-1.0, 0.0, 0.0), (0.9, -1.0, -0.2))
_RUB_BACK = replace(_RUB_FRONT, wrist=(0.035, -0.17, 0.23))

register_gestures(
    "body",
    (
        Gesture(
            "rub_hands",
            "gesture",
            (
                "rubs the hands [together]",
                "rubs {the|both|their} hands together [{to warm them|in anticipation}]",
                "warms the hands by rubbing them",
                "is {rubbing the hands|cold and rubs the hands together}",
            ),
            ("rubbing the hands", "rub the hands together"),
            raising=(both_arms(_RUB_FRONT, trunk=(0.05, 0.0, 0.0), shrug=0.1),),
            cycle=(
                Step(
                    _RUB_FRONT,
                    _RUB_BACK,
                    move=(0.12, 0.19),
                    trunk=(0.08, 0, -0.03),
                    head=(0.1, 0, 0),
                    shrug=0.14,
                ),
                Step(
                    _RUB_BACK,
                    _RUB_FRONT,
                    move=(0.12, 0.19),
                    trunk=(0.06, 0, 0.03),
                    head=(0.06, 0, 0),
                    shrug=0.12,
                ),
            ),
            cycles=(3, 8),
            delay=0.0,
            within=0.2,
        ),
        Gesture(
            "look_at_watch",
            "gesture",
            (
                "looks at {the|their} watch",
                "{checks|looks at} {the|a} watch [on the <side> {wrist|arm}]",
                "checks the time [on the <side> wrist]",
                "{raises|lifts} the <side> arm and looks at the {watch|wrist}",
            ),
            ("checking the time", "look at the watch", "a look at the watch"),
            raising=(
                Step(
                    _WATCH,
                    move=(0.4, 0.7),
                    hold=(0.8, 1.6),
                    trunk=(0.04, 0.0, -0.04),
                    head=(0.38, 0.0, 0.08),
                ),
            ),
        ),
        Gesture(
            "adjust_tie",
            "gesture",
            (
                "adjusts {the|their} tie",
                "{adjusts|straightens|fixes} {the|a} {tie|collar} [with both hands]",
                "straightens the {tie|collar|shirt}",
            ),
            ("adjusting the tie", "straighten the tie"),
            raising=(both_arms(_TIE, trunk=(-0.03, 0.0, 0.0), head=(-0.1, 0.0, 0.05)),),
            cycle=(
                Step(_TIE, _TIE_LOW, move=(0.25, 0.4), hold=(0, 0.1), head=(-0.12, 0.05, 0.12)),
                both_arms(_TIE, move=(0.25, 0.4), hold=(0.0, 0.1), head=(-0.1, 0.0, -0.08)),
            ),
            cycles=(1, 3),
            bases=("stand",),
            jitter=0.008,
            adverbs=None,
        ),
        Gesture(
            "adjust_sleeve",
            "gesture",
            (
                "{adjusts|straightens|pulls up} {the|their} sleeve",
                "{adjusts|straightens} the <side> {cuff|sleeve}",
                "{adjusts|fixes} a cufflink",
            ),
            ("adjusting the sleeve",),
            raising=(
                Step(_WATCH, _SLEEVE, move=(0.5, 0.7), hold=(0.1, 0.3), head=(0.35, 0.0, 0.0)),
            ),
            cycle=(
                Step(
                    _WATCH,
                    replace(_SLEEVE, wrist=(0.02, -0.12, 0.31)),
                    move=(0.2, 0.35),
                    hold=(0.05, 0.2),
                    head=(0.38, 0.0, 0.05),
                ),
                Step(_WATCH, _SLEEVE, move=(0.2, 0.35), hold=(0.05, 0.2), head=(0.35, 0, 0)),
            ),
            cycles=(1, 2),
            bases=("stand",),
            jitter=0.008,
            adverbs=None,
            weight=0.5,
        ),
        Gesture(
            "put_on_hat",
            "gesture",
            (
                "puts on a hat",
                "puts {a hat|a cap|a helmet} on [{the|their} head] [with both hands]",
                "{lifts|raises} a hat and puts it on",
            ),
            ("putting on a hat", "put on a helmet"),
            raising=(
                both_arms(_HAT_LOW, move=(0.5, 0.8), hold=(0.1, 0.4), head=(0.25, 0, 0)),
                both_arms(
                    replace(_HAT, wrist=(0.15, 0.3, 0.1)),
                    move=(0.6, 0.9),
                    trunk=(-0.04, 0.0, 0.0),
                    head=(0.05, 0.0, 0.0),
                ),
                both_arms(_HAT, move=(0.3, 0.45), hold=(0.1, 0.3), head=(0.15, 0.0, 0.0)),
                both_arms(
                    replace(_HAT, wrist=(0.15, 0.18, 0.1)),
                    move=(0.2, 0.35),
                    hold=(0.1, 0.3),
                    head=(0.08, 0.05, 0.0),
                ),
            ),
            bases=("stand",),
            jitter=0.006,
            delay=0.0,
        ),
        Gesture(
            "stand_hands_in_pockets",
            "pose",
            (
                "stands with the hands in the pockets",
                "{stands|waits} with {hands in pockets|both hands in the pockets}",
                "has the hands in the pockets",
            ),
            ("hands in pockets", "standing with hands in the pockets"),
            raising=(
                _IN_POCKETS,
                replace(_IN_POCKETS, head=(0.05, 0.0, 0.3), shift=(0.02, 0.0, 0.0)),
                replace(_IN_POCKETS, head=(0.1, 0.03, -0.2), shift=(-0.01, 0.0, 0.0)),
            ),
            bases=("stand",),
            adverbs=None,
            within=1.0,
        ),
        Gesture(
            "stomach_ache",
            "hurt",
            (
                "holds {the|their} stomach [{in pain|with both hands}]",
                "has a stomach ache",
                "{clutches|holds} the {belly|stomach} with both hands [and bends over]",
                "is in pain and holds the {belly|stomach}",
            ),
            ("a stomach ache", "holding the stomach in pain"),
            raising=(
                Step(
                    _BELLY,
                    _BELLY_LOW,
                    move=(0.4, 0.7),
                    hold=(0.3, 0.8),
                    trunk=(0.42, 0.0, 0.0),
                    head=(0.15, 0.0, 0.0),
                    shift=(0.0, 0.06, -0.04),
                ),
                Step(
                    _BELLY,
                    _BELLY_LOW,
                    move=(0.5, 0.9),
                    hold=(0.2, 0.6),
                    trunk=(0.55, 0.05, 0.08),
                    head=(0.1, 0.05, 0.1),
                    shift=(0.0, 0.08, -0.07),
                ),
                Step(
                    _BELLY,
                    _BELLY_LOW,
                    move=(0.5, 0.9),
                    hold=(0.1, 0.4),
                    trunk=(0.38, -0.03, -0.05),
                    head=(0.1, 0.0, 0.0),
                    shift=(0.0, 0.06, -0.03),
                ),
            ),
            bases=("stand",),
            adverbs=None,
        ),
        Gesture(
            "yawn",
            "tired",
            (
                "yawns",
                "yawns and {stretches|covers the mouth}",
                "is {tired|sleepy} and yawns",
                "{stretches|stretches an arm} and yawns",
            ),
            ("a yawn", "yawning", "yawn"),
            raising=(
                Step(
                    _YAWN,
                    _STRETCH,
                    move=(0.8, 1.2),
                    hold=(0.1, 0.3),
                    trunk=(-0.1, 0.0, 0.05),
                    head=(-0.2, 0.0, 0.0),
                    shrug=0.1,
                ),
                Step(
                    _YAWN,
                    replace(_STRETCH, wrist=(0.45, 0.32, -0.08)),
                    move=(0.5, 0.8),
                    hold=(0.4, 0.9),
                    trunk=(-0.18, 0.06, 0.08),
                    head=(-0.3, 0.05, 0.05),
                    shrug=0.2,
                ),
            ),
            bases=("stand", "sit"),
            jitter=0.006,
            adverbs=None,
            drop=(0.8, 1.2),
        ),
    ),
)
