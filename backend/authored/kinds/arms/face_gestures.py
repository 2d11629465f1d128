"""Hands at the head and the face: to think, to listen, and in dismay."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_EAR = ArmPose((0.15, 0.0, 0.02), (-0.15, 1.0, 0.15), (-0.5, 0.0, 1.0), (1.0, -0.6, 0.0), "head")
_SCRATCH = ArmPose(
    (0.165, 0.15, 0.04), (-0.75, 0.45, -0.3), (-0.6, -0.8, 0.0), (1.0, -0.3, 0.3), "head"
)
_PALM = ArmPose(
    (0.07, -0.02, 0.175), (-0.5, 1.0, -0.2), (-0.2, 0.0, -1.0), (0.7, -1.0, 0.1), "head"
)
_MOUTH = ArmPose(
    (0.095, -0.02, 0.155), (-0.9, 0.45, -0.1), (-0.1, 0.0, -1.0), (0.8, -1.0, 0.1), "head"
)
_EYES = ArmPose(
    (0.075, 0.0, 0.165), (-0.35, 1.0, -0.1), (-0.1, 0.0, -1.0), (0.6, -1.0, 0.1), "head"
)
_EARS = ArmPose((0.165, 0.0, 0.04), (-0.2, 1.0, -0.1), (-1.0, 0.0, 0.0), (0.9, -0.9, 0.3), "head")
_CHIN = ArmPose((0.05, -0.1, 0.14), (-0.35, 1.0, -0.2), (-0.4, 0.0, -1.0), (0.2, -1.0, 0.2), "head")
_ELBOW_REST = ArmPose(
    (-0.03, -0.23, 0.2), (-1.0, 0.1, 0.0), (0.0, 1.0, -0.2), (0.8, -1.0, 0.0), "chest"
)
_BROW = ArmPose((0.1, 0.12, 0.15), (-1.0, 0.25, -0.1), (0.0, -0.1, -1.0), (1.0, -0.4, 0.2), "head")
_TEMPLES = ArmPose(
    (0.155, 0.07, 0.06), (-0.4, 1.0, -0.1), (-1.0, 0.0, -0.2), (1.0, -0.4, 0.3), "head"
)
_HAND = "[with the <side> hand]"

register_gestures(
    "face",
    (
        Gesture(
            "hand_to_ear",
            "gesture",
            (
                "{puts|holds} the <side> hand to the ear",
                "cups the <side> hand {behind|to} the ear [{to listen|and listens}]",
                "{listens|tries to hear something} with {a|the <side>} hand at the ear",
                "listens [{carefully|closely}] [with the <side> hand at the ear]",
            ),
            ("hand to the ear", "listening with a hand behind the ear"),
            raising=(
                Step(_EAR, hold=(0.9, 2.2), trunk=(0.08, 0.08, -0.15), head=(0.0, 0.15, -0.35)),
            ),
        ),
        Gesture(
            "scratch_head",
            "gesture",
            (
                f"scratches {{the|their}} head {_HAND}",
                "scratches {the|their} head [in confusion]",
                "is {confused|puzzled} and scratches the head [with the <side> hand]",
                "scratches the <side> side of the head",
            ),
            ("scratching the head [with the <side> hand]", "scratch the head"),
            raising=(Step(_SCRATCH, move=(0.5, 0.8), head=(0.12, -0.1, 0.0)),),
            cycle=(
                Step(
                    replace(_SCRATCH, wrist=(0.17, 0.17, 0.055)),
                    move=(0.09, 0.14),
                    head=(0.13, -0.12, 0.02),
                ),
                Step(
                    replace(_SCRATCH, wrist=(0.17, 0.13, 0.03)),
                    move=(0.09, 0.14),
                    head=(0.12, -0.1, 0),
                ),
            ),
            cycles=(4, 9),
            jitter=0.007,
        ),
        Gesture(
            "facepalm",
            "gesture",
            (
                "facepalms",
                "{does|makes} a facepalm [with the <side> hand]",
                "{puts|slaps} the <side> {hand|palm} {on|against|over} the face",
                "puts the face in the <side> hand [in {embarrassment|disbelief}]",
            ),
            ("a facepalm [with the <side> hand]", "facepalm"),
            raising=(
                Step(
                    _PALM,
                    move=(0.35, 0.6),
                    hold=(0.3, 0.8),
                    trunk=(0.12, 0.0, 0.0),
                    head=(0.4, 0.0, 0.08),
                    shift=(0.0, 0.0, -0.015),
                ),
                Step(_PALM, move=(0.3, 0.45), trunk=(0.12, 0.0, 0.0), head=(0.42, 0.0, 0.25)),
                Step(_PALM, move=(0.35, 0.5), trunk=(0.12, 0.0, 0.0), head=(0.42, 0.0, -0.12)),
                Step(
                    _PALM,
                    move=(0.3, 0.45),
                    hold=(0.2, 0.5),
                    trunk=(0.1, 0, 0),
                    head=(0.38, 0, 0.05),
                ),
            ),
            bases=("stand",),
            jitter=0.006,
            adverbs=None,
        ),
        Gesture(
            "cover_mouth",
            "gesture",
            (
                "covers {the|their} mouth [with the <side> hand]",
                "{puts|holds} the <side> hand {over|to|in front of} the mouth",
                "{is shocked|gasps} and covers the mouth [with the <side> hand]",
            ),
            ("<side> hand over the mouth", "covering the mouth"),
            raising=(
                Step(
                    _MOUTH,
                    move=(0.3, 0.6),
                    hold=(0.8, 1.8),
                    trunk=(-0.05, 0, 0),
                    head=(-0.04, 0, 0),
                ),
            ),
            jitter=0.006,
        ),
        Gesture(
            "cover_eyes",
            "gesture",
            (
                "covers {the|their} eyes [with both hands]",
                "{hides|covers|buries} {the|their} face {behind|with|in} both hands",
                "{puts|holds} both hands {over the eyes|in front of the face}",
            ),
            ("covering the eyes", "hands over the eyes"),
            raising=(
                both_arms(
                    _EYES, move=(0.4, 0.7), hold=(0.9, 2.2), trunk=(0.1, 0, 0), head=(0.22, 0, 0)
                ),
            ),
            jitter=0.006,
        ),
        Gesture(
            "cover_ears",
            "gesture",
            (
                "covers {the|their} ears [with both hands]",
                "{puts|holds} {the|both} hands over the ears",
                "blocks the ears {with both hands|from loud noise}",
            ),
            ("covering the ears", "hands over the ears"),
            raising=(
                both_arms(
                    _EARS, move=(0.35, 0.6), hold=(0.9, 2.2), trunk=(0.12, 0, 0), head=(0.18, 0, 0)
                ),
            ),
            jitter=0.006,
        ),
        Gesture(
            "think",
            "think",
            (
                "thinks",
                "thinks with the <side> hand {on|at} the chin",
                "{puts|holds} the <side> hand {on|to} the chin [and thinks]",
                "{ponders|wonders|reflects} [about something] [with a hand on the chin]",
                "is {thinking|deep in thought}",
            ),
            ("thinking", "hand on the chin", "a thinking pose"),
            raising=(
                Step(
                    _CHIN,
                    _ELBOW_REST,
                    move=(0.6, 0.9),
                    hold=(0.4, 0.9),
                    trunk=(0.04, 0.0, 0.0),
                    head=(0.15, 0.0, 0.05),
                ),
                Step(
                    _CHIN,
                    _ELBOW_REST,
                    move=(0.6, 1.0),
                    hold=(0.4, 1.2),
                    trunk=(0.0, 0.03, 0.04),
                    head=(-0.12, 0.08, 0.2),
                ),
            ),
            jitter=0.006,
            bases=("stand", "walk"),
            adverbs=None,
            within=0.25,
            weight=1.5,
        ),
        Gesture(
            "wipe_brow",
            "gesture",
            (
                f"wipes {{the|their}} forehead {_HAND}",
                "wipes {the sweat|sweat} off the {brow|forehead} [with the <side> hand]",
                "wipes the brow [with the <side> {hand|arm}]",
            ),
            ("wiping the forehead [with the <side> hand]",),
            raising=(
                Step(
                    replace(_BROW, wrist=(0.03, 0.13, 0.16)),
                    move=(0.5, 0.8),
                    hold=(0.0, 0.15),
                    trunk=(0.05, 0.0, 0.0),
                    head=(0.15, 0.0, 0.1),
                ),
                Step(
                    replace(_BROW, wrist=(0.185, 0.14, 0.1)),
                    move=(0.45, 0.7),
                    trunk=(0.02, 0.0, 0.06),
                    head=(0.08, 0.05, -0.12),
                ),
                Step(
                    ArmPose(
                        (0.32, -0.08, 0.28), (-0.4, -0.2, 1.0), (-0.3, -1.0, 0.0), (0.8, -0.7, -0.1)
                    ),
                    move=(0.25, 0.4),
                ),
            ),
            jitter=0.006,
        ),
        Gesture(
            "hold_head",
            "gesture",
            (
                "holds the head with both hands",
                "{holds|grabs|clutches} {the|their} head [{in both hands|in despair|in pain}]",
                "has a headache and holds the head",
                "puts both hands {on|to} the head [in {shock|disbelief}]",
            ),
            ("holding the head", "hands on the head"),
            raising=(
                both_arms(_TEMPLES, hold=(0.4, 0.9), trunk=(0.1, 0.0, 0.0), head=(0.2, 0.0, 0.0)),
                both_arms(
                    _TEMPLES, hold=(0.3, 0.6), trunk=(0.14, 0.0, 0.06), head=(0.25, 0.05, 0.15)
                ),
                both_arms(
                    _TEMPLES, hold=(0.3, 0.6), trunk=(0.1, 0, -0.04), head=(0.2, -0.04, -0.15)
                ),
            ),
            jitter=0.006,
            adverbs=None,
        ),
    ),
)
