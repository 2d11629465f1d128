"""What both training stages share: slices of time, checkpoints, a live line, loss curves.

A run lives in a folder: ``state.safetensors`` (every tensor, optimiser included), ``state.json``
(step and settings), ``losses.csv`` and ``losses.png``. A run that is stopped goes on at its step.
Of several processes (`training/distributed.py`) only the main one writes; all stop at one step.
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

if TYPE_CHECKING:  # a training extra, which learning a style does without
    from accelerate import Accelerator

State = dict[str, nn.Module | torch.optim.Optimizer]


class TrainingError(ValueError):
    """A run cannot start or go on; the text is a sentence for the user."""


@dataclass
class Run:
    """One training run in a folder."""

    folder: Path
    total: int
    time_limit: float | None = None
    """Seconds after which this slice ends, its state saved."""
    save_every: float = 300.0
    """Seconds between two checkpoints."""
    step: int = 0
    settings: dict[str, Any] = field(default_factory=dict)
    """What must stay the same for a run to go on; the number of steps need not."""
    accelerator: Accelerator | None = None
    """The processes that train together; None for this one alone."""

    def resume(self, parts: State, optional: frozenset[str] = frozenset()) -> bool:
        """Load the folder's checkpoint into `parts`; False if there is none.

        Raises:
            TrainingError: it is of another run, or damaged.
        """
        if not (self.folder / "state.json").exists():
            return False
        saved, tensors = self._read()
        if other := _differences(saved["settings"], self.settings):
            raise TrainingError(
                f"{self.folder} holds a run with other settings ({', '.join(other)}); "
                "name another folder or remove it."
            )
        if saved["step"] > self.total:
            raise TrainingError(
                f"{self.folder} holds a run that is already at step {saved['step']}; "
                "ask for more steps or name another folder."
            )
        for name, part in parts.items():
            own = {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(name + "/")}
            if not own and name in optional:
                continue
            try:
                _load(part, own)
            except (RuntimeError, ValueError, KeyError) as error:
                raise self._damaged() from error
        self.step = saved["step"]
        self._forget_later()
        return True

    def _read(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        tensors = self.folder / "state.safetensors"
        try:
            saved = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
            with safe_open(tensors, framework="pt") as file:
                # Both files are replaced, one after the other: a run may have died between them.
                saved["step"] = int((file.metadata() or {}).get("step", saved["step"]))
            return saved, load_file(tensors)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise self._damaged() from error

    def _damaged(self) -> TrainingError:
        return TrainingError(
            f"{self.folder} holds a run that is damaged, or of another version: name another "
            "folder or remove it."
        )

    def save(self, parts: State) -> None:
        """Write a checkpoint; a run that dies while writing keeps the one before."""
        if not self._main:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors = {
            f"{name}/{key}": value for name, part in parts.items() for key, value in _dump(part)
        }
        temporary = self.folder / "state.part"
        saved = {"step": self.step, "total": self.total, "settings": self.settings}
        save_file(tensors, temporary, metadata={"step": str(self.step)})
        temporary.replace(self.folder / "state.safetensors")
        temporary.write_text(json.dumps(saved, indent=2), encoding="utf-8")
        temporary.replace(self.folder / "state.json")

    def train(
        self, advance: Callable[[int], Mapping[str, Tensor]], parts: State, until: int
    ) -> bool:
        """Call `advance(step)` up to step `until`; False if the time limit came first.

        `advance` returns named losses, which are averaged into the live line and the curves, over
        the steps and the processes.
        """
        begun = saved = time.monotonic()
        means: dict[str, float] = defaultdict(float)
        with _progress(quiet=not self._main) as bar:
            task = bar.add_task(self.folder.name, total=until, completed=self.step, note="")
            # At least one step a slice: a run in slices always comes to its end.
            while self.step < until:
                for name, value in advance(self.step).items():
                    means[name] += float(value.detach()) / LOG_EVERY
                self.step += 1
                if self.step % LOG_EVERY == 0:
                    means = self._together(means)
                    self._log(means)
                    note = " ".join(f"{k} {v:.4f}" for k, v in means.items())
                    bar.update(task, completed=self.step, note=note)
                    means = defaultdict(float)
                if self._agreed_over(time.monotonic() - begun):
                    break
                if time.monotonic() - saved > self.save_every:
                    self.save(parts)
                    self.plot()
                    saved = time.monotonic()
        self.save(parts)
        if self.time_limit is not None:
            self.time_limit = max(self.time_limit - (time.monotonic() - begun), 0.0)
        self.plot()
        if self.accelerator is not None:
            # What was written is there for all.
            self.accelerator.wait_for_everyone()
        return self.step >= until

    @property
    def _main(self) -> bool:
        return self.accelerator is None or self.accelerator.is_main_process

    def _agreed_over(self, seconds: float) -> bool:
        """Whether the main process finds that this slice's time is over."""
        if self.time_limit is None:
            return False
        over = seconds > self.time_limit
        if self.accelerator is None or self.accelerator.num_processes == 1:
            return over
        from accelerate.utils import broadcast

        answer = broadcast(torch.tensor(float(over), device=self.accelerator.device))
        return bool(answer)

    def _together(self, means: dict[str, float]) -> dict[str, float]:
        """Losses averaged over the processes."""
        if self.accelerator is None or self.accelerator.num_processes == 1:
            return means
        values = torch.tensor(list(means.values()), device=self.accelerator.device)
        values = self.accelerator.reduce(values, "mean")
        return dict(zip(means, values.tolist(), strict=True))  # pyright: ignore

    def _log(self, means: Mapping[str, float]) -> None:
        if not self._main:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "losses.csv"
        with path.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerows([self.step, name, f"{value:.6g}"] for name, value in means.items())

    def _forget_later(self) -> None:
        """Drop losses of steps after the checkpoint, which are taken again."""
        path = self.folder / "losses.csv"
        if not self._main or not path.exists():
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        known = [line for line in lines if int(line.partition(",")[0]) <= self.step]
        if len(known) < len(lines):
            path.write_text("".join(known), encoding="utf-8")

    def plot(self) -> None:
        """Draw the loss curves."""
        if not self._main:
            return
        try:
            from matplotlib.figure import Figure  # a training extra
        except ImportError:
            return
        path = self.folder / "losses.csv"
        if not path.exists():
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


LOG_EVERY = 25
"""Steps averaged into one point of the curves."""


def cosine(step: int, total: int, warm_up: int = 200, floor: float = 0.02) -> float:
    """Share of the full learning rate at a step: linear warm-up, then a half cosine."""
    if step < warm_up:
        return (step + 1) / warm_up
    progress = min((step - warm_up) / max(total - warm_up, 1), 1.0)
    half = 0.5 * (1 + float(torch.cos(torch.tensor(progress * torch.pi))))
    return floor + (1 - floor) * half


def without_steps(training: object) -> dict[str, Any]:
    """The settings of a run that must stay: its length may grow."""
    return {key: value for key, value in vars(training).items() if key != "steps"}


def _differences(saved: dict[str, Any], asked: dict[str, Any], above: str = "") -> list[str]:
    """Names of the settings that differ, "config.width" for one inside another."""
    names: list[str] = []
    for key in sorted(saved.keys() | asked.keys()):
        one, other = saved.get(key), asked.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            names += _differences(one, other, f"{above}{key}.")
        elif one != other:
            names.append(above + key)
    return names


def _progress(quiet: bool) -> Progress:
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


def _dump(part: nn.Module | torch.optim.Optimizer) -> list[tuple[str, Tensor]]:
    """Named tensors of a module, or of an optimiser's moments by parameter number."""
    if isinstance(part, nn.Module):
        return [(k, v.detach().cpu().contiguous()) for k, v in part.state_dict().items()]
    return [
        (f"{number}/{key}", torch.as_tensor(value).detach().cpu().contiguous())
        for number, moments in part.state_dict()["state"].items()
        for key, value in moments.items()
    ]


def _load(part: nn.Module | torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    if isinstance(part, nn.Module):
        part.load_state_dict(tensors)
        return
    state: dict[int, dict[str, Tensor | float]] = defaultdict(dict)
    for path, value in tensors.items():
        number, _, key = path.partition("/")
        # A count of steps that was an integer must be one again: as a tensor it is reckoned with in
        # fewer digits, and a run in slices would end beside an unbroken one.
        whole = value.dim() == 0 and not value.is_floating_point()
        # Optimisers keep what they are given, and Windows replaces no file that is still mapped.
        state[int(number)][key] = value.item() if whole else value.clone()
    part.load_state_dict({**part.state_dict(), "state": dict(state)})
