"""Reading the networks of a finished or running training run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from ..training.run import TrainingError


def read_run(folder: Path, command: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """A run's state and tensors.

    Raises:
        TrainingError: if there is no run; the sentence names the `train` command that makes one.
    """
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        return state, load_file(folder / "state.safetensors")
    except OSError as error:
        raise TrainingError(
            f"{folder} holds no training run; make it with `python -m backend train {command}`."
        ) from error


def trained_steps(folder: Path) -> int:
    """How many steps the run in `folder`, which must exist, has been trained for."""
    return json.loads((folder / "state.json").read_text(encoding="utf-8"))["step"]


def averaged_weights(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The averaged weights of the network `name`, with the buffers of the network itself."""
    prefix = "average/module."
    own = {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(f"{name}/")}
    return own | {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
