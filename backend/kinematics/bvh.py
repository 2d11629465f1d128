"""BVH files: reading any, writing takes.

Reading keeps the file's own frame and unit. Writing gives centimetres, Y up, facing +Z at rest: what
other programs expect of a BVH.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .rest_pose import RestPose
from .rotations import Array, euler_to_matrix, matrix_to_euler
from .skeleton import BODY_TO_WORLD, SMPL
from .take import MAX_FRAMES, Take

_CHANNEL = re.compile(r"([XYZ])(position|rotation)", re.IGNORECASE)
_NTSC = tuple(rate * 1000 / 1001 for rate in (24, 30, 48, 60, 96, 120, 240))
_WRITE_ORDER = "ZYX"


class BvhError(ValueError):
    """A file is not a readable BVH; the text is a sentence for the user."""


@dataclass(frozen=True)
class BvhMotion:
    """A BVH file: its hierarchy in the zero pose, and its motion."""

    rest: RestPose
    rotations: Array
    """(T, N, 3, 3) local rotation of each joint."""
    translations: Array
    """(T, N, 3) each joint's offset from its parent; the root's is its position."""
    fps: float

    def __len__(self) -> int:
        return len(self.rotations)

    def world(self) -> tuple[Array, Array]:
        """World rotations (T, N, 3, 3) and positions (T, N, 3), in the file's frame and unit."""
        rotations = self.rotations.copy()
        positions = self.translations.copy()
        for joint, parent in enumerate(self.rest.parents):
            if parent >= 0:
                rotations[:, joint] = rotations[:, parent] @ self.rotations[:, joint]
                offset = rotations[:, parent] @ self.translations[:, joint, :, None]
                positions[:, joint] = positions[:, parent] + offset[..., 0]
        return rotations, positions


@dataclass
class _Joint:
    name: str
    parent: int
    offset: list[float]
    channels: list[tuple[str, str]]
    tip: list[float] | None = None


def read_bvh(path: str | Path) -> BvhMotion:
    """Read a BVH file.

    Raises:
        BvhError: naming what is wrong (cut short, no frames, not numbers...).
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError as error:
        raise BvhError(f"There is no file {path}.") from error
    except OSError as error:
        raise BvhError(f"{path.name} cannot be read: {error.strerror}.") from error
    header, keyword, motion = text.partition("MOTION")
    if not keyword or "HIERARCHY" not in header:
        raise BvhError(f"{path.name} is not a BVH file, or ends before its MOTION part.")
    joints = _parse_hierarchy(header, path.name)
    frames, frame_time, rows = _parse_motion(
        motion, sum(len(j.channels) for j in joints), path.name
    )
    return _assemble(joints, rows, _rate(frame_time, path.name), frames)


def _parse_hierarchy(header: str, name: str) -> list[_Joint]:
    tokens = iter(header.split())
    joints: list[_Joint] = []
    stack: list[int] = []
    in_end_site = False
    try:
        for token in tokens:
            word = token.upper()
            if word in {"ROOT", "JOINT"}:
                joints.append(_Joint(next(tokens), stack[-1] if stack else -1, [0.0] * 3, []))
            elif word == "END":
                next(tokens)
                in_end_site = True
            elif word == "{":
                stack.append(-2 if in_end_site else len(joints) - 1)
            elif word == "}":
                if stack.pop() == -2:
                    in_end_site = False
            elif word == "OFFSET":
                offset = [float(next(tokens)) for _ in range(3)]
                if in_end_site:
                    joints[stack[-2]].tip = offset
                else:
                    joints[-1].offset = offset
            elif word == "CHANNELS":
                matches = [_CHANNEL.fullmatch(next(tokens)) for _ in range(int(next(tokens)))]
                joints[-1].channels = [(m[1].upper(), m[2].lower()) for m in matches if m]
    except (StopIteration, ValueError, IndexError) as error:
        raise BvhError(f"{name} has a broken HIERARCHY part.") from error
    if not joints or stack:
        raise BvhError(f"{name} has a broken HIERARCHY part.")
    return joints


def _parse_motion(motion: str, columns: int, name: str) -> tuple[int, str, Array]:
    match = re.match(r"\s*Frames:\s*(\d+)\s+Frame Time:\s*(\S+)\s*", motion, re.IGNORECASE)
    if not match:
        raise BvhError(f"{name} does not say its number of frames and frame time.")
    frames = int(match[1])
    if frames == 0:
        raise BvhError(f"{name} has zero frames.")
    if frames > MAX_FRAMES:
        raise BvhError(f"{name} claims {frames} frames; the limit is {MAX_FRAMES}.")
    try:
        values = np.array(motion[match.end() :].split(), dtype=np.float64)
    except ValueError as error:
        raise BvhError(f"{name} has values in its motion that are not numbers.") from error
    if len(values) < frames * columns:
        raise BvhError(
            f"{name} is cut short: {len(values)} of {frames * columns} motion values are there."
        )
    rows = values[: frames * columns].reshape(frames, columns)
    if not np.isfinite(rows).all():
        raise BvhError(f"{name} has values in its motion that are not finite numbers (NaN).")
    return frames, match[2], rows


def _rate(frame_time: str, name: str) -> float:
    """Frames per second meant by a rounded frame time: 0.00833333 is 120, 0.041708 is 23.976."""
    try:
        seconds = float(frame_time)
    except ValueError:
        seconds = 0.0
    if not (np.isfinite(seconds) and seconds > 0):
        raise BvhError(f"{name} has a frame time of {frame_time}, which is not a time.")
    digits = len(frame_time.partition(".")[2].lower().partition("e")[0])
    # A last digit may have been cut off instead of rounded: allow a whole unit in that place.
    tolerance = 1.01 * 10.0**-digits
    for rate in (max(round(1 / seconds), 1), *_NTSC):
        if abs(1 / rate - seconds) <= tolerance:
            return float(rate)
    return 1 / seconds


def _assemble(joints: list[_Joint], rows: Array, fps: float, frames: int) -> BvhMotion:
    parents = tuple(joint.parent for joint in joints)
    offsets = np.array([joint.offset for joint in joints])
    rotations = np.broadcast_to(np.eye(3), (frames, len(joints), 3, 3)).copy()
    translations = np.broadcast_to(offsets, (frames, len(joints), 3)).copy()
    column = 0
    for i, joint in enumerate(joints):
        turns = "".join(axis for axis, kind in joint.channels if kind == "rotation")
        angles = []
        for axis, kind in joint.channels:
            if kind == "position":
                translations[:, i, "XYZ".index(axis)] = rows[:, column]
            else:
                angles.append(np.radians(rows[:, column]))
            column += 1
        if turns:
            rotations[:, i] = _product(np.stack(angles, axis=-1), turns)
    positions = offsets.copy()
    for i, parent in enumerate(parents):
        if parent >= 0:
            positions[i] += positions[parent]
    tips = np.array([joint.tip if joint.tip else [np.nan] * 3 for joint in joints]) + positions
    rest = RestPose(
        names=tuple(joint.name for joint in joints),
        parents=parents,
        positions=positions,
        rotations=np.broadcast_to(np.eye(3), (len(joints), 3, 3)).copy(),
        tips=tips,
    )
    return BvhMotion(rest, rotations, translations, fps)


def _product(angles: Array, order: str) -> Array:
    if len(order) == 3:
        return euler_to_matrix(angles, order)
    padded = np.zeros((*angles.shape[:-1], 3))
    padded[..., : len(order)] = angles
    return euler_to_matrix(padded, (order + "".join(a for a in "XYZ" if a not in order))[:3])


def write_bvh(take: Take, path: str | Path) -> None:
    """Write a take as BVH: SMPL joint names, centimetres, Y up, T-pose at zero."""
    rotations = take.local_matrices()
    rotations[:, 0] = BODY_TO_WORLD.T @ rotations[:, 0]
    angles = np.degrees(matrix_to_euler(rotations, _WRITE_ORDER))
    root = take.root_positions() @ BODY_TO_WORLD * 100.0
    rows = np.concatenate([root, angles.reshape(len(take), -1)], axis=1)
    body = "\n".join(" ".join(f"{value:.6f}" for value in row) for row in rows)
    header = "\n".join(["HIERARCHY", *_hierarchy_lines(0, "")])
    Path(path).write_text(
        f"{header}\nMOTION\nFrames: {len(take)}\nFrame Time: {1 / take.fps:.10f}\n{body}\n",
        encoding="utf-8",
    )


def _hierarchy_lines(joint: int, indent: str) -> list[str]:
    turns = " ".join(f"{axis}rotation" for axis in _WRITE_ORDER)
    # The root hangs at zero: its position channels alone say where it is.
    x, y, z = SMPL.offsets[joint] * 100.0 if joint else (0.0, 0.0, 0.0)
    inner = indent + "  "
    lines = [
        f"{indent}{'JOINT' if joint else 'ROOT'} {SMPL.names[joint]}",
        f"{indent}{{",
        f"{inner}OFFSET {x:.6f} {y:.6f} {z:.6f}",
        f"{inner}CHANNELS 3 {turns}"
        if joint
        else f"{inner}CHANNELS 6 Xposition Yposition Zposition {turns}",
    ]
    children = [i for i, parent in enumerate(SMPL.parents) if parent == joint]
    for child in children:
        lines += _hierarchy_lines(child, inner)
    if not children:
        tip = SMPL.offsets[joint] * 50.0
        site = f"{inner}  OFFSET {tip[0]:.6f} {tip[1]:.6f} {tip[2]:.6f}"
        lines += [f"{inner}End Site", f"{inner}{{", site, f"{inner}}}"]
    return [*lines, f"{indent}}}"]
