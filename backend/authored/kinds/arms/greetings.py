"""Greetings in which hands or bodies meet another person, who is not seen."""

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_SHAKE_HIGH = ArmPose((0.06, -0.13, 0.42), (-0.1, 0.1, 1.0), (-1.0, 0.0, 0.0), (0.5, -1.0, -0.2))
_SHAKE_LOW = ArmPose((0.06, -0.24, 0.41), (-0.1, -0.1, 1.0), (-1.0, 0.0, 0.0), (0.5, -1.0, -0.2))
_FIVE_BACK = ArmPose((0.33, 0.2, -0.02), (0.05, 1.0, -0.3), (-0.1, 0.0, 1.0), (0.9, -0.7, 0.0))
_FIVE_HIT = ArmPose((0.12, 0.28, 0.38), (0.0, 1.0, 0.35), (-0.1, -0.2, 1.0), (0.8, -0.6, 0.2))
_BUMP_BACK = ArmPose((0.2, -0.16, 0.2), (-0.15, 0.25, 1.0), (0.0, -1.0, 0.2), (0.6, -1.0, -0.5))
_BUMP_HIT = ArmPose((0.08, -0.06, 0.46), (-0.1, 0.1, 1.0), (0.0, -1.0, 0.1), (0.6, -1.0, -0.1))
_KISS = ArmPose(
    (0.07, -0.02, 0.205), (-0.55, 0.6, -0.35), (-0.2, 0.0, -1.0), (0.7, -1.0, 0.1), "head"
)
_KISS_AWAY = ArmPose((0.16, 0.0, 0.45), (0.1, 0.25, 1.0), (0.0, 1.0, -0.2), (0.5, -1.0, 0.0))
_HUG_OPEN = ArmPose((0.46, -0.04, 0.28), (0.4, 0.0, 1.0), (-1.0, 0.1, 0.3), (0.8, -0.6, -0.3))
_HUG_SHUT = ArmPose((-0.02, 0.0, 0.36), (-1.0, 0.1, 0.2), (-0.2, 0.0, -1.0), (1.0, -0.5, 0.4))
_HUG_SHUT_LOW = ArmPose((0.0, -0.16, 0.33), (-1.0, 0.1, 0.2), (-0.2, 0.0, -1.0), (1.0, -0.6, 0.4))
_HAND = "[with the <side> hand]"

register_gestures(
    "greetings",
    (
        Gesture(
            "handshake",
            "greet",
            (
                "shakes hands",
                "shakes hands {with someone|with another person} [with the <side> hand]",
                "{offers|stretches out|extends} the <side> hand and shakes hands",
                "gives a handshake [with the <side> hand]",
            ),
            ("a handshake [with the <side> hand]", "shake hands", "shaking hands"),
            raising=(
                Step(
                    _SHAKE_HIGH,
                    move=(0.5, 0.8),
                    hold=(0.05, 0.3),
                    trunk=(0.12, 0.0, -0.12),
                    shift=(0.0, -0.03, -0.01),
                ),
            ),
            cycle=(
                Step(
                    _SHAKE_LOW,
                    move=(0.14, 0.2),
                    trunk=(0.15, 0.0, -0.12),
                    head=(0.08, 0.0, 0.0),
                    shift=(0.0, -0.03, -0.015),
                ),
                Step(
                    _SHAKE_HIGH, move=(0.14, 0.2), trunk=(0.12, 0, -0.12), shift=(0, -0.03, -0.01)
                ),
            ),
            cycles=(2, 5),
            bases=("stand",),
            adverbs=None,
        ),
        Gesture(
            "high_five",
            "greet",
            (
                f"gives a high five {_HAND}",
                "high fives {someone|a friend} [with the <side> hand]",
                "{does|makes} a high five [with the <side> hand]",
                "slaps hands up high with {someone|another person}",
            ),
            ("a high five [with the <side> hand]", "high five"),
            raising=(
                Step(
                    _FIVE_BACK,
                    move=(0.45, 0.65),
                    hold=(0.0, 0.15),
                    trunk=(-0.05, 0.0, 0.25),
                    head=(-0.08, 0.0, -0.2),
                    shift=(0.02, 0.02, 0.0),
                ),
                Step(
                    _FIVE_HIT,
                    move=(0.16, 0.24),
                    hold=(0.04, 0.12),
                    trunk=(0.1, 0.0, -0.2),
                    head=(-0.05, 0.0, 0.15),
                    shift=(0.0, -0.04, 0.0),
                ),
                Step(
                    ArmPose((0.2, 0.16, 0.3), (0.0, 1.0, 0.2), (-0.1, 0.0, 1.0), (0.8, -0.8, 0.1)),
                    move=(0.2, 0.3),
                    trunk=(0.03, 0.0, -0.05),
                    shift=(0.0, -0.015, 0.0),
                ),
            ),
            bases=("stand",),
            adverbs=None,
        ),
        Gesture(
            "fist_bump",
            "greet",
            (
                f"gives a fist bump {_HAND}",
                "{does|makes} a fist bump [with the <side> {hand|fist}]",
                "bumps fists [with someone]",
            ),
            ("a fist bump [with the <side> hand]", "fist bump"),
            raising=(
                Step(_BUMP_BACK, move=(0.4, 0.6), hold=(0.0, 0.2), trunk=(0.02, 0.0, 0.08)),
                Step(
                    _BUMP_HIT,
                    move=(0.2, 0.3),
                    hold=(0.1, 0.35),
                    trunk=(0.1, 0.0, -0.16),
                    shift=(0.0, -0.03, -0.005),
                ),
                Step(_BUMP_BACK, move=(0.25, 0.4), trunk=(0.02, 0.0, 0.0), head=(0.06, 0.0, 0.0)),
            ),
            bases=("stand",),
            adverbs=None,
        ),
        Gesture(
            "blow_kiss",
            "greet",
            (
                f"blows a kiss {_HAND}",
                "{blows|throws|sends} a kiss [{to someone|to the audience}]",
                "kisses the <side> hand and blows the kiss away",
            ),
            ("blow a kiss", "blowing a kiss [with the <side> hand]"),
            raising=(
                Step(_KISS, hold=(0.2, 0.5), trunk=(-0.02, 0.0, 0.0), head=(0.1, 0.05, 0.0)),
                Step(
                    _KISS_AWAY,
                    move=(0.35, 0.55),
                    hold=(0.3, 0.9),
                    trunk=(0.1, 0.0, -0.12),
                    head=(-0.08, 0.05, 0.0),
                    shift=(0.0, -0.025, 0.0),
                ),
            ),
        ),
        Gesture(
            "hug",
            "greet",
            (
                "hugs someone",
                "gives {a hug|someone a hug}",
                "opens {both|the} arms and {hugs|embraces} someone",
                "embraces {someone|a friend}",
            ),
            ("a hug", "hugging someone", "hug"),
            raising=(
                both_arms(
                    _HUG_OPEN,
                    move=(0.6, 0.9),
                    hold=(0.1, 0.4),
                    trunk=(-0.06, 0.0, 0.0),
                    shift=(0.0, 0.01, 0.0),
                ),
                Step(
                    _HUG_SHUT,
                    _HUG_SHUT_LOW,
                    move=(0.6, 0.9),
                    hold=(0.8, 1.8),
                    trunk=(0.18, 0.05, 0.0),
                    head=(0.1, 0.25, 0.2),
                    shift=(0.0, -0.03, -0.02),
                ),
                both_arms(_HUG_OPEN, move=(0.5, 0.8), trunk=(0.02, 0.0, 0.0)),
            ),
            bases=("stand",),
            adverbs=None,
        ),
    ),
)
