"""Training runs: checkpoints, time slices, a progress bar and loss curves.

A run is a folder with ``state.safetensors`` (all tensors, also the optimiser's), ``state.json``
(step and settings), ``losses.csv`` and ``losses.png``. A stopped run continues at its step. In
several processes (`distributed`) only the main one writes, and all stop at the same step.
"""

from __future__ import annotations

import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..protocol.atomic_write import write_atomically

if TYPE_CHECKING:  # a training extra, which learning a style does without
    from accelerate import Accelerator

TrainingState = dict[str, nn.Module | torch.optim.Optimizer]

LOG_INTERVAL = 25
"""Steps that are averaged into one point of the loss curves."""


class TrainingError(ValueError):
    """A run cannot start or continue; the text is a sentence for the user."""


class RunMismatchError(TrainingError):
    """The checkpoint in the folder has other settings, is of another version, or is damaged."""


@dataclass
class TrainingRun:
    """One training run in a folder."""

    folder: Path
    total_steps: int
    time_limit: float | None = None
    """Seconds after which this slice saves its state and ends."""
    save_interval: float = 300.0
    """Seconds between two checkpoints."""
    step: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    """Settings that must stay the same for a run to continue; the number of steps may grow."""
    accelerator: Accelerator | None = None
    """Processes that train together; None for a single process."""

    def resume(self, state: TrainingState, optional_keys: frozenset[str] = frozenset()) -> bool:
        """Load the folder's checkpoint into `state`; return False if there is none.

        Raises:
            TrainingError: The checkpoint is damaged, or belongs to another run.
        """
        if not (self.folder / "state.json").exists():
            return False
        saved, tensors = self._read_checkpoint()
        if changed := _changed_settings(saved["settings"], self.settings):
            raise RunMismatchError(
                f"{self.folder} holds a run with other settings ({', '.join(changed)}); "
                "name another folder or remove it."
            )
        if saved["step"] > self.total_steps:
            raise TrainingError(
                f"{self.folder} holds a run that is already at step {saved['step']}; "
                "ask for more steps or name another folder."
            )
        for name, part in state.items():
            part_tensors = {
                key[len(name) + 1 :]: tensor
                for key, tensor in tensors.items()
                if key.startswith(name + "/")
            }
            if not part_tensors and name in optional_keys:
                continue
            try:
                _load_tensors(part, part_tensors)
            except (RuntimeError, ValueError, KeyError) as error:
                raise self._damaged_error() from error
        self.step = saved["step"]
        self._drop_later_losses()
        return True

    def _read_checkpoint(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        tensors = self.folder / "state.safetensors"
        try:
            saved = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
            with safe_open(tensors, framework="pt") as file:
                # The files are replaced one after the other: a run may have died in between.
                saved["step"] = int((file.metadata() or {}).get("step", saved["step"]))
            return saved, load_file(tensors)
        except OSError as error:
            raise TrainingError(
                f"The checkpoint in {self.folder} cannot be read ({error.strerror or error}): try "
                "again, or remove the folder."
            ) from error
        except (ValueError, KeyError, TypeError, SafetensorError) as error:
            raise self._damaged_error() from error

    def _damaged_error(self) -> RunMismatchError:
        return RunMismatchError(
            f"{self.folder} holds a run that is damaged, or of another version: name another "
            "folder or remove it."
        )

    def save(self, state: TrainingState) -> None:
        """Write a checkpoint; a run that dies while writing keeps the previous one."""
        if not self._is_main_process:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            f"{name}/{key}": value
            for name, part in state.items()
            for key, value in _named_tensors(part)
        }
        metadata = {"step": str(self.step)}
        write_atomically(
            self.folder / "state.safetensors", lambda part: save_file(tensors, part, metadata)
        )
        saved = {"step": self.step, "total": self.total_steps, "settings": self.settings}
        text = json.dumps(saved, indent=2)
        write_atomically(
            self.folder / "state.json", lambda part: part.write_text(text, encoding="utf-8")
        )

    def train(
        self, train_step: Callable[[int], Mapping[str, Tensor]], state: TrainingState, end_step: int
    ) -> bool:
        """Call `train_step(step)` up to `end_step`; return False if the time limit came first.

        All processes begin with the main process's weights. `train_step` returns named losses,
        which are averaged over steps and processes for the progress bar and the curves.
        """
        if self._has_several_processes:
            from .distributed import broadcast_weights

            modules = [part for part in state.values() if isinstance(part, nn.Module)]
            broadcast_weights(self.accelerator, modules)  # pyright: ignore[reportArgumentType]
        start = last_save = time.monotonic()
        means: dict[str, float] = defaultdict(float)
        with _progress_bar(quiet=not self._is_main_process) as bar:
            task = bar.add_task(self.folder.name, total=end_step, completed=self.step, note="")
            # A slice makes at least one step, so that a run in slices always ends.
            while self.step < end_step:
                for name, value in train_step(self.step).items():
                    means[name] += float(value.detach()) / LOG_INTERVAL
                self.step += 1
                if self.step % LOG_INTERVAL == 0:
                    means = self._average_over_processes(means)
                    self._append_losses(means)
                    note = " ".join(f"{k} {v:.4f}" for k, v in means.items())
                    bar.update(task, completed=self.step, note=note)
                    means = defaultdict(float)
                if self._is_time_over(time.monotonic() - start):
                    break
                if time.monotonic() - last_save > self.save_interval:
                    self.save(state)
                    self.plot_losses()
                    last_save = time.monotonic()
        self.save(state)
        if self.time_limit is not None:
            self.time_limit = max(self.time_limit - (time.monotonic() - start), 0.0)
        self.plot_losses()
        if self.accelerator is not None:
            # Other processes may read the files as soon as this returns.
            self.accelerator.wait_for_everyone()
        return self.step >= end_step

    @property
    def _is_main_process(self) -> bool:
        return self.accelerator is None or self.accelerator.is_main_process

    @property
    def _has_several_processes(self) -> bool:
        return self.accelerator is not None and self.accelerator.num_processes > 1

    def _is_time_over(self, seconds: float) -> bool:
        """Return whether this slice ends; the main process decides for all."""
        if self.time_limit is None:
            return False
        over = seconds > self.time_limit
        if self.accelerator is None or not self._has_several_processes:
            return over
        from accelerate.utils import broadcast

        return bool(broadcast(torch.tensor(float(over), device=self.accelerator.device)))

    def _average_over_processes(self, means: dict[str, float]) -> dict[str, float]:
        if self.accelerator is None or not self._has_several_processes:
            return means
        values = torch.tensor(list(means.values()), device=self.accelerator.device)
        values = self.accelerator.reduce(values, "mean")
        return dict(zip(means, values.tolist(), strict=True))  # pyright: ignore

    def _append_losses(self, means: Mapping[str, float]) -> None:
        if not self._is_main_process:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "losses.csv"
        with path.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerows([self.step, name, f"{value:.6g}"] for name, value in means.items())

    def _drop_later_losses(self) -> None:
        """Remove losses of steps after the checkpoint, which will be made again."""
        path = self.folder / "losses.csv"
        if not self._is_main_process or not path.exists():
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        known = [line for line in lines if int(line.partition(",")[0]) <= self.step]
        if len(known) < len(lines):
            path.write_text("".join(known), encoding="utf-8")

    def plot_losses(self) -> None:
        """Draw the loss curves, if matplotlib is installed."""
        path = self.folder / "losses.csv"
        if not self._is_main_process or not path.exists():
            return
        try:
            from matplotlib.figure import Figure
        except ImportError:
            return
        curves: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        with path.open(encoding="utf-8", newline="") as stream:
            for step, name, value in csv.reader(stream):
                curves[name][0].append(int(step))
                curves[name][1].append(float(value))
        figure = Figure(figsize=(9, 5), layout="constrained")
        axes = figure.subplots()
        for name, (steps, values) in curves.items():
            axes.plot(steps, values, label=name)
        axes.set(xlabel="step", ylabel="loss", yscale="log", title=self.folder.name)
        axes.legend()
        axes.grid(alpha=0.3)
        figure.savefig(self.folder / "losses.png", dpi=110)


def cosine_lr_factor(step: int, total: int, warm_up: int = 200, floor: float = 0.02) -> float:
    """Return the fraction of the full learning rate: linear warm-up, then half a cosine."""
    if step < warm_up:
        return (step + 1) / warm_up
    progress = min((step - warm_up) / max(total - warm_up, 1), 1.0)
    half = 0.5 * (1 + float(torch.cos(torch.tensor(progress * torch.pi))))
    return floor + (1 - floor) * half


def _changed_settings(
    saved: dict[str, Any], requested: dict[str, Any], prefix: str = ""
) -> list[str]:
    """Return the names of settings that differ, "config.width" for one inside another."""
    names: list[str] = []
    for key in sorted(saved.keys() | requested.keys()):
        old, new = saved.get(key), requested.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            names += _changed_settings(old, new, f"{prefix}{key}.")
        elif old != new:
            names.append(prefix + key)
    return names


def _progress_bar(quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}", table_column=Column(no_wrap=True, min_width=8)),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", table_column=Column(overflow="ellipsis", no_wrap=True)),
        console=Console(stderr=True),
        refresh_per_second=1,
        disable=quiet,
    )


def _named_tensors(part: nn.Module | torch.optim.Optimizer) -> list[tuple[str, Tensor]]:
    """Return the tensors of a module, or of an optimiser's moments by parameter number."""
    if isinstance(part, nn.Module):
        return [(k, v.detach().cpu().contiguous()) for k, v in part.state_dict().items()]
    return [
        (f"{number}/{key}", torch.as_tensor(value).detach().cpu().contiguous())
        for number, moments in part.state_dict()["state"].items()
        for key, value in moments.items()
    ]


def _load_tensors(part: nn.Module | torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    if isinstance(part, nn.Module):
        part.load_state_dict(tensors)
        return
    state: dict[int, dict[str, Tensor | float]] = defaultdict(dict)
    for path, value in tensors.items():
        number, _, key = path.partition("/")
        # A step count that was an integer must be one again: as a tensor it is used with fewer
        # digits, and a run in slices would end with other weights than an uninterrupted one.
        is_integer = value.dim() == 0 and not value.is_floating_point()
        # Optimisers keep the tensors they get, and Windows replaces no file that is still mapped.
        state[int(number)][key] = value.item() if is_integer else value.clone()
    part.load_state_dict({**part.state_dict(), "state": dict(state)})
