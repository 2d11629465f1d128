"""The common part of all trainers: random numbers, learning rates, one optimiser step, averaging.

A run in several processes is the run that one process would make; see `distributed`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import set_seed
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet
from .distributed import average_gradients
from .run import TrainingError, TrainingRun, TrainingState, cosine_lr_factor

_MAX_GRADIENT_NORM = 1.0
PCA_LR_FACTOR = 0.02
"""Learning rate of parts that start as principal components, relative to the other parameters. Full
steps would undo the initialization at once."""


class TrainingSettings(Protocol):
    """Settings that every kind of training has."""

    @property
    def steps(self) -> int: ...
    @property
    def rate(self) -> float: ...
    @property
    def seed(self) -> int: ...


Settings = TypeVar("Settings", bound=TrainingSettings)
Network = TypeVar("Network", bound=nn.Module)


def start_accelerator(seed: int, precision: str | None = None, cpu: bool = False) -> Accelerator:
    """Seed the global random generators and return the accelerator to train with."""
    # The precision is process-wide, and an earlier training in this process may have had another.
    AcceleratorState._reset_state()
    accelerator = Accelerator(mixed_precision=precision, cpu=cpu)
    set_seed(seed)
    return accelerator


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


def parameter_groups(
    networks: Iterable[nn.Module], slow: Sequence[nn.Parameter]
) -> list[dict[str, Any]]:
    """Split trainable parameters into those at the full learning rate and the `slow` ones."""
    slow_ids = {id(parameter) for parameter in slow}
    fast = [
        parameter
        for network in networks
        for parameter in network.parameters()
        if parameter.requires_grad and id(parameter) not in slow_ids
    ]
    groups: list[dict[str, Any]] = [{"params": fast, "lr_factor": 1.0}]
    if slow:
        groups.append({"params": list(slow), "lr_factor": PCA_LR_FACTOR})
    return groups


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

    def __init__(self, accelerator: Accelerator, training: Settings) -> None:
        self.accelerator = accelerator
        self.device = accelerator.device
        self.training = training
        self.generator = torch.Generator()
        self.state: TrainingState = {}
        """Everything that a checkpoint holds."""
        self.active_optimisers: list[torch.optim.Optimizer] = []
        self.clipped: list[nn.Parameter] = []
        """Parameters whose gradients are clipped."""
        self._rates: list[tuple[torch.optim.Optimizer, float]] = []
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

    def add_optimiser(
        self, optimiser: torch.optim.Optimizer, rate: float, key: str = "optimiser"
    ) -> None:
        """Register an optimiser with its full learning rate."""
        self.state[key] = optimiser
        self.active_optimisers.append(optimiser)
        self._rates.append((optimiser, rate))

    def add_adamw(
        self, *networks: nn.Module, weight_decay: float, slow: Sequence[nn.Parameter] = ()
    ) -> None:
        """Register AdamW for networks, whose gradients are clipped; see `parameter_groups`."""
        groups = parameter_groups(networks, slow)
        rate = self.training.rate
        self.add_optimiser(
            torch.optim.AdamW(groups, rate, weight_decay=weight_decay, fused=True), rate
        )
        self.clipped += [parameter for network in networks for parameter in network.parameters()]

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
        for optimiser, rate in self._rates:
            for group in optimiser.param_groups:
                group["lr"] = rate * factor * group.get("lr_factor", 1.0)
        loss, losses = self.compute_losses(step)
        for optimiser in self.active_optimisers:
            optimiser.zero_grad()
        loss.backward()
        average_gradients(
            self.accelerator,
            [
                p
                for o in self.active_optimisers
                for group in o.param_groups
                for p in group["params"]
            ],
        )
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

    def open_run(
        self,
        folder: Path,
        config: BaseModel,
        data_size: int,
        time_limit: float | None,
        optional_keys: frozenset[str] = frozenset(),
    ) -> TrainingRun:
        """Open the run in `folder` and load its checkpoint, if it has one.

        Raises:
            TrainingError: The folder holds a run with other settings, or a damaged one.
        """
        training = asdict(self.training)  # pyright: ignore[reportArgumentType]
        if not self.is_fixed_length:
            del training["steps"]
        settings = {
            "config": config.model_dump(mode="json"),
            "training": training,
            "data": data_size,
        }
        run = TrainingRun(
            folder, self.training.steps, time_limit, settings=settings, accelerator=self.accelerator
        )
        run.resume(self.state, optional_keys)
        return run

    def run(
        self,
        folder: Path,
        config: BaseModel,
        data_size: int,
        time_limit: float | None,
        optional_keys: frozenset[str] = frozenset(),
    ) -> bool:
        """Train, or continue training, in `folder`; return whether the run is complete.

        Arguments and errors as of `open_run`.
        """
        run = self.open_run(folder, config, data_size, time_limit, optional_keys)
        return run.train(self.train_step, self.state, self.training.steps)
