"""What a motion was asked for with: enough to make it again, on its action and in the history."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import bpy

from ...backend.kinematics.retarget.placement import GroundPose
from ...rig.action.metadata import placement_from_numbers, placement_to_numbers
from ...rig.apply.options import ApplyOptions
from ..common.apply_options import apply_options_from_dict, apply_options_to_dict
from ..common.target import MotionTarget

_REQUEST, _JOB_KEYS = "anyframe_request", "anyframe_jobs"
_RESOLVED_FIELDS = ("seed", "steps", "guidance", "originality", "candidates")
"""What of a request the backend may have chosen: it says so in the info of the take."""


@dataclass(frozen=True)
class RequestRecord:
    """A request, and how its motion is put on an armature; all of it can be written as JSON."""

    key: str
    """Names the job, and no other in any file."""
    title: str
    """Names the action and the undo step."""
    request: Mapping[str, Any]
    """As in `Client.submit`."""
    manner: Mapping[str, Any]
    """The options of `MannerOptions`."""
    armature: str
    """Name of the armature when the motion was asked for."""
    start: float
    """Scene frame of the motion's first frame."""
    sources: tuple[str, ...] = ()
    """The `.npz`s that the job started from, in base64."""
    moved: tuple[float, ...] = ()
    """From where to where the motion was moved (`spots_of`), once it is on the armature."""
    weights: str = ""
    """Hash of the weights that made it, once it is made."""

    @classmethod
    def from_request(
        cls,
        request: Mapping[str, Any],
        title: str,
        target: MotionTarget,
        apply_options: ApplyOptions,
        takes: tuple[bytes, ...] = (),
    ) -> RequestRecord:
        """The record of a job that is about to begin."""
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
        """`text` back; None if it is not what that wrote."""
        try:
            said = json.loads(text)
            known = {name: said[name] for name in (field.name for field in fields(cls))}
            lists = {name: tuple(known[name]) for name in ("sources", "moved")}
        except (ValueError, TypeError, KeyError):
            return None
        return cls(**{**known, **lists})

    @property
    def json_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @property
    def source_takes(self) -> tuple[bytes, ...]:
        """The `.npz`s that the job started from."""
        return tuple(base64.b64decode(source) for source in self.sources)

    def with_result(
        self, info: Mapping[str, Any], moved: tuple[GroundPose, GroundPose] | None
    ) -> RequestRecord:
        """The same of the one take that came of it, by its info and where it was put."""
        request = dict(self.request)
        if request["kind"] in {"generate", "sequence", "blend"}:
            request |= {name: info[name] for name in _RESOLVED_FIELDS if info.get(name) is not None}
            request.pop("variations", None)
        return replace(
            self,
            request=request,
            moved=tuple(placement_to_numbers(moved)) if moved else (),
            weights=str(info.get("hash") or ""),
        )

    def recorded_apply_options(self) -> ApplyOptions:
        """How the motion was put on the armature, to the same place; LimitError if damaged."""
        return apply_options_from_dict(self.manner, moved=placement_from_numbers(self.moved))


def write_record(action: Any, record: RequestRecord | None, earlier_keys: tuple[str, ...]) -> None:
    """Keep on an action what its motion was asked for with.

    Args:
        record: None for a motion that no job made.
        earlier: the keys of what else plays in it.
    """
    if record is not None:
        action[_REQUEST], earlier_keys = record.json_text, (*earlier_keys, record.key)
    if earlier_keys:
        action[_JOB_KEYS] = " ".join(earlier_keys)


def read_record(action: Any) -> RequestRecord | None:
    """What the (last) motion on an action was asked for with; None if that is not known."""
    return RequestRecord.from_json(action.get(_REQUEST)) if action is not None else None


def read_job_keys(action: Any) -> tuple[str, ...]:
    """The keys of the jobs whose motions are on an action."""
    kept = action.get(_JOB_KEYS) if action is not None else None
    return tuple(kept.split()) if isinstance(kept, str) else ()


def find_job_action(key: str, name: str) -> bpy.types.Action | None:
    """The action that holds a job's motion, whatever it is called now; None if there is none.

    Args:
        name: that it had: of several, the one that still has it is meant.
    """
    found = [action for action in bpy.data.actions if key in read_job_keys(action)]
    return next((action for action in found if action.name == name), found[0] if found else None)
