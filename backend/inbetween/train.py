"""Training of the network that corrects splines, on keys taken from captures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..data.features import joint_positions
from ..data.motion_set import load_motion_set
from ..training.run import TrainingError
from ..training.trainer import Trainer, TrainingSettings
from .dataset import KeyWindowBatch, KeyWindowDataset
from .features import KEY_FEATURES
from .spline_network import OUTPUT_WIDTH, InbetweenConfig, Inbetweener, bend_basis

_ERROR_FLOOR = 0.002
"""Metres added to the spline's error, by which errors are divided, so that gaps of all lengths
count but the capture's noise does not."""
_ROTATION_WEIGHT = 0.05
"""Metres that correspond to one radian."""
_STATISTICS_EXAMPLES = 400
"""Examples from which the mean and deviation of features are computed."""


@dataclass(frozen=True)
class InbetweenTraining(TrainingSettings):
    """Settings of a run."""

    steps: int = 20_000
    rate: float = 4e-4
    authored_fraction: float | None = None
    """Fraction of a batch that is authored motion, on average; None for that of the data."""


class InbetweenTrainer(Trainer[InbetweenTraining]):
    """Trains the network on windows of key poses."""

    precision = None

    def __init__(
        self, data: Path, training: InbetweenTraining, config: InbetweenConfig | None = None
    ) -> None:
        """Load the prepared file `data`; MotionSetError, or TrainingError if no motion is dense."""
        super().__init__(training)
        clips = [clip for clip in load_motion_set(data) if clip.split == "train"]
        try:
            self.dataset = dataset = KeyWindowDataset(clips, training.authored_fraction)
        except ValueError as error:
            raise TrainingError(str(error)) from error
        if not len(dataset):
            raise TrainingError(f"{data} has no training motion that is long and dense enough.")
        self.config, self.data_size = config or InbetweenConfig(), len(dataset)
        self.network = self.add_network("network", Inbetweener(self.config))
        rng = np.random.default_rng(training.seed)
        features = dataset.sample_batch(_STATISTICS_EXAMPLES, rng).features.reshape(
            -1, KEY_FEATURES
        )
        self.network.mean.copy_(features.mean(dim=0))
        self.network.std.copy_(features.std(dim=0).clamp(min=1e-2))
        self.add_adamw(self.network, weight_decay=0.01)

    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        rng = np.random.default_rng([self.training.seed, step, self.accelerator.process_index])
        batch = self.dataset.sample_batch(self.training.batch, rng).to(self.device)
        slopes, bends = self.network(batch.features)
        joint_errors, rotation_errors = joint_and_rotation_errors(
            batch, *bend_spline(batch, slopes, bends)
        )
        with torch.no_grad():
            spline_errors, _ = joint_and_rotation_errors(
                batch, batch.spline_rotations, batch.spline_translations
            )
            scale = spline_errors.mean(dim=(1, 2), keepdim=True) + _ERROR_FLOOR
        loss = ((joint_errors + _ROTATION_WEIGHT * rotation_errors) / scale).mean()
        return loss, {"loss": loss, "error": joint_errors.mean() / spline_errors.mean()}


def bend_spline(batch: KeyWindowBatch, slopes: Tensor, bends: Tensor) -> tuple[Tensor, Tensor]:
    """Return the corrected rotation vectors (B, K-1, M, J, 3) and translations (B, K-1, M, 3).

    `slopes` (B, K, OUTPUT_WIDTH) and `bends` (B, K-1, terms, OUTPUT_WIDTH) are of the network.
    """
    rates = slopes / batch.slope_time_scale[..., None]
    turning = rates[..., : OUTPUT_WIDTH - 3].unflatten(-1, (-1, 3))
    moving = (batch.heading_matrices @ rates[..., OUTPUT_WIDTH - 3 :, None])[..., 0]
    ends = (batch.end_slope_matrices @ turning[:, 1:, :, :, None])[..., 0]
    slope_weights = batch.gap_seconds[..., None, None] * batch.hermite_weights[..., 1:]
    shapes = bend_basis(batch.gap_fractions, bends.shape[-2])
    added = torch.einsum("bkmt,bkto->bkmo", shapes, bends)
    turns = (
        batch.spline_rotations
        + slope_weights[..., :1, None] * turning[:, :-1, None]
        + slope_weights[..., 1:, None] * ends[:, :, None]
        + added[..., : OUTPUT_WIDTH - 3].unflatten(-1, (-1, 3))
    )
    root_bends = (batch.heading_matrices[:, :-1, None] @ added[..., OUTPUT_WIDTH - 3 :, None])[
        ..., 0
    ]
    moves = (
        batch.spline_translations
        + slope_weights[..., :1] * moving[:, :-1, None]
        + slope_weights[..., 1:] * moving[:, 1:, None]
        + root_bends
    )
    return turns, moves


def joint_and_rotation_errors(
    batch: KeyWindowBatch, rotation_vectors: Tensor, translations: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the mean errors (B, K-1, M) of joints in metres, and of rotations (B, K-1, M).

    The error of a rotation is the chord, which is near the angle in radians.
    """
    matrices = batch.matrices[:, :-1, None] @ rotation_matrices(rotation_vectors)
    root = batch.root[:, :-1, None] + translations
    predicted, true = (
        joint_positions(_pose_rows(*motion))
        for motion in ((matrices, root), (batch.true_matrices, batch.true_root))
    )
    joint_errors = torch.linalg.vector_norm(predicted - true + 1e-9, dim=-1).mean(dim=-1)
    chords = torch.linalg.matrix_norm(matrices - batch.true_matrices + 1e-9).mean(dim=-1)
    return joint_errors, chords / 2**0.5


def rotation_matrices(rotation_vectors: Tensor) -> Tensor:
    """Convert rotation vectors (..., 3) to matrices (..., 3, 3) (Rodrigues), smooth at zero."""
    square = rotation_vectors.square().sum(dim=-1)[..., None, None]
    angle = (square + 1e-12).sqrt()
    x, y, z = rotation_vectors.unbind(dim=-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    identity = torch.eye(3, device=rotation_vectors.device, dtype=rotation_vectors.dtype)
    return (
        identity
        + torch.sin(angle) / angle * cross
        + (1 - torch.cos(angle)) / angle**2 * (cross @ cross)
    )


def _pose_rows(matrices: Tensor, root: Tensor) -> Tensor:
    """Return pose rows (..., 135) of matrices (..., J, 3, 3) and root (..., 3)."""
    columns = matrices[..., :2].transpose(-1, -2).flatten(-3)
    return torch.cat([columns, root], dim=-1)
