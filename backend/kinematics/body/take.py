"""The take: one motion, as files and the service exchange it.

A take is stored as an AMASS ``.npz``: every SMPL tool opens it, and every AMASS file can be loaded.
The metadata (prompt, seed, latent, licence, …) are one JSON string under the key ``anyframe``.
"""

from __future__ import annotations

import io
import json
import math
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..math.rotations import Array, axis_angle_to_matrix, matrix_to_axis_angle
from .skeleton import SMPL, forward_kinematics

_MAX_BETAS = 400
"""Shape values of a body; SMPL-X has no more."""

MAX_FRAMES = 2_000_000
"""A file that claims more frames is broken, not long (4.6 hours at 120 fps)."""


class TakeError(ValueError):
    """A file or array is not a take; the text is a sentence for the user."""


@dataclass
class Take:
    """A motion of the SMPL skeleton sampled at a constant rate; frame n is at n / fps seconds."""

    poses: Array
    """(T, 72) axis-angle in SMPL joint order, radians; the first is the world orientation."""
    trans: Array
    """(T, 3) metres, Z up; the pelvis joint is at ``trans + SMPL.offsets[0]``, as in AMASS."""
    fps: float
    """Frames per second (``mocap_framerate``); need not be whole."""
    betas: Array = field(default_factory=lambda: np.zeros(16))
    gender: str = "neutral"
    metadata: dict[str, Any] = field(default_factory=dict)
    """Content of the JSON string ``anyframe``; {} for a foreign file."""
    body: str = "SMPL"
    """Body model of `betas`: SMPL, SMPL-H (the same as SMPL) or SMPL-X."""

    def __post_init__(self) -> None:
        self.poses = np.asarray(self.poses)
        self.trans = np.asarray(self.trans)
        if self.poses.ndim != 2 or self.poses.shape[1] != 72:
            raise TakeError(f"A take's poses must have 72 columns (got shape {self.poses.shape}).")
        if self.trans.shape != (len(self.poses), 3):
            raise TakeError(
                f"A take with {len(self.poses)} poses needs as many root positions "
                f"(got shape {self.trans.shape})."
            )
        if len(self.poses) == 0:
            raise TakeError("The take has no frames.")
        if not (math.isfinite(self.fps) and self.fps > 0):
            raise TakeError(f"The take's frame rate must be a positive number (got {self.fps}).")

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self) - 1) / self.fps

    @property
    def times(self) -> Array:
        """(T,) seconds of the frames, from 0."""
        return np.arange(len(self)) / self.fps

    def local_matrices(self) -> Array:
        """(T, 24, 3, 3) local rotations."""
        return axis_angle_to_matrix(self.poses.reshape(len(self), 24, 3))

    def root_positions(self) -> Array:
        """(T, 3) world position of the pelvis joint, metres, Z up."""
        return self.trans + SMPL.offsets[0]

    def joint_positions(self) -> Array:
        """(T, 24, 3) world positions of the joints of the `SMPL` skeleton, metres, Z up."""
        return forward_kinematics(SMPL, self.local_matrices(), self.root_positions())[0]

    @classmethod
    def from_matrices(cls, rotations: Array, root: Array, fps: float, **rest: Any) -> Take:
        """Make a take of local rotations (T, 24, 3, 3) and pelvis positions (T, 3)."""
        poses = matrix_to_axis_angle(rotations).reshape(len(rotations), 72)
        trans = np.asarray(root) - SMPL.offsets[0]
        return cls(poses.astype(np.float32), trans.astype(np.float32), fps, **rest)


def save_take(take: Take, path: str | Path) -> None:
    Path(path).write_bytes(take_to_bytes(take))


def take_to_bytes(take: Take) -> bytes:
    buffer = io.BytesIO()
    # Without this entry, files of these columns are SMPL.
    body = {} if take.body == "SMPL" else {"surface_model_type": np.array(_MODEL_TYPES[take.body])}
    np.savez_compressed(
        buffer,
        poses=take.poses.astype(np.float32),
        trans=take.trans.astype(np.float32),
        betas=take.betas.astype(np.float32),
        gender=np.array(take.gender),
        mocap_framerate=np.array(take.fps, dtype=np.float64),
        anyframe=np.array(json.dumps(take.metadata)),
        **body,
    )
    return buffer.getvalue()


def load_take(source: str | Path | bytes | BinaryIO) -> Take:
    """Read an AMASS ``.npz`` from a path, its bytes or an open file.

    `poses` may have 66, 72, 156 or 165 columns, or be split into root_orient and pose_body (newer
    SMPL-X releases). Fingers, jaw and eyes are left out; the hand joints that 66 columns lack are
    at rest. Nothing is unpickled.

    Raises:
        TakeError: The file is no take; the text names the defect.
    """
    name = str(source) if isinstance(source, (str, Path)) else "the file"
    fields = _read_fields(source, name)
    if "poses" in fields:
        poses = _numeric(fields["poses"], "poses", name)
    elif "root_orient" in fields and "pose_body" in fields:
        parts = [_numeric(fields[key], key, name) for key in ("root_orient", "pose_body")]
        if any(part.ndim != 2 or len(part) != len(parts[0]) for part in parts):
            raise TakeError(f"{name} has root_orient and pose_body of different lengths.")
        poses = np.concatenate(parts, axis=1)
    else:
        raise TakeError(f"{name} has no 'poses' array, so it is not an AMASS take.")
    if "trans" not in fields:
        raise TakeError(f"{name} has no 'trans' array, so it is not an AMASS take.")
    rate = next((fields[key] for key in _RATE_KEYS if key in fields), None)
    if rate is None or rate.size != 1:
        raise TakeError(f"{name} does not state its frame rate (mocap_framerate).")
    return Take(
        poses=_to_72_columns(poses, name),
        trans=_check_finite(_numeric(fields["trans"], "trans", name), "trans", name),
        fps=float(_numeric(rate, "its frame rate", name).reshape(())),
        betas=_betas(fields.get("betas")),
        gender=_text(fields.get("gender"), "neutral"),
        body=_body(fields, poses.shape[1]),
        metadata=_metadata(fields.get("anyframe")),
    )


_RATE_KEYS = ("mocap_framerate", "mocap_frame_rate", "fps")
_MOTION_KEYS = ("poses", "root_orient", "pose_body", "trans", *_RATE_KEYS)
_EXTRA_KEYS = ("betas", "gender", "surface_model_type", "anyframe")
_MODEL_TYPES = {"SMPL": "smpl", "SMPL-H": "smplh", "SMPL-X": "smplx"}


def _read_fields(source: str | Path | bytes | BinaryIO, name: str) -> dict[str, Array]:
    try:
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        archive = np.load(stream, allow_pickle=False)
        if not hasattr(archive, "files"):
            raise TakeError(f"{name} is a single array, not an AMASS .npz take.")
        with archive:
            fields = {k: np.asarray(archive[k]) for k in _MOTION_KEYS if k in archive.files}
            for key in _EXTRA_KEYS:
                # Absent, or pickled (the gender in some files): optional.
                with suppress(Exception):
                    fields[key] = np.asarray(archive[key])
            return fields
    except TakeError:
        raise
    except FileNotFoundError as error:
        raise TakeError(f"There is no file {name}.") from error
    except Exception as error:  # numpy and zipfile raise many kinds for damaged files
        raise TakeError(
            f"{name} is not a readable .npz take (it may be cut short, or hold Python objects)."
        ) from error


def _numeric(array: Array, what: str, name: str) -> Array:
    if array.dtype.kind not in "fiu":
        raise TakeError(f"{name} holds {what} that are not numbers.")
    return array.astype(np.float64)


def _check_finite(array: Array, what: str, name: str) -> Array:
    if not np.isfinite(array).all():
        raise TakeError(f"{name} has values in {what} that are not finite numbers (NaN).")
    if array.ndim and len(array) > MAX_FRAMES:
        raise TakeError(f"{name} must have at most {MAX_FRAMES} frames (got {len(array)}).")
    return array


def _to_72_columns(poses: Array, name: str) -> Array:
    # Of SMPL without hands, SMPL, SMPL-H or SMPL-X.
    if poses.ndim != 2 or poses.shape[1] not in {66, 72, 156, 165}:
        raise TakeError(
            f"{name} must have poses of 66, 72, 156 or 165 columns (got shape {poses.shape})."
        )
    # In files of more than 72 columns the joints after the 22nd are fingers, jaw and eyes.
    used = poses[:, : 72 if poses.shape[1] == 72 else 66]
    padded = np.pad(used, [(0, 0), (0, 72 - used.shape[1])])
    return _check_finite(padded, "poses", name)


def _betas(raw: Array | None) -> Array:
    if raw is None or raw.dtype.kind not in "fiu" or not np.isfinite(raw).all():
        return np.zeros(16)
    betas = np.asarray(raw)
    while betas.ndim > 1 and len(betas):  # some files repeat them for each frame
        betas = betas[0]
    return betas.reshape(-1)[:_MAX_BETAS].astype(np.float64)


def _body(fields: dict[str, Array], columns: int) -> str:
    """Body model that a file states, or else the one that its columns imply."""
    stated = _text(fields.get("surface_model_type"), "").casefold()
    # Split files are SMPL-X releases.
    implied = {156: "SMPL-H", 165: "SMPL-X"}.get(columns, "SMPL") if "poses" in fields else "SMPL-X"
    return next((body for body, kind in _MODEL_TYPES.items() if kind == stated), implied)


def _text(raw: Array | None, default: str) -> str:
    value = raw.item() if raw is not None and raw.size == 1 else default
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _metadata(raw: Array | None) -> dict[str, Any]:
    try:
        metadata = json.loads(str(raw)) if raw is not None else {}
    except (ValueError, RecursionError):  # ValueError also for numbers with too many digits
        return {}
    return metadata if isinstance(metadata, dict) else {}
