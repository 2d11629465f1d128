"""Walks of a character: a soldier, a model, a zombie, a robot, a penguin."""

from ...gaits.gait_arms import held, swung, together, touching
from ...gaits.gait_posture import ArmPose
from ...gaits.walking_styles import WalkingStyle, register_walking_styles

HAND_ON_HIP = touching("pelvis", (0.19, 0.09, 0.02), (1.0, -0.1, -0.4), "one")

CHARACTERS = (
    WalkingStyle(
        "zombie_walk",
        (
            "a person walks like a zombie",
            "a zombie {walks|shambles|staggers|lurches} [forward] [with outstretched arms]",
            "a person {shuffles|lurches|drags along} like a zombie [with the arms stretched out]",
            "a person walks like the undead, dragging the <side> {leg|foot}",
            "a person pretends to be a zombie [with the arms held out in front]",
            "zombie walk",
        ),
        action="zombie",
        gait={"pace": (0.6, 0.8), "stride": (0.45, 0.6), "crouch": (0.0, 0.04)},
        feet={"lift": (0.4, 0.7), "roll": (0.2, 0.5)},
        one_foot={
            "ahead": (-0.14, -0.06),
            "lift": (0.05, 0.15),
            "roll": (0.05, 0.2),
            "toe_out": (0.2, 0.6),
        },
        posture={"bend": (0.05, 0.25), "rock": (0.1, 0.2), "unsteady": (0.05, 0.09)},
        sided={"lean": (-0.12, 0.12), "tilt": (-0.35, 0.35)},
        arms=held(ArmPose(forward=1.5, out=0.0, flex=0.1), sway=0.08, loose=1.6),
        weight=2.0,
    ),
    WalkingStyle(
        "swagger",
        (
            "a person swaggers",
            "a person walks with a swagger",
            "a person {struts|swaggers} {along|forward} [like a tough guy]",
            "a {cool|tough|cocky} person {struts|swaggers} [with swinging shoulders]",
            "a person walks like a {gangster|cowboy|tough guy}",
            "a cool, cocky walk",
        ),
        action="strut",
        gait={"pace": (0.8, 0.95), "stride": (0.8, 0.95), "sway": (1.4, 2.0)},
        feet={"out": (0.03, 0.07), "toe_out": (0.15, 0.35)},
        posture={
            "bend": (-0.12, -0.02),
            "head": (-0.12, 0.0),
            "rock": (0.12, 0.2),
            "twist": (0.18, 0.3),
        },
        arms=swung(0.4, ArmPose(forward=0.0, out=0.38, flex=0.55, inward=0.2)),
    ),
    WalkingStyle(
        "march",
        (
            "a person marches",
            "a {soldier|person} marches [forward] [with straight arms|with high knees]",
            "a person {walks|marches} like a soldier",
            "a person is marching [in step]",
            "a person marches and {lifts the knees high|swings the arms}",
            "march forward",
            "a military march",
        ),
        action="march_forward",
        gait={"pace": (0.9, 1.1), "stride": (0.7, 0.9), "bob": (0.6, 0.9)},
        feet={"rise": (0.27, 0.38), "swing_ahead": (0.22, 0.3), "roll": (0.2, 0.4)},
        posture={"bend": (-0.1, -0.03), "head": (-0.06, 0.02)},
        arms=swung(0.85, ArmPose(forward=0.05, out=0.06, flex=0.06), flex=0.05, sharpness=0.5),
        weight=2.0,
    ),
    WalkingStyle(
        "robot_walk",
        (
            "a person walks like a robot",
            "a robot walks",
            "a person {walks|moves} {stiffly|mechanically} like a {robot|machine}",
            "a person pretends to be a robot and walks with {stiff|bent} arms",
            "a person walks with stiff, jerky movements",
            "robot walk",
        ),
        action="robot",
        gait={"pace": (0.7, 0.85), "stride": (0.5, 0.65), "bob": (0.0, 0.2), "sway": (0.5, 0.8)},
        feet={
            "rise": (0.08, 0.14),
            "swing_ahead": (0.1, 0.15),
            "roll": (0.0, 0.05),
            "hurry": (-0.35, -0.1),
            "out": (0.0, 0.03),
        },
        posture={"bend": (-0.06, 0.0), "rock": (0.06, 0.12)},
        arms=swung(
            0.5, ArmPose(forward=0.0, out=0.14, flex=1.5), flex=0.0, sharpness=0.9, backward=1.0
        ),
    ),
    WalkingStyle(
        "catwalk",
        (
            "a person walks like a model on a catwalk",
            "a {model|woman|person} {walks|struts} {down|on} the {catwalk|runway}",
            "a person {walks|sashays} with swaying hips",
            "a person {sways|swings} the hips while walking [with a hand on the hip]",
            "a person walks with the <side> hand on the hip, like a model",
            "catwalk",
        ),
        action="strut",
        gait={"pace": (0.85, 1.0), "stride": (0.95, 1.1), "sway": (1.6, 2.2)},
        feet={"beside": (-0.3, 0.1), "lift": (1.0, 1.2), "toe_out": (0.0, 0.1)},
        posture={
            "bend": (-0.14, -0.06),
            "head": (-0.1, 0.0),
            "hips": (0.14, 0.22),
            "twist": (0.1, 0.18),
        },
        arms=together(
            (
                swung(0.45, ArmPose(forward=-0.05, out=0.14, flex=0.15)),
                HAND_ON_HIP,
            )
        ),
    ),
    WalkingStyle(
        "waddle",
        (
            "a person waddles like a penguin",
            "a person {waddles|walks like a penguin|walks like a duck}",
            "a {penguin|duck} waddles",
            "a person is waddling [with small steps] from side to side",
            "a person {imitates|acts like} a penguin [and waddles]",
            "penguin walk",
        ),
        action="waddle",
        gait={"pace": (0.95, 1.2), "stride": (0.25, 0.38), "bob": (0.3, 0.7), "sway": (1.5, 2.2)},
        feet={"toe_out": (0.5, 0.8), "roll": (0.0, 0.2), "lift": (0.3, 0.5), "out": (0.0, 0.03)},
        posture={"bend": (-0.1, 0.02), "rock": (0.24, 0.34)},
        arms=held(ArmPose(forward=-0.1, out=0.5, flex=0.1, inward=-0.1), sway=0.05),
    ),
)

register_walking_styles(CHARACTERS, "walks of characters")
