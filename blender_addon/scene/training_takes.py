"""The takes that a style is to be learnt from, kept in each scene and so in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..backend.protocol.control_track import ControlTrack, read_control_track
from ..backend.protocol.limits import (
    DEFAULT_LEARN_STEPS,
    LIMITS,
    check_labels,
    check_learn_steps,
    check_style_name,
    check_training_takes,
)
from ..backend.protocol.timeline import group_consecutive
from ..link.errors import JobError
from ..operators.common.target import get_humanoid
from ..rig.read.animation_source import TimeMap
from ..rig.read.sound import read_scene_sound
from ..rig.read.training_takes import (
    ActionClip,
    find_animation,
    read_marker_labels,
    whole_action_clip,
)

LABELS_FROM_MARKERS: dict[str, Any] = {
    "name": "Labels from Markers",
    "description": "Markers say what happens: each one's name is the label from there to the next. "
    "The action's own markers count, or else the scene's; what comes before the first is left out",
    "default": False,
}
FROM_SOUND: dict[str, Any] = {
    "name": "From Sound",
    "description": "The sound that plays in the scene with the take stands in place of labels, and "
    "what is learnt follows a sound. Learn all takes so, or none",
    "default": False,
}
TRAINING_STEPS: dict[str, Any] = {
    "name": "Steps",
    "description": "How long to learn: training steps of each two levels. More takes longer and "
    "comes nearer to the takes",
    "default": DEFAULT_LEARN_STEPS,
    "soft_max": 4 * DEFAULT_LEARN_STEPS,
}
"""What an operator asks and what the panel asks are the same properties."""

_TAKES_EXAMPLE = 'They are written such as [{"action": "Walk", "label": "walk"}].'
_FIELDS = {"action": str, "label": str, "armature": str, "markers": bool, "sound": bool}
_FRAMES = ("first", "last")
_CONTROL_FIELD = "control"


class AnyframeTrainingTake(bpy.types.PropertyGroup):
    """An action to learn from. Names, no pointers: those would keep deleted actions in the file."""

    action: bpy.props.StringProperty(name="Action", description="That the take is in")
    armature: bpy.props.StringProperty(name="Armature", description="That plays it")
    label: bpy.props.StringProperty(
        name="Label", description="What happens in this take, in a word or two"
    )
    markers: bpy.props.BoolProperty(**LABELS_FROM_MARKERS)
    sound: bpy.props.BoolProperty(**FROM_SOUND)
    strip: bpy.props.BoolProperty(
        name="Strip", description="It is a part of the action, as a strip of the NLA editor has it"
    )
    first: bpy.props.FloatProperty(name="First Frame", description="Of the action")
    last: bpy.props.FloatProperty(name="Last Frame", description="Of the action")
    begins: bpy.props.FloatProperty(name="Begins", description="Frame of the scene")
    scale: bpy.props.FloatProperty(name="Scale", description="Of the strip's time", default=1.0)


class AnyframeTrainingSettings(bpy.types.PropertyGroup):
    """What a style is to be learnt from, and how."""

    takes: bpy.props.CollectionProperty(type=AnyframeTrainingTake)
    index: bpy.props.IntProperty(name="Take", description="The take that is chosen")
    name: bpy.props.StringProperty(
        name="Name", description="Of the style; its file is called so", default="My Style"
    )
    steps: bpy.props.IntProperty(**TRAINING_STEPS, min=LIMITS.learn_steps_min)


@dataclass(frozen=True)
class TrainingClip:
    """A clip and what happens in it. Only valid until Blender's data may change."""

    armature: bpy.types.Object
    clip: ActionClip
    label: str
    label_ranges: tuple[tuple[str, float, float], ...]
    """(label, from second, to second), where markers say so."""
    uses_sound: bool = False
    """Whether the sound of the scene stands in place of labels, or"""
    control_file: str = ""
    """a file with a control track."""

    @property
    def uses_control_track(self) -> bool:
        """Whether a control track stands in place of labels."""
        return self.uses_sound or bool(self.control_file)

    def read_control_track(self, scene: bpy.types.Scene, rows: int) -> ControlTrack:
        """The control track of its take, which has so many frames; RigError or StyleError if there
        is none."""
        if self.control_file:
            return read_control_track(Path(bpy.path.abspath(self.control_file)))
        (first,) = self.clip.time_map.to_scene_frames(np.array([self.clip.first_frame]))
        return read_scene_sound(scene, float(first), rows)

    @property
    def request_fields(self) -> dict[str, Any]:
        """As a request has it."""
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
        """Seconds of each stretch without a gap, in a scene at this rate."""
        if not self.label_ranges:
            return [self.clip.duration(fps)]
        times = [(start, end) for _, start, end in self.label_ranges]
        return [times[group[-1]][1] - times[group[0]][0] for group in group_consecutive(times)]


def training_settings(scene: Any) -> Any:
    """What a scene's styles are learnt from (`AnyframeLearning`)."""
    return scene.anyframe_learning


def add_training_take(
    learning: Any, armature: bpy.types.Object, clip: ActionClip, *, strip: bool
) -> None:
    """Add a clip to the list and choose it; its label is the action's name."""
    item = learning.takes.add()
    item.action, item.armature, item.strip = clip.name, armature.name, strip
    item.label = (
        clip.name.split(".")[0]
        .replace(",", " ")
        .replace(":", " ")
        .strip()[: LIMITS.label_characters]
    )
    if strip:
        item.first, item.last = clip.first_frame, clip.last_frame
        item.begins, item.scale = clip.time_map.scene_frame, clip.time_map.scale
    learning.index = len(learning.takes) - 1


def list_training_takes(learning: Any) -> list[dict[str, Any]]:
    """The list as `lessons_of` takes it."""
    found = []
    for item in learning.takes:
        told = {name: getattr(item, name) for name in _FIELDS}
        if item.strip:
            told |= {name: getattr(item, name) for name in (*_FRAMES, "begins", "scale")}
        found.append(told)
    return found


def parse_training_takes(text: str) -> list[dict[str, Any]]:
    """Takes from JSON, a list of objects with an action and a label, markers, sound or a file, and
    perhaps an armature, and the first and last frame. JobError if it is not that."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise JobError(f"The takes are not JSON ({error}). {_TAKES_EXAMPLE}") from error
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise JobError(f"The takes are not a list of objects. {_TAKES_EXAMPLE}")
    kinds = {**_FIELDS, _CONTROL_FIELD: str}
    for number, one in enumerate(told, start=1):
        unknown = sorted(set(one) - {*kinds, *_FRAMES})
        if unknown:
            raise JobError(f"Take {number} has no field “{unknown[0]}”. {_TAKES_EXAMPLE}")
        words = all(isinstance(one.get(name, kind()), kind) for name, kind in kinds.items())
        frames = [one[name] for name in _FRAMES if name in one]
        numbers = all(isinstance(f, int | float) and not isinstance(f, bool) for f in frames)
        if not (words and numbers and len(frames) in {0, 2} and one.get("action")):
            raise JobError(
                f"Take {number} has a field of the wrong kind, or no action. {_TAKES_EXAMPLE}"
            )
    return told


def resolve_training_clips(
    context: bpy.types.Context, takes: list[dict[str, Any]], armature: str
) -> list[TrainingClip]:
    """Takes looked up in the file.

    Args:
        takes: as `read_takes` and `listed_takes` give them.
        armature: name of the one for takes that name none; "" for the chosen one.

    Raises:
        JobError, RigError: an armature or an action is gone, or there are no markers.
    """
    scene = context.scene
    assert scene is not None  # by poll
    found = []
    for told in takes:
        body = get_humanoid(context, told.get("armature") or armature)
        clip = whole_action_clip(find_animation(body, told["action"]))
        if "first" in told:
            first, last = float(told["first"]), float(told["last"])
            if not first < last:
                raise JobError(
                    f"The take “{clip.name}” ends at frame {last:g}, not after it begins at "
                    f"{first:g}."
                )
            begins = TimeMap(told.get("begins", first), first, told.get("scale", 1.0))
            clip = ActionClip(clip.animation, first, last, begins)
        sound, control = bool(told.get("sound")), str(told.get(_CONTROL_FIELD, ""))
        by_markers = bool(told.get("markers")) and not (sound or control)
        ranges = tuple(read_marker_labels(scene, clip)) if by_markers else ()
        label = str(told.get("label", "")).strip()
        found.append(TrainingClip(body, clip, label, ranges, sound, control))
    return found


def check_training_clips(name: str, clips: list[TrainingClip], steps: int, fps: float) -> None:
    """Raise LimitError for the first thing that keeps a style from being learnt."""
    check_style_name(name)
    names, seconds = [], []
    for lesson in clips:
        for length in lesson.segment_durations(fps):
            names.append(lesson.clip.name)
            seconds.append(length)
    check_training_takes(names, seconds)
    by_numbers = [lesson.uses_control_track for lesson in clips]
    if any(by_numbers) and not all(by_numbers):
        raise JobError(
            f"“{clips[by_numbers.index(False)].clip.name}” has labels, and other takes go by "
            "sound or numbers: learn all takes one way."
        )
    if not any(by_numbers):
        check_labels(label for one in clips for label, *_ in one.label_ranges or ((one.label,),))
    check_learn_steps(steps)


def check_same_columns(controls: Sequence[ControlTrack]) -> None:
    """Raise JobError unless all control tracks tell of the same."""
    if any(control.columns != controls[0].columns for control in controls):
        raise JobError(
            "The control tracks of the takes have not the same columns: give each take a sound, or "
            "each a file of the same kind."
        )


def register() -> None:
    """Add the list to every scene."""
    scene: Any = bpy.types.Scene
    scene.anyframe_learning = bpy.props.PointerProperty(type=AnyframeTrainingSettings)


def unregister() -> None:
    """Take it away from Blender; what is in the file stays."""
    scene: Any = bpy.types.Scene
    del scene.anyframe_learning
