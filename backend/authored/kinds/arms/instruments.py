"""Music without the instrument: conduct, piano, guitar, violin, drums."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_BEAT_UP = ArmPose((0.25, 0.18, 0.32), (-0.1, 0.7, 1.0), (-0.2, -0.8, 0.4), (0.8, -0.8, -0.1))
_BEAT_DOWN = ArmPose((0.2, -0.22, 0.36), (-0.1, -0.1, 1.0), (-0.2, -1.0, 0.0), (0.7, -1.0, -0.2))
_BEAT_IN = ArmPose((0.1, -0.06, 0.36), (-0.4, 0.3, 1.0), (-0.3, -1.0, 0.2), (0.9, -0.8, -0.1))
_BEAT_OUT = ArmPose((0.4, -0.06, 0.32), (0.2, 0.3, 1.0), (-0.2, -1.0, 0.2), (0.7, -1.0, -0.1))

_KEYS = ArmPose((0.16, -0.27, 0.34), (-0.1, -0.05, 1.0), (0.0, -1.0, -0.05), (0.6, -1.0, -0.4))
_KEYS_HIGH = replace(_KEYS, wrist=(0.2, -0.21, 0.34), fingers=(-0.1, -0.4, 1.0))
_KEYS_WIDE = replace(_KEYS, wrist=(0.33, -0.27, 0.32))

_STRUM_UP = ArmPose(
    (0.04, -0.24, 0.2), (-1.0, -0.05, 0.1), (0.0, -0.2, -1.0), (0.9, -0.6, -0.3), "chest"
)
_STRUM_DOWN = replace(_STRUM_UP, wrist=(0.05, -0.33, 0.19), fingers=(-1.0, -0.6, 0.1))
_FRETS = ArmPose(
    (0.42, -0.13, 0.22), (-0.4, 1.0, -0.3), (-0.3, 0.3, -1.0), (0.5, -1.0, 0.0), "chest"
)
_FRETS_NEAR = replace(_FRETS, wrist=(0.33, -0.17, 0.24))

_BOW_IN = ArmPose(
    (-0.06, 0.02, 0.32), (-0.8, -0.3, 0.5), (0.1, -1.0, -0.1), (1.0, -0.25, 0.1), "chest"
)
_BOW_OUT = ArmPose(
    (0.32, -0.16, 0.3), (-0.8, 0.0, 0.5), (0.1, -1.0, -0.1), (1.0, -0.5, -0.2), "chest"
)
_VIOLIN = ArmPose(
    (0.26, -0.03, 0.38), (-0.5, 1.0, -0.3), (-0.3, 0.3, -1.0), (0.1, -1.0, 0.1), "chest"
)

_STICK_UP = ArmPose((0.18, -0.1, 0.3), (-0.2, 0.7, 1.0), (-0.4, -1.0, 0.3), (0.7, -1.0, -0.3))
_STICK_DOWN = ArmPose((0.15, -0.26, 0.37), (-0.25, -0.3, 1.0), (-0.4, -1.0, 0.0), (0.7, -1.0, -0.3))

register_gestures(
    "music",
    (
        Gesture(
            "conduct",
            "conduct",
            (
                "conducts an orchestra",
                "conducts [{an orchestra|a choir|music}] [with both {hands|arms}]",
                "{beats|keeps} time [for an orchestra] with both {hands|arms}",
                "directs {an orchestra|a choir}",
            ),
            ("conducting an orchestra", "an orchestra conductor"),
            raising=(
                both_arms(_BEAT_UP, move=(0.6, 0.9), hold=(0.1, 0.5), head=(-0.08, 0.0, 0.0)),
            ),
            cycle=(
                both_arms(_BEAT_DOWN, move=(0.28, 0.4), trunk=(0.08, 0, 0), shift=(0, 0, -0.01)),
                both_arms(_BEAT_IN, move=(0.28, 0.4), trunk=(0.03, 0.0, 0.05), passing=True),
                both_arms(_BEAT_OUT, move=(0.28, 0.4), trunk=(0.02, 0.0, -0.05), head=(0, 0, 0.2)),
                both_arms(_BEAT_UP, move=(0.3, 0.45), trunk=(-0.03, 0.0, 0.0), head=(-0.06, 0, 0)),
            ),
            cycles=(1, 3),
            bases=("stand",),
            step_jitter=0.02,
            within=0.3,
        ),
        Gesture(
            "play_piano",
            "music",
            (
                "plays the piano",
                "plays {a piano|the piano|the keyboard} [with both hands]",
                "is playing the piano",
            ),
            ("playing the piano", "a pianist"),
            raising=(
                both_arms(_KEYS_HIGH, move=(0.5, 0.9), trunk=(0.05, 0, 0), head=(0.15, 0, 0)),
            ),
            cycle=(
                Step(
                    _KEYS, _KEYS_HIGH, move=(0.14, 0.24), trunk=(0.1, 0, 0.05), head=(0.25, 0, 0.1)
                ),
                Step(_KEYS_HIGH, _KEYS, move=(0.14, 0.24), trunk=(0.07, 0, 0), head=(0.2, 0, 0.0)),
                Step(
                    _KEYS_WIDE,
                    _KEYS_HIGH,
                    move=(0.18, 0.3),
                    trunk=(0.1, 0.06, 0),
                    head=(0.2, 0, 0.2),
                ),
                Step(
                    _KEYS_HIGH,
                    _KEYS_WIDE,
                    move=(0.18, 0.3),
                    trunk=(0.08, -0.05, 0),
                    head=(0.25, 0, -0.2),
                ),
            ),
            cycles=(3, 6),
            bases=("stand", "sit"),
            base_chances=(("sit", 0.6),),
            step_jitter=0.02,
            within=0.4,
        ),
        Gesture(
            "play_guitar",
            "music",
            (
                "plays the guitar",
                "plays {a|an acoustic|an electric|air} guitar",
                "strums {a|the} guitar [with the <side> hand]",
                "is playing the guitar",
            ),
            ("playing the guitar", "air guitar", "strumming a guitar"),
            raising=(
                Step(_STRUM_UP, _FRETS, move=(0.6, 0.9), trunk=(0, 0, 0.05), head=(0.2, 0, -0.3)),
            ),
            cycle=(
                Step(
                    _STRUM_DOWN,
                    _FRETS,
                    move=(0.13, 0.2),
                    trunk=(0.03, 0, 0.06),
                    head=(0.25, 0, -0.3),
                ),
                Step(
                    _STRUM_UP, _FRETS, move=(0.16, 0.24), trunk=(0, 0, 0.03), head=(0.15, 0, -0.3)
                ),
                Step(
                    _STRUM_DOWN,
                    _FRETS_NEAR,
                    move=(0.13, 0.2),
                    trunk=(0.03, 0.03, 0.06),
                    head=(0.25, 0, -0.2),
                ),
                Step(
                    _STRUM_UP,
                    _FRETS_NEAR,
                    move=(0.16, 0.24),
                    trunk=(0, 0.03, 0.03),
                    head=(0.15, 0, -0.2),
                ),
            ),
            cycles=(2, 6),
            delay=0.0,
            within=0.4,
        ),
        Gesture(
            "play_violin",
            "music",
            (
                "plays the violin",
                "plays {a|the} {violin|fiddle} [with the bow in the <side> hand]",
                "is playing the {violin|fiddle}",
            ),
            ("playing the violin", "a violinist"),
            raising=(
                Step(_BOW_IN, _VIOLIN, move=(0.7, 1.0), hold=(0.05, 0.2), head=(0.1, -0.15, -0.4)),
            ),
            cycle=(
                Step(
                    _BOW_OUT,
                    _VIOLIN,
                    move=(0.4, 0.75),
                    trunk=(0, 0.04, 0.08),
                    head=(0.1, -0.15, -0.35),
                ),
                Step(
                    _BOW_IN,
                    _VIOLIN,
                    move=(0.4, 0.75),
                    trunk=(0.04, -0.03, -0.05),
                    head=(0.12, -0.15, -0.4),
                ),
            ),
            cycles=(2, 4),
            bases=("stand", "sit"),
            delay=0.0,
            within=0.4,
        ),
        Gesture(
            "play_drums",
            "music",
            (
                "plays the drums",
                "{drums|beats a drum} [with {both hands|two sticks}]",
                "is {drumming|playing the drums}",
                "hits {a drum|the drums} {with both hands|again and again}",
            ),
            ("drumming", "playing the drums", "a drummer"),
            raising=(both_arms(_STICK_UP, move=(0.5, 0.8), trunk=(0.05, 0.0, 0.0)),),
            cycle=(
                Step(
                    _STICK_DOWN,
                    _STICK_UP,
                    move=(0.12, 0.18),
                    trunk=(0.08, 0, -0.04),
                    head=(0.15, 0, 0),
                ),
                Step(
                    _STICK_UP, _STICK_DOWN, move=(0.12, 0.18), trunk=(0.06, 0, 0.04), head=(0, 0, 0)
                ),
            ),
            cycles=(4, 10),
            bases=("stand", "sit"),
            base_chances=(("sit", 0.45),),
            step_jitter=0.015,
            within=0.35,
        ),
    ),
)
