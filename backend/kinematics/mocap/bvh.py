"""Read BVH files and write takes as BVH.

Reading keeps the frame and unit of the file. Writing uses centimetres, Y up, facing +Z at rest, as
other programs expect.
"""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from pathlib import Path

import numpy as np

from ..body.skeleton import BODY_TO_WORLD, SMPL, Skeleton
from ..body.take import MAX_FRAMES, Take
from ..math.rotations import Array, axis_rotation, matrix_to_euler, rotate
from ..rigs.rest_pose import RestPose

_MOTION = re.compile(rb"(?<![^\s}])MOTION\s+(?=Frames)", re.IGNORECASE)
_TIMING = re.compile(rb"Frames\s*:?\s*(\d{1,15})\s+Frame\s*Time\s*:?\s*(\S+)\s*", re.IGNORECASE)
_CHANNEL = re.compile(r"([XYZ])(position|rotation|scale)", re.IGNORECASE)
_END_SITE = -2
"""Marks an End Site on the stack of open braces, where joints are their indices."""
_WHOLE_RATES = (24, 25, 30, 48, 50, 60, 90, 96, 100, 120, 144, 150, 180, 200, 240, 250)
_NTSC_RATES = tuple(rate * 1000 / 1001 for rate in (24, 30, 48, 60, 96, 120, 240))
_FRAME_TIME_RANGE = (1e-6, 1e4)
_MAX_VALUE = 1e9
"""Limit of degrees and lengths in any unit; only broken files exceed it."""
_WRITE_ORDER = "ZYX"


class BvhError(ValueError):
    """A file is no readable BVH; the text is a sentence for the user."""


@dataclass(frozen=True)
class BvhMotion:
    """Content of a BVH file: the hierarchy in the zero pose, and the motion."""

    rest: RestPose
    rotations: Array
    """(T, N, 3, 3) local rotation of each joint."""
    translations: Array
    """(T, N, 3) offset of each joint from its parent; the root's is its position."""
    fps: float

    def __len__(self) -> int:
        return len(self.rotations)

    def world_transforms(self) -> tuple[Array, Array]:
        """World rotations (T, N, 3, 3) and positions (T, N, 3), in the frame of the file."""
        rotations, positions = self.rotations.copy(), self.translations.copy()
        for joint, parent in enumerate(self.rest.parents):
            if parent >= 0:
                rotations[:, joint] = rotations[:, parent] @ self.rotations[:, joint]
                offset = rotate(rotations[:, parent], self.translations[:, joint])
                positions[:, joint] = positions[:, parent] + offset
        return rotations, positions


@dataclass
class _Joint:
    name: str
    parent: int
    offset: list[float]
    channels: list[tuple[str, str]]
    end_site: list[float] | None = None


def read_bvh(path: str | Path) -> BvhMotion:
    """Read a BVH file.

    Raises:
        BvhError: The file is damaged; the text names the defect.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BvhError(f"There is no file {path}.") from error
    except OSError as error:
        raise BvhError(f"{path.name} cannot be read: {error.strerror}.") from error
    hierarchy, keyword, motion = content.rpartition(b"MOTION")
    if (match := _MOTION.search(content)) is not None:
        hierarchy, keyword, motion = content[: match.start()], match[0], content[match.end() :]
    if b"HIERARCHY" not in hierarchy.upper() or not keyword:
        raise BvhError(f"{path.name} is not a BVH file, or ends before its MOTION part.")
    joints = _parse_hierarchy(hierarchy.decode("utf-8", errors="replace"), path.name)
    frame_time, rows = _parse_motion(motion, sum(len(j.channels) for j in joints), path.name)
    return _assemble(joints, rows, _frame_rate(frame_time, path.name))


def _parse_hierarchy(header: str, name: str) -> list[_Joint]:
    tokens = iter(re.findall(r"[{}]|[^\s{}]+", header))
    joints: list[_Joint] = []
    stack: list[int] = []
    try:
        for token in tokens:
            word = token.upper()
            if word in {"ROOT", "JOINT", "END"}:
                joint_name, parent = _joint_name(tokens), stack[-1] if stack else -1
                if parent == _END_SITE or (word == "END" and parent < 0):
                    raise ValueError
                if word != "END":
                    joints.append(_Joint(joint_name, parent, [0.0] * 3, []))
                stack.append(_END_SITE if word == "END" else len(joints) - 1)
            elif word == "}":
                stack.pop()
            elif word in {"OFFSET", "CHANNELS"}:
                at_end_site = stack[-1] == _END_SITE
                joint = joints[stack[-2] if at_end_site else stack[-1]]
                _read_joint_property(joint, at_end_site, word, tokens, name)
    except BvhError:
        raise
    except (StopIteration, ValueError, IndexError) as error:
        raise BvhError(f"{name} has a broken HIERARCHY part.") from error
    if not joints or stack:
        raise BvhError(f"{name} has a broken HIERARCHY part.")
    return joints


def _read_joint_property(
    joint: _Joint, at_end_site: bool, word: str, tokens: Iterator[str], name: str
) -> None:
    if word == "OFFSET":
        offset = [float(next(tokens)) for _ in range(3)]
        if not (np.abs(offset) < _MAX_VALUE).all():
            raise ValueError
        setattr(joint, "end_site" if at_end_site else "offset", offset)
        return
    channels: list[tuple[str, str]] = []
    for _ in range(int(next(tokens))):
        if (match := _CHANNEL.fullmatch(word := next(tokens))) is None:
            raise BvhError(
                f"{name} has a channel {word}; channels of BVH are positions and rotations."
            )
        channels.append((match[1].upper(), match[2].lower()))
    if channels and at_end_site:
        raise ValueError
    joint.channels = channels or joint.channels


def _joint_name(tokens: Iterator[str]) -> str:
    """Name of a joint, which may contain spaces: the words up to the opening brace."""
    words: list[str] = []
    while (token := next(tokens)) != "{":
        words.append(token)
    # A joint may be called Offset; a keyword after the name means that its brace is missing.
    if not words or {"OFFSET", "CHANNELS", "}"} & {word.upper() for word in words[1:]}:
        raise ValueError
    return " ".join(words)


def _parse_motion(motion: bytes, columns: int, name: str) -> tuple[str, Array]:
    match = _TIMING.match(motion)
    if not match:
        raise BvhError(f"{name} does not state its number of frames and frame time.")
    frames = int(match[1])
    if frames == 0:
        raise BvhError(f"{name} has zero frames.")
    if frames > MAX_FRAMES:
        raise BvhError(f"{name} must have at most {MAX_FRAMES} frames (got {frames}).")
    if columns == 0:
        raise BvhError(f"{name} has no channels, so no motion.")
    values = _parse_numbers(motion[match.end() :], frames * columns, name)
    if not (np.abs(values) < _MAX_VALUE).all():
        raise BvhError(f"{name} has values in its motion that are NaN or far too large.")
    return match[2].decode("ascii", errors="replace"), values.reshape(frames, columns)


def _parse_numbers(text: bytes, count: int, name: str) -> Array:
    try:
        with warnings.catch_warnings():
            # Before numpy 2.3, text after the numbers causes a warning instead of an error.
            warnings.simplefilter("error", DeprecationWarning)
            values = np.fromstring(text, dtype=np.float64, sep=" ")
        found, cause = len(values), None
    except (ValueError, DeprecationWarning) as error:
        # The last number may be cut in two.
        values, found, cause = np.empty(0), len(text.split()), error
    if found < count:
        raise BvhError(f"{name} is cut short: it has {found} of {count} motion values.") from cause
    if cause is not None:
        raise BvhError(f"{name} has values in its motion that are not numbers.") from cause
    return values[:count]


def _frame_rate(frame_time: str, name: str) -> float:
    """Frames per second of a rounded frame time: 120 for 0.00833333, 23.976 for 0.041708.

    Where few digits leave a choice, whole rates are preferred, common ones first.
    """
    try:
        seconds = float(frame_time)
    except ValueError:
        seconds = 0.0
    if not _FRAME_TIME_RANGE[0] <= seconds <= _FRAME_TIME_RANGE[1]:
        raise BvhError(f"{name} must have a frame time in seconds (got {frame_time}).")
    nearest = max(round(1 / seconds), 1)
    if abs(1 / seconds - nearest) < 1e-4 * nearest:
        return float(nearest)
    last_digit = 10.0 ** int(Decimal(frame_time).as_tuple().exponent)
    # First rounded times, also of rates such as 23.976 (error 2e-6), then truncated ones.
    for tolerance in (max(0.505 * last_digit, 2e-6 * seconds), 1.01 * last_digit):
        for rate in (*_WHOLE_RATES, *_NTSC_RATES, nearest):
            if abs(1 / rate - seconds) <= tolerance:
                return float(rate)
    return 1 / seconds


def _unique_names(names: list[str]) -> tuple[str, ...]:
    """Number repeated names as Blender does: Hand.001."""
    used: dict[str, None] = {}
    for name in names:
        copies = (f"{name}.{n:03d}" for n in range(1, len(names)))
        used[next(unique for unique in (name, *copies) if unique not in used)] = None
    return tuple(used)


def _assemble(joints: list[_Joint], rows: Array, fps: float) -> BvhMotion:
    frames = len(rows)
    parents = tuple(joint.parent for joint in joints)
    offsets = np.array([joint.offset for joint in joints])
    rotations = np.broadcast_to(np.eye(3), (frames, len(joints), 3, 3)).copy()
    translations = np.broadcast_to(offsets, (frames, len(joints), 3)).copy()
    columns = iter(rows.T)
    for i, joint in enumerate(joints):
        factors = []
        for (axis, kind), column in zip(joint.channels, columns, strict=False):
            if kind == "position":
                translations[:, i, "XYZ".index(axis)] = column
            elif kind == "rotation":
                factors.append(axis_rotation(axis, np.radians(column)))
        if factors:
            rotations[:, i] = reduce(np.matmul, factors)
    names = _unique_names([joint.name for joint in joints])
    positions = Skeleton(names, parents, offsets).rest_positions
    tips: Array = np.array([joint.end_site or [np.nan] * 3 for joint in joints])
    no_rotations = np.broadcast_to(np.eye(3), (len(joints), 3, 3)).copy()
    rest = RestPose(names, parents, positions, no_rotations, tails=tips + positions)
    return BvhMotion(rest, rotations, translations, fps)


def write_bvh(take: Take, path: str | Path) -> None:
    """Write a take as BVH: SMPL joint names, centimetres, Y up, T-pose at zero."""
    write_skeleton_bvh(SMPL, take.local_matrices(), take.root_positions(), take.fps, path)


def write_skeleton_bvh(
    skeleton: Skeleton, rotations: Array, root: Array, fps: float, path: str | Path
) -> None:
    """Write a motion of any skeleton as BVH: centimetres, Y up, its rest pose at zero.

    Args:
        rotations: (T, J, 3, 3) local rotations, the first being the world orientation (Z up).
        root: (T, 3) world positions of the root joint in metres.
    """
    rotations = np.array(rotations)
    rotations[:, 0] = BODY_TO_WORLD.T @ rotations[:, 0]
    angles = np.degrees(matrix_to_euler(rotations, _WRITE_ORDER))
    joints: list[int] = []
    header = "\n".join(_hierarchy_lines(skeleton, 0, "", joints))
    positions = np.asarray(root) @ BODY_TO_WORLD * 100.0
    rows = np.concatenate([positions, angles[:, joints].reshape(len(rotations), -1)], axis=1)
    line = " ".join(["%.6f"] * rows.shape[1])
    body = "\n".join(line % tuple(row) for row in rows)
    Path(path).write_text(
        f"HIERARCHY\n{header}\nMOTION\nFrames: {len(rows)}\nFrame Time: {1 / fps:.10f}\n{body}\n",
        encoding="utf-8",
    )


def _hierarchy_lines(
    skeleton: Skeleton, joint: int, indent: str, joints: list[int]
) -> Iterator[str]:
    """Lines of a joint and those below it, which are appended to `joints` in this order."""
    joints.append(joint)
    channels = " ".join(f"{axis}rotation" for axis in _WRITE_ORDER)
    channels = f"3 {channels}" if joint else f"6 Xposition Yposition Zposition {channels}"
    # The position channels of the root contain its offset.
    x, y, z = skeleton.offsets[joint] * 100.0 if joint else (0.0, 0.0, 0.0)
    yield f"{indent}{'JOINT' if joint else 'ROOT'} {skeleton.names[joint]}"
    yield f"{indent}{{"
    yield f"{indent}  OFFSET {x:.6f} {y:.6f} {z:.6f}"
    yield f"{indent}  CHANNELS {channels}"
    children = [i for i, parent in enumerate(skeleton.parents) if parent == joint]
    for child in children:
        yield from _hierarchy_lines(skeleton, child, indent + "  ", joints)
    if not children:
        x, y, z = skeleton.offsets[joint] * 50.0
        yield f"{indent}  End Site"
        yield f"{indent}  {{"
        yield f"{indent}    OFFSET {x:.6f} {y:.6f} {z:.6f}"
        yield f"{indent}  }}"
    yield f"{indent}}}"
