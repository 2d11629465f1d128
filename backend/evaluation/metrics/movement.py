"""Movement quality of one motion: foot skate, jerk, feet below or above the floor.

All motions of a comparison are measured at one rate, `MEASURED_FPS`, and filtered alike, so that
figures are comparable. Captures of lower rates are left out: their frames would be interpolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from ...data.features import rows_to_matrices
from ...data.sequences import ClipSpan, SequenceSet
from ...kinematics.body.skeleton import SMPL, TOE_JOINT_HEIGHT, forward_kinematics
from ...kinematics.feet.foot_lock import plan_foot_lock
from ...kinematics.feet.leg_ik import legs_from_pose
from ...kinematics.math.rotations import Array
from ...playback.ground_contact import GRID_FPS, root_correction

MEASURED_FPS = 60.0
"""Frame rate at which motions are measured."""
LOW_PASS_SECONDS = 0.025
"""Standard deviation of the Gaussian low-pass (gain 0.5 at 7.5 Hz)."""

TOE_CONTACT_HEIGHT, SKATE_SPEED = 0.05, 0.2
"""Foot skate: a toe below this height (metres) and faster than this along the floor (m/s)."""

_BODY = 22
_TOES, _ANKLES = [10, 11], [7, 8]
_ANKLE_REST = TOE_JOINT_HEIGHT - float(SMPL.offsets[10][1])


@dataclass(frozen=True)
class Movement:
    """Metrics of one motion."""

    skate: float
    """Percentage of time in which a toe skates."""
    slide: float
    """Speed along the floor (m/s), mean over all frames with a low toe."""
    jerk: float
    """Unfiltered jerk (m/s³), mean over joints and time."""
    smooth_jerk: float
    """Jerk (m/s³) after the low-pass."""
    through: float
    """Depth of the lower foot in the floor (mm), mean over time."""
    above: float
    """Height of the lower foot above the floor (mm), mean over time."""


MOVEMENT_METRICS = tuple(field.name for field in fields(Movement))


def measure_movement(joints: Array, fps: float) -> Movement:
    """Measure joint positions (T, 22 or 24, 3) in metres, Z up, the floor at 0.

    Raises:
        ValueError: The motion has fewer than four frames.
    """
    if len(joints) < 4:
        raise ValueError(
            f"A motion needs four frames or more to measure its jerk (got {len(joints)})."
        )
    joints = np.asarray(joints, dtype=float)[:, :_BODY]
    toes = joints[:, _TOES]
    speed = np.linalg.norm(np.diff(toes[..., :2], axis=0), axis=-1) * fps
    low = (toes[1:, :, 2] < TOE_CONTACT_HEIGHT) & (toes[:-1, :, 2] < TOE_CONTACT_HEIGHT)
    soles = np.concatenate(
        [toes[..., 2] - TOE_JOINT_HEIGHT, joints[:, _ANKLES, 2] - _ANKLE_REST], axis=1
    )
    lowest = soles.min(axis=1)
    return Movement(
        skate=100 * float((low & (speed > SKATE_SPEED)).any(axis=1).mean()),
        slide=float(speed[low].mean()) if low.any() else 0.0,
        jerk=joint_jerk(joints, fps),
        smooth_jerk=joint_jerk(low_pass(joints, LOW_PASS_SECONDS * fps), fps),
        through=1000 * float(np.maximum(-lowest, 0).mean()),
        above=1000 * float(np.maximum(lowest, 0).mean()),
    )


def low_pass(signal: Array, sigma: float) -> Array:
    """Smooth a signal (T, ...) over time with a Gaussian of `sigma` frames; ends are mirrored."""
    reach = max(min(round(3 * sigma), len(signal) - 1), 0)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(signal, [(reach, reach), *[(0, 0)] * (signal.ndim - 1)], mode="reflect")
    # Mirrored about the end's value, so that a constant velocity stays constant.
    if reach:
        padded[:reach] = 2 * signal[0] - padded[:reach]
        padded[-reach:] = 2 * signal[-1] - padded[-reach:]
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return windows @ (kernel / kernel.sum())


def measure_cleanup_stages(rows: Tensor, contacts: Tensor) -> dict[str, Movement]:
    """Measure a motion without clean-up, with the root grounded, and with foot lock as well.

    Args:
        rows: Pose rows (T, 135) at `GRID_FPS`.
        contacts: Contact probabilities (T, 4).
    """
    matrices, root = rows_to_matrices(rows)
    legs, down = legs_from_pose(matrices, root), contacts.numpy()
    correction = root_correction(legs.foot_positions, down)
    grounded = root + correction
    times = np.arange(len(rows)) / GRID_FPS
    plan = plan_foot_lock(legs.translated(correction), down, GRID_FPS)
    return {
        "raw": _measure_on_grid(matrices, root),
        "root grounded": _measure_on_grid(matrices, grounded),
        "foot lock": _measure_on_grid(*plan.apply(matrices, grounded, times)),
    }


def measure_capture(sequences: SequenceSet, index: int) -> Movement:
    """Measure a capture at its native frames."""
    stride = round(float(sequences.fps[index]) / MEASURED_FPS)
    frames = torch.arange(0, int(sequences.frames[index]), stride)[None]
    rows = sequences.batch_frames(torch.tensor([index]), frames).rows[0]
    matrices, root = rows_to_matrices(rows)
    return measure_movement(forward_kinematics(SMPL, matrices, root)[0], MEASURED_FPS)


def choose_measurable_sequences(spans: Sequence[ClipSpan], limit: int, seed: int = 0) -> list[int]:
    """Choose up to `limit` random spans whose native rate is a multiple of `MEASURED_FPS`."""
    fit = [
        n for n, s in enumerate(spans) if s.fps / MEASURED_FPS == round(s.fps / MEASURED_FPS) > 0
    ]
    chosen = np.random.default_rng(seed).permutation(len(fit))[:limit]
    return [fit[n] for n in sorted(chosen)]


def mean_movement(movements: Sequence[Movement]) -> Movement:
    table = np.array([[getattr(m, name) for name in MOVEMENT_METRICS] for m in movements])
    return Movement(*table.mean(axis=0).tolist())


def _measure_on_grid(matrices: Array, root: Array) -> Movement:
    stride = round(GRID_FPS / MEASURED_FPS)
    return measure_movement(
        forward_kinematics(SMPL, matrices[::stride], root[::stride])[0], MEASURED_FPS
    )


def joint_jerk(joints: Array, fps: float) -> float:
    """Mean norm of the third derivative of joints (T, J, 3), in m/s³ if they are in metres."""
    return float(np.linalg.norm(np.diff(joints, 3, axis=0), axis=-1).mean()) * fps**3
