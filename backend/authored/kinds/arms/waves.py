"""Waves of one hand and of both."""

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_WAVE_IN = ArmPose((0.27, 0.08, 0.2), (-0.35, 1.0, 0.1), (0.1, 0.0, 1.0), (0.6, -1.0, -0.1))
_WAVE_OUT = ArmPose((0.45, 0.04, 0.16), (0.55, 1.0, 0.1), (0.1, 0.0, 1.0), (0.6, -1.0, -0.1))
_SMALL_IN = ArmPose((0.25, -0.06, 0.24), (-0.45, 1.0, 0.2), (0.0, 0.0, 1.0), (0.5, -1.0, -0.2))
_SMALL_OUT = ArmPose((0.32, -0.06, 0.23), (0.5, 1.0, 0.2), (0.0, 0.0, 1.0), (0.5, -1.0, -0.2))
_BIG_IN = ArmPose((0.02, 0.46, 0.1), (-0.4, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.1, 0.2))
_BIG_OUT = ArmPose((0.5, 0.37, 0.06), (0.6, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, -0.2, 0.0))
_HAND = "[with the <side> hand]"

register_gestures(
    "waves",
    (
        Gesture(
            "wave",
            "wave",
            (
                f"waves {_HAND}",
                "waves the <side> {hand|arm}",
                "waves {hello|hi|goodbye|at someone|to a friend} [with the <side> hand]",
                "{raises|lifts} the <side> {hand|arm} and waves",
                "is waving [with the <side> {hand|arm}]",
                "greets someone with a wave [of the <side> hand]",
            ),
            ("wave with the <side> hand", "waving", "a wave with the <side> {hand|arm}"),
            raising=(Step(_WAVE_IN, trunk=(0.0, 0.02, 0.03), head=(-0.03, 0.04, 0.05)),),
            cycle=(
                Step(
                    _WAVE_OUT, move=(0.18, 0.28), trunk=(0.0, 0.05, 0.04), head=(-0.03, 0.08, 0.05)
                ),
                Step(_WAVE_IN, move=(0.18, 0.28), trunk=(0.0, 0.02, 0.0), head=(-0.03, 0.05, 0.05)),
            ),
            cycles=(2, 6),
            counted=True,
            jitter=0.025,
            step_jitter=0.012,
            within=0.15,
            weight=2.0,
        ),
        Gesture(
            "small_wave",
            "wave",
            (
                "gives a small wave [with the <side> hand]",
                "waves {slightly|a little|shyly} [with the <side> hand]",
                "{makes|gives} a {little|shy|short|slight} wave [with the <side> hand]",
                "waves the <side> hand {a little|in front of the chest}",
            ),
            ("a {small|little|shy} wave [with the <side> hand]",),
            raising=(Step(_SMALL_IN, trunk=(0.02, 0.0, 0.0), head=(0.04, 0.1, 0.0)),),
            cycle=(
                Step(
                    _SMALL_OUT, move=(0.14, 0.22), trunk=(0.02, 0.01, 0.0), head=(0.04, 0.12, 0.0)
                ),
                Step(_SMALL_IN, move=(0.14, 0.22), trunk=(0.02, 0.0, 0.0), head=(0.04, 0.1, 0.0)),
            ),
            cycles=(2, 4),
            adverbs=None,
        ),
        Gesture(
            "big_wave",
            "wave",
            (
                "waves the <side> arm over the head",
                "gives a big wave {with the <side> arm|over the head}",
                "waves {widely|high} {over|above} the head [with the <side> {arm|hand}]",
                "waves {the|their} <side> arm {high|in the air|in a wide arc}",
                "{waves someone down|waves to someone far away} with the <side> arm",
            ),
            ("a big wave [with the <side> arm]", "wave the <side> arm over the head"),
            raising=(
                Step(_BIG_OUT, move=(0.5, 0.8), trunk=(-0.04, 0.1, 0.0), head=(-0.1, -0.05, 0)),
            ),
            cycle=(
                Step(
                    _BIG_IN,
                    move=(0.3, 0.45),
                    trunk=(-0.04, -0.1, 0.0),
                    head=(-0.1, 0.05, 0.0),
                    shift=(-0.025, 0.0, 0.0),
                ),
                Step(
                    _BIG_OUT,
                    move=(0.3, 0.45),
                    trunk=(-0.04, 0.1, 0.0),
                    head=(-0.1, -0.05, 0.0),
                    shift=(0.03, 0.0, 0.0),
                ),
            ),
            cycles=(2, 5),
            counted=True,
            jitter=0.02,
            step_jitter=0.02,
            within=0.1,
        ),
        Gesture(
            "wave_both_hands",
            "wave",
            (
                "waves both {hands|arms}",
                "waves with both {hands|arms} [{over the head|in the air}]",
                "{raises|lifts} both arms and waves [them]",
                "waves {both|the} arms {above|over} the head",
                "signals for help with both arms",
            ),
            ("waving both arms", "wave both {hands|arms}", "wave with both hands"),
            raising=(both_arms(_BIG_OUT, move=(0.5, 0.8), trunk=(-0.06, 0.0, 0.0)),),
            cycle=(
                both_arms(
                    ArmPose((0.14, 0.47, 0.1), (-0.35, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.1, 0.2)),
                    move=(0.26, 0.4),
                    trunk=(-0.06, 0.0, 0.0),
                    head=(-0.12, 0.0, 0.0),
                ),
                both_arms(
                    _BIG_OUT,
                    move=(0.26, 0.4),
                    trunk=(-0.04, 0.0, 0.0),
                    head=(-0.08, 0.0, 0.0),
                    shift=(0.0, 0.0, -0.015),
                ),
            ),
            cycles=(2, 5),
            counted=True,
            step_jitter=0.015,
            within=0.1,
        ),
    ),
)
