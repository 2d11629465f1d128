"""Joy and applause: cheers, fists in the air, claps."""

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_FIST_UP = ArmPose((0.24, 0.5, 0.04), (0.0, 1.0, 0.0), (-0.3, 0.0, 1.0), (1.0, -0.1, 0.3))
_FIST_LOW = ArmPose((0.33, 0.2, 0.1), (0.0, 1.0, 0.05), (-0.3, 0.0, 1.0), (0.9, -0.8, 0.1))
_PUMP_HIGH = ArmPose((0.24, 0.1, 0.3), (-0.1, 1.0, 0.0), (-0.6, 0.0, -0.8), (0.5, -1.0, 0.2))
_PUMP_LOW = ArmPose((0.22, -0.14, 0.16), (-0.1, 0.9, 0.5), (-0.7, 0.3, -0.7), (0.6, -0.8, -0.6))
_CLAP_OPEN = ArmPose((0.15, -0.14, 0.28), (-0.12, 0.55, 1.0), (-1.0, 0.1, 0.1), (0.8, -1.0, -0.2))
_CLAP_SHUT = ArmPose((0.032, -0.12, 0.3), (0.0, 0.6, 1.0), (-1.0, 0.0, 0.0), (0.8, -1.0, -0.2))
_HIGH_OPEN = ArmPose((0.3, 0.44, 0.08), (-0.2, 1.0, 0.1), (-1.0, 0.0, 0.2), (1.0, 0.0, 0.1))
_HIGH_SHUT = ArmPose((0.035, 0.48, 0.1), (0.0, 1.0, 0.1), (-1.0, 0.0, 0.1), (1.0, 0.1, 0.2))

register_gestures(
    "cheers",
    (
        Gesture(
            "cheer",
            "cheer",
            (
                "cheers",
                "cheers with both {arms|fists|hands} {raised|in the air|up}",
                "{celebrates|rejoices} [with both {arms|fists} in the air]",
                "{pumps|throws} both fists {in|into} the air [{in triumph|in victory|and cheers}]",
                "raises both fists and cheers",
                "celebrates {a victory|a win|a goal}",
            ),
            ("cheering", "cheer", "a victory celebration", "celebrate with both fists up"),
            raising=(
                both_arms(_FIST_LOW, move=(0.3, 0.5), trunk=(0.06, 0, 0), shift=(0, 0, -0.045)),
            ),
            cycle=(
                both_arms(
                    _FIST_UP,
                    move=(0.18, 0.26),
                    hold=(0.02, 0.12),
                    trunk=(-0.12, 0.0, 0.0),
                    head=(-0.25, 0.0, 0.0),
                ),
                both_arms(
                    _FIST_LOW,
                    move=(0.2, 0.3),
                    trunk=(0.02, 0.03, 0.06),
                    head=(-0.1, 0.0, 0.0),
                    shift=(0.01, 0.0, -0.04),
                ),
            ),
            cycles=(1, 4),
            lowering=(
                both_arms(
                    _FIST_UP,
                    move=(0.18, 0.28),
                    hold=(0.3, 1.0),
                    trunk=(-0.12, 0.0, 0.0),
                    head=(-0.25, 0.0, 0.0),
                ),
            ),
            jitter=0.02,
            step_jitter=0.015,
            bases=("stand", "walk"),
            weight=1.5,
        ),
        Gesture(
            "fist_pump",
            "cheer",
            (
                "pumps the <side> fist",
                "{does|makes} a fist pump [with the <side> {hand|arm}]",
                "celebrates with a fist pump [of the <side> hand]",
                "clenches the <side> fist and pumps it {in triumph|to celebrate|to say yes}",
            ),
            ("a fist pump [with the <side> hand]",),
            raising=(
                Step(_PUMP_HIGH, move=(0.35, 0.55), trunk=(-0.05, 0, 0.1), head=(-0.1, 0, 0)),
            ),
            cycle=(
                Step(
                    _PUMP_LOW,
                    move=(0.16, 0.22),
                    hold=(0.15, 0.4),
                    trunk=(0.18, 0.05, 0.12),
                    head=(0.15, 0.0, 0.0),
                    shift=(0.0, 0.01, -0.05),
                ),
                Step(_PUMP_HIGH, move=(0.22, 0.3), trunk=(0.0, 0.0, 0.02), shift=(0.0, 0.0, -0.01)),
            ),
            cycles=(1, 2),
            lowering=(
                Step(
                    _PUMP_LOW,
                    move=(0.16, 0.24),
                    hold=(0.3, 0.7),
                    trunk=(0.2, 0.05, 0.12),
                    head=(0.1, 0.0, 0.0),
                    shift=(0.0, 0.01, -0.06),
                ),
            ),
            bases=("stand",),
        ),
        Gesture(
            "clap",
            "clap",
            (
                "claps",
                "claps {the|their|both} hands",
                "is clapping [the hands]",
                "claps [the hands] in front of the chest",
            ),
            ("clap [the hands]", "clapping"),
            raising=(both_arms(_CLAP_OPEN, move=(0.4, 0.7), trunk=(0.03, 0.0, 0.0)),),
            cycle=(
                both_arms(
                    _CLAP_SHUT, move=(0.12, 0.2), trunk=(0.05, 0.0, 0.0), head=(0.03, 0.0, 0.0)
                ),
                both_arms(_CLAP_OPEN, move=(0.16, 0.3), trunk=(0.02, 0.0, 0.0)),
            ),
            cycles=(1, 6),
            counted=True,
            delay=0.0,
            jitter=0.015,
            weight=1.5,
        ),
        Gesture(
            "applaud",
            "clap",
            (
                "applauds",
                "claps {the|both} hands {continuously|for a while|again and again}",
                "gives {applause|a round of applause}",
                "applauds enthusiastically",
                "is {applauding|clapping}",
            ),
            ("applause", "applauding", "applaud", "a round of applause"),
            raising=(both_arms(_CLAP_OPEN, move=(0.4, 0.7), trunk=(0.03, 0.0, 0.0)),),
            cycle=(
                Step(
                    _CLAP_SHUT,
                    _CLAP_SHUT,
                    move=(0.09, 0.13),
                    trunk=(0.04, 0.0, 0.03),
                    head=(0.06, 0.0, 0.03),
                ),
                Step(
                    ArmPose(
                        (0.11, -0.09, 0.27), (-0.1, 0.7, 1.0), (-1.0, 0.1, 0.1), (0.8, -1.0, -0.2)
                    ),
                    ArmPose(
                        (0.07, -0.14, 0.29), (-0.1, 0.5, 1.0), (-1.0, 0.1, 0.1), (0.8, -1.0, -0.2)
                    ),
                    move=(0.1, 0.15),
                    trunk=(0.01, 0.0, -0.02),
                    head=(-0.02, 0.0, -0.03),
                ),
            ),
            cycles=(8, 18),
            delay=0.0,
            adverbs=None,
            within=0.3,
        ),
        Gesture(
            "clap_overhead",
            "clap",
            (
                "claps {the|both} hands {over|above} the head",
                "claps {overhead|above the head}",
                "raises both arms and claps {above|over} the head",
            ),
            ("clapping over the head", "overhead claps"),
            raising=(
                both_arms(_HIGH_OPEN, move=(0.5, 0.8), trunk=(-0.06, 0, 0), head=(-0.1, 0, 0)),
            ),
            cycle=(
                both_arms(
                    _HIGH_SHUT,
                    move=(0.15, 0.24),
                    trunk=(-0.06, 0.0, 0.0),
                    head=(-0.1, 0.0, 0.0),
                    shift=(0.0, 0.0, 0.0),
                ),
                both_arms(
                    _HIGH_OPEN,
                    move=(0.2, 0.34),
                    trunk=(-0.03, 0.0, 0.0),
                    head=(-0.06, 0.0, 0.0),
                    shift=(0.0, 0.0, -0.025),
                ),
            ),
            cycles=(2, 6),
            counted=True,
            delay=0.0,
            bases=("stand", "walk"),
        ),
    ),
)
