"""The common part of all trainers: random numbers, learning rates, one optimiser step, averaging.

A run in several processes is the run that one process would make; see `distributed`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import set_seed
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..data.motion_set import load_motion_set
from ..data.sequences import (
    ClipSpan,
    SequenceSet,
    action_balance_weights,
    scale_authored_weights,
)
from .distributed import average_gradients
from .run import TrainingError, TrainingRun, TrainingState, cosine_lr_factor

_MAX_GRADIENT_NORM = 1.0
PCA_LR_FACTOR = 0.02
"""Learning rate of parts that start as principal components, relative to the other parameters. Full
steps would undo the initialization at once."""


@dataclass(frozen=True)
class TrainingSettings:
    """Settings that every training has."""

    steps: int = 2500
    batch: int = 32
    """Examples in a step, over all processes."""
    rate: float = 1e-3
    seed: int = 0


Settings = TypeVar("Settings", bound=TrainingSettings)
Network = TypeVar("Network", bound=nn.Module)


def load_training_sequences(data: Path) -> SequenceSet:
    """Read the training split of a prepared file.

    Raises:
        MotionSetError: `data` is not a prepared file.
        TrainingError: It has no training clips.
    """
    sequences = SequenceSet(load_motion_set(data))
    if not len(sequences):
        raise TrainingError(f"{data} holds no training clips.")
    return sequences


def sampling_weights(
    spans: Sequence[ClipSpan], authored_fraction: float | None, captioned: bool = False
) -> Tensor:
    """Return the weights (N,) by which spans are sampled: of labels, and of authored motion.

    Args:
        captioned: Whether spans without a caption have weight 0.

    Raises:
        TrainingError: the spans cannot have that fraction of authored motion.
    """
    weights = action_balance_weights(spans)
    if captioned:
        weights = weights * torch.tensor([bool(span.texts) for span in spans])
    try:
        return scale_authored_weights(weights, [span.source for span in spans], authored_fraction)
    except ValueError as error:
        raise TrainingError(str(error)) from error


class Trainer(ABC, Generic[Settings]):
    """Trains networks step by step; a subclass creates them and computes the losses of a step.

    Random numbers depend on the seed and the step alone, so that a resumed run continues exactly
    like an uninterrupted one.
    """

    warm_up = 200
    """Steps in which the learning rate rises."""
    seed_stride = 1
    """Distance of the seeds of two steps, which leaves room for one seed per process."""

    is_fixed_length = False
    """True if a run cannot continue with another number of steps."""

    precision: str | None = "bf16"
    on_cpu = False
    """True to train on the CPU, whatever else there is."""
    optional_keys: frozenset[str] = frozenset()
    """Parts of the state that a checkpoint may lack."""

    config: BaseModel
    """Shape of the networks."""
    data_size: int
    """Number of training examples."""

    def __init__(self, training: Settings, accelerator: Accelerator | None = None) -> None:
        """Seed the global random generators, unless there is an accelerator already."""
        if accelerator is None:
            # Precision is process-wide; an earlier training in this process may have had another.
            AcceleratorState._reset_state()
            accelerator = Accelerator(mixed_precision=self.precision, cpu=self.on_cpu)
            set_seed(training.seed)
        self.accelerator = accelerator
        self.device = accelerator.device
        self.training = training
        self.generator = torch.Generator()
        self.state: TrainingState = {}
        """Everything that a checkpoint holds."""
        self.active_optimisers: list[torch.optim.Optimizer] = []
        self.clipped: list[nn.Parameter] = []
        """Parameters whose gradients are clipped."""
        self._optimisers: list[torch.optim.Optimizer] = []
        self._averages: list[tuple[AveragedModel, nn.Module]] = []

    def add_network(self, key: str, network: Network) -> Network:
        """Move a network to the device and store it in checkpoints as `key`."""
        self.state[key] = network.to(self.device)
        return network

    def add_average(self, network: nn.Module, decay: float) -> AveragedModel:
        """Keep an exponential moving average of a network's parameters."""
        average = AveragedModel(
            network, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=False
        )
        self.state["average"] = average
        self._averages.append((average, network))
        return average

    def add_optimiser(self, optimiser: torch.optim.Optimizer, key: str = "optimiser") -> None:
        """Register an optimiser, whose default learning rate is the full one."""
        self.state[key] = optimiser
        self.active_optimisers.append(optimiser)
        self._optimisers.append(optimiser)

    def add_adamw(
        self, *networks: nn.Module, weight_decay: float, slow: Sequence[nn.Parameter] = ()
    ) -> None:
        """Register AdamW for networks, whose gradients are clipped; `slow` are `PCA_LR_FACTOR`."""
        parameters = [parameter for network in networks for parameter in network.parameters()]
        slow_ids = {id(parameter) for parameter in slow}
        fast = [p for p in parameters if p.requires_grad and id(p) not in slow_ids]
        groups: list[dict[str, Any]] = [{"params": fast, "lr_factor": 1.0}]
        if slow:
            groups.append({"params": list(slow), "lr_factor": PCA_LR_FACTOR})
        rate = self.training.rate
        self.add_optimiser(torch.optim.AdamW(groups, rate, weight_decay=weight_decay, fused=True))
        self.clipped += parameters

    def step_seed(self, step: int) -> int:
        """Seed of all random numbers of a step."""
        return (self.training.seed * 1_000_003 + step) * self.seed_stride

    @abstractmethod
    def compute_losses(self, step: int) -> tuple[Tensor, Mapping[str, Tensor]]:
        """Return the loss to minimise and the named losses to log."""

    def train_step(self, step: int) -> Mapping[str, Tensor]:
        """Make one optimiser step and return the named losses."""
        self.generator.manual_seed(self.step_seed(step))
        factor = cosine_lr_factor(step, self.training.steps, self.warm_up)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = optimiser.defaults["lr"] * factor * group.get("lr_factor", 1.0)
        loss, losses = self.compute_losses(step)
        for optimiser in self.active_optimisers:
            optimiser.zero_grad()
        loss.backward()
        trained = [p for o in self.active_optimisers for g in o.param_groups for p in g["params"]]
        average_gradients(self.accelerator, trained)
        nn.utils.clip_grad_norm_(self.clipped, _MAX_GRADIENT_NORM)
        for optimiser in self.active_optimisers:
            optimiser.step()
        for average, network in self._averages:
            average.update_parameters(network)
        return losses

    @contextmanager
    def mixed_precision(self) -> Iterator[None]:
        """Run networks in the accelerator's precision.

        On a CPU plain attention trains 1.5 times as fast as the backward pass of the fused kernel.
        """
        on_cpu = self.device.type == "cpu"
        attention = sdpa_kernel(SDPBackend.MATH) if on_cpu else nullcontext()
        with self.accelerator.autocast(), attention:
            yield

    def open_run(self, folder: Path, time_limit: float | None = None) -> TrainingRun:
        """Open the run in `folder` and load its checkpoint, if it has one.

        Raises:
            TrainingError: The folder holds a run with other settings, or a damaged one.
        """
        training = asdict(self.training)
        if not self.is_fixed_length:
            del training["steps"]
        settings = {
            "config": self.config.model_dump(mode="json"),
            "training": training,
            "data": self.data_size,
        }
        run = TrainingRun(
            folder, self.training.steps, time_limit, settings=settings, accelerator=self.accelerator
        )
        run.resume(self.state, self.optional_keys)
        return run

    def run(self, folder: Path, time_limit: float | None = None) -> bool:
        """Train, or continue training, in `folder`; return whether the run is complete.

        Raises:
            TrainingError: The folder holds a run with other settings, or a damaged one.
        """
        run = self.open_run(folder, time_limit)
        return run.train(self.train_step, self.state, self.training.steps)
