"""Expressions of the arms: doubt, despair, devotion, pride."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_HEART = ArmPose(
    (0.05, -0.14, 0.17), (-1.0, 0.25, -0.1), (0.0, 0.0, -1.0), (0.9, -1.0, 0.1), "chest"
)
_PRAY = ArmPose((0.03, -0.15, 0.22), (0.0, 1.0, 0.3), (-1.0, 0.0, 0.0), (1.0, -0.7, 0.0), "chest")
_FLEX = ArmPose((0.36, 0.2, 0.05), (-0.6, 1.0, 0.0), (-0.9, -0.5, 0.0), (1.0, 0.05, 0.1), "chest")
_FLEX_ONE = ArmPose(
    (0.34, 0.16, 0.1), (-0.6, 1.0, 0.0), (-0.9, -0.5, 0.0), (1.0, -0.05, 0.2), "chest"
)
_SHRUG = ArmPose((0.43, -0.26, 0.14), (0.7, 0.1, 0.7), (0.1, 1.0, 0.1), (0.1, -1.0, -0.4), "chest")
_DESPAIR_UP = ArmPose(
    (0.42, 0.26, 0.16), (0.3, 1.0, 0.1), (-0.4, 0.2, 1.0), (0.8, -0.7, 0.0), "chest"
)
_DESPAIR_LOW = ArmPose(
    (0.33, -0.42, 0.1), (0.35, -0.9, 0.5), (-1.0, 0.0, 0.3), (0.4, -0.2, -1.0), "chest"
)
_SPREAD = ArmPose((0.68, -0.02, 0.06), (1.0, 0.05, 0.1), (0.0, 0.3, 1.0), (0.2, -1.0, -0.4))

register_gestures(
    "expressions",
    (
        Gesture(
            "shrug",
            "shrug",
            (
                "shrugs",
                "shrugs {the|their} shoulders",
                "{raises|lifts} the shoulders {and shrugs|in a shrug}",
                "does not know and shrugs",
                "makes an I don't know gesture",
            ),
            ("a shrug", "shrugging", "shrug [the shoulders]"),
            raising=(
                both_arms(
                    _SHRUG,
                    move=(0.3, 0.5),
                    hold=(0.3, 0.9),
                    trunk=(-0.05, 0.0, 0.0),
                    head=(0.05, 0.22, 0.0),
                    shrug=0.38,
                ),
            ),
            weight=1.5,
            jitter=0.025,
        ),
        Gesture(
            "despair",
            "gesture",
            (
                "throws the hands up in despair",
                "throws {both|the} {hands|arms} up {in frustration|in despair}",
                "is {frustrated|exasperated} and throws up {the|both} arms",
                "gestures in {despair|frustration|exasperation}",
            ),
            ("a gesture of {despair|frustration}", "throw the hands up"),
            raising=(
                both_arms(
                    _DESPAIR_UP,
                    move=(0.28, 0.42),
                    hold=(0.15, 0.5),
                    trunk=(-0.14, 0.0, 0.0),
                    head=(-0.3, 0.05, 0.0),
                    shift=(0.0, 0.0, 0.0),
                ),
                both_arms(
                    _DESPAIR_LOW,
                    move=(0.35, 0.5),
                    hold=(0.1, 0.3),
                    trunk=(0.16, 0.0, 0.0),
                    head=(0.3, 0.0, 0.0),
                    shift=(0.0, 0.0, -0.035),
                ),
                both_arms(
                    _DESPAIR_LOW,
                    move=(0.25, 0.4),
                    hold=(0.2, 0.5),
                    trunk=(0.12, 0.0, 0.0),
                    head=(0.25, 0.0, 0.3),
                    shift=(0.0, 0.0, -0.03),
                ),
                both_arms(
                    _DESPAIR_LOW,
                    move=(0.25, 0.4),
                    trunk=(0.1, 0.0, 0.0),
                    head=(0.25, 0.0, -0.3),
                    shift=(0.0, 0.0, -0.025),
                ),
            ),
            bases=("stand",),
        ),
        Gesture(
            "hand_on_heart",
            "gesture",
            (
                "puts the <side> hand on the heart",
                "{puts|places|lays} the <side> hand on the {chest|heart}",
                "holds the <side> hand {to|over} the {heart|chest}",
            ),
            ("hand on heart", "<side> hand on the chest"),
            raising=(
                Step(_HEART, hold=(0.8, 2.0), trunk=(0.02, 0.0, 0.0), head=(0.12, 0.05, 0.0)),
            ),
        ),
        Gesture(
            "pray",
            "pray",
            (
                "prays",
                "{folds|puts|presses} the {hands|palms} together {and prays|in prayer}",
                "stands {in prayer|praying} [with folded hands]",
                "lowers the head and prays",
            ),
            ("praying", "a prayer", "pray"),
            raising=(
                both_arms(_PRAY, move=(0.6, 0.9), hold=(0.2, 0.5), head=(0.1, 0.0, 0.0)),
                both_arms(
                    _PRAY, move=(0.5, 0.8), hold=(1.0, 2.2), trunk=(0.12, 0, 0), head=(0.4, 0, 0)
                ),
            ),
            bases=("stand", "sit"),
            delay=0.0,
            adverbs=None,
            within=0.25,
        ),
        Gesture(
            "flex_muscles",
            "pose",
            (
                "flexes {the|their} muscles",
                "{shows|flexes} {the|both} biceps",
                "poses like a bodybuilder",
                "{raises both arms and|proudly} shows off the muscles",
            ),
            ("flexing [the muscles]", "a bodybuilder pose", "flex the muscles"),
            raising=(
                both_arms(_SPREAD, move=(0.5, 0.7), trunk=(-0.03, 0.0, 0.0)),
                both_arms(
                    _FLEX,
                    move=(0.35, 0.55),
                    hold=(0.6, 1.2),
                    trunk=(-0.1, 0.0, 0.0),
                    head=(0.0, 0.0, 0.3),
                    shift=(0.0, 0.0, -0.02),
                ),
            ),
            cycle=(
                both_arms(
                    replace(_FLEX, wrist=(0.42, 0.22, 0.06)),
                    move=(0.25, 0.4),
                    trunk=(-0.06, 0.0, 0.0),
                    head=(0.0, 0.0, 0.1),
                ),
                both_arms(
                    _FLEX,
                    move=(0.25, 0.4),
                    hold=(0.3, 0.7),
                    trunk=(-0.1, 0.0, -0.1),
                    head=(0.0, 0.0, -0.35),
                    shift=(0.0, 0.0, -0.02),
                ),
            ),
            cycles=(0, 2),
            bases=("stand",),
        ),
        Gesture(
            "flex_one_arm",
            "pose",
            (
                "flexes the <side> {biceps|arm}",
                "shows the <side> {biceps|muscle}",
                "{flexes|shows} the muscles of the <side> arm",
            ),
            ("flex the <side> arm",),
            raising=(
                Step(
                    _FLEX_ONE,
                    move=(0.5, 0.8),
                    hold=(0.8, 1.8),
                    trunk=(-0.05, 0.0, -0.1),
                    head=(0.1, 0.0, 0.45),
                ),
            ),
            bases=("stand",),
        ),
        Gesture(
            "spread_arms",
            "pose",
            (
                "spreads {the|both} arms",
                "{spreads|stretches|opens} {the|both} arms [wide] {to the sides|out}",
                "stretches both arms out to the sides",
                "makes a T pose",
            ),
            ("arms wide", "a T-pose", "spread the arms"),
            raising=(
                both_arms(_SPREAD, move=(0.6, 0.9), hold=(0.7, 2.0), trunk=(-0.08, 0.0, 0.0)),
            ),
        ),
    ),
)
