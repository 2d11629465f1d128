"""Arguments of properties that operators and the panel share: one name, description and default.

Those of requests are in `backend.protocol.generation_fields`. Operators add
`options={"SKIP_SAVE"}`. Only the panel has hard limits: an operator refuses a value out of bounds
with a sentence.
"""

import math
from typing import Any

from ..backend.kinematics.keyframes.sparse_keys import KeyTolerance
from ..backend.protocol import generation_fields
from ..backend.protocol.limits import LIMITS

MAX_SEED = 2**31 - 1
"""Largest value of an IntProperty."""


def _field(name: str, description: str, default: Any = False, **options: Any) -> dict[str, Any]:
    return {"name": name, "description": description, "default": default, **options}


def _number(
    name: str, description: str, default: float, bounds: tuple[float, float], **options: Any
) -> dict[str, Any]:
    low, high = bounds
    return _field(name, description, default, soft_min=low, soft_max=high, **options)


def _choice(name: str, description: str, *items: tuple[str, str, str]) -> dict[str, Any]:
    """Arguments of an enum whose default is the first item."""
    return _field(name, description, items[0][0], items=items)


# Generation

MODEL_CHOICE = _choice(
    "Generate From",
    "Input from which the motion is generated",
    # The identifiers are the backend's names of its models.
    ("nerm", "Prompt", "A text that describes what the character does"),
    ("motioninr", "Label", "A label such as “walk”; every seed gives another performance"),
)
PROMPT = generation_fields.PROMPT.blender_options()
LABEL = generation_fields.LABEL.blender_options()
SECONDS = generation_fields.SECONDS.blender_options()
SEED = generation_fields.SEED.blender_options()
ORIGINALITY = generation_fields.ORIGINALITY.blender_options()
FOOT_LOCK = generation_fields.LOCK_FEET.blender_options()
LOOP = generation_fields.LOOP.blender_options()
FOOT_LOCK_AGAIN = _choice(
    "Foot Lock",
    "Whether planted feet are held where they stand",
    ("AS_MADE", "As Generated", "Use the setting that the motion was generated with"),
    ("HOLD", "On", "Hold planted feet where they stand"),
    ("FREE", "Off", "Use the feet as the model generates them"),
)
ALL_SELECTED = _field(
    "All Selected Armatures", "Generate a motion for each selected armature, with consecutive seeds"
)
VARIATIONS = generation_fields.VARIATIONS.blender_options(
    description="Number of motions to generate and choose from, with consecutive seeds"
)
REVIEW = _field(
    "Review",
    "Show the motion in the viewport before it is applied to the armature. Several variations are "
    "always reviewed",
)
CANDIDATES = generation_fields.CANDIDATES.blender_options(
    description=f"{generation_fields.CANDIDATES.description}; 0 for the default",
    default=0,
    soft_min=0,
)

TRANSITION = generation_fields.TRANSITION.blender_options(
    description=f"{generation_fields.TRANSITION.description}, half of them before this block starts"
)

# Resampling a generated motion

SPEED = generation_fields.SPEED.blender_options()
RANGE_START = generation_fields.TIME_RANGE_START.blender_options(default=0.0)
RANGE_END = generation_fields.TIME_RANGE_END.blender_options(
    description=f"{generation_fields.TIME_RANGE_END.description}; 0 for its end", default=0.0
)
INTERPOLATION = generation_fields.INTERPOLATION_FACTOR.blender_options()

# Keyframing

KEYING = _choice(
    "Keys",
    "How densely the motion is keyed",
    ("EVERY_FRAME", "Every Frame", "A key on each frame of the motion"),
    ("EVERY_NTH", "Every Nth", "A key on every nth frame of the motion"),
    ("SPARSE", "Sparse", "Few Bézier keys that keep the pose within a tolerance"),
)
KEY_STEP = _number(
    "Step", "Frames of the motion from one key to the next, for keys on every nth frame", 4, (1, 60)
)
KEY_DISTANCE = _number(
    "Distance",
    "Largest distance of hands, feet and head from the motion, for sparse keys",
    KeyTolerance().distance,
    (1e-4, 0.1),
    step=0.1,
    precision=4,
    subtype="DISTANCE",
)
KEY_ANGLE = _number(
    "Angle",
    "Largest rotation of each bone away from the motion, for sparse keys",
    KeyTolerance().angle,
    (1e-3, math.radians(10.0)),
    step=10,
    subtype="ANGLE",
)
KEYING_NAMES = ("keying", "key_step", "key_distance", "key_angle")
"""Properties of operators and of the panel for the fields above."""

# Applying a motion to an armature

DESTINATION = _choice(
    "Into",
    "Where the keys are written",
    (
        "NEW_ACTION",
        "New Action",
        "A new Action, with a copy of the other channels of the current Action",
    ),
    ("SAME_ACTION", "Same Action", "The current Action; only the motion's frames change"),
    ("NLA_STRIP", "NLA Strip", "A new NLA strip above the others"),
)
BODY_PART = _choice(
    "Body Part",
    "Part of the body that is animated; the other bones are left as they are",
    ("BODY", "Whole Body", ""),
    ("UPPER_BODY", "Upper Body", "Spine, head and arms"),
    ("LOWER_BODY", "Lower Body", "Hips and legs, and the root motion"),
    ("ARMS", "Both Arms", ""),
    ("LEFT_ARM", "Left Arm", ""),
    ("RIGHT_ARM", "Right Arm", ""),
    ("HEAD", "Head", "Neck and head"),
)
BLEND_FRAMES = _number(
    "Blend In/Out",
    "Frames over which the motion replaces the existing animation, and over which that returns at "
    "its end",
    0,
    (0, 60),
)
ROOT_MOTION = _choice(
    "Root Motion",
    "What carries the character's travel through the scene",
    ("HIPS", "Hips", "The bone that carries the body"),
    ("ROOT", "Root Bone", "The topmost bone, on the ground below the hips; for game engines"),
    ("OBJECT", "Object", "The armature object, from its current place"),
)
LIMBS = _choice(
    "Limbs",
    "How arms and legs of a control rig such as Rigify's are posed",
    ("FK", "FK", "Bone by bone"),
    ("IK_LEGS", "IK Legs", "Legs by the controls of feet and knees"),
    ("IK", "IK", "Legs and arms by the controls of feet, knees, hands and elbows"),
)
IN_PLACE = _field(
    "In Place",
    "Leave out the root motion; the hips still sway and turn. The root motion of a generated "
    "motion can be restored later",
)
MATCH_FOOT_CONTACTS = _field(
    "Match Foot Contacts",
    "Bend the legs until the ankles are where the motion has them, so that planted feet do not "
    "slide on legs of other proportions",
    True,
)
GROUND = _field(
    "Ground",
    "Height of the ground above the soles of the armature at rest",
    0.0,
    subtype="DISTANCE",
)
CONTINUE_FROM_POSE = _field(
    "Continue",
    "Start at the character's position and heading on the first frame, instead of where the "
    "armature is at rest",
    True,
)
MARK_AS_ASSET = _field("Mark as Asset", "Show the Action in the asset browser")
APPLY_NAMES = (
    "destination",
    "part",
    "fade",
    "carrier",
    "limbs",
    "in_place",
    "plant_feet",
    "ground",
    "where_it_stands",
    "asset",
)
"""Properties for the fields above; fields of `ApplyOptions` and keys of saved records, too."""

# Resampling existing animation

RESAMPLE_FPS = _number(
    "Frame Rate",
    "Keys per second; 0 for the scene's frame rate",
    0.0,
    (0.0, 240.0),
    step=100,
    precision=3,
)
TIME_SCALE = _number(
    "Time Scale",
    "Playback speed of the result: 0.25 is slow motion, four times as long, with keys in between",
    1.0,
    (0.05, 4.0),
    step=5,
    precision=3,
)
HOLDS = _choice(
    "Holds",
    "Treatment of animation on twos and of stepped keys",
    ("KEEP", "Keep", "Keep all holds"),
    (
        "SMOOTH",
        "Smooth",
        "Move through short holds and stepped keys, and remove keys that repeat the previous pose",
    ),
)
MAX_ERROR = generation_fields.MAX_KEY_ERROR.blender_options(
    soft_max=0.2, step=0.5, precision=3, subtype="DISTANCE"
)
EXACT = _field(
    "Exact",
    "Sample the existing curves on each frame of the new rate without the backend, to thin out a "
    "dense capture or to bake",
)

# Styles

LABEL_OVERLAP = generation_fields.OVERLAP.blender_options(
    name="Transition", soft_max=2.0, step=10, precision=2
)
STYLE_ORIGINALITY = generation_fields.STYLE_ORIGINALITY.blender_options(
    precision=2, subtype="FACTOR"
)
FINE_LEVELS = _number(
    "Fine Levels",
    "Number of finest levels that follow the fine labels; 0 for half of all levels",
    0,
    (0, LIMITS.levels_max),
)
SOUND_SECONDS = _number(
    "Seconds",
    "How long to follow the sound from the current frame; 0 for its whole rest",
    0.0,
    (0.0, 60.0),
    step=50,
    precision=2,
)
TRAINING_STEPS = generation_fields.LEARN_STEPS.blender_options(
    soft_max=4 * generation_fields.LEARN_STEPS.default
)
