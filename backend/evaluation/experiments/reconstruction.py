"""MRE at several frame rates: how well codes reconstruct the motions they were trained on.

Each sequence is decoded from its own code's mean at each rate and compared, after forward
kinematics, with the native capture interpolated at the same times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from safetensors.torch import load_file
from torch import Tensor

from ...console import report_errors
from ...data.features import ROTATION_CHANNELS, joint_positions, matrices_from_6d
from ...data.motion_set import JOINT_COUNT, load_motion_set
from ...data.sequences import SequenceSet
from ...nerm.weights import load_weights
from ...training.weight_files import ASSETS, WeightsError
from ..metrics.clips import CLIP_FID_RATES
from ..options import Data, Limit
from ..report.tables import ResultTable, publish_table


def reconstruction(
    data: Data,
    run: Annotated[Path, typer.Option(help="Folder of the stage 1 run.")] = Path("runs/inr"),
    fps: Annotated[list[float] | None, typer.Option(help="Frame rates.")] = None,
    limit: Limit = 400,
) -> None:
    """Mean reconstruction error (MRE) of training sequences at several frame rates."""
    with report_errors(WeightsError):
        sequences = SequenceSet(load_motion_set(data))
        codes = load_file(run / "state.safetensors")["codes/mean"]
        decoder = load_weights(ASSETS).decoder
        rows = measure_decoder_errors(sequences, codes, decoder, fps or CLIP_FID_RATES, limit)
    errors = [row.joint for row in rows]
    table = ResultTable(
        title="Reconstruction of training sequences (MRE)",
        columns=("fps", "joints mm ↓", "± 95 %", "relative to root mm ↓", "rotation ° ↓"),
        rows=tuple(
            (f"{r.fps:g}", *(f"{x:.1f}" for x in (r.joint, r.margin, r.pose)), f"{r.rotation:.2f}")
            for r in rows
        ),
        command=f"python -m backend evaluate reconstruction DATA --limit {limit}",
        order=10,
        notes=(
            f"{rows[0].sequences} random training sequences, each decoded from its code's mean.",
            f"Worst / best over frame rates: {max(errors) / min(errors):.3f}.",
        ),
    )
    publish_table("reconstruction", table)


@dataclass(frozen=True)
class ReconstructionScores:
    """Mean errors at one frame rate over many sequences."""

    fps: float
    sequences: int
    joint: float
    """World-space error of all joints (mm)."""
    pose: float
    """Error of all joints relative to the root (mm)."""
    rotation: float
    """Error of local rotations (degrees)."""
    margin: float
    """± 95 % of `joint` (mm): 1.96 · sd / sqrt(sequences)."""


def measure_decoder_errors(
    sequences: SequenceSet,
    codes: Tensor,
    decoder: torch.nn.Module,
    rates: Sequence[float],
    limit: int,
    seed: int = 0,
) -> list[ReconstructionScores]:
    """Measure a decoder and its codes (N, latent) at each rate, on `limit` random sequences."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(sequences), generator=generator)[:limit]
    rows = []
    for fps in rates:
        errors = np.array([_errors(sequences, codes, decoder, int(i), fps) for i in chosen])
        joint, pose, rotation = errors.mean(axis=0)
        margin = 1.96 * errors[:, 0].std() / np.sqrt(len(errors))
        rows.append(ReconstructionScores(fps, len(errors), joint, pose, rotation, float(margin)))
    return rows


@torch.inference_mode()
def _errors(
    sequences: SequenceSet, codes: Tensor, decoder: torch.nn.Module, i: int, fps: float
) -> tuple[float, float, float]:
    index = torch.tensor([i])
    duration = float(sequences.durations[i])
    times = torch.arange(int(duration * fps) + 1) / fps
    real = _native(sequences, index, times)
    decoded = decoder(times[None], codes[index], sequences.durations[index])[0][0]
    decoded_joints, real_joints = joint_positions(decoded), joint_positions(real)
    joint = torch.linalg.vector_norm(decoded_joints - real_joints, dim=-1).mean()
    local = (decoded_joints - decoded_joints[:, :1]) - (real_joints - real_joints[:, :1])
    pose = torch.linalg.vector_norm(local, dim=-1).mean()
    rotations = [
        matrices_from_6d(rows[:, :ROTATION_CHANNELS].unflatten(-1, (JOINT_COUNT, 6)))
        for rows in (decoded, real)
    ]
    trace = (rotations[0] * rotations[1]).sum((-1, -2))
    angle = torch.arccos(((trace - 1) / 2).clamp(-1, 1)).mean()
    return 1000 * float(joint), 1000 * float(pose), float(torch.rad2deg(angle))


def _native(sequences: SequenceSet, index: Tensor, times: Tensor) -> Tensor:
    """Interpolate native frames (T, 135) at `times` linearly."""
    position = times * float(sequences.fps[index])
    low = position.floor().long().clamp(max=int(sequences.frames[index]) - 1)
    high = (low + 1).clamp(max=int(sequences.frames[index]) - 1)
    fraction = (position - low)[:, None]
    rows = sequences.batch_frames(index, torch.stack([low, high]).reshape(1, -1)).rows[0]
    first, second = rows.chunk(2)
    return torch.lerp(first, second, fraction)
