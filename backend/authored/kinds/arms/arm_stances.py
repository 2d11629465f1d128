"""Stances of the arms that people fall into as they stand: crossed arms, hands on hips."""

from dataclasses import replace

from ...gestures.arm_gestures import register_gestures
from ...gestures.gesture_specs import ArmPose, Gesture, Step, both_arms

_READY = ArmPose(
    (0.12, -0.22, 0.27), (-0.6, 0.1, 1.0), (-0.4, -1.0, 0.0), (0.6, -1.0, -0.2), "chest"
)
_CROSS_FRONT = ArmPose(
    (-0.05, -0.16, 0.24), (-1.0, 0.1, -0.25), (0.0, -0.3, -1.0), (0.7, -1.0, 0.1), "chest"
)
_CROSS_BACK = ArmPose(
    (-0.04, -0.2, 0.18), (-1.0, 0.15, 0.0), (0.0, -0.4, -1.0), (0.7, -1.0, -0.05), "chest"
)
_HIP = ArmPose(
    (0.24, 0.1, -0.03), (-0.55, -0.55, 0.6), (-1.0, 0.1, -0.2), (1.0, -0.1, -0.55), "pelvis"
)
_BEHIND_BACK = ArmPose(
    (0.06, 0.06, -0.155), (-0.9, -0.4, 0.0), (0.0, 0.1, -1.0), (1.0, -0.5, -0.6), "pelvis"
)
_AROUND_BACK = ArmPose(
    (0.27, 0.02, -0.1), (-0.3, -1.0, -0.1), (-1.0, 0.0, -0.2), (1.0, -0.2, -0.8), "pelvis"
)
_CLASPED = ArmPose(
    (0.05, 0.03, 0.17), (-0.75, -0.65, 0.1), (-0.2, 0.0, -1.0), (1.0, -0.6, 0.0), "pelvis"
)
_POCKET = ArmPose(
    (0.19, -0.02, 0.06), (-0.1, -1.0, 0.12), (-1.0, 0.0, -0.1), (1.0, -0.2, -0.8), "pelvis"
)
_BEHIND_HEAD = ArmPose(
    (0.13, 0.1, -0.1), (-1.0, 0.25, -0.15), (0.0, 0.1, 1.0), (1.0, 0.35, 0.2), "head"
)
_HOLD_BOX = ArmPose((0.18, -0.27, 0.34), (-0.35, 0.1, 1.0), (-0.8, 0.55, 0.0), (0.6, -1.0, -0.5))


def _stance(
    name: str, step: Step, predicates: tuple[str, ...], phrases: tuple[str, ...] = ()
) -> Gesture:
    """Return the gesture that is a stance from the first frame to the last."""
    return Gesture(
        name,
        "pose",
        predicates,
        phrases,
        raising=(
            replace(step, hold=(0.6, 1.2)),
            replace(step, move=(0.8, 1.4), hold=(0.6, 1.2), head=(0.05, 0.03, 0.25)),
            replace(step, move=(0.8, 1.4), hold=(0.6, 1.6), head=(-0.02, 0.0, -0.15)),
        ),
        bases=("stand",),
        adverbs=None,
        within=1.0,
    )


_CROSSED = Step(
    _CROSS_FRONT,
    _CROSS_BACK,
    move=(0.4, 0.6),
    hold=(0.9, 2.4),
    trunk=(-0.05, 0, 0),
    head=(0, 0, 0.05),
)
_ON_HIPS = both_arms(_HIP, move=(0.5, 0.85), hold=(0.9, 2.4), trunk=(-0.06, 0.0, 0.0))
_ON_HIP = Step(_HIP, move=(0.5, 0.85), hold=(0.9, 2.4), trunk=(0.0, -0.04, 0.0), shift=(0.03, 0, 0))
_AROUND = both_arms(_AROUND_BACK, move=(0.35, 0.5))
_BACK = both_arms(_BEHIND_BACK, move=(0.4, 0.65), hold=(0.9, 2.2), trunk=(-0.05, 0.0, 0.0))
_BOX = both_arms(_HOLD_BOX, move=(0.5, 0.8), hold=(1.0, 2.0), trunk=(-0.08, 0.0, 0.0))

register_gestures(
    "stances",
    (
        Gesture(
            "cross_arms",
            "pose",
            (
                "crosses the arms",
                "crosses {the|their} arms {over|in front of} the chest",
                "folds {the|their} arms [in front of the chest]",
            ),
            ("cross the arms", "crossing the arms", "fold the arms"),
            raising=(both_arms(_READY, move=(0.35, 0.55), trunk=(0.02, 0.0, 0.0)), _CROSSED),
            lowering=(both_arms(_READY, move=(0.35, 0.5)),),
        ),
        _stance(
            "stand_arms_crossed",
            _CROSSED,
            (
                "stands with {the arms|arms} crossed",
                "stands with {folded|crossed} arms",
                "has {the|their} arms crossed [over the chest]",
                "waits with crossed arms",
            ),
            ("standing with arms crossed", "arms crossed"),
        ),
        Gesture(
            "hands_on_hips",
            "pose",
            (
                "puts {the|both} hands on the hips",
                "{puts|places|sets} {both|the} hands on {the|their} hips",
                "stands [still] and puts the hands on the hips",
            ),
            ("hands on hips", "put the hands on the hips"),
            raising=(_ON_HIPS,),
            bases=("stand",),
        ),
        _stance(
            "stand_hands_on_hips",
            _ON_HIPS,
            (
                "stands with {the|both} hands on the hips",
                "stands with {hands on hips|arms akimbo}",
                "has both hands on the hips",
            ),
            ("standing with hands on hips", "hands on hips"),
        ),
        Gesture(
            "hand_on_hip",
            "pose",
            (
                "puts the <side> hand on the hip",
                "{puts|places|sets} {one|the <side>} hand on the hip",
                "stands with the <side> hand on the hip",
            ),
            ("<side> hand on the hip", "one hand on the hip"),
            raising=(_ON_HIP,),
            bases=("stand",),
        ),
        Gesture(
            "hands_behind_back",
            "pose",
            (
                "puts the hands behind the back",
                "{puts|holds|clasps} {both|the} hands behind the back",
                "stands with the hands behind the back",
            ),
            ("hands behind the back",),
            raising=(_AROUND, _BACK),
            lowering=(_AROUND,),
            bases=("stand",),
        ),
        _stance(
            "stand_hands_clasped",
            both_arms(_CLASPED, move=(0.5, 0.8), trunk=(0.02, 0.0, 0.0)),
            (
                "stands with the hands {clasped|folded} in front [of the body]",
                "{waits|stands} with {clasped|folded} hands",
                "holds the hands together in front of the {belly|body}",
            ),
            ("standing with hands clasped",),
        ),
        Gesture(
            "hands_behind_head",
            "pose",
            (
                "puts {the|both} hands behind the head",
                "{clasps|folds|holds} {both|the} hands behind the head",
                "relaxes with the hands behind the head",
            ),
            ("hands behind the head",),
            raising=(
                both_arms(
                    _BEHIND_HEAD,
                    move=(0.7, 1.0),
                    hold=(0.8, 2.0),
                    trunk=(-0.1, 0, 0),
                    head=(-0.05, 0, 0),
                ),
            ),
            bases=("stand", "sit"),
        ),
        Gesture(
            "carry_box",
            "carry",
            (
                "{carries|holds} a box",
                "{carries|holds} a {box|package|crate} [{with both hands|in front of the body}]",
                "{carries|holds} something {heavy|large} {with|in} both {hands|arms}",
            ),
            ("carrying a box", "holding a {box|package} with both hands"),
            raising=(
                _BOX,
                replace(_BOX, head=(0.12, 0.0, 0.2)),
                replace(_BOX, trunk=(-0.1, 0.0, 0.05), head=(0.0, 0.0, -0.15)),
            ),
            bases=("stand", "walk"),
            delay=0.0,
            adverbs=None,
            within=1.0,
            base_chances=(("walk", 0.7),),
            weight=1.5,
        ),
        Gesture(
            "check_pockets",
            "gesture",
            (
                "checks {the|their} pockets",
                "pats {the|their} pockets",
                "{searches|looks in} {the|their} pockets [for {something|the keys}]",
                "feels the trouser pockets with both hands",
            ),
            ("check the pockets", "searching the pockets"),
            raising=(both_arms(_POCKET, trunk=(0.12, 0.0, 0.0), head=(0.3, 0.0, 0.15)),),
            cycle=(
                both_arms(
                    replace(_POCKET, wrist=(0.24, 0.02, 0.09)),
                    move=(0.16, 0.25),
                    trunk=(0.1, 0.02, 0.06),
                    head=(0.25, 0.0, 0.15),
                ),
                both_arms(
                    _POCKET,
                    move=(0.14, 0.22),
                    hold=(0.05, 0.25),
                    trunk=(0.13, 0, 0.08),
                    head=(0.3, 0, 0.2),
                ),
                Step(
                    replace(_POCKET, wrist=(0.25, 0.02, -0.06)),
                    replace(_POCKET, wrist=(0.24, 0.0, 0.08)),
                    move=(0.2, 0.3),
                    trunk=(0.1, 0.0, 0.15),
                    head=(0.3, 0.0, 0.4),
                ),
                Step(
                    replace(_POCKET, wrist=(0.19, 0.0, -0.08)),
                    _POCKET,
                    move=(0.15, 0.25),
                    hold=(0.1, 0.3),
                    trunk=(0.1, 0.0, 0.15),
                    head=(0.3, 0.0, 0.4),
                ),
            ),
            cycles=(1, 2),
            bases=("stand",),
        ),
    ),
)
