"""Training takes of a style: the list in each scene, and the clips that it refers to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..backend.protocol.control_track import ControlTrack, read_control_track
from ..backend.protocol.generation_fields import LEARN_STEPS
from ..backend.protocol.limits import LIMITS, check_labels, check_style_name, check_training_takes
from ..backend.protocol.timeline import group_consecutive
from ..link.errors import JobError
from ..rig.read.animation_source import TimeMap
from ..rig.read.sound import read_scene_sound
from ..rig.read.training_takes import (
    ActionClip,
    find_animation,
    read_marker_labels,
    whole_action_clip,
)
from .blocks import parse_object_list
from .fields import TRAINING_STEPS
from .target import get_humanoid

_EXAMPLE = 'Example: [{"action": "Walk", "label": "walk"}].'
_FIELDS = {"action": str, "label": str, "armature": str, "markers": bool, "sound": bool}
_FRAMES = ("first", "last")
_CONTROL_FIELD = "control"


class AnyframeTrainingTake(bpy.types.PropertyGroup):
    """An Action to learn from, by names: pointers would keep deleted Actions in the file."""

    action: bpy.props.StringProperty(name="Action", description="Action with the take")
    armature: bpy.props.StringProperty(name="Armature", description="Armature that plays the take")
    label: bpy.props.StringProperty(
        name="Label", description="What happens in this take, in a word or two"
    )
    markers: bpy.props.BoolProperty(
        name="Labels from Markers",
        description="Use the names of markers as labels, each up to the next marker. The Action's "
        "own markers count, or else the scene's; frames before the first one are not used",
        default=False,
    )
    sound: bpy.props.BoolProperty(
        name="From Sound",
        description="Use the scene's sound during the take instead of labels, so that the style "
        "follows a sound. All takes of a style need it, or none",
        default=False,
    )
    strip: bpy.props.BoolProperty(
        name="Strip", description="The take is a part of the Action, as an NLA strip plays it"
    )
    first: bpy.props.FloatProperty(name="First Frame", description="First frame of the Action")
    last: bpy.props.FloatProperty(name="Last Frame", description="Last frame of the Action")
    begins: bpy.props.FloatProperty(name="Begins", description="Scene frame of the first frame")
    scale: bpy.props.FloatProperty(name="Scale", description="Time scale of the strip", default=1.0)


class AnyframeTrainingSettings(bpy.types.PropertyGroup):
    """Training takes and settings of a style."""

    takes: bpy.props.CollectionProperty(type=AnyframeTrainingTake)
    index: bpy.props.IntProperty(name="Take", description="The selected take")
    name: bpy.props.StringProperty(
        name="Name", description="Name of the style and of its file", default="My Style"
    )
    steps: bpy.props.IntProperty(**TRAINING_STEPS, min=LIMITS.learn_steps_min)


@dataclass(frozen=True)
class TrainingClip:
    """A clip with its labels or its control track. Only valid until Blender's data may change."""

    armature: bpy.types.Object
    clip: ActionClip
    label: str
    label_ranges: tuple[tuple[str, float, float], ...]
    """(label, start, end) in seconds; empty unless the labels come from markers."""
    uses_sound: bool = False
    """Return whether the sound of the scene replaces labels."""
    control_file: str = ""
    """File with a control track that replaces labels; "" for none."""

    @property
    def uses_control_track(self) -> bool:
        return self.uses_sound or bool(self.control_file)

    def read_control_track(self, scene: bpy.types.Scene, rows: int) -> ControlTrack:
        """The control track of the clip's take, which has `rows` frames.

        RigError if no sound plays, StyleError if the file has no control track.
        """
        if self.control_file:
            return read_control_track(Path(bpy.path.abspath(self.control_file)))
        (start,) = self.clip.time_map.to_scene_frames(np.array([self.clip.first_frame]))
        return read_scene_sound(scene, float(start), rows)

    @property
    def request_fields(self) -> dict[str, Any]:
        """The clip as a request has it."""
        if self.uses_control_track:
            return {"name": self.clip.name}
        if not self.label_ranges:
            return {"name": self.clip.name, "label": self.label}
        ranges = [
            {"label": label, "start": round(start, 4), "end": round(end, 4)}
            for label, start, end in self.label_ranges
        ]
        return {"name": self.clip.name, "ranges": ranges}

    def segment_durations(self, fps: float) -> list[float]:
        """Seconds of each segment without a gap, in a scene at this rate."""
        if not self.label_ranges:
            return [self.clip.duration(fps)]
        times = [(start, end) for _, start, end in self.label_ranges]
        return [times[group[-1]][1] - times[group[0]][0] for group in group_consecutive(times)]


def training_settings(scene: Any) -> Any:
    """The training takes of a scene (`AnyframeTrainingSettings`)."""
    return scene.anyframe_learning


def add_training_take(
    settings: Any, armature: bpy.types.Object, clip: ActionClip, *, strip: bool
) -> None:
    """Add a clip to the list and select it, labelled with the name of its Action."""
    item = settings.takes.add()
    item.action, item.armature, item.strip = clip.name, armature.name, strip
    label = clip.name.split(".")[0].replace(",", " ").replace(":", " ")
    item.label = label.strip()[: LIMITS.label_characters]
    if strip:
        item.first, item.last = clip.first_frame, clip.last_frame
        item.begins, item.scale = clip.time_map.scene_frame, clip.time_map.scale
    settings.index = len(settings.takes) - 1


def list_training_takes(settings: Any) -> list[dict[str, Any]]:
    """The list as `resolve_training_clips` takes it."""
    return [
        {
            name: getattr(item, name)
            for name in (*_FIELDS, *((*_FRAMES, "begins", "scale") if item.strip else ()))
        }
        for item in settings.takes
    ]


def parse_training_takes(text: str) -> list[dict[str, Any]]:
    """Takes from JSON as the operator *Learn Style* describes it; JobError for anything else."""
    takes = parse_object_list(text, "takes", _EXAMPLE)
    types = {**_FIELDS, _CONTROL_FIELD: str}
    for number, take in enumerate(takes, start=1):
        unknown = sorted(set(take) - {*types, *_FRAMES})
        if unknown:
            raise JobError(f"Take {number} has no field “{unknown[0]}”. {_EXAMPLE}")
        valid = all(isinstance(take.get(name, kind()), kind) for name, kind in types.items())
        frames = [take[name] for name in _FRAMES if name in take]
        numbers = all(isinstance(f, int | float) and not isinstance(f, bool) for f in frames)
        if not (valid and numbers and len(frames) in {0, 2} and take.get("action")):
            raise JobError(f"Take {number} has a field of the wrong type, or no action. {_EXAMPLE}")
    return takes


def resolve_training_clips(
    context: bpy.types.Context, takes: list[dict[str, Any]], armature: str
) -> list[TrainingClip]:
    """Find the clips of training takes from `parse_training_takes` or `list_training_takes`.

    `armature` is the name for takes without one; "" for the chosen one. JobError or RigError if an
    armature or an Action is missing, or if there are no markers.
    """
    scene: Any = context.scene
    clips = []
    for take in takes:
        body = get_humanoid(context, take.get("armature") or armature)
        clip = whole_action_clip(find_animation(body, take["action"]))
        if "first" in take:
            first, last = float(take["first"]), float(take["last"])
            if not first < last:
                raise JobError(
                    f"The last frame of the take “{clip.name}” must be after its first frame "
                    f"{first:g} (got {last:g})."
                )
            time_map = TimeMap(take.get("begins", first), first, take.get("scale", 1.0))
            clip = ActionClip(clip.animation, first, last, time_map)
        sound, control = bool(take.get("sound")), str(take.get(_CONTROL_FIELD, ""))
        by_markers = bool(take.get("markers")) and not (sound or control)
        ranges = tuple(read_marker_labels(scene, clip)) if by_markers else ()
        label = str(take.get("label", "")).strip()
        clips.append(TrainingClip(body, clip, label, ranges, sound, control))
    return clips


def check_training_clips(name: str, clips: list[TrainingClip], steps: int, fps: float) -> None:
    """Raise LimitError or JobError if no style can be learnt from these clips."""
    check_style_name(name)
    durations = [
        (clip.clip.name, length) for clip in clips for length in clip.segment_durations(fps)
    ]
    check_training_takes([name for name, _ in durations], [length for _, length in durations])
    labelled = [clip for clip in clips if not clip.uses_control_track]
    if labelled and len(labelled) < len(clips):
        raise JobError(
            "All takes must have labels, or all a sound or control track (“"
            f"{labelled[0].clip.name}” has labels, others do not)."
        )
    if labelled:
        check_labels(label for clip in clips for label, *_ in clip.label_ranges or ((clip.label,),))
    LEARN_STEPS.check(steps)


def check_same_columns(controls: Sequence[ControlTrack]) -> None:
    """Raise JobError unless all control tracks have the same columns."""
    if any(control.columns != controls[0].columns for control in controls):
        raise JobError(
            "All control tracks must have the same columns: give each take a sound, or each a file "
            "of the same kind."
        )
