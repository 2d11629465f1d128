"""Training of the network that bends splines: on keys taken out of captures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor

from ..data.features import joint_positions
from ..data.motion_set import load_motion_set
from ..kinematics.math.rotations import Array
from ..training.run import Run, State, TrainingError, cosine, without_steps
from .dataset import Captures, Examples
from .features import WIDTH
from .spline_network import OUT, InbetweenConfig, Inbetweener, bend_shapes

_FLOOR = 0.002
"""Metres added to the spline's own error, by which errors are divided: so a gap of any length
counts, but not the capture's own noise."""
_TURN_WEIGHT = 0.05
"""Metres that one radian counts."""
_MOMENTS = 400
"""Examples that the usual size of features is taken from."""


@dataclass(frozen=True)
class InbetweenTraining:
    """How long and how fast."""

    steps: int = 20_000
    batch: int = 32
    rate: float = 4e-4
    seed: int = 0


def train_inbetween(
    data: Path,
    folder: Path,
    training: InbetweenTraining,
    config: InbetweenConfig | None = None,
    time_limit: float | None = None,
) -> bool:
    """Train, or go on training, in `folder` on the prepared file's training split.

    Returns True when the run is complete.

    Raises:
        MotionSetError: if `data` is not a prepared file.
        TrainingError: if no training motion is dense enough, or the folder holds another run.
    """
    accelerator = Accelerator()
    clips = [clip for clip in load_motion_set(data) if clip.split == "train"]
    captures = Captures(clips)
    if not len(captures):
        raise TrainingError(f"{data} has no training motion that is long and dense enough.")
    trainer = _Trainer(accelerator, captures, config or InbetweenConfig(), training)
    settings = {
        "config": trainer.network.config.model_dump(mode="json"),
        "training": without_steps(training),
        "data": len(captures),
    }
    run = Run(folder, training.steps, time_limit, settings=settings, accelerator=accelerator)
    run.resume(trainer.parts)
    return run.train(trainer.advance, trainer.parts, training.steps)


class _Trainer:
    def __init__(
        self,
        accelerator: Accelerator,
        captures: Captures,
        config: InbetweenConfig,
        training: InbetweenTraining,
    ) -> None:
        self.accelerator, self.captures, self.training = accelerator, captures, training
        torch.manual_seed(training.seed)
        self.network = Inbetweener(config)
        seen = captures.draw(_MOMENTS, np.random.default_rng(training.seed)).features
        self.network.mean.copy_(seen.reshape(-1, WIDTH).mean(dim=0))
        self.network.std.copy_(seen.reshape(-1, WIDTH).std(dim=0).clamp(min=1e-2))
        self.network.to(accelerator.device)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), training.rate, weight_decay=0.01, fused=True
        )
        self.parts: State = {"network": self.network, "optimiser": self.optimiser}

    def advance(self, step: int) -> Mapping[str, Tensor]:
        """One optimiser step."""
        chance = np.random.default_rng([self.training.seed, step, self.accelerator.process_index])
        batch = _on(self.captures.draw(self.training.batch, chance), self.accelerator.device)
        for group in self.optimiser.param_groups:
            group["lr"] = self.training.rate * cosine(step, self.training.steps)
        self.optimiser.zero_grad()
        places, turned = errors(batch, *bent(batch, *self.network(batch.features)))
        with torch.no_grad():
            plain, _ = errors(batch, batch.turns, batch.moves)
            usual = plain.mean(dim=(1, 2), keepdim=True) + _FLOOR
        loss = ((places + _TURN_WEIGHT * turned) / usual).mean()
        self.accelerator.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return {"loss": loss, "error": places.mean() / plain.mean()}


def bent(batch: Examples, slopes: Tensor, bends: Tensor) -> tuple[Tensor, Tensor]:
    """The spline's rotation vectors (B, K-1, M, J, 3) and root (B, K-1, M, 3), bent.

    Args:
        batch: the examples.
        slopes: (B, K, OUT) and
        bends: (B, K-1, terms, OUT) of the network.
    """
    rates = slopes / batch.reference[..., None]
    turning, moving = rates[..., : OUT - 3].unflatten(-1, (-1, 3)), rates[..., OUT - 3 :]
    moving = (batch.spin @ moving[..., None])[..., 0]
    ends = (batch.ends @ turning[:, 1:, :, :, None])[..., 0]
    wide = batch.seconds[..., None, None] * batch.weights[..., 1:]
    shapes = bend_shapes(batch.share, bends.shape[-2])
    added = torch.einsum("bkmt,bkto->bkmo", shapes, bends)
    turns = (
        batch.turns
        + wide[..., :1, None] * turning[:, :-1, None]
        + wide[..., 1:, None] * ends[:, :, None]
        + added[..., : OUT - 3].unflatten(-1, (-1, 3))
    )
    way = (batch.spin[:, :-1, None] @ added[..., OUT - 3 :, None])[..., 0]
    moves = (
        batch.moves
        + wide[..., :1] * moving[:, :-1, None]
        + wide[..., 1:] * moving[:, 1:, None]
        + way
    )
    return turns, moves


def errors(batch: Examples, turns: Tensor, moves: Tensor) -> tuple[Tensor, Tensor]:
    """(B, K-1, M) mean distance of the joints in metres, and (B, K-1, M) of rotations, from what
    the captures did: chords, near the angle in radians."""
    matrices = batch.matrices[:, :-1, None] @ rotation(turns)
    root = batch.root[:, :-1, None] + moves
    found, true = (
        joint_positions(_rows(*motion))
        for motion in ((matrices, root), (batch.true_matrices, batch.true_root))
    )
    places = torch.linalg.vector_norm(found - true + 1e-9, dim=-1).mean(dim=-1)
    chords = torch.linalg.matrix_norm(matrices - batch.true_matrices + 1e-9).mean(dim=-1)
    return places, chords / 2**0.5


def rotation(turns: Tensor) -> Tensor:
    """Rotation vectors (..., 3) to matrices (..., 3, 3) (Rodrigues), smooth at zero."""
    square = turns.square().sum(dim=-1)[..., None, None]
    angle = (square + 1e-12).sqrt()
    x, y, z = turns.unbind(dim=-1)
    zero = torch.zeros_like(x)
    cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    one = torch.eye(3, device=turns.device, dtype=turns.dtype)
    return (
        one + torch.sin(angle) / angle * cross + (1 - torch.cos(angle)) / angle**2 * (cross @ cross)
    )


def _rows(matrices: Tensor, root: Tensor) -> Tensor:
    """Pose rows (..., 135) of matrices (..., J, 3, 3) and root (..., 3)."""
    columns = matrices[..., :2].transpose(-1, -2).flatten(-3)
    return torch.cat([columns, root], dim=-1)


def _on(batch: Examples, device: torch.device) -> Examples:
    return Examples(*(getattr(batch, field.name).to(device) for field in fields(batch)))


def unbent(batch: Examples) -> Array:
    """(B, K-1, M) metres: the error of the Catmull-Rom spline."""
    return errors(batch, batch.turns, batch.moves)[0].numpy()
