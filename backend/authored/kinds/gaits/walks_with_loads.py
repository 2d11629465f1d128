"""Walks with something in the hands or on the way: loads, wind, snow, a beam, other speeds."""

from ...body.limbs import ArmGoal
from ...gaits.gait_arms import held, placed, swung, together, touching
from ...gaits.gait_posture import ArmPose
from ...gaits.walking_styles import WalkingStyle, register_walking_styles

LOADS = (
    WalkingStyle(
        "haul_box",
        (
            "a person carries a heavy box",
            "a person {walks|is walking} while carrying a [heavy|big] {box|crate|package}",
            "a person carries {something heavy|a box|a crate} with both {hands|arms}",
            "a person {carries|hauls} a [heavy] {box|load} {forward|along}",
            "carrying a {heavy|large} box",
            "carry a box in both arms",
        ),
        action="carry",
        gait={"pace": (0.75, 0.95), "stride": (0.55, 0.75), "crouch": (0.01, 0.05)},
        feet={"out": (0.01, 0.04), "roll": (0.5, 0.8), "lift": (0.6, 0.9)},
        posture={"bend": (-0.22, -0.1), "head": (0.0, 0.14), "rock": (0.03, 0.08)},
        arms=placed(
            ArmGoal(
                (0.2, -0.3, 0.36),
                elbow=(0.5, -1.0, -0.5),
                fingers=(-0.15, 0.1, 1.0),
                palm=(-0.8, 0.6, 0.1),
            )
        ),
        weight=2.0,
    ),
    WalkingStyle(
        "carry_suitcase",
        (
            "a person carries a suitcase in the <side> hand",
            "a person walks with a heavy {suitcase|bag|bucket} in the <side> hand",
            "a person {carries|lugs} a heavy {bag|suitcase|bucket}",
            "a person lugs a {bag|suitcase} with the <side> arm, leaning to the <other>",
            "a person is carrying something heavy in one hand",
            "carry a {suitcase|bag}",
        ),
        action="carry",
        gait={"pace": (0.85, 1.0), "stride": (0.65, 0.85)},
        feet={"roll": (0.6, 0.9)},
        posture={"bend": (0.02, 0.12), "rock": (0.03, 0.08)},
        sided={"lean": (-0.3, -0.17)},
        arms=together(
            (
                held(ArmPose(forward=0.0, out=0.02, flex=0.04), "one", sway=0.04, loose=0.5),
                held(ArmPose(forward=0.05, out=0.5, flex=0.3), "other", sway=0.15),
            )
        ),
    ),
    WalkingStyle(
        "carry_tray",
        (
            "a person carries a tray",
            "a waiter {walks|carries a tray} [with a tray on the <side> hand]",
            "a person walks {balancing|with} a tray {on|in} the <side> hand",
            "a person carries a {tray|plate} at shoulder height like a waiter",
            "carry a tray on the <side> hand",
        ),
        action="carry",
        gait={"pace": (0.9, 1.05), "stride": (0.8, 0.95), "bob": (0.6, 0.9)},
        posture={"bend": (-0.08, 0.0), "head": (-0.05, 0.05), "swing": (0.6, 0.9)},
        arms=placed(
            ArmGoal(
                (0.28, 0.06, 0.2),
                elbow=(0.6, -1.0, 0.0),
                fingers=(0.5, 0.0, -0.9),
                palm=(0.0, 1.0, 0.0),
            ),
            "one",
        ),
        weight=0.7,
    ),
    WalkingStyle(
        "push_cart",
        (
            "a person pushes a cart",
            "a person {pushes|is pushing} a {cart|stroller|trolley|shopping cart} [forward]",
            "a person walks [along] behind a {cart|stroller} and pushes it",
            "a person walks while pushing {something|a trolley} with both hands",
            "pushing a {shopping cart|stroller}",
        ),
        action="push",
        gait={"pace": (0.85, 1.0), "stride": (0.7, 0.9), "bob": (0.6, 0.9)},
        posture={"bend": (0.08, 0.2), "head": (0.0, 0.1)},
        arms=held(ArmPose(forward=0.45, out=0.1, flex=0.6, inward=0.1), sway=0.03, loose=0.5),
    ),
    WalkingStyle(
        "push_heavy",
        (
            "a person pushes something heavy",
            "a person pushes a heavy {box|object|crate|car} [forward] [with both hands]",
            "a person leans into a heavy {object|box} and pushes it {forward|along}",
            "a person {shoves|pushes} with all {his|their} {strength|might} while walking",
            "a person walks bent forward, pushing with straight arms",
            "push a heavy box",
        ),
        action="push",
        gait={"pace": (0.6, 0.8), "stride": (0.4, 0.55), "crouch": (0.1, 0.18), "bob": (0.4, 0.8)},
        feet={"ahead": (-0.3, -0.2), "heel": (0.1, 0.25), "roll": (0.6, 0.9), "lift": (0.6, 0.9)},
        posture={"bend": (0.6, 0.8), "head": (-0.2, 0.1), "rock": (0.02, 0.06)},
        arms=held(ArmPose(forward=1.3, out=0.08, flex=0.2, inward=0.05), sway=0.03, loose=0.5),
        weight=1.5,
    ),
    WalkingStyle(
        "drag_rope",
        (
            "a person pulls a rope over the shoulder",
            "a person {drags|pulls|hauls} something [heavy] {behind|along} with a rope",
            "a person leans forward and {drags|pulls} a heavy {load|sled|object} [behind]",
            "a person walks while {pulling|dragging} a {load|rope} over the <side> shoulder",
            "drag something heavy with a rope",
        ),
        action="pull",
        gait={"pace": (0.6, 0.8), "stride": (0.4, 0.55), "crouch": (0.08, 0.14), "bob": (0.5, 0.8)},
        feet={"ahead": (-0.3, -0.2), "heel": (0.1, 0.2), "roll": (0.6, 0.9)},
        posture={"bend": (0.5, 0.7), "head": (-0.2, 0.1), "rock": (0.05, 0.1)},
        arms=together(
            (
                placed(ArmGoal((0.14, -0.08, 0.17), elbow=(0.7, -1.0, 0.2)), "one"),
                placed(ArmGoal((-0.05, -0.14, 0.22), elbow=(0.6, -1.0, 0.2)), "other"),
            )
        ),
    ),
    WalkingStyle(
        "walk_against_wind",
        (
            "a person walks against the wind",
            "a person {struggles|fights|walks} against {a strong|the strong|the} wind",
            "a person leans into the wind [with an arm before the face]",
            "a person walks through a {storm|blizzard|sandstorm} and shields the face",
            "a person shields the face with the <side> arm while walking",
            "walk in a storm",
        ),
        action="trudge",
        gait={"pace": (0.6, 0.8), "stride": (0.45, 0.6), "crouch": (0.06, 0.12)},
        feet={"ahead": (-0.24, -0.14), "roll": (0.5, 0.8), "lift": (0.6, 1.0)},
        posture={"bend": (0.45, 0.65), "head": (0.0, 0.25), "unsteady": (0.05, 0.09)},
        arms=together(
            (
                held(ArmPose(forward=-0.15, out=0.3, flex=0.4), "other", sway=0.1, loose=2.0),
                placed(ArmGoal((-0.03, 0.2, 0.32), elbow=(1.0, -0.1, 0.5)), "one", loose=2.0),
            )
        ),
    ),
    WalkingStyle(
        "cold_walk",
        (
            "a person is cold and walks with the arms wrapped around the body",
            "a {cold|freezing|shivering} person {walks|walks along}",
            "a person {shivers|freezes} while walking",
            "a person walks {hugging the body|with hugging arms}, shivering [from the cold]",
            "a person walks in the cold and {shivers|trembles}",
            "a person is freezing and hugs the body while walking",
        ),
        action="shiver",
        gait={"pace": (0.9, 1.1), "stride": (0.5, 0.7), "crouch": (0.01, 0.04)},
        feet={"beside": (0.6, 0.9), "roll": (0.6, 0.9)},
        posture={
            "bend": (0.16, 0.3),
            "head": (0.12, 0.3),
            "shiver": (0.02, 0.035),
        },
        arms=together(
            (
                placed(ArmGoal((-0.1, -0.17, 0.17), elbow=(0.35, -1.0, 0.5)), "other", loose=0.5),
                placed(ArmGoal((-0.1, -0.12, 0.22), elbow=(0.35, -1.0, 0.5)), "one", loose=0.5),
            )
        ),
    ),
    WalkingStyle(
        "injured_arm",
        (
            "a person holds an injured <side> arm while walking",
            "a person walks with a {hurt|wounded|injured|broken} <side> arm",
            "a person {holds|clutches} the <side> arm in pain and walks",
            "a {wounded|hurt} person walks slowly, holding one arm",
            "walk holding the <side> arm",
        ),
        action="walk_in_pain",
        gait={"pace": (0.7, 0.9), "stride": (0.55, 0.75)},
        feet={"roll": (0.5, 0.9)},
        posture={
            "bend": (0.12, 0.28),
            "head": (0.1, 0.3),
            "rock": (0.02, 0.08),
            "unsteady": (0.03, 0.05),
        },
        sided={"lean": (0.04, 0.12)},
        arms=together(
            (
                held(
                    ArmPose(forward=0.1, out=0.05, flex=0.9, inward=0.5),
                    "one",
                    sway=0.02,
                    loose=0.5,
                ),
                placed(ArmGoal((-0.17, -0.27, 0.17), elbow=(0.5, -1.0, 0.3)), "other", loose=0.5),
            )
        ),
    ),
    WalkingStyle(
        "tightrope",
        (
            "a person walks on a tightrope",
            "a person {balances|walks} on a {balance beam|tightrope|narrow beam|line}",
            "a person walks with the arms out {to keep their balance|for balance}",
            "a person {walks|balances} heel to toe with {outstretched|spread} arms",
            "a person is balancing on a {rope|beam|narrow wall}",
            "walk on a balance beam",
        ),
        action="balance",
        gait={"pace": (0.55, 0.75), "stride": (0.4, 0.55), "sway": (0.2, 0.5)},
        feet={"beside": (0.0, 0.08), "roll": (0.3, 0.6), "hurry": (-0.35, -0.1)},
        posture={"bend": (0.0, 0.08), "head": (0.2, 0.35), "unsteady": (0.05, 0.1)},
        arms=held(ArmPose(forward=0.15, out=1.45, flex=0.08), sway=0.03, loose=2.6),
        weight=1.5,
    ),
    WalkingStyle(
        "walk_in_snow",
        (
            "a person walks through deep snow",
            "a person {trudges|wades|walks} through {deep snow|deep mud|knee-deep water}",
            "a person lifts the legs high {to walk|walking} through {snow|mud|water}",
            "a person walks with {effort|heavy steps}, lifting the knees high",
            "wade through {water|snow|mud}",
        ),
        action="trudge",
        gait={"pace": (0.55, 0.7), "stride": (0.6, 0.75), "crouch": (0.03, 0.08)},
        feet={
            "rise": (0.2, 0.3),
            "swing_ahead": (0.1, 0.18),
            "roll": (0.3, 0.5),
            "out": (0.02, 0.05),
        },
        posture={
            "bend": (0.16, 0.32),
            "head": (0.0, 0.15),
            "rock": (0.1, 0.18),
            "unsteady": (0.03, 0.06),
        },
        arms=swung(0.4, ArmPose(forward=0.15, out=0.5, flex=0.6)),
    ),
    WalkingStyle(
        "hands_on_hips_walk",
        (
            "a person walks with the hands on the hips",
            "a person {walks|strolls} {around|along} with both hands on the hips",
            "a person puts the hands on the hips and walks",
            "walk with hands on hips",
        ),
        action="stroll",
        gait={"pace": (0.75, 1.0), "stride": (0.7, 0.95)},
        posture={"bend": (-0.08, 0.04), "twist": (0.02, 0.08)},
        arms=touching("pelvis", (0.19, 0.09, 0.02), (1.0, -0.1, -0.4)),
        weight=0.7,
    ),
    WalkingStyle(
        "hands_behind_back_walk",
        (
            "a person walks with the hands behind the back",
            "a person {strolls|paces|walks} with {the|both} hands clasped behind the back",
            "a person walks [along], hands behind the back",
            "walk with hands behind the back",
        ),
        action="stroll",
        gait={"pace": (0.65, 0.9), "stride": (0.65, 0.85)},
        posture={"bend": (-0.06, 0.06), "head": (0.0, 0.2)},
        arms=touching("spine1", (0.05, -0.06, -0.15), (1.0, -0.3, -0.4)),
        weight=0.7,
    ),
    WalkingStyle(
        "phone_walk",
        (
            "a person talks on the phone while walking",
            "a person walks with a phone at the <side> ear",
            "a person {is|walks and talks} on the phone",
            "a person {walks|strolls} along and holds a phone to the <side> ear",
            "walk and phone",
        ),
        action="talk",
        gait={"pace": (0.7, 0.95), "stride": (0.65, 0.85)},
        posture={"bend": (0.0, 0.08), "head": (0.0, 0.12)},
        sided={"tilt": (0.05, 0.18)},
        arms=touching("head", (0.12, 0.03, 0.07), (0.8, -1.0, 0.4), "one"),
        weight=0.7,
    ),
)

register_walking_styles(LOADS, "walks with loads")
