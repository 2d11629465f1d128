"""Tables of gestures: key poses of the arms, and what trunk, head and pelvis do with them.

All poses are written for the left arm, with x outward; the arm that acts is the left or the right
one, and trunk, head and pelvis follow its side.
"""

from dataclasses import dataclass

Range = tuple[float, float]
Angles = tuple[float, float, float]
"""Bend, lean and twist in radians; lean and twist are to the side of the arm that acts."""


@dataclass(frozen=True)
class ArmPose:
    """Pose of one arm, as if it were the left one."""

    wrist: Angles
    """Metres in `frame`: x outward, y up, z forward."""
    fingers: Angles
    """Direction of the fingers in `frame`."""
    palm: Angles
    """Direction in `frame` that the palm faces."""
    elbow: Angles = (0.5, -1.0, -0.2)
    """Direction in the chest frame to which the elbow points."""
    frame: str = "upright"
    """"chest" (from between the shoulders), "upright" (the same with y vertical), or a joint."""


@dataclass(frozen=True)
class Step:
    """A key pose of the body, how it is reached and how long it is held."""

    arm: ArmPose | None
    """Pose of the arm that acts; None for hanging."""
    other: ArmPose | None = None
    """Pose of the other arm; None for hanging."""
    move: Range = (0.45, 0.75)
    """Seconds to get there."""
    hold: Range = (0.0, 0.0)
    """Seconds to stay."""
    trunk: Angles = (0.0, 0.0, 0.0)
    head: Angles = (0.0, 0.0, 0.0)
    shift: Angles = (0.0, 0.0, 0.0)
    """Metres by which the pelvis moves over planted feet: to the side that acts, back and up."""
    shrug: float = 0.0
    """Radians by which both shoulders rise."""
    passing: bool = False
    """Whether the arm goes through the pose without a stop."""


def both_arms(arm: ArmPose, **values: object) -> Step:
    """Return a step in which both arms do the same."""
    return Step(arm, arm, **values)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Gesture:
    """A kind of gesture: its key poses and its wording."""

    name: str
    action: str
    predicates: tuple[str, ...]
    """Templates after "a person", in the third person; the first is the plain one."""
    phrases: tuple[str, ...] = ()
    """Templates of whole captions of the gesture over somebody who stands."""
    raising: tuple[Step, ...] = ()
    cycle: tuple[Step, ...] = ()
    """Steps that are repeated."""
    cycles: tuple[int, int] = (1, 1)
    """Least and most repetitions."""
    lowering: tuple[Step, ...] = ()
    """Steps after the repeated ones; the arms then return to hang."""
    bases: tuple[str, ...] = ("stand", "walk", "sit")
    """What the rest of the body may do."""
    base_chances: tuple[tuple[str, float], ...] = (("walk", 0.18), ("sit", 0.1))
    """Chances that somebody walks or sits, where `bases` allow it."""
    counted: bool = False
    """Whether captions may say how often."""
    adverbs: tuple[str, str] | None = ("quickly", "slowly")
    """Words of a gesture at a high and at a low speed."""
    within: float = 0.0
    """Chance of a clip from after the first step to before the return: it shows nothing else."""
    drop: Range = (0.5, 0.85)
    """Seconds in which the arms return."""
    jitter: float = 0.012
    """Metres by which wrists vary between clips."""
    step_jitter: float = 0.005
    """Metres by which wrists vary between the steps of a clip."""
    delay: float = 0.04
    """Seconds by which the other arm may be late; 0 for hands that work together."""
    weight: float = 1.0
