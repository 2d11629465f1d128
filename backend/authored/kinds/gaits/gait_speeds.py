"""Walks and runs at other speeds, and backwards."""

from ...gaits.gait_arms import swung
from ...gaits.gait_posture import ArmPose
from ...gaits.walking_styles import WalkingStyle, register_walking_styles

SPEEDS = (
    WalkingStyle(
        "walk_slowly",
        (
            "a person walks slowly",
            "a person {strolls|walks} {slowly|at a slow pace|leisurely}",
            "a person takes slow[, small] steps forward",
            "a person walks very slowly",
            "walk slowly",
            "a slow walk",
        ),
        gait={"pace": (0.5, 0.65), "stride": (0.55, 0.75), "bob": (0.5, 0.8)},
        feet={"lift": (0.5, 0.8), "roll": (0.5, 0.8)},
        posture={"swing": (0.4, 0.7)},
        weight=2.0,
    ),
    WalkingStyle(
        "walk_quickly",
        (
            "a person walks quickly",
            "a person {walks|strides} {fast|briskly|quickly|in a hurry}",
            "a person {hurries|rushes} {along|forward}",
            "a person is in a hurry and walks fast",
            "a person speed walks",
            "walk fast",
        ),
        gait={"pace": (1.3, 1.5), "stride": (1.08, 1.2)},
        posture={"bend": (0.06, 0.14), "twist": (0.05, 0.1)},
        arms=swung(0.65, ArmPose(forward=-0.05, out=0.16, flex=1.0)),
        weight=2.0,
    ),
    WalkingStyle(
        "walk_backwards",
        (
            "a person walks backwards",
            "a person {walks|steps|moves} {backward|backwards|back}",
            "a person {walks|goes} [slowly] backwards",
            "a person {backs away|backs up|retreats}",
            "walk backwards",
            "walking backward",
        ),
        action="walk_backwards",
        gait={"pace": (0.7, 0.95), "stride": (0.5, 0.75)},
        feet={"lift": (0.6, 0.9), "roll": (0.5, 0.8)},
        posture={"bend": (-0.02, 0.12), "unsteady": (0.02, 0.04), "swing": (0.4, 0.8)},
        backwards=True,
        weight=3.0,
    ),
    WalkingStyle(
        "jog",
        (
            "a person jogs",
            "a person {jogs|runs slowly|runs at a slow pace} [forward]",
            "a person is jogging [along]",
            "a person goes for a jog",
            "a slow run",
            "jog",
        ),
        gait={"pace": (0.85, 0.98), "stride": (0.6, 0.8)},
        feet={"lift": (0.8, 1.0), "roll": (0.7, 1.0)},
        posture={"bend": (-0.1, 0.02), "swing": (0.7, 0.9)},
        base="run",
        action="jog",
        weight=2.0,
    ),
    WalkingStyle(
        "sprint",
        (
            "a person sprints",
            "a person {runs very fast|runs at full speed|sprints forward|runs as fast as possible}",
            "a person is sprinting",
            "a person {dashes|races} {forward|ahead}",
            "a sprint",
            "run fast",
        ),
        gait={"pace": (1.15, 1.3), "stride": (1.15, 1.35)},
        feet={"rise": (0.05, 0.12), "swing_ahead": (0.05, 0.12)},
        posture={"bend": (0.12, 0.24), "head": (-0.1, 0.0), "twist": (0.08, 0.14)},
        arms=swung(0.95, ArmPose(forward=-0.1, out=0.16, flex=1.4), flex=0.3),
        base="run",
        action="sprint",
        weight=2.0,
    ),
)

register_walking_styles(SPEEDS, "speeds of gait")
