"""Work of both hands or one: push, pull, knock, press, open, type, steer."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_PUSH_BACK = ArmPose((0.18, -0.1, 0.2), (0.0, 1.0, 0.3), (0.0, 0.0, 1.0), (0.9, -0.8, -0.5))
_PUSH_OUT = ArmPose((0.15, -0.02, 0.47), (0.0, 1.0, 0.3), (0.0, 0.0, 1.0), (0.7, -1.0, 0.0))
_ROPE_OUT = ArmPose((0.07, -0.12, 0.47), (-0.3, 0.1, 1.0), (-0.8, -0.6, 0.0), (0.6, -1.0, -0.1))
_ROPE_OUT_NEAR = replace(_ROPE_OUT, wrist=(0.07, -0.16, 0.38))
_ROPE_IN = ArmPose((0.17, -0.2, 0.17), (-0.4, 0.1, 1.0), (-0.8, -0.6, 0.0), (0.7, -0.6, -1.0))
_ROPE_IN_NEAR = replace(_ROPE_IN, wrist=(0.2, -0.23, 0.11))
_KNOCK_BACK = ArmPose((0.14, 0.05, 0.31), (-0.1, 1.0, 0.1), (-0.2, -0.1, 1.0), (0.6, -1.0, 0.0))
_KNOCK_HIT = ArmPose((0.13, 0.05, 0.38), (-0.1, 0.8, 0.7), (-0.2, -0.7, 0.8), (0.6, -1.0, 0.0))
_TYPE_UP = ArmPose((0.1, -0.255, 0.33), (-0.15, -0.05, 1.0), (0.0, -1.0, -0.05), (0.6, -1.0, -0.5))
_TYPE_DOWN = replace(_TYPE_UP, wrist=(0.12, -0.28, 0.33), fingers=(-0.05, -0.25, 1.0))
_HANDLE = ArmPose((0.19, -0.24, 0.43), (-0.2, 0.1, 1.0), (-0.9, -0.5, 0.0), (0.6, -1.0, -0.2))
_PRESS_BACK = ArmPose((0.15, -0.02, 0.36), (-0.15, 0.15, 1.0), (-0.3, -1.0, 0.1), (0.6, -1.0, -0.1))
_PRESS_HIT = replace(_PRESS_BACK, wrist=(0.13, 0.0, 0.46))
_WHEEL = ArmPose((0.19, -0.13, 0.42), (-0.4, 0.3, 1.0), (-0.7, -0.5, 0.5), (0.6, -1.0, -0.2))
_WHEEL_HIGH = replace(_WHEEL, wrist=(0.1, -0.02, 0.42))
_WHEEL_LOW = replace(_WHEEL, wrist=(0.2, -0.26, 0.4))
_HAND = "[with the <side> hand]"

register_gestures(
    "hand work",
    (
        Gesture(
            "push",
            "push",
            (
                "pushes something",
                "pushes {something heavy|a wall|an object} {with both hands|away|forward}",
                "{pushes|shoves} forward with both {hands|arms}",
                "is pushing [against] something",
            ),
            ("push with both hands", "a push [forward]", "pushing something heavy"),
            raising=(
                both_arms(_PUSH_BACK, move=(0.5, 0.8), trunk=(0.02, 0, 0), shift=(0, 0.02, -0.03)),
            ),
            cycle=(
                both_arms(
                    _PUSH_OUT,
                    move=(0.5, 1.0),
                    hold=(0.2, 0.6),
                    trunk=(0.28, 0.0, 0.0),
                    head=(-0.1, 0.0, 0.0),
                    shift=(0.0, -0.03, -0.04),
                ),
                both_arms(_PUSH_BACK, move=(0.45, 0.7), trunk=(0.04, 0, 0), shift=(0, 0.02, -0.03)),
            ),
            cycles=(1, 2),
            bases=("stand",),
            delay=0.0,
        ),
        Gesture(
            "pull",
            "pull",
            (
                "pulls something",
                "pulls {a rope|something heavy|something} [with both hands]",
                "pulls {on a rope|something} {towards the body|hard}",
                "is pulling {a rope|something}",
            ),
            ("pulling a rope", "pull with both hands"),
            raising=(
                Step(
                    _ROPE_OUT,
                    _ROPE_OUT_NEAR,
                    hold=(0.05, 0.2),
                    trunk=(0.2, 0, 0),
                    shift=(0, 0, -0.02),
                ),
            ),
            cycle=(
                Step(
                    _ROPE_IN,
                    _ROPE_IN_NEAR,
                    move=(0.45, 0.8),
                    hold=(0.0, 0.2),
                    trunk=(-0.14, 0.0, 0.15),
                    head=(0.1, 0.0, 0.0),
                    shift=(0.0, 0.03, -0.05),
                ),
                Step(
                    _ROPE_OUT,
                    _ROPE_OUT_NEAR,
                    move=(0.4, 0.65),
                    hold=(0.0, 0.1),
                    trunk=(0.2, 0.0, 0.0),
                    shift=(0.0, -0.01, -0.02),
                ),
            ),
            cycles=(1, 4),
            lowering=(
                Step(
                    _ROPE_IN,
                    _ROPE_IN_NEAR,
                    move=(0.45, 0.8),
                    trunk=(-0.14, 0.0, 0.15),
                    shift=(0.0, 0.03, -0.05),
                ),
            ),
            bases=("stand",),
            delay=0.0,
        ),
        Gesture(
            "knock",
            "knock",
            (
                "knocks on a door",
                "knocks [{on a door|on the door|at the door}] [with the <side> hand]",
                "raises the <side> hand and knocks on a door",
                "is knocking {on a door|at the door}",
            ),
            ("knock on the door", "knocking [on a door]"),
            raising=(
                Step(_KNOCK_BACK, move=(0.45, 0.7), hold=(0.0, 0.15), trunk=(0.04, 0, -0.05)),
            ),
            cycle=(
                Step(_KNOCK_HIT, move=(0.08, 0.12), trunk=(0.07, 0.0, -0.07), head=(0.03, 0, 0)),
                Step(_KNOCK_BACK, move=(0.11, 0.17), hold=(0, 0.06), trunk=(0.05, 0, -0.05)),
            ),
            cycles=(2, 5),
            lowering=(
                Step(
                    ArmPose(
                        (0.2, -0.15, 0.3), (-0.1, 0.4, 1.0), (-0.5, -1.0, 0), (0.5, -1.0, -0.3)
                    ),
                    move=(0.3, 0.5),
                    head=(0.0, 0.1, 0.1),
                ),
            ),
            counted=True,
            bases=("stand",),
        ),
        Gesture(
            "press_button",
            "press",
            (
                f"presses a button {_HAND}",
                "{pushes|presses} {a|the} {button|doorbell|switch} [with the <side> {hand|finger}]",
                "rings a doorbell [with the <side> hand]",
            ),
            ("press a button", "pressing a button [with the <side> hand]"),
            raising=(
                Step(
                    _PRESS_BACK,
                    move=(0.5, 0.8),
                    hold=(0.0, 0.2),
                    trunk=(0.05, 0, -0.08),
                    head=(0.08, 0, 0),
                ),
                Step(
                    _PRESS_HIT,
                    move=(0.2, 0.35),
                    hold=(0.2, 0.6),
                    trunk=(0.08, 0, -0.14),
                    head=(0.1, 0, 0),
                ),
                Step(_PRESS_BACK, move=(0.2, 0.35), hold=(0.0, 0.2), trunk=(0.03, 0, -0.05)),
            ),
            bases=("stand",),
        ),
        Gesture(
            "open_door",
            "door",
            (
                f"opens a door {_HAND}",
                "{pulls a door open|opens the door} [with the <side> hand]",
                "{grabs|takes} a door handle and opens the door",
            ),
            ("open the door", "opening a door [with the <side> hand]"),
            raising=(
                Step(
                    _HANDLE,
                    move=(0.55, 0.85),
                    hold=(0.05, 0.2),
                    trunk=(0.1, 0.0, -0.15),
                    head=(0.12, 0.0, 0.05),
                    shift=(0.0, -0.02, 0.0),
                ),
                Step(
                    replace(_HANDLE, wrist=(0.18, -0.27, 0.42), palm=(-0.3, -1.0, 0.0)),
                    move=(0.25, 0.4),
                    trunk=(0.1, 0.0, -0.15),
                    head=(0.12, 0.0, 0.05),
                    shift=(0.0, -0.02, 0.0),
                ),
                Step(
                    ArmPose(
                        (0.44, -0.22, 0.14), (-0.1, 0.0, 1.0), (-0.6, -1.0, 0.0), (0.6, -0.7, -1.0)
                    ),
                    move=(0.7, 1.1),
                    hold=(0.1, 0.4),
                    trunk=(-0.03, 0.03, 0.25),
                    head=(0.0, 0.0, -0.2),
                    shift=(0.02, 0.03, -0.01),
                ),
            ),
            bases=("stand",),
        ),
        Gesture(
            "type",
            "type",
            (
                "types on a keyboard",
                "types [on a {computer|keyboard|laptop}] [with both hands]",
                "is {typing|working on a computer}",
                "works on a {computer|laptop}",
            ),
            ("typing [on a keyboard]", "type on a computer"),
            raising=(both_arms(_TYPE_UP, move=(0.5, 0.9), trunk=(0.05, 0, 0), head=(0.15, 0, 0)),),
            cycle=(
                Step(
                    _TYPE_DOWN,
                    _TYPE_UP,
                    move=(0.07, 0.12),
                    trunk=(0.06, 0, 0.01),
                    head=(0.2, 0, 0.04),
                ),
                Step(
                    _TYPE_UP,
                    _TYPE_DOWN,
                    move=(0.07, 0.12),
                    trunk=(0.05, 0, 0),
                    head=(0.17, 0, -0.04),
                ),
            ),
            cycles=(9, 20),
            bases=("stand", "sit"),
            base_chances=(("sit", 0.7),),
            step_jitter=0.012,
            within=0.5,
        ),
        Gesture(
            "steer",
            "drive",
            (
                "steers a car",
                "{steers|drives} {a car|a vehicle}",
                "turns a steering wheel [with both hands]",
                "is {driving|steering}",
            ),
            ("driving a car", "turning a steering wheel"),
            raising=(both_arms(_WHEEL, move=(0.5, 0.8), hold=(0.2, 0.5)),),
            cycle=(
                Step(
                    _WHEEL_HIGH,
                    _WHEEL_LOW,
                    move=(0.45, 0.8),
                    hold=(0.1, 0.4),
                    trunk=(0.03, -0.04, -0.1),
                    head=(0, -0.05, -0.2),
                ),
                Step(_WHEEL, _WHEEL, move=(0.4, 0.7), hold=(0.1, 0.3)),
                Step(
                    _WHEEL_LOW,
                    _WHEEL_HIGH,
                    move=(0.45, 0.8),
                    hold=(0.1, 0.4),
                    trunk=(0.03, 0.04, 0.1),
                    head=(0, 0.05, 0.2),
                ),
                Step(_WHEEL, _WHEEL, move=(0.4, 0.7), hold=(0.1, 0.3)),
            ),
            cycles=(1, 1),
            bases=("stand", "sit"),
            base_chances=(("sit", 0.8),),
            delay=0.0,
            within=0.4,
        ),
    ),
)
