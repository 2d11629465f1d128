"""Records of requests, stored on Actions and in the history: enough to make a motion again."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import bpy

from ..backend.kinematics.keyframes.sparse_keys import KeyTolerance
from ..backend.kinematics.retarget.placement import GroundPose
from ..rig.action.metadata import placement_from_numbers, placement_to_numbers
from ..rig.apply.options import ApplyOptions, Keying
from .fields import APPLY_NAMES
from .target import MotionTarget

_REQUEST, _JOB_KEYS = "anyframe_request", "anyframe_jobs"
_RESOLVED_FIELDS = ("seed", "steps", "guidance", "originality", "candidates")
"""Fields of a request that the backend may choose; the metadata of the take has their values."""


def keying_from_dict(options: Mapping[str, Any]) -> Keying:
    """Keying from the properties `fields.KEYING_NAMES`; LimitError if a value is out of bounds."""
    if options["keying"] == "EVERY_NTH":
        return Keying(step=options["key_step"])
    if options["keying"] == "SPARSE":
        return Keying(tolerance=KeyTolerance(options["key_distance"], options["key_angle"]))
    return Keying()


def keying_to_dict(keying: Keying) -> dict[str, Any]:
    """The properties that `keying_from_dict` needs for this keying, and no others."""
    if (limit := keying.tolerance) is not None:
        return {"keying": "SPARSE", "key_distance": limit.distance, "key_angle": limit.angle}
    if keying.step > 1:
        return {"keying": "EVERY_NTH", "key_step": keying.step}
    return {"keying": "EVERY_FRAME"}


def apply_options_from_dict(options: Mapping[str, Any], **overrides: Any) -> ApplyOptions:
    """Options from the properties in `fields.APPLY_NAMES` and those of keying.

    Missing properties have their defaults; LimitError if a value is out of bounds.
    """
    chosen = {name: options[name] for name in APPLY_NAMES if name in options}
    return ApplyOptions(keying=keying_from_dict(options), **{**chosen, **overrides})


def apply_options_to_dict(options: ApplyOptions) -> dict[str, Any]:
    """The properties that give these options; the placement is not one of them."""
    return {
        **keying_to_dict(options.keying),
        **{name: getattr(options, name) for name in APPLY_NAMES},
    }


@dataclass(frozen=True)
class RequestRecord:
    """A request and how its motion is applied. Its fields are the keys of the stored JSON."""

    key: str
    """Unique ID of the job."""
    title: str
    """Name of the Action and of the undo step."""
    request: Mapping[str, Any]
    """The request as `session.submit` takes it."""
    manner: Mapping[str, Any]
    """Properties of `ApplyOptionsMixin`."""
    armature: str
    """Name of the armature at the time of the request."""
    start: float
    """Scene frame of the motion's first frame."""
    sources: tuple[str, ...] = ()
    """The `.npz` files that the job started from, in base64."""
    moved: tuple[float, ...] = ()
    """Placement of the motion (`placement_to_numbers`), once it is on the armature."""
    weights: str = ""
    """Hash of the weights that made the motion, once it is made."""

    @classmethod
    def from_request(
        cls,
        request: Mapping[str, Any],
        title: str,
        target: MotionTarget,
        apply_options: ApplyOptions,
        takes: tuple[bytes, ...] = (),
    ) -> RequestRecord:
        """Make the record of a new job; `takes` are the files that it starts from."""
        return cls(
            key=uuid.uuid4().hex,
            title=title,
            request=request,
            manner=apply_options_to_dict(apply_options),
            armature=target.armature,
            start=target.start_frame,
            sources=tuple(base64.b64encode(take).decode() for take in takes),
            moved=tuple(placement_to_numbers(apply_options.moved)) if apply_options.moved else (),
        )

    @classmethod
    def from_json(cls, text: Any) -> RequestRecord | None:
        """Parse `json_text`; None if the text is something else."""
        try:
            stored = json.loads(text)
            values = {name: stored[name] for name in (field.name for field in fields(cls))}
            lists = {name: tuple(values[name]) for name in ("sources", "moved")}
        except (ValueError, TypeError, KeyError):
            return None
        return cls(**{**values, **lists})

    @property
    def json_text(self) -> str:
        return json.dumps(asdict(self))

    @property
    def source_takes(self) -> tuple[bytes, ...]:
        """The `.npz` files that the job started from."""
        return tuple(base64.b64decode(source) for source in self.sources)

    def with_result(
        self, metadata: Mapping[str, Any], moved: tuple[GroundPose, GroundPose] | None
    ) -> RequestRecord:
        """The record of one resulting take, by its metadata and its placement."""
        request = dict(self.request)
        if request["kind"] in {"generate", "sequence", "blend"}:
            request |= {
                name: metadata[name] for name in _RESOLVED_FIELDS if metadata.get(name) is not None
            }
            request.pop("variations", None)
        return replace(
            self,
            request=request,
            moved=tuple(placement_to_numbers(moved)) if moved else (),
            weights=str(metadata.get("hash") or ""),
        )

    def recorded_apply_options(self) -> ApplyOptions:
        """Options that apply the motion again at the same place; LimitError if damaged."""
        return apply_options_from_dict(self.manner, moved=placement_from_numbers(self.moved))


def write_record(action: Any, record: RequestRecord | None, earlier_keys: tuple[str, ...]) -> None:
    """Store on an Action the request of its motion; None for a motion that no job made.

    `earlier_keys` are the keys of the jobs whose motions the Action also has.
    """
    if record is not None:
        action[_REQUEST], earlier_keys = record.json_text, (*earlier_keys, record.key)
    if earlier_keys:
        action[_JOB_KEYS] = " ".join(earlier_keys)


def read_record(action: Any) -> RequestRecord | None:
    """The request of the last motion on an Action; None if that is not known."""
    return RequestRecord.from_json(action.get(_REQUEST)) if action is not None else None


def read_job_keys(action: Any) -> tuple[str, ...]:
    """Keys of the jobs whose motions are on an Action."""
    keys = action.get(_JOB_KEYS) if action is not None else None
    return tuple(keys.split()) if isinstance(keys, str) else ()


def find_job_action(key: str, name: str) -> bpy.types.Action | None:
    """The Action with a job's motion, also if renamed; None if there is none.

    Of several copies the one with the original `name` is preferred.
    """
    matches = [action for action in bpy.data.actions if key in read_job_keys(action)]
    named = (action for action in matches if action.name == name)
    return next(named, matches[0] if matches else None)
