"""Poses on the floor that several kinds pass through, on one stage.

Somebody stands at the origin facing -Y. Whoever lies on the back has the head at +Y, and whoever
kneels, crawls or lies on the front has it at -Y.
"""

from dataclasses import replace

from .poses import Foot, Hand, Knee, Leg, Pose, palm_on_floor

HANGING = Hand((0.27, -0.46, 0.06))
ON_THIGHS = Hand((0.2, -0.32, 0.3), elbow=(1.0, -0.6, -0.4), fingers=(-0.2, -0.5, 0.8))
BESIDE_HIPS = Hand((0.3, -0.49, -0.03), elbow=(1.0, -0.2, -0.3))
"""Arms of somebody who lies."""

SQUAT = Pose(
    (0.0, 0.14, 0.42),
    body=(22, 0, 0),
    spine=(38, 0, 0),
    head=(-15, 0, 0),
    hands=Hand((0.24, -0.3, 0.38)),
)
SIT_BACK = Pose(
    (0.0, 0.3, 0.2),
    body=(-18, 0, 0),
    spine=(46, 0, 0),
    head=(-4, 0, 0),
    hands=palm_on_floor(0.28, 0.48, (0.5, 0.6)),
)
"""Between squatting and sitting, leaning on the hands behind."""
SIT_KNEES_UP = Pose(
    (0.0, 0.36, None),
    body=(-22, 0, 0),
    spine=(22, 0, 0),
    head=(6, 0, 0),
    hands=palm_on_floor(0.27, 0.6, (0.6, 0.5)),
)
RECLINE = Pose(
    (0.0, 0.38, None),
    body=(-58, 0, 0),
    spine=(30, 0, 0),
    head=(22, 0, 0),
    hands=Hand(
        (0.3, 0.62, 0.05), "world", elbow=(0.5, -0.6, -1.0), fingers=(0, -1, 0), palm=(0, 0, -1)
    ),
)
"""Half lying, on the forearms."""
SUPINE_KNEES_UP = Pose(
    (0.0, 0.4, None), body=(-88, 0, 0), spine=(2, 0, 0), head=(4, 0, 0), hands=BESIDE_HIPS
)
LYING_LEG = Leg(flex=1, spread=6, turn=22, knee=4, point=22)
SUPINE = Pose(
    (0.0, 0.4, None),
    body=(-90, 0, 0),
    head=(2, 0, 0),
    hands=BESIDE_HIPS,
    legs=LYING_LEG,
)
HALF_KNEEL = Pose(
    (0.0, 0.02, 0.5),
    body=(12, 0, 0),
    spine=(22, 0, 0),
    hands=Hand((0.22, -0.32, 0.36)),
    legs=(Foot((0.13, -0.42)), Knee((0.11, 0.12), tucked=True)),
)
KNEEL = Pose(
    (0.0, 0.12, 0.49),
    body=(6, 0, 0),
    spine=(16, 0, 0),
    hands=Hand((0.24, -0.44, 0.2)),
    legs=Knee((0.11, 0.1), yaw=4),
)
ALL_FOURS = Pose(
    (0.0, 0.08, 0.465),
    body=(84, 0, 0),
    spine=(0, 0, 0),
    head=(-25, 0, 0),
    hands=palm_on_floor(0.19, -0.46),
    legs=Knee((0.1, 0.1)),
)
HANDS_DOWN = Pose(
    (0.0, 0.17, 0.46),
    body=(36, 0, 0),
    spine=(66, 0, 0),
    head=(-30, 0, 0),
    hands=palm_on_floor(0.2, -0.5),
    legs=Foot((0.12, -0.1), pitch=32),
)
"""Squatting with the hands on the floor."""
FEET_FLYING = Pose(
    (0.0, 0.12, 0.6),
    body=(62, 0, 0),
    spine=(42, 0, 0),
    head=(-24, 0, 0),
    hands=palm_on_floor(0.2, -0.5),
    legs=Foot((0.11, 0.46), pitch=64, height=0.1),
)
"""On the hands, while both feet jump back or forward."""
FEET_BACK = Foot((0.1, 0.99), pitch=72)
PLANK = Pose(
    (0.0, 0.03, 0.37),
    body=(75, 0, 0),
    spine=(4, 0, 0),
    head=(-16, 0, 0),
    hands=palm_on_floor(0.21, -0.5),
    legs=FEET_BACK,
)
CHEST_DOWN = Pose(
    (0.0, 0.055, 0.2),
    body=(84, 0, 0),
    spine=(-1, 0, 0),
    head=(-14, 0, 0),
    hands=palm_on_floor(0.21, -0.5),
    legs=FEET_BACK,
)
"""The bottom of a push-up."""
PRONE = Pose(
    (0.0, 0.04, None),
    body=(90, 0, 0),
    spine=(-2, 0, 0),
    head=(-6, 0, 60),
    hands=Hand((0.33, 0.02, 0.05), elbow=(1.0, -0.5, 0.0), fingers=(-0.2, 1, 0), palm=(0, 0, 1)),
    legs=Leg(flex=-2, spread=5, knee=4, point=55),
)
PRONE_AHEAD = replace(PRONE, pelvis=(0.0, -0.32, None))
"""Where somebody lies who comes down from hands and knees."""
ALL_FOURS_AHEAD = replace(
    ALL_FOURS, pelvis=(0.0, -0.06, 0.45), body=(92, 0, 0), hands=palm_on_floor(0.22, -0.72)
)
CROSS_LEGGED = Pose(
    (0.0, 0.3, 0.18),
    body=(-4, 0, 0),
    spine=(12, 0, 0),
    head=(-2, 0, 0),
    hands=Hand((0.2, -0.36, 0.24), elbow=(1.0, -0.6, -0.4), fingers=(-0.3, -0.5, 0.8)),
    legs=(
        Leg(flex=95, spread=44, turn=82, knee=122, point=20),
        Leg(flex=98, spread=38, turn=78, knee=136, point=20),
    ),
)
LONG_SIT = Pose(
    (0.0, 0.36, None),
    body=(-14, 0, 0),
    spine=(14, 0, 0),
    hands=palm_on_floor(0.3, 0.52, (0.6, -0.4)),
    legs=Leg(flex=78, spread=7, turn=12, knee=8, point=15),
)
SIDE = Pose(
    (0.22, 0.4, 0.17),
    body=(-90, 88, 0),
    spine=(14, -8, 0),
    head=(4, 6, 0),
    hands=(
        Hand(
            (0.55, 0.76, 0.06),
            "world",
            elbow=(0.1, -1, 0.3),
            fingers=(0.4, 0.8, 0),
            palm=(0, 0, -1),
        ),
        Hand((-0.12, -0.12, 0.3), elbow=(0.5, -0.6, 0.5), fingers=(0.1, 0.5, 0.9), palm=(-1, 0, 0)),
    ),
    legs=(Leg(flex=28, knee=48, point=30), Leg(flex=48, knee=70, point=30)),
)
"""On the left side, facing +X."""
