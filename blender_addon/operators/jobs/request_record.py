"""What a motion was asked for with: enough to make it again, on its action and in the history."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import bpy

from ...backend.kinematics.retarget.placement import Spot
from ...rig.action.metadata import numbers_of, spots_of
from ...rig.apply.options import Manner
from ..common.apply_options import manner_of, manner_options
from ..common.target import Target

_REQUEST, _KEYS = "anyframe_request", "anyframe_jobs"
_SETTLED = ("seed", "steps", "guidance", "originality", "candidates")
"""What of a request the backend may have chosen: it says so in the info of the take."""


@dataclass(frozen=True)
class Record:
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
    def of(
        cls,
        request: Mapping[str, Any],
        title: str,
        target: Target,
        manner: Manner,
        takes: tuple[bytes, ...] = (),
    ) -> Record:
        """The record of a job that is about to begin."""
        return cls(
            key=uuid.uuid4().hex,
            title=title,
            request=request,
            manner=manner_options(manner),
            armature=target.armature,
            start=target.start_frame,
            sources=tuple(base64.b64encode(take).decode() for take in takes),
            moved=tuple(numbers_of(manner.moved)) if manner.moved else (),
        )

    @classmethod
    def read(cls, text: Any) -> Record | None:
        """`text` back; None if it is not what that wrote."""
        try:
            said = json.loads(text)
            known = {name: said[name] for name in (field.name for field in fields(cls))}
            lists = {name: tuple(known[name]) for name in ("sources", "moved")}
        except (ValueError, TypeError, KeyError):
            return None
        return cls(**{**known, **lists})

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @property
    def takes(self) -> tuple[bytes, ...]:
        """The `.npz`s that the job started from."""
        return tuple(base64.b64decode(source) for source in self.sources)

    def made(self, info: Mapping[str, Any], moved: tuple[Spot, Spot] | None) -> Record:
        """The same of the one take that came of it, by its info and where it was put."""
        request = dict(self.request)
        if request["kind"] in {"generate", "sequence", "blend"}:
            request |= {name: info[name] for name in _SETTLED if info.get(name) is not None}
            request.pop("variations", None)
        return replace(
            self,
            request=request,
            moved=tuple(numbers_of(moved)) if moved else (),
            weights=str(info.get("hash") or ""),
        )

    def asked_manner(self) -> Manner:
        """How the motion was put on the armature, to the same place; LimitError if damaged."""
        return manner_of(self.manner, moved=spots_of(self.moved))


def write_record(action: Any, record: Record | None, earlier: tuple[str, ...]) -> None:
    """Keep on an action what its motion was asked for with.

    Args:
        record: None for a motion that no job made.
        earlier: the keys of what else plays in it.
    """
    if record is not None:
        action[_REQUEST], earlier = record.text, (*earlier, record.key)
    if earlier:
        action[_KEYS] = " ".join(earlier)


def record_on(action: Any) -> Record | None:
    """What the (last) motion on an action was asked for with; None if that is not known."""
    return Record.read(action.get(_REQUEST)) if action is not None else None


def keys_on(action: Any) -> tuple[str, ...]:
    """The keys of the jobs whose motions are on an action."""
    kept = action.get(_KEYS) if action is not None else None
    return tuple(kept.split()) if isinstance(kept, str) else ()


def action_made_by(key: str, name: str) -> bpy.types.Action | None:
    """The action that holds a job's motion, whatever it is called now; None if there is none.

    Args:
        name: that it had: of several, the one that still has it is meant.
    """
    found = [action for action in bpy.data.actions if key in keys_on(action)]
    return next((action for action in found if action.name == name), found[0] if found else None)
