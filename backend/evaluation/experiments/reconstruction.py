"""MRE(fps): how well codes hold the motion they were trained on, at any frame rate.

Each sequence is decoded from its own code's mean at the rate asked for and compared, after forward
kinematics, with the native capture interpolated at the same times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from ...data.features import ROTATION_CHANNELS, joint_positions, matrices_from_6d
from ...data.motion_set import JOINT_COUNT, load_motion_set
from ...data.sequences import SequenceSet
from ...nerm.weights import load_weights


@dataclass(frozen=True)
class ReconstructionScores:
    """Mean errors at one frame rate over many sequences."""

    fps: float
    sequences: int
    joint: float
    """mm, all joints where they are in the world."""
    pose: float
    """mm, all joints relative to the root."""
    rotation: float
    """Degrees, local rotations."""
    margin: float
    """95 % of the joint error's mean: 1.96 · sd / sqrt(sequences), mm."""


def reconstruction_errors(
    data: Path, run: Path, assets: Path, rates: Sequence[float], limit: int, seed: int = 0
) -> list[ReconstructionScores]:
    """MRE at each rate of the shipped decoder, on `limit` random training sequences.

    Args:
        data: the prepared file that was trained on.
        run: folder of the stage 1 run, which holds the codes.
        assets: folder of the weight files.
        rates: frames per second.
        limit: how many sequences.
    """
    sequences = SequenceSet(load_motion_set(data))
    codes = load_file(run / "state.safetensors")["codes/mean"]
    return measure_decoder_errors(
        sequences, codes, load_weights(assets).decoder, rates, limit, seed
    )


def measure_decoder_errors(
    sequences: SequenceSet,
    codes: Tensor,
    decoder: torch.nn.Module,
    rates: Sequence[float],
    limit: int,
    seed: int = 0,
) -> list[ReconstructionScores]:
    """MRE at each rate of a decoder and its codes (N, latent), on `limit` random sequences."""
    chance = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(len(sequences), generator=chance)[:limit]
    rows = []
    for fps in rates:
        each = np.array([_errors(sequences, codes, decoder, int(i), fps) for i in chosen])
        joint, pose, rotation = each.mean(axis=0)
        spread = 1.96 * each[:, 0].std() / np.sqrt(len(each))
        rows.append(ReconstructionScores(fps, len(each), joint, pose, rotation, float(spread)))
    return rows


@torch.inference_mode()
def _errors(
    sequences: SequenceSet, codes: Tensor, decoder: torch.nn.Module, i: int, fps: float
) -> tuple[float, float, float]:
    index = torch.tensor([i])
    duration = float(sequences.durations[i])
    times = torch.arange(int(duration * fps) + 1) / fps
    real = _native(sequences, index, times)
    made = decoder(times[None], codes[index], sequences.durations[index])[0][0]
    made_joints, real_joints = joint_positions(made), joint_positions(real)
    joint = torch.linalg.vector_norm(made_joints - real_joints, dim=-1).mean()
    local = (made_joints - made_joints[:, :1]) - (real_joints - real_joints[:, :1])
    pose = torch.linalg.vector_norm(local, dim=-1).mean()
    turned = [
        matrices_from_6d(rows[:, :ROTATION_CHANNELS].unflatten(-1, (JOINT_COUNT, 6)))
        for rows in (made, real)
    ]
    trace = (turned[0] * turned[1]).sum((-1, -2))
    angle = torch.arccos(((trace - 1) / 2).clamp(-1, 1)).mean()
    return 1000 * float(joint), 1000 * float(pose), float(torch.rad2deg(angle))


def _native(sequences: SequenceSet, index: Tensor, times: Tensor) -> Tensor:
    """Native frames (T, 135) at `times`, linear between the two neighbours."""
    position = times * float(sequences.fps[index])
    low = position.floor().long().clamp(max=int(sequences.frames[index]) - 1)
    high = (low + 1).clamp(max=int(sequences.frames[index]) - 1)
    share = (position - low)[:, None]
    rows = sequences.batch_frames(index, torch.stack([low, high]).reshape(1, -1)).rows[0]
    first, second = rows.chunk(2)
    return torch.lerp(first, second, share)
