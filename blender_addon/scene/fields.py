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

# Generation

MODEL_CHOICE: dict[str, Any] = {
    "name": "Generate From",
    "description": "Input from which the motion is generated",
    # The identifiers are the backend's names of its models.
    "items": (
        ("nerm", "Prompt", "A text that describes what the character does"),
        ("motioninr", "Label", "A label such as “walk”; every seed gives another performance"),
    ),
    "default": "nerm",
}
PROMPT = generation_fields.PROMPT.blender_options()
LABEL = generation_fields.LABEL.blender_options()
SECONDS = generation_fields.SECONDS.blender_options()
SEED = generation_fields.SEED.blender_options()
ORIGINALITY = generation_fields.ORIGINALITY.blender_options()
FOOT_LOCK = generation_fields.LOCK_FEET.blender_options()
LOOP = generation_fields.LOOP.blender_options()
FOOT_LOCK_AGAIN: dict[str, Any] = {
    "name": "Foot Lock",
    "description": "Whether planted feet are held where they stand",
    "items": (
        ("AS_MADE", "As Generated", "Use the setting that the motion was generated with"),
        ("HOLD", "On", "Hold planted feet where they stand"),
        ("FREE", "Off", "Use the feet as the model generates them"),
    ),
}
ALL_SELECTED: dict[str, Any] = {
    "name": "All Selected Armatures",
    "description": "Generate a motion for each selected armature, with consecutive seeds",
    "default": False,
}
VARIATIONS = generation_fields.VARIATIONS.blender_options(
    description="Number of motions to generate and choose from, with consecutive seeds"
)
REVIEW: dict[str, Any] = {
    "name": "Review",
    "description": "Show the motion in the viewport before it is applied to the armature. Several "
    "variations are always reviewed",
    "default": False,
}
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

KEYING: dict[str, Any] = {
    "name": "Keys",
    "description": "How densely the motion is keyed",
    "items": (
        ("EVERY_FRAME", "Every Frame", "A key on each frame of the motion"),
        ("EVERY_NTH", "Every Nth", "A key on every nth frame of the motion"),
        ("SPARSE", "Sparse", "Few Bézier keys that keep the pose within a tolerance"),
    ),
    "default": "EVERY_FRAME",
}
KEY_STEP: dict[str, Any] = {
    "name": "Step",
    "description": "Frames of the motion from one key to the next, for keys on every nth frame",
    "default": 4,
    "soft_min": 1,
    "soft_max": 60,
}
KEY_DISTANCE: dict[str, Any] = {
    "name": "Distance",
    "description": "Largest distance of hands, feet and head from the motion, for sparse keys",
    "default": KeyTolerance().distance,
    "soft_min": 1e-4,
    "soft_max": 0.1,
    "step": 0.1,
    "precision": 4,
    "subtype": "DISTANCE",
}
KEY_ANGLE: dict[str, Any] = {
    "name": "Angle",
    "description": "Largest rotation of each bone away from the motion, for sparse keys",
    "default": KeyTolerance().angle,
    "soft_min": 1e-3,
    "soft_max": math.radians(10.0),
    "step": 10,
    "subtype": "ANGLE",
}
KEYING_NAMES = ("keying", "key_step", "key_distance", "key_angle")
"""Properties of operators and of the panel for the fields above."""

# Applying a motion to an armature

DESTINATION: dict[str, Any] = {
    "name": "Into",
    "description": "Where the keys are written",
    "items": (
        (
            "NEW_ACTION",
            "New Action",
            "A new Action, with a copy of the other channels of the current Action",
        ),
        ("SAME_ACTION", "Same Action", "The current Action; only the motion's frames change"),
        ("NLA_STRIP", "NLA Strip", "A new NLA strip above the others"),
    ),
    "default": "NEW_ACTION",
}
BODY_PART: dict[str, Any] = {
    "name": "Body Part",
    "description": "Part of the body that is animated; the other bones are left as they are",
    "items": (
        ("BODY", "Whole Body", ""),
        ("UPPER_BODY", "Upper Body", "Spine, head and arms"),
        ("LOWER_BODY", "Lower Body", "Hips and legs, and the root motion"),
        ("ARMS", "Both Arms", ""),
        ("LEFT_ARM", "Left Arm", ""),
        ("RIGHT_ARM", "Right Arm", ""),
        ("HEAD", "Head", "Neck and head"),
    ),
    "default": "BODY",
}
BLEND_FRAMES: dict[str, Any] = {
    "name": "Blend In/Out",
    "description": "Frames over which the motion replaces the existing animation, and over which "
    "that returns at its end",
    "default": 0,
    "soft_min": 0,
    "soft_max": 60,
}
ROOT_MOTION: dict[str, Any] = {
    "name": "Root Motion",
    "description": "What carries the character's travel through the scene",
    "items": (
        ("HIPS", "Hips", "The bone that carries the body"),
        ("ROOT", "Root Bone", "The topmost bone, on the ground below the hips; for game engines"),
        ("OBJECT", "Object", "The armature object, from its current place"),
    ),
    "default": "HIPS",
}
LIMBS: dict[str, Any] = {
    "name": "Limbs",
    "description": "How arms and legs of a control rig such as Rigify's are posed",
    "items": (
        ("FK", "FK", "Bone by bone"),
        ("IK_LEGS", "IK Legs", "Legs by the controls of feet and knees"),
        ("IK", "IK", "Legs and arms by the controls of feet, knees, hands and elbows"),
    ),
    "default": "FK",
}
IN_PLACE: dict[str, Any] = {
    "name": "In Place",
    "description": "Leave out the root motion; the hips still sway and turn. The root motion of a "
    "generated motion can be restored later",
    "default": False,
}
MATCH_FOOT_CONTACTS: dict[str, Any] = {
    "name": "Match Foot Contacts",
    "description": "Bend the legs until the ankles are where the motion has them, so that planted "
    "feet do not slide on legs of other proportions",
    "default": True,
}
GROUND: dict[str, Any] = {
    "name": "Ground",
    "description": "Height of the ground above the soles of the armature at rest",
    "default": 0.0,
    "subtype": "DISTANCE",
}
CONTINUE_FROM_POSE: dict[str, Any] = {
    "name": "Continue",
    "description": "Start at the character's position and heading on the first frame, instead of "
    "where the armature is at rest",
    "default": True,
}
MARK_AS_ASSET: dict[str, Any] = {
    "name": "Mark as Asset",
    "description": "Show the Action in the asset browser",
    "default": False,
}
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

RESAMPLE_FPS: dict[str, Any] = {
    "name": "Frame Rate",
    "description": "Keys per second; 0 for the scene's frame rate",
    "default": 0.0,
    "soft_min": 0.0,
    "soft_max": 240.0,
    "step": 100,
    "precision": 3,
}
TIME_SCALE: dict[str, Any] = {
    "name": "Time Scale",
    "description": "Playback speed of the result: 0.25 is slow motion, four times as long, with "
    "keys in between",
    "default": 1.0,
    "soft_min": 0.05,
    "soft_max": 4.0,
    "step": 5,
    "precision": 3,
}
HOLDS: dict[str, Any] = {
    "name": "Holds",
    "description": "Treatment of animation on twos and of stepped keys",
    "items": (
        ("KEEP", "Keep", "Keep all holds"),
        (
            "SMOOTH",
            "Smooth",
            "Move through short holds and stepped keys, and remove keys that repeat the previous "
            "pose",
        ),
    ),
    "default": "KEEP",
}
MAX_ERROR = generation_fields.MAX_KEY_ERROR.blender_options(
    soft_max=0.2, step=0.5, precision=3, subtype="DISTANCE"
)
EXACT: dict[str, Any] = {
    "name": "Exact",
    "description": "Sample the existing curves on each frame of the new rate without the backend, "
    "to thin out a dense capture or to bake",
    "default": False,
}

# Styles

LABEL_OVERLAP = generation_fields.OVERLAP.blender_options(
    name="Transition", soft_max=2.0, step=10, precision=2
)
STYLE_ORIGINALITY = generation_fields.STYLE_ORIGINALITY.blender_options(
    precision=2, subtype="FACTOR"
)
FINE_LEVELS: dict[str, Any] = {
    "name": "Fine Levels",
    "description": "Number of finest levels that follow the fine labels; 0 for half of all levels",
    "default": 0,
    "soft_min": 0,
    "soft_max": LIMITS.levels_max,
}
SOUND_SECONDS: dict[str, Any] = {
    "name": "Seconds",
    "description": "How long to follow the sound from the current frame; 0 for its whole rest",
    "default": 0.0,
    "soft_min": 0.0,
    "soft_max": 60.0,
    "step": 50,
    "precision": 2,
}
TRAINING_STEPS = generation_fields.LEARN_STEPS.blender_options(
    soft_max=4 * generation_fields.LEARN_STEPS.default
)
