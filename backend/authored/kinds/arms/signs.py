"""Signs that a hand makes: salute, point, stop, come here, and others that are held up to see."""

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_SALUTE = ArmPose(
    wrist=(0.16, 0.2, 0.13),
    elbow=(1.0, -0.4, 0.1),
    fingers=(-0.75, 0.55, -0.1),
    palm=(-0.2, -0.75, 0.5),
    frame="chest",
)


def _pointing(x: float, y: float, z: float) -> ArmPose:
    """Return a straight arm that points in a direction (x outward, y up, z forward)."""
    length = (x * x + y * y + z * z) ** 0.5
    x, y, z = x / length, y / length, z / length
    palm = (-0.6, -0.8, 0.1) if abs(y) < 0.8 else (-1.0, 0.0, 0.2)
    return ArmPose((0.18 + 0.5 * x, 0.5 * y, 0.5 * z), (x, y, z), palm)


_POINT_FORWARD = _pointing(-0.12, 0.02, 1.0)
_POINT_OUTWARD = _pointing(1.0, 0.06, 0.12)
_POINT_ACROSS = ArmPose(
    (-0.26, -0.02, 0.28), (-1.0, 0.08, 0.3), (-0.2, -1.0, 0.0), (0.7, -0.6, 0.5)
)
_POINT_UP = _pointing(0.04, 1.0, 0.16)
_POINT_DOWN = _pointing(-0.05, -0.9, 0.75)
_POINT_AT = _pointing(0.55, 0.12, 1.0)
_POINT_BEHIND = ArmPose((0.2, 0.17, 0.06), (0.1, 0.45, -1.0), (-1.0, 0.2, 0.1), (0.6, -0.5, 0.8))
_STOP = ArmPose((0.13, 0.03, 0.46), (0.0, 1.0, 0.25), (0.0, 0.0, 1.0), (0.6, -1.0, 0.0))
_BECKON_OPEN = ArmPose((0.18, -0.04, 0.42), (0.0, 0.35, 1.0), (0.0, 1.0, -0.3), (0.4, -1.0, 0.0))
_BECKON_CLOSED = ArmPose(
    (0.18, 0.03, 0.3), (-0.15, 0.9, -0.45), (0.0, -0.2, -1.0), (0.5, -1.0, 0.2)
)
_THUMB_UP = ArmPose((0.12, -0.08, 0.4), (-0.25, 0.12, 1.0), (-1.0, 0.0, -0.2), (0.6, -1.0, 0.0))
_FINGER_IN = ArmPose((0.16, 0.02, 0.32), (-0.35, 1.0, 0.25), (0.0, -0.2, 1.0), (0.7, -1.0, 0.0))
_FINGER_OUT = ArmPose((0.23, 0.01, 0.32), (0.35, 1.0, 0.25), (0.0, -0.2, 1.0), (0.7, -1.0, 0.0))
_PEER = ArmPose((0.13, 0.13, 0.13), (-1.0, 0.2, 0.1), (0.0, -1.0, 0.15), (1.0, -0.3, 0.2), "head")
_SURRENDER = ArmPose((0.33, 0.24, 0.08), (0.05, 1.0, 0.0), (0.0, 0.0, 1.0), (0.9, -0.6, 0.0))
_UP = ArmPose((0.2, 0.5, 0.04), (0.0, 1.0, 0.05), (-0.3, 0.0, 1.0), (0.9, 0.2, 0.4))

_HAND = "[with the <side> hand]"

register_gestures(
    "signs",
    (
        Gesture(
            "salute",
            "salute",
            (
                f"salutes {_HAND}",
                "{gives|makes|performs} a [military] salute [with the <side> hand]",
                "{raises|brings} the <side> hand to the {forehead|brow} and salutes",
                "stands {straight|at attention} and salutes [with the <side> hand]",
            ),
            ("a [military] salute [with the <side> hand]", "salute with the <side> hand"),
            raising=(
                Step(
                    _SALUTE,
                    move=(0.4, 0.7),
                    hold=(0.6, 1.8),
                    trunk=(-0.06, 0.0, 0.0),
                    head=(-0.04, 0.0, 0.0),
                ),
            ),
            bases=("stand",),
        ),
        Gesture(
            "point_forward",
            "point",
            (
                f"points forward {_HAND}",
                "points {straight ahead|ahead|to the front|in front} [with the <side> hand]",
                "{stretches|raises|extends} the <side> arm and points {forward|ahead}",
                "is pointing {forward|ahead} [with the <side> {hand|arm|finger}]",
            ),
            ("point forward [with the <side> hand]", "pointing {forward|straight ahead}"),
            raising=(
                Step(
                    _POINT_FORWARD, hold=(0.7, 2.2), trunk=(0.05, 0.0, -0.12), head=(0.0, 0.0, 0.05)
                ),
            ),
        ),
        Gesture(
            "point_outward",
            "point",
            (
                "points to the <side>",
                "points to the <side> [with the <side> {hand|arm}]",
                "points <side> [with the <side> {hand|arm}]",
                "{stretches|raises|extends} the <side> arm and points to the <side>",
                "is pointing {to the|to their} <side>",
            ),
            ("point {to the <side>|<side>}", "pointing to the <side>"),
            raising=(
                Step(
                    _POINT_OUTWARD, hold=(0.7, 2.0), trunk=(0.0, 0.05, 0.15), head=(0.0, 0.0, 0.7)
                ),
            ),
        ),
        Gesture(
            "point_across",
            "point",
            (
                "points to the <other> with the <side> hand",
                "points <other> [with the <side> {hand|arm}]",
                "points across [the body] to the <other> [with the <side> {hand|arm}]",
                "is pointing to the <other>",
            ),
            ("point to the <other> [with the <side> hand]",),
            raising=(
                Step(
                    _POINT_ACROSS, hold=(0.7, 2.0), trunk=(0.03, 0.0, -0.35), head=(0.0, 0.0, -0.6)
                ),
            ),
        ),
        Gesture(
            "point_up",
            "point",
            (
                f"points up {_HAND}",
                "points {upwards|at the sky|at the ceiling|to the sky} [with the <side> hand]",
                "{raises|lifts} the <side> arm and points {up|upward|at the sky}",
                "looks up and points {up|at the sky} [with the <side> {hand|finger}]",
            ),
            ("point up [with the <side> hand]", "pointing {up|at the sky}"),
            raising=(
                Step(_POINT_UP, hold=(0.7, 2.0), trunk=(-0.1, 0.05, 0.0), head=(-0.4, 0.0, 0.05)),
            ),
        ),
        Gesture(
            "point_down",
            "point",
            (
                f"points down {_HAND}",
                "points {downwards|at the ground|at the floor} [with the <side> hand]",
                "looks down and points at {the floor|the ground|something on the ground}",
            ),
            ("point {down|at the ground} [with the <side> hand]",),
            raising=(
                Step(_POINT_DOWN, hold=(0.7, 2.0), trunk=(0.15, 0.0, -0.05), head=(0.4, 0.0, 0.0)),
            ),
        ),
        Gesture(
            "point_at",
            "point",
            (
                f"points at something {_HAND}",
                "points at {something|someone|something in front} [with the <side> hand]",
                "points {out|towards} something on the <side> [with the <side> hand]",
                "points to the front <side> [with the <side> {hand|arm}]",
                "{raises|lifts} the <side> {arm|hand} {and points|to point} at something",
            ),
            ("point at something [with the <side> hand]", "pointing at {something|someone}"),
            raising=(
                Step(_POINT_AT, hold=(0.5, 1.4), trunk=(0.05, 0.0, 0.05), head=(0.0, 0.0, 0.4)),
            ),
        ),
        Gesture(
            "point_behind",
            "point",
            (
                "points behind with the <side> {hand|thumb}",
                "points {backwards|behind them} [over the <side> shoulder] [with the <side> hand]",
                "points over the <side> shoulder",
            ),
            ("point behind you [with the <side> hand]",),
            raising=(
                Step(_POINT_BEHIND, hold=(0.25, 0.5), trunk=(-0.03, 0.0, 0.1), head=(0, 0.05, 0.3)),
            ),
            cycle=(
                Step(
                    ArmPose(
                        (0.2, 0.13, 0.12), (0.1, 0.8, -0.7), (-1.0, 0.2, 0.1), (0.6, -0.5, 0.8)
                    ),
                    move=(0.16, 0.24),
                    trunk=(0.0, 0.0, 0.08),
                    head=(0.0, 0.05, 0.25),
                ),
                Step(
                    _POINT_BEHIND,
                    move=(0.14, 0.22),
                    hold=(0.1, 0.3),
                    trunk=(-0.03, 0.0, 0.1),
                    head=(0, 0.05, 0.3),
                ),
            ),
            cycles=(1, 3),
        ),
        Gesture(
            "stop_sign",
            "gesture",
            (
                "holds up the <side> hand to stop someone",
                "{makes|gives} a stop {sign|signal|gesture} [with the <side> hand]",
                "{signals|gestures} {stop|to stop|halt} [with the <side> hand]",
                "{holds|stretches|puts} the <side> hand out {in front|forward} to say stop",
            ),
            ("stop sign [with the <side> hand]", "hold up a hand to say stop", "a halt signal"),
            raising=(
                Step(
                    _STOP,
                    move=(0.3, 0.55),
                    hold=(0.7, 2.0),
                    trunk=(-0.04, 0.0, -0.12),
                    shift=(0.0, 0.015, 0.0),
                ),
            ),
        ),
        Gesture(
            "beckon",
            "gesture",
            (
                f"beckons {_HAND}",
                "{waves|beckons} someone {over|closer} [with the <side> hand]",
                "{signals|motions} someone to come {here|closer|over} [with the <side> hand]",
                "makes a come here gesture [with the <side> hand]",
                "calls someone over with the <side> hand",
            ),
            ("come here gesture [with the <side> hand]", "beckon with the <side> hand"),
            raising=(Step(_BECKON_OPEN, move=(0.4, 0.6), head=(0.0, 0.0, 0.05)),),
            cycle=(
                Step(
                    _BECKON_CLOSED,
                    move=(0.24, 0.36),
                    trunk=(-0.04, 0.0, 0.06),
                    head=(-0.08, 0.0, 0.0),
                ),
                Step(_BECKON_OPEN, move=(0.26, 0.4), hold=(0.0, 0.12), trunk=(0.03, 0.0, -0.03)),
            ),
            cycles=(2, 4),
            step_jitter=0.012,
            counted=False,
        ),
        Gesture(
            "thumbs_up",
            "gesture",
            (
                f"gives a thumbs up {_HAND}",
                "{shows|gives|does} {a|the} thumbs up [with the <side> hand]",
                "{holds|puts} up the <side> thumb",
            ),
            ("thumbs up [with the <side> hand]",),
            raising=(
                Step(
                    _THUMB_UP,
                    move=(0.35, 0.6),
                    hold=(0.15, 0.3),
                    trunk=(0.03, 0.0, -0.06),
                    head=(0.12, 0.0, 0.0),
                ),
                Step(_THUMB_UP, move=(0.2, 0.3), hold=(0.6, 1.4), head=(-0.04, 0.0, 0.0)),
            ),
        ),
        Gesture(
            "wag_finger",
            "gesture",
            (
                "wags the <side> finger",
                "{wags|shakes|waves} {a|the|one} finger [to say no] [with the <side> hand]",
                "wags the <side> index finger [{as a warning|in disapproval|to say no}]",
                "scolds someone with a raised finger",
            ),
            ("wagging a finger", "a no-no gesture with the <side> finger"),
            raising=(Step(_FINGER_IN, move=(0.4, 0.6), trunk=(0.05, 0.0, 0.0)),),
            cycle=(
                Step(
                    _FINGER_OUT, move=(0.15, 0.22), trunk=(0.05, 0.0, 0.02), head=(0.02, 0.0, 0.1)
                ),
                Step(_FINGER_IN, move=(0.15, 0.22), trunk=(0.05, 0.0, 0.0), head=(0.02, 0.0, -0.1)),
            ),
            cycles=(3, 6),
        ),
        Gesture(
            "peer",
            "gesture",
            (
                "shades the eyes with the <side> hand and looks into the distance",
                "{looks|peers} into the distance [with the <side> hand above the eyes]",
                "holds the <side> hand over the eyes {to look far away|and scans the horizon}",
                "shields the eyes from the sun with the <side> hand",
            ),
            ("looking into the distance with a hand above the eyes",),
            raising=(Step(_PEER, hold=(0.4, 0.8), trunk=(0.08, 0.0, 0.0), head=(-0.05, 0, 0.1)),),
            cycle=(
                Step(
                    _PEER, move=(0.6, 0.9), hold=(0.3, 0.7), trunk=(0.1, 0.0, 0.2), head=(0, 0, 0.4)
                ),
                Step(
                    _PEER,
                    move=(0.8, 1.2),
                    hold=(0.3, 0.7),
                    trunk=(0.1, 0.0, -0.2),
                    head=(0, 0, -0.4),
                ),
            ),
            adverbs=None,
        ),
        Gesture(
            "hands_up",
            "surrender",
            (
                "puts the hands up",
                "{puts|holds|raises} {both|the} hands up [{in surrender|to surrender}]",
                "surrenders [with {raised|both} hands]",
                "{raises|lifts} {both|the} hands {in surrender|and surrenders}",
            ),
            ("hands up", "surrender", "surrendering with the hands in the air"),
            raising=(
                both_arms(
                    _SURRENDER,
                    move=(0.4, 0.8),
                    hold=(1.0, 2.6),
                    trunk=(-0.08, 0.0, 0.0),
                    head=(-0.05, 0.0, 0.0),
                    shift=(0.0, 0.025, -0.005),
                    shrug=0.1,
                ),
            ),
            bases=("stand", "walk"),
        ),
        Gesture(
            "raise_hand",
            "gesture",
            (
                "raises the <side> hand",
                "{raises|lifts} {the|their} <side> {hand|arm} [{up|into the air|above the head}]",
                "holds the <side> {hand|arm} {up|high|in the air}",
                "puts the <side> {hand|arm} up",
            ),
            ("raise the <side> hand", "a raised <side> hand", "<side> {hand|arm} up"),
            raising=(Step(_UP, hold=(0.6, 2.2), trunk=(-0.03, -0.06, 0.0)),),
        ),
        Gesture(
            "raise_both_hands",
            "gesture",
            (
                "raises both hands",
                "{raises|lifts} {both|the} {hands|arms} [{up|high|into the air|above the head}]",
                "holds {both|the} {hands|arms} {up high|in the air|above the head}",
                "puts both {hands|arms} up [in the air]",
            ),
            ("raise both {hands|arms}", "both arms up"),
            raising=(
                both_arms(
                    _UP, move=(0.5, 0.9), hold=(0.6, 2.2), trunk=(-0.1, 0, 0), head=(-0.2, 0, 0)
                ),
            ),
        ),
    ),
)
