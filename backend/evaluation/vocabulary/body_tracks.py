"""Tracks of the joints as a person would describe them: ahead, to the left, above the head.

In the *heading frame* of a moment x points to the body's left, y ahead and z up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT, forward_kinematics
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array
from ...kinematics.math.signals import Mask, gaussian_filter

JOINT = {name: index for index, name in enumerate(SMPL.names)}
"""Index of each SMPL joint."""
SIDES = ("left", "right")

_MAX_FPS = 30.0
"""Frame rate to which faster motions are thinned."""
_SMOOTHING_SECONDS = 0.03
"""Standard deviation of the filter of all positions: captures tremble."""
_STRIDE = 0.25
"""Metres of the pelvis along the floor that count as travel."""
_REST = SMPL.rest_positions
STANDING_HEIGHT = TOE_JOINT_HEIGHT - float(_REST[JOINT["left_foot"], 1] - _REST[0, 1])
"""Metres of the pelvis joint above the floor in the rest pose."""
ANKLE_HEIGHT = TOE_JOINT_HEIGHT - float(SMPL.offsets[JOINT["left_foot"], 1])
"""Metres of the ankle joint above the floor in a flat stance."""
ARM_LENGTH = sum(
    float(np.linalg.norm(SMPL.offsets[JOINT[name]])) for name in ("left_elbow", "left_wrist")
)
"""Metres from shoulder to wrist of a straight arm."""


@dataclass(frozen=True)
class BodyTracks:
    """Joints of one motion over time."""

    joints: Array
    """(T, 24, 3) world positions in metres, Z up, the floor at 0."""
    rotations: Array
    """(T, 24, 3, 3) world rotations of the joints."""
    fps: float

    @classmethod
    def from_take(cls, take: Take) -> BodyTracks:
        stride = max(round(take.fps / _MAX_FPS), 1)
        matrices, root = take.local_matrices()[::stride], take.root_positions()[::stride]
        joints, rotations = forward_kinematics(SMPL, matrices, root)
        fps = take.fps / stride
        flat = joints.reshape(len(joints), -1)
        smooth = [gaussian_filter(column, _SMOOTHING_SECONDS * fps) for column in flat.T]
        return cls(np.stack(smooth, axis=1).reshape(joints.shape), rotations, fps)

    def __len__(self) -> int:
        return len(self.joints)

    @property
    def seconds(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self) - 1) / self.fps

    def stretch(self, start: float, end: float) -> BodyTracks:
        """Return the frames between two fractions of the length, at least two."""
        first = min(round(start * (len(self) - 1)), len(self) - 2)
        last = max(round(end * (len(self) - 1)), first + 1)
        frames = slice(first, last + 1)
        return BodyTracks(self.joints[frames], self.rotations[frames], self.fps)

    def split(self, cut: float) -> tuple[BodyTracks, BodyTracks]:
        """Return the frames before and after a fraction of the length."""
        return self.stretch(0.0, cut), self.stretch(cut, 1.0)

    def joint(self, name: str) -> Array:
        """(T, 3) world positions of a joint."""
        return self.joints[:, JOINT[name]]

    def joint_axes(self, name: str) -> Array:
        """(T, 3, 3) world rotations of a joint."""
        return self.rotations[:, JOINT[name]]

    @cached_property
    def headings(self) -> Array:
        """(T,) radians about Z to the left by which the pelvis faces away from -Y, unwrapped."""
        left, ahead = self.rotations[:, 0, :, 0], self.rotations[:, 0, :, 2]
        x, y = ahead[:, 0] + left[:, 1], ahead[:, 1] - left[:, 0]
        return np.unwrap(np.arctan2(x, -y))

    @cached_property
    def axes(self) -> Array:
        """(T, 3, 3) rows: the directions left, ahead and up of the heading frame."""
        c, s, zero = np.cos(self.headings), np.sin(self.headings), np.zeros(len(self))
        rows = [(c, s, zero), (s, -c, zero), (zero, zero, zero + 1.0)]
        return np.stack([np.stack(row, axis=1) for row in rows], axis=1)

    def offset(self, joint: str, origin: str) -> Array:
        """(T, 3) metres of one joint from another: to the left, ahead and up."""
        return np.einsum("tij,tj->ti", self.axes, self.joint(joint) - self.joint(origin))

    def offset_in(self, frame: str, joint: str, origin: str) -> Array:
        """(T, 3) metres of one joint from another: left, up and ahead of the joint `frame`."""
        difference = self.joint(joint) - self.joint(origin)
        return np.einsum("tji,tj->ti", self.rotations[:, JOINT[frame]], difference)

    def velocity(self, track: Array) -> Array:
        """(T, ...) change per second of a track (T, ...)."""
        return np.gradient(track, axis=0) * self.fps

    def speed(self, name: str, origin: str | None = None) -> Array:
        """(T,) m/s of a joint, in the world or relative to another joint."""
        track = self.joint(name) - (self.joint(origin) if origin else 0.0)
        return np.linalg.norm(self.velocity(track), axis=1)

    @cached_property
    def height(self) -> Array:
        """(T,) metres of the pelvis above the floor."""
        return self.joint("pelvis")[:, 2]

    @cached_property
    def pelvis_velocity(self) -> Array:
        """(T, 3) m/s of the pelvis to the left, ahead and up."""
        return np.einsum("tij,tj->ti", self.axes, self.velocity(self.joint("pelvis")))

    @cached_property
    def travel(self) -> Array:
        """(T, 3) metres that the pelvis has gone to its left, ahead and up since the start."""
        return np.cumsum(self.pelvis_velocity, axis=0) / self.fps

    @cached_property
    def ground_speed(self) -> Array:
        """(T,) m/s of the pelvis along the floor, smoothed over a step."""
        speed = np.linalg.norm(self.pelvis_velocity[:, :2], axis=1)
        return gaussian_filter(speed, 0.15 * self.fps)

    @cached_property
    def path_length(self) -> float:
        """Metres of the pelvis' path along the floor, in strides of 0.25 m: swaying has none."""
        length, last = 0.0, self.joint("pelvis")[0, :2]
        for place in self.joint("pelvis")[:, :2]:
            stride = float(np.linalg.norm(place - last))
            if stride >= _STRIDE:
                length, last = length + stride, place
        return length

    @cached_property
    def displacement(self) -> Array:
        """(T,) metres along the floor of the pelvis from its first place."""
        pelvis = self.joint("pelvis")[:, :2]
        return np.linalg.norm(pelvis - pelvis[0], axis=1)

    def clearance(self, side: str) -> Array:
        """(T,) metres of a foot above the floor: of its toe or heel, the lower one."""
        toe = self.joint(f"{side}_foot")[:, 2] - TOE_JOINT_HEIGHT
        heel = self.joint(f"{side}_ankle")[:, 2] - ANKLE_HEIGHT
        return np.minimum(toe, heel)

    @cached_property
    def clearances(self) -> Array:
        """(T, 2) metres of the left and the right foot above the floor."""
        return np.stack([self.clearance(side) for side in SIDES], axis=1)

    @cached_property
    def trunk(self) -> Array:
        """(T, 3) direction from pelvis to neck: left, ahead and up."""
        trunk = self.offset("neck", "pelvis")
        return trunk / np.linalg.norm(trunk, axis=1, keepdims=True)

    @cached_property
    def bend(self) -> Array:
        """(T,) degrees by which the trunk tips forward."""
        return np.degrees(np.arctan2(self.trunk[:, 1], self.trunk[:, 2]))

    @cached_property
    def lean(self) -> Array:
        """(T,) degrees by which the trunk tips to the left."""
        return np.degrees(np.arctan2(self.trunk[:, 0], self.trunk[:, 2]))

    @cached_property
    def tilt(self) -> Array:
        """(T,) degrees between the trunk and the vertical."""
        return np.degrees(np.arccos(np.clip(self.trunk[:, 2], -1.0, 1.0)))

    @cached_property
    def head_turn(self) -> Array:
        """(T,) degrees by which the head is turned to the left of the pelvis' heading."""
        gaze = np.einsum("tij,tj->ti", self.axes, self.rotations[:, JOINT["head"], :, 2])
        return np.degrees(np.unwrap(np.arctan2(gaze[:, 0], gaze[:, 1])))

    @cached_property
    def head_pitch(self) -> Array:
        """(T,) degrees by which the head looks down."""
        return -np.degrees(np.arcsin(np.clip(self.rotations[:, JOINT["head"], 2, 2], -1.0, 1.0)))

    def hand(self, side: str) -> Array:
        """(T, 3) metres of the middle of a hand from the neck: left, up and ahead of the chest."""
        wrist = self.offset_in("spine3", f"{side}_wrist", "neck")
        return 0.5 * (wrist + self.offset_in("spine3", f"{side}_hand", "neck"))

    def reach(self, side: str) -> Array:
        """(T, 3) wrist from the shoulder in lengths of the arm: left, ahead and up."""
        return self.offset(f"{side}_wrist", f"{side}_shoulder") / ARM_LENGTH

    def thigh(self, side: str) -> Array:
        """(T,) degrees by which a thigh is raised ahead of the body from hanging down."""
        thigh = self.offset(f"{side}_knee", f"{side}_hip")
        return np.degrees(np.arctan2(thigh[:, 1], -thigh[:, 2]))

    def flexion(self, name: str) -> Array:
        """(T,) degrees by which a knee or an elbow is bent; 0 is straight."""
        parent, child = SMPL.parents[JOINT[name]], SMPL.parents.index(JOINT[name])
        upper = self.joint(name) - self.joints[:, parent]
        lower = self.joints[:, child] - self.joint(name)
        cosine = np.einsum("ti,ti->t", upper, lower)
        cosine /= np.linalg.norm(upper, axis=1) * np.linalg.norm(lower, axis=1)
        return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def turning_points(curve: Array, amplitude: float) -> list[int]:
    """Return frames of a curve's alternating lows and highs that differ by `amplitude` or more.

    The last one is the extreme after the last such swing.
    """
    points: list[int] = []
    low = high = direction = 0
    for n, value in enumerate(curve):
        low, high = n if value < curve[low] else low, n if value > curve[high] else high
        if direction >= 0 and curve[high] - value >= amplitude:
            points.append(high)
            direction, low = -1, n
        elif direction <= 0 and value - curve[low] >= amplitude:
            points.append(low)
            direction, high = 1, n
        if direction < 0:
            high = low
        elif direction > 0:
            low = high
    return [*points, high] if points else []


def count_peaks(curve: Array, amplitude: float) -> int:
    """Count highs of a curve that rise by `amplitude` before and fall by it afterwards."""
    points = turning_points(curve, amplitude)
    inner = zip(points, points[1:], points[2:], strict=False)
    return sum(curve[b] > curve[a] and curve[b] > curve[c] for a, b, c in inner)


def longest_run(mask: Mask) -> int:
    """Return the number of frames of the longest run of True."""
    best = run = 0
    for value in mask:
        run = run + 1 if value else 0
        best = max(best, run)
    return best
