"""Work with a tool in the hand: stir, wipe, hammer, saw, write."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step

_POT = ArmPose((0.2, -0.29, 0.3), (-0.3, 0.0, 1.0), (-1.0, 0.0, 0.2), (0.6, -1.0, -0.5))
_NAIL = ArmPose((0.02, -0.27, 0.38), (-0.4, -0.1, 1.0), (-0.6, -0.8, 0.0), (0.6, -1.0, -0.4))
_MALLET_UP = ArmPose((0.22, 0.14, 0.18), (-0.1, 1.0, -0.2), (-1.0, 0.0, 0.0), (0.7, -0.8, 0.1))
_MALLET_DOWN = ArmPose((0.1, -0.2, 0.4), (-0.2, -0.1, 1.0), (-1.0, 0.0, 0.0), (0.7, -1.0, -0.3))
_SAW_OUT = ArmPose((0.13, -0.28, 0.37), (-0.1, -0.25, 1.0), (-1.0, 0.0, 0.0), (0.4, -0.8, -0.6))
_SAW_IN = replace(_SAW_OUT, wrist=(0.17, -0.24, 0.16))
_WORKPIECE = ArmPose((0.1, -0.34, 0.36), (-0.5, 0.0, 1.0), (0.0, -1.0, 0.0), (0.6, -1.0, -0.3))


def _circle(
    center: ArmPose, right: tuple[float, float, float], up: tuple[float, float, float]
) -> tuple[ArmPose, ...]:
    """Return four poses around a center, whose wrists are half a diameter away from it."""

    def moved(across: float, along: float) -> ArmPose:
        x, y, z = (
            c + across * r + along * u for c, r, u in zip(center.wrist, right, up, strict=True)
        )
        return replace(center, wrist=(x, y, z))

    return moved(1, 0), moved(0, 1), moved(-1, 0), moved(0, -1)


_STIR = _circle(
    ArmPose((0.08, -0.24, 0.34), (-0.3, -0.4, 1.0), (-0.9, -0.4, 0.0), (0.8, -1.0, -0.3)),
    (0.065, 0.0, 0.0),
    (0.0, 0.0, 0.06),
)
_WIPE = _circle(
    ArmPose((0.15, -0.33, 0.28), (-0.1, 0.0, 1.0), (0.0, -1.0, 0.0), (0.7, -0.8, -0.3)),
    (0.17, 0.0, 0.0),
    (0.0, 0.0, 0.075),
)
_WINDOW = _circle(
    ArmPose((0.15, 0.12, 0.42), (0.0, 1.0, 0.15), (0.0, -0.1, 1.0), (0.8, -1.0, 0.0)),
    (0.15, 0.0, -0.02),
    (0.0, 0.15, -0.02),
)
_HAND = "[with the <side> hand]"

register_gestures(
    "tools",
    (
        Gesture(
            "stir",
            "cook",
            (
                "stirs a pot",
                "stirs {a pot|soup|something in a pot|with a spoon} [with the <side> hand]",
                "{cooks|is cooking} and stirs [in] a pot",
                "is stirring {a pot|soup}",
            ),
            ("stirring a pot", "stir the soup"),
            raising=(Step(_STIR[3], _POT, move=(0.6, 0.9), trunk=(0.1, 0, 0), head=(0.35, 0, 0)),),
            cycle=tuple(
                Step(
                    pose,
                    _POT,
                    move=(0.2, 0.32),
                    trunk=(0.12, 0.0, lean),
                    head=(0.38, 0.0, lean),
                    passing=True,
                )
                for pose, lean in zip(_STIR, (0.03, 0.0, -0.03, 0.0), strict=True)
            ),
            cycles=(2, 6),
            bases=("stand",),
            jitter=0.02,
            within=0.35,
        ),
        Gesture(
            "wipe_table",
            "wash",
            (
                "wipes a table [with the <side> hand]",
                "{wipes|cleans} {a|the} {table|counter|desk|surface} [with the <side> hand]",
                "leans forward and wipes {a|the} table",
                "is {wiping|cleaning} the table",
            ),
            ("wiping a table", "wipe the table [with the <side> hand]"),
            raising=(
                Step(
                    _WIPE[3],
                    move=(0.6, 0.9),
                    trunk=(0.45, 0, 0),
                    head=(0.1, 0, 0),
                    shift=(0, 0.08, -0.01),
                ),
            ),
            cycle=tuple(
                Step(
                    pose,
                    move=(0.22, 0.36),
                    trunk=(0.5, 0.0, twist),
                    head=(0.1, 0.0, 0.0),
                    shift=(0.3 * twist, 0.09, -0.01),
                    passing=True,
                )
                for pose, twist in zip(_WIPE, (0.08, -0.05, -0.12, 0.0), strict=True)
            ),
            cycles=(2, 4),
            bases=("stand",),
            step_jitter=0.015,
            within=0.2,
        ),
        Gesture(
            "clean_window",
            "wash",
            (
                "cleans a window [with the <side> hand]",
                "{wipes|washes|cleans} {a|the} {window|wall|mirror|board} [with the <side> hand]",
                "is {wiping|cleaning|washing} a window",
            ),
            ("cleaning a window", "wipe the window [with the <side> hand]"),
            raising=(Step(_WINDOW[3], move=(0.5, 0.8), trunk=(0.04, 0, -0.1)),),
            cycle=tuple(
                Step(
                    pose,
                    move=(0.2, 0.34),
                    trunk=(0.03, lean, -0.1),
                    head=(-0.05, 0.0, 0.1),
                    shift=(0.2 * lean, 0.0, 0.0),
                    passing=True,
                )
                for pose, lean in zip(_WINDOW, (0.05, 0.0, -0.04, 0.0), strict=True)
            ),
            cycles=(2, 5),
            bases=("stand",),
            step_jitter=0.015,
            within=0.3,
        ),
        Gesture(
            "hammer_nail",
            "hammer",
            (
                f"hammers {_HAND}",
                "hammers a nail [with the <side> hand]",
                "{hits|strikes} something with a hammer [in the <side> hand]",
                "is hammering [a nail]",
            ),
            ("hammering [a nail]", "hammer a nail"),
            raising=(
                Step(
                    _MALLET_UP, _NAIL, move=(0.6, 0.9), trunk=(0.06, 0, 0.1), head=(0.25, 0, -0.05)
                ),
            ),
            cycle=(
                Step(
                    _MALLET_DOWN, _NAIL, move=(0.16, 0.24), trunk=(0.16, 0, -0.08), head=(0.3, 0, 0)
                ),
                Step(
                    _MALLET_UP, _NAIL, move=(0.3, 0.45), trunk=(0.06, 0, 0.1), head=(0.25, 0, -0.05)
                ),
            ),
            cycles=(2, 5),
            counted=True,
            bases=("stand",),
        ),
        Gesture(
            "saw",
            "saw",
            (
                f"saws {_HAND}",
                "saws {wood|a board|a plank|something} [with the <side> hand]",
                "{cuts|is cutting} wood with a saw",
            ),
            ("sawing [wood]", "saw a board"),
            raising=(
                Step(
                    _SAW_OUT,
                    _WORKPIECE,
                    move=(0.6, 0.9),
                    trunk=(0.38, 0, -0.08),
                    head=(0.1, 0, 0),
                    shift=(0, 0.06, -0.03),
                ),
            ),
            cycle=(
                Step(
                    _SAW_IN,
                    _WORKPIECE,
                    move=(0.26, 0.4),
                    trunk=(0.34, 0, 0.1),
                    head=(0.1, 0, 0),
                    shift=(0, 0.07, -0.03),
                ),
                Step(
                    _SAW_OUT,
                    _WORKPIECE,
                    move=(0.24, 0.36),
                    trunk=(0.38, 0, -0.08),
                    head=(0.1, 0, 0),
                    shift=(0, 0.05, -0.03),
                ),
            ),
            cycles=(3, 6),
            bases=("stand",),
            within=0.2,
        ),
    ),
)
